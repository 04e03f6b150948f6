#include "firmware-host/keypad/machine_private.h"

#include "db/officer.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
	SECOND_MS = 1000,
	BRIEF_DIGIT = '8',
	NO_DIGIT = '0',
};

static void draft_ask(struct machine *machine, bool brief, int64_t now, struct machine_actions *out)
{
	struct machine_action *action = machine_add(out, ACT_DRAFT, 0);

	machine->brief = brief;
	action->meaning = machine->meaning;
	action->brief = brief;
	machine_enter(machine, MACHINE_DRAFTING, now, out);
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

	machine_add_beep(out, BEEP_WRONG);
	machine_say_values(machine, out, TEXT_KEYPAD_NO_CODE, values, 1);
	machine_add_result(out, RESULT_NO_CODE);
	machine->exercise = false;
	machine_enter(machine, MACHINE_READY, now, out);
}

static void repeat_last(struct machine *machine, struct machine_actions *out)
{
	struct machine_action *action = machine_add(out, ACT_SAY, 0);

	(void)snprintf(action->text, sizeof action->text, "%s", machine->said);
}

static void exercise_next(struct machine *machine, int64_t now, struct machine_actions *out)
{
	machine->exercise = true;
	machine_add_beep(out, BEEP_ASK);
	machine_say(machine, out, TEXT_KEYPAD_EXERCISE_READY);
	machine_enter(machine, MACHINE_READY, now, out);
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
	case SHEET_STATUS: machine_add(out, ACT_STATUS, 0); break;
	case SHEET_REPEAT: repeat_last(machine, out); break;
	case SHEET_LOUDER: machine_add(out, ACT_VOLUME, 1); break;
	case SHEET_QUIETER: machine_add(out, ACT_VOLUME, -1); break;
	case SHEET_NONE: no_code(machine, code, now, out); return;
	}
	machine_add_result(out, RESULT_DONE);
	machine_enter(machine, MACHINE_READY, now, out);
}

static void pin_typed(struct machine *machine, const char *typed, int64_t now, struct machine_actions *out)
{
	bool second = machine->state == MACHINE_SECOND;
	char digit = typed[0] != '\0' && typed[1] == '\0' ? typed[0] : '\0';

	if (digit == NO_DIGIT) {
		machine_drop(machine, TEXT_KEYPAD_CANCELLED, RESULT_CANCELLED, now, out);
	} else if (digit == BRIEF_DIGIT && !second && machine->meaning.act == SHEET_ALERT) {
		draft_ask(machine, !machine->brief, now, out);
	} else if (machine->pin_open > now) {
		machine_add_beep(out, BEEP_WRONG);
		machine_say_number(machine, out, TEXT_KEYPAD_PIN_WAIT, "seconds",
			(machine->pin_open - now + SECOND_MS - 1) / SECOND_MS);
		machine_add_result(out, RESULT_WRONG_PIN);
	} else if (!is_pin(typed)) { /* cannot be one: no try is lost */
		machine_add_beep(out, BEEP_WRONG);
		machine_say(machine, out, TEXT_KEYPAD_ASK_PIN);
		machine_add_result(out, RESULT_WRONG_PIN);
	} else {
		struct machine_action *action = machine_add(out, ACT_CHECK_PIN, 0);
		(void)snprintf(action->text, sizeof action->text, "%s", typed);
		machine_enter(machine, second ? MACHINE_SECOND_CHECKING : MACHINE_CHECKING, now, out);
	}
}

static void confirm_typed(struct machine *machine, const char *typed, int64_t now, struct machine_actions *out)
{
	if (strcmp(typed, "1") == 0) {
		struct machine_action *action = machine_add(out, ACT_KEEP, machine->officer);
		action->second = machine->second;
		machine_enter(machine, MACHINE_KEEPING, now, out);
	} else if (strcmp(typed, "0") == 0) {
		machine_drop(machine, TEXT_KEYPAD_CANCELLED, RESULT_CANCELLED, now, out);
	} else {
		machine_add_beep(out, BEEP_WRONG);
		machine_say_name(machine, out, TEXT_KEYPAD_ASK_CONFIRM);
	}
}

static void window_stop(struct machine *machine, int64_t now, struct machine_actions *out)
{
	machine_add(out, ACT_STOP, machine->kept);
	machine_enter(machine, MACHINE_STOPPING, now, out);
}

void machine_line_typed(struct machine *machine, const char *typed, int64_t now, struct machine_actions *out)
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

	machine_add_beep(out, BEEP_KEY);
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
		machine_line_typed(machine, line, now, out);
}

static void key_edits(struct machine *machine, int key, int64_t now, struct machine_actions *out)
{
	size_t length = strlen(machine->digits);

	if (key == MACHINE_ENTER && length > 0) {
		machine_line_typed(machine, machine->digits, now, out);
		sodium_memzero(machine->digits, sizeof machine->digits);
	} else if (key == MACHINE_ERASE && length > 0) {
		machine->digits[length - 1] = '\0';
		machine_add_beep(out, BEEP_KEY);
	} else if (key == MACHINE_CANCEL && machine->state != MACHINE_READY) {
		machine_drop(machine, TEXT_KEYPAD_CANCELLED, RESULT_CANCELLED, now, out);
	} else if (key == MACHINE_CANCEL) {
		machine->exercise = false;
		machine_add_beep(out, BEEP_STOPPED);
		machine_say(machine, out, TEXT_KEYPAD_READY);
		machine_enter(machine, MACHINE_READY, now, out);
	} else if (key >= '0' && key <= '9') {
		digit_typed(machine, (char)key, now, out);
	}
}

void machine_key_typed(struct machine *machine, int key, int64_t now, struct machine_actions *out)
{
	if (key == MACHINE_AGAIN) {
		repeat_last(machine, out);
		return;
	}
	if (key == MACHINE_LOUDER || key == MACHINE_QUIETER) {
		machine_add(out, ACT_VOLUME, key == MACHINE_LOUDER ? 1 : -1);
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
