#include "firmware-host/keypad/machine.h"

#include "db/officer.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	TELL_PERCENT = 10, /* progress is told in steps of */
	BRIEF_DIGIT = '8',
	YES_DIGIT = '1',
	NO_DIGIT = '0',
};

/* ---- actions ----------------------------------------------------------------------------------------------------- */

static struct machine_action *action_add(struct machine_actions *out, enum machine_act act, int64_t number)
{
	struct machine_action *action = &out->list[out->count < MACHINE_ACTIONS_MAX - 1 ? out->count++ : out->count];

	*action = (struct machine_action){.act = act, .number = number, .id = TEXT_COUNT};
	return action;
}

static void beep(struct machine_actions *out, enum machine_beep beep)
{
	action_add(out, ACT_BEEP, beep);
}

static void result(struct machine_actions *out, enum machine_result result)
{
	action_add(out, ACT_RESULT, result);
}

static void said_keep(struct machine *machine, const char *text, bool more)
{
	size_t used = more ? strlen(machine->said) : 0;

	(void)snprintf(machine->said + used, sizeof machine->said - used, "%s%s", used ? " " : "", text);
}

static void say_values(struct machine *machine, struct machine_actions *out, enum text_id id,
	const struct text_value *values, size_t count)
{
	bool more = false;

	for (int i = 0; i < out->count; i++)
		more = more || out->list[i].act == ACT_SAY;
	struct machine_action *action = action_add(out, ACT_SAY, 0);
	action->id = id;
	(void)texts_fill(machine->texts, id, values, count, action->text, sizeof action->text);
	said_keep(machine, action->text, more);
}

static void say(struct machine *machine, struct machine_actions *out, enum text_id id)
{
	say_values(machine, out, id, NULL, 0);
}

/* A text with one number in it. */
static void say_number(
	struct machine *machine, struct machine_actions *out, enum text_id id, const char *name, int64_t number)
{
	char digits[24];
	const struct text_value values[] = {{name, digits}};

	(void)snprintf(digits, sizeof digits, "%lld", (long long)number);
	say_values(machine, out, id, values, 1);
}

static void say_name(struct machine *machine, struct machine_actions *out, enum text_id id)
{
	const struct text_value values[] = {{"officer", machine->officer_name}};

	say_values(machine, out, id, values, 1);
}

/* What is said of a kept message. */
static void say_kept(struct machine *machine, struct machine_actions *out, enum text_id id, const char *name,
	int64_t number, int64_t of)
{
	char kept[24], recipients[24], digits[24];
	const struct text_value values[] = {{"id", kept}, {"recipients", recipients}, {name, digits}};

	(void)snprintf(kept, sizeof kept, "%lld", (long long)of);
	(void)snprintf(recipients, sizeof recipients, "%lld", (long long)machine->recipients);
	(void)snprintf(digits, sizeof digits, "%lld", (long long)number);
	say_values(machine, out, id, values, 3);
}

/* ---- states ------------------------------------------------------------------------------------------------------ */

static enum machine_led led_of(const struct machine *machine)
{
	switch (machine->state) {
	case MACHINE_READY: return machine->running ? LED_ON : LED_OFF;
	case MACHINE_DRAFTING:
	case MACHINE_PIN:
	case MACHINE_CHECKING:
	case MACHINE_SECOND:
	case MACHINE_SECOND_CHECKING:
	case MACHINE_CONFIRM:
	case MACHINE_KEEPING: return LED_SLOW;
	case MACHINE_WINDOW:
	case MACHINE_STOPPING: return LED_FAST;
	}
	return LED_OFF;
}

