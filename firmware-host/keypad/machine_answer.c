#include "firmware-host/keypad/machine_private.h"

#include <stdio.h>

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	TELL_PERCENT = 10, /* progress is told in steps of */
};

static void drafted(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	char parts[16];
	const struct text_value values[] = {{"parts", parts}, {"text", event->draft.message}};

	if (machine->state != MACHINE_DRAFTING)
		return;
	machine->red = event->draft.red;
	machine->exercise = false;
	(void)snprintf(parts, sizeof parts, "%d", event->draft.segments);
	machine_add_beep(out, BEEP_ASK);
	machine_tell(machine, event->text, out);
	machine_say_values(machine, out, TEXT_KEYPAD_MESSAGE, values, 2);
	if (event->draft.brief_segments > 0)
		machine_say_number(machine, out, TEXT_KEYPAD_SHORTER, "parts", event->draft.brief_segments);
	if (event->draft.running != 0)
		machine_say_number(machine, out, TEXT_KEYPAD_RUNNING, "id", event->draft.running);
	if (event->draft.warning && event->draft.warning[0])
		machine_tell(machine, event->draft.warning, out);
	machine_say(machine, out, TEXT_KEYPAD_ASK_PIN);
	machine_enter(machine, MACHINE_PIN, event->now, out);
}

static void pin_wrong(
	struct machine *machine, const struct machine_event *event, bool second, struct machine_actions *out)
{
	machine->pin_open = event->now + event->pin.wait_ms;
	machine_add_beep(out, BEEP_WRONG);
	machine_say_number(machine, out,
		event->pin.verdict == VERDICT_WRONG ? TEXT_KEYPAD_PIN_WRONG : TEXT_KEYPAD_PIN_WAIT, "seconds",
		(event->pin.wait_ms + SECOND_MS - 1) / SECOND_MS);
	machine_add_result(out, RESULT_WRONG_PIN);
	machine_enter(machine, second ? MACHINE_SECOND : MACHINE_PIN, event->now, out);
	machine->deadline += event->pin.wait_ms;
}

static void pin_locked(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	machine_add(out, ACT_DROP, 0);
	machine_add_beep(out, BEEP_WRONG);
	machine_say_number(
		machine, out, TEXT_KEYPAD_PIN_LOCKED, "minutes", (event->pin.wait_ms + MINUTE_MS - 1) / MINUTE_MS);
	machine_add_result(out, RESULT_LOCKED);
	machine_enter(machine, MACHINE_READY, event->now, out);
}

/* The PIN is somebody's who may not do this: no try against anybody, but not an order either. */
static void pin_unfit(struct machine *machine, enum text_id why, const char *name, bool second, int64_t now,
	struct machine_actions *out)
{
	const struct text_value values[] = {{"officer", name}};

	machine_add_beep(out, BEEP_WRONG);
	machine_say_values(machine, out, why, values, 1);
	machine_add_result(out, RESULT_WRONG_PIN);
	machine_enter(machine, second ? MACHINE_SECOND : MACHINE_PIN, now, out);
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
	machine_add_beep(out, BEEP_ASK);
	if (!second && machine->red && machine->policy.two_officers) {
		machine_say_name(machine, out, TEXT_KEYPAD_ASK_SECOND);
		machine_enter(machine, MACHINE_SECOND, event->now, out);
		return;
	}
	machine_say_name(machine, out, TEXT_KEYPAD_ASK_CONFIRM);
	machine_enter(machine, MACHINE_CONFIRM, event->now, out);
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
	case VERDICT_NOBODY: machine_drop(machine, TEXT_KEYPAD_NO_OFFICER, RESULT_REFUSED, event->now, out); return;
	case VERDICT_FAULT: machine_drop(machine, TEXT_KEYPAD_FAULT, RESULT_FAULT, event->now, out); return;
	}
}

static void refused(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	if (machine->state != MACHINE_DRAFTING && machine->state != MACHINE_KEEPING)
		return;
	machine_drop(machine, event->refusal, event->refusal == TEXT_KEYPAD_FAULT ? RESULT_FAULT : RESULT_REFUSED,
		event->now, out);
}

static void kept(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	if (machine->state != MACHINE_KEEPING && machine->state != MACHINE_READY)
		return;
	machine->kept = event->kept.id;
	machine->recipients = event->kept.recipients;
	machine->window_end = event->now + event->kept.left_ms;
	machine_say_kept(machine, out, TEXT_KEYPAD_WINDOW, "seconds", (event->kept.left_ms + SECOND_MS - 1) / SECOND_MS,
		machine->kept);
	if (event->kept.stopped_box)
		machine_say(machine, out, TEXT_KEYPAD_NOT_RUNNING);
	machine_enter(machine, MACHINE_WINDOW, event->now, out);
}

static void stopped(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	if (machine->state != MACHINE_STOPPING)
		return;
	if (event->stopped.failed) {
		machine_add_beep(out, BEEP_WRONG);
		machine_say_kept(machine, out, TEXT_KEYPAD_STOP_FAULT, "", 0, machine->kept);
		machine_enter(machine, MACHINE_WINDOW, event->now, out);
		return;
	}
	machine_add_beep(out, BEEP_STOPPED);
	machine_say_kept(machine, out, event->stopped.sent > 0 ? TEXT_KEYPAD_STOPPED_LATE : TEXT_KEYPAD_STOPPED, "sent",
		event->stopped.sent, machine->kept);
	machine_add_result(out, RESULT_STOPPED);
	machine_enter(machine, MACHINE_READY, event->now, out);
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
	machine_say_kept(machine, out, event->progress.done ? TEXT_KEYPAD_FINISHED : TEXT_KEYPAD_PROGRESS, "reached",
		event->progress.reached, machine->running);
	machine->recipients = recipients;
	if (!event->progress.done)
		return;
	machine->running = 0;
	machine_add(out, ACT_LED, machine_led_of(machine));
}

void machine_answered(struct machine *machine, const struct machine_event *event, struct machine_actions *out)
{
	switch (event->kind) {
	case EVENT_DRAFTED: drafted(machine, event, out); return;
	case EVENT_REFUSED: refused(machine, event, out); return;
	case EVENT_PIN_JUDGED: pin_judged(machine, event, out); return;
	case EVENT_KEPT: kept(machine, event, out); return;
	case EVENT_STOPPED: stopped(machine, event, out); return;
	case EVENT_PROGRESS: progress(machine, event, out); return;
	case EVENT_TOLD: machine_tell(machine, event->text, out); return;
	case EVENT_KEY:
	case EVENT_LINE:
	case EVENT_TIME:
	case EVENT_END:
	case EVENT_GONE:
	case EVENT_BACK: return;
	}
}
