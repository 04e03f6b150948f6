/* What the headers decide, before a body is read: is there such a route, does it fit, who is it, may they, and did they mean
 * to. */
#include "config/clock.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/console/fields.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
	TOKEN_OCTETS = 32,
	TOKEN_DIGITS = 2 * TOKEN_OCTETS,
	USED_MS = 60 * 1000, /* a session's use is noted no more often */
};

bool guard_is_safe(const char *method)
{
	return strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

bool guard_is_secure(const struct console *console)
{
	return strcmp(console->settings->console.tls, "off") != 0;
}

/* RFC 6265bis §4.1.3.2: the prefix makes browsers refuse one that some other page of the host has set. */
static const char *cookie_name(const struct console *console)
{
	return guard_is_secure(console) ? "__Host-banditore" : "banditore";
}

static const char *header(const struct call *call, const struct microhttpd_library *mhd, const char *name)
{
	return mhd->lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

static void token_use(struct call *call, const unsigned char token[TOKEN_OCTETS])
{
	static const char what[] = "csrf";
	unsigned char hash[(CSRF_TEXT_MAX - 1) / 2];

	crypto_hash_sha256(call->key, token, TOKEN_OCTETS);
	crypto_generichash(hash, sizeof hash, (const unsigned char *)what, sizeof what, token, TOKEN_OCTETS);
	sodium_bin2hex(call->csrf, sizeof call->csrf, hash, sizeof hash);
}

/* A page that asks by itself says so, and keeps no session alive that nobody uses. */
static void session_note(struct call *call, const struct microhttpd_library *mhd, int64_t used_at)
{
	struct db *db = call->console->db;
	struct err err;

	if (call->now - used_at < USED_MS || header(call, mhd, "X-Banditore-Poll"))
		return;
	if (db_begin(db, &err) != 0)
		return; /* somebody writes for long: the next request notes it */
	if (operator_session_used(db, call->key, call->now, &err) != 0 || db_commit(db, &err) != 0)
		db_rollback(db);
}

static bool session_find(struct call *call, const struct microhttpd_library *mhd)
{
	const char *cookie =
		mhd->lookup_connection_value(call->connection, MHD_COOKIE_KIND, cookie_name(call->console));
	unsigned char token[TOKEN_OCTETS];
	int64_t used_at;
	size_t octets;
	struct err err;

	if (!cookie || strlen(cookie) != TOKEN_DIGITS ||
		sodium_hex2bin(token, sizeof token, cookie, TOKEN_DIGITS, NULL, &octets, NULL) != 0 ||
		octets != sizeof token)
		return true;
	token_use(call, token);
	sodium_memzero(token, sizeof token);
	int found = operator_session_find(call->console->db, call->key, call->now, &call->who, &used_at, &err);
	if (found < 0) {
		call_fail_err(call, &err);
		return false;
	}
	call->logged_in = found > 0;
	if (call->logged_in)
		session_note(call, mhd, used_at);
	else
		call->who = (struct operator_person){0};
	return true;
}

int guard_session_begin(struct call *call, int64_t operator_id, struct err *err)
{
	struct console *console = call->console;
	unsigned char token[TOKEN_OCTETS];
	char text[TOKEN_DIGITS + 1];

	if (call->logged_in && operator_session_end(console->db, call->key, err) != 0)
		return -1;
	randombytes_buf(token, sizeof token);
	token_use(call, token);
	if (operator_session_begin(console->db, call->key, operator_id, call->address, call->now, err) != 0)
		return -1;
	sodium_bin2hex(text, sizeof text, token, sizeof token);
	sodium_memzero(token, sizeof token);
	(void)snprintf(call->answer.cookie, sizeof call->answer.cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s",
		cookie_name(console), text, guard_is_secure(console) ? "; Secure" : "");
	sodium_memzero(text, sizeof text);
	return 0;
}

void guard_session_end(struct call *call)
{
	(void)snprintf(call->answer.cookie, sizeof call->answer.cookie,
		"%s=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict%s", cookie_name(call->console),
		guard_is_secure(call->console) ? "; Secure" : "");
}

/* ---- who calls, and whether they meant to ------------------------------------------------------------------------ */

/* An IPv6 host is its /64: whoever has one address there has all of them (RFC 6177). */
static void address_take(struct call *call, const struct microhttpd_library *mhd)
{
	const union MHD_ConnectionInfo *info =
		mhd->get_connection_info(call->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	(void)snprintf(call->address, sizeof call->address, "?");
	if (address && address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof v4);
		(void)inet_ntop(AF_INET, &v4.sin_addr, call->address, sizeof call->address);
	} else if (address && address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof v6);
		if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
			memset(v6.sin6_addr.s6_addr + 8, 0, 8);
		(void)inet_ntop(AF_INET6, &v6.sin6_addr, call->address, sizeof call->address);
	}
}

/* Browsers tell where a request that changes something comes from; another page than ours is refused. Who tells nothing is no
 * browser, and still needs what only our page knows. */
static bool origin_is_ours(const struct call *call, const struct microhttpd_library *mhd)
{
	const char *origin = header(call, mhd, "Origin"), *host = header(call, mhd, "Host");
	const char *site = header(call, mhd, "Sec-Fetch-Site"), *scheme;

	if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return false;
	if (!origin)
		return true;
	scheme = guard_is_secure(call->console) ? "https://" : "http://";
	return host && strncmp(origin, scheme, strlen(scheme)) == 0 && strcasecmp(origin + strlen(scheme), host) == 0;
}

static bool csrf_is_right(const struct call *call, const struct microhttpd_library *mhd)
{
	const char *told = header(call, mhd, "X-CSRF-Token");

	return told && strlen(told) == CSRF_TEXT_MAX - 1 && sodium_memcmp(told, call->csrf, CSRF_TEXT_MAX - 1) == 0;
}

static void person_check(struct call *call, const struct microhttpd_library *mhd, const char *method)
{
	const struct route *route = call->match.route;
	bool open = route->roles == FOR_NOBODY_YET;

	if (!session_find(call, mhd))
		return;
	if (!open && !call->logged_in)
		call_fail(call, MHD_HTTP_UNAUTHORIZED, "login", "log in first: POST /api/login");
	else if (!open && !(route->roles & 1U << call->who.role))
		call_fail(call, MHD_HTTP_FORBIDDEN, "role", "your role, %s, may not do this",
			operator_role_to_string(call->who.role));
	else if (!guard_is_safe(method) && !origin_is_ours(call, mhd))
		call_fail(call, MHD_HTTP_FORBIDDEN, "origin", "this request comes from another page");
	else if (!guard_is_safe(method) && call->logged_in && !csrf_is_right(call, mhd))
		call_fail(call, MHD_HTTP_FORBIDDEN, "csrf",
			"the header X-CSRF-Token is missing or wrong; GET /api/session tells it");
}

/* ---- what the request looks like --------------------------------------------------------------------------------- */

struct query_check {
	struct call *call;
	int names;
};

static enum MHD_Result query_check(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct query_check *check = context;
	char why[FIELDS_WHY_MAX];

	(void)kind;
	if (fields_check_query(check->call->match.route->query, name, value ? value : "", why))
		return MHD_YES;
	call_fail(check->call, MHD_HTTP_BAD_REQUEST, "query", "%s", why);
	return MHD_NO;
}

/* "application/json; charset=utf-8" is application/json. */
static bool type_is(const char *told, const char *type)
{
	size_t length = strlen(type);

	return told && strncasecmp(told, type, length) == 0 && (told[length] == '\0' || strchr("; \t", told[length]));
}

static void body_check(struct call *call, const struct microhttpd_library *mhd, const char *method)
{
	const struct route *route = call->match.route;
	const char *declared = header(call, mhd, "Content-Length"), *type = header(call, mhd, "Content-Type");
	unsigned long long length = declared ? strtoull(declared, NULL, 10) : 0;
	bool comes = length > 0 || header(call, mhd, "Transfer-Encoding");

	if (length > (guard_is_safe(method) ? 0 : route_body_max(route)))
		call_fail(call, HTTP_TOO_LONG, "too-long", "this takes at most %zu octets", route_body_max(route));
	else if (comes && !type_is(type, route_takes_csv(route) ? "text/csv" : "application/json"))
		call_fail(call, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "type", "the Content-Type must be %s",
			route_takes_csv(route) ? "text/csv" : "application/json");
}

void guard_call(struct call *call, const struct microhttpd_library *mhd, const char *method, const char *path)
{
	struct query_check check = {.call = call};

	call->now = clock_wall_ms();
	address_take(call, mhd);
	route_find(method, path, &call->match);
	if (!call->match.route && call->match.allow[0]) {
		memcpy(call->answer.allow, call->match.allow, sizeof call->answer.allow);
		call_fail(call, MHD_HTTP_METHOD_NOT_ALLOWED, "method", "this takes %s", call->match.allow);
		return;
	}
	if (!call->match.route) {
		call_fail_missing(call);
		return;
	}
	person_check(call, mhd, method);
	if (call->answer.status == 0)
		body_check(call, mhd, method);
	if (call->answer.status == 0)
		(void)mhd->get_connection_values(call->connection, MHD_GET_ARGUMENT_KIND, query_check, &check);
}
