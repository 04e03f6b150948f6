/* The HTTP client on a scripted server: many at once, limits, what may have left, and where the token goes. */
#include "modem/graph_http.h"

#include "config/clock.h"
#include "tests/unit/http_peer.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 20000, MANY = 60, TOKEN_SEEN_MAX = 8 };

struct scene {
	struct http_peer *peer;
	struct graph_http *http;
	struct http_reply reply; /* what every request gets */
	int after;		 /* from this request on; before, a plain 200 */
	char authorization[TOKEN_SEEN_MAX][256];
	char method[TOKEN_SEEN_MAX][8], body[TOKEN_SEEN_MAX][64];
};

static void script(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct scene *scene = context;

	if (request->number <= TOKEN_SEEN_MAX) {
		snprintf(scene->authorization[request->number - 1], 256, "%s", request->authorization);
		snprintf(scene->method[request->number - 1], 8, "%s", request->method);
		snprintf(scene->body[request->number - 1], 64, "%s", request->body);
	}
	if (request->number >= scene->after)
		*reply = scene->reply;
	if (reply->body[0] == '\0')
		snprintf(reply->body, sizeof reply->body, "{\"path\":\"%s\"}", request->path);
}

static struct graph_http_config config_of(void)
{
	return (struct graph_http_config){
		.token = "EAAGsecret", .connect_ms = 2000, .total_ms = WAIT_MS, .in_flight_max = MANY + 1};
}

static void scene_open(struct scene *scene, const struct graph_http_config *config)
{
	struct err err;

	memset(scene, 0, sizeof *scene);
	scene->reply.status = 200;
	scene->peer = http_peer_start(script, scene);
	assert_int_equal(graph_http_new(config, &scene->http, &err), 0);
}

static void scene_close(struct scene *scene)
{
	graph_http_free(scene->http);
	http_peer_stop(scene->peer);
}

static bool ask(struct scene *scene, uint64_t id, const char *path, const char *body)
{
	char url[128];
	struct graph_http_request request = {.url = url, .body = body};

	snprintf(url, sizeof url, "%s%s", http_peer_url(scene->peer), path);
	return graph_http_start(scene->http, id, &request);
}

static struct graph_http_answer take(struct scene *scene)
{
	struct graph_http_answer answer = {0};
	int64_t deadline = clock_mono_ms() + WAIT_MS;

	while (!graph_http_take(scene->http, &answer)) {
		assert_true(clock_left_ms(deadline) > 0);
		graph_http_step(scene->http, -1, deadline);
	}
	return answer;
}

static void test_one(void **state)
{
	struct graph_http_config config = config_of();
	struct graph_http_answer answer;
	struct scene scene;

	(void)state;
	scene_open(&scene, &config);
	assert_true(ask(&scene, 7, "/messages", "{\"a\":1}"));
	answer = take(&scene);
	assert_int_equal(answer.id, 7);
	assert_int_equal(answer.reach, GRAPH_ANSWERED);
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "{\"path\":\"/messages\"}");
	assert_int_equal(answer.length, strlen(answer.body));
	assert_string_equal(scene.method[0], "POST");
	assert_string_equal(scene.body[0], "{\"a\":1}");
	assert_string_equal(scene.authorization[0], "Bearer EAAGsecret");

	assert_true(ask(&scene, 8, "/health", NULL));
	assert_int_equal(take(&scene).id, 8);
	assert_string_equal(scene.method[1], "GET");
	assert_int_equal(http_peer_connections(scene.peer), 1); /* kept alive */
	assert_false(graph_http_take(scene.http, &answer));

	struct graph_http_request anonymous = {.anonymous = true, .delete_method = true};
	char url[128];
	snprintf(url, sizeof url, "%s/media", http_peer_url(scene.peer));
	anonymous.url = url;
	assert_true(graph_http_start(scene.http, 9, &anonymous));
	assert_int_equal(take(&scene).status, 200);
	assert_string_equal(scene.method[2], "DELETE");
	assert_string_equal(scene.authorization[2], "");
	scene_close(&scene);
}

