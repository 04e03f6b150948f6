/* The self-test's SMS: from each modem that is ready, to a number of the box. */
#include "config/clock.h"
#include "db/memo.h"
#include "db/outbox.h"
#include "db/sim.h"
#include "firmware-host/control.h"
#include "firmware-host/json.h"
#include "firmware-host/selftest_private.h"
#include "modem/phone.h"
#include "modem/segment.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOOPS_MAX = SETTINGS_MODEMS_MAX,
	LOOK_MS = 200,
	COMMAND_MS = 10000,
	SECOND_MS = 1000,
	MEMO_MAX = 1024,
	MODEM_NAME_MAX = 32
};

struct loop {
	char modem[MODEM_NAME_MAX], sim[24]; /* that is ready */
	char own[PHONE_MAX];		     /* its number; "" */
	char to[PHONE_MAX], code[SELFTEST_CODE_MAX];
	int64_t message;
	char by[MODEM_NAME_MAX]; /* the modem that carried it, which need not be the one it is listed under */
	bool begun, taken;
	int64_t heard_ms; /* after it was kept; -1: not yet */
};

struct looping {
	struct db *db;
	const struct settings *settings;
	const struct texts *texts;
	struct loop loops[LOOPS_MAX];
	int count;
	int64_t kept_mono;
};

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static void number_memo(const char *sim, char out[64])
{
	(void)snprintf(out, 64, "modem.number.%s", sim);
}

/* "+CNUM: "name","+39333…",145": the number in the second string. */
static bool cnum_read(const char *line, const char *country, char out[PHONE_MAX])
{
	const char *at = strstr(line, "+CNUM:");
	char number[32];

	at = at ? strchr(at, ',') : NULL;
	at = at ? strchr(at, '"') : NULL;
	if (!at)
		return false;
	size_t length = strcspn(at + 1, "\"");
	(void)snprintf(number, sizeof number, "%.*s", (int)(length < sizeof number ? length : 0), at + 1);
	return number[0] != '\0' && phone_read(number, country, out) == NULL;
}

struct answer {
	const char *country;
	char number[PHONE_MAX];
};

static void answer_take(void *context, const char *line)
{
	struct answer *answer = context;

	if (!answer->number[0] && !cnum_read(line, answer->country, answer->number))
		answer->number[0] = '\0';
}

/* As configured, as remembered, or as the SIM itself says; "": nobody knows. */
static void number_find(struct looping *looping, struct loop *loop)
{
	const struct settings *settings = looping->settings;
	struct answer answer = {.country = settings->comune.country};
	char memo[64], request[64], *known = NULL;
	struct err ignored;

	for (int i = 0; i < settings->modem_count; i++) {
		if (strcmp(settings->modems[i].name, loop->modem) == 0)
			(void)snprintf(loop->own, sizeof loop->own, "%.16s", settings->modems[i].number);
	}
	number_memo(loop->sim, memo);
	if (!loop->own[0] && loop->sim[0] && memo_get(looping->db, memo, &known, &ignored) > 0)
		(void)snprintf(loop->own, sizeof loop->own, "%.16s", known);
	free(known);
	if (loop->own[0])
		return;
	(void)snprintf(request, sizeof request, "at %s\nAT+CNUM", loop->modem);
	if (control_ask(settings->database, request, COMMAND_MS, answer_take, &answer, &ignored) == 0)
		memcpy(loop->own, answer.number, sizeof loop->own);
}

static void loops_fill(struct looping *looping, const json_t *status)
{
	const json_t *modems = json_object_get(status, "modems");

	for (size_t i = 0; i < json_array_size(modems) && looping->count < LOOPS_MAX; i++) {
		const json_t *modem = json_array_get(modems, i);
		if (strcmp(json_text_of(modem, "state"), "ready") != 0)
			continue;
		struct loop *loop = &looping->loops[looping->count++];
		*loop = (struct loop){.heard_ms = -1};
		(void)snprintf(loop->modem, sizeof loop->modem, "%s", json_text_of(modem, "name"));
		(void)snprintf(loop->sim, sizeof loop->sim, "%s", json_text_of(modem, "sim"));
		number_find(looping, loop);
	}
}

