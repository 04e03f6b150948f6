#include "firmware-host/webhook/webhook.h"

#include "config/clock.h"
#include "firmware-host/webhook/webhook_private.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	STACK_OCTETS = 2 * 1024 * 1024, /* jansson recurses 2,048 levels deep */
	PAIR_OCTETS = 212992,		/* doubled by the kernel: KEPT for all events that are with the hub */
	NICE = 5,
	TROUBLE_EVERY_MS = 3600 * 1000,
	TURN_EVENTS = 64, /* then those at the listener have their turn again */
};

const struct webhook_limits webhook_limits_default = {
	.request_ms = 10000,
	.idle_ms = 120000, /* longer than proxies keep theirs */
	.connections = 256,
	.bodies = 16 * 1024 * 1024,
	.segment = 1024 * 1024,
	.spool = 64 * 1024 * 1024,
};

enum trouble { TROUBLE_SIGNATURE, TROUBLE_DISK, TROUBLE_FULL, TROUBLES };

struct trouble_count {
	int32_t count; /* since it was last told */
	int why;       /* errno */
	int64_t due;   /* not told before */
};

/* An event that is with the hub. */
struct told {
	struct segment *segment;
	bool kept;
};

struct webhook {
	struct webhook_config config;
	int hub;
	bool stop;
	bool hub_is_full; /* poll for room */
	struct webhook_http *http;
	struct spool *spool;
	struct spool_record record; /* being cut; its reader is NULL when there is none */
	struct webhook_reader *reader;
	struct webhook_event event;
	bool event_is_ready; /* and waits for room */
	struct told told[WEBHOOK_UNKEPT_MAX];
	uint64_t oldest_token, next_token; /* of those not kept, of the next told; a token's place is its remainder */
	struct trouble_count troubles[TROUBLES];
};

/* ---- the pair ---------------------------------------------------------------------------------------------------- */

/* 0, or -EAGAIN, -EPIPE. */
static int packet_write(int fd, const void *packet, size_t size)
{
	ssize_t written;

	do
		written = send(fd, packet, size, MSG_NOSIGNAL);
	while (written < 0 && (errno == EINTR || errno == ECONNRESET));
	if (written == (ssize_t)size)
		return 0;
	return written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) ? -EAGAIN : -EPIPE;
}

/* Octets, or -EAGAIN, -EPIPE. A reset is told once when the other end closed over something unread; what it had said before
 * can still be read. */
static ssize_t packet_read(int fd, void *packet, size_t size)
{
	ssize_t got;

	do
		got = recv(fd, packet, size, MSG_TRUNC);
	while (got < 0 && (errno == EINTR || errno == ECONNRESET));
	if (got > 0)
		return got;
	return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? -EAGAIN : -EPIPE;
}

int webhook_event_read(int fd, struct webhook_event *ret_event)
{
	const size_t least = offsetof(struct webhook_event, text) + 1;
	ssize_t got = packet_read(fd, ret_event, sizeof *ret_event);

	if (got < 0)
		return (int)got;
	if ((size_t)got < least || (size_t)got > sizeof *ret_event)
		return -EBADMSG;
	ret_event->text[(size_t)got - least] = '\0';
	return 0;
}

int webhook_kept(int fd, uint64_t token)
{
	return packet_write(fd, &token, sizeof token);
}

static int event_write(int fd, const struct webhook_event *event)
{
	return packet_write(fd, event, offsetof(struct webhook_event, text) + strlen(event->text) + 1);
}

/* ---- from the hub ------------------------------------------------------------------------------------------------ */

static void kept_take(struct webhook *w, uint64_t token)
{
	struct told *told = &w->told[token % WEBHOOK_UNKEPT_MAX];

	if (token < w->oldest_token || token >= w->next_token || told->kept)
		return;
	told->kept = true;
	spool_release(w->spool, told->segment);
	while (w->oldest_token < w->next_token && w->told[w->oldest_token % WEBHOOK_UNKEPT_MAX].kept)
		w->oldest_token++;
}

