#include "tests/graph-sim/templates.h"

#include "tests/graph-sim/hook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PAGE = 25, PAGE_MAX = 1000 };

static const char list_fields[] = "name,parameter_format,components,language,status,category,id";

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

struct template *template_find(const struct sim *sim, const char *name, const char *language)
{
	for (struct template *t = sim->templates; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0 && strcmp(t->language, language) == 0)
			return t;
	return NULL;
}

struct template *template_by_id(const struct sim *sim, const char *id)
{
	for (struct template *t = sim->templates; t != NULL; t = t->next)
		if (strcmp(t->id, id) == 0)
			return t;
	return NULL;
}

void template_remove(struct sim *sim, struct template *template)
{
	struct template **link = &sim->templates;

	while (*link != template)
		link = &(*link)->next;
	*link = template->next;
	json_decref(template->components);
	free(template);
}

void templates_forget(struct sim *sim)
{
	while (sim->templates != NULL)
		template_remove(sim, sim->templates);
}

/* ---- told by webhook ---- */

static json_t *about(const struct template *t)
{
	return must(json_pack("{s:I,s:s,s:s}", "message_template_id", (json_int_t)strtoll(t->id, NULL, 10),
		"message_template_name", t->name, "message_template_language", t->language));
}

void template_status(struct sim *sim, struct template *t, const char *status, const char *event, const char *reason)
{
	json_t *value = about(t);
	const char *told = event != NULL ? event : status;

	text_copy(t->status, sizeof t->status, status);
	text_copy(t->reason, sizeof t->reason, reason != NULL ? reason : "NONE");
	json_object_set_new(value, "event", json_string(told));
	json_object_set_new(value, "reason", json_string(t->reason));
	json_object_set_new(value, "message_template_category", json_string(t->category));
	if (strcmp(told, "REJECTED") == 0)
		json_object_set_new(value, "rejection_info",
			json_pack(
				"{s:s,s:s}", "reason", t->reason, "recommendation", "Change the text and try again."));
	if (strcmp(told, "PAUSED") == 0)
		json_object_set_new(value, "other_info",
			json_pack("{s:s,s:s}", "title", "FIRST_PAUSE", "description", "Paused for low quality."));
	if (strcmp(told, "DISABLED") == 0)
		json_object_set_new(
			value, "disable_info", json_pack("{s:I}", "disable_date", (json_int_t)hook_seconds()));
	hook_event(sim, "message_template_status_update", value);
}

void template_recategorise(struct sim *sim, struct template *t, const char *category, bool warning)
{
	json_t *value = about(t);

	if (warning) {
		json_object_set_new(value, "new_category", json_string(t->category));
		json_object_set_new(value, "correct_category", json_string(category));
		json_object_set_new(value, "category_update_timestamp", json_integer(hook_seconds() + DAY_S));
	} else {
		json_object_set_new(value, "previous_category", json_string(t->category));
		json_object_set_new(value, "new_category", json_string(category));
		text_copy(t->previous_category, sizeof t->previous_category, t->category);
		text_copy(t->category, sizeof t->category, category);
	}
	hook_event(sim, "template_category_update", value);
}

void template_quality(struct sim *sim, struct template *t, const char *quality)
{
	json_t *value = about(t);

	json_object_set_new(value, "previous_quality_score", json_string(t->quality));
	json_object_set_new(value, "new_quality_score", json_string(quality));
	text_copy(t->quality, sizeof t->quality, quality);
	hook_event(sim, "message_template_quality_update", value);
}

/* ---- moderation ---- */

static void fire_moderation(struct sim *sim, const struct event *event)
{
	struct template *t = sim->templates;

	while (t != NULL && t->number != event->a)
		t = t->next;
	if (t == NULL || strcmp(t->status, "PENDING") != 0)
		return;
	if (strcmp(sim->knobs.moderation, "reject") == 0) {
		template_status(sim, t, "REJECTED", NULL, "INVALID_FORMAT");
		return;
	}
	if (strcmp(sim->knobs.moderation, "marketing") == 0)
		template_recategorise(sim, t, "MARKETING", false);
	template_status(sim, t, "APPROVED", NULL, NULL);
}