/* Each to the next modem's number where it is known, else round and round those that are. False: none is. */
static bool targets_fill(struct looping *looping)
{
	for (int i = 0; i < looping->count; i++) {
		struct loop *loop = &looping->loops[i];
		for (int n = 1; n <= looping->count && !loop->to[0]; n++) {
			const struct loop *other = &looping->loops[(i + n) % looping->count];
			memcpy(loop->to, other->own, sizeof loop->to);
		}
		if (!loop->to[0])
			return false;
	}
	return true;
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static void code_draw(char out[SELFTEST_CODE_MAX])
{
	static const char signs[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"; /* none that looks like another */

	for (int i = 0; i < SELFTEST_CODE_MAX - 1; i++)
		out[i] = signs[randombytes_uniform(sizeof signs - 1)];
	out[SELFTEST_CODE_MAX - 1] = '\0';
}

static int loop_queue(struct looping *looping, struct loop *loop, int64_t expires_at, int64_t now, struct err *err)
{
	char text[TEXTS_TEXT_MAX];
	const struct text_value values[] = {{"code", loop->code}, {"service", looping->settings->comune.service}};

	(void)texts_fill(looping->texts, TEXT_SELFTEST_SMS, values, 2, text, sizeof text);
	struct message_reply reply = {
		.address = loop->to, .text = text, .segments = segment_count(text, NULL), .expires_at = expires_at};
	return message_create_reply(looping->db, &reply, now, &loop->message, err);
}

/* All at once, so that each modem takes one. */
static int loops_send(struct looping *looping, int wait_s, struct err *err)
{
	int64_t now = clock_wall_ms();
	char codes[MEMO_MAX] = "";
	size_t used = 0;

	if (db_begin(looping->db, err) != 0)
		return -1;
	for (int i = 0; i < looping->count; i++) {
		struct loop *loop = &looping->loops[i];
		code_draw(loop->code);
		used += (size_t)snprintf(codes + used, sizeof codes - used, "%s ", loop->code);
		if (loop_queue(looping, loop, now + (int64_t)wait_s * SECOND_MS, now, err) != 0)
			goto undo;
	}
	if (memo_put(looping->db, SELFTEST_SENT_MEMO, codes, err) == 0 &&
		memo_put(looping->db, SELFTEST_HEARD_MEMO, "", err) == 0 && db_commit(looping->db, err) == 0) {
		looping->kept_mono = clock_mono_ms();
		(void)control_poke(looping->settings->database);
		return 0;
	}
undo:
	db_rollback(looping->db);
	return -1;
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static bool loop_look(void *context, const struct outbox_row *row, bool reached, const char *error,
	const struct attempt *attempts, int count)
{
	struct loop *loop = context;

	(void)error;
	loop->begun = count > 0;
	if (count > 0)
		(void)snprintf(loop->by, sizeof loop->by, "%s", attempts[count - 1].bearer);
	loop->taken = reached || row->state == OUTBOX_SENT || row->state == OUTBOX_DELIVERED;
	return false;
}

/* A message that came back shows the number of the SIM that carried it. */
static int number_learn(struct looping *looping, const struct loop *loop, const char *sender, struct err *err)
{
	char memo[64], phone[PHONE_MAX];

	if (phone_read(sender, looping->settings->comune.country, phone) != NULL)
		return 0;
	for (int i = 0; i < looping->count; i++) {
		const struct loop *carrier = &looping->loops[i];
		if (strcmp(carrier->modem, loop->by) != 0 || !carrier->sim[0] || strcmp(carrier->own, phone) == 0)
			continue;
		number_memo(carrier->sim, memo);
		return selftest_memo(looping->db, memo, phone, err);
	}
	return 0;
}

static int loops_look(struct looping *looping, int *ret_heard, struct err *err)
{
	char *heard = NULL;

	*ret_heard = 0;
	if (memo_get(looping->db, SELFTEST_HEARD_MEMO, &heard, err) < 0)
		return -1;
	int result = 0;
	for (int i = 0; i < looping->count && result == 0; i++) {
		struct loop *loop = &looping->loops[i];
		const char *at = heard ? strstr(heard, loop->code) : NULL;
		if (loop->heard_ms < 0)
			result = outbox_each(looping->db, loop->message, loop_look, loop, err);
		if (loop->heard_ms < 0 && at && result == 0) {
			char sender[PHONE_MAX];
			at += strlen(loop->code) + 1;
			(void)snprintf(sender, sizeof sender, "%.*s", (int)strcspn(at, " "), at);
			loop->heard_ms = clock_mono_ms() - looping->kept_mono;
			result = number_learn(looping, loop, sender, err);
		}
		*ret_heard += loop->heard_ms >= 0;
	}
	free(heard);
	return result;
}

static int loops_wait(struct looping *looping, int wait_s, struct err *err)
{
	int64_t deadline = clock_mono_ms() + (int64_t)wait_s * SECOND_MS;
	int heard = 0;

	while (heard < looping->count) {
		if (loops_look(looping, &heard, err) != 0)
			return -1;
		if (heard == looping->count || clock_left_ms(deadline) == 0)
			break;
		poll(NULL, 0, LOOK_MS);
	}
	return 0; /* the codes stay: one that comes late is still the box's own */
}

static json_t *loops_tell(const struct looping *looping, char *why, size_t size)
{
	json_t *list = json_array();

	for (int i = 0; i < looping->count; i++) {
		const struct loop *loop = &looping->loops[i];
		const char *by = loop->by[0] ? loop->by : loop->modem;
		bool ok = loop->heard_ms >= 0;
		if (!ok)
			selftest_why_add(looping->texts,
				loop->taken ? TEXT_SELFTEST_WHY_LOST : TEXT_SELFTEST_WHY_UNSENT, "modem", by, why,
				size);
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:b, s:o, s:o}", "modem", by, "to", loop->to, "ok", ok, "seconds",
				      ok ? json_real((double)loop->heard_ms / SECOND_MS) : json_null(), "error",
				      ok	    ? json_null()
				      : loop->taken ? json_string("sent, and did not come back")
				      : loop->begun ? json_string("not taken by the network")
						    : json_string("not begun")));
	}
	return list;
}

