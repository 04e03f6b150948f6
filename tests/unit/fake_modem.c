#include "tests/unit/fake_modem.h"

#include "config/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { RULES_MAX = 256, LOG_MAX = 4096, STORED_MAX = 32, INPUT_MAX = 4096, WAIT_MS = 5000 };

struct rule {
	char *command, *answer;
	bool used;
};

struct stored {
	bool there;
	char store[4];
	int index;
	char header[64];
	char pdu[600];
};

struct fake_modem {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char link[256];
	int master, slave; /* the slave is held open so that the worker's closing is no hang-up of ours */
	int wake[2];
	bool stop, mute, echo, crcrlf;
	int reference;
	char store[4];
	struct rule rule[RULES_MAX];
	int rule_count;
	char *log[LOG_MAX];
	int log_count;
	struct stored stored[STORED_MAX];
	char input[INPUT_MAX];
	size_t length;
	bool pdu; /* after a prompt: up to Ctrl-Z */
};

static bool matches(const char *pattern, const char *command)
{
	size_t length = strlen(pattern);

	if (length > 0 && pattern[length - 1] == '*')
		return strncmp(pattern, command, length - 1) == 0;
	return strcmp(pattern, command) == 0;
}

static void put(struct fake_modem *modem, const char *text, size_t length)
{
	while (length > 0 && modem->master >= 0) {
		ssize_t written = write(modem->master, text, length);

		if (written <= 0)
			return;
		text += written;
		length -= (size_t)written;
	}
}

static void close_port(struct fake_modem *modem)
{
	if (modem->slave >= 0)
		close(modem->slave);
	if (modem->master >= 0)
		close(modem->master);
	modem->master = modem->slave = -1;
}

static void open_port(struct fake_modem *modem, const char *link)
{
	struct termios raw;
	char name[128];

	modem->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (modem->master < 0 || grantpt(modem->master) < 0 || unlockpt(modem->master) < 0 ||
		ptsname_r(modem->master, name, sizeof(name)) != 0)
		abort();
	modem->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (modem->slave < 0 || tcgetattr(modem->slave, &raw) < 0)
		abort();
	cfmakeraw(&raw);
	tcsetattr(modem->slave, TCSANOW, &raw);
	snprintf(modem->link, sizeof(modem->link), "%s", link);
	unlink(link);
	if (symlink(name, link) < 0)
		abort();
	modem->length = 0;
	modem->pdu = false;
}

static void say(struct fake_modem *modem, const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		if (length == 7 && strncmp(lines, "!unplug", 7) == 0) {
			unlink(modem->link);
			close_port(modem);
		} else if (length >= 5 && strncmp(lines, "!text", 5) == 0) {
			put(modem, lines + 5, length - 5);
		} else if (length == 1 && *lines == '>') {
			put(modem, "\r\n> ", 4);
			modem->pdu = true;
		} else {
			put(modem, "\r\n", 2);
			put(modem, lines, length);
			put(modem, modem->crcrlf ? "\r\r\n" : "\r\n", modem->crcrlf ? 3 : 2);
		}
		lines += length + (lines[length] == '\n');
	}
}

/* The next answer of the table; the last for a command stays. */
static const char *rule_answer(struct fake_modem *modem, const char *command)
{
	struct rule *last = NULL;

	for (int i = 0; i < modem->rule_count; i++) {
		if (!matches(modem->rule[i].command, command))
			continue;
		last = &modem->rule[i];
		if (!last->used) {
			last->used = true;
			break;
		}
	}
	return last ? last->answer : NULL;
}

static struct stored *stored_find(struct fake_modem *modem, const char *store, int index)
{
	for (int i = 0; i < STORED_MAX; i++)
		if (modem->stored[i].there && strcmp(modem->stored[i].store, store) == 0 &&
			modem->stored[i].index == index)
			return &modem->stored[i];
	return NULL;
}

static void list(struct fake_modem *modem)
{
	char line[800];

	for (int i = 0; i < STORED_MAX; i++) {
		const struct stored *stored = &modem->stored[i];

		if (!stored->there || strcmp(stored->store, modem->store) != 0)
			continue;
		snprintf(line, sizeof(line), "+CMGL: %d,%s\n%s", stored->index, stored->header, stored->pdu);
		say(modem, line);
	}
	say(modem, "OK");
}

static bool stores(struct fake_modem *modem, const char *command)
{
	int index, used = 0;
	char line[64];

	if (sscanf(command, "AT+CPMS=\"%2[A-Z]\"", modem->store) == 1) {
		for (int i = 0; i < STORED_MAX; i++)
			used += modem->stored[i].there && strcmp(modem->stored[i].store, modem->store) == 0;
		snprintf(line, sizeof(line), "+CPMS: %d,20,%d,20,%d,20\nOK", used, used, used);
		say(modem, line);
		return true;
	}
	if (strcmp(command, "AT+CMGL=4") == 0) {
		list(modem);
		return true;
	}
	if (sscanf(command, "AT+CMGR=%d", &index) == 1) {
		const struct stored *stored = stored_find(modem, modem->store, index);
		char text[800];

		snprintf(text, sizeof(text), "+CMGR: %s\n%s", stored ? stored->header : "", stored ? stored->pdu : "");
		if (stored)
			say(modem, text);
		say(modem, "OK");
		return true;
	}
	if (sscanf(command, "AT+CMGD=%d", &index) == 1) {
		struct stored *stored = stored_find(modem, modem->store, index);

		if (stored)
			stored->there = false;
		say(modem, stored ? "OK" : "+CMS ERROR: 321");
		return true;
	}
	return false;
}

