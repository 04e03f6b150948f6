/* Images and documents to and from the simulated API, over TLS: bounds, hashes, and where the token goes. */
#include "modem/graph_media.h"

#include "config/clock.h"
#include "tests/unit/graph_box.h"
#include "tests/unit/http_peer.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 60000, CONTENT_MAX = 200000 };

/* SHA-256 of "abc" (FIPS 180-2, B.1). */
#define ABC_HEX	   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ABC_BASE64 "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="

static struct graph_box box;
static char content[CONTENT_MAX];

static struct graph_account account_of(void)
{
	if (box.pid == 0) {
		print_message("# graph-sim is not built\n");
		skip();
	}
	return (struct graph_account){
		.api = box.tls_url, .phone_number_id = GRAPH_BOX_PNID, .ca_file = box.ca_file, .token = box.token};
}

static int file_of(const char *data, size_t length)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, length), length);
	return fd;
}

static int upload(const struct graph_account *account, int fd, const char *type, char *id, struct err *err)
{
	struct graph_media_file file = {.fd = fd, .name = "Perché \"no\".pdf", .type = type};

	return graph_media_upload(account, &file, clock_mono_ms() + WAIT_MS, id, err);
}

static int fetch(const struct graph_account *account, const char *id, const char *hash, int fd,
	struct graph_media *media, struct err *err)
{
	struct graph_media_wanted wanted = {.id = id, .max = CONTENT_MAX, .sha256 = hash, .fd = fd};

	return graph_media_fetch(account, &wanted, clock_mono_ms() + WAIT_MS, media, err);
}

static int64_t figure(const char *name)
{
	json_t *stats = graph_box_ask(&box, "stats");
	int64_t value = json_integer_value(json_object_get(json_array_get(stats, 0), name));

	json_decref(stats);
	return value;
}

static void uploaded(const struct graph_account *account, const char *data, size_t length, const char *type, char *id)
{
	struct err err = {0};
	int fd = file_of(data, length);

	if (upload(account, fd, type, id, &err) != 0)
		fail_msg("%s", err.text);
	close(fd);
	assert_true(graph_media_id_is(id));
}

static void test_up_and_down(void **state)
{
	struct graph_account account = account_of();
	static const size_t lengths[] = {1, 3, 16384, CONTENT_MAX};
	static char back[CONTENT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		char id[GRAPH_MEDIA_ID_MAX];
		struct graph_media media;
		struct err err = {0};
		int fd = memfd_create("back", MFD_CLOEXEC);
		uploaded(&account, content, lengths[i], i % 2 ? "application/pdf" : "image/jpeg", id);
		if (fetch(&account, id, NULL, fd, &media, &err) != 0)
			fail_msg("%zu octets: %s", lengths[i], err.text);
		assert_int_equal(media.size, lengths[i]);
		assert_string_equal(media.type, i % 2 ? "application/pdf" : "image/jpeg");
		assert_int_equal(pread(fd, back, sizeof back, 0), lengths[i]);
		assert_memory_equal(back, content, lengths[i]);
		close(fd);
	}
	assert_int_equal(figure("tokens_leaked"), 0);
}

static void test_hash(void **state)
{
	struct graph_account account = account_of();
	char id[GRAPH_MEDIA_ID_MAX];
	struct graph_media media;
	struct err err = {0};
	int fd = memfd_create("back", MFD_CLOEXEC);

	(void)state;
	uploaded(&account, "abc", 3, "text/plain", id);
	assert_int_equal(fetch(&account, id, ABC_BASE64, fd, &media, &err), 0);
	assert_int_equal(fetch(&account, id, ABC_HEX, fd, &media, &err), 0);
	assert_int_equal(fetch(&account, id, "AAAAv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", fd, &media, &err), -1);
	assert_int_equal(err.status, EX_TEMPFAIL);
	close(fd);
}

