#include "firmware-host/health.h"

#include "config/clock.h"
#include "db/limit.h"
#include "db/subscriber.h"
#include "firmware-host/json.h"
#include "firmware-host/selftest.h"
#include "firmware-host/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

enum { DISK_MIN_MIB = 16, SECOND_MS = 1000 };

int64_t health_disk_free_mib(const char *database)
{
	char folder[SETTINGS_STRING_MAX];
	struct statvfs fs;

	snprintf(folder, sizeof folder, "%s", database);
	char *slash = strrchr(folder, '/');
	if (slash && slash != folder)
		*slash = '\0';
	else
		snprintf(folder, sizeof folder, slash ? "/" : ".");
	if (statvfs(folder, &fs) != 0)
		return -1;
	return (int64_t)((uint64_t)fs.f_bavail * fs.f_frsize / (1024 * 1024));
}

/* ---- the one sentence -------------------------------------------------------------------------------------------- */

static enum text_id why_of_state(enum bearer_state state)
{
	switch (state) {
	case BEARER_STARTING: return TEXT_WHY_STARTING;
	case BEARER_SEARCHING: return TEXT_WHY_SEARCHING;
	case BEARER_SIM: return TEXT_WHY_SIM;
	case BEARER_PIN: return TEXT_WHY_PIN;
	case BEARER_HUNG: return TEXT_WHY_HUNG;
	case BEARER_GONE: return TEXT_WHY_GONE;
	case BEARER_REFUSED: return TEXT_WHY_REFUSED;
	case BEARER_READY: return TEXT_WHY_BUDGET; /* ready and yet not able */
	}
	return TEXT_WHY_NO_MODEM;
}

static void sentence_cannot(const struct texts *texts, enum text_id why, const char *modem, char *out, size_t size)
{
	char reason[TEXTS_TEXT_MAX];
	const struct text_value of_reason[] = {{"modem", modem}};

	texts_fill(texts, why, of_reason, 1, reason, sizeof reason);
	const struct text_value values[] = {{"why", reason}};
	texts_fill(texts, TEXT_CANNOT_ALERT, values, 1, out, size);
}

static bool health_sentence(const struct hub *hub, char *out, size_t size)
{
	int able = 0, modems = 0;
	const struct hub_bearer *first = NULL;
	char ready[16], total[16];

	if (hub->trouble[0]) {
		sentence_cannot(hub->texts, TEXT_WHY_DISK, "", out, size);
		return false;
	}
	for (int i = 0; i < hub->bearer_count; i++) {
		const struct hub_bearer *bearer = &hub->bearers[i];
		if (bearer->channel != OUTBOX_SMS)
			continue;
		if (!first)
			first = bearer;
		modems++;
		able += bearer->status.state == BEARER_READY && !bearer->silent && hub_budget_left(bearer, true) > 0 &&
			bearer->work.paused_mono <= clock_mono_ms();
	}
	if (able == 0) {
		enum text_id why = TEXT_WHY_NO_MODEM;
		const char *name = "";
		if (first) {
			why = first->silent				  ? TEXT_WHY_HUNG
			      : first->work.paused_mono > clock_mono_ms() ? TEXT_WHY_BARRED
									  : why_of_state(first->status.state);
			name = first->name;
		}
		sentence_cannot(hub->texts, why, name, out, size);
		return false;
	}
	snprintf(ready, sizeof ready, "%d", able);
	snprintf(total, sizeof total, "%d", modems);
	const struct text_value values[] = {{"ready", ready}, {"total", total}};
	texts_fill(hub->texts, TEXT_CAN_ALERT, values, 2, out, size);
	return true;
}

bool health_can_alert(const struct hub *hub, char *out, size_t size)
{
	bool can = health_sentence(hub, out, size);
	int64_t free = health_disk_free_mib(hub->settings->database);

	if (can && (free < 0 || free >= DISK_MIN_MIB))
		selftest_sentence_add(hub->db, hub->texts, clock_wall_ms(), out, size);
	if (!can || free < 0 || free >= DISK_MIN_MIB)
		return can;
	sentence_cannot(hub->texts, TEXT_WHY_DISK, "", out, size);
	return false;
}

/* ---- the parts of the answer ------------------------------------------------------------------------------------- */

static json_t *clock_json(void)
{
	const char *source = hub_clock_source();
	bool trusted = strcmp(source, "none") != 0 && clock_wall_ms() / SECOND_MS > HUB_CLOCK_SET_S;

	return json_pack("{s:s, s:b}", "source", source, "trusted", trusted);
}

static json_t *modem_json(const struct hub_bearer *bearer)
{
	const struct bearer_status *status = &bearer->status;
	int64_t left = hub_budget_left(bearer, true);
	enum bearer_state state = bearer->silent ? BEARER_HUNG : status->state;
	json_t *json = json_object();

	json_object_set_new(json, "name", json_text(bearer->name));
	json_object_set_new(json, "port", json_text(status->port[0] ? status->port : bearer->modem.port));
	json_object_set_new(json, "state", json_string(bearer_state_to_string(state)));
	json_object_set_new(
		json, "why", json_text(bearer->silent ? "holds a message and does not answer" : status->why));
	json_object_set_new(json, "operator", json_text(status->network));
	json_object_set_new(json, "technology", json_text(status->technology));
	json_object_set_new(json, "signal_dbm", status->signal_dbm ? json_integer(status->signal_dbm) : json_null());
	json_object_set_new(json, "manufacturer", json_text(status->manufacturer));
	json_object_set_new(json, "model", json_text(status->model));
	json_object_set_new(json, "imei", json_text(status->imei));
	json_object_set_new(json, "sim", json_text(status->sim));
	json_object_set_new(json, "receipts", json_boolean(status->receipts));
	json_object_set_new(json, "paused", json_boolean(bearer->work.paused_mono > clock_mono_ms()));
	json_object_set_new(json, "sending", json_boolean(bearer->work.in_hand > 0));
	json_object_set_new(json, "sent_today", json_integer(bearer->work.usage.day));
	json_object_set_new(json, "budget_left", left == INT64_MAX ? json_null() : json_integer(left));
	return json;
}

