#include "tests/sim/control.h"

#include "tests/sim/base.h"
#include "tests/sim/journal.h"
#include "tests/sim/scenario.h"
#include "tests/sim/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	OUT_MAX = 64 << 20, /* octets of one answer */
	STREAM_LOW = 65536, /* `sent` is made as it is read: no more than this waits */
	WAIT_MS = 60000,
	LINE_MAX_JSON = 4096,
};

enum wait_for { WAIT_NOTHING, WAIT_SENT, WAIT_REPORTS, WAIT_SUBMISSIONS, WAIT_QUIET };

struct client {
	struct source source;
	struct client *next;
	struct sim *sim;
	int fd;
	char in[VERB_LINE_MAX];
	size_t in_length;
	struct bytes out;
	bool ended;	    /* the other side will say no more */
	uint32_t next_part; /* `sent` at work: the next to tell; 0: none */
	enum wait_for wait;
	uint64_t wait_count; /* or microseconds of quiet */
	int64_t wait_start_us, wait_deadline_us;
};

/* The path through /proc keeps sun_path short whatever the directory's length. */
static void address_of(int dir_fd, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/control", dir_fd);
}

int control_open(struct sim *sim)
{
	struct sockaddr_un address;
	struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &sim->listener};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	address_of(sim->dir_fd, &address);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
		close(fd);
		errno = EADDRINUSE;
		return -1;
	}
	unlinkat(sim->dir_fd, "control", 0);
	sim->listener = (struct source){SOURCE_LISTENER, sim};
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 16) < 0 ||
		epoll_ctl(sim->epoll_fd, EPOLL_CTL_ADD, fd, &interest) < 0) {
		int saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	sim->control_fd = fd;
	return 0;
}

static void client_free(struct client *client)
{
	struct client **link = &client->sim->clients;

	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	close(client->fd);
	bytes_free(&client->out);
	free(client);
}

void control_close(struct sim *sim)
{
	while (sim->clients != NULL)
		client_free(sim->clients);
	if (sim->control_fd < 0)
		return;
	close(sim->control_fd);
	unlinkat(sim->dir_fd, "control", 0);
	sim->control_fd = -1;
}

void control_accept(struct sim *sim)
{
	int fd = accept4(sim->control_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	struct client *client = must(calloc(1, sizeof *client));
	client->source = (struct source){SOURCE_CLIENT, client};
	client->sim = sim;
	client->fd = fd;
	client->out.max = OUT_MAX;
	client->next = sim->clients;
	sim->clients = client;
	struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &client->source};
	if (epoll_ctl(sim->epoll_fd, EPOLL_CTL_ADD, fd, &interest) < 0)
		client_free(client);
}

static void answer(struct client *client, const char *error)
{
	char line[VERB_ERROR_MAX + 16];
	int length =
		error == NULL ? snprintf(line, sizeof line, "ok\n") : snprintf(line, sizeof line, "error: %s\n", error);

	bytes_put(&client->out, line, (size_t)length);
}

/* ---- wait ---- */

/* Fires so that the loop turns when a wait may be over. */
static void nudge(struct sim *sim, const struct event *event)
{
	(void)sim;
	(void)event;
}

/* wait sent|reports|submissions N|+N [MS], wait quiet MS [MS] */
static int start_wait(struct client *client, char **words, int count, char error[VERB_ERROR_MAX])
{
	static const char *const names[] = {[WAIT_SENT] = "sent",
		[WAIT_REPORTS] = "reports",
		[WAIT_SUBMISSIONS] = "submissions",
		[WAIT_QUIET] = "quiet"};
	const struct journal *journal = &client->sim->journal;
	const uint64_t now[] = {[WAIT_SENT] = journal->accepted,
		[WAIT_REPORTS] = journal->reports,
		[WAIT_SUBMISSIONS] = journal->submissions,
		[WAIT_QUIET] = 0};
	enum wait_for kind = WAIT_NOTHING;
	struct verb_call call = {.words = words, .count = count, .error = error};
	long number, timeout_ms;

	for (unsigned i = WAIT_SENT; count > 2 && i <= WAIT_QUIET; i++)
		if (strcmp(names[i], words[1]) == 0)
			kind = (enum wait_for)i;
	if (kind == WAIT_NOTHING)
		return verb_fail(&call, "usage: wait sent|reports|submissions N|+N [MS], wait quiet MS [MS]");
	if (!verb_number(&call, 2, 0, 0, 1000000000, &number) ||
		!verb_number(&call, 3, WAIT_MS, 0, 86400000, &timeout_ms))
		return -1;
	client->wait = kind;
	client->wait_count = (uint64_t)number + (words[2][0] == '+' ? now[kind] : 0);
	if (kind == WAIT_QUIET)
		client->wait_count *= 1000;
	client->wait_start_us = mono_us();
	client->wait_deadline_us = client->wait_start_us + timeout_ms * 1000;
	timer_add(client->sim, timeout_ms * 1000, (struct event){.fire = nudge});
	if (kind == WAIT_QUIET)
		timer_add(client->sim, number * 1000, (struct event){.fire = nudge});
	return 0;
}

static bool quiet_is_reached(struct client *client, int64_t now_us)
{
	int64_t last_us = client->sim->journal.last_us;
	int64_t since_us = last_us > client->wait_start_us ? last_us : client->wait_start_us;
	int64_t left_us = since_us + (int64_t)client->wait_count - now_us;

	if (left_us > 0 && since_us != client->wait_start_us) {
		client->wait_start_us = since_us;
		timer_add(client->sim, left_us, (struct event){.fire = nudge});
	}
	return left_us <= 0;
}

