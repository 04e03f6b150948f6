/* The commands of the control socket and of --do. */
#ifndef BANDITORE_GRAPH_SIM_VERBS_H
#define BANDITORE_GRAPH_SIM_VERBS_H

#include "tests/graph-sim/graph.h"

#include <stdio.h>

enum { VERB_LINE_MAX = 65536, VERB_WORDS_MAX = 256, VERB_ERROR_MAX = 400 };

/* Runs one command, or keeps it for its moment. Data lines are added to `out`. 0, or -1 with one line in `error`. */
int verb_run(struct sim *sim, const char *line, struct bytes *out, char error[VERB_ERROR_MAX]);

/* Splits into words: blanks part them, "…" keeps them, \" \\ \n \r \t inside. `buffer` holds them. Returns how
 * many, or -1. */
int verb_words(const char *line, char *buffer, char *words[VERB_WORDS_MAX]);

/* Runs what waited for this many accepted messages. */
void moments_run(struct sim *sim);
void moments_forget(struct sim *sim);

void verbs_help(FILE *out);

/* What verb functions get; words[0] is the verb. */
struct verb_call {
	struct sim *sim;
	char **words;
	int count;
	struct bytes *out;
	char *error; /* VERB_ERROR_MAX */
};

int verb_fail(const struct verb_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A number in words[index]; `missing` when there are fewer words. False: error told. */
bool verb_number(const struct verb_call *call, int index, long missing, long min, long max, long *ret);

/* The number after `key` from words[from] on, or `missing`. */
bool verb_option_number(
	const struct verb_call *call, int from, const char *key, long missing, long min, long max, long *ret);

/* The word after `key`; NULL: no such key from words[from] on. */
const char *verb_option(const struct verb_call *call, int from, const char *key);
bool verb_has(const struct verb_call *call, int from, const char *word);

/* The person of +39…, of digits, or of a BSUID. NULL: error told. */
struct person *verb_person(const struct verb_call *call, const char *word);

struct verb {
	const char *name;
	int least; /* words, the verb among them */
	int (*run)(const struct verb_call *call);
	const char *usage;
};

extern const struct verb verbs_fault[], verbs_world[]; /* verbs_fault.c, verbs_world.c; end with a NULL name */

int inbound_run(const struct verb_call *call); /* inbound.c: `in` */
void inbound_help(FILE *out);

#endif
