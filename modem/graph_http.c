#include "modem/graph_http.h"

#include "config/clock.h"
#include "modem/curl_load.h"
#include "modem/graph_form.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CONNECTIONS_MAX = 64,
	STREAMS_MAX = 100,
	ANSWER_MAX = 256 * 1024,
	ANSWER_FIRST = 512,
	STEP_MAX_MS = 60 * 1000,
	KEEP_IDLE_S = 30,
	BUFFER_SMALL = 1024, /* of a request whose answer is short; libcurl's least */
	BUFFER_LARGE = 16 * 1024,
	UPLOAD_BUFFER = 16 * 1024, /* libcurl's least */
	STALL_S = 20,		   /* a file that moves by less than an octet a second for so long has stopped */
};

enum transfer_state { TRANSFER_FREE, TRANSFER_RUNNING, TRANSFER_ENDED };

struct transfer {
	CURL *easy; /* lives as long as its request: 250 idle ones would hold 3 MiB */
	curl_mime *form;
	struct graph_http *http;
	enum transfer_state state;
	uint64_t id;
	const char *body;
	bool begun;
	graph_http_sink *sink;
	void *sink_context;
	char *answer, *location;
	size_t answer_length, answer_size;
	bool too_long, no_memory, refused;
	int64_t started;
	char error[CURL_ERROR_SIZE];
	struct graph_http_answer result;
};

struct graph_http {
	struct curl_library curl;
	CURLM *multi;
	struct curl_slist *headers[2][2]; /* of JSON or of files; without the token or with it */
	char ca_file[1024];
	int connect_ms, total_ms, in_flight_max, in_flight;
	int connections_max;
	size_t answer_max;
	struct transfer *transfers;
	int *ended; /* ring of the transfers that have ended, oldest first */
	int ended_first, ended_count;
	int given; /* the transfer whose answer the caller looks at; -1: none */
	bool multiplexed;
	int watched; /* see graph_http_watch */
};

bool graph_http_is_private(const char *url)
{
	static const char *const loopback[] = {"127.0.0.1", "localhost", "[::1]"};
	static const char plain[] = "http://";

	if (strncmp(url, "https://", 8) == 0 && url[8] != '\0')
		return strcspn(url + 8, "/?#") <= strcspn(url + 8, "@"); /* a name before the host hides it */
	if (strncmp(url, plain, sizeof plain - 1) != 0)
		return false;
	const char *host = url + sizeof plain - 1;
	for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++) {
		size_t length = strlen(loopback[i]);
		if (strncmp(host, loopback[i], length) == 0 &&
			(host[length] == ':' || host[length] == '/' || host[length] == '\0'))
			return strcspn(host, "/?#") <= strcspn(host, "@");
	}
	return false;
}

void graph_http_url(const char *api, const char *path, char out[GRAPH_URL_MAX])
{
	size_t length = strlen(api);

	while (length > 0 && api[length - 1] == '/')
		length--;
	(void)snprintf(out, GRAPH_URL_MAX, "%.*s/%s", (int)length, api, path);
}

/* ---- what libcurl calls ------------------------------------------------------------------------------------------ */

/* Called before each beginning of the request. libcurl begins again by itself when a kept connection turns out to be dead,
 * whatever had left by then; a message may not. */
static int request_begin(void *context, char *peer, char *own, int peer_port, int own_port)
{
	struct transfer *transfer = context;

	(void)peer, (void)own, (void)peer_port, (void)own_port;
	if (transfer->begun && transfer->body)
		return CURL_PREREQFUNC_ABORT;
	transfer->begun = true;
	return CURL_PREREQFUNC_OK;
}

static bool is_good(const struct transfer *transfer)
{
	long status = 0;

	transfer->http->curl.easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300;
}

