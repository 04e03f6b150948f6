/* People, templates, the account, and other webhooks. */
#include "tests/graph-sim/hook.h"
#include "tests/graph-sim/people.h"
#include "tests/graph-sim/templates.h"
#include "tests/graph-sim/verbs.h"

#include <stdlib.h>
#include <string.h>

static int put_json_line(const struct verb_call *call, json_t *json)
{
	char *text = must(json_dumps(must(json), JSON_COMPACT));

	bytes_printf(call->out, "%s\n", text);
	free(text);
	json_decref(json);
	return 0;
}

/* ---- people ---- */

static int set_person(const struct verb_call *call, struct person *person, const char *key, const char *value)
{
	struct sim *sim = call->sim;

	if (strcmp(key, "name") == 0)
		text_copy(person->name, sizeof person->name, value);
	else if (strcmp(key, "username") == 0)
		text_copy(person->username, sizeof person->username, value);
	else if (strcmp(key, "hidden") == 0)
		person->hidden = strcmp(value, "0") != 0;
	else if (strcmp(key, "window") == 0)
		person->window_end_us = sim->timers.now_us + strtol(value, NULL, 10) * 1000000;
	else if (strcmp(key, "bsuid") == 0)
		return person_set_bsuid(sim, person, value) ? 0 : verb_fail(call, "bad or taken BSUID '%s'", value);
	else if (strcmp(key, "phone") == 0)
		return person_set_phone(sim, person, value + (*value == '+'))
			       ? 0
			       : verb_fail(call, "taken number '%s'", value);
	else
		return verb_fail(call, "name, username, hidden, window, bsuid or phone, not '%s'", key);
	return 0;
}

static int run_person(const struct verb_call *call)
{
	struct person *person = verb_person(call, call->words[1]);
	char key[32];

	if (person == NULL)
		return -1;
	for (int i = 2; i < call->count; i++) {
		size_t length = strcspn(call->words[i], "=");
		if (call->words[i][length] != '=' || length >= sizeof key)
			return verb_fail(call, "KEY=VALUE, not '%.60s'", call->words[i]);
		snprintf(key, sizeof key, "%.*s", (int)length, call->words[i]);
		if (set_person(call, person, key, call->words[i] + length + 1) < 0)
			return -1;
	}
	int64_t left_us = person->window_end_us - call->sim->timers.now_us;
	return put_json_line(
		call, json_pack("{s:s,s:s,s:s,s:s,s:b,s:I}", "phone", person->phone, "user_id", person->bsuid, "name",
			      person->name, "username", person->username, "hidden", (int)person->hidden,
			      "window_seconds", (json_int_t)(left_us > 0 ? left_us / 1000000 : 0)));
}

static int run_preference(const struct verb_call *call)
{
	const struct person *person = verb_person(call, call->words[1]);

	if (person == NULL)
		return -1;
	bool stop = strcmp(call->words[2], "stop") == 0;
	json_t *preference = json_pack("{s:s,s:s,s:s,s:s,s:I}", "user_id", person->bsuid, "detail",
		stop ? "User requested to stop marketing messages" : "User requested to resume marketing messages",
		"category", "marketing_messages", "value", call->words[2], "timestamp", (json_int_t)hook_seconds());
	if (!person->hidden && person->phone[0] != '\0')
		json_object_set_new(preference, "wa_id", json_string(person->phone));
	hook_event(call->sim, "user_preferences",
		json_pack("{s:s,s:{s:s,s:s},s:[o],s:[o]}", "messaging_product", "whatsapp", "metadata",
			"display_phone_number", call->sim->knobs.number, "phone_number_id", call->sim->knobs.pnid,
			"contacts", person_contact(person, false), "user_preferences", preference));
	return 0;
}

/* ---- templates ---- */

/* template add JSON|FILE: as the API creates it, and approved at once. */
static int add_template(const struct verb_call *call)
{
	const char *source = call->words[2];
	json_t *body = *source == '{' ? json_loads(source, 0, NULL) : json_load_file(source, 0, NULL);

	if (!json_is_object(body)) {
		json_decref(body);
		return verb_fail(call, "no JSON object");
	}
	struct reply reply = templates_create(call->sim, body);
	struct template *template = reply.code >= 0
					    ? NULL
					    : template_find(call->sim, json_string_value(json_object_get(body, "name")),
						      json_string_value(json_object_get(body, "language")));
	json_decref(body);
	int result = template == NULL ? verb_fail(call, "%.300s", reply.body) : 0;
	if (template != NULL) {
		text_copy(template->status, sizeof template->status, "APPROVED");
		bytes_printf(call->out, "%s\n", reply.body);
	}
	free(reply.body);
	return result;
}

static const struct {
	const char *verb, *status, *event;
} moves[] = {
	{"approve", "APPROVED", NULL},
	{"reject", "REJECTED", NULL},
	{"pause", "PAUSED", NULL},
	{"unpause", "APPROVED", "REINSTATED"},
	{"disable", "DISABLED", NULL},
	{"archive", "ARCHIVED", NULL},
	{"unarchive", "APPROVED", "UNARCHIVED"},
	{"flag", "APPROVED", "FLAGGED"},
	{"appeal", "IN_APPEAL", NULL},
	{"pend", "PENDING", NULL},
};

