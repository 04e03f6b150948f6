#include "tests/graph-sim/server.h"

#include "tests/graph-sim/journal.h"
#include "tests/graph-sim/route.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

enum { BODY_MAX = 4 << 20, FILE_MAX = 101 << 20, CONNECTIONS_MAX = 4000, CONNECTION_MEMORY = 32768 };

enum request_state { REQUEST_RECEIVING, REQUEST_ASLEEP, REQUEST_READY, REQUEST_QUEUED };

struct request {
	struct call call;
	struct MHD_Connection *connection;
	struct MHD_PostProcessor *form;
	enum request_state state;
	struct bytes body, file;
	char mime[100], product[32], base[200];
	struct reply reply;
	struct source peer;
	struct request *next, **place; /* among those asleep */
};

/* ---- receiving ---- */

static const char *query(void *of, const char *key)
{
	const struct request *request = of;

	return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, key);
}

static const char *header(const struct request *request, const char *key)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, key);
}

static enum MHD_Result take_field(void *of, enum MHD_ValueKind kind, const char *key, const char *filename,
	const char *mime, const char *encoding, const char *data, uint64_t offset, size_t size)
{
	struct request *request = of;

	(void)kind;
	(void)filename;
	(void)encoding;
	(void)offset;
	if (strcmp(key, "file") == 0 && request->file.used + size <= FILE_MAX) {
		text_copy(request->mime, sizeof request->mime, mime == NULL ? "" : mime);
		bytes_put(&request->file, data, size);
	}
	if (strcmp(key, "messaging_product") == 0 && size > 0) {
		size_t length = size < sizeof request->product ? size : sizeof request->product - 1;
		memcpy(request->product, data, length);
		request->product[length] = '\0';
	}
	return MHD_YES;
}

static struct request *request_new(
	struct port *port, struct sim *sim, struct MHD_Connection *connection, const char *path, const char *method)
{
	struct request *request = must(calloc(1, sizeof *request));
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");

	request->connection = connection;
	request->call = (struct call){.sim = sim, .request = request, .query = query};
	text_copy(request->call.method, sizeof request->call.method, method);
	text_copy(request->call.path, sizeof request->call.path, path);
	snprintf(request->base, sizeof request->base, "%s://%.150s", port->tls ? "https" : "http",
		host == NULL ? "127.0.0.1" : host);
	request->call.base = request->base;
	request->form =
		strcmp(method, "POST") == 0 ? MHD_create_post_processor(connection, 65536, take_field, request) : NULL;
	return request;
}

static void receive(struct request *request, const char *data, size_t length)
{
	if (request->form != NULL)
		MHD_post_process(request->form, data, length);
	else if (request->body.used + length <= BODY_MAX)
		bytes_put(&request->body, data, length);
}

/* ---- answering ---- */

static ssize_t read_half(void *of, uint64_t position, char *to, size_t room)
{
	const struct reply *reply = of;
	size_t half = reply->length / 2;

	if (position >= half)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t length = half - position < room ? half - position : room;
	memcpy(to, reply->body + position, length);
	return (ssize_t)length;
}

static enum MHD_Result answer(struct request *request)
{
	const struct reply *reply = &request->reply;
	struct MHD_Response *response;

	if (reply->cut == CUT_BEFORE || reply->cut == CUT_NEVER || reply->http == 0)
		return MHD_NO;
	if (reply->cut == CUT_MIDDLE)
		response = MHD_create_response_from_callback(reply->length, 4096, read_half, &request->reply, NULL);
	else
		response = MHD_create_response_from_buffer(reply->length, reply->body, MHD_RESPMEM_PERSISTENT);
	must(response);
	MHD_add_response_header(
		response, "Content-Type", reply->type[0] != '\0' ? reply->type : "application/json; charset=UTF-8");
	MHD_add_response_header(response, "facebook-api-version", request->call.version);
	if (reply->http == 401)
		MHD_add_response_header(response, "WWW-Authenticate", "OAuth \"Facebook Platform\" \"invalid_token\"");
	if (reply->location[0] != '\0')
		MHD_add_response_header(response, "Location", reply->location);
	enum MHD_Result result = MHD_queue_response(request->connection, (unsigned)reply->http, response);
	MHD_destroy_response(response);
	request->state = REQUEST_QUEUED;
	return result;
}

static void fall_asleep(struct request *request)
{
	struct sim *sim = request->call.sim;

	request->state = REQUEST_ASLEEP;
	request->next = sim->asleep;
	request->place = &sim->asleep;
	if (request->next != NULL)
		request->next->place = &request->next;
	sim->asleep = request;
	MHD_suspend_connection(request->connection);
}

static void wake(struct request *request)
{
	if (request->state != REQUEST_ASLEEP)
		return;
	*request->place = request->next;
	if (request->next != NULL)
		request->next->place = request->place;
	request->state = REQUEST_READY;
	MHD_resume_connection(request->connection);
}

static void fire_wake(struct sim *sim, const struct event *event)
{
	(void)sim;
	wake(event->of);
}

/* Nobody tells us that the caller of a suspended connection has gone, so we watch the socket ourselves. */
static void watch_peer(struct request *request)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct epoll_event interest = {.events = EPOLLRDHUP, .data.ptr = &request->peer};

	request->peer = (struct source){SOURCE_PEER, info->connect_fd, request};
	epoll_ctl(request->call.sim->epoll_fd, EPOLL_CTL_ADD, info->connect_fd, &interest);
}

void server_peer_gone(struct request *request)
{
	epoll_ctl(request->call.sim->epoll_fd, EPOLL_CTL_DEL, request->peer.fd, NULL);
	wake(request);
}

