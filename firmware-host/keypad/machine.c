#include "firmware-host/keypad/machine_private.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { SECOND_MS = 1000 };

/* ---- states ------------------------------------------------------------------------------------------------------ */

enum machine_led machine_led_of(const struct machine *machine)
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
void machine_enter(struct machine *machine, enum machine_state state, int64_t now, struct machine_actions *out)
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
	machine_add(out, ACT_LED, machine_led_of(machine));
}

/* The order ends here and nothing of it was kept. */
void machine_drop(
	struct machine *machine, enum text_id why, enum machine_result how, int64_t now, struct machine_actions *out)
{
	machine_add(out, ACT_DROP, 0);
	machine_add_beep(out, how == RESULT_CANCELLED ? BEEP_STOPPED : BEEP_WRONG);
	machine_say(machine, out, why);
	machine_add_result(out, how);
	machine->exercise = false;
	machine_enter(machine, MACHINE_READY, now, out);
}

/* ---- time, the pad, the end -------------------------------------------------------------------------------------- */

static void window_over(struct machine *machine, int64_t now, struct machine_actions *out)
{
	machine_add(out, ACT_LEFT, machine->kept);
	machine_add_beep(out, BEEP_SENT);
	machine_say_kept(machine, out, TEXT_KEYPAD_STARTED, "", 0, machine->kept);
	machine_add_result(out, RESULT_SENT);
	machine->running = machine->kept;
	machine->told = 0;
	machine_enter(machine, MACHINE_READY, now, out);
}

static void time_passed(struct machine *machine, int64_t now, struct machine_actions *out)
{
	if (machine->deadline == 0 || now < machine->deadline)
		return;
	switch (machine->state) {
	case MACHINE_READY:
		machine->exercise = false;
		machine_enter(machine, MACHINE_READY, now, out);
		return;
	case MACHINE_PIN:
	case MACHINE_SECOND:
	case MACHINE_CONFIRM: machine_drop(machine, TEXT_KEYPAD_TIMEOUT, RESULT_TIMEOUT, now, out); return;
	case MACHINE_WINDOW:
		if (now >= machine->window_end) {
			window_over(machine, now, out);
			return;
		}
		machine_add_beep(out, BEEP_TICK);
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
		machine_drop(machine, TEXT_KEYPAD_GONE_NOTHING, RESULT_GONE, now, out);
		return;
	}
	machine_say(machine, out, TEXT_KEYPAD_GONE);
	if (machine->state == MACHINE_READY) {
		machine->exercise = false;
		machine_enter(machine, MACHINE_READY, now, out);
	}
}

static void pad_back(struct machine *machine, int64_t now, struct machine_actions *out)
{
	if (machine->state == MACHINE_READY)
		machine_say(machine, out, TEXT_KEYPAD_READY);
	else if (machine->state == MACHINE_WINDOW)
		machine_say_kept(machine, out, TEXT_KEYPAD_WINDOW, "seconds",
			(machine->window_end - now + SECOND_MS - 1) / SECOND_MS, machine->kept);
}

static void input_ended(struct machine *machine, int64_t now, struct machine_actions *out)
{
	if (order_is_open(machine))
		machine_drop(machine, TEXT_KEYPAD_CANCELLED, RESULT_ENDED, now, out);
	if (machine->state != MACHINE_WINDOW)
		return;
	machine_add(out, ACT_LEFT, machine->kept); /* it is kept and leaves by itself; nobody will stop it */
	machine_add_result(out, RESULT_SENT);
	machine_enter(machine, MACHINE_READY, now, out);
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
	case EVENT_KEY: machine_key_typed(machine, event->key, event->now, ret); return;
	case EVENT_LINE: machine_line_typed(machine, event->text, event->now, ret); return;
	case EVENT_TIME: time_passed(machine, event->now, ret); return;
	case EVENT_END: input_ended(machine, event->now, ret); return;
	case EVENT_GONE: pad_gone(machine, event->now, ret); return;
	case EVENT_BACK: pad_back(machine, event->now, ret); return;
	case EVENT_DRAFTED:
	case EVENT_REFUSED:
	case EVENT_PIN_JUDGED:
	case EVENT_KEPT:
	case EVENT_STOPPED:
	case EVENT_PROGRESS:
	case EVENT_TOLD: machine_answered(machine, event, ret); return;
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
