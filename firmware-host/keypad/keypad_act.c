/* What the machine wants, done. */
#include "firmware-host/keypad/keypad.h"

#include "config/clock.h"
#include "firmware-host/control.h"
#include "firmware-host/json.h"
#include "firmware-host/keypad/led.h"
#include "firmware-host/message_view.h"
#include "firmware-host/order_keep.h"
#include "firmware-host/pin_check.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND_MS = 1000, STATUS_MS = 1000, SUMMARY_MAX = DRAFT_SUMMARY_MAX };

static const char door[] = "keypad";

static void trouble_tell(struct keypad *keypad, const struct err *err)
{
	(void)snprintf(keypad->trouble, sizeof keypad->trouble, "%s", err->text);
	if (!keypad->script) /* a script gets it as the reason it ends with */
		fprintf(stderr, "keypad: %s\n", err->text);
}

/* ---- the appliance ----------------------------------------------------------------------------------------------- */

/* The one sentence of `status`, and whether it is good news. */
static bool box_can_alert(struct keypad *keypad, char *why, size_t size)
{
	const struct cli *cli = keypad->cli;
	struct err ignored;
	char *text = NULL;
	bool can = false;

	(void)snprintf(why, size, "%s", texts_get(cli->texts, TEXT_KEYPAD_NOT_RUNNING));
	if (control_ask_text(cli->settings->database, "status", STATUS_MS, &text, &ignored) != 0 || !text)
		return false;
	json_t *json = json_loads(text, 0, NULL);
	if (json) {
		can = json_is_true(json_object_get(json, "can_alert"));
		(void)snprintf(why, size, "%s", json_text_of(json, "why"));
	}
	json_decref(json);
	free(text);
	return can;
}

/* ---- a draft ----------------------------------------------------------------------------------------------------- */

/* The newest alert still being sent; 0: none. */
static int64_t alert_under_way(struct keypad *keypad)
{
	struct message_view view;
	struct err ignored;

	return message_view_running(keypad->cli->db, keypad->cli->settings, clock_wall_ms(), &view, &ignored) > 0
		       ? view.message.id
		       : 0;
}

/* 1, 0 with *ret_refusal, -1. */
static int draft_make(struct keypad *keypad, const struct machine_action *action, int64_t now,
	enum text_id *ret_refusal, struct err *err)
{
	const struct cli *cli = keypad->cli;
	struct draft *draft = &keypad->spare;
	int made = 1;

	if (action->meaning.act == SHEET_CLEAR)
		made = draft_clear(cli->db, keypad->sheet, cli->settings, cli->texts, door, now, draft, err);
	else if (draft_alert(keypad->sheet, cli->settings, cli->texts, &action->meaning, action->brief, door, now,
			 draft, err) != 0)
		made = -1;
	*ret_refusal = TEXT_KEYPAD_NOTHING_TO_CLEAR;
	if (made <= 0)
		return made;
	if (order_recipients(cli->db, cli->settings, &draft->message, now, &draft->recipients, err) != 0)
		return -1;
	*ret_refusal = TEXT_KEYPAD_NOBODY;
	return draft->recipients > 0;
}

static void act_draft(struct keypad *keypad, const struct machine_action *action)
{
	int64_t now = clock_wall_ms();
	struct machine_event event = {.kind = EVENT_REFUSED};
	char summary[SUMMARY_MAX], warning[TEXTS_TEXT_MAX];
	struct err err;
	int made = draft_make(keypad, action, now, &event.refusal, &err);

	if (made < 0) {
		event.refusal = TEXT_KEYPAD_FAULT;
		trouble_tell(keypad, &err);
	}
	if (made > 0) {
		const struct draft *draft = &keypad->spare;
		draft_summary(draft, keypad->cli->settings, keypad->cli->texts, now, summary);
		bool can = box_can_alert(keypad, warning, sizeof warning);
		event.kind = EVENT_DRAFTED;
		event.text = summary;
		event.draft.message = draft->message.text;
		event.draft.warning = can ? NULL : warning;
		event.draft.segments = draft->measure.segments;
		event.draft.brief_segments = draft->brief_segments;
		event.draft.red = draft->message.priority == PRIORITY_RED || draft->message.colour == COLOUR_RED;
		event.draft.running = action->meaning.act == SHEET_ALERT ? alert_under_way(keypad) : 0;
		keypad->draft = *draft;
	}
	event.now = clock_mono_ms();
	keypad_step(keypad, &event);
}

/* ---- a PIN ------------------------------------------------------------------------------------------------------- */