static void hub_hear(struct webhook *w)
{
	uint64_t token;

	for (;;) {
		ssize_t got = packet_read(w->hub, &token, sizeof token);
		if (got == -EAGAIN)
			return;
		if (got < 0) {
			w->stop = true;
			return;
		}
		if (got == (ssize_t)sizeof token)
			kept_take(w, token);
	}
}

/* ---- to the hub -------------------------------------------------------------------------------------------------- */

static void record_leave(struct webhook *w)
{
	webhook_reader_free(w->reader);
	w->reader = NULL;
	free(w->record.body);
	spool_release(w->spool, w->record.segment);
}

/* Makes the next event ready. False: there is none. */
static bool event_next(struct webhook *w)
{
	while (!w->event_is_ready) {
		if (!w->reader) {
			if (!spool_read(w->spool, &w->record))
				return false;
			w->reader = webhook_reader_new(w->record.body, w->record.length, w->config.phone_number_id);
			if (!w->reader) { /* no memory: told again at the next start, so its segment stays held */
				free(w->record.body);
				return false;
			}
		}
		w->event_is_ready = webhook_reader_next(w->reader, &w->event);
		if (!w->event_is_ready)
			record_leave(w);
	}
	return true;
}

/* False: nothing more can be told now. */
static bool event_tell(struct webhook *w)
{
	if (w->next_token - w->oldest_token == WEBHOOK_UNKEPT_MAX || !event_next(w))
		return false;
	w->event.token = w->next_token;
	w->event.received = w->record.at;
	int result = event_write(w->hub, &w->event);
	if (result != 0) {
		w->hub_is_full = result == -EAGAIN;
		w->stop = w->stop || result != -EAGAIN;
		return false;
	}
	w->event_is_ready = false;
	w->told[w->next_token % WEBHOOK_UNKEPT_MAX] = (struct told){.segment = w->record.segment};
	spool_hold(w->record.segment);
	w->next_token++;
	return true;
}

/* True: there may be more to tell at once. */
static bool events_tell(struct webhook *w)
{
	w->hub_is_full = false;
	for (int i = 0; i < TURN_EVENTS; i++)
		if (!event_tell(w))
			return false;
	return true;
}

/* ---- what staff should know -------------------------------------------------------------------------------------- */

static void trouble_note(struct webhook *w, enum trouble trouble, unsigned count, int why)
{
	w->troubles[trouble].count += (int32_t)count;
	w->troubles[trouble].why = why;
}

static void trouble_word(struct webhook_event *event, enum trouble trouble, int why)
{
	static const char *const words[] = {"signature", "disk", "full"};

	(void)snprintf(event->word, sizeof event->word, "%s", words[trouble]);
	if (trouble == TROUBLE_SIGNATURE)
		(void)snprintf(event->remark, sizeof event->remark,
			"the signature is wrong; unless a stranger makes them, correct whatsapp.app_secret_file");
	else if (trouble == TROUBLE_DISK)
		(void)snprintf(event->remark, sizeof event->remark,
			"what WhatsApp tells cannot be kept: %s; make room on the disk, it tries again for some days",
			strerror(why));
	else
		(void)snprintf(event->remark, sizeof event->remark,
			"too much of what WhatsApp tells waits already; it tries again for some days");
}

/* What cannot be told now is told in the next turn. */
static void troubles_tell(struct webhook *w)
{
	int64_t now = clock_mono_ms();
	struct webhook_event event;

	for (int i = 0; i < TROUBLES; i++) {
		struct trouble_count *trouble = &w->troubles[i];
		if (trouble->count == 0 || now < trouble->due)
			continue;
		memset(&event, 0, sizeof event);
		event.type = WEBHOOK_TROUBLE;
		event.received = clock_wall_ms();
		event.code = trouble->count;
		trouble_word(&event, (enum trouble)i, trouble->why);
		if (event_write(w->hub, &event) != 0)
			return;
		*trouble = (struct trouble_count){.due = now + TROUBLE_EVERY_MS};
	}
}

/* ---- from WhatsApp ----------------------------------------------------------------------------------------------- */

