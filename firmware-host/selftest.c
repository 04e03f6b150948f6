#include "firmware-host/selftest.h"

#include "config/clock.h"
#include "db/memo.h"
#include "firmware-host/control.h"
#include "firmware-host/hub.h"
#include "firmware-host/json.h"
#include "firmware-host/selftest_private.h"
#include "firmware-host/when.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STATUS_MS = 5000, WORD_MAX = 64, TOLD_MS = 48 * 3600 * 1000, SECOND_MS = 1000 };

/* ---- the battery ------------------------------------------------------------------------------------------------- */

/* The first word of a small file; "": there is none. */
static void word_read(const char *folder, const char *supply, const char *file, char out[WORD_MAX])
{
	char path[512];

	out[0] = '\0';
	if (snprintf(path, sizeof path, "%s/%s/%s", folder, supply, file) >= (int)sizeof path)
		return;
	FILE *in = fopen(path, "re");
	if (!in)
		return;
	if (fgets(out, WORD_MAX, in))
		out[strcspn(out, " \n")] = '\0';
	else
		out[0] = '\0';
	fclose(in);
}

static void supply_read(const char *folder, const char *supply, struct selftest_battery *ret)
{
	char type[WORD_MAX], scope[WORD_MAX], capacity[WORD_MAX], status[WORD_MAX];

	word_read(folder, supply, "type", type);
	word_read(folder, supply, "scope", scope);
	if ((strcmp(type, "Battery") != 0 && strcmp(type, "UPS") != 0) || strcmp(scope, "Device") == 0)
		return;
	word_read(folder, supply, "capacity", capacity);
	word_read(folder, supply, "status", status);
	int percent = capacity[0] >= '0' && capacity[0] <= '9' ? (int)strtol(capacity, NULL, 10) : -1;
	ret->discharging = ret->discharging || strcmp(status, "Discharging") == 0;
	if (!ret->present || (percent >= 0 && (ret->percent < 0 || percent < ret->percent)))
		ret->percent = percent;
	ret->present = true;
}

void selftest_battery_read(const char *folder, struct selftest_battery *ret)
{
	DIR *list = opendir(folder);

	*ret = (struct selftest_battery){.percent = -1};
	if (!list)
		return;
	for (const struct dirent *entry; (entry = readdir(list)) != NULL;) {
		if (entry->d_name[0] != '.')
			supply_read(folder, entry->d_name, ret);
	}
	closedir(list);
}

/* ---- what is remembered ------------------------------------------------------------------------------------------ */

