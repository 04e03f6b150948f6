/* The webhook's door from the street: handshake, signatures, bounds, dawdlers and crowds. */
#include "tests/unit/webhook_box.h"

#include "config/clock.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct webhook_box box;

static int box_setup(void **state)
{
	(void)state;
	box_init(&box);
	return 0;
}

static int box_teardown(void **state)
{
	(void)state;
	box_free(&box);
	return 0;
}

/* What one request is answered with; the body in `text`. */
static int ask(const char *request, char *text, size_t size)
{
	int fd = box_connect(&box), status;

	assert_true(box_send_text(fd, request));
	status = box_answer(fd, text, size);
	close(fd);
	return status;
}

static int get(const char *path, char *text, size_t size)
{
	char request[1200];

	snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
	return ask(request, text, size);
}

/* ---- handshake, paths, methods ----------------------------------------------------------------------------------- */

static void test_handshake(void **state)
{
	static const struct {
		const char *query;
		int status;
		const char *text;
	} cases[] = {
		{"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=parola", 200, "1158201444"},
		{"hub.verify_token=parola&hub.challenge=%3Cb%3E&hub.mode=subscribe", 200, "<b>"},
		{"hub.mode=subscribe&hub.challenge=1&hub.verify_token=parol", 403, NULL},
		{"hub.mode=subscribe&hub.challenge=1&hub.verify_token=parola2", 403, NULL},
		{"hub.mode=subscribe&hub.challenge=1&hub.verify_token=", 403, NULL},
		{"hub.mode=subscribe&hub.challenge=1", 403, NULL},
		{"hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=parola", 403, NULL},
		{"hub.challenge=1&hub.verify_token=parola", 403, NULL},
		{"hub.mode=subscribe&hub.verify_token=parola", 400, NULL},
		{"hub.mode=subscribe&hub.challenge=&hub.verify_token=parola", 400, NULL},
		{"", 403, NULL},
	};
	char path[1024], text[512], digits[300];

	(void)state;
	box_open(&box);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(path, sizeof path, "/webhook?%s", cases[i].query);
		assert_int_equal(get(path, text, sizeof text), cases[i].status);
		if (cases[i].text)
			assert_string_equal(text, cases[i].text);
	}
	memset(digits, '7', sizeof digits);
	for (int length = 256; length <= 257; length++) {
		snprintf(path, sizeof path, "/webhook?hub.mode=subscribe&hub.verify_token=parola&hub.challenge=%.*s",
			length, digits);
		assert_int_equal(get(path, text, sizeof text), length == 256 ? 200 : 400);
	}
}

/* Without a verify token of ours there is none that fits. */
static void test_handshake_without_token(void **state)
{
	(void)state;
	box.config.verify_token[0] = '\0';
	box_open(&box);
	assert_int_equal(get("/webhook?hub.mode=subscribe&hub.challenge=1&hub.verify_token=", NULL, 0), 403);
}

static void test_paths(void **state)
{
	static const struct {
		const char *line;
		int status;
	} cases[] = {
		{"GET /", 404},
		{"GET /webhook/", 404},
		{"GET /webhook2", 404},
		{"GET //webhook", 404},
		{"POST /", 404},
		{"POST /Webhook", 404},
		{"PUT /webhook", 405},
		{"DELETE /webhook", 405},
		{"HEAD /webhook", 405},
		{"OPTIONS /webhook", 405},
		{"BREW /webhook", 405},
	};
	char request[256];

	(void)state;
	box_open(&box);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", cases[i].line);
		int fd = box_connect(&box), status = 0;
		char answer[16] = "";
		assert_true(box_send_text(fd, request));
		assert_true(recv(fd, answer, sizeof answer - 1, MSG_WAITALL) > 12);
		status = atoi(answer + 9);
		assert_int_equal(status, cases[i].status);
		close(fd);
	}
}

/* ---- signatures -------------------------------------------------------------------------------------------------- */

