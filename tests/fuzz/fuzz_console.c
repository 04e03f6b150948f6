/* The console's readers from any octets: a path finds one route or none, a body fits a route's fields or has a reason, and
 * neither codes nor certificates that are none are taken. */
#include "firmware-host/console/certificate.h"
#include "firmware-host/console/fields.h"
#include "firmware-host/console/routes.h"
#include "firmware-host/console/totp.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void path_find(const char *path)
{
	static const char *const methods[] = {"GET", "POST", "DELETE", "HEAD", "PUT"};
	struct route_match match;

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		route_find(methods[i], path, &match);
		require(!match.route || !match.allow[0]);
		require(match.id >= 0 && match.item >= 0 && strlen(match.word) < sizeof match.word);
		if (match.route)
			require(strcmp(match.route->method, methods[i]) == 0 || strcmp(methods[i], "HEAD") == 0);
	}
}

static void body_check(const char *text, size_t size)
{
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	char why[FIELDS_WHY_MAX];

	for (size_t i = 0; i < routes_count; i++) {
		why[0] = '\0';
		if (json_is_object(json) && !route_takes_csv(&routes[i]))
			require(fields_check(routes[i].body, json, why) == (why[0] == '\0'));
		why[0] = '\0';
		require(fields_check_query(routes[i].query, "limit", text, why) == (why[0] == '\0'));
		why[0] = '\0';
		require(fields_check_query(routes[i].query, text, "1", why) == (why[0] == '\0'));
	}
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char secret[TOTP_SECRET_SIZE] = {1};
	char *text = malloc(size + 1), fingerprint[CERTIFICATE_FINGERPRINT_MAX];

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	path_find(text);
	body_check(text, size);
	(void)totp_match(secret, text, 0, 1795000000000);
	require(certificate_fingerprint(text, fingerprint) == (fingerprint[0] != '\0'));
	free(text);
	return 0;
}