/* Every change of state goes through here. */
static void enter(struct machine *machine, enum machine_state state, int64_t now, struct machine_actions *out)
{
	machine->state = state;
	sodium_memzero(machine->digits, sizeof machine->digits);
	switch (state) {
	case MACHINE_READY:
		machine->deadline = machine->exercise ? now + machine->policy.timeout_ms : 0;
		machine->officer = machine->second = 0;
		break;
	case MACHINE_PIN:
	case MACHINE_SECOND:
	case MACHINE_CONFIRM: machine->deadline = now + machine->policy.timeout_ms; break;
	case MACHINE_WINDOW: machine->deadline = now; break; /* the first tick */
	case MACHINE_DRAFTING:
	case MACHINE_CHECKING:
	case MACHINE_SECOND_CHECKING:
	case MACHINE_KEEPING:
	case MACHINE_STOPPING: machine->deadline = 0; break; /* the world always answers */
	}
	action_add(out, ACT_LED, led_of(machine));
}

/* The order ends here and nothing of it was kept. */
static void drop(
	struct machine *machine, enum text_id why, enum machine_result how, int64_t now, struct machine_actions *out)
{
	action_add(out, ACT_DROP, 0);
	beep(out, how == RESULT_CANCELLED ? BEEP_STOPPED : BEEP_WRONG);
	say(machine, out, why);
	result(out, how);
	machine->exercise = false;
	enter(machine, MACHINE_READY, now, out);
}

/* ---- what is typed ----------------------------------------------------------------------------------------------- */

static void draft_ask(struct machine *machine, bool brief, int64_t now, struct machine_actions *out)
{
	struct machine_action *action = action_add(out, ACT_DRAFT, 0);

	machine->brief = brief;
	action->meaning = machine->meaning;
	action->brief = brief;
	enter(machine, MACHINE_DRAFTING, now, out);
}

static bool is_pin(const char *digits)
{
	size_t length = strlen(digits);

	return length >= OFFICER_PIN_MIN && length <= OFFICER_PIN_MAX && digits[strspn(digits, "0123456789")] == '\0';
}

static void no_code(struct machine *machine, const char *code, int64_t now, struct machine_actions *out)
{
	/* What may be a PIN, typed after a code that was not taken, is not said aloud. */
	const struct text_value values[] = {{"code", is_pin(code) ? "" : code}};

	beep(out, BEEP_WRONG);
	say_values(machine, out, TEXT_KEYPAD_NO_CODE, values, 1);
	result(out, RESULT_NO_CODE);
	machine->exercise = false;
	enter(machine, MACHINE_READY, now, out);
}

static void repeat_last(struct machine *machine, struct machine_actions *out)
{
	struct machine_action *action = action_add(out, ACT_SAY, 0);

	(void)snprintf(action->text, sizeof action->text, "%s", machine->said);
}

static void exercise_next(struct machine *machine, int64_t now, struct machine_actions *out)
{
	machine->exercise = true;
	beep(out, BEEP_ASK);
	say(machine, out, TEXT_KEYPAD_EXERCISE_READY);
	enter(machine, MACHINE_READY, now, out);
}

static void code_typed(struct machine *machine, const char *code, int64_t now, struct machine_actions *out)
{
	struct sheet_meaning meaning = sheet_find(machine->sheet, code);

	/* "The next one is an exercise" means nothing for what is no alert, and must not be lost in silence. */
	if (machine->exercise && (meaning.act == SHEET_CLEAR || meaning.exercise))
		meaning.act = SHEET_NONE;
	switch (meaning.act) {
	case SHEET_ALERT:
	case SHEET_CLEAR:
		meaning.exercise = meaning.exercise || machine->exercise;
		machine->meaning = meaning;
		draft_ask(machine, false, now, out);
		return;
	case SHEET_EXERCISE: exercise_next(machine, now, out); return;
	case SHEET_STATUS: action_add(out, ACT_STATUS, 0); break;
	case SHEET_REPEAT: repeat_last(machine, out); break;
	case SHEET_LOUDER: action_add(out, ACT_VOLUME, 1); break;
	case SHEET_QUIETER: action_add(out, ACT_VOLUME, -1); break;
	case SHEET_NONE: no_code(machine, code, now, out); return;
	}
	result(out, RESULT_DONE);
	enter(machine, MACHINE_READY, now, out);
}

