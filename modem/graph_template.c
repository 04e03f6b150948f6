/* Message templates: creating them, and reading how they stand. */
#include "modem/graph_template.h"

#include "modem/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *examples_json(const struct graph_template_new *template)
{
	json_t *examples = json_array();

	for (int i = 0; i < template->example_count; i++)
		json_array_append_new(examples, json_pack("{s:s, s:s}", "param_name", template->examples[i].name,
							"example", template->examples[i].value));
	return json_pack("{s:o}", "body_text_named_params", examples);
}

static json_t *components_json(const struct graph_template_new *template)
{
	json_t *body = json_pack("{s:s, s:s}", "type", "BODY", "text", template->body);

	if (template->example_count > 0)
		json_object_set_new(body, "example", examples_json(template));
	return json_pack("[o]", body);
}

/* Both the making of one and its change carry these. */
static char *template_end(json_t *json, const struct graph_template_new *template)
{
	json_t *components = components_json(template);
	char *text = NULL;

	if (template->ttl_s > 0)
		json_object_set_new(json, "message_send_ttl_seconds", json_integer(template->ttl_s));
	if (json && components && json_object_set(json, "components", components) == 0)
		text = json_dumps(json, JSON_COMPACT);
	json_decref(components);
	json_decref(json);
	return text;
}

char *graph_template_create(const struct graph_template_new *template)
{
	return template_end(json_pack("{s:s, s:s, s:s, s:s}", "name", template->name, "language", template->language,
				    "category", template->category, "parameter_format", "named"),
		template);
}

char *graph_template_edit(const struct graph_template_new *template)
{
	return template_end(json_object(), template);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void text_take(const json_t *object, const char *key, char *out, size_t size)
{
	const char *text = text_of(object, key);

	(void)snprintf(out, size, "%s", strlen(text) < size ? text : "");
}

/* Ids come as text here and as numbers of 15 digits and more elsewhere. */
static void id_take(const json_t *object, const char *key, char *out, size_t size)
{
	const json_t *id = json_object_get(object, key);

	if (json_is_integer(id))
		(void)snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
	else
		text_take(object, key, out, size);
}

static void body_take(const json_t *object, char *out, size_t size)
{
	const json_t *component;
	size_t i;

	json_array_foreach(json_object_get(object, "components"), i, component)
	{
		if (strcmp(text_of(component, "type"), "BODY") == 0)
			text_take(component, "text", out, size);
	}
}

static void template_take(const json_t *object, struct graph_template *template)
{
	const json_t *quality = json_object_get(object, "quality_score");

	memset(template, 0, sizeof *template);
	id_take(object, "id", template->id, sizeof template->id);
	text_take(object, "name", template->name, sizeof template->name);
	text_take(object, "language", template->language, sizeof template->language);
	text_take(object, "category", template->category, sizeof template->category);
	text_take(object, "status", template->status, sizeof template->status);
	graph_mask(text_of(object, "rejected_reason"), template->reason, sizeof template->reason);
	if (strcmp(template->reason, "NONE") == 0)
		template->reason[0] = '\0';
	if (json_is_object(quality))
		text_take(quality, "score", template->quality, sizeof template->quality);
	else
		text_take(object, "quality_score", template->quality, sizeof template->quality);
	body_take(object, template->body, sizeof template->body);
}

bool graph_template_one(const char *body, size_t length, struct graph_template *ret_template)
{
	json_t *answer = body ? json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL) : NULL;

	template_take(answer, ret_template);
	json_decref(answer);
	return ret_template->id[0] != '\0';
}

int graph_template_page(
	const char *body, size_t length, struct graph_template **templates, int count, char ret_after[GRAPH_CURSOR_MAX])
{
	json_t *answer = body ? json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const json_t *data = json_object_get(answer, "data"), *paging = json_object_get(answer, "paging"), *row;
	size_t rows = json_array_size(data), i;
	int total = json_is_array(data) ? count : -1;

	ret_after[0] = '\0';
	if (rows > 0) {
		struct graph_template *grown = realloc(*templates, ((size_t)count + rows) * sizeof *grown);
		if (!grown) {
			json_decref(answer);
			return -1;
		}
		*templates = grown;
	}
	json_array_foreach(data, i, row)
	{
		template_take(row, &(*templates)[total++]);
	}
	/* The address of the next page is not looked at: it could be anybody's. */
	if (total > count && json_object_get(paging, "next"))
		text_take(json_object_get(paging, "cursors"), "after", ret_after, GRAPH_CURSOR_MAX);
	if (ret_after[strspn(ret_after, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-=")] != '\0')
		ret_after[0] = '\0';
	json_decref(answer);
	return total;
}

bool graph_template_is_usable(const struct graph_template *template)
{
	return strcmp(template->status, "APPROVED") == 0;
}

bool graph_template_is_editable(const struct graph_template *template)
{
	return graph_template_is_usable(template) || strcmp(template->status, "REJECTED") == 0 ||
	       strcmp(template->status, "PAUSED") == 0;
}
