/* The AT commands: one table for each family, and what they share. */
#ifndef BANDITORE_SIM_COMMANDS_H
#define BANDITORE_SIM_COMMANDS_H

#include "tests/sim/dialogue.h"
#include "tests/sim/sim.h"

enum at_form { AT_RUN = 1, AT_SET = 2, AT_READ = 4, AT_TEST = 8 };

enum at_need {
	NEEDS_NOTHING,
	NEEDS_SIM, /* else +CME ERROR 10, 11, 12 or 14 */
	NEEDS_SMS, /* the same as +CMS ERROR 310, 311, 316 or 314 */
};

struct at_command {
	const char *name; /* with its sign; NULL ends a table */
	enum at_need need;
	/* `args` is what follows '=', without it; "" otherwise. */
	struct answer (*run)(struct modem *m, enum at_form form, const char *args);
};

extern const struct at_command commands_general[]; /* at_general.c: identity, radio, clock */
extern const struct at_command commands_sim[];	   /* at_sim.c: PIN, IMSI, locks */
extern const struct at_command commands_sms[];	   /* at_sms.c: settings and storage of messages */
extern const struct at_command commands_submit[];  /* at_submit.c: sending */
extern const struct at_command commands_call[];	   /* at_call.c: calls and USSD */

/* Runs what follows "AT" on one line, up to the first that fails. */
struct answer command_line_run(struct modem *m, const char *text);

/* Calls `each` for every extended command's name, for AT+CLAC. */
void command_names(struct modem *m, void (*each)(struct modem *m, const char *name));

/* The next argument of a comma separated list: numbers and strings; *args moves behind its comma. arg_number gives
 * `missing` for an empty one and -1 for what is no number; arg_text copies it without quotes and returns false when
 * there is none. */
int arg_number(const char **args, int missing);
bool arg_text(const char **args, char *text, size_t size);

/* The body of AT+CMGS or AT+CMGW is complete: Ctrl-Z has come. */
void submit_body(struct modem *m);

/* What a reset does to the settings of 27.005 and 27.007. */
void settings_reset(struct modem *m);

#endif