static const char empty_body[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[]}";
static const char text_body[] =
	"{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"value\":{\"messaging_"
	"product\":\"whatsapp\",\"messages\":[{\"from\":\"393331234567\",\"id\":\"wamid.A\",\"timestamp\":\"1760000000\","
	"\"type\":\"text\",\"text\":{\"body\":\"Perch\\u00e9 no? \\ud83d\\udea7 a\\/b\"}}]},\"field\":\"messages\"}]}]}";

static int post_signed(const char *body, const char *signature)
{
	char request[2048];

	snprintf(request, sizeof request, "POST /webhook HTTP/1.1\r\nHost: x\r\n%s%s\r\nContent-Length: %zu\r\n\r\n%s",
		signature ? "x-hub-signature-256: " : "X-Other: 1", signature ? signature : "", strlen(body), body);
	return ask(request, NULL, 0);
}

static void test_signature(void **state)
{
	struct webhook_event event;

	(void)state;
	box_open(&box);
	assert_int_equal(
		post_signed(empty_body, "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"),
		200);
	assert_int_equal(
		post_signed(text_body, "sha256=52d56c8202ed6ca1e1e7bafdde5c40c84ad7c5a322ea83c98c36a5b4c4e36338"), 200);
	assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
	assert_int_equal(event.type, WEBHOOK_MESSAGE);
	assert_string_equal(event.id, "wamid.A");
	assert_string_equal(event.text, "Perché no? 🚧 a/b");
	assert_string_equal(event.person.phone, "+393331234567");
	assert_int_equal(event.token, 1);
}

/* Refused, and the hub hears of it, though not of each. */
static void test_signature_wrong(void **state)
{
	static const char *const wrong[] = {NULL, "", "sha256=", "sha1=dec6a680679a968e7e0319355b23599cbfc54502",
		"sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633757",
		"sha256=DEC6A680679A968E7E0319355B23599CBFC54502C0784668E9618BAA0C63375G",
		"sha256=52d56c8202ed6ca1e1e7bafdde5c40c84ad7c5a322ea83c98c36a5b4c4e36338"};
	struct webhook_event event;
	int files;

	(void)state;
	box_open(&box);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(post_signed(empty_body, wrong[i]), 401);
	assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
	assert_int_equal(event.type, WEBHOOK_TROUBLE);
	assert_string_equal(event.word, "signature");
	assert_int_equal(event.code, 1);
	assert_int_equal(event.token, 0);
	assert_false(box_event(&box, &event, 50));
	assert_int_equal(box_spool_octets(&box, &files), 0);
	assert_int_equal(box_post_texts(&box, 1, 1), 200);
	box_expect_texts(&box, 1, 1, true);
}

/* ---- refused before the body is read ----------------------------------------------------------------------------- */

static void expect_refused_unread(const char *headers, int status)
{
	int fd = box_connect(&box);

	assert_true(box_send_text(fd, "POST /webhook HTTP/1.1\r\nHost: x\r\n"));
	assert_true(box_send_text(fd, headers));
	assert_true(box_send_text(fd, "\r\n\r\n"));
	assert_int_equal(box_answer(fd, NULL, 0), status);
	assert_true(box_is_hung_up(fd));
	close(fd);
}

#define SOME_SIGNATURE \
	"X-Hub-Signature-256: sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756\r\n"

static void test_refused_unread(void **state)
{
	(void)state;
	box_open(&box);
	expect_refused_unread("Content-Length: 1000", 401);
	expect_refused_unread("Expect: 100-continue\r\nContent-Length: 1000", 401);
	expect_refused_unread("Transfer-Encoding: chunked", 401);
	expect_refused_unread(SOME_SIGNATURE "Content-Length: 3145729", 413);
	expect_refused_unread(SOME_SIGNATURE "Content-Length: 4194304", 413);
	expect_refused_unread(SOME_SIGNATURE "Content-Length: 9223372036854775807", 413);
}

