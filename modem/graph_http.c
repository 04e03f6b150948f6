#include "modem/graph_http.h"

#include "config/clock.h"
#include "modem/curl_load.h"

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
	ANSWER_FIRST = 1024,
	ANSWER_KEEP = 16 * 1024, /* a larger buffer is given back after its answer */
	STEP_MAX_MS = 60 * 1000,
	KEEP_IDLE_S = 30,
};

enum transfer_state { TRANSFER_FREE, TRANSFER_RUNNING, TRANSFER_ENDED };

struct transfer {
	CURL *easy; /* kept from one request to the next */
	struct graph_http *http;
	enum transfer_state state;
	uint64_t id;
	const char *body;
	size_t body_length, body_sent;
	char *answer;
	size_t answer_length, answer_size;
	bool too_long, no_memory;
	int64_t started;
	char url[GRAPH_URL_MAX];
	char error[CURL_ERROR_SIZE];
	struct graph_http_answer result;
};

struct graph_http {
	struct curl_library curl;
	CURLM *multi;
	struct curl_slist *headers;	      /* with the token */
	struct curl_slist *headers_anonymous; /* without */
	char ca_file[1024];
	int connect_ms, total_ms, in_flight_max, in_flight;
	int connections_max;
	size_t answer_max;
	struct transfer *transfers;
	int *ended; /* ring of the transfers that have ended, oldest first */
	int ended_first, ended_count;
	int given; /* the transfer whose answer the caller looks at; -1: none */
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

static size_t body_read(char *buffer, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t left = transfer->body_length - transfer->body_sent, room = size * count;
	size_t step = left < room ? left : room;

	memcpy(buffer, transfer->body + transfer->body_sent, step);
	transfer->body_sent += step;
	return step;
}

/* libcurl sends a POST again when a kept connection turns out to be dead. It asks for the body from the start then, and
 * gets it only if nothing of it had left. */
static int body_rewind(void *context, curl_off_t offset, int origin)
{
	const struct transfer *transfer = context;

	return origin == SEEK_SET && offset == 0 && transfer->body_sent == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static size_t answer_write(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t length = size * count, need = transfer->answer_length + length + 1;

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

static bool headers_make(struct graph_http *http, const char *token)
{
	static const char *const common[] = {"Content-Type: application/json", "Accept: application/json", "Expect:"};
	char line[GRAPH_TOKEN_MAX + 32];
	bool made = true;

	for (size_t i = 0; i < sizeof common / sizeof *common && made; i++) {
		struct curl_slist *with = http->curl.slist_append(http->headers, common[i]);
		struct curl_slist *without = http->curl.slist_append(http->headers_anonymous, common[i]);
		http->headers = with ? with : http->headers;
		http->headers_anonymous = without ? without : http->headers_anonymous;
		made = with && without;
	}
	(void)snprintf(line, sizeof line, "Authorization: Bearer %s", token);
	struct curl_slist *whole = made ? http->curl.slist_append(http->headers, line) : NULL;
	explicit_bzero(line, sizeof line);
	http->headers = whole ? whole : http->headers;
	return whole != NULL;
}

static CURLM *multi_new(const struct graph_http *http)
{
	CURLM *multi = http->curl.multi_init();

	if (!multi)
		return NULL;
	http->curl.multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	http->curl.multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)http->connections_max);
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
	http->given = -1;
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

void graph_http_free(struct graph_http *http)
{
	if (!http)
		return;
	for (int i = 0; http->transfers && i < http->in_flight_max; i++) {
		struct transfer *transfer = &http->transfers[i];
		if (transfer->state == TRANSFER_RUNNING)
			http->curl.multi_remove_handle(http->multi, transfer->easy);
		http->curl.easy_cleanup(transfer->easy);
		free(transfer->answer);
	}
	http->curl.multi_cleanup(http->multi);
	for (struct curl_slist *header = http->headers; header; header = header->next)
		wipe(header->data);
	http->curl.slist_free_all(http->headers);
	http->curl.slist_free_all(http->headers_anonymous);
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

static bool transfer_set(struct transfer *transfer, const struct graph_http_request *request)
{
	const struct graph_http *http = transfer->http;
	CURL *easy = transfer->easy;
	CURLcode bad = CURLE_OK;

#define SET(option, value) bad = bad != CURLE_OK ? bad : http->curl.easy_setopt(easy, option, value)
	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_ERRORBUFFER, transfer->error);
	SET(CURLOPT_URL, transfer->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs is left behind */
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)http->connect_ms);
	SET(CURLOPT_TIMEOUT_MS, (long)(request->total_ms ? request->total_ms : http->total_ms));
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_TCP_KEEPIDLE, (long)KEEP_IDLE_S);
	SET(CURLOPT_HTTPHEADER, request->anonymous ? http->headers_anonymous : http->headers);
	SET(CURLOPT_WRITEFUNCTION, answer_write);
	SET(CURLOPT_WRITEDATA, transfer);
	if (http->ca_file[0])
		SET(CURLOPT_CAINFO, http->ca_file);
	if (is_plain(transfer->url))
		SET(CURLOPT_PROXY, ""); /* this machine itself */
	else
		SET(CURLOPT_PIPEWAIT, 1L); /* for what the first connection is good for; TLS tells before any answer */
	if (request->delete_method)
		SET(CURLOPT_CUSTOMREQUEST, "DELETE");
	if (!request->body)
		return bad == CURLE_OK;
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->body_length);
	SET(CURLOPT_READFUNCTION, body_read);
	SET(CURLOPT_READDATA, transfer);
	SET(CURLOPT_SEEKFUNCTION, body_rewind);
	SET(CURLOPT_SEEKDATA, transfer);