/* The server holds every answer back until all the requests are there. */
static void test_many_in_flight(void **state)
{
	struct graph_http_config config = config_of();
	bool seen[MANY] = {false};
	struct scene scene;

	(void)state;
	scene_open(&scene, &config);
	scene.reply.delay_ms = 300;
	for (int i = 0; i < MANY; i++)
		assert_true(ask(&scene, (uint64_t)i, "/slow", "{}"));
	assert_true(ask(&scene, MANY, "/slow", "{}"));
	assert_false(ask(&scene, MANY + 1, "/slow", "{}")); /* as many as it takes */
	assert_int_equal(graph_http_in_flight(scene.http), MANY + 1);
	for (int i = 0; i <= MANY; i++) {
		struct graph_http_answer answer = take(&scene);
		assert_int_equal(answer.status, 200);
		if (answer.id == MANY)
			continue;
		assert_false(seen[answer.id]);
		seen[answer.id] = true;
	}
	assert_true(http_peer_most(scene.peer) > MANY / 2);
	assert_int_equal(http_peer_requests(scene.peer), MANY + 1);
	assert_int_equal(graph_http_in_flight(scene.http), 0);
	scene_close(&scene);
}

static void test_time_out(void **state)
{
	struct graph_http_config config = config_of();
	struct graph_http_answer answer;
	struct scene scene;

	(void)state;
	config.total_ms = 200;
	scene_open(&scene, &config);
	scene.reply.act = HTTP_SILENT;
	assert_true(ask(&scene, 1, "/", "{}"));
	answer = take(&scene);
	assert_int_equal(answer.reach, GRAPH_MAY_HAVE_LEFT);
	assert_false(answer.link);
	assert_true(answer.elapsed_ms >= 190);
	assert_non_null(strstr(answer.why, "timed out"));
	assert_true(ask(&scene, 2, "/", NULL)); /* a question asks for nothing to be done */
	assert_int_equal(take(&scene).reach, GRAPH_NOT_LEFT);
	scene_close(&scene);
}

static void test_hang_up_in_mid_answer(void **state)
{
	static const enum http_act acts[] = {HTTP_HANG_UP, HTTP_HALF};
	struct graph_http_config config = config_of();
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		scene_open(&scene, &config);
		scene.reply.act = acts[i];
		snprintf(scene.reply.body, sizeof scene.reply.body, "{\"messages\":[{\"id\":\"wamid.A\"}]}");
		assert_true(ask(&scene, 1, "/", "{}"));
		struct graph_http_answer answer = take(&scene);
		assert_int_equal(answer.reach, GRAPH_MAY_HAVE_LEFT);
		assert_int_equal(answer.length, 0);
		assert_int_equal(http_peer_requests(scene.peer), 1);
		scene_close(&scene);
	}
}

/* libcurl by itself would send the second again when the kept connection dies under it. */
static void test_no_blind_repeat_on_a_kept_connection(void **state)
{
	struct graph_http_config config = config_of();
	struct scene scene;

	(void)state;
	scene_open(&scene, &config);
	scene.after = 2;
	scene.reply.act = HTTP_HANG_UP;
	assert_true(ask(&scene, 1, "/", "{}"));
	assert_int_equal(take(&scene).status, 200);
	assert_true(ask(&scene, 2, "/", "{}"));
	assert_int_equal(take(&scene).reach, GRAPH_MAY_HAVE_LEFT);
	assert_int_equal(http_peer_requests(scene.peer), 2);
	scene_close(&scene);
}

static void test_huge_answer(void **state)
{
	struct graph_http_config config = config_of();
	struct scene scene;

	(void)state;
	config.answer_max = 10000;
	scene_open(&scene, &config);
	scene.reply.act = HTTP_ENDLESS;
	assert_true(ask(&scene, 1, "/", "{}"));
	struct graph_http_answer answer = take(&scene);
	assert_int_equal(answer.reach, GRAPH_MAY_HAVE_LEFT);
	assert_string_equal(answer.why, "the answer is too long");
	assert_int_equal(answer.length, 0);
	scene_close(&scene);
}

