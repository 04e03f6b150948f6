#include "firmware-host/console/console.h"

#include "config/clock.h"
#include "firmware-host/console/certificate.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/control.h"
#include "firmware-host/health.h"
#include "firmware-host/http_listen.h"
#include "firmware-host/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	STACK_OCTETS = 1024 * 1024,
	NICE = 2,
	RETRY_MS = 30 * 1000,
	EVENTS_MS = 1000,
	STATUS_MS = 1000, /* the appliance answers within a turn */
	DB_WAIT_MS = 2000,
	STOP_S = 2,
};

static const int64_t renew_ms = INT64_C(24) * 60 * 60 * 1000; /* the certificate's end is looked at so often */

/* What a file looked like when it was read. */
struct seen {
	int64_t size, changed_ns;
	uint64_t inode;
};

struct console_handle {
	pthread_t thread;
	int end_fd; /* readable: end */
	struct console console;
	struct seen config_seen, texts_seen;
	int64_t look_mono, open_mono, events_mono, renew_mono;
	char told[ERR_TEXT_MAX]; /* why there is no console, as logged last; "" */
};

/* ---- the configuration, as the file has it ----------------------------------------------------------------------- */

static struct seen seen_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct seen){0};
	return (struct seen){.size = st.st_size,
		.inode = st.st_ino,
		.changed_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
}

static bool is_seen(const struct seen *one, const struct seen *other)
{
	return one->size == other->size && one->inode == other->inode && one->changed_ns == other->changed_ns;
}

static int settings_take(struct console_handle *handle, struct err *err)
{
	struct console *console = &handle->console;
	struct settings *settings = NULL;
	struct texts *texts = NULL;

	handle->config_seen = seen_of(console->config_path);
	if (settings_read(console->config_path, &settings, err) != 0)
		return -1;
	handle->texts_seen = seen_of(settings->texts);
	if (texts_read(settings->texts, settings->texts_given, &texts, err) != 0) {
		settings_free(settings);
		return -1;
	}
	/* Another database takes effect at the appliance's next start, for it as for us. */
	if (console->settings)
		memcpy(settings->database, console->settings->database, sizeof settings->database);
	settings_free(console->settings);
	texts_free(console->texts);
	console->settings = settings;
	console->texts = texts;
	return 0;
}

/* ---- opening and closing ----------------------------------------------------------------------------------------- */

static void console_shut(struct console_handle *handle)
{
	struct console *console = &handle->console;

	if (console->door) {
		for (int i = 0; i < HASHER_JOBS_MAX; i++) {
			struct call *call = console->hashing[i];
			console->hashing[i] = NULL;
			if (!call)
				continue;
			call_fail(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "the console is being closed");
			door_resume(console->door, call);
		}
		events_end_all(console->events);
		door_step(console->door);
	}
	door_close(console->door);
	console->door = NULL;
	if (console->hasher_fd >= 0)
		close(console->hasher_fd);
	console->hasher_fd = -1;
}

static int door_begin(struct console_handle *handle, struct err *err)
{
	struct console *console = &handle->console;
	const struct settings *settings = console->settings;
	bool plain = !guard_is_secure(console);
	char *pem = NULL;
	uint16_t port;
	int fd;

	if (plain && !http_listen_is_local(settings->console.listen))
		return err_set(err, EX_CONFIG,
			"console.tls = \"off\" is for this machine alone; set it to \"auto\", or listen on 127.0.0.1");
	if (!plain && certificate_load(settings, clock_wall_ms(), &pem, err) != 0)
		return -1;
	console->fingerprint[0] = '\0';
	if (pem)
		(void)certificate_fingerprint(pem, console->fingerprint);
	int result = http_listen("console.listen", settings->console.listen, &fd, &port, err);
	if (result == 0)
		result = door_open(console, &door_limits_default, fd, pem, &console->door, err);
	if (pem)
		explicit_bzero(pem, strlen(pem));
	free(pem);
	return result;
}

static void first_code_tell(struct console *console)
{
	char code[CONSOLE_CODE_MAX];
	struct err err;

	if (console_first_code(console->db, true, code, &err) == 0 && code[0])
		log_line(LOG_WARN,
			"the console has no operator yet; make the first at the page with the code %s, or by: "
			"banditore operator add NAME --role technician",
			code);
}

