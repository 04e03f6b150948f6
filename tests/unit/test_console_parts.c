/* The console's pure parts: second factors, fields, the table of routes and its description, the page's files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "firmware-host/console/assets.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/console/fields.h"
#include "firmware-host/console/totp.h"

/* RFC 6238, appendix B, the rows of SHA-256. */
static const struct {
	int64_t seconds;
	uint32_t password;
} totp_vectors[] = {{59, 46119246}, {1111111109, 68084774}, {1111111111, 67062674}, {1234567890, 91819424},
	{2000000000, 90698825}, {20000000000, 77737706}};

static const unsigned char totp_secret[] = "12345678901234567890123456789012";

static void test_totp_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof totp_vectors / sizeof *totp_vectors; i++)
		assert_int_equal(totp_password(totp_secret, TOTP_SECRET_SIZE, totp_vectors[i].seconds / TOTP_STEP_S, 8),
			totp_vectors[i].password);
}

static const struct {
	const char *typed;
	int64_t last_step, step; /* 1111111109 / 30 is 37037036 */
} totp_typed[] = {
	{"084774", 0, 37037036}, {"084 774", 0, 37037036}, {"084774", 37037035, 37037036},
	{"084774", 37037036, 0}, /* once */
	{"084775", 0, 0}, {"84774", 0, 0}, {"0847740", 0, 0}, {"084774x", 0, 0}, {"", 0, 0},
	{"062674", 0, 37037037}, /* the next step's: a clock that is a little behind */
};

static void test_totp_typed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof totp_typed / sizeof *totp_typed; i++) {
		int64_t step = totp_match(totp_secret, totp_typed[i].typed, totp_typed[i].last_step, 1111111109000);
		if (step != totp_typed[i].step)
			fail_msg("\"%s\": step %lld", totp_typed[i].typed, (long long)step);
	}
	assert_int_equal(totp_match(totp_secret, "084774", 0, 1111111109000 + 90000), 0);
}