static void answer_after(struct request *request)
{
	struct sim *sim = request->call.sim;
	long jitter = sim->knobs.jitter, delay_ms = sim->knobs.latency + request->reply.slow_ms;

	if (jitter > 0)
		delay_ms += (long)chance(&sim->random, (uint32_t)(2 * jitter + 1)) - jitter;
	timer_add(&sim->timers, (delay_ms > 0 ? delay_ms : 0) * 1000,
		(struct event){.fire = fire_wake, .of = request, .stays = true});
}

void server_answer(struct request *request, struct reply reply)
{
	request->reply = reply;
	answer_after(request);
}

/* All of it is here: treated at once, whatever becomes of the answer. */
static enum MHD_Result treat(struct request *request)
{
	struct sim *sim = request->call.sim;

	if (request->form != NULL)
		MHD_destroy_post_processor(request->form);
	request->form = NULL;
	request->call.body = (struct slice){request->body.at, request->body.used};
	request->call.file = (struct slice){request->file.at, request->file.used};
	request->call.mime = request->mime;
	request->call.product = request->product;
	request->call.authorization = header(request, "Authorization");
	request->reply = route(&request->call);
	if (!request->reply.later && request->reply.cut != CUT_NEVER && request->reply.slow_ms == 0 &&
		sim->knobs.latency == 0 && sim->knobs.jitter == 0)
		return answer(request);
	fall_asleep(request);
	if (request->reply.cut == CUT_NEVER)
		watch_peer(request);
	else if (!request->reply.later)
		answer_after(request);
	return MHD_YES;
}

static enum MHD_Result handle(void *of, struct MHD_Connection *connection, const char *path, const char *method,
	const char *version, const char *data, size_t *length, void **of_request)
{
	struct port *port = of;
	struct request *request = *of_request;

	(void)version;
	if (request == NULL) {
		*of_request = request_new(port, port->http.of, connection, path, method);
		return MHD_YES;
	}
	if (request->state == REQUEST_READY)
		return answer(request);
	if (request->state != REQUEST_RECEIVING)
		return MHD_YES;
	if (*length > 0) {
		receive(request, data, *length);
		*length = 0;
		return MHD_YES;
	}
	return treat(request);
}

static void completed(
	void *of, struct MHD_Connection *connection, void **of_request, enum MHD_RequestTerminationCode how)
{
	struct request *request = *of_request;

	(void)of;
	(void)connection;
	if (request == NULL)
		return;
	struct journal *journal = &request->call.sim->journal;
	struct message *message = journal_message(journal, request->reply.message);
	bool whole = how == MHD_REQUEST_TERMINATED_COMPLETED_OK && request->state == REQUEST_QUEUED &&
		     request->reply.cut == CUT_NOT;
	if (message != NULL)
		message->answered = whole;
	if (!whole && request->reply.message != 0)
		journal->figures.answers_lost++;
	if (request->form != NULL)
		MHD_destroy_post_processor(request->form);
	bytes_free(&request->body);
	bytes_free(&request->file);
	free(request->reply.body);
	free(request);
	*of_request = NULL;
}

static void connection_changed(
	void *of, struct MHD_Connection *connection, void **of_connection, enum MHD_ConnectionNotificationCode what)
{
	struct sim *sim = of;
	struct connection *known = *of_connection;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		known = must(calloc(1, sizeof *known));
		known->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		known->next = sim->connections;
		known->place = &sim->connections;
		if (known->next != NULL)
			known->next->place = &known->next;
		sim->connections = known;
		*of_connection = known;
		return;
	}
	if (known == NULL)
		return;
	*known->place = known->next;
	if (known->next != NULL)
		known->next->place = known->place;
	free(known);
	*of_connection = NULL;
}

/* ---- the daemons ---- */

static int daemon_open(struct sim *sim, struct port *port)
{
	unsigned flags =
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | (port->tls ? MHD_USE_TLS : 0u);
	struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_KEY, 0, sim->key_pem},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, sim->cert_pem}, {MHD_OPTION_END, 0, NULL}};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
	struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &port->http};

	port->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, port, MHD_OPTION_NOTIFY_COMPLETED, completed,
		port, MHD_OPTION_NOTIFY_CONNECTION, connection_changed, sim, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_ARRAY, port->tls ? tls : none, MHD_OPTION_END);
	if (port->daemon == NULL)
		return -1;
	int fd = MHD_get_daemon_info(port->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	port->http = (struct source){SOURCE_HTTP, fd, sim};
	return epoll_ctl(sim->epoll_fd, EPOLL_CTL_ADD, fd, &interest);
}

int server_open(struct sim *sim)
{
	sim->ports[1].tls = true;
	return daemon_open(sim, &sim->ports[0]) < 0 || daemon_open(sim, &sim->ports[1]) < 0 ? -1 : 0;
}

int server_turn(struct sim *sim)
{
	int least = -1;

	/* While the link is a black hole nothing is read and nothing is written. */
	if (sim->link_api && sim->link == LINK_BLACKHOLE)
		return -1;
	for (unsigned i = 0; i < 2; i++) {
		MHD_UNSIGNED_LONG_LONG timeout;
		MHD_run(sim->ports[i].daemon);
		if (MHD_get_timeout(sim->ports[i].daemon, &timeout) == MHD_YES &&
			(least < 0 || timeout < (unsigned)least))
			least = timeout > 1000 ? 1000 : (int)timeout;
	}
	return least;
}

void server_close(struct sim *sim)
{
	while (sim->asleep != NULL)
		wake(sim->asleep);
	for (unsigned i = 0; i < 2; i++) {
		if (sim->ports[i].daemon == NULL)
			continue;
		MHD_run(sim->ports[i].daemon);
		MHD_stop_daemon(sim->ports[i].daemon);
	}
}