static int console_open(struct console_handle *handle, struct err *err)
{
	struct console *console = &handle->console;

	if (!console->settings && settings_take(handle, err) != 0)
		return -1;
	if (!console->settings->console.listen[0])
		return 0;
	if (!console->db) {
		if (db_open(console->settings->database, true, &console->db, err) != 0)
			return -1;
		db_wait_at_most(console->db, DB_WAIT_MS);
	}
	if (console->hasher_fd < 0 && hasher_start(&console->hasher_fd, err) != 0)
		return -1;
	if (door_begin(handle, err) != 0)
		return -1;
	handle->renew_mono = clock_mono_ms() + renew_ms;
	log_line(LOG_INFO, "the console is at %s://%s%s%s", guard_is_secure(console) ? "https" : "http",
		console->settings->console.listen, console->fingerprint[0] ? ", certificate SHA-256 " : "",
		console->fingerprint);
	first_code_tell(console);
	return 0;
}

static void console_try(struct console_handle *handle)
{
	int64_t mono = clock_mono_ms();
	struct err err;

	if (handle->console.door || mono < handle->open_mono)
		return;
	if (console_open(handle, &err) == 0) {
		handle->told[0] = '\0';
		handle->open_mono = handle->console.door ? 0 : INT64_MAX; /* none is wanted until the file says so */
		return;
	}
	handle->open_mono = mono + RETRY_MS;
	if (strcmp(handle->told, err.text) != 0)
		log_line(LOG_ERROR, "there is no console: %s", err.text);
	memcpy(handle->told, err.text, sizeof handle->told);
}

/* Looked at once a day: one of our own that ends soon is renewed by the looking, one that was given may have been. */
static bool certificate_is_another(struct console_handle *handle)
{
	struct console *console = &handle->console;
	char fingerprint[CERTIFICATE_FINGERPRINT_MAX], *pem = NULL;
	struct err err;

	if (!guard_is_secure(console) || clock_mono_ms() < handle->renew_mono)
		return false;
	handle->renew_mono = clock_mono_ms() + renew_ms;
	if (certificate_load(console->settings, clock_wall_ms(), &pem, &err) != 0) {
		log_line(LOG_WARN, "the console goes on with the certificate it has: %s", err.text);
		return false;
	}
	bool another = certificate_fingerprint(pem, fingerprint) && strcmp(fingerprint, console->fingerprint) != 0;
	explicit_bzero(pem, strlen(pem));
	free(pem);
	return another;
}

/* Have the files changed, or the certificate? What listens otherwise is closed and opened again. */
static void console_look(struct console_handle *handle)
{
	struct console *console = &handle->console;
	int64_t mono = clock_mono_ms();
	struct err err;

	if (mono < handle->look_mono)
		return;
	handle->look_mono = mono + CONSOLE_LOOK_MS;
	if (console->door && certificate_is_another(handle)) {
		console_shut(handle);
		handle->open_mono = 0;
	}
	const struct seen config = seen_of(console->config_path);
	const struct seen texts = console->settings ? seen_of(console->settings->texts) : handle->texts_seen;
	if (!console->settings || (is_seen(&config, &handle->config_seen) && is_seen(&texts, &handle->texts_seen)))
		return;
	char listen[sizeof console->settings->console.listen], tls[sizeof console->settings->console.tls];
	memcpy(listen, console->settings->console.listen, sizeof listen);
	memcpy(tls, console->settings->console.tls, sizeof tls);
	handle->texts_seen = texts;
	if (settings_take(handle, &err) != 0) {
		log_line(LOG_WARN, "the console goes on by the configuration it has: %s", err.text);
		return;
	}
	if (strcmp(listen, console->settings->console.listen) != 0 ||
		strcmp(tls, console->settings->console.tls) != 0) {
		console_shut(handle);
		handle->open_mono = 0;
	}
}

/* ---- the appliance's status -------------------------------------------------------------------------------------- */