static size_t answer_write(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t length = size * count, need = transfer->answer_length + length + 1;

	if (transfer->sink && is_good(transfer)) {
		transfer->refused = !transfer->sink(transfer->sink_context, data, length);
		return transfer->refused ? 0 : length;
	}
	if (need > transfer->http->answer_max + 1) {
		transfer->too_long = true;
		return 0;
	}
	if (need > transfer->answer_size) {
		size_t larger = transfer->answer_size ? transfer->answer_size : ANSWER_FIRST;
		while (larger < need)
			larger *= 2;
		char *grown = realloc(transfer->answer, larger);
		if (!grown) {
			transfer->no_memory = true;
			return 0;
		}
		transfer->answer = grown;
		transfer->answer_size = larger;
	}
	memcpy(transfer->answer + transfer->answer_length, data, length);
	transfer->answer_length += length;
	transfer->answer[transfer->answer_length] = '\0';
	return length;
}

/* ---- the handle -------------------------------------------------------------------------------------------------- */

static void wipe(char *text)
{
	explicit_bzero(text, strlen(text));
}

static bool header_add(struct graph_http *http, struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = http->curl.slist_append(*list, line);

	*list = longer ? longer : *list;
	return longer != NULL;
}

static bool headers_make(struct graph_http *http, const char *token)
{
	static const char *const json[] = {"Content-Type: application/json", "Accept: application/json"};
	char line[GRAPH_TOKEN_MAX + 32];
	bool made = true;

	(void)snprintf(line, sizeof line, "Authorization: Bearer %s", token);
	for (int files = 0; files < 2; files++) {
		for (int with = 0; with < 2; with++) {
			struct curl_slist **list = &http->headers[files][with];
			made = made && header_add(http, list, "Expect:");
			made = made && (files || (header_add(http, list, json[0]) && header_add(http, list, json[1])));
			made = made && (!with || header_add(http, list, line));
		}
	}
	explicit_bzero(line, sizeof line);
	return made;
}

/* Where many requests share a connection few are opened: libcurl would open one more for each that finds no room. */
static void connections_set(const struct graph_http *http, CURLM *multi, bool multiplexed)
{
	int few = http->in_flight_max / STREAMS_MAX + 1;
	int most = multiplexed && few < http->connections_max ? few : http->connections_max;

	http->curl.multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)most);
}

static CURLM *multi_new(const struct graph_http *http)
{
	CURLM *multi = http->curl.multi_init();

	if (!multi)
		return NULL;
	http->curl.multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	connections_set(http, multi, false);
	http->curl.multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)http->connections_max);
	http->curl.multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS_MAX);
	return multi;
}

int graph_http_new(const struct graph_http_config *config, struct graph_http **ret_http, struct err *err)
{
	struct graph_http *http;
	bool ca = config->ca_file && *config->ca_file;

	if (ca && (strlen(config->ca_file) >= sizeof http->ca_file || access(config->ca_file, R_OK) != 0))
		return err_set(err, EX_CONFIG, "%.300s cannot be read; correct whatsapp.ca_file", config->ca_file);
	if (strlen(config->token) >= GRAPH_TOKEN_MAX || strpbrk(config->token, "\r\n"))
		return err_set(err, EX_CONFIG,
			"the token is no line of at most %d characters; correct whatsapp.token_file",
			GRAPH_TOKEN_MAX - 1);
	http = calloc(1, sizeof *http);
	if (!http)
		return err_set(err, EX_OSERR, "out of memory");
	const char *missing = curl_library_load(&http->curl);
	if (missing || http->curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(http);
		return err_set(err, EX_UNAVAILABLE, "%s", missing ? missing : "libcurl does not start");
	}
	http->connect_ms = config->connect_ms;
	http->total_ms = config->total_ms;
	http->in_flight_max = config->in_flight_max;
	http->connections_max = config->connections_max ? config->connections_max : CONNECTIONS_MAX;
	http->answer_max = config->answer_max ? config->answer_max : ANSWER_MAX;
	http->given = http->watched = -1;
	if (ca)
		memcpy(http->ca_file, config->ca_file, strlen(config->ca_file) + 1);
	http->multi = multi_new(http);
	http->transfers = calloc((size_t)config->in_flight_max, sizeof *http->transfers);
	http->ended = calloc((size_t)config->in_flight_max, sizeof *http->ended);
	if (!http->multi || !http->transfers || !http->ended || !headers_make(http, config->token)) {
		graph_http_free(http);
		return err_set(err, EX_OSERR, "out of memory");
	}
	*ret_http = http;
	return 0;
}