static enum machine_verdict verdict_of(enum pin_verdict verdict)
{
	switch (verdict) {
	case PIN_RIGHT: return VERDICT_RIGHT;
	case PIN_WRONG: return VERDICT_WRONG;
	case PIN_WAIT: return VERDICT_WAIT;
	case PIN_LOCKED: return VERDICT_LOCKED;
	case PIN_NOBODY: return VERDICT_NOBODY;
	}
	return VERDICT_FAULT;
}

static void act_check_pin(struct keypad *keypad, struct machine_action *action)
{
	struct pin_answer answer = {0};
	struct machine_event event = {.kind = EVENT_PIN_JUDGED};
	struct err err;

	event.pin.verdict = VERDICT_FAULT;
	if (pin_check(keypad->cli->db, 0, door, action->text, clock_wall_ms(), &answer, &err) == 0)
		event.pin.verdict = verdict_of(answer.verdict);
	else
		trouble_tell(keypad, &err);
	sodium_memzero(action->text, sizeof action->text);
	event.now = clock_mono_ms();
	event.pin.officer = answer.officer.id;
	event.pin.name = answer.officer.name;
	event.pin.may_order = answer.officer.may_order;
	event.pin.may_confirm = answer.officer.may_confirm;
	event.pin.wait_ms = answer.wait_ms;
	keypad_step(keypad, &event);
}

/* ---- keeping and stopping ---------------------------------------------------------------------------------------- */

static void who_fill(struct keypad *keypad, int64_t first, int64_t second)
{
	struct officer one = {0}, other = {0};
	struct err ignored;

	(void)officer_get(keypad->cli->db, first, &one, &ignored);
	if (second != 0)
		(void)officer_get(keypad->cli->db, second, &other, &ignored);
	(void)snprintf(keypad->who, sizeof keypad->who, "%s%s%s", one.name, second ? " + " : "", other.name);
}

/* Kept at once, to leave when the window is over: no power cut can lose it after this. What an all-clear withdraws is left
 * until then, as a stopped one must change nothing. */
static void act_keep(struct keypad *keypad, const struct machine_action *action)
{
	const struct cli *cli = keypad->cli;
	int64_t now = clock_wall_ms(), window = (int64_t)cli->settings->keypad.stop_window_s * SECOND_MS;
	struct message *message = &keypad->draft.message;
	char said[SUMMARY_MAX + MESSAGE_TEXT_MAX + 4], summary[SUMMARY_MAX];
	struct machine_event event = {.kind = EVENT_REFUSED, .refusal = TEXT_KEYPAD_FAULT};
	struct err err;

	who_fill(keypad, action->number, action->second);
	draft_summary(&keypad->draft, cli->settings, cli->texts, now, summary);
	(void)snprintf(said, sizeof said, "%s %s", summary, message->text);
	const struct order_giver giver = {.who = keypad->who, .said = said};
	message->not_before = now + window;
	if (message->expires_at <= message->not_before) /* typed in the last seconds of its hour */
		message->expires_at = message->not_before + window;
	if (order_keep(cli->db, cli->settings, message, &giver, now, &err) == 0) {
		bool running = control_poke(cli->settings->database);
		event.kind = EVENT_KEPT;
		event.kept.id = message->id;
		event.kept.recipients = message->recipients;
		event.kept.left_ms = message->not_before - clock_wall_ms();
		event.kept.stopped_box = !running;
		keypad->kept = *message;
	} else {
		trouble_tell(keypad, &err);
	}
	event.now = clock_mono_ms();
	keypad_step(keypad, &event);
}

static void act_stop(struct keypad *keypad, const struct machine_action *action)
{
	const struct cli *cli = keypad->cli;
	struct machine_event event = {.kind = EVENT_STOPPED};
	struct err err;
	int withdrawn = 0;

	if (order_cancel(cli->db, action->number, door, keypad->who, clock_wall_ms(), &withdrawn, &err) == 0) {
		(void)control_poke(cli->settings->database);
		event.stopped.sent = keypad->kept.recipients - withdrawn;
	} else {
		trouble_tell(keypad, &err);
		event.stopped.failed = true;
	}
	event.now = clock_mono_ms();
	keypad_step(keypad, &event);
}

/* An all-clear that can no longer be stopped: what is queued of its alert goes no more. */
static void act_left(struct keypad *keypad)
{
	const struct cli *cli = keypad->cli;
	struct err err;
	int withdrawn = 0;

	if (keypad->kept.about == 0)
		return;
	if (order_cancel(cli->db, keypad->kept.about, door, keypad->who, clock_wall_ms(), &withdrawn, &err) == 0)
		(void)control_poke(cli->settings->database);
	else
		trouble_tell(keypad, &err);
}

static bool resume_look(void *context, const struct message *message)
{
	*(struct message *)context = *message;
	return false;
}

