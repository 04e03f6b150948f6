/* Orders: composed, looked at, kept. */
#include "db/audit.h"
#include "firmware-host/console/api.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/hub.h"
#include "firmware-host/order_ask.h"
#include "firmware-host/order_keep.h"
#include "firmware-host/outlook.h"
#include "firmware-host/preview.h"
#include "firmware-host/subscriber_desk.h"
#include "modem/phone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TEST_LIFE_MS = 60 * 60 * 1000 };

/* An order on its way; its strings are the call's body's. */
struct asked {
	struct order_ask ask;
	struct officer_try attempt; /* the second officer's PIN */
	char who[OPERATOR_NAME_MAX + OFFICER_NAME_MAX + 4];
};

/* ---- composing --------------------------------------------------------------------------------------------------- */

static struct order order_of(const struct call *call, enum message_kind kind)
{
	const json_t *zones = json_object_get(call->body, "zones");
	const char *colour = call_text(call, "colour");
	struct order order = {
		.kind = kind,
		.colour = colour ? order_colour(colour) : COLOUR_NONE,
		.colourless = colour && strcmp(colour, "none") == 0,
		.exercise = call_flag(call, "exercise"),
		.hazard = call_text(call, "hazard"),
		.phase = call_text(call, "phase"),
		.topic = call_text(call, "topic"),
		.at = call_text(call, "at"),
		.until = call_text(call, "until"),
		.text = call_text(call, "text") ? call_text(call, "text") : "",
		.keep_characters = call_flag(call, "keep_characters"),
		.door = "console",
	};

	for (size_t i = 0; i < json_array_size(zones) && i < SETTINGS_ZONES_MAX; i++)
		order.zones[order.zone_count++] = json_string_value(json_array_get(zones, i));
	return order;
}

static struct order_fields fields_of(const struct call *call)
{
	const json_t *sets = json_object_get(call->body, "set");
	struct order_fields fields = {.template = call_text(call, "template"), .brief = call_flag(call, "brief")};

	for (size_t i = 0; i < json_array_size(sets) && i < ORDER_FIELDS_SETS_MAX; i++)
		fields.sets[fields.set_count++] = json_string_value(json_array_get(sets, i));
	return fields;
}

static struct asked *asked_new(struct call *call, enum message_kind kind)
{
	struct asked *asked = calloc(1, sizeof *asked);
	int64_t update = call_number(call, "update", 0);

	free(call->kept);
	call->kept = asked;
	if (!asked) {
		call_fail(call, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "out of memory");
		return NULL;
	}
	asked->ask = (struct order_ask){.order = order_of(call, kind),
		.fields = fields_of(call),
		.sheet = call_text(call, "code"),
		.update = update != 0,
		.number = update};
	(void)snprintf(asked->who, sizeof asked->who, "%s", call->who.name);
	return asked;
}

/* False: refused, and answered. */
static bool asked_compose(struct call *call, struct asked *asked)
{
	const struct console *console = call->console;
	struct err err;

	if (order_ask_compose(&asked->ask, console->settings, console->texts, console->db, call->now, &err) == 0)
		return true;
	call_fail_err(call, &err);
	return false;
}

static enum message_kind kind_of(const char *word)
{
	return !word || strcmp(word, "alert") == 0 ? MESSAGE_ALERT
	       : strcmp(word, "clear") == 0	   ? MESSAGE_CLEAR
						   : MESSAGE_NEWS;
}

/* The order of a preview or a test: of any kind. */
static struct asked *asked_any(struct call *call)
{
	struct asked *asked = asked_new(call, kind_of(call_text(call, "kind")));

	if (asked && asked->ask.order.kind == MESSAGE_CLEAR)
		asked->ask.number = call_number(call, "about", 0);
	return asked;
}

