/* Figures, and the audit trail. */
#include "config/clock.h"
#include "firmware-host/audit_view.h"
#include "firmware-host/console/api.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/stats_view.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRESH_MS = 10 * 1000 }; /* counting a year's rows takes long, and nobody sees a figure older than so */

/* The figures of the query's period; NULL: refused, and answered. */
static json_t *stats_of(struct call *call)
{
	struct console *console = call->console;
	int64_t mono = clock_mono_ms();
	struct stats_period period;
	struct err err;

	if (stats_view_period(call_query(call, "from"), call_query(call, "to"), call->now, &period, &err) != 0) {
		call_fail_err(call, &err);
		return NULL;
	}
	if (console->stats && console->stats_from == period.from && console->stats_until == period.until &&
		mono - console->stats_mono < FRESH_MS)
		return json_incref(console->stats);
	json_decref(console->stats);
	console->stats = NULL;
	if (stats_view_json(console->db, &period, &console->stats, &err) != 0) {
		call_fail_err(call, &err);
		return NULL;
	}
	console->stats_from = period.from;
	console->stats_until = period.until;
	console->stats_mono = mono;
	return json_incref(console->stats);
}

void api_stats(struct call *call)
{
	json_t *json = stats_of(call);

	if (json)
		call_json(call, MHD_HTTP_OK, json);
}

void api_stats_csv(struct call *call)
{
	json_t *json = stats_of(call);
	char *text = NULL;
	size_t length = 0;

	if (!json)
		return;
	FILE *out = open_memstream(&text, &length);
	if (out) {
		stats_view_csv(json, out);
		fclose(out);
	}
	json_decref(json);
	if (text)
		call_octets(call, "text/csv; charset=utf-8", "statistiche.csv", text, length);
	else
		call_fail(call, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "out of memory");
}

/* ---- audit ------------------------------------------------------------------------------------------------------- */

struct collecting {
	json_t *items;
	int count;
	int64_t last;
};

static bool row_collect(void *context, const struct audit_row *row)
{
	struct collecting *collecting = context;

	json_array_append_new(collecting->items, audit_view_json(row));
	collecting->count++;
	collecting->last = row->id;
	return true;
}

void api_audit(struct call *call)
{
	const struct paging paging = call_paging(call);
	struct collecting collecting = {.items = json_array()};
	struct err err;

	if (audit_page(call->console->db, paging.after, paging.limit, paging.search, row_collect, &collecting, &err) ==
		0) {
		call_json(call, MHD_HTTP_OK,
			json_pack("{s:o, s:o}", "items", collecting.items, "next",
				collecting.count == paging.limit ? json_integer((json_int_t)collecting.last)
								 : json_null()));
		return;
	}
	json_decref(collecting.items);
	call_fail_err(call, &err);
}

void api_audit_verify(struct call *call)
{
	struct audit_verdict verdict;
	struct err err;

	if (audit_verify(call->console->db, &verdict, &err) == 0)
		call_json(call, MHD_HTTP_OK, audit_view_verdict(&verdict));
	else
		call_fail_err(call, &err);
}

void api_metrics(struct call *call)
{
	metrics_answer(call);
}