static void test_headers_too_long(void **state)
{
	char *headers = malloc(40000);

	(void)state;
	assert_non_null(headers);
	box_open(&box);
	memset(headers, 'a', 39999);
	headers[39999] = '\0';
	int fd = box_connect(&box);
	(void)(box_send_text(fd, "GET /webhook HTTP/1.1\r\nX-Long: ") && box_send_text(fd, headers) &&
		box_send_text(fd, "\r\n\r\n"));
	assert_int_not_equal(box_answer(fd, NULL, 0), 200);
	close(fd);
	free(headers);
	assert_int_equal(box_post_texts(&box, 1, 1), 200);
}

/* A body of 4 MB is sent all the same: no answer but a refusal, and the next is served. */
static void test_4_mb(void **state)
{
	size_t length = 4 << 20, size;
	char *body = calloc(1, length), *text;

	(void)state;
	box_open(&box);
	assert_non_null(body);
	text = box_post_text(body, length, &size);
	int fd = box_connect(&box);
	(void)box_send(fd, text, size);
	assert_int_not_equal(box_answer(fd, NULL, 0), 200);
	close(fd);
	free(text);
	free(body);
	assert_int_equal(box_post_texts(&box, 1, 1), 200);
	box_expect_texts(&box, 1, 1, true);
}

/* ---- bodies ------------------------------------------------------------------------------------------------------ */

static void test_longest_body(void **state)
{
	char *body = malloc(WEBHOOK_BODY_MAX);
	struct webhook_event event;

	(void)state;
	box_open(&box);
	assert_non_null(body);
	memset(body, '[', WEBHOOK_BODY_MAX);
	assert_int_equal(box_post(&box, body, WEBHOOK_BODY_MAX), 200);
	assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
	assert_int_equal(event.type, WEBHOOK_UNKNOWN);
	assert_int_equal(strlen(event.text), WEBHOOK_TEXT_MAX - 1);
	free(body);
}

static void test_no_json(void **state)
{
	struct webhook_event event;

	(void)state;
	box_open(&box);
	assert_int_equal(box_post(&box, "ciao", 4), 200);
	assert_int_equal(box_post(&box, "", 0), 200);
	assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
	assert_int_equal(event.type, WEBHOOK_UNKNOWN);
	assert_string_equal(event.text, "ciao");
	assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
	assert_int_equal(event.type, WEBHOOK_UNKNOWN);
	assert_string_equal(event.text, "");
}