static void moderate(struct sim *sim, const struct template *t)
{
	if (strcmp(sim->knobs.moderation, "manual") != 0)
		timer_add(&sim->timers, sim->knobs.moderation_ms * 1000,
			(struct event){.fire = fire_moderation, .a = t->number});
}

/* ---- the API ---- */

static bool is_asked(const char *fields, const char *key)
{
	size_t length = strlen(key);

	for (const char *at = fields; (at = strstr(at, key)) != NULL; at += length) {
		bool starts = at == fields || at[-1] == ',', ends = at[length] == '\0' || at[length] == ',';
		if (starts && ends)
			return true;
	}
	return false;
}

json_t *template_json(const struct template *t, const char *fields)
{
	json_t *object = json_object();
	const struct {
		const char *key, *value;
	} texts[] = {{"name", t->name}, {"language", t->language}, {"status", t->status}, {"category", t->category},
		{"parameter_format", t->named ? "NAMED" : "POSITIONAL"}, {"rejected_reason", t->reason}};

	if (fields == NULL || *fields == '\0')
		fields = list_fields;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (is_asked(fields, texts[i].key))
			json_object_set_new(object, texts[i].key, json_string(texts[i].value));
	if (is_asked(fields, "components"))
		json_object_set_new(object, "components", json_deep_copy(t->components));
	if (is_asked(fields, "quality_score"))
		json_object_set_new(object, "quality_score", json_pack("{s:s}", "score", t->quality));
	if (is_asked(fields, "previous_category") && t->previous_category[0] != '\0')
		json_object_set_new(object, "previous_category", json_string(t->previous_category));
	if (is_asked(fields, "message_send_ttl_seconds"))
		json_object_set_new(object, "message_send_ttl_seconds", json_integer(t->ttl));
	json_object_set_new(object, "id", json_string(t->id));
	return object;
}

struct reply template_get(const struct template *t, const char *fields)
{
	return reply_json(template_json(t, fields));
}

static bool is_wanted(const struct template *t, template_query *query, void *of)
{
	static const char *const keys[] = {"name", "status", "language", "category"};
	const char *const values[] = {t->name, t->status, t->language, t->category};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const char *asked = query(of, keys[i]);
		if (asked == NULL)
			continue;
		if (i == 0 ? strcasestr(values[i], asked) == NULL : strcasecmp(values[i], asked) != 0)
			return false;
	}
	return true;
}

/* In the order they were made; the cursor is the number of the last of a page. */
struct reply templates_list(struct sim *sim, template_query *query, void *of, const char *base)
{
	const char *limit_text = query(of, "limit"), *after = query(of, "after"), *fields = query(of, "fields");
	long limit = limit_text == NULL ? PAGE : strtol(limit_text, NULL, 10);
	uint32_t from = after == NULL ? 0 : (uint32_t)strtoul(after, NULL, 10), first = 0, last = 0;
	json_t *data = json_array(), *paging = json_object();
	char cursor[16], next[600];
	bool more = false;

	if (limit < 1 || limit > PAGE_MAX) {
		json_decref(data);
		json_decref(paging);
		return reply_error(100, "Param limit must be from 1 to 1000");
	}
	for (struct template *t = sim->templates; t != NULL && !more; t = t->next) {
		if (t->number <= from || !is_wanted(t, query, of))
			continue;
		more = json_array_size(data) == (size_t)limit;
		if (more)
			break;
		json_array_append_new(data, template_json(t, fields));
		first = first == 0 ? t->number : first;
		last = t->number;
	}
	if (last != 0) {
		json_t *cursors = json_object();
		snprintf(cursor, sizeof cursor, "%u", first);
		json_object_set_new(cursors, "before", json_string(cursor));
		snprintf(cursor, sizeof cursor, "%u", last);
		json_object_set_new(cursors, "after", json_string(cursor));
		json_object_set_new(paging, "cursors", cursors);
	}
	if (more) {
		snprintf(next, sizeof next, "%s?limit=%ld&after=%u%s%s", base, limit, last,
			fields == NULL ? "" : "&fields=", fields == NULL ? "" : fields);
		json_object_set_new(paging, "next", json_string(next));
	}
	return reply_json(json_pack("{s:o,s:o}", "data", data, "paging", paging));
}