static void pin_typed(struct machine *machine, const char *typed, int64_t now, struct machine_actions *out)
{
	bool second = machine->state == MACHINE_SECOND;
	char digit = typed[0] != '\0' && typed[1] == '\0' ? typed[0] : '\0';

	if (digit == NO_DIGIT) {
		drop(machine, TEXT_KEYPAD_CANCELLED, RESULT_CANCELLED, now, out);
	} else if (digit == BRIEF_DIGIT && !second && machine->meaning.act == SHEET_ALERT) {
		draft_ask(machine, !machine->brief, now, out);
	} else if (machine->pin_open > now) {
		beep(out, BEEP_WRONG);
		say_number(machine, out, TEXT_KEYPAD_PIN_WAIT, "seconds",
			(machine->pin_open - now + SECOND_MS - 1) / SECOND_MS);
		result(out, RESULT_WRONG_PIN);
	} else if (!is_pin(typed)) { /* cannot be one: no try is lost */
		beep(out, BEEP_WRONG);
		say(machine, out, TEXT_KEYPAD_ASK_PIN);
		result(out, RESULT_WRONG_PIN);
	} else {
		struct machine_action *action = action_add(out, ACT_CHECK_PIN, 0);
		(void)snprintf(action->text, sizeof action->text, "%s", typed);
		enter(machine, second ? MACHINE_SECOND_CHECKING : MACHINE_CHECKING, now, out);
	}
}

static void confirm_typed(struct machine *machine, const char *typed, int64_t now, struct machine_actions *out)
{
	if (strcmp(typed, "1") == 0) {
		struct machine_action *action = action_add(out, ACT_KEEP, machine->officer);
		action->second = machine->second;
		enter(machine, MACHINE_KEEPING, now, out);
	} else if (strcmp(typed, "0") == 0) {
		drop(machine, TEXT_KEYPAD_CANCELLED, RESULT_CANCELLED, now, out);
	} else {
		beep(out, BEEP_WRONG);
		say_name(machine, out, TEXT_KEYPAD_ASK_CONFIRM);
	}
}

static void window_stop(struct machine *machine, int64_t now, struct machine_actions *out)
{
	action_add(out, ACT_STOP, machine->kept);
	enter(machine, MACHINE_STOPPING, now, out);
}

static void line_typed(struct machine *machine, const char *typed, int64_t now, struct machine_actions *out)
{
	char copy[SHEET_CODE_MAX]; /* `typed` may be machine->digits, which a change of state wipes */

	(void)snprintf(copy, sizeof copy, "%s", typed);
	switch (machine->state) {
	case MACHINE_READY:
		if (copy[0] != '\0')
			code_typed(machine, copy, now, out);
		break;
	case MACHINE_PIN:
	case MACHINE_SECOND: pin_typed(machine, copy, now, out); break;
	case MACHINE_CONFIRM: confirm_typed(machine, copy, now, out); break;
	case MACHINE_WINDOW:
		if (strcmp(copy, "0") == 0)
			window_stop(machine, now, out);
		break;
	case MACHINE_DRAFTING:
	case MACHINE_CHECKING:
	case MACHINE_SECOND_CHECKING:
	case MACHINE_KEEPING:
	case MACHINE_STOPPING: break;
	}
	sodium_memzero(copy, sizeof copy);
	if (out->count == 0)
		sodium_memzero(machine->digits, sizeof machine->digits);
}

/* A digit joins the line; one too many spoils it, so that nothing is taken for what was not typed. */
static void digit_typed(struct machine *machine, char digit, int64_t now, struct machine_actions *out)
{
	size_t length = strlen(machine->digits);

	beep(out, BEEP_KEY);
	machine->deadline = now + machine->policy.timeout_ms;
	if (length + 1 < sizeof machine->digits)
		machine->digits[length] = digit;
}

static void key_stops_or_confirms(struct machine *machine, int key, int64_t now, struct machine_actions *out)
{
	char line[2] = {(char)key, '\0'};

	if (key == MACHINE_CANCEL || key == MACHINE_ERASE)
		line[0] = NO_DIGIT;
	if (line[0] == NO_DIGIT || (machine->state == MACHINE_CONFIRM && key != MACHINE_ENTER))
		line_typed(machine, line, now, out);
}