static void test_totp_uri(void **state)
{
	char text[TOTP_TEXT_MAX], uri[TOTP_URI_MAX];

	(void)state;
	assert_string_equal(
		totp_secret_text(totp_secret, text), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA");
	assert_string_equal(totp_uri(totp_secret, "Santa Fiora", "Anna & Co", uri),
		"otpauth://totp/Santa%20Fiora:Anna%20%26%20Co?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"
		"&issuer=Santa%20Fiora&algorithm=SHA256&digits=6&period=30");
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

#define FIELDS "phone!: word, note: text, zones: words, sure: flag, colour: yellow|orange|red, into: count, at: word?"

static const struct {
	const char *json;
	bool good;
} bodies[] = {
	{"{\"phone\":\"1\"}", true},
	{"{\"phone\":\"1\",\"note\":\"\",\"zones\":[\"a\",\"b\"],\"sure\":true,\"colour\":\"red\",\"into\":7,\"at\":null}",
		true},
	{"{}", false},
	{"{\"phone\":1}", false},
	{"{\"phone\":null}", false},
	{"{\"phone\":\"1\",\"other\":1}", false},
	{"{\"phone\":\"1\",\"zones\":\"a\"}", false},
	{"{\"phone\":\"1\",\"zones\":[1]}", false},
	{"{\"phone\":\"1\",\"sure\":\"true\"}", false},
	{"{\"phone\":\"1\",\"sure\":null}", false},
	{"{\"phone\":\"1\",\"colour\":\"green\"}", false},
	{"{\"phone\":\"1\",\"colour\":\"red|orange\"}", false},
	{"{\"phone\":\"1\",\"colour\":\"\"}", false},
	{"{\"phone\":\"1\",\"into\":-1}", false},
	{"{\"phone\":\"1\",\"into\":1.5}", false},
};

static void test_fields_check(void **state)
{
	char why[FIELDS_WHY_MAX], word[FIELDS_WORD_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		json_t *json = json_loads(bodies[i].json, 0, NULL);
		assert_non_null(json);
		why[0] = '\0';
		if (fields_check(FIELDS, json, why) != bodies[i].good)
			fail_msg("%s", bodies[i].json);
		assert_int_equal(why[0] == '\0', bodies[i].good);
		json_decref(json);
	}
	memset(word, 'a', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	json_t *json = json_pack("{s:s}", "phone", word);
	assert_false(fields_check(FIELDS, json, why));
	json_decref(json);
}

static void test_fields_query(void **state)
{
	char why[FIELDS_WHY_MAX];

	(void)state;
	assert_true(fields_check_query(FIELDS, "into", "17", why));
	assert_false(fields_check_query(FIELDS, "into", "", why));
	assert_false(fields_check_query(FIELDS, "into", "-1", why));
	assert_false(fields_check_query(FIELDS, "into", "9999999999999999999", why));
	assert_true(fields_check_query(FIELDS, "sure", "false", why));
	assert_false(fields_check_query(FIELDS, "sure", "1", why));
	assert_true(fields_check_query(FIELDS, "colour", "red", why));
	assert_false(fields_check_query(FIELDS, "colour", "rosso", why));
	assert_false(fields_check_query(FIELDS, "other", "1", why));
}

static void test_fields_schema(void **state)
{
	json_t *schema = fields_schema(FIELDS, true);
	char *text = json_dumps(schema, JSON_COMPACT | JSON_SORT_KEYS);

	(void)state;
	assert_string_equal(text,
		"{\"additionalProperties\":false,\"properties\":{\"at\":{\"maxLength\":255,\"type\":[\"string\",\"null\"]},"
		"\"colour\":{\"enum\":[\"yellow\",\"orange\",\"red\"],\"type\":\"string\"},\"into\":{\"minimum\":0,\"type\":"
		"\"integer\"},\"note\":{\"maxLength\":4000,\"type\":\"string\"},\"phone\":{\"maxLength\":255,\"type\":\"string\"},"
		"\"sure\":{\"type\":\"boolean\"},\"zones\":{\"items\":{\"maxLength\":255,\"type\":\"string\"},\"maxItems\":128,"
		"\"type\":\"array\"}},\"required\":[\"phone\"],\"type\":\"object\"}");
	free(text);
	json_decref(schema);
}

/* ---- routes ------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *method, *path, *route; /* route NULL: none */
	int64_t id, item;
	const char *word, *allow;
} paths[] = {
	{"GET", "/api/status", "/api/status", 0, 0, "", ""},
	{"HEAD", "/api/status", "/api/status", 0, 0, "", ""},
	{"POST", "/api/status", NULL, 0, 0, "", "GET"},
	{"PATCH", "/api/subscribers", NULL, 0, 0, "", "GET, POST"},
	{"GET", "/api/messages/17", "/api/messages/{id}", 17, 0, "", ""},
	{"GET", "/api/messages/17/recipients.csv", "/api/messages/{id}/recipients.csv", 17, 0, "", ""},
	{"GET", "/api/reports/3/media/42", "/api/reports/{id}/media/{item}", 3, 42, "", ""},
	{"GET", "/api/offices/ufficio-tecnico/slots", "/api/offices/{word}/slots", 0, 0, "ufficio-tecnico", ""},
	{"GET", "/api/offices/../slots", NULL, 0, 0, "", ""},
	{"GET", "/api/offices//slots", NULL, 0, 0, "", ""},
	{"GET", "/api/messages/", NULL, 0, 0, "", ""},
	{"GET", "/api/messages/17/", NULL, 0, 0, "", ""},
	{"GET", "/api/messages/-1", NULL, 0, 0, "", ""},
	{"GET", "/api/messages/0x11", NULL, 0, 0, "", ""},
	{"GET", "/api/messages/1234567890123456789", NULL, 0, 0, "", ""},
	{"GET", "/api/status/../settings", NULL, 0, 0, "", ""},
	{"GET", "/api/", NULL, 0, 0, "", ""},
	{"GET", "", NULL, 0, 0, "", ""},
	{"get", "/api/status", NULL, 0, 0, "", "GET"},
};

static void test_route_find(void **state)
{
	struct route_match match;

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		route_find(paths[i].method, paths[i].path, &match);
		if ((match.route == NULL) != (paths[i].route == NULL))
			fail_msg("%s %s", paths[i].method, paths[i].path);
		if (paths[i].route)
			assert_string_equal(match.route->path, paths[i].route);
		assert_int_equal(match.id, paths[i].id);
		assert_int_equal(match.item, paths[i].item);
		assert_string_equal(match.word, paths[i].word);
		assert_string_equal(match.allow, paths[i].allow);
	}
}

/* What changes something is never open but the ways in, and never for a reader but their own password. */
static void test_route_roles(void **state)
{
	(void)state;
	for (size_t i = 0; i < routes_count; i++) {
		const struct route *route = &routes[i];
		bool safe = guard_is_safe(route->method), open = (route->roles & FOR_NOBODY_YET) != 0;
		bool way_in = strcmp(route->path, "/api/login") == 0 || strcmp(route->path, "/api/setup") == 0;
		bool own = strcmp(route->path, "/api/logout") == 0 || strcmp(route->path, "/api/password") == 0;

		assert_true(route->roles != 0 && (!open || route->roles == FOR_NOBODY_YET));
		if (!safe && ((open && !way_in) || ((route->roles & FOR_READER) && !own)))
			fail_msg("%s %s is for too many", route->method, route->path);
		if (strcmp(route->path, "/api/alerts") == 0)
			assert_int_equal(route->roles, FOR_OFFICER);
	}
}

/* ---- the description --------------------------------------------------------------------------------------------- */

static const json_t *operation_of(const json_t *openapi, const struct route *route)
{
	char method[8] = "";

	for (size_t i = 0; route->method[i] && i + 1 < sizeof method; i++)
		method[i] = (char)(route->method[i] - 'A' + 'a');
	return json_object_get(json_object_get(json_object_get(openapi, "paths"), route->path), method);
}

static void operation_check(const json_t *operation, const struct route *route)
{
	const json_t *answer = json_object_get(json_object_get(operation, "responses"), "200");
	struct field field;
	size_t parameters = 0;

	assert_true(json_string_length(json_object_get(operation, "summary")) > 10);
	assert_non_null(json_object_get(operation, "operationId"));
	assert_non_null(answer);
	assert_int_equal(json_object_size(json_object_get(answer, "content")), 1);
	for (const char *at = route->query; field_next(&at, &field);)
		parameters++;
	for (const char *at = route->path; (at = strchr(at, '{')); at++)
		parameters++;
	assert_int_equal(json_array_size(json_object_get(operation, "parameters")), parameters);
	assert_int_equal(json_object_get(operation, "requestBody") != NULL, route->body[0] != '\0');
	assert_int_equal(json_object_get(operation, "security") == NULL, route->roles == FOR_NOBODY_YET);
}

static void test_openapi(void **state)
{
	json_t *openapi = openapi_json(), *path, *names = json_object(), *operation;
	const char *key, *method;
	size_t described = 0;

	(void)state;
	assert_non_null(openapi);
	assert_string_equal(json_string_value(json_object_get(openapi, "openapi")), "3.1.0");
	for (size_t i = 0; i < routes_count; i++) { /* every route is described */
		const json_t *it = operation_of(openapi, &routes[i]);
		if (!it)
			fail_msg("%s %s is not described", routes[i].method, routes[i].path);
		operation_check(it, &routes[i]);
	}
	json_object_foreach(json_object_get(openapi, "paths"), key, path)
	{
		json_object_foreach(path, method, operation)
		{
			described++;
			json_object_set_new(
				names, json_string_value(json_object_get(operation, "operationId")), json_true());
		}
	}
	assert_int_equal(described, routes_count); /* and nothing else is */
	assert_int_equal(json_object_size(names), routes_count);
	json_decref(names);
	json_decref(openapi);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static void test_assets(void **state)
{
	const struct asset *asset;

	(void)state;
	assert_ptr_equal(asset_find("/"), asset_find("/index.html"));
	if (!asset_find("/bootstrap-italia/bootstrap-italia.css"))
		skip(); /* npm could not fetch it when this was built */
	assert_null(asset_find("/package.json"));
	assert_null(asset_find("/pack.sh"));
	assert_null(asset_find("/texts/../index.html"));
	assert_null(asset_find(""));
	for (size_t i = 0; (asset = asset_at(i)); i++) {
		assert_true(asset->length > 0 && asset->tag[0] == '"' && strncmp(asset->path, "/api/", 5) != 0);
		assert_int_equal(asset->zipped, asset->octets[0] == 0x1F && asset->octets[1] == 0x8B);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_totp_vectors),
		cmocka_unit_test(test_totp_typed),
		cmocka_unit_test(test_totp_uri),
		cmocka_unit_test(test_fields_check),
		cmocka_unit_test(test_fields_query),
		cmocka_unit_test(test_fields_schema),
		cmocka_unit_test(test_route_find),
		cmocka_unit_test(test_route_roles),
		cmocka_unit_test(test_openapi),
		cmocka_unit_test(test_assets),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