/* People the platform still lets us write to for the first time in these 24 hours; null: no limit. */
static json_t *left_today_json(const struct settings *settings, struct db *db)
{
	int64_t used = 0, next = 0, most = settings->whatsapp.recipients_per_day;
	struct err err;

	if (!settings->whatsapp.enabled || most == 0 || !db || limit_used(db, clock_wall_ms(), &used, &next, &err) != 0)
		return json_null();
	return json_integer(most > used ? most - used : 0);
}

static json_t *whatsapp_json(const struct settings *settings, struct db *db, const char *state, const char *why)
{
	return json_pack(
		"{s:s, s:o, s:o}", "state", state, "why", json_text(why), "left_today", left_today_json(settings, db));
}

/* "up" and "down" are the link's, "refused" the account's. */
static json_t *whatsapp_live_json(struct hub *hub)
{
	const struct hub_bearer *bearer = hub_whatsapp_bearer(hub);

	if (!bearer)
		return whatsapp_json(hub->settings, hub->db, "off", "not enabled");
	bool paused = bearer->work.paused_mono > clock_mono_ms() && bearer->paused_why[0];
	const char *state = bearer->status.state == BEARER_REFUSED || paused ? "refused"
			    : bearer->status.state == BEARER_READY	     ? "up"
									     : "down";
	json_t *json = whatsapp_json(hub->settings, hub->db, state, paused ? bearer->paused_why : bearer->status.why);
	json_object_set_new(json, "webhook", json_text(hub->whatsapp.fd >= 0 ? "listening" : hub->whatsapp.why));
	json_object_set_new(json, "sending", json_integer(bearer->work.in_hand));
	return json;
}

static json_t *queue_json(struct db *db)
{
	struct outbox_queue queue = {0};
	struct err err;

	if (!db || outbox_queue(db, &queue, &err) != 0)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "alerts", (json_int_t)queue.alerts, "news", (json_int_t)queue.news,
		"replies", (json_int_t)queue.replies);
}

static json_t *subscribers_json(const struct settings *settings, struct db *db)
{
	struct subscriber_counts counts = {0};
	struct err err;

	if (!db || subscriber_count(db, settings->whatsapp.enabled, &counts, &err) != 0)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "active", (json_int_t)counts.active, "whatsapp",
		(json_int_t)counts.whatsapp, "sms", (json_int_t)counts.sms);
}

static char *health_dump(
	const struct settings *settings, struct db *db, bool can, const char *why, json_t *modems, json_t *whatsapp)
{
	json_t *json = json_object();

	json_object_set_new(json, "can_alert", json_boolean(can));
	json_object_set_new(json, "why", json_text(why));
	json_object_set_new(json, "version", json_text(banditore_version));
	json_object_set_new(json, "clock", clock_json());
	json_object_set_new(json, "modems", modems);
	json_object_set_new(json, "whatsapp", whatsapp);
	json_object_set_new(json, "queue", queue_json(db));
	json_object_set_new(json, "disk_free_mib", json_integer(health_disk_free_mib(settings->database)));
	json_object_set_new(json, "subscribers", subscribers_json(settings, db));
	json_t *selftest = db ? selftest_last(db) : NULL;
	json_object_set_new(json, "selftest", selftest ? selftest : json_null());
	char *text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

char *health_json(struct hub *hub)
{
	char why[TEXTS_TEXT_MAX];
	json_t *modems = json_array();

	for (int i = 0; i < hub->bearer_count; i++) {
		if (hub->bearers[i].channel == OUTBOX_SMS)
			json_array_append_new(modems, modem_json(&hub->bearers[i]));
	}
	bool can = health_can_alert(hub, why, sizeof why);
	return health_dump(hub->settings, hub->db, can, why, modems, whatsapp_live_json(hub));
}

static bool modem_remembered(void *context, const struct modem_memory *memory)
{
	json_t *modems = context;

	json_array_append_new(
		modems, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:s, s:s, s:n, s:n}", "name", memory->name,
				"port", memory->port, "state", "gone", "why", "the appliance is not running",
				"operator", memory->network, "technology", "", "model", memory->model, "signal_dbm",
				"imei", memory->imei, "sim", memory->sim, "sent_today", "budget_left"));
	return true;
}

char *health_json_stopped(const struct settings *settings, const struct texts *texts, struct db *db)
{
	char why[TEXTS_TEXT_MAX];
	json_t *modems = json_array();
	struct err err;

	if (db)
		modem_each(db, modem_remembered, modems, &err);
	sentence_cannot(texts, TEXT_WHY_NOT_RUNNING, "", why, sizeof why);
	json_t *whatsapp = settings->whatsapp.enabled
				   ? whatsapp_json(settings, db, "down", "the appliance is not running")
				   : whatsapp_json(settings, db, "off", "not enabled");
	return health_dump(settings, db, false, why, modems, whatsapp);
}