/* Back to libcurl what it holds for a request. */
static void transfer_release(struct transfer *transfer)
{
	struct graph_http *http = transfer->http;

	if (!transfer->easy)
		return;
	if (transfer->state == TRANSFER_RUNNING)
		http->curl.multi_remove_handle(http->multi, transfer->easy);
	http->curl.easy_cleanup(transfer->easy);
	http->curl.mime_free(transfer->form);
	transfer->easy = NULL;
	transfer->form = NULL;
}

static void answer_free(struct transfer *transfer)
{
	free(transfer->answer);
	free(transfer->location);
	transfer->answer = transfer->location = NULL;
	transfer->answer_size = 0;
}

void graph_http_free(struct graph_http *http)
{
	if (!http)
		return;
	for (int i = 0; http->transfers && i < http->in_flight_max; i++) {
		transfer_release(&http->transfers[i]);
		answer_free(&http->transfers[i]);
	}
	http->curl.multi_cleanup(http->multi);
	for (int i = 0; i < 4; i++) {
		struct curl_slist *list = http->headers[i / 2][i % 2];
		for (struct curl_slist *header = list; header; header = header->next)
			wipe(header->data);
		http->curl.slist_free_all(list);
	}
	free(http->transfers);
	free(http->ended);
	http->curl.global_cleanup();
	free(http);
}

int graph_http_in_flight(const struct graph_http *http)
{
	return http->in_flight;
}

/* ---- one request ------------------------------------------------------------------------------------------------- */

static bool is_plain(const char *url)
{
	return strncmp(url, "http://", 7) == 0;
}

#define SET(option, value) bad = bad != CURLE_OK ? bad : http->curl.easy_setopt(easy, option, value)

/* Where, how safely and for how long. */
static bool connection_set(const struct transfer *transfer, const struct graph_http_request *request)
{
	const struct graph_http *http = transfer->http;
	CURL *easy = transfer->easy;
	CURLcode bad = CURLE_OK;

	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs is left behind */
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_CAPATH,
		NULL); /* certificates of one file are read once for all connections, those of a folder not */
	if (http->ca_file[0])
		SET(CURLOPT_CAINFO, http->ca_file);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)http->connect_ms);
	SET(CURLOPT_TIMEOUT_MS, (long)(request->total_ms ? request->total_ms : http->total_ms));
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_TCP_KEEPIDLE, (long)KEEP_IDLE_S);
	if (is_plain(request->url))
		SET(CURLOPT_PROXY, ""); /* this machine itself */
	else
		SET(CURLOPT_PIPEWAIT, 1L); /* for what the first connection is good for; TLS tells before any answer */
	return bad == CURLE_OK;
}

static bool body_set(const struct transfer *transfer, const struct graph_http_request *request)
{
	const struct graph_http *http = transfer->http;
	CURL *easy = transfer->easy;
	CURLcode bad = CURLE_OK;

	if (request->delete_method)
		SET(CURLOPT_CUSTOMREQUEST, "DELETE");
	if (request->file)
		SET(CURLOPT_MIMEPOST, transfer->form);
	if (!request->body)
		return bad == CURLE_OK;
	SET(CURLOPT_POSTFIELDS, request->body);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(request->body));
	return bad == CURLE_OK;
}

