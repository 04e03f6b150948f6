/* The thread: asks in, requests out, answers in, results out. */
#include "modem/whatsapp_worker.h"

#include "config/clock.h"
#include "modem/whatsapp.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	STACK_OCTETS = 512 * 1024,
	PATIENCE_EXTRA_MS = 5000,
	SECOND_MS = 1000,
	CONNECTIONS_MIN = 16,
	MOST_FIRST = 16, /* requests at once, to begin with */
};

const struct whatsapp_timings whatsapp_timings_default = {
	.connect = 5000,
	.total = 15000,
	.suspect = 800,
	.probe = 1500,
	.idle = 60000,
	.down_first = 500,
	.down_max = 15000,
	.refused = 10 * 60000,
	.hold = 5000,
	.grow = 5,
	.stop = 1500,
};

/* ---- telling ----------------------------------------------------------------------------------------------------- */

void whatsapp_tell(struct whatsapp *w)
{
	for (;;) {
		int result = bearer_tell_write(w->hub, &w->tell);

		if (result == 0)
			return;
		if (result != -EAGAIN) {
			w->stop = true;
			return;
		}
		/* The hub is behind. What is told must not be lost, so wait; a hub that has gone shows as POLLERR. */
		struct pollfd hub = {.fd = w->hub, .events = POLLOUT};
		(void)poll(&hub, 1, SECOND_MS);
	}
}

void whatsapp_tell_status(struct whatsapp *w)
{
	if (w->told_once && w->status.state == w->told.state && w->status.slots == w->told.slots &&
		strcmp(w->status.why, w->told.why) == 0)
		return;
	w->told = w->status;
	w->told_once = true;
	memset(&w->tell, 0, sizeof w->tell);
	w->tell.type = BEARER_TELL_STATUS;
	w->tell.status = w->status;
	whatsapp_tell(w);
}

/* ---- hearing ----------------------------------------------------------------------------------------------------- */

static void command_refuse(struct whatsapp *w, uint32_t token)
{
	memset(&w->tell, 0, sizeof w->tell);
	w->tell.type = BEARER_TELL_REPLY;
	w->tell.token = token;
	w->tell.last = true;
	(void)snprintf(w->tell.reply.text, sizeof w->tell.reply.text, "WhatsApp takes no commands");
	whatsapp_tell(w);
}

static void asks(struct whatsapp *w)
{
	struct bearer_ask ask;

	while (!w->stop) {
		int result = bearer_ask_read(w->hub, &ask);

		if (result == -EAGAIN)
			return;
		if (result == -EBADMSG || result == -EMSGSIZE)
			continue;
		if (result < 0) {
			w->stop = true;
			return;
		}
		switch (ask.type) {
		case BEARER_ASK_SEND: whatsapp_send_take(w, &ask); break;
		case BEARER_ASK_COMMAND:
		case BEARER_ASK_USSD: command_refuse(w, ask.token); break;
		case BEARER_ASK_KEPT:
		case BEARER_ASK_PIN: break;
		case BEARER_ASK_STOP: w->stop = true; break;
		}
	}
}

