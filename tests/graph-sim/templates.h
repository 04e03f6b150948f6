/* Message templates: kept, moderated, managed by API and by command. */
#ifndef BANDITORE_GRAPH_SIM_TEMPLATES_H
#define BANDITORE_GRAPH_SIM_TEMPLATES_H

#include "tests/graph-sim/reply.h"

struct template *template_find(const struct sim *sim, const char *name, const char *language);
struct template *template_by_id(const struct sim *sim, const char *id);

/* The API. `query` gives a query argument or NULL. */
typedef const char *template_query(void *of, const char *key);
struct reply templates_list(struct sim *sim, template_query *query, void *of, const char *base);
struct reply templates_create(struct sim *sim, const json_t *body);
struct reply templates_delete(struct sim *sim, const char *name, const char *id);
struct reply template_get(const struct template *template, const char *fields);
struct reply template_edit(struct sim *sim, struct template *template, const json_t *body);
struct reply template_unpause(struct sim *sim, struct template *template);

/* A new status, told by webhook with `event` (NULL: the status) and reason (NULL: NONE). */
void template_status(
	struct sim *sim, struct template *template, const char *status, const char *event, const char *reason);
void template_recategorise(struct sim *sim, struct template *template, const char *category, bool warning);
void template_quality(struct sim *sim, struct template *template, const char *quality);

json_t *template_json(const struct template *template, const char *fields); /* a new reference */
void template_remove(struct sim *sim, struct template *template);
void templates_forget(struct sim *sim);

/* ---- template_check.c ---- */

/* The rules of creation. True, or `ret` says what is wrong. */
bool template_check(const json_t *body, struct reply *ret);

#endif