static bool transfer_set(struct transfer *transfer, const struct graph_http_request *request)
{
	const struct graph_http *http = transfer->http;
	CURL *easy = transfer->easy;
	bool files = request->file || request->sink;
	CURLcode bad = CURLE_OK;

	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_ERRORBUFFER, transfer->error);
	SET(CURLOPT_BUFFERSIZE, (long)(files ? BUFFER_LARGE : BUFFER_SMALL));
	SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BUFFER);
	SET(CURLOPT_HTTPHEADER, http->headers[files][!request->anonymous]);
	SET(CURLOPT_WRITEFUNCTION, answer_write);
	SET(CURLOPT_WRITEDATA, transfer);
	SET(CURLOPT_PREREQFUNCTION, request_begin);
	SET(CURLOPT_PREREQDATA, transfer);
	if (files) {
		SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
		SET(CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
	}
	return bad == CURLE_OK && connection_set(transfer, request) && body_set(transfer, request);
}
#undef SET

static struct transfer *transfer_free_one(struct graph_http *http)
{
	for (int i = 0; i < http->in_flight_max; i++)
		if (http->transfers[i].state == TRANSFER_FREE && i != http->given)
			return &http->transfers[i];
	return NULL;
}

bool graph_http_start(struct graph_http *http, uint64_t id, const struct graph_http_request *request)
{
	struct transfer *transfer = transfer_free_one(http);

	if (!transfer || strlen(request->url) >= GRAPH_URL_MAX ||
		(!request->anonymous && !graph_http_is_private(request->url)))
		return false;
	*transfer = (struct transfer){.http = http,
		.easy = http->curl.easy_init(),
		.id = id,
		.body = request->body,
		.sink = request->sink,
		.sink_context = request->sink_context,
		.started = clock_mono_ms()};
	if (transfer->easy && request->file)
		transfer->form = graph_form_make(&http->curl, transfer->easy, request->file);
	if (!transfer->easy || (request->file && !transfer->form) || !transfer_set(transfer, request) ||
		http->curl.multi_add_handle(http->multi, transfer->easy) != CURLM_OK) {
		transfer_release(transfer);
		return false;
	}
	transfer->state = TRANSFER_RUNNING;
	http->in_flight++;
	return true;
}

/* ---- endings ----------------------------------------------------------------------------------------------------- */

static bool is_link_fault(CURLcode code, bool reached)
{
	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_PROXY: return true;
	case CURLE_OPERATION_TIMEDOUT: return !reached;
	default: return false;
	}
}

/* What else an answer tells. */
static void answered_take(struct transfer *transfer)
{
	struct graph_http *http = transfer->http;
	struct graph_http_answer *result = &transfer->result;
	const char *peer = NULL, *location = NULL;
	long version = 0;

	http->curl.easy_getinfo(transfer->easy, CURLINFO_HTTP_VERSION, &version);
	result->multiplexed = version == CURL_HTTP_VERSION_2_0;
	if (result->multiplexed != http->multiplexed)
		connections_set(http, http->multi, result->multiplexed);
	http->multiplexed = result->multiplexed;
	http->curl.easy_getinfo(transfer->easy, CURLINFO_PRIMARY_IP, &peer);
	(void)snprintf(result->peer, sizeof result->peer, "%s", peer ? peer : "");
	http->curl.easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &location);
	transfer->location = location ? strdup(location) : NULL;
}

static void transfer_end(struct transfer *transfer, CURLcode code, const char *why)
{
	struct graph_http *http = transfer->http;
	struct graph_http_answer *result = &transfer->result;
	long status = 0, sent = 0;
	curl_off_t reached = 0;

	http->curl.easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	http->curl.easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &reached);
	*result = (struct graph_http_answer){
		.id = transfer->id, .elapsed_ms = (int32_t)(clock_mono_ms() - transfer->started)};
	if (code == CURLE_OK && !why) {
		result->reach = GRAPH_ANSWERED;
		result->status = (int)status;
		answered_take(transfer);
	} else {
		http->curl.easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &sent);
		bool left = (transfer->body || transfer->form) && transfer->begun && sent > 0;
		result->reach = left ? GRAPH_MAY_HAVE_LEFT : GRAPH_NOT_LEFT;
		result->link = why || is_link_fault(code, reached > 0);
		if (!why)
			why = transfer->too_long    ? "the answer is too long"
			      : transfer->refused   ? "the file is not taken"
			      : transfer->no_memory ? "out of memory"
			      : transfer->error[0]  ? transfer->error
						    : http->curl.easy_strerror(code);
		(void)snprintf(result->why, sizeof result->why, "%.*s", GRAPH_HTTP_WHY_MAX - 1, why);
	}
	transfer_release(transfer);
	transfer->state = TRANSFER_ENDED;
	http->in_flight--;
	http->ended[(http->ended_first + http->ended_count++) % http->in_flight_max] =
		(int)(transfer - http->transfers);
}

