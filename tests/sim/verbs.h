/* The commands of the control socket and of scenario files. */
#ifndef BANDITORE_SIM_VERBS_H
#define BANDITORE_SIM_VERBS_H

#include "tests/sim/sim.h"

enum { VERB_LINE_MAX = 8192, VERB_WORDS_MAX = 1024, VERB_ERROR_MAX = 256 };

/* Runs one command. `self` is what '@' stands for, NULL: nothing. Data lines are added to `out`. 0, or -1 with one
 * line in `error`. */
int verb_run(struct sim *sim, struct modem *self, const char *line, struct bytes *out, char error[VERB_ERROR_MAX]);

/* Splits into words: blanks part them, "…" keeps them, \" \\ \n \r \t \xHH inside. `buffer` holds them. Returns how
 * many, or -1. */
int verb_words(const char *line, char buffer[VERB_LINE_MAX], char *words[VERB_WORDS_MAX]);

void verbs_help(FILE *out);

/* What verb functions get; words[0] is the verb, words[1] the modem where there is one. */
struct verb_call {
	struct sim *sim;
	struct modem *modem;
	char **words;
	int count;
	struct bytes *out;
	char *error; /* VERB_ERROR_MAX */
};

int verb_fail(const struct verb_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A number from min to max in words[index]; `missing` when there are fewer words. False: error told. */
bool verb_number(const struct verb_call *call, int index, long missing, long min, long max, long *ret);

/* The word after `key`, e.g. 50 in "count 50"; NULL: no such key from words[from] on. */
const char *verb_option(const struct verb_call *call, int from, const char *key);

struct verb {
	const char *name;
	bool with_modem;
	int least; /* words, the verb among them */
	int (*run)(const struct verb_call *call);
	const char *usage;
};

extern const struct verb verbs_fault[]; /* verbs_fault.c; ends with a NULL name */

#endif
