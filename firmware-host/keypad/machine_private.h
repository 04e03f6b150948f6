/* What the files of the keypad's state machine share. machine.c: states, time, the pad; machine_typed.c: what the officer
 * types; machine_answer.c: what the world answers; machine_say.c: actions and sentences. */
#ifndef BANDITORE_MACHINE_PRIVATE_H
#define BANDITORE_MACHINE_PRIVATE_H

#include "firmware-host/keypad/machine.h"

/* ---- machine.c */

/* Every change of state goes through machine_enter. machine_drop: the order ends here and nothing of it was kept. */
void machine_enter(struct machine *machine, enum machine_state state, int64_t now, struct machine_actions *out);
void machine_drop(
	struct machine *machine, enum text_id why, enum machine_result how, int64_t now, struct machine_actions *out);
enum machine_led machine_led_of(const struct machine *machine);

/* ---- machine_typed.c */
void machine_key_typed(struct machine *machine, int key, int64_t now, struct machine_actions *out);
void machine_line_typed(struct machine *machine, const char *typed, int64_t now, struct machine_actions *out);

/* ---- machine_answer.c */
void machine_answered(struct machine *machine, const struct machine_event *event, struct machine_actions *out);

/* ---- machine_say.c */
struct machine_action *machine_add(struct machine_actions *out, enum machine_act act, int64_t number);
void machine_add_beep(struct machine_actions *out, enum machine_beep beep);
void machine_add_result(struct machine_actions *out, enum machine_result result);
void machine_say(struct machine *machine, struct machine_actions *out, enum text_id id);
void machine_say_values(struct machine *machine, struct machine_actions *out, enum text_id id,
	const struct text_value *values, size_t count);
void machine_say_number(struct machine *machine, struct machine_actions *out, enum text_id id, const char *name,
	int64_t number);								      /* one in it */
void machine_say_name(struct machine *machine, struct machine_actions *out, enum text_id id); /* the officer's */

/* What is said of kept message `of`; `name` is a further number's, "": none. */
void machine_say_kept(struct machine *machine, struct machine_actions *out, enum text_id id, const char *name,
	int64_t number, int64_t of);
void machine_tell(struct machine *machine, const char *text, struct machine_actions *out); /* a text of the world's */

#endif