static void answer(struct fake_modem *modem, const char *command)
{
	static const char *const fine[] = {"AT", "ATE0V1", "AT&D0", "AT+CMEE=1", "AT+CMGF=0", "AT+CSCS=*", "AT+CREG=0",
		"AT+CEREG=0", "AT+CLIP=1", "AT+CRC=0", "AT+COPS=3,0", "AT+CNMI=*", "AT+CMMS=*", "AT+CGSMS=*",
		"AT+CSMS=0", "AT+CFUN=*", "AT+CHUP", NULL};
	const char *text = rule_answer(modem, command);
	char line[64];

	if (text) {
		char store[4];

		if (sscanf(command, "AT+CPMS=\"%2[A-Z]\"", store) == 1 && strstr(text, "OK"))
			memcpy(modem->store, store, sizeof(store));
		say(modem, text);
		return;
	}
	if (stores(modem, command))
		return;
	if (strncmp(command, "AT+CMGS=", 8) == 0) {
		say(modem, ">");
		return;
	}
	if (modem->pdu) {
		snprintf(line, sizeof(line), "+CMGS: %d\nOK", modem->reference);
		modem->reference = (modem->reference + 1) & 0xFF;
		say(modem, line);
		return;
	}
	for (int i = 0; fine[i]; i++)
		if (matches(fine[i], command)) {
			say(modem, "OK");
			return;
		}
	say(modem, "ERROR");
}

static void take_command(struct fake_modem *modem, bool pdu)
{
	char command[INPUT_MAX];

	/* Exclusive use outlives the worker's descriptor, because the slave stays open here. */
	ioctl(modem->slave, TIOCNXCL);
	modem->input[modem->length] = '\0';
	snprintf(command, sizeof(command), "%s", pdu ? "PDU" : modem->input);
	if (modem->log_count < LOG_MAX)
		modem->log[modem->log_count++] = strdup(pdu ? modem->input : command);
	if (pdu && modem->log_count < LOG_MAX)
		modem->log[modem->log_count++] = strdup("PDU");
	modem->length = 0;
	if (!modem->mute)
		answer(modem, command);
	if (pdu)
		modem->pdu = false;
	pthread_cond_broadcast(&modem->changed);
}

static void take_octet(struct fake_modem *modem, char octet)
{
	if (modem->echo && !modem->mute)
		put(modem, &octet, 1);
	if (octet == '\x1B') {
		modem->pdu = false;
		modem->length = 0;
	} else if (modem->pdu && octet == '\x1A') {
		take_command(modem, true);
	} else if (!modem->pdu && octet == '\r') {
		if (modem->length > 0)
			take_command(modem, false);
	} else if (octet != '\n' && modem->length < INPUT_MAX - 1) {
		modem->input[modem->length++] = octet;
	}
}

static void *fake_main(void *argument)
{
	struct fake_modem *modem = argument;

	for (;;) {
		char octets[512];

		pthread_mutex_lock(&modem->lock);
		bool stop = modem->stop;
		struct pollfd fds[2] = {
			{.fd = modem->wake[0], .events = POLLIN}, {.fd = modem->master, .events = POLLIN}};
		pthread_mutex_unlock(&modem->lock);
		if (stop)
			return NULL;
		poll(fds, 2, -1);
		if (fds[0].revents & POLLIN && read(fds[0].fd, octets, sizeof(octets)) <= 0)
			return NULL;
		pthread_mutex_lock(&modem->lock);
		if (fds[1].revents & POLLIN && fds[1].fd == modem->master) {
			ssize_t got = read(modem->master, octets, sizeof(octets));

			for (ssize_t i = 0; i < got; i++)
				take_octet(modem, octets[i]);
		}
		pthread_mutex_unlock(&modem->lock);
	}
}

static void wake(struct fake_modem *modem)
{
	ssize_t written = write(modem->wake[1], "", 1);

	(void)written;
}

struct fake_modem *fake_modem_new(const char *link)
{
	struct fake_modem *modem = calloc(1, sizeof(*modem));
	pthread_condattr_t monotonic;