static void key_edits(struct machine *machine, int key, int64_t now, struct machine_actions *out)
{
	size_t length = strlen(machine->digits);

	if (key == MACHINE_ENTER && length > 0) {
		line_typed(machine, machine->digits, now, out);
		sodium_memzero(machine->digits, sizeof machine->digits);
	} else if (key == MACHINE_ERASE && length > 0) {
		machine->digits[length - 1] = '\0';
		beep(out, BEEP_KEY);
	} else if (key == MACHINE_CANCEL && machine->state != MACHINE_READY) {
		drop(machine, TEXT_KEYPAD_CANCELLED, RESULT_CANCELLED, now, out);
	} else if (key == MACHINE_CANCEL) {
		machine->exercise = false;
		beep(out, BEEP_STOPPED);
		say(machine, out, TEXT_KEYPAD_READY);
		enter(machine, MACHINE_READY, now, out);
	} else if (key >= '0' && key <= '9') {
		digit_typed(machine, (char)key, now, out);
	}
}

static void key_typed(struct machine *machine, int key, int64_t now, struct machine_actions *out)
{
	if (key == MACHINE_AGAIN) {
		repeat_last(machine, out);
		return;
	}
	if (key == MACHINE_LOUDER || key == MACHINE_QUIETER) {
		action_add(out, ACT_VOLUME, key == MACHINE_LOUDER ? 1 : -1);
		return;
	}
	switch (machine->state) {
	case MACHINE_CONFIRM:
	case MACHINE_WINDOW: key_stops_or_confirms(machine, key, now, out); return;
	case MACHINE_READY:
	case MACHINE_PIN:
	case MACHINE_SECOND: key_edits(machine, key, now, out); return;
	case MACHINE_DRAFTING:
	case MACHINE_CHECKING:
	case MACHINE_SECOND_CHECKING:
	case MACHINE_KEEPING:
	case MACHINE_STOPPING: return;
	}
}

/* ---- what the world answers -------------------------------------------------------------------------------------- */

static void told(struct machine *machine, const char *text, struct machine_actions *out)
{
	struct machine_action *action = action_add(out, ACT_SAY, 0);

	(void)snprintf(action->text, sizeof action->text, "%s", text);
	said_keep(machine, action->text, action != out->list);
}

static void drafted(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	char parts[16];
	const struct text_value values[] = {{"parts", parts}, {"text", event->draft.message}};

	if (machine->state != MACHINE_DRAFTING)
		return;
	machine->red = event->draft.red;
	machine->exercise = false;
	(void)snprintf(parts, sizeof parts, "%d", event->draft.segments);
	beep(out, BEEP_ASK);
	told(machine, event->text, out);
	say_values(machine, out, TEXT_KEYPAD_MESSAGE, values, 2);
	if (event->draft.brief_segments > 0)
		say_number(machine, out, TEXT_KEYPAD_SHORTER, "parts", event->draft.brief_segments);
	if (event->draft.running != 0)
		say_number(machine, out, TEXT_KEYPAD_RUNNING, "id", event->draft.running);
	if (event->draft.warning && event->draft.warning[0])
		told(machine, event->draft.warning, out);
	say(machine, out, TEXT_KEYPAD_ASK_PIN);
	enter(machine, MACHINE_PIN, event->now, out);
}

static void pin_wrong(
	struct machine *machine, const struct machine_event *event, bool second, struct machine_actions *out)
{
	machine->pin_open = event->now + event->pin.wait_ms;
	beep(out, BEEP_WRONG);
	say_number(machine, out, event->pin.verdict == VERDICT_WRONG ? TEXT_KEYPAD_PIN_WRONG : TEXT_KEYPAD_PIN_WAIT,
		"seconds", (event->pin.wait_ms + SECOND_MS - 1) / SECOND_MS);
	result(out, RESULT_WRONG_PIN);
	enter(machine, second ? MACHINE_SECOND : MACHINE_PIN, event->now, out);
	machine->deadline += event->pin.wait_ms;
}