static void fill(struct template *t, const json_t *body)
{
	const json_t *ttl = json_object_get(body, "message_send_ttl_seconds");

	json_decref(t->components);
	t->components = json_deep_copy(json_object_get(body, "components"));
	t->named = strcasecmp(text_of(body, "parameter_format"), "named") == 0;
	t->ttl = ttl == NULL ? -1 : (long)json_integer_value(ttl);
}

struct reply templates_create(struct sim *sim, const json_t *body)
{
	struct template **link = &sim->templates;
	uint32_t number = 1;
	struct reply reply;

	if (!template_check(body, &reply))
		return reply;
	if (template_find(sim, text_of(body, "name"), text_of(body, "language")) != NULL)
		return reply_subcode(100, 2388024, "Content in this language already exists");
	for (; *link != NULL; link = &(*link)->next)
		number = (*link)->number + 1;
	struct template *t = must(calloc(1, sizeof *t));
	t->number = number;
	snprintf(t->id, sizeof t->id, "%llu", (unsigned long long)(1689000000000000u + ++sim->next_id));
	text_copy(t->name, sizeof t->name, text_of(body, "name"));
	text_copy(t->language, sizeof t->language, text_of(body, "language"));
	text_copy(t->category, sizeof t->category, text_of(body, "category"));
	text_copy(t->status, sizeof t->status, "PENDING");
	text_copy(t->quality, sizeof t->quality, "UNKNOWN");
	text_copy(t->reason, sizeof t->reason, "NONE");
	fill(t, body);
	*link = t;
	moderate(sim, t);
	return reply_json(json_pack("{s:s,s:s,s:s}", "id", t->id, "status", t->status, "category", t->category));
}

struct reply templates_delete(struct sim *sim, const char *name, const char *id)
{
	struct template *next;
	unsigned deleted = 0;

	if (name == NULL)
		return reply_error(100, "The parameter name is required.");
	for (struct template *t = sim->templates; t != NULL; t = next) {
		next = t->next;
		if (strcmp(t->name, name) != 0 || (id != NULL && strcmp(t->id, id) != 0))
			continue;
		template_status(sim, t, "DELETED", NULL, NULL);
		template_remove(sim, t);
		deleted++;
	}
	if (deleted == 0)
		return reply_subcode(100, 2593002, "Message template was not found");
	return reply_success();
}

struct reply template_edit(struct sim *sim, struct template *t, const json_t *body)
{
	const char *category = text_of(body, "category");
	struct reply reply;
	bool editable = strcmp(t->status, "APPROVED") == 0 || strcmp(t->status, "REJECTED") == 0 ||
			strcmp(t->status, "PAUSED") == 0;

	if (!editable)
		return reply_subcode(100, 2388003, "Only approved, rejected or paused templates can be edited");
	if (*category != '\0' && strcmp(category, t->category) != 0 && strcmp(t->status, "APPROVED") == 0)
		return reply_subcode(100, 2388025, "The category of an approved template is fixed");
	json_t *merged = must(json_pack("{s:s,s:s,s:s,s:s}", "name", t->name, "language", t->language, "category",
		t->category, "parameter_format", t->named ? "named" : "positional"));
	json_object_set(merged, "components", t->components);
	json_object_update(merged, (json_t *)(uintptr_t)body);
	bool good = template_check(merged, &reply);
	if (good) {
		fill(t, merged);
		text_copy(t->category, sizeof t->category, text_of(merged, "category"));
		template_status(sim, t, "PENDING", NULL, NULL);
		moderate(sim, t);
		reply = reply_success();
	}
	json_decref(merged);
	return reply;
}

struct reply template_unpause(struct sim *sim, struct template *t)
{
	if (strcmp(t->status, "PAUSED") != 0)
		return reply_json(json_pack("{s:b,s:s}", "success", 0, "reason", "Template is not paused"));
	template_status(sim, t, "APPROVED", "REINSTATED", NULL);
	return reply_success();
}
