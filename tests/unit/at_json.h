/* What modem/at_parse.h makes of a line, as the JSON object whose keys tests/vectors/at.tsv uses. Failing to parse what must
 * be readable fails the running test. */
#ifndef BANDITORE_TESTS_AT_JSON_H
#define BANDITORE_TESTS_AT_JSON_H

#include <jansson.h>
#include <stddef.h>

void json_set(json_t *object, const char *key, json_t *value); /* takes the value */
json_t *json_integer_or_null(int value);		       /* null below 0 */
const char *json_line(const json_t *lines, size_t index);      /* "" when there is none */

/* Adds the values of an answer's lines: registration, operator, stores, signal, time… Adds nothing for a line it does not
 * know. */
void json_read_value(json_t *actual, const json_t *lines);

void json_read_registration(json_t *actual, const char *line);

/* Adds those of a message: its header's, and its PDU's. hex NULL: the PDU follows the header's newline. */
void json_read_message(json_t *actual, const char *header, const char *hex);

#endif