static void pin_locked(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	action_add(out, ACT_DROP, 0);
	beep(out, BEEP_WRONG);
	say_number(machine, out, TEXT_KEYPAD_PIN_LOCKED, "minutes", (event->pin.wait_ms + MINUTE_MS - 1) / MINUTE_MS);
	result(out, RESULT_LOCKED);
	enter(machine, MACHINE_READY, event->now, out);
}

/* The PIN is somebody's who may not do this: no try against anybody, but not an order either. */
static void pin_unfit(struct machine *machine, enum text_id why, const char *name, bool second, int64_t now,
	struct machine_actions *out)
{
	const struct text_value values[] = {{"officer", name}};

	beep(out, BEEP_WRONG);
	say_values(machine, out, why, values, 1);
	result(out, RESULT_WRONG_PIN);
	enter(machine, second ? MACHINE_SECOND : MACHINE_PIN, now, out);
}

static void pin_right(
	struct machine *machine, const struct machine_event *event, bool second, struct machine_actions *out)
{
	const char *name = event->pin.name;

	machine->pin_open = 0;
	if (second && event->pin.officer == machine->officer) {
		pin_unfit(machine, TEXT_KEYPAD_PIN_SAME, name, second, event->now, out);
		return;
	}
	if (second ? !event->pin.may_confirm : !event->pin.may_order) {
		pin_unfit(machine, TEXT_KEYPAD_PIN_ROLE, name, second, event->now, out);
		return;
	}
	if (second)
		machine->second = event->pin.officer;
	else
		machine->officer = event->pin.officer;
	(void)snprintf(machine->officer_name, sizeof machine->officer_name, "%s", name);
	beep(out, BEEP_ASK);
	if (!second && machine->red && machine->policy.two_officers) {
		say_name(machine, out, TEXT_KEYPAD_ASK_SECOND);
		enter(machine, MACHINE_SECOND, event->now, out);
		return;
	}
	say_name(machine, out, TEXT_KEYPAD_ASK_CONFIRM);
	enter(machine, MACHINE_CONFIRM, event->now, out);
}

static void pin_judged(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	bool second = machine->state == MACHINE_SECOND_CHECKING;

	if (machine->state != MACHINE_CHECKING && !second)
		return;
	switch (event->pin.verdict) {
	case VERDICT_RIGHT: pin_right(machine, event, second, out); return;
	case VERDICT_WRONG:
	case VERDICT_WAIT: pin_wrong(machine, event, second, out); return;
	case VERDICT_LOCKED: pin_locked(machine, event, out); return;
	case VERDICT_NOBODY: drop(machine, TEXT_KEYPAD_NO_OFFICER, RESULT_REFUSED, event->now, out); return;
	case VERDICT_FAULT: drop(machine, TEXT_KEYPAD_FAULT, RESULT_FAULT, event->now, out); return;
	}
}

static void refused(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	if (machine->state != MACHINE_DRAFTING && machine->state != MACHINE_KEEPING)
		return;
	drop(machine, event->refusal, event->refusal == TEXT_KEYPAD_FAULT ? RESULT_FAULT : RESULT_REFUSED, event->now,
		out);
}

static void kept(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	if (machine->state != MACHINE_KEEPING && machine->state != MACHINE_READY)
		return;
	machine->kept = event->kept.id;
	machine->recipients = event->kept.recipients;
	machine->window_end = event->now + event->kept.left_ms;
	say_kept(machine, out, TEXT_KEYPAD_WINDOW, "seconds", (event->kept.left_ms + SECOND_MS - 1) / SECOND_MS,
		machine->kept);
	if (event->kept.stopped_box)
		say(machine, out, TEXT_KEYPAD_NOT_RUNNING);
	enter(machine, MACHINE_WINDOW, event->now, out);
}