static void answers(struct whatsapp *w)
{
	struct graph_http_answer answer;

	while (graph_http_take(w->http, &answer)) {
		if (answer.id >= WHATSAPP_PROBE_ID)
			whatsapp_link_answer(w, &answer);
		else
			whatsapp_send_answer(w, &answer);
	}
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static void serve(struct whatsapp *w)
{
	whatsapp_tell_status(w);
	for (;;) {
		asks(w);
		if (w->stop)
			return;
		whatsapp_send_start(w);
		whatsapp_link_step(w);
		int64_t send = whatsapp_send_next(w), link = whatsapp_link_next(w);
		if (graph_http_step(w->http, w->hub, send < link ? send : link))
			whatsapp_link_routes(w);
		answers(w);
	}
}

/* What waits goes back; what is in flight gets a moment to be answered, so that less is left in doubt. */
static void finish(struct whatsapp *w)
{
	int64_t deadline = clock_mono_ms() + w->timings.stop;

	graph_http_watch(w->http, -1);
	whatsapp_send_refuse(w, "it is ending");
	while (w->out > 0 && clock_left_ms(deadline) > 0) {
		graph_http_step(w->http, -1, deadline);
		answers(w);
	}
	graph_http_drop(w->http, "it is ending");
	answers(w);
}

static void worker_free(struct whatsapp *w)
{
	for (int i = 0; i < WHATSAPP_SLOTS_MAX; i++)
		free(w->items[i].body);
	graph_http_free(w->http);
	if (w->watch >= 0)
		close(w->watch);
	close(w->hub);
	free(w);
}

static void *worker_main(void *argument)
{
	struct whatsapp *w = argument;

	serve(w);
	finish(w);
	worker_free(w);
	return NULL;
}

/* Where each request takes one: enough of them for an API that takes a second. */
static int connections_of(int32_t rate)
{
	if (rate > WHATSAPP_OUT_MAX)
		return WHATSAPP_OUT_MAX;
	return rate < CONNECTIONS_MIN ? CONNECTIONS_MIN : (int)rate;
}

/* A second's worth in flight, which is a slow answer, and a little to go on with. What is in hand when the box is killed is
 * in doubt: no more than that. */
static int slots_of(int32_t rate)
{
	int slots = rate > WHATSAPP_SLOTS_MAX ? WHATSAPP_SLOTS_MAX : rate + rate / 4;

	if (slots > WHATSAPP_SLOTS_MAX)
		slots = WHATSAPP_SLOTS_MAX;
	return slots < 4 ? 4 : slots;
}

/* The API's host, which is what a person looks for when there is no link. */
static void status_init(struct whatsapp *w)
{
	const char *host = strstr(w->config.api, "://");

	host = host ? host + 3 : w->config.api;
	w->status.state = BEARER_STARTING;
	w->status.slots = (uint16_t)w->slots;
	w->status.receipts = true;
	w->status.patience_s = (uint32_t)(w->timings.total + PATIENCE_EXTRA_MS) / SECOND_MS;
	(void)snprintf(w->status.why, sizeof w->status.why, "asking WhatsApp whether it is there");
	(void)snprintf(w->status.port, sizeof w->status.port, "%.*s", (int)strcspn(host, "/"), host);
	(void)snprintf(w->status.model, sizeof w->status.model, "Cloud API");
	(void)snprintf(w->status.network, sizeof w->status.network, "WhatsApp");
	(void)snprintf(w->status.sim, sizeof w->status.sim, "%.23s", w->config.phone_number_id);
}

static int worker_init(struct whatsapp *w, struct err *err)
{
	char path[128];
	int64_t now = clock_mono_ms();
	struct graph_http_config http = {.token = w->config.token,
		.ca_file = w->config.ca_file,
		.connect_ms = w->timings.connect,
		.total_ms = w->timings.total,
		.connections_max = connections_of(w->config.rate)};

	if (!graph_http_is_private(w->config.api))
		return err_set(err, EX_CONFIG,
			"whatsapp.api %.200s is not https, so the token cannot be sent there; correct it",
			w->config.api);
	if (!w->config.phone_number_id[0])
		return err_set(err, EX_CONFIG, "whatsapp.phone_number_id is empty; copy it from Meta's page");
	w->slots = slots_of(w->config.rate);
	w->connections = http.connections_max;
	w->most = MOST_FIRST;
	http.in_flight_max = WHATSAPP_OUT_MAX + 2; /* a probe, and one given up that is not yet taken */
	status_init(w);
	pace_init(&w->pace, w->config.rate, now);
	w->probe_due = now;
	w->probe_id = WHATSAPP_PROBE_ID;
	(void)snprintf(path, sizeof path, "%s/messages", w->config.phone_number_id);
	graph_http_url(w->config.api, path, w->url_messages);
	(void)snprintf(path, sizeof path, "%s?fields=health_status", w->config.phone_number_id);
	graph_http_url(w->config.api, path, w->url_health);
	(void)snprintf(path, sizeof path, "%s?fields=id", w->config.phone_number_id);
	graph_http_url(w->config.api, path, w->url_alive);
	int result = graph_http_new(&http, &w->http, err);
	explicit_bzero(w->config.token, sizeof w->config.token);
	if (result == 0)
		whatsapp_link_open(w);
	return result;
}

static int thread_start(struct whatsapp *w, struct err *err)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;
	int result = pthread_attr_init(&attributes);

	if (result != 0)
		return err_set(err, EX_OSERR, "cannot start a thread for WhatsApp: %s", strerror(result));
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_OCTETS);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&thread, &attributes, worker_main, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (result != 0)
		return err_set(err, EX_OSERR, "cannot start a thread for WhatsApp: %s", strerror(result));
	return 0;
}

int whatsapp_worker_start_with(const struct whatsapp_worker_config *config, const struct whatsapp_timings *timings,
	int *ret_fd, struct err *err)
{
	struct whatsapp *w;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return err_set(err, EX_OSERR, "cannot make a socket pair: %s", strerror(errno));
	w = calloc(1, sizeof *w);
	if (!w) {
		close(pair[0]);
		close(pair[1]);
		return err_set(err, EX_OSERR, "out of memory");
	}
	w->config = *config;
	w->timings = *timings;
	w->hub = pair[1];
	w->watch = -1;
	if (worker_init(w, err) != 0 || thread_start(w, err) != 0) {
		explicit_bzero(w->config.token, sizeof w->config.token);
		worker_free(w);
		close(pair[0]);
		return -1;
	}
	*ret_fd = pair[0];
	return 0;
}

int whatsapp_worker_start(const struct whatsapp_worker_config *config, int *ret_fd, struct err *err)
{
	return whatsapp_worker_start_with(config, &whatsapp_timings_default, ret_fd, err);
}
