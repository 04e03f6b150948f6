/* What citizens wrote, and their reports. */
#include "db/report.h"
#include "firmware-host/caretaker.h"
#include "firmware-host/console/api.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/inbox_view.h"
#include "firmware-host/media_type.h"
#include "firmware-host/report_desk.h"
#include "firmware-host/report_view.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXPORT_MAX = 100000 };

/* ---- inbox ------------------------------------------------------------------------------------------------------- */

static bool inbox_collect(void *context, const struct inbox_message *message)
{
	json_array_append_new(context, inbox_view_json(message));
	return true;
}

void api_inbox(struct call *call)
{
	struct db *db = call->console->db;
	const struct paging paging = call_paging(call);
	int64_t ids[PAGING_MAX], total = 0;
	json_t *items = json_array();
	struct err err;

	int count = paging_inbox(db, &paging, call_query(call, "from"), ids, &total, &err), result = count < 0 ? -1 : 0;
	for (int i = 0; i < count && result == 0; i++)
		result = inbox_each(db, ids[i], 1, inbox_collect, items, &err);
	if (result == 0) {
		call_page(call, items, count, &paging, count > 0 ? ids[count - 1] : 0, total);
		return;
	}
	json_decref(items);
	call_fail_err(call, &err);
}

void api_inbox_one(struct call *call)
{
	json_t *items = json_array();
	struct err err;

	if (inbox_each(call->console->db, call->match.id, 1, inbox_collect, items, &err) != 0)
		call_fail_err(call, &err);
	else if (json_array_size(items) == 0 || call->match.id == 0)
		call_fail_missing(call);
	else
		call_json(call, MHD_HTTP_OK, json_incref(json_array_get(items, 0)));
	json_decref(items);
}

/* ---- reading reports --------------------------------------------------------------------------------------------- */

/* What is asked for: those still open, unless a state is named. */
static unsigned states_of(const struct call *call)
{
	const char *word = call_query(call, "state");

	if (!word || strcmp(word, "open") == 0)
		return ~(1U << REPORT_CLOSED);
	return strcmp(word, "all") == 0 ? 0 : report_view_states(word);
}

void api_reports(struct call *call)
{
	struct db *db = call->console->db;
	const struct paging paging = call_paging(call);
	int64_t ids[PAGING_MAX], total = 0;
	struct report report;
	json_t *items = json_array();
	struct err err;

	int count = paging_reports(db, &paging, states_of(call), call_query(call, "office"),
		call_query_flag(call, "folded"), ids, &total, &err);
	int result = count < 0 ? -1 : 0;
	for (int i = 0; i < count && result >= 0; i++) {
		result = report_get(db, ids[i], &report, &err);
		if (result > 0)
			json_array_append_new(items, report_view_json(&report));
	}
	if (result >= 0) {
		call_page(call, items, count, &paging, count > 0 ? ids[count - 1] : 0, total);
		return;
	}
	json_decref(items);
	call_fail_err(call, &err);
}

/* The one of the path. False: there is none, or the database fails, and the call is answered. */
static bool report_find(struct call *call, struct report *ret)
{
	struct err err;
	int found = report_get(call->console->db, call->match.id, ret, &err);

	if (found == 0)
		call_fail_missing(call);
	else if (found < 0)
		call_fail_err(call, &err);
	return found > 0;
}

static void report_answer(struct call *call)
{
	struct report report;
	json_t *json = NULL;
	struct err err;

	if (!report_find(call, &report))
		return;
	if (report_view_json_whole(call->console->db, &report, &json, &err) != 0)
		call_fail_err(call, &err);
	else
		call_json(call, MHD_HTTP_OK, json);
}

void api_report(struct call *call)
{
	report_answer(call);
}

struct exporting {
	struct db *db;
	FILE *out;
	struct err *err;
	bool failed;
};

static bool report_export(void *context, const struct report *report)
{
	struct exporting *exporting = context;

	exporting->failed = report_view_csv(exporting->db, report, exporting->out, exporting->err) != 0;
	return !exporting->failed;
}