int selftest_loop(struct db *db, const struct settings *settings, const struct texts *texts, const json_t *status,
	int wait_s, json_t **ret_list, char *why, size_t size, struct err *err)
{
	struct looping *looping = calloc(1, sizeof *looping);
	bool busy = json_integer_value(json_object_get(json_object_get(status, "queue"), "alerts")) > 0;
	int result = looping ? 0 : err_set(err, EX_OSERR, "out of memory");

	*ret_list = json_array();
	if (result == 0 && !busy) {
		*looping = (struct looping){.db = db, .settings = settings, .texts = texts};
		loops_fill(looping, status);
		/* None ready is what the status itself says. */
		if (looping->count > 0 && !targets_fill(looping)) {
			selftest_why_add(texts, TEXT_SELFTEST_WHY_NUMBER, "", "", why, size);
			looping->count = 0;
		}
	}
	if (result == 0 && looping->count > 0) {
		result = loops_send(looping, wait_s, err);
		if (result == 0)
			result = loops_wait(looping, wait_s, err);
		if (result == 0) {
			json_decref(*ret_list);
			*ret_list = loops_tell(looping, why, size);
		}
	}
	free(looping);
	if (result != 0)
		json_decref(*ret_list);
	return result;
}

/* ---- the appliance's side ---------------------------------------------------------------------------------------- */

int selftest_heard(struct db *db, const char *sender, const char *text, struct err *err)
{
	char *codes = NULL, *heard = NULL, all[MEMO_MAX];

	int found = memo_get(db, SELFTEST_SENT_MEMO, &codes, err);
	if (found <= 0)
		return found;
	int result = 0;
	for (char *code = codes; *code && result == 0; code += strspn(code, " ")) {
		size_t length = strcspn(code, " ");
		char *end = code + length;
		bool last = *end == '\0';
		*end = '\0';
		if (length > 0 && strstr(text, code)) {
			if (memo_get(db, SELFTEST_HEARD_MEMO, &heard, err) < 0) {
				result = -1;
				break;
			}
			(void)snprintf(all, sizeof all, "%s%s=%s ", heard ? heard : "", code, sender);
			result = memo_put(db, SELFTEST_HEARD_MEMO, all, err) != 0 ? -1 : 1;
		}
		code = last ? end : end + 1;
	}
	free(heard);
	free(codes);
	return result;
}
