#include "firmware-host/keypad/machine_private.h"

#include <stdio.h>
#include <string.h>

struct machine_action *machine_add(struct machine_actions *out, enum machine_act act, int64_t number)
{
	struct machine_action *action = &out->list[out->count < MACHINE_ACTIONS_MAX - 1 ? out->count++ : out->count];

	*action = (struct machine_action){.act = act, .number = number, .id = TEXT_COUNT};
	return action;
}

void machine_add_beep(struct machine_actions *out, enum machine_beep beep)
{
	machine_add(out, ACT_BEEP, beep);
}

void machine_add_result(struct machine_actions *out, enum machine_result result)
{
	machine_add(out, ACT_RESULT, result);
}

static void machine_said(struct machine *machine, const char *text, bool more)
{
	size_t used = more ? strlen(machine->said) : 0;

	(void)snprintf(machine->said + used, sizeof machine->said - used, "%s%s", used ? " " : "", text);
}

void machine_say_values(struct machine *machine, struct machine_actions *out, enum text_id id,
	const struct text_value *values, size_t count)
{
	bool more = false;

	for (int i = 0; i < out->count; i++)
		more = more || out->list[i].act == ACT_SAY;
	struct machine_action *action = machine_add(out, ACT_SAY, 0);
	action->id = id;
	(void)texts_fill(machine->texts, id, values, count, action->text, sizeof action->text);
	machine_said(machine, action->text, more);
}

void machine_say(struct machine *machine, struct machine_actions *out, enum text_id id)
{
	machine_say_values(machine, out, id, NULL, 0);
}

/* A text with one number in it. */
void machine_say_number(
	struct machine *machine, struct machine_actions *out, enum text_id id, const char *name, int64_t number)
{
	char digits[24];
	const struct text_value values[] = {{name, digits}};

	(void)snprintf(digits, sizeof digits, "%lld", (long long)number);
	machine_say_values(machine, out, id, values, 1);
}

void machine_say_name(struct machine *machine, struct machine_actions *out, enum text_id id)
{
	const struct text_value values[] = {{"officer", machine->officer_name}};

	machine_say_values(machine, out, id, values, 1);
}

/* What is said of a kept message. */
void machine_say_kept(struct machine *machine, struct machine_actions *out, enum text_id id, const char *name,
	int64_t number, int64_t of)
{
	char kept[24], recipients[24], digits[24];
	const struct text_value values[] = {{"id", kept}, {"recipients", recipients}, {name, digits}};

	(void)snprintf(kept, sizeof kept, "%lld", (long long)of);
	(void)snprintf(recipients, sizeof recipients, "%lld", (long long)machine->recipients);
	(void)snprintf(digits, sizeof digits, "%lld", (long long)number);
	machine_say_values(machine, out, id, values, 3);
}

void machine_tell(struct machine *machine, const char *text, struct machine_actions *out)
{
	struct machine_action *action = machine_add(out, ACT_SAY, 0);

	(void)snprintf(action->text, sizeof action->text, "%s", text);
	machine_said(machine, action->text, action != out->list);
}