static void test_hash_told(void **state)
{
	unsigned char hash[GRAPH_SHA256_OCTETS];

	(void)state;
	for (size_t i = 0; i < sizeof hash; i++) {
		unsigned octet;
		assert_int_equal(sscanf(ABC_HEX + 2 * i, "%2x", &octet), 1);
		hash[i] = (unsigned char)octet;
	}
	assert_true(graph_media_hash_is(hash, ABC_HEX));
	assert_true(graph_media_hash_is(hash, ABC_BASE64));
	assert_true(graph_media_hash_is(hash, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0")); /* no padding */
	assert_false(graph_media_hash_is(hash, ""));
	assert_false(graph_media_hash_is(hash, "ungWv48B"));
	hash[31] ^= 1;
	assert_false(graph_media_hash_is(hash, ABC_HEX));
	assert_false(graph_media_hash_is(hash, ABC_BASE64));
}

static void test_bounds(void **state)
{
	struct graph_account account = account_of();
	struct graph_media_wanted wanted = {.max = 2};
	char id[GRAPH_MEDIA_ID_MAX];
	struct graph_media media;
	struct err err = {0};

	(void)state;
	uploaded(&account, "abc", 3, "text/plain", id);
	wanted.id = id;
	wanted.fd = memfd_create("back", MFD_CLOEXEC);
	assert_int_equal(graph_media_fetch(&account, &wanted, clock_mono_ms() + WAIT_MS, &media, &err), -1);
	assert_int_equal(err.status, EX_DATAERR);
	assert_int_equal(lseek(wanted.fd, 0, SEEK_END), 0); /* not even begun */
	wanted.max = 3;
	assert_int_equal(graph_media_fetch(&account, &wanted, clock_mono_ms() + WAIT_MS, &media, &err), 0);
	close(wanted.fd);
	wanted.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(graph_media_fetch(&account, &wanted, clock_mono_ms() + WAIT_MS, &media, &err), -1);
	assert_int_equal(err.status, EX_IOERR);
	close(wanted.fd);
	assert_int_equal(graph_media_fetch(&account, &wanted, clock_mono_ms() - 1, &media, &err), -1);
	assert_int_equal(err.status, EX_UNAVAILABLE);
}

static void test_what_is_not_taken(void **state)
{
	struct graph_account account = account_of();
	char id[GRAPH_MEDIA_ID_MAX];
	struct err err = {0};
	int fd = file_of("GIF89a", 6), ends[2];

	(void)state;
	assert_int_equal(upload(&account, fd, "image/gif", id, &err), -1);
	assert_int_equal(err.status, EX_DATAERR);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(upload(&account, fd, "image/png", id, &err), -1);
	assert_int_equal(err.status, EX_DATAERR);
	assert_int_equal(ftruncate(fd, GRAPH_IMAGE_MAX + 1), 0);
	assert_int_equal(upload(&account, fd, "image/png", id, &err), -1);
	assert_int_equal(err.status, EX_DATAERR);
	assert_int_equal(ftruncate(fd, GRAPH_IMAGE_MAX), 0);
	assert_int_equal(upload(&account, fd, "image/png", id, &err), 0); /* the largest */
	close(fd);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(upload(&account, ends[0], "image/png", id, &err), -1);
	assert_int_equal(err.status, EX_DATAERR);
	close(ends[0]);
	close(ends[1]);

	struct graph_media media;
	assert_int_equal(fetch(&account, "999", NULL, -1, &media, &err), -1); /* nobody's */
	assert_int_equal(err.status, EX_REFUSED);
	assert_int_equal(fetch(&account, "../me", NULL, -1, &media, &err), -1);
	assert_int_equal(err.status, EX_DATAERR);
}

static void test_refused_token_and_errors(void **state)
{
	struct graph_account account = account_of();
	char id[GRAPH_MEDIA_ID_MAX];
	struct err err = {0};
	int fd = file_of("abc", 3);

	(void)state;
	graph_box_do(&box, "error 130429 count 1 on media");
	assert_int_equal(upload(&account, fd, "image/png", id, &err), -1);
	assert_int_equal(err.status, EX_TEMPFAIL);
	account.token = "wrong";
	assert_int_equal(upload(&account, fd, "image/png", id, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
	assert_null(strstr(err.text, "wrong"));
	account = account_of();
	account.ca_file = "";
	assert_int_equal(upload(&account, fd, "image/png", id, &err), -1); /* nobody vouches for it */
	assert_int_equal(err.status, EX_UNAVAILABLE);
	close(fd);
}

/* ---- redirects, on a scripted server ----------------------------------------------------------------------------- */

struct script {
	char first[256];	/* where the medium is said to be */
	const char *location;	/* of every redirect */
	int redirects, missing; /* so many, then the medium; so many 404, then it */
	int described;
	char authorization[8][256];
	int fetched;
};

static void media_script(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct script *script = context;

	if (strncmp(request->path, "/v26.0/", 7) == 0) {
		script->described++;
		snprintf(reply->body, sizeof reply->body,
			"{\"url\":\"%s\",\"mime_type\":\"text/plain\",\"sha256\":\"" ABC_HEX "\",\"file_size\":\"3\"}",
			script->first);
		return;
	}
	if (script->fetched < 8)
		snprintf(script->authorization[script->fetched], 256, "%s", request->authorization);
	script->fetched++;
	if (script->fetched <= script->missing) {
		reply->status = 404;
		return;
	}
	snprintf(reply->body, sizeof reply->body, "abc");
	if (script->fetched > script->redirects)
		return;
	reply->status = 302;
	snprintf(reply->headers, sizeof reply->headers, "Location: %s\r\n", script->location);
}

static int scripted_fetch(struct script *script, const char *host, struct err *err)
{
	struct http_peer *peer = http_peer_start(media_script, script);
	const char *port = strrchr(http_peer_url(peer), ':');
	char api[96], location[96];
	struct graph_account account = {.api = api, .phone_number_id = "1063", .token = "EAAGsecret"};
	struct graph_media media;
	int fd = memfd_create("back", MFD_CLOEXEC);

	snprintf(api, sizeof api, "%s/v26.0", http_peer_url(peer));
	snprintf(script->first, sizeof script->first, "%s/file", http_peer_url(peer));
	snprintf(location, sizeof location, "%s%s/other", host, *host ? port : "");
	script->location = location;
	int result = fetch(&account, "1003", NULL, fd, &media, err);
	if (result == 0)
		assert_int_equal(lseek(fd, 0, SEEK_END), 3);
	close(fd);
	http_peer_stop(peer);
	return result;
}

static void test_redirects(void **state)
{
	struct script script = {.redirects = 1};
	struct err err = {0};

	(void)state;
	assert_int_equal(scripted_fetch(&script, "http://localhost", &err), 0);
	assert_int_equal(script.fetched, 2);
	assert_string_equal(script.authorization[0], "Bearer EAAGsecret");
	assert_string_equal(script.authorization[1], ""); /* another host */

	script = (struct script){.redirects = 2};
	assert_int_equal(scripted_fetch(&script, "", &err), 0); /* the same host */
	assert_int_equal(script.fetched, 3);
	assert_string_equal(script.authorization[2], "Bearer EAAGsecret");

	script = (struct script){.redirects = 100};
	assert_int_equal(scripted_fetch(&script, "", &err), -1);
	assert_int_equal(err.status, EX_UNAVAILABLE);
	assert_in_range(script.fetched, 2, 10);

	script = (struct script){.redirects = 1};
	assert_int_equal(scripted_fetch(&script, "http://192.0.2.1", &err), -1); /* in clear to somebody */
	assert_int_equal(err.status, EX_UNAVAILABLE);
	assert_int_equal(script.fetched, 1);
}

static void test_an_address_too_old(void **state)
{
	struct script script = {.missing = 1};
	struct err err = {0};

	(void)state;
	assert_int_equal(scripted_fetch(&script, "", &err), 0);
	assert_int_equal(script.described, 2);
	script = (struct script){.missing = 100};
	assert_int_equal(scripted_fetch(&script, "", &err), -1);
	assert_int_equal(script.described, 2);
}

static void test_where_the_token_may_go(void **state)
{
	static const char api[] = "https://graph.facebook.com/v26.0", own[] = "https://127.0.0.1:8443/v26.0";
	static const struct {
		const char *api, *url;
		bool trusted;
	} cases[] = {
		{api, "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", true},
		{api, "https://graph.facebook.com/v26.0/1", true},
		{api, "https://MMG.whatsapp.NET/a", true},
		{api, "https://fbsbx.com", true},
		{api, "http://lookaside.fbsbx.com/a", false},
		{api, "https://lookaside.fbsbx.com.example.org/a", false},
		{api, "https://evilfbsbx.com/a", false},
		{api, "https://example.org/facebook.com", false},
		{api, "https://example.org?.facebook.com", false},
		{api, "https://example.org#.facebook.com", false},
		{api, "https://example.org\\.facebook.com", false},
		{api, "https://example.org%2f.facebook.com", false},
		{api, "https://user@lookaside.fbsbx.com/", false},
		{api, "https://lookaside.fbsbx.com:8443/a", false},
		{api, "https://lookaside.fbsbx.com /a", false},
		{api, "ftp://lookaside.fbsbx.com/a", false},
		{api, "https:///a", false},
		{api, "lookaside.fbsbx.com", false},
		{api, "", false},
		{own, "https://127.0.0.1:8443/file", true},
		{own, "https://127.0.0.1:8444/file", false},
		{own, "https://127.0.0.1/file", false},
		{own, "http://127.0.0.1:8443/file", false},
		{own, "https://127.0.0.1:84430/file", false},
		{own, "https://127.0.0.1:8443.example.org/file", false},
		{"http://127.0.0.1:80/v26.0", "http://127.0.0.1:80/file", true},
		{"http://127.0.0.1:80/v26.0", "http://localhost:80/file", false},
		{"http://example.org/v26.0", "http://example.org/file", false},
		{"https://[::1]:8443/v26.0", "https://[::1]:8443/file", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (graph_media_is_trusted(cases[i].url, cases[i].api) != cases[i].trusted)
			fail_msg("%s of %s", cases[i].url, cases[i].api);
}

static void test_kinds(void **state)
{
	enum bearer_content kind;
	size_t max;

	(void)state;
	assert_true(graph_media_kind("IMAGE/JPEG", &kind, &max));
	assert_int_equal(kind, BEARER_IMAGE);
	assert_int_equal(max, GRAPH_IMAGE_MAX);
	assert_true(graph_media_kind("application/pdf", &kind, &max));
	assert_int_equal(kind, BEARER_DOCUMENT);
	assert_int_equal(max, GRAPH_DOCUMENT_MAX);
	assert_false(graph_media_kind("image/svg+xml", &kind, &max));
	assert_false(graph_media_kind("", &kind, &max));
}

static int all_open(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = (char)(i * 31 + i / 256);
	(void)graph_box_open(&box, "latency=1");
	return 0;
}

static int all_close(void **state)
{
	(void)state;
	graph_box_close(&box);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_up_and_down),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_hash_told),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_what_is_not_taken),
		cmocka_unit_test(test_refused_token_and_errors),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_an_address_too_old),
		cmocka_unit_test(test_where_the_token_may_go),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, all_open, all_close);
}