static void window_over(struct machine *machine, int64_t now, struct machine_actions *out)
{
	action_add(out, ACT_LEFT, machine->kept);
	beep(out, BEEP_SENT);
	say_kept(machine, out, TEXT_KEYPAD_STARTED, "", 0, machine->kept);
	result(out, RESULT_SENT);
	machine->running = machine->kept;
	machine->told = 0;
	enter(machine, MACHINE_READY, now, out);
}

static void stopped(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	if (machine->state != MACHINE_STOPPING)
		return;
	if (event->stopped.failed) {
		beep(out, BEEP_WRONG);
		say_kept(machine, out, TEXT_KEYPAD_STOP_FAULT, "", 0, machine->kept);
		enter(machine, MACHINE_WINDOW, event->now, out);
		return;
	}
	beep(out, BEEP_STOPPED);
	say_kept(machine, out, event->stopped.sent > 0 ? TEXT_KEYPAD_STOPPED_LATE : TEXT_KEYPAD_STOPPED, "sent",
		event->stopped.sent, machine->kept);
	result(out, RESULT_STOPPED);
	enter(machine, MACHINE_READY, event->now, out);
}

/* While the officer is at the next order nothing talks over it. */
static void progress(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	int64_t all = event->progress.recipients > 0 ? event->progress.recipients : 1;

	if (machine->running == 0 || event->progress.id != machine->running || machine->state != MACHINE_READY ||
		machine->digits[0] != '\0')
		return;
	if (!event->progress.done && (event->progress.reached - machine->told) * 100 < all * TELL_PERCENT)
		return;
	int64_t recipients = machine->recipients;
	machine->recipients = event->progress.recipients;
	machine->told = event->progress.reached;
	say_kept(machine, out, event->progress.done ? TEXT_KEYPAD_FINISHED : TEXT_KEYPAD_PROGRESS, "reached",
		event->progress.reached, machine->running);
	machine->recipients = recipients;
	if (!event->progress.done)
		return;
	machine->running = 0;
	action_add(out, ACT_LED, led_of(machine));
}

/* ---- time, the pad, the end -------------------------------------------------------------------------------------- */

static void time_passed(struct machine *machine, int64_t now, struct machine_actions *out)
{
	if (machine->deadline == 0 || now < machine->deadline)
		return;
	switch (machine->state) {
	case MACHINE_READY:
		machine->exercise = false;
		enter(machine, MACHINE_READY, now, out);
		return;
	case MACHINE_PIN:
	case MACHINE_SECOND:
	case MACHINE_CONFIRM: drop(machine, TEXT_KEYPAD_TIMEOUT, RESULT_TIMEOUT, now, out); return;
	case MACHINE_WINDOW:
		if (now >= machine->window_end) {
			window_over(machine, now, out);
			return;
		}
		beep(out, BEEP_TICK);
		machine->deadline = now + SECOND_MS < machine->window_end ? now + SECOND_MS : machine->window_end;
		return;
	case MACHINE_DRAFTING:
	case MACHINE_CHECKING:
	case MACHINE_SECOND_CHECKING:
	case MACHINE_KEEPING:
	case MACHINE_STOPPING: return;
	}
}

static bool order_is_open(const struct machine *machine)
{
	switch (machine->state) {
	case MACHINE_DRAFTING:
	case MACHINE_PIN:
	case MACHINE_CHECKING:
	case MACHINE_SECOND:
	case MACHINE_SECOND_CHECKING:
	case MACHINE_CONFIRM: return true;
	case MACHINE_READY:
	case MACHINE_KEEPING:
	case MACHINE_WINDOW:
	case MACHINE_STOPPING: return false;
	}
	return false;
}

static void pad_gone(struct machine *machine, int64_t now, struct machine_actions *out)
{
	if (order_is_open(machine)) {
		drop(machine, TEXT_KEYPAD_GONE_NOTHING, RESULT_GONE, now, out);
		return;
	}
	say(machine, out, TEXT_KEYPAD_GONE);
	if (machine->state == MACHINE_READY) {
		machine->exercise = false;
		enter(machine, MACHINE_READY, now, out);
	}
}