static void test_redirect_keeps_the_token(void **state)
{
	struct graph_http_config config = config_of();
	struct scene scene, other;

	(void)state;
	scene_open(&scene, &config);
	scene_open(&other, &config);
	for (scene.reply.status = 301; scene.reply.status <= 308; scene.reply.status++) {
		snprintf(scene.reply.headers, sizeof scene.reply.headers, "Location: %s/take\r\n",
			http_peer_url(other.peer));
		for (int get = 0; get < 2; get++) {
			assert_true(ask(&scene, 1, "/", get ? NULL : "{}"));
			struct graph_http_answer answer = take(&scene);
			assert_int_equal(answer.reach, GRAPH_ANSWERED);
			assert_int_equal(answer.status, scene.reply.status);
		}
	}
	assert_int_equal(http_peer_connections(other.peer), 0);
	scene_close(&scene);
	scene_close(&other);
}

static void test_no_connection(void **state)
{
	struct graph_http_config config = config_of();
	struct graph_http_request https = {.body = "{}"};
	struct scene scene;
	char url[128];

	(void)state;
	scene_open(&scene, &config);
	/* A server that speaks no TLS. */
	snprintf(url, sizeof url, "https%s/", http_peer_url(scene.peer) + 4);
	scene.reply.act = HTTP_HANG_UP;
	https.url = url;
	assert_true(graph_http_start(scene.http, 1, &https));
	http_peer_down(scene.peer);
	struct graph_http_answer answer = take(&scene);
	assert_int_equal(answer.reach, GRAPH_NOT_LEFT);
	assert_true(answer.link);

	assert_true(ask(&scene, 2, "/", "{}"));
	answer = take(&scene);
	assert_int_equal(answer.reach, GRAPH_NOT_LEFT);
	assert_true(answer.link);
	assert_true(answer.why[0] != '\0');

	http_peer_up(scene.peer);
	scene.reply.act = HTTP_ANSWER;
	assert_true(ask(&scene, 3, "/", "{}"));
	assert_int_equal(take(&scene).status, 200);
	scene_close(&scene);
}

static void test_drop(void **state)
{
	struct graph_http_config config = config_of();
	struct graph_http_answer answer;
	struct scene scene;

	(void)state;
	scene_open(&scene, &config);
	scene.reply.act = HTTP_SILENT;
	for (uint64_t i = 0; i < 3; i++)
		assert_true(ask(&scene, i, "/", "{}"));
	while (http_peer_requests(scene.peer) < 3)
		graph_http_step(scene.http, -1, clock_mono_ms() + 10);
	graph_http_drop(scene.http, "cut");
	for (int i = 0; i < 3; i++) {
		assert_true(graph_http_take(scene.http, &answer));
		assert_int_equal(answer.reach, GRAPH_MAY_HAVE_LEFT);
		assert_string_equal(answer.why, "cut");
	}
	assert_false(graph_http_take(scene.http, &answer));
	http_peer_down(scene.peer); /* its thread reads the reply no more */
	scene.reply.act = HTTP_ANSWER;
	http_peer_up(scene.peer);
	assert_true(ask(&scene, 9, "/", "{}"));
	assert_int_equal(take(&scene).status, 200);
	assert_int_equal(http_peer_requests(scene.peer), 4);
	scene_close(&scene);
}

static void test_wake(void **state)
{
	struct graph_http_config config = config_of();
	struct scene scene;
	int ends[2];

	(void)state;
	scene_open(&scene, &config);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	graph_http_step(scene.http, ends[0], INT64_MAX); /* would wait for ever */
	close(ends[1]);
	assert_int_equal(read(ends[0], (char[1]){0}, 1), 1);
	graph_http_step(scene.http, ends[0], INT64_MAX); /* the other side has gone */
	close(ends[0]);
	scene_close(&scene);
}

/* Two descriptors end a step, and it tells which. */
static void test_watch(void **state)
{
	struct graph_http_config config = config_of();
	int watched[2], wake[2];
	struct scene scene;

	(void)state;
	scene_open(&scene, &config);
	assert_int_equal(pipe(watched), 0);
	assert_int_equal(pipe(wake), 0);
	graph_http_watch(scene.http, watched[0]);
	assert_int_equal(write(wake[1], "", 1), 1);
	assert_false(graph_http_step(scene.http, wake[0], INT64_MAX));
	assert_int_equal(write(watched[1], "", 1), 1);
	assert_true(graph_http_step(scene.http, wake[0], INT64_MAX));
	assert_true(graph_http_step(scene.http, -1, INT64_MAX));
	graph_http_watch(scene.http, -1);
	assert_false(graph_http_step(scene.http, wake[0], INT64_MAX));
	assert_false(graph_http_step(scene.http, -1, clock_mono_ms() + 1));
	for (int i = 0; i < 2; i++) {
		close(watched[i]);
		close(wake[i]);
	}
	scene_close(&scene);
}