/* NAME or NAME:LANGUAGE. */
static struct template *template_of(const struct sim *sim, const char *word)
{
	for (struct template *t = sim->templates; t != NULL; t = t->next) {
		size_t length = strlen(t->name);
		if (strncmp(t->name, word, length) != 0)
			continue;
		if (word[length] == '\0' || (word[length] == ':' && strcmp(word + length + 1, t->language) == 0))
			return t;
	}
	return NULL;
}

/* template NAME[:LANGUAGE] approve|…|recategorise CATEGORY|warn CATEGORY|quality SCORE|delete */
static int run_template(const struct verb_call *call)
{
	const char *verb = call->words[2], *more = call->count > 3 ? call->words[3] : NULL;

	if (strcmp(call->words[1], "add") == 0)
		return add_template(call);
	struct template *template = template_of(call->sim, call->words[1]);
	if (template == NULL)
		return verb_fail(call, "no template '%s'", call->words[1]);
	for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
		if (strcmp(moves[i].verb, verb) == 0) {
			template_status(call->sim, template, moves[i].status, moves[i].event, more);
			return 0;
		}
	if (strcmp(verb, "delete") == 0) {
		template_status(call->sim, template, "DELETED", NULL, NULL);
		template_remove(call->sim, template);
		return 0;
	}
	if (more == NULL)
		return verb_fail(call, "unknown '%s', or a word is missing; try help", verb);
	if (strcmp(verb, "recategorise") == 0)
		template_recategorise(call->sim, template, more, false);
	else if (strcmp(verb, "warn") == 0)
		template_recategorise(call->sim, template, more, true);
	else if (strcmp(verb, "quality") == 0)
		template_quality(call->sim, template, more);
	else
		return verb_fail(call, "unknown '%s', try help", verb);
	return 0;
}

static int run_templates(const struct verb_call *call)
{
	static const char fields[] =
		"name,language,status,category,quality_score,rejected_reason,message_send_ttl_seconds,components";

	for (struct template *t = call->sim->templates; t != NULL; t = t->next)
		put_json_line(call, template_json(t, fields));
	return 0;
}

/* ---- the account ---- */

static int run_health(const struct verb_call *call)
{
	long code;

	if (!verb_number(call, 2, 0, 0, 999999, &code))
		return -1;
	if (!text_copy(call->sim->health, sizeof call->sim->health, call->words[1]))
		return verb_fail(call, "AVAILABLE, LIMITED or BLOCKED");
	call->sim->health_code = (int)code;
	text_copy(call->sim->health_text, sizeof call->sim->health_text, call->count > 3 ? call->words[3] : "");
	return 0;
}

static int run_quality(const struct verb_call *call)
{
	text_copy(call->sim->quality, sizeof call->sim->quality, call->words[1]);
	hook_event(call->sim, "phone_number_quality_update",
		json_pack("{s:s,s:s}", "display_phone_number", call->sim->knobs.number, "event",
			strcmp(call->words[1], "RED") == 0 ? "FLAGGED" : "UNFLAGGED"));
	return 0;
}

static int run_event(const struct verb_call *call)
{
	json_t *value = json_loads(call->words[2], 0, NULL);

	if (value == NULL)
		return verb_fail(call, "no JSON");
	hook_event(call->sim, call->words[1], value);
	return 0;
}

static int run_post(const struct verb_call *call)
{
	hook_raw(call->sim, call->words[1]);
	return 0;
}

const struct verb verbs_world[] = {
	{"in", 3, inbound_run,
		"FROM [--id WAMID] [--at SECONDS] [--context WAMID] [--bsuid-only] [--bsuid-in-from] [--no-contact] "
		"[--forwarded]\n"
		"    [--people N] [--copies N] TYPE …: a message from +39… or a BSUID; opens their window. TYPE is one "
		"of"},
	{"person", 2, run_person, "PHONE|BSUID [name=|username=|hidden=0|1|window=SECONDS|bsuid=|phone=]…"},
	{"preference", 3, run_preference, "PHONE stop|resume: marketing messages"},
	{"template", 3, run_template,
		"add JSON|FILE (approved at once) | NAME[:LANGUAGE] approve|reject "
		"[REASON]|pause|unpause|disable|archive|unarchive|flag|\n"
		"    appeal|pend|recategorise CATEGORY|warn CATEGORY|quality SCORE|delete"},
	{"templates", 1, run_templates, ": a line of JSON for each"},
	{"health", 2, run_health, "AVAILABLE|LIMITED|BLOCKED [CODE [TEXT]]"},
	{"quality", 2, run_quality, "GREEN|YELLOW|RED"},
	{"event", 3, run_event, "FIELD JSON: any other webhook"},
	{"post", 2, run_post, "BODY: these octets as a webhook, signed"},
	{NULL, 0, NULL, NULL},
};