/* All that came in one turn costs one sync. */
static void posts_keep(struct webhook *w, struct webhook_post *posts)
{
	int64_t now = clock_wall_ms();
	int result;

	for (struct webhook_post *post = posts; post; post = post->next) {
		result = spool_append(w->spool, now, post->body, post->length);
		post->kept = result == 0;
		if (result != 0)
			trouble_note(w, result == -ENOBUFS ? TROUBLE_FULL : TROUBLE_DISK, 1, -result);
	}
	result = spool_sync(w->spool);
	for (struct webhook_post *post = posts; post && result != 0; post = post->next) {
		post->kept = false;
		trouble_note(w, TROUBLE_DISK, 1, -result);
	}
	webhook_http_answer(w->http);
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static void serve(struct webhook *w)
{
	bool more = true;

	while (!w->stop) {
		struct pollfd fds[] = {
			{.fd = w->hub, .events = (short)(POLLIN | (w->hub_is_full ? POLLOUT : 0))},
			{.fd = webhook_http_fd(w->http), .events = POLLIN},
		};
		if (poll(fds, 2, more ? 0 : webhook_http_timeout(w->http)) < 0 && errno != EINTR)
			break;
		hub_hear(w);
		struct webhook_post *posts = webhook_http_step(w->http);
		if (posts)
			posts_keep(w, posts);
		trouble_note(w, TROUBLE_SIGNATURE, webhook_http_refused(w->http), 0);
		troubles_tell(w);
		more = events_tell(w);
	}
}

static void webhook_free(struct webhook *w)
{
	/* What was not kept stays held, and so on disk. */
	if (w->reader)
		free(w->record.body);
	webhook_reader_free(w->reader);
	webhook_http_close(w->http);
	spool_close(w->spool);
	if (w->hub >= 0)
		close(w->hub);
	explicit_bzero(&w->config, sizeof w->config);
	free(w);
}

static void *webhook_main(void *argument)
{
	struct webhook *w = argument;

	/* On Linux a thread has a niceness of its own. */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	serve(w);
	webhook_free(w);
	return NULL;
}

static int thread_start(struct webhook *w, struct err *err)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;
	int result = pthread_attr_init(&attributes);

	if (result != 0)
		return err_set(err, EX_OSERR, "cannot start a thread for the webhook: %s", strerror(result));
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_OCTETS);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&thread, &attributes, webhook_main, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (result != 0)
		return err_set(err, EX_OSERR, "cannot start a thread for the webhook: %s", strerror(result));
	return 0;
}

static int webhook_init(
	struct webhook *w, const struct webhook_limits *limits, int *ret_hub, uint16_t *ret_port, struct err *err)
{
	const int octets = PAIR_OCTETS;
	int pair[2];

	if (!w->config.app_secret[0])
		return err_set(err, EX_CONFIG,
			"the webhook has no app secret, so anybody could sign; set whatsapp.app_secret_file");
	if (sodium_init() < 0)
		return err_set(err, EX_OSERR, "cannot start libsodium");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return err_set(err, EX_OSERR, "cannot make a socket pair: %s", strerror(errno));
	w->hub = pair[1];
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets);
	if (spool_open(w->config.spool, limits->segment, limits->spool, &w->spool, err) != 0 ||
		webhook_http_open(&w->config, limits, &w->http, ret_port, err) != 0 || thread_start(w, err) != 0) {
		close(pair[0]);
		return -1;
	}
	*ret_hub = pair[0];
	return 0;
}

int webhook_start_with(const struct webhook_config *config, const struct webhook_limits *limits, int *ret_fd,
	uint16_t *ret_port, struct err *err)
{
	struct webhook *w = calloc(1, sizeof *w);

	if (!w)
		return err_set(err, EX_OSERR, "out of memory");
	w->config = *config;
	w->hub = -1;
	w->oldest_token = w->next_token = 1;
	if (webhook_init(w, limits, ret_fd, ret_port, err) != 0) {
		webhook_free(w);
		return -1;
	}
	return 0;
}

int webhook_start(const struct webhook_config *config, int *ret_fd, struct err *err)
{
	uint16_t port;

	return webhook_start_with(config, &webhook_limits_default, ret_fd, &port, err);
}
