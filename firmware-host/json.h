/* What jansson leaves to say twice. */
#ifndef BANDITORE_JSON_H
#define BANDITORE_JSON_H

#include <jansson.h>

/* A string; "?" for what is not UTF-8, which a modem may tell. */
json_t *json_text(const char *text);

/* A string as somebody wrote it, with U+FFFD for what is not UTF-8. */
json_t *json_written(const char *text, size_t length);

/* The string under the key, "" when there is none. Borrowed. */
const char *json_text_of(const json_t *json, const char *key);

/* Prints to stdout with a newline. What steers a terminal or turns the writing's direction goes as \uXXXX, which reads back
 * as it was. What cannot be written main finds at the end. */
void json_print(const json_t *json);

#endif
