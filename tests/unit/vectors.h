/* The rows of tests/vectors/codec.tsv as named cmocka tests: facts about the wire and about tables, each with its source.
 *
 * Each kind belongs to one test program (the list is in vectors.c). A row of a kind nobody owns, or whose program has no
 * check for it, is a failing test; so is a file with fewer rows than it had. */
#ifndef BANDITORE_TESTS_VECTORS_H
#define BANDITORE_TESTS_VECTORS_H

#include <jansson.h>
#include <stddef.h>

struct vector {
	char *kind, *input, *source;
	json_t *json;	  /* the input, when it is JSON; else NULL */
	json_t *expected; /* an object */
};

struct vector_check {
	const char *kind;
	void (*check)(const struct vector *row);
};

/* Runs every row of the program's kinds; the program's exit status. */
int vectors_run(const char *program, const struct vector_check *checks, size_t count);

/* Access that fails the running test when the value is missing or of another type. */
const char *vector_string(const json_t *object, const char *key);
long long vector_integer(const json_t *object, const char *key);

/* Fails unless `value` is this string, integer or boolean; `field` names it. */
void vector_expect_string(const char *field, const json_t *value, const char *actual);
void vector_expect_integer(const char *field, const json_t *value, long long actual);
void vector_expect_bool(const char *field, const json_t *value, int actual);

/* Is this field prose, which nothing can be checked against? */
int vector_is_prose(const char *field);

#endif
