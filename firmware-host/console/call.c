#include "config/clock.h"
#include "db/audit.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/control.h"
#include "firmware-host/hub.h"
#include "firmware-host/json.h"
#include "firmware-host/when.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAIL_TEXT_MAX = 600, COST_DECIMALS = 10 };

void call_json(struct call *call, unsigned status, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(COST_DECIMALS)) : NULL;

	json_decref(json);
	if (!text) {
		call_fail(call, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "out of memory");
		return;
	}
	call->answer.status = status;
	call->answer.type = "application/json";
	call->answer.octets = text;
	call->answer.length = strlen(text);
}

void call_fail(struct call *call, unsigned status, const char *code, const char *format, ...)
{
	static const char nothing[] = "{\"error\":{\"code\":\"memory\",\"text\":\"out of memory\"}}";
	char text[FAIL_TEXT_MAX];
	va_list values;

	va_start(values, format);
	(void)vsnprintf(text, sizeof text, format, values);
	va_end(values);
	json_t *json = json_pack("{s:{s:s, s:o}}", "error", "code", code, "text", json_written(text, strlen(text)));
	char *octets = json ? json_dumps(json, JSON_COMPACT) : strdup(nothing);
	json_decref(json);
	free(call->answer.octets);
	call->answer.status = status;
	call->answer.type = "application/json";
	call->answer.octets = octets;
	call->answer.length = octets ? strlen(octets) : 0;
}

void call_fail_err(struct call *call, const struct err *err)
{
	switch (err->status) {
	case EX_USAGE:
	case EX_DATAERR: call_fail(call, HTTP_UNFIT, "invalid", "%s", err->text); return;
	case EX_REFUSED: call_fail(call, MHD_HTTP_CONFLICT, "refused", "%s", err->text); return;
	case EX_UNAVAILABLE:
	case EX_TEMPFAIL:
		call->answer.retry_after_s = 1;
		call_fail(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "%s", err->text);
		return;
	default: call_fail(call, MHD_HTTP_INTERNAL_SERVER_ERROR, "trouble", "%s", err->text);
	}
}

void call_fail_missing(struct call *call)
{
	call_fail(call, MHD_HTTP_NOT_FOUND, "missing", "there is no such thing");
}

void call_octets(struct call *call, const char *type, const char *file, char *octets, size_t length)
{
	call->answer.status = MHD_HTTP_OK;
	call->answer.type = type;
	call->answer.octets = octets;
	call->answer.length = length;
	(void)snprintf(call->answer.file, sizeof call->answer.file, "%s", file);
}

/* ---- what was asked ---------------------------------------------------------------------------------------------- */

const char *call_query(const struct call *call, const char *name)
{
	const struct microhttpd_library *mhd = door_library(call->console->door);
	const char *value = mhd->lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND, name);

	return value && *value ? value : NULL;
}

int64_t call_query_number(const struct call *call, const char *name, int64_t otherwise)
{
	const char *value = call_query(call, name);

	return value ? (int64_t)strtoll(value, NULL, 10) : otherwise; /* digits: guard_call has looked */
}

bool call_query_flag(const struct call *call, const char *name)
{
	const char *value = call_query(call, name);

	return value && strcmp(value, "true") == 0;
}

bool call_query_time(struct call *call, const char *name, int64_t otherwise, int64_t *ret)
{
	const char *value = call_query(call, name), *why = value ? when_read(value, call->now, ret) : NULL;

	if (!value)
		*ret = otherwise;
	if (!why)
		return true;
	call_fail(call, HTTP_UNFIT, "invalid", "%s: %s", name, why);
	return false;
}

const char *call_text(const struct call *call, const char *name)
{
	return json_string_value(json_object_get(call->body, name));
}

bool call_flag(const struct call *call, const char *name)
{
	return json_is_true(json_object_get(call->body, name));
}

int64_t call_number(const struct call *call, const char *name, int64_t otherwise)
{
	const json_t *value = json_object_get(call->body, name);

	return json_is_integer(value) ? (int64_t)json_integer_value(value) : otherwise;
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

struct paging call_paging(const struct call *call)
{
	int64_t limit = call_query_number(call, "limit", PAGE_ROWS);

	return (struct paging){
		.after = call_query_number(call, "after", 0),
		.limit = limit < 1	      ? 1
			 : limit > PAGING_MAX ? PAGING_MAX
					      : (int)limit,
		.search = call_query(call, "search"),
	};
}

void call_page(struct call *call, json_t *items, int count, const struct paging *paging, int64_t last, int64_t total)
{
	call_json(call, MHD_HTTP_OK,
		json_pack("{s:o, s:I, s:o}", "items", items, "total", (json_int_t)total, "next",
			count == paging->limit ? json_integer((json_int_t)last) : json_null()));
}

/* ---- doing ------------------------------------------------------------------------------------------------------- */

int call_audit(struct call *call, const char *act, const char *detail, struct err *err)
{
	return audit_add(call->console->db, call->now, hub_clock_source(), call->logged_in ? call->who.name : "?",
		"console", act, detail, err);
}

bool call_commit(struct call *call, int result, struct err *err)
{
	if (result == 0 && db_commit(call->console->db, err) == 0)
		return true;
	db_rollback(call->console->db);
	call_fail_err(call, err);
	return false;
}

void call_poke(struct call *call)
{
	(void)control_poke(call->console->settings->database);
}

void call_hash(struct call *call, struct hasher_job *job,
	void (*resume)(struct call *call, const struct hasher_answer *answer))
{
	struct console *console = call->console;
	int place = 0;

	while (place < HASHER_JOBS_MAX && console->hashing[place])
		place++;
	job->token = ++console->next_token;
	bool asked = place < HASHER_JOBS_MAX && hasher_ask(console->hasher_fd, job) == 0;
	sodium_memzero(job, sizeof *job);
	if (!asked) {
		call->answer.retry_after_s = 1;
		call_fail(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "too many logins at once; try again in a second");
		return;
	}
	console->hashing[place] = call;
	call->token = console->next_token;
	call->resume = resume;
}
