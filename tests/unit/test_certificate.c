/* The console's certificate: made, kept, renewed; given ones; and who may read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware-host/console/certificate.h"
#include "firmware-host/console/certificate_make.h"

static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;
static const int64_t now = INT64_C(1795000000000); /* November 2026 */

struct scene {
	char folder[64], path[128];
	struct settings settings;
	struct err err;
};

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);

	if (!scene)
		return -1;
	strcpy(scene->folder, "/tmp/banditore-pem-XXXXXX");
	if (!mkdtemp(scene->folder))
		return -1;
	snprintf(scene->settings.database, sizeof scene->settings.database, "%s/box.db", scene->folder);
	snprintf(scene->path, sizeof scene->path, "%s/box.db.console.pem", scene->folder);
	strcpy(scene->settings.console.tls, "auto");
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	unlink(scene->path);
	int result = rmdir(scene->folder);
	free(scene);
	return result;
}

static char *load(struct scene *scene, int64_t at)
{
	char *pem = NULL;

	if (certificate_load(&scene->settings, at, &pem, &scene->err) != 0)
		fail_msg("%s", scene->err.text);
	return pem;
}

/* The part between the marks of a key. */
static void key_of(const char *pem, char out[1024])
{
	const char *from = strstr(pem, "PRIVATE KEY-----"), *until = from ? strstr(from, "-----END") : NULL;

	assert_non_null(until);
	snprintf(out, 1024, "%.*s", (int)(until - from), from);
}

static void test_made_once(void **state)
{
	struct scene *scene = *state;
	char fingerprint[CERTIFICATE_FINGERPRINT_MAX], again[CERTIFICATE_FINGERPRINT_MAX];
	struct stat st;
	char *first = load(scene, now), *second = load(scene, now + day_ms);

	assert_string_equal(first, second);
	assert_int_equal(stat(scene->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(certificate_fingerprint(first, fingerprint));
	assert_int_equal(strlen(fingerprint), 95);
	certificate_fingerprint_of(&scene->settings, again);
	assert_string_equal(fingerprint, again);
	assert_true(certificate_end(first) > now + 700 * day_ms);
	free(first);
	free(second);
}

static void test_renewed_with_its_key(void **state)
{
	struct scene *scene = *state;
	char key[1024], later_key[1024], fingerprint[CERTIFICATE_FINGERPRINT_MAX], later[CERTIFICATE_FINGERPRINT_MAX];
	char *first = load(scene, now);
	int64_t end = certificate_end(first);
	char *kept = load(scene, end - 31 * day_ms), *renewed = load(scene, end - 29 * day_ms);

	assert_string_equal(first, kept);
	assert_true(certificate_fingerprint(first, fingerprint) && certificate_fingerprint(renewed, later));
	assert_string_not_equal(fingerprint, later);
	assert_true(certificate_end(renewed) > end);
	key_of(first, key);
	key_of(renewed, later_key);
	assert_string_equal(key, later_key);
	free(first);
	free(kept);
	free(renewed);
}

/* A box without a battery makes one before it knows the time: it is valid when it does. */
static void test_made_in_1970(void **state)
{
	struct scene *scene = *state;
	char *pem = load(scene, 5000);

	assert_true(certificate_end(pem) > INT64_C(1767225600000) + 700 * day_ms);
	free(pem);
}

static void given(struct scene *scene, const char *text, mode_t mode)
{
	FILE *out = fopen(scene->path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	chmod(scene->path, mode);
	snprintf(scene->settings.console.tls, sizeof scene->settings.console.tls, "%s", scene->path);
}

static void test_given(void **state)
{
	struct scene *scene = *state;
	char *own = load(scene, now), *pem = NULL;

	unlink(scene->path);
	snprintf(scene->settings.console.tls, sizeof scene->settings.console.tls, "%s", scene->path);
	assert_int_equal(certificate_load(&scene->settings, now, &pem, &scene->err), -1);
	assert_int_equal(scene->err.status, EX_CONFIG);
	given(scene, own, 0644); /* others may read the key */
	assert_int_equal(certificate_load(&scene->settings, now, &pem, &scene->err), -1);
	assert_non_null(strstr(scene->err.text, "chmod 600"));
	given(scene, "-----BEGIN CERTIFICATE-----\n", 0600);
	assert_int_equal(certificate_load(&scene->settings, now, &pem, &scene->err), -1);
	given(scene, "", 0600);
	assert_int_equal(certificate_load(&scene->settings, now, &pem, &scene->err), -1);
	given(scene, own, 0600);
	pem = load(scene, now + 3650 * day_ms); /* never renewed by us */
	assert_string_equal(pem, own);
	free(pem);
	free(own);
}

static void test_fingerprint_of_nothing(void **state)
{
	static const char *const texts[] = {"", "-----BEGIN CERTIFICATE-----",
		"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----",
		"-----END CERTIFICATE----------BEGIN CERTIFICATE-----",
		"-----BEGIN CERTIFICATE-----END CERTIFICATE-----",
		"-----BEGIN CERTIFICATE----------END CERTIFICATE-----"};
	char fingerprint[CERTIFICATE_FINGERPRINT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_false(certificate_fingerprint(texts[i], fingerprint));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_made_once),
		TEST(test_renewed_with_its_key),
		TEST(test_made_in_1970),
		TEST(test_given),
		cmocka_unit_test(test_fingerprint_of_nothing),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