static bool piece_count(void *context, const char *data, size_t length)
{
	size_t *left = context;

	(void)data;
	if (length > *left)
		return false;
	*left -= length;
	return true;
}

/* A good answer's body goes to the sink, a refusal's to the answer; who answered and where it points is told. */
static void test_sink(void **state)
{
	struct graph_http_config config = config_of();
	struct graph_http_answer answer;
	size_t left = 10;
	struct scene scene;
	char url[128];
	struct graph_http_request request = {.url = url, .sink = piece_count, .sink_context = &left};

	(void)state;
	scene_open(&scene, &config);
	snprintf(url, sizeof url, "%s/file", http_peer_url(scene.peer));
	snprintf(scene.reply.body, sizeof scene.reply.body, "12345678");
	assert_true(graph_http_start(scene.http, 1, &request));
	answer = take(&scene);
	assert_int_equal(answer.reach, GRAPH_ANSWERED);
	assert_int_equal(answer.length, 0);
	assert_int_equal(left, 2);
	assert_string_equal(answer.peer, "127.0.0.1");
	assert_string_equal(answer.location, "");
	assert_false(answer.multiplexed);

	assert_true(graph_http_start(scene.http, 2, &request)); /* more than it wants */
	answer = take(&scene);
	assert_int_equal(answer.reach, GRAPH_NOT_LEFT);
	assert_string_equal(answer.why, "the file is not taken");

	scene.reply.status = 302;
	snprintf(scene.reply.headers, sizeof scene.reply.headers, "Location: ../other?a=1\r\n");
	assert_true(graph_http_start(scene.http, 3, &request));
	answer = take(&scene);
	assert_int_equal(answer.status, 302);
	assert_string_equal(answer.body, "12345678");
	snprintf(url, sizeof url, "%s/other?a=1", http_peer_url(scene.peer));
	assert_string_equal(answer.location, url);
	scene_close(&scene);
}

static void test_where_the_token_may_go(void **state)
{
	static const struct {
		const char *url;
		bool may;
	} cases[] = {
		{"https://graph.facebook.com/v26.0", true},
		{"http://127.0.0.1:9000/v26.0", true},
		{"http://localhost/v26.0", true},
		{"http://[::1]:80/", true},
		{"http://graph.facebook.com/v26.0", false},
		{"http://127.0.0.1.evil.example/", false},
		{"http://localhost:x@evil.example/", false},
		{"https://graph.facebook.com@evil.example/", false},
		{"https://graph.facebook.com/a@b", true},
		{"https://", false},
		{"ftp://graph.facebook.com/", false},
		{"", false},
	};
	struct graph_http_config config = config_of();
	struct scene scene;

	(void)state;
	scene_open(&scene, &config);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct graph_http_request request = {.url = cases[i].url};
		assert_int_equal(graph_http_is_private(cases[i].url), cases[i].may);
		if (!cases[i].may)
			assert_false(graph_http_start(scene.http, 1, &request));
	}
	scene_close(&scene);
}

static void test_what_new_refuses(void **state)
{
	struct graph_http_config config = config_of();
	struct graph_http *http;
	struct err err;

	(void)state;
	config.ca_file = "/nowhere/ca.pem";
	assert_int_equal(graph_http_new(&config, &http, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
	config = config_of();
	config.token = "two\r\nlines";
	assert_int_equal(graph_http_new(&config, &http, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
	assert_null(strstr(err.text, "two"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_many_in_flight),
		cmocka_unit_test(test_time_out),
		cmocka_unit_test(test_hang_up_in_mid_answer),
		cmocka_unit_test(test_no_blind_repeat_on_a_kept_connection),
		cmocka_unit_test(test_huge_answer),
		cmocka_unit_test(test_redirect_keeps_the_token),
		cmocka_unit_test(test_no_connection),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_wake),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_sink),
		cmocka_unit_test(test_where_the_token_may_go),
		cmocka_unit_test(test_what_new_refuses),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
