#include "firmware-host/template.h"

#include <stdio.h>
#include <string.h>

#define ALERT_PARAMETER "{{alert}}"
#define TEXT_PARAMETER	"{{text}}"
#define TOPIC_PARAMETER "{{topic}}"

const char *template_kind_to_string(enum template_kind kind)
{
	switch (kind) {
	case TEMPLATE_ALERT: return "alert";
	case TEMPLATE_CLEAR: return "clear";
	case TEMPLATE_NEWS: return "news";
	case TEMPLATE_COUNT: break;
	}
	return "unknown";
}

/* ---- what it should be ------------------------------------------------------------------------------------------- */

/* "ARANCIONE per temporali, fino alle 18:00"; an all-clear has no hour. */
static void example_alert(const struct texts *texts, bool until, char *out, size_t size)
{
	char hazard[TEXTS_TEXT_MAX], hour[TEXTS_TEXT_MAX] = "";
	const struct text_value hazards[] = {{"hazard", texts_get(texts, TEXT_TEMPLATE_HAZARD_EXAMPLE)}};
	const struct text_value hours[] = {{"until", "18:00"}};

	texts_fill(texts, TEXT_ALERT_HAZARD, hazards, 1, hazard, sizeof hazard);
	if (until)
		texts_fill(texts, TEXT_ALERT_UNTIL, hours, 1, hour, sizeof hour);
	(void)snprintf(out, size, "%.100s%.400s%.400s", texts_get(texts, TEXT_COLOUR_ORANGE), hazard, hour);
}

static void example_add(struct template *template, const char *parameter, const char *name, const char *value)
{
	if (strstr(template->body, parameter))
		template->as.examples[template->as.example_count++] = (struct graph_parameter){name, value};
}

static int body_check(const char *body, enum template_kind kind, struct err *err)
{
	const char *name = template_kind_to_string(kind);
	size_t length = strlen(body), characters = graph_characters(body);

	if (characters > GRAPH_BODY_MAX)
		return err_set(err, EX_CONFIG, "texts: template_%s has %zu characters; WhatsApp takes %d", name,
			characters, GRAPH_BODY_MAX);
	if (strncmp(body, "{{", 2) == 0 || (length >= 2 && strcmp(body + length - 2, "}}") == 0))
		return err_set(err, EX_CONFIG,
			"texts: template_%s begins or ends with what is filled in; WhatsApp wants words around it",
			name);
	if (strstr(body, "}}{{"))
		return err_set(err, EX_CONFIG,
			"texts: template_%s has two places to fill in side by side; WhatsApp wants words between",
			name);
	return 0;
}

static int32_t ttl_of(const struct settings *settings)
{
	int32_t ttl = settings->alert.expires_after_s;

	if (ttl < GRAPH_TTL_MIN_S)
		return GRAPH_TTL_MIN_S;
	return ttl > GRAPH_TTL_MAX_S ? GRAPH_TTL_MAX_S : ttl;
}

int template_hydrate(enum template_kind kind, const struct settings *settings, const struct texts *texts,
	const char *about, const char *text, char *out, size_t size)
{
	static const enum text_id bodies[] = {TEXT_TEMPLATE_ALERT, TEXT_TEMPLATE_CLEAR, TEXT_TEMPLATE_NEWS};
	const struct text_value values[] = {
		{"comune", settings->comune.name},
		{"service", settings->comune.service},
		{"contacts", settings->comune.contacts},
		{kind == TEMPLATE_NEWS ? "topic" : "alert", about},
		{"text", text},
	};

	return texts_fill(texts, bodies[kind], values, sizeof values / sizeof *values, out, size);
}

int template_fill(enum template_kind kind, const struct settings *settings, const struct texts *texts,
	struct template *t, struct err *err)
{
	static const enum text_id examples[] = {
		TEXT_TEMPLATE_ALERT_EXAMPLE, TEXT_TEMPLATE_CLEAR_EXAMPLE, TEXT_TEMPLATE_NEWS_EXAMPLE};
	const char *names[] = {settings->whatsapp.templates.alert, settings->whatsapp.templates.clear,
		settings->whatsapp.templates.news};