/* What there is to choose from: the sheet's templates with their fields, and its hazards. */
void api_order_templates(struct call *call)
{
	const struct settings *settings = call->console->settings;
	struct sheet *sheet = NULL;
	struct err err;

	if (sheet_read(settings->keypad.sheet, settings->keypad.sheet_given, settings, &sheet, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	call_json(call, MHD_HTTP_OK, order_fields_json(sheet, settings, kind_of(call_query(call, "kind"))));
	sheet_free(sheet);
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

void api_preview(struct call *call)
{
	const struct console *console = call->console;
	struct asked *asked = asked_any(call);
	struct outlook outlook;
	struct err err;

	if (!asked || !asked_compose(call, asked))
		return;
	const struct draft *draft = &asked->ask.draft;
	const struct preview preview = {console->settings, console->texts, &draft->message, &draft->measure, &outlook,
		draft->brief_segments, draft->brief_text};
	if (outlook_of_order(console->settings, console->db, &draft->message, call->now, &outlook, &err) != 0)
		call_fail_err(call, &err);
	else
		call_json(call, MHD_HTTP_OK, preview_json(&preview));
}

/* ---- keeping ----------------------------------------------------------------------------------------------------- */

static struct order_kept *order_known(struct call *call, const char *key)
{
	struct console *console = call->console;

	for (unsigned i = 0; key && *key && i < ORDERS_KEPT_MAX; i++)
		if (console->orders[i].operator_id == call->who.id && strcmp(console->orders[i].key, key) == 0)
			return &console->orders[i];
	return NULL;
}

static void order_answer(struct call *call, unsigned status, int64_t id, int32_t recipients)
{
	call_json(call, status, json_pack("{s:I, s:i}", "id", (json_int_t)id, "recipients", (int)recipients));
}

/* The same order told again, because an answer was lost or a button pressed twice, is not kept again. */
static bool order_was_kept(struct call *call)
{
	const struct order_kept *known = order_known(call, call_text(call, "key"));

	if (known)
		order_answer(call, MHD_HTTP_OK, known->message_id, known->recipients);
	return known != NULL;
}

static void asked_keep(struct call *call, struct asked *asked)
{
	struct console *console = call->console;
	struct message *message = &asked->ask.draft.message;
	const struct order_giver giver = {.who = asked->who, .said = message->text, .withdraw = true};
	const char *key = call_text(call, "key");
	struct err err;

	if (order_was_kept(call))
		return;
	if (order_keep(console->db, console->settings, message, &giver, call->now, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	call_poke(call);
	if (key && *key) {
		struct order_kept *kept = &console->orders[console->order_count++ % ORDERS_KEPT_MAX];
		*kept = (struct order_kept){
			.operator_id = call->who.id, .message_id = message->id, .recipients = message->recipients};
		(void)snprintf(kept->key, sizeof kept->key, "%s", key);
	}
	order_answer(call, MHD_HTTP_CREATED, message->id, message->recipients);
}

static bool key_check(struct call *call)
{
	const char *key = call_text(call, "key");

	if (!key || strlen(key) < sizeof((struct order_kept *)NULL)->key)
		return true;
	call_fail(call, HTTP_UNFIT, "invalid", "key has more than 63 octets");
	return false;
}

void api_news(struct call *call)
{
	struct asked *asked = asked_new(call, MESSAGE_NEWS);

	if (asked && key_check(call) && !order_was_kept(call) && asked_compose(call, asked))
		asked_keep(call, asked);
}

void api_clear(struct call *call)
{
	struct asked *asked = asked_new(call, MESSAGE_CLEAR);

	if (!asked || !key_check(call) || order_was_kept(call))
		return;
	asked->ask.number = call->match.id;
	if (asked_compose(call, asked))
		asked_keep(call, asked);
}

/* ---- alerts, and the second officer ------------------------------------------------------------------------------ */

static int second_close(struct call *call, struct asked *asked, int64_t matched, struct officer *ret, struct err *err)
{
	struct db *db = call->console->db;

	*ret = (struct officer){0};
	if (officer_try_close(db, &asked->attempt, matched, call->now, hub_clock_source(), err) != 0)
		return -1;
	return matched != 0 && officer_get(db, matched, ret, err) < 0 ? -1 : 0;
}

static void second_judged(struct call *call, const struct hasher_answer *answer)
{
	struct asked *asked = call->kept;
	struct officer second;
	struct err err;

	if (db_begin(call->console->db, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	if (!call_commit(call, second_close(call, asked, answer->officer, &second, &err), &err))
		return;
	if (second.id == 0 || !second.may_confirm || strcasecmp(second.name, call->who.name) == 0) {
		call_fail(call, MHD_HTTP_FORBIDDEN, "second-wrong",
			"a second officer, who may confirm, must give their own PIN");
		return;
	}
	(void)snprintf(asked->who, sizeof asked->who, "%s + %s", call->who.name, second.name);
	asked_keep(call, asked);
}

static void second_ask(struct call *call, struct asked *asked)
{
	struct db *db = call->console->db;
	struct hasher_job job = {.task = HASHER_PIN};
	struct err err;

	if (db_begin(db, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	int open = officer_try_open(db, 0, "console", call->now, &asked->attempt, &err);
	if (!call_commit(call, open < 0 ? -1 : 0, &err))
		return;
	if (open == 0) {
		call->answer.retry_after_s = (int)((asked->attempt.open_at - call->now) / 1000) + 1;
		call_fail(call, MHD_HTTP_TOO_MANY_REQUESTS, "wait",
			"too many wrong PINs; the next is looked at in %d s", call->answer.retry_after_s);
		return;
	}
	job.pins = asked->attempt;
	(void)snprintf(job.password, sizeof job.password, "%s", call_text(call, "second_pin"));
	call_hash(call, &job, second_judged);
}

void api_alert(struct call *call)
{
	const struct settings *settings = call->console->settings;
	struct asked *asked = asked_new(call, MESSAGE_ALERT);

	if (!asked || !key_check(call) || order_was_kept(call) || !asked_compose(call, asked))
		return;
	const struct message *message = &asked->ask.draft.message;
	if (message->colour != COLOUR_RED || message->exercise || !settings->alert.two_officers)
		asked_keep(call, asked);
	else if (!call_text(call, "second_pin"))
		call_fail(call, MHD_HTTP_FORBIDDEN, "second", "a red alert needs a second officer's PIN: second_pin");
	else
		second_ask(call, asked);
}

/* ---- a test to one telephone, and withdrawing -------------------------------------------------------------------- */

static int test_keep(struct call *call, const struct asked *asked, const char *phone, int64_t *ret_id, struct err *err)
{
	const struct message_reply reply = {
		.address = phone,
		.text = asked->ask.draft.message.text,
		.segments = asked->ask.draft.measure.segments,
		.expires_at = call->now + TEST_LIFE_MS,
	};
	char masked[PHONE_MAX + 8];

	phone_mask(phone, masked);
	if (message_create_reply(call->console->db, &reply, call->now, ret_id, err) != 0)
		return -1;
	return call_audit(call, "test", masked, err);
}

/* An alert's goes as an exercise, which says so at both ends: it may be shown to others. */
void api_test(struct call *call)
{
	struct asked *asked = asked_any(call);
	char phone[PHONE_MAX];
	int64_t id;
	struct err err;

	if (!asked)
		return;
	asked->ask.order.exercise = asked->ask.order.kind == MESSAGE_ALERT;
	if (!asked_compose(call, asked))
		return;
	if (subscriber_desk_phone(call->console->settings, call_text(call, "phone"), phone, &err) != 0 ||
		db_begin(call->console->db, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	if (!call_commit(call, test_keep(call, asked, phone, &id, &err), &err))
		return;
	call_poke(call);
	call_json(call, MHD_HTTP_CREATED,
		json_pack("{s:I, s:s}", "id", (json_int_t)id, "text", asked->ask.draft.message.text));
}

void api_cancel(struct call *call)
{
	struct db *db = call->console->db;
	struct message *message = malloc(sizeof *message);
	int withdrawn = 0;
	struct err err;

	free(call->kept);
	call->kept = message;
	int found = message ? message_get(db, call->match.id, message, &err) : err_set(&err, EX_OSERR, "out of memory");
	if (found == 0) {
		call_fail_missing(call);
		return;
	}
	if (found > 0 && message->kind != MESSAGE_NEWS && call->who.role != ROLE_OFFICER) {
		call_fail(call, MHD_HTTP_FORBIDDEN, "role", "an officer alone may withdraw an alert or an all-clear");
		return;
	}
	if (found > 0 && message->stage != STAGE_OPEN) {
		call_fail(call, MHD_HTTP_CONFLICT, "refused", "message %lld is closed already", (long long)message->id);
		return;
	}
	if (found < 0 || order_cancel(db, message->id, "console", call->who.name, call->now, &withdrawn, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	call_poke(call);
	call_json(call, MHD_HTTP_OK, json_pack("{s:I, s:i}", "id", (json_int_t)message->id, "withdrawn", withdrawn));
}