/* As deep as JSON may be, on the thread's own stack. */
static void test_deep(void **state)
{
	enum { DEPTH = 2000 };
	static const char start[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"a\":";
	char body[sizeof start + 2 * DEPTH + 8];
	struct webhook_event event;

	(void)state;
	box_open(&box);
	memcpy(body, start, sizeof start - 1);
	memset(body + sizeof start - 1, '[', DEPTH);
	memset(body + sizeof start - 1 + DEPTH, ']', DEPTH);
	snprintf(body + sizeof start - 1 + 2 * DEPTH, 8, "}]}");
	assert_int_equal(box_post(&box, body, strlen(body)), 200);
	assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
	assert_int_equal(event.type, WEBHOOK_UNKNOWN);
	assert_int_equal(strlen(event.text), 2 * DEPTH + strlen("{\"a\":}"));
}

static void chunked_begin(int fd, const char *body, size_t length)
{
	char signature[80], request[512];

	box_sign(body, length, signature);
	snprintf(request, sizeof request,
		"POST /webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-Hub-Signature-256: %s\r\n\r\n",
		signature);
	assert_true(box_send_text(fd, request));
}

static void test_chunked(void **state)
{
	char *body = box_texts(1, 60), chunk[64];
	size_t length = strlen(body);

	(void)state;
	box_open(&box);
	int fd = box_connect(&box);
	chunked_begin(fd, body, length);
	for (size_t at = 0; at < length;) {
		size_t piece = length - at < 700 ? length - at : 700;
		snprintf(chunk, sizeof chunk, "%zx\r\n", piece);
		assert_true(box_send_text(fd, chunk) && box_send(fd, body + at, piece) && box_send_text(fd, "\r\n"));
		at += piece;
	}
	assert_true(box_send_text(fd, "0\r\n\r\n"));
	assert_int_equal(box_answer(fd, NULL, 0), 200);
	close(fd);
	free(body);
	box_expect_texts(&box, 1, 60, true);
}

static void test_chunked_too_long(void **state)
{
	size_t length = 65536;
	char *body = calloc(1, length);
	bool open = true;

	(void)state;
	box_open(&box);
	assert_non_null(body);
	int fd = box_connect(&box);
	chunked_begin(fd, body, length);
	for (int i = 0; i < 1000 && open; i++)
		open = box_send_text(fd, "10000\r\n") && box_send(fd, body, length) && box_send_text(fd, "\r\n");
	assert_false(open);
	assert_int_equal(box_answer(fd, NULL, 0), 0);
	close(fd);
	free(body);
	assert_int_equal(box_post_texts(&box, 1, 1), 200);
}

/* Bodies that do not come to an end take the memory there is; then others are told to come again. */
static void test_memory(void **state)
{
	char *body = calloc(1, 40000), *text;
	size_t size;

	(void)state;
	box.limits.bodies = 100000;
	box_open(&box);
	assert_non_null(body);
	text = box_post_text(body, 40000, &size);
	int one = box_connect(&box), other = box_connect(&box), status = 0;
	assert_true(box_send(one, text, size - 1) && box_send(other, text, size - 1));
	/* Asks whether it may send as much, until the two are in memory. */
	for (int64_t deadline = clock_mono_ms() + BOX_PATIENCE_MS; status != 503 && clock_left_ms(deadline) > 0;)
		status = ask("POST /webhook HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n" SOME_SIGNATURE
			     "Content-Length: 40000\r\n\r\n",
			NULL, 0);
	assert_int_equal(status, 503);
	assert_true(box_send(one, text + size - 1, 1) && box_send(other, text + size - 1, 1));
	assert_int_equal(box_answer(one, NULL, 0), 200);
	assert_int_equal(box_answer(other, NULL, 0), 200);
	close(one);
	close(other);
	assert_int_equal(box_post(&box, body, 40000), 200);
	free(text);
	free(body);
}

/* ---- dawdlers and crowds ----------------------------------------------------------------------------------------- */

/* Feeds `piece` octet by octet, again and again, until it is hung up on. */
static void expect_drip_ends(const char *start, const char *piece)
{
	int fd = box_connect(&box);
	int64_t deadline = clock_mono_ms() + BOX_PATIENCE_MS;
	struct pollfd client = {.fd = fd, .events = POLLIN};
	bool open = box_send_text(fd, start);

	for (size_t i = 0; open; i++) {
		assert_true(clock_left_ms(deadline) > 0);
		open = poll(&client, 1, 5) == 0 && box_send(fd, piece + i % strlen(piece), 1);
	}
	assert_true(box_is_hung_up(fd));
	close(fd);
}

static void test_slow(void **state)
{
	(void)state;
	box.limits.request_ms = 150;
	box_open(&box);
	int silent = box_connect(&box);
	expect_drip_ends("", "G");
	expect_drip_ends("GET /webhook HTTP/1.1\r\n", "X-A: b\r\n");
	expect_drip_ends("POST /webhook HTTP/1.1\r\nHost: x\r\n" SOME_SIGNATURE "Content-Length: 100000\r\n\r\n", "a");
	expect_drip_ends("POST /webhook HTTP/1.1\r\nHost: x\r\n" SOME_SIGNATURE "Transfer-Encoding: chunked\r\n\r\n",
		"1\r\na\r\n");
	assert_true(box_is_hung_up(silent));
	close(silent);
	assert_int_equal(box_post_texts(&box, 1, 1), 200);
}

static void test_keep_alive(void **state)
{
	size_t size;
	char *body = box_texts(1, 1), *text = box_post_text(body, strlen(body), &size);

	(void)state;
	box.limits.idle_ms = 300;
	box_open(&box);
	int fd = box_connect(&box);
	for (int i = 0; i < 3; i++) {
		assert_true(box_send(fd, text, size));
		assert_int_equal(box_answer(fd, NULL, 0), 200);
		box_expect_texts(&box, 1, 1, true);
	}
	/* Two at once, as one write. */
	char *both = malloc(2 * size);
	assert_non_null(both);
	memcpy(both, text, size);
	memcpy(both + size, text, size);
	assert_true(box_send(fd, both, 2 * size));
	assert_int_equal(box_answer(fd, NULL, 0), 200);
	assert_int_equal(box_answer(fd, NULL, 0), 200);
	assert_true(box_is_hung_up(fd));
	close(fd);
	free(both);
	free(text);
	free(body);
}

/* More come than there is room for: who waits longest without a whole request goes. */
static void test_crowd(void **state)
{
	enum { ROOM = 8, IDLE = 40 };
	int idle[IDLE];

	(void)state;
	box.limits.connections = ROOM;
	box_open(&box);
	for (int i = 0; i < IDLE; i++) {
		idle[i] = box_connect(&box);
		assert_true(box_send_text(idle[i], "POST /webhook HTTP/1.1\r\nX-A: "));
	}
	for (int i = 1; i <= 20; i++)
		assert_int_equal(box_post_texts(&box, i, 1), 200);
	for (int i = 0; i < IDLE; i++) {
		if (i < IDLE - ROOM)
			assert_true(box_is_hung_up(idle[i]));
		close(idle[i]);
	}
	box_expect_texts(&box, 1, 20, true);
}

/* ---- the start --------------------------------------------------------------------------------------------------- */

static void expect_no_start(int status, const char *word)
{
	struct err err = {0};
	int fd = -1;

	assert_int_equal(webhook_start(&box.config, &fd, &err), -1);
	assert_int_equal(err.status, status);
	assert_non_null(strstr(err.text, word));
	assert_null(strstr(err.text, BOX_SECRET));
	assert_int_equal(fd, -1);
}

static void test_no_start(void **state)
{
	static const char *const addresses[] = {"", "8081", "localhost", "localhost:8081", "127.0.0.1:", "127.0.0.1:x",
		"127.0.0.1:70000", "300.0.0.1:1", "192.0.2.1:0"};
	struct webhook_config good = box.config;

	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		snprintf(box.config.listen, sizeof box.config.listen, "%s", addresses[i]);
		expect_no_start(EX_CONFIG, "whatsapp.webhook");
	}
	box.config = good;
	box.config.app_secret[0] = '\0';
	expect_no_start(EX_CONFIG, "whatsapp.app_secret_file");
	box.config = good;
	snprintf(box.config.spool, sizeof box.config.spool, "/proc/self/status/spool");
	expect_no_start(EX_CONFIG, "/proc/self/status/spool");
	snprintf(box.config.spool, sizeof box.config.spool, "/proc/self/status");
	expect_no_start(EX_CONFIG, "/proc/self/status");
	box.config = good;
}