	*t = (struct template){0};
	t->as.name = names[kind];
	t->as.language = settings->whatsapp.templates.language;
	t->as.category = kind == TEMPLATE_NEWS ? "MARKETING" : "UTILITY";
	t->as.body = t->body;
	t->as.ttl_s = kind == TEMPLATE_ALERT ? ttl_of(settings) : 0;
	if (template_hydrate(kind, settings, texts, kind == TEMPLATE_NEWS ? TOPIC_PARAMETER : ALERT_PARAMETER,
		    TEXT_PARAMETER, t->body, sizeof t->body) < 0)
		return err_set(
			err, EX_CONFIG, "texts: template_%s is too long; shorten it", template_kind_to_string(kind));

	if (kind == TEMPLATE_NEWS)
		(void)snprintf(t->about, sizeof t->about, "%s",
			settings->topic_count > 0 ? settings->topics[0].name : settings->comune.service);
	else
		example_alert(texts, kind == TEMPLATE_ALERT, t->about, sizeof t->about);
	(void)snprintf(t->text, sizeof t->text, "%s", texts_get(texts, examples[kind]));
	example_add(t, ALERT_PARAMETER, "alert", t->about);
	example_add(t, TOPIC_PARAMETER, "topic", t->about);
	example_add(t, TEXT_PARAMETER, "text", t->text);
	return body_check(t->body, kind, err);
}

/* ---- how it stands ----------------------------------------------------------------------------------------------- */

static const struct {
	const char *status, *remedy;
} remedies[] = {
	{"PENDING", "Meta is examining it; that takes up to a day"},
	{"IN_APPEAL", "Meta is examining it again"},
	{"REJECTED", "change its text, then run: banditore template push"},
	{"PAUSED", "people blocked or reported it; it resumes by itself after hours, or is resumed on Meta's page"},
	{"DISABLED", "it is lost for good; give whatsapp.templates another name, then run: banditore template push"},
	{"ARCHIVED", "it was idle for a year and is deleted in 28 days; take it back on Meta's page"},
	{"LIMIT_EXCEEDED", "the account has too many templates; delete some on Meta's page"},
	{"PENDING_DELETION", "it is being deleted; give whatsapp.templates another name"},
	{"DELETED", "run: banditore template push"},
};

static const char *remedy_of(const char *status)
{
	for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
		if (strcmp(remedies[i].status, status) == 0)
			return remedies[i].remedy;
	return "see Meta's page";
}

bool template_differs(const struct template *wanted, const struct graph_template *found)
{
	return found->body[0] != '\0' && strcmp(found->body, wanted->body) != 0;
}

int template_warnings(const struct template *wanted, const struct graph_template *found,
	char warnings[TEMPLATE_WARNINGS_MAX][TEMPLATE_WARNING_MAX])
{
	int count = 0;

	if (!found) {
		(void)snprintf(warnings[0], TEMPLATE_WARNING_MAX,
			"the account does not have it; run: banditore template push");
		return 1;
	}
	if (!graph_template_is_usable(found))
		(void)snprintf(warnings[count++], TEMPLATE_WARNING_MAX, "%.24s%s%.40s: %s", found->status,
			found->reason[0] ? ", " : "", found->reason, remedy_of(found->status));
	if (strcmp(found->category, wanted->as.category) != 0)
		(void)snprintf(warnings[count++], TEMPLATE_WARNING_MAX,
			"Meta has it as %.24s, not %s: it costs otherwise and reaches others; ask for a review within "
			"60 days",
			found->category, wanted->as.category);
	if (strcmp(found->quality, "RED") == 0 || strcmp(found->quality, "YELLOW") == 0)
		(void)snprintf(warnings[count++], TEMPLATE_WARNING_MAX,
			"its quality is %.12s: people block or report it, and Meta may pause it", found->quality);
	if (template_differs(wanted, found))
		(void)snprintf(warnings[count++], TEMPLATE_WARNING_MAX,
			"its text is not the one of the texts file; run: banditore template push");
	return count;
}