const char *console_status(struct console *console)
{
	int64_t mono = clock_mono_ms();
	struct err err;

	if (console->status && mono - console->status_mono < STATUS_FRESH_MS)
		return console->status;
	free(console->status);
	if (control_ask_text(console->settings->database, "status", STATUS_MS, &console->status, &err) != 0)
		console->status = health_json_stopped(console->settings, console->texts, console->db);
	console->status_mono = mono;
	return console->status;
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static void hasher_take(struct console *console)
{
	struct hasher_answer answer;

	while (console->hasher_fd >= 0 && hasher_hear(console->hasher_fd, &answer) == 0) {
		for (int i = 0; i < HASHER_JOBS_MAX; i++) {
			struct call *call = console->hashing[i];
			if (!call || call->token != answer.token)
				continue;
			console->hashing[i] = NULL;
			call->token = 0;
			call->now = clock_wall_ms();
			call->resume(call, &answer);
			if (call->token == 0) /* else it waits for another job */
				door_resume(console->door, call);
		}
		explicit_bzero(&answer, sizeof answer);
	}
}

static int wait_ms(const struct console_handle *handle)
{
	const struct console *console = &handle->console;
	int least = clock_left_ms(handle->look_mono), left = console->door ? door_timeout(console->door) : -1;

	if (left >= 0 && left < least)
		least = left;
	if (events_any(console->events) && clock_left_ms(handle->events_mono) < least)
		least = clock_left_ms(handle->events_mono);
	return least;
}

static bool console_wait(struct console_handle *handle)
{
	struct console *console = &handle->console;
	struct pollfd fds[] = {
		{.fd = handle->end_fd, .events = POLLIN},
		{.fd = console->door ? door_fd(console->door) : -1, .events = POLLIN},
		{.fd = console->hasher_fd, .events = POLLIN},
	};

	(void)poll(fds, sizeof fds / sizeof *fds, wait_ms(handle));
	return fds[0].revents == 0;
}

static void *console_main(void *context)
{
	struct console_handle *handle = context;
	struct console *console = &handle->console;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* Linux: of this thread alone */
	console_try(handle);
	while (console_wait(handle)) {
		if (console->door)
			hasher_take(console);
		if (console->door)
			door_step(console->door);
		if (console->door && clock_mono_ms() >= handle->events_mono) {
			handle->events_mono = clock_mono_ms() + EVENTS_MS;
			events_tick(console, clock_wall_ms());
		}
		console_look(handle);
		console_try(handle);
	}
	console_shut(handle);
	db_close(console->db);
	texts_free(console->texts);
	settings_free(console->settings);
	events_free(console->events);
	free(console->status);
	json_decref(console->stats);
	return NULL;
}

static void handle_free(struct console_handle *handle)
{
	if (handle->end_fd >= 0)
		close(handle->end_fd);
	free(handle);
}

struct console_handle *console_start(const char *config_path)
{
	struct console_handle *handle = calloc(1, sizeof *handle);
	pthread_attr_t attributes;
	sigset_t all, before;

	if (!handle)
		return NULL;
	handle->console.hasher_fd = -1;
	handle->console.events = events_new();
	handle->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	(void)snprintf(handle->console.config_path, sizeof handle->console.config_path, "%s", config_path);
	if (!handle->console.events || handle->end_fd < 0 || pthread_attr_init(&attributes) != 0) {
		events_free(handle->console.events);
		handle_free(handle);
		return NULL;
	}
	pthread_attr_setstacksize(&attributes, STACK_OCTETS);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int result = pthread_create(&handle->thread, &attributes, console_main, handle);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (result == 0)
		return handle;
	events_free(handle->console.events);
	handle_free(handle);
	return NULL;
}

void console_stop(struct console_handle *handle)
{
	const uint64_t one = 1;
	struct timespec until;

	if (!handle)
		return;
	(void)!write(handle->end_fd, &one, sizeof one);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_S;
	if (pthread_timedjoin_np(handle->thread, NULL, &until) == 0)
		handle_free(handle);
	else /* stuck in the kernel: it is not waited for, and keeps what it has */
		log_line(LOG_WARN, "the console does not end; it is left behind");
}