static void test_port_taken(void **state)
{
	struct webhook_config good = box.config;

	(void)state;
	box_open(&box);
	snprintf(box.config.listen, sizeof box.config.listen, "127.0.0.1:%u", box.port);
	expect_no_start(EX_CONFIG, "choose another");
	box.config = good;
	assert_int_equal(box_post_texts(&box, 1, 1), 200);
}

static void test_ipv6(void **state)
{
	(void)state;
	snprintf(box.config.listen, sizeof box.config.listen, "[::1]:0");
	struct err err = {0};
	if (webhook_start_with(&box.config, &box.limits, &box.hub, &box.port, &err) != 0) {
		print_message("no IPv6 here: %s\n", err.text);
		skip();
	}
	assert_true(box.port > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_handshake),
		TEST(test_handshake_without_token),
		TEST(test_paths),
		TEST(test_signature),
		TEST(test_signature_wrong),
		TEST(test_refused_unread),
		TEST(test_headers_too_long),
		TEST(test_4_mb),
		TEST(test_longest_body),
		TEST(test_no_json),
		TEST(test_deep),
		TEST(test_chunked),
		TEST(test_chunked_too_long),
		TEST(test_memory),
		TEST(test_slow),
		TEST(test_keep_alive),
		TEST(test_crowd),
		TEST(test_no_start),
		TEST(test_port_taken),
		TEST(test_ipv6),
	};

	return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