	if (!modem || pipe2(modem->wake, O_CLOEXEC) < 0)
		abort();
	modem->master = modem->slave = -1;
	modem->reference = 1;
	pthread_mutex_init(&modem->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&modem->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	open_port(modem, link);
	if (pthread_create(&modem->thread, NULL, fake_main, modem) != 0)
		abort();
	return modem;
}

void fake_modem_free(struct fake_modem *modem)
{
	pthread_mutex_lock(&modem->lock);
	modem->stop = true;
	pthread_mutex_unlock(&modem->lock);
	wake(modem);
	pthread_join(modem->thread, NULL);
	unlink(modem->link);
	close_port(modem);
	close(modem->wake[0]);
	close(modem->wake[1]);
	for (int i = 0; i < modem->rule_count; i++) {
		free(modem->rule[i].command);
		free(modem->rule[i].answer);
	}
	for (int i = 0; i < modem->log_count; i++)
		free(modem->log[i]);
	pthread_cond_destroy(&modem->changed);
	pthread_mutex_destroy(&modem->lock);
	free(modem);
}

const char *fake_modem_path(const struct fake_modem *modem)
{
	return modem->link;
}

void fake_modem_answer(struct fake_modem *modem, const char *command, const char *text)
{
	pthread_mutex_lock(&modem->lock);
	if (modem->rule_count == RULES_MAX)
		abort();
	modem->rule[modem->rule_count++] = (struct rule){.command = strdup(command), .answer = strdup(text)};
	pthread_mutex_unlock(&modem->lock);
}

void fake_modem_forget(struct fake_modem *modem, const char *command)
{
	int kept = 0;

	pthread_mutex_lock(&modem->lock);
	for (int i = 0; i < modem->rule_count; i++) {
		if (strcmp(modem->rule[i].command, command) != 0) {
			modem->rule[kept++] = modem->rule[i];
			continue;
		}
		free(modem->rule[i].command);
		free(modem->rule[i].answer);
	}
	modem->rule_count = kept;
	pthread_mutex_unlock(&modem->lock);
}

void fake_modem_set_style(struct fake_modem *modem, bool echo, bool crcrlf)
{
	pthread_mutex_lock(&modem->lock);
	modem->echo = echo;
	modem->crcrlf = crcrlf;
	pthread_mutex_unlock(&modem->lock);
}

bool fake_modem_last(struct fake_modem *modem, const char *command, char *out, int size)
{
	bool found = false;

	pthread_mutex_lock(&modem->lock);
	for (int i = modem->log_count - 1; i >= 0 && !found; i--) {
		found = matches(command, modem->log[i]);
		if (found)
			snprintf(out, (size_t)size, "%s", modem->log[i]);
	}
	pthread_mutex_unlock(&modem->lock);
	return found;
}

void fake_modem_say(struct fake_modem *modem, const char *lines)
{
	pthread_mutex_lock(&modem->lock);
	say(modem, lines);
	pthread_mutex_unlock(&modem->lock);
}

void fake_modem_set_mute(struct fake_modem *modem, bool mute)
{
	pthread_mutex_lock(&modem->lock);
	modem->mute = mute;
	pthread_mutex_unlock(&modem->lock);
}

void fake_modem_unplug(struct fake_modem *modem)
{
	fake_modem_say(modem, "!unplug");
	wake(modem);
}

void fake_modem_plug(struct fake_modem *modem, const char *link)
{
	pthread_mutex_lock(&modem->lock);
	open_port(modem, link);
	pthread_mutex_unlock(&modem->lock);
	wake(modem);
}

void fake_modem_store(struct fake_modem *modem, const char *store, int index, const char *header, const char *pdu)
{
	pthread_mutex_lock(&modem->lock);
	for (int i = 0; i < STORED_MAX; i++) {
		struct stored *stored = &modem->stored[i];

		if (stored->there)
			continue;
		stored->there = true;
		stored->index = index;
		snprintf(stored->store, sizeof(stored->store), "%s", store);
		snprintf(stored->header, sizeof(stored->header), "%s", header);
		snprintf(stored->pdu, sizeof(stored->pdu), "%s", pdu);
		break;
	}
	pthread_mutex_unlock(&modem->lock);
}

bool fake_modem_has(struct fake_modem *modem, const char *store, int index)
{
	pthread_mutex_lock(&modem->lock);
	bool there = stored_find(modem, store, index) != NULL;
	pthread_mutex_unlock(&modem->lock);
	return there;
}

static int count_locked(const struct fake_modem *modem, const char *command)
{
	int count = 0;

	for (int i = 0; i < modem->log_count; i++)
		count += matches(command, modem->log[i]);
	return count;
}

int fake_modem_count(struct fake_modem *modem, const char *command)
{
	pthread_mutex_lock(&modem->lock);
	int count = count_locked(modem, command);
	pthread_mutex_unlock(&modem->lock);
	return count;
}

bool fake_modem_wait(struct fake_modem *modem, const char *command, int count)
{
	int64_t deadline = clock_mono_ms() + WAIT_MS;
	struct timespec until = {.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000};
	bool came;

	pthread_mutex_lock(&modem->lock);
	while (!(came = count_locked(modem, command) >= count))
		if (pthread_cond_timedwait(&modem->changed, &modem->lock, &until) != 0)
			break;
	came = count_locked(modem, command) >= count;
	pthread_mutex_unlock(&modem->lock);
	return came;
}