static void endings_hear(struct graph_http *http)
{
	const CURLMsg *message;
	int left;

	while ((message = http->curl.multi_info_read(http->multi, &left)) != NULL) {
		void *transfer = NULL;
		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode code = message->data.result;
		http->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		transfer_end(transfer, code, NULL);
	}
}

void graph_http_watch(struct graph_http *http, int fd)
{
	http->watched = fd;
}

/* The watched one first, so that the other may be left out by its count. */
static unsigned wakes_fill(const struct graph_http *http, int wake_fd, struct curl_waitfd wakes[2])
{
	unsigned count = 0;

	if (http->watched >= 0)
		wakes[count++] = (struct curl_waitfd){.fd = http->watched, .events = CURL_WAIT_POLLIN};
	if (wake_fd >= 0)
		wakes[count++] = (struct curl_waitfd){.fd = wake_fd, .events = CURL_WAIT_POLLIN};
	return count;
}

bool graph_http_step(struct graph_http *http, int wake_fd, int64_t deadline)
{
	for (;;) {
		struct curl_waitfd wakes[2] = {{0}};
		int running, ready;

		if (http->curl.multi_perform(http->multi, &running) != CURLM_OK) {
			graph_http_drop(http, "libcurl lost its way");
			return false;
		}
		endings_hear(http);
		int left = clock_left_ms(deadline);
		if (http->ended_count > 0 || left == 0)
			return false;
		unsigned count = wakes_fill(http, wake_fd, wakes);
		if (http->curl.multi_poll(http->multi, wakes, count, left > STEP_MAX_MS ? STEP_MAX_MS : left, &ready) !=
			CURLM_OK)
			return false;
		bool watched = http->watched >= 0 && wakes[0].revents;
		if (watched || (count > 0 && wakes[count - 1].revents))
			return watched;
	}
}

bool graph_http_take(struct graph_http *http, struct graph_http_answer *ret_answer)
{
	if (http->given >= 0) { /* the last one's answer is no longer looked at */
		answer_free(&http->transfers[http->given]);
		http->given = -1;
	}
	if (http->ended_count == 0)
		return false;
	int index = http->ended[http->ended_first];
	struct transfer *transfer = &http->transfers[index];
	http->ended_first = (http->ended_first + 1) % http->in_flight_max;
	http->ended_count--;
	transfer->state = TRANSFER_FREE;
	http->given = index;
	*ret_answer = transfer->result;
	bool whole = ret_answer->reach == GRAPH_ANSWERED && transfer->answer_length > 0;
	ret_answer->body = whole ? transfer->answer : "";
	ret_answer->length = whole ? transfer->answer_length : 0;
	ret_answer->location = transfer->location ? transfer->location : "";
	return true;
}

void graph_http_drop(struct graph_http *http, const char *why)
{
	endings_hear(http);
	for (int i = 0; i < http->in_flight_max; i++)
		if (http->transfers[i].state == TRANSFER_RUNNING)
			transfer_end(&http->transfers[i], CURLE_OK, why);
	CURLM *fresh = multi_new(http);
	if (!fresh) /* the old connections must do */
		return;
	http->curl.multi_cleanup(http->multi);
	http->multi = fresh;
	http->multiplexed = false;
}