void api_reports_csv(struct call *call)
{
	const struct report_filter filter = {.states = states_of(call)};
	char *text = NULL;
	size_t length = 0;
	struct err err;
	struct exporting exporting = {.db = call->console->db, .out = open_memstream(&text, &length), .err = &err};
	int result = exporting.out ? 0 : err_set(&err, EX_OSERR, "out of memory");

	if (result == 0) {
		report_view_csv_head(exporting.out);
		result = report_each(call->console->db, &filter, EXPORT_MAX, report_export, &exporting, &err);
		if (fclose(exporting.out) != 0 && result == 0)
			result = err_set(&err, EX_OSERR, "out of memory");
	}
	if (result != 0 || exporting.failed) {
		free(text);
		call_fail_err(call, &err);
		return;
	}
	call_octets(call, "text/csv; charset=utf-8", "segnalazioni.csv", text, length);
}

/* ---- doing ------------------------------------------------------------------------------------------------------- */

/* Each act ends here: kept, the hub told, and the report as it is now. */
static void act_end(struct call *call, int result, const char *act, struct err *err)
{
	char detail[48];

	(void)snprintf(detail, sizeof detail, "report %lld", (long long)call->match.id);
	if (result == 0)
		result = call_audit(call, act, detail, err);
	if (!call_commit(call, result, err))
		return;
	call_poke(call);
	report_answer(call);
}

static bool act_begin(struct call *call)
{
	struct report report;
	struct err err;

	if (!report_find(call, &report))
		return false;
	if (db_begin(call->console->db, &err) == 0)
		return true;
	call_fail_err(call, &err);
	return false;
}

void api_report_assign(struct call *call)
{
	const struct console *console = call->console;
	struct err err;

	if (!act_begin(call))
		return;
	int result = report_desk_assign(console->db, console->settings, call->match.id, call_text(call, "office"),
		call->who.name, call->now, &err);
	act_end(call, result, "report assign", &err);
}

void api_report_reply(struct call *call)
{
	const struct console *console = call->console;
	struct err err;
	int people = 0;

	if (!act_begin(call))
		return;
	int result = report_desk_reply(console->db, console->settings, console->texts, call->match.id,
		call_text(call, "text"), call->who.name, call->now, &people, &err);
	act_end(call, result, "report reply", &err);
}

void api_report_close(struct call *call)
{
	const struct console *console = call->console;
	const char *text = call_text(call, "text");
	struct err err;
	int people = 0;

	if (!act_begin(call))
		return;
	int result = report_desk_close(console->db, console->settings, console->texts, call->match.id, text ? text : "",
		call->who.name, call->now, &people, &err);
	act_end(call, result, "report close", &err);
}

void api_report_fold(struct call *call)
{
	struct err err;

	if (!act_begin(call))
		return;
	int result = report_desk_fold(
		call->console->db, call->match.id, call_number(call, "into", 0), call->who.name, call->now, &err);
	act_end(call, result, "report fold", &err);
}

/* ---- media ------------------------------------------------------------------------------------------------------- */

struct media_search {
	int64_t id;
	bool found;
	char path[REPORT_PATH_MAX], mime[128];
};

static bool media_look(void *context, const struct report_item *item)
{
	struct media_search *search = context;

	if (item->id != search->id || item->media != MEDIA_KEPT)
		return true;
	search->found = true;
	memcpy(search->path, item->path, sizeof search->path);
	memcpy(search->mime, item->mime, sizeof search->mime);
	return false;
}

/* A plain file in the folder of media; -1: it is none, or not there. */
static int media_open(const struct call *call, const char *name, size_t *ret_length)
{
	char folder[PATH_MAX];
	struct stat st;

	if (!name[0] || strchr(name, '/') || name[0] == '.' ||
		!caretaker_media_folder(call->console->settings->database, folder, sizeof folder))
		return -1;
	int at = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = at >= 0 ? openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
	if (at >= 0)
		close(at);
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0)) {
		close(fd);
		return -1;
	}
	if (fd >= 0)
		*ret_length = (size_t)st.st_size;
	return fd;
}

void api_media(struct call *call)
{
	struct media_search search = {.id = call->match.item};
	struct err err;

	if (report_item_each(call->console->db, call->match.id, media_look, &search, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	int fd = search.found ? media_open(call, search.path, &call->answer.length) : -1;
	if (fd < 0) {
		call_fail_missing(call);
		return;
	}
	const struct media_type *type = media_type_of(search.mime);
	call->answer.status = MHD_HTTP_OK;
	call->answer.type = type->type;
	call->answer.fd = fd;
	(void)snprintf(call->answer.file, sizeof call->answer.file, "segnalazione-%lld-%lld.%s",
		(long long)call->match.id, (long long)call->match.item, type->ending);
}