static void pad_back(struct machine *machine, int64_t now, struct machine_actions *out)
{
	if (machine->state == MACHINE_READY)
		say(machine, out, TEXT_KEYPAD_READY);
	else if (machine->state == MACHINE_WINDOW)
		say_kept(machine, out, TEXT_KEYPAD_WINDOW, "seconds",
			(machine->window_end - now + SECOND_MS - 1) / SECOND_MS, machine->kept);
}

static void input_ended(struct machine *machine, int64_t now, struct machine_actions *out)
{
	if (order_is_open(machine))
		drop(machine, TEXT_KEYPAD_CANCELLED, RESULT_ENDED, now, out);
	if (machine->state != MACHINE_WINDOW)
		return;
	action_add(out, ACT_LEFT, machine->kept); /* it is kept and leaves by itself; nobody will stop it */
	result(out, RESULT_SENT);
	enter(machine, MACHINE_READY, now, out);
}

void machine_init(struct machine *machine, const struct sheet *sheet, const struct texts *texts,
	const struct machine_policy *policy)
{
	*machine = (struct machine){.sheet = sheet, .texts = texts, .policy = *policy, .state = MACHINE_READY};
}

void machine_step(struct machine *machine, const struct machine_event *event, struct machine_actions *ret)
{
	ret->count = 0;
	switch (event->kind) {
	case EVENT_KEY: key_typed(machine, event->key, event->now, ret); return;
	case EVENT_LINE: line_typed(machine, event->text, event->now, ret); return;
	case EVENT_TIME: time_passed(machine, event->now, ret); return;
	case EVENT_END: input_ended(machine, event->now, ret); return;
	case EVENT_GONE: pad_gone(machine, event->now, ret); return;
	case EVENT_BACK: pad_back(machine, event->now, ret); return;
	case EVENT_DRAFTED: drafted(machine, event, ret); return;
	case EVENT_REFUSED: refused(machine, event, ret); return;
	case EVENT_PIN_JUDGED: pin_judged(machine, event, ret); return;
	case EVENT_KEPT: kept(machine, event, ret); return;
	case EVENT_STOPPED: stopped(machine, event, ret); return;
	case EVENT_PROGRESS: progress(machine, event, ret); return;
	case EVENT_TOLD: told(machine, event->text, ret); return;
	}
}

void machine_prompt(const struct machine *machine, char out[SHEET_CODE_MAX])
{
	bool secret = machine->state == MACHINE_PIN || machine->state == MACHINE_SECOND;

	for (size_t i = 0; i < SHEET_CODE_MAX; i++)
		out[i] = (char)(secret && machine->digits[i] ? '*' : machine->digits[i]);
}

const char *machine_result_to_string(enum machine_result result)
{
	switch (result) {
	case RESULT_DONE: return "done";
	case RESULT_SENT: return "sent";
	case RESULT_STOPPED: return "stopped";
	case RESULT_CANCELLED: return "cancelled";
	case RESULT_NO_CODE: return "no-code";
	case RESULT_REFUSED: return "refused";
	case RESULT_WRONG_PIN: return "wrong-pin";
	case RESULT_LOCKED: return "locked";
	case RESULT_TIMEOUT: return "timeout";
	case RESULT_GONE: return "gone";
	case RESULT_ENDED: return "ended";
	case RESULT_FAULT: return "fault";
	}
	return "?";
}

const char *machine_state_to_string(enum machine_state state)
{
	switch (state) {
	case MACHINE_READY: return "ready";
	case MACHINE_DRAFTING: return "drafting";
	case MACHINE_PIN: return "pin";
	case MACHINE_CHECKING: return "checking";
	case MACHINE_SECOND: return "second";
	case MACHINE_SECOND_CHECKING: return "second-checking";
	case MACHINE_CONFIRM: return "confirm";
	case MACHINE_KEEPING: return "keeping";
	case MACHINE_WINDOW: return "window";
	case MACHINE_STOPPING: return "stopping";
	}
	return "?";
}