int selftest_memo(struct db *db, const char *name, const char *text, struct err *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	if (memo_put(db, name, text, err) == 0 && db_commit(db, err) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

json_t *selftest_last(struct db *db)
{
	struct err ignored;
	char *text = NULL;

	if (memo_get(db, SELFTEST_MEMO, &text, &ignored) <= 0)
		return NULL;
	json_t *json = json_loads(text, 0, NULL);
	free(text);
	return json;
}

/* 0: there was none. */
static int64_t last_at(const json_t *last)
{
	int64_t at = 0;

	return last && when_read(json_text_of(last, "at"), 0, &at) == NULL ? at : 0;
}

void selftest_sentence_add(struct db *db, const struct texts *texts, int64_t now, char *out, size_t size)
{
	json_t *last = selftest_last(db);
	char when[WHEN_TEXT_MAX], sentence[TEXTS_TEXT_MAX];
	int64_t at = last_at(last);
	size_t used = strlen(out);

	if (at > now - TOLD_MS && at <= now) {
		const struct text_value values[] = {
			{"when", when_spoken(texts, at, now, when)}, {"why", json_text_of(last, "why")}};
		bool ok = json_is_true(json_object_get(last, "ok"));
		(void)texts_fill(
			texts, ok ? TEXT_SELFTEST_GOOD : TEXT_SELFTEST_BAD, values, 2, sentence, sizeof sentence);
		(void)snprintf(out + used, size - used, " %s", sentence);
	}
	json_decref(last);
}

bool selftest_is_due(struct db *db, const struct settings *settings, int64_t now)
{
	time_t seconds = (time_t)(now / SECOND_MS);
	char today[12], day[12];
	struct tm local = {0};

	localtime_r(&seconds, &local);
	if (settings->selftest.hour < 0 || settings->staff_count == 0 || local.tm_hour < settings->selftest.hour)
		return false;
	json_t *last = selftest_last(db);
	int64_t at = last_at(last);
	json_decref(last);
	return at == 0 || strcmp(hub_day(at, day), hub_day(now, today)) != 0;
}

/* ---- the test ---------------------------------------------------------------------------------------------------- */

void selftest_why_add(
	const struct texts *texts, enum text_id id, const char *name, const char *value, char *why, size_t size)
{
	const struct text_value values[] = {{name, value}};
	char piece[TEXTS_TEXT_MAX];
	size_t used = strlen(why);

	(void)texts_fill(texts, id, values, 1, piece, sizeof piece);
	if (strstr(why, piece) == NULL) /* of two modems alike once is enough */
		(void)snprintf(why + used, size - used, "%s%s", used ? ", " : "", piece);
}

static json_t *whatsapp_test(
	const struct settings *settings, const struct texts *texts, const json_t *status, char *why, size_t size)
{
	const char *state = json_text_of(json_object_get(status, "whatsapp"), "state");
	bool ok = !settings->whatsapp.enabled || strcmp(state, "up") == 0;

	if (!ok)
		selftest_why_add(texts, TEXT_SELFTEST_WHY_WHATSAPP, "", "", why, size);
	return json_pack("{s:b, s:s}", "ok", ok, "state", state);
}

static json_t *disk_test(const struct texts *texts, const json_t *status, char *why, size_t size)
{
	json_int_t free_mib = json_integer_value(json_object_get(status, "disk_free_mib"));
	bool ok = free_mib < 0 || free_mib >= SELFTEST_DISK_MIB;

	if (!ok)
		selftest_why_add(texts, TEXT_SELFTEST_WHY_DISK, "", "", why, size);
	return json_pack("{s:b, s:I}", "ok", ok, "free_mib", free_mib);
}

static json_t *clock_test(const struct texts *texts, const json_t *status, char *why, size_t size)
{
	const json_t *clock = json_object_get(status, "clock");
	bool ok = json_is_true(json_object_get(clock, "trusted"));

	if (!ok)
		selftest_why_add(texts, TEXT_SELFTEST_WHY_CLOCK, "", "", why, size);
	return json_pack("{s:b, s:s}", "ok", ok, "source", json_text_of(clock, "source"));
}

static json_t *battery_test(const struct texts *texts, const char *power, char *why, size_t size)
{
	struct selftest_battery battery;
	char percent[16];

	selftest_battery_read(power, &battery);
	if (!battery.present)
		return json_null();
	bool ok = !battery.discharging || battery.percent < 0 || battery.percent >= SELFTEST_BATTERY_PERCENT;
	(void)snprintf(percent, sizeof percent, "%d", battery.percent);
	if (!ok)
		selftest_why_add(texts, TEXT_SELFTEST_WHY_BATTERY, "percent", percent, why, size);
	return json_pack("{s:b, s:o, s:b}", "ok", ok, "percent",
		battery.percent < 0 ? json_null() : json_integer(battery.percent), "discharging", battery.discharging);
}

static json_t *database_test(const struct texts *texts, struct db *db, char *why, size_t size)
{
	struct err err = {0};
	bool ok = db_check(db, &err) == 0;

	if (!ok)
		selftest_why_add(texts, TEXT_SELFTEST_WHY_DATABASE, "", "", why, size);
	return json_pack("{s:b, s:o}", "ok", ok, "error", ok ? json_null() : json_text(err.text));
}

static int result_keep(struct db *db, const json_t *result, struct err *err)
{
	char *text = json_dumps(result, JSON_COMPACT);
	int kept = text ? selftest_memo(db, SELFTEST_MEMO, text, err) : err_set(err, EX_OSERR, "out of memory");

	free(text);
	return kept;
}

int selftest_run(struct db *db, const struct settings *settings, const struct texts *texts, const char *power,
	int wait_s, json_t **ret, struct err *err)
{
	char why[TEXTS_TEXT_MAX] = "", at[WHEN_TEXT_MAX], *text = NULL;
	json_t *loopback = NULL;

	*ret = NULL;
	if (control_ask_text(settings->database, "status", STATUS_MS, &text, err) != 0)
		return -1;
	json_t *status = text ? json_loads(text, 0, NULL) : NULL;
	free(text);
	if (selftest_loop(db, settings, texts, status, wait_s, &loopback, why, sizeof why, err) != 0) {
		json_decref(status);
		return -1;
	}
	json_t *result = json_pack("{s:s, s:o}", "at", when_rfc3339(clock_wall_ms(), at), "loopback", loopback);
	json_object_set_new(result, "whatsapp", whatsapp_test(settings, texts, status, why, sizeof why));
	json_object_set_new(result, "disk", disk_test(texts, status, why, sizeof why));
	json_object_set_new(result, "clock", clock_test(texts, status, why, sizeof why));
	json_object_set_new(result, "battery", battery_test(texts, power, why, sizeof why));
	json_object_set_new(result, "database", database_test(texts, db, why, sizeof why));
	json_object_set_new(result, "ok", json_boolean(why[0] == '\0'));
	json_object_set_new(result, "why", json_text(why));
	json_decref(status);
	*ret = result;
	if (result_keep(db, result, err) == 0)
		return 0;
	json_decref(result);
	*ret = NULL;
	return -1;
}