static void check_wait(struct client *client)
{
	const struct journal *journal = &client->sim->journal;
	int64_t now_us = mono_us();
	bool reached = false;

	switch (client->wait) {
	case WAIT_NOTHING: return;
	case WAIT_SENT: reached = journal->accepted >= client->wait_count; break;
	case WAIT_REPORTS: reached = journal->reports >= client->wait_count; break;
	case WAIT_SUBMISSIONS: reached = journal->submissions >= client->wait_count; break;
	case WAIT_QUIET: reached = quiet_is_reached(client, now_us); break;
	}
	if (!reached && now_us < client->wait_deadline_us)
		return;
	client->wait = WAIT_NOTHING;
	answer(client, reached ? NULL : "timeout");
}

/* ---- sent ---- */

static int start_sent(struct client *client, char **words, int count, char error[VERB_ERROR_MAX])
{
	struct verb_call call = {.words = words, .count = count, .error = error};
	long since;

	if (count > 1 && strcmp(words[1], "since") != 0)
		return verb_fail(&call, "usage: sent [since N]");
	if (!verb_number(&call, 2, 0, 0, 1000000000, &since))
		return -1;
	client->next_part = (uint32_t)since + 1;
	return 0;
}

static void more_sent(struct client *client)
{
	const struct sim *sim = client->sim;
	char line[LINE_MAX_JSON];

	if (client->next_part == 0)
		return;
	if (client->next_part < journal_first(&sim->journal))
		client->next_part = journal_first(&sim->journal);
	for (; client->out.used < STREAM_LOW; client->next_part++) {
		const struct part *part = journal_part(&sim->journal, client->next_part);
		if (part == NULL) {
			client->next_part = 0;
			answer(client, NULL);
			return;
		}
		size_t length = journal_line(sim, part, line, sizeof line - 1);
		line[length++] = '\n';
		bytes_put(&client->out, line, length);
	}
}

/* ---- the dialogue ---- */

static void run_command(struct client *client, const char *line)
{
	char buffer[VERB_LINE_MAX], error[VERB_ERROR_MAX];
	char *words[VERB_WORDS_MAX];
	int result;

	line += strspn(line, " \t");
	if (scenario_is_timed(line)) {
		result = scenario_add(client->sim, line);
		answer(client, result == 0 ? NULL : "no moment a scenario knows, or too many lines");
		return;
	}
	int count = verb_words(line, buffer, words);
	if (count > 0 && strcmp(words[0], "wait") == 0)
		result = start_wait(client, words, count, error);
	else if (count > 0 && strcmp(words[0], "sent") == 0)
		result = start_sent(client, words, count, error);
	else
		result = verb_run(client->sim, NULL, line, &client->out, error);
	if (result < 0)
		answer(client, error);
	else if (client->wait == WAIT_NOTHING && client->next_part == 0)
		answer(client, NULL);
}

/* Complete lines, one after the other; a pending `wait` or `sent` keeps the next one waiting. */
static void run_lines(struct client *client)
{
	while (client->wait == WAIT_NOTHING && client->next_part == 0) {
		char *end = memchr(client->in, '\n', client->in_length);
		if (end == NULL)
			return;
		*end = '\0';
		run_command(client, client->in);
		size_t taken = (size_t)(end + 1 - client->in);
		client->in_length -= taken;
		memmove(client->in, client->in + taken, client->in_length);
	}
}

/* False: the client is gone and freed. */
static bool send_out(struct client *client)
{
	while (client->out.used > 0) {
		ssize_t sent = send(client->fd, client->out.at, client->out.used, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EAGAIN)
			break;
		if (sent < 0) {
			client_free(client);
			return false;
		}
		bytes_skip(&client->out, (size_t)sent);
		more_sent(client);
	}
	bool idle = client->wait == WAIT_NOTHING && client->next_part == 0 && client->out.used == 0;
	if (client->ended && idle) {
		client_free(client);
		return false;
	}
	bool deaf = client->ended || client->in_length == sizeof client->in;
	uint32_t wants = (deaf ? 0u : EPOLLIN) | (client->out.used > 0 ? EPOLLOUT : 0u);
	struct epoll_event interest = {.events = wants, .data.ptr = &client->source};
	epoll_ctl(client->sim->epoll_fd, EPOLL_CTL_MOD, client->fd, &interest);
	return true;
}

void client_ready(struct client *client, uint32_t events)
{
	if (events & EPOLLIN && client->in_length < sizeof client->in) {
		ssize_t got =
			recv(client->fd, client->in + client->in_length, sizeof client->in - client->in_length, 0);
		if (got <= 0)
			client->ended = true;
		else
			client->in_length += (size_t)got;
	} else if (events & (EPOLLHUP | EPOLLERR)) {
		client_free(client);
		return;
	}
	run_lines(client);
	if (client->in_length == sizeof client->in && client->wait == WAIT_NOTHING && client->next_part == 0) {
		answer(client, "line too long");
		client->in_length = 0;
		client->ended = true;
	}
	more_sent(client);
	send_out(client);
}

void clients_turn(struct sim *sim)
{
	for (struct client *client = sim->clients, *next; client != NULL; client = next) {
		next = client->next;
		if (client->wait == WAIT_NOTHING)
			continue;
		check_wait(client);
		if (client->wait != WAIT_NOTHING)
			continue;
		run_lines(client);
		more_sent(client);
		send_out(client);
	}
}
