/* The comune's WhatsApp templates: what each should be, from the configuration and the texts, and how it stands. Pure. */
#ifndef BANDITORE_TEMPLATE_H
#define BANDITORE_TEMPLATE_H

#include "config/settings.h"
#include "config/texts.h"
#include "modem/graph_template.h"

enum template_kind { TEMPLATE_ALERT, TEMPLATE_CLEAR, TEMPLATE_NEWS, TEMPLATE_COUNT };

const char *template_kind_to_string(enum template_kind kind); /* "alert", "clear", "news" */

struct template
{
	struct graph_template_new as; /* points into the rest and into the settings */
	char body[TEXTS_TEXT_MAX], about[TEXTS_TEXT_MAX], text[TEXTS_TEXT_MAX];
};

/* Fails with EX_CONFIG and the text's name for a body Meta refuses: too long, beginning or ending with a parameter, two of
 * them side by side. */
int template_fill(enum template_kind kind, const struct settings *settings, const struct texts *texts,
	struct template *ret_template, struct err *err);

/* What the person reads: the body with `about` ({alert}, {topic}) and `text` in place. Octets, or -1: out is too small. */
int template_hydrate(enum template_kind kind, const struct settings *settings, const struct texts *texts,
	const char *about, const char *text, char *out, size_t size);

/* Has the account another text than it should? */
bool template_differs(const struct template *wanted, const struct graph_template *found);

/* What is amiss with one as the account has it (NULL: it has none): up to TEMPLATE_WARNINGS_MAX lines that say what to
 * do. Returns their number. */
enum { TEMPLATE_WARNINGS_MAX = 4, TEMPLATE_WARNING_MAX = 192 };
int template_warnings(const struct template *wanted, const struct graph_template *found,
	char warnings[TEMPLATE_WARNINGS_MAX][TEMPLATE_WARNING_MAX]);

#endif