#undef SET
	return bad == CURLE_OK;
}

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

	if (!transfer || strlen(request->url) >= sizeof transfer->url ||
		(!request->anonymous && !graph_http_is_private(request->url)))
		return false;
	if (transfer->easy)
		http->curl.easy_reset(transfer->easy);
	else
		transfer->easy = http->curl.easy_init();
	if (!transfer->easy)
		return false;
	transfer->http = http;
	transfer->id = id;
	transfer->body = request->body;
	transfer->body_length = request->body ? strlen(request->body) : 0;
	transfer->body_sent = transfer->answer_length = 0;
	transfer->too_long = transfer->no_memory = false;
	transfer->error[0] = '\0';
	transfer->started = clock_mono_ms();
	memcpy(transfer->url, request->url, strlen(request->url) + 1);
	if (!transfer_set(transfer, request) || http->curl.multi_add_handle(http->multi, transfer->easy) != CURLM_OK)
		return false;
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

static void transfer_end(struct transfer *transfer, CURLcode code, const char *why)
{
	struct graph_http *http = transfer->http;
	struct graph_http_answer *result = &transfer->result;
	long status = 0;
	curl_off_t reached = 0;

	http->curl.easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	http->curl.easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &reached);
	*result = (struct graph_http_answer){
		.id = transfer->id, .elapsed_ms = (int32_t)(clock_mono_ms() - transfer->started)};
	if (code == CURLE_OK && !why) {
		result->reach = GRAPH_ANSWERED;
		result->status = (int)status;
	} else {
		result->reach = transfer->body_sent > 0 ? GRAPH_MAY_HAVE_LEFT : GRAPH_NOT_LEFT;
		result->link = why || is_link_fault(code, reached > 0);
		if (!why)
			why = transfer->too_long    ? "the answer is too long"
			      : transfer->no_memory ? "out of memory"
			      : transfer->error[0]  ? transfer->error
						    : http->curl.easy_strerror(code);
		(void)snprintf(result->why, sizeof result->why, "%.*s", GRAPH_HTTP_WHY_MAX - 1, why);
	}
	http->curl.multi_remove_handle(http->multi, transfer->easy);
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

void graph_http_step(struct graph_http *http, int wake_fd, int64_t deadline)
{
	for (;;) {
		struct curl_waitfd wake = {.fd = wake_fd, .events = CURL_WAIT_POLLIN};
		int running, ready;

		if (http->curl.multi_perform(http->multi, &running) != CURLM_OK) {
			graph_http_drop(http, "libcurl lost its way");
			return;
		}
		endings_hear(http);
		int left = clock_left_ms(deadline);
		if (http->ended_count > 0 || left == 0)
			return;
		if (http->curl.multi_poll(http->multi, &wake, wake_fd >= 0, left > STEP_MAX_MS ? STEP_MAX_MS : left,
			    &ready) != CURLM_OK)
			return;
		if (wake_fd >= 0 && wake.revents)
			return;
	}
}

bool graph_http_take(struct graph_http *http, struct graph_http_answer *ret_answer)
{
	if (http->given >= 0) { /* the last one's answer is no longer looked at */
		struct transfer *before = &http->transfers[http->given];
		if (before->answer_size > ANSWER_KEEP) {
			free(before->answer);
			before->answer = NULL;
			before->answer_size = 0;
		}
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
}
