/* A template message checked against its template. */
#ifndef BANDITORE_GRAPH_SIM_TEMPLATE_USE_H
#define BANDITORE_GRAPH_SIM_TEMPLATE_USE_H

#include "tests/graph-sim/reply.h"

/* The template `content` asks for, its parameters checked; adds name, language, parameters and the finished text to
 * `about`. NULL: `ret` says what is wrong. */
const struct template *template_use(struct sim *sim, const json_t *content, json_t *about, struct reply *ret);

const char *template_category(const struct template *template); /* as `pricing` names it; lives for ever */

/* The distinct placeholders of a text, in order of appearance: their names without braces. -1: braces that do not
 * match, or more than fit. */
enum { PLACEHOLDERS_MAX = 32, PLACEHOLDER_MAX = 64 };
int placeholders(const char *text, char names[PLACEHOLDERS_MAX][PLACEHOLDER_MAX]);

#endif