void keypad_resume(struct keypad *keypad)
{
	struct machine_event event = {.kind = EVENT_KEPT};
	struct message *last = &keypad->kept;
	struct err ignored;

	last->id = 0;
	int result = message_each(keypad->cli->db, false, 1, resume_look, last, &ignored);
	event.kept.left_ms = last->not_before - clock_wall_ms();
	if (result != 0 || last->id == 0 || strcmp(last->door, door) != 0 || last->stage != STAGE_OPEN ||
		event.kept.left_ms <= 0) {
		last->id = 0;
		return;
	}
	(void)snprintf(keypad->who, sizeof keypad->who, "%s", door);
	event.kept.id = last->id;
	event.kept.recipients = last->recipients;
	event.now = clock_mono_ms();
	keypad_step(keypad, &event);
}

/* ---- the rest ---------------------------------------------------------------------------------------------------- */

static void tell(struct keypad *keypad, const char *text)
{
	keypad_step(keypad, &(struct machine_event){.kind = EVENT_TOLD, .now = clock_mono_ms(), .text = text});
}

static void act_status(struct keypad *keypad)
{
	char why[TEXTS_TEXT_MAX];

	(void)box_can_alert(keypad, why, sizeof why);
	tell(keypad, why);
}

static void act_volume(struct keypad *keypad, int steps)
{
	char digits[8], text[TEXTS_TEXT_MAX];
	const struct text_value values[] = {{"volume", digits}};

	voice_louder(&keypad->voice, steps);
	(void)snprintf(digits, sizeof digits, "%d", keypad->voice.volume);
	(void)texts_fill(keypad->cli->texts, TEXT_KEYPAD_VOLUME, values, 1, text, sizeof text);
	tell(keypad, text);
}

void keypad_progress(struct keypad *keypad)
{
	struct machine_event event = {.kind = EVENT_PROGRESS};
	struct message_view view;
	struct err ignored;

	if (message_view_read(keypad->cli->db, keypad->cli->settings, keypad->machine.running, clock_wall_ms(), &view,
		    &ignored) != 1)
		return; /* told at the next look */
	event.progress.id = view.message.id;
	event.progress.reached = view.figures.reached;
	event.progress.recipients = view.figures.recipients;
	event.progress.done = strcmp(view.state, "sending") != 0 && strcmp(view.state, "scheduled") != 0;
	event.now = clock_mono_ms();
	keypad_step(keypad, &event);
}

static void say(struct keypad *keypad, const char *text)
{
	size_t used = strlen(keypad->spoken);

	keypad_show(keypad, text);
	(void)snprintf(keypad->spoken + used, sizeof keypad->spoken - used, "%s%s", used ? " " : "", text);
}

/* At most one question to the world is among a step's actions; it is asked last, as its answer is a step of its own. */
void keypad_step(struct keypad *keypad, const struct machine_event *event)
{
	static const struct machine_action nothing = {.act = ACT_LED};
	struct machine_action question = nothing;
	struct machine_actions *actions = &keypad->actions;

	machine_step(&keypad->machine, event, actions);
	keypad->spoken[0] = '\0';
	for (int i = 0; i < actions->count; i++) {
		const struct machine_action *action = &actions->list[i];
		switch (action->act) {
		case ACT_SAY: say(keypad, action->text); break;
		case ACT_DROP: sodium_memzero(&keypad->draft, sizeof keypad->draft); break;
		case ACT_BEEP: voice_beep(&keypad->voice, (enum machine_beep)action->number); break;
		case ACT_LED: led_set(keypad->cli->settings->keypad.led, (enum machine_led)action->number); break;
		case ACT_RESULT: keypad_show_result(keypad, (enum machine_result)action->number); break;
		case ACT_DRAFT:
		case ACT_CHECK_PIN:
		case ACT_KEEP:
		case ACT_STOP:
		case ACT_LEFT:
		case ACT_STATUS:
		case ACT_VOLUME: question = *action; break;
		}
	}
	if (keypad->spoken[0])
		voice_say(&keypad->voice, keypad->spoken);
	sodium_memzero(actions, sizeof *actions);
	keypad_show_prompt(keypad);
	switch (question.act) {
	case ACT_DRAFT: act_draft(keypad, &question); break;
	case ACT_CHECK_PIN: act_check_pin(keypad, &question); break;
	case ACT_KEEP: act_keep(keypad, &question); break;
	case ACT_STOP: act_stop(keypad, &question); break;
	case ACT_LEFT: act_left(keypad); break;
	case ACT_STATUS: act_status(keypad); break;
	case ACT_VOLUME: act_volume(keypad, (int)question.number); break;
	case ACT_SAY:
	case ACT_DROP:
	case ACT_BEEP:
	case ACT_LED:
	case ACT_RESULT: break;
	}
}
