/* The API's description, OpenAPI 3.1, made of the table of routes. */
#include "firmware-host/console/console_private.h"
#include "firmware-host/console/fields.h"
#include "firmware-host/version.h"

#include <stdio.h>
#include <string.h>

/* "/api/reports/{id}/assign", POST: "post-reports-id-assign" */
static json_t *name_json(const struct route *route)
{
	char name[128];
	size_t used = 0;
	const char *path = strncmp(route->path, "/api", 4) == 0 ? route->path + 4 : route->path;

	for (const char *at = route->method; *at; at++)
		name[used++] = (char)(*at - 'A' + 'a');
	for (; *path && used + 1 < sizeof name; path++)
		if (*path != '{' && *path != '}')
			name[used++] = *path == '/' || *path == '.' ? '-' : *path;
	name[used] = '\0';
	return json_string(name);
}

static json_t *roles_json(unsigned roles)
{
	json_t *list = json_array();

	for (int role = ROLE_CLERK; role <= ROLE_READER; role++)
		if (roles & 1U << role)
			json_array_append_new(list, json_string(operator_role_to_string((enum operator_role)role)));
	return list;
}

static void path_parameters_add(json_t *list, const char *path)
{
	while ((path = strchr(path, '{'))) {
		const char *end = strchr(path, '}');
		bool word = strncmp(path, "{word}", 6) == 0;
		json_array_append_new(
			list, json_pack("{s:s#, s:s, s:b, s:{s:s}}", "name", path + 1, (int)(end - path - 1), "in",
				      "path", "required", 1, "schema", "type", word ? "string" : "integer"));
		path = end;
	}
}

static json_t *parameters_json(const struct route *route)
{
	json_t *list = json_array();
	struct field field;

	path_parameters_add(list, route->path);
	for (const char *at = route->query; field_next(&at, &field);)
		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:o}", "name", field.name, "in", "query",
						    "required", field.must, "schema", field_schema(&field)));
	return list;
}

static bool is_media_type(const char *gives)
{
	return strchr(gives, '/') && !strchr(gives, ':');
}

static json_t *content_json(const char *gives, bool closed)
{
	if (is_media_type(gives))
		return json_pack("{s:{s:{s:s}}}", gives, "schema", "type", "string");
	return json_pack("{s:{s:o}}", "application/json", "schema", fields_schema(gives, closed));
}

static json_t *answers_json(const struct route *route)
{
	json_t *answers = json_pack("{s:{s:s, s:o}, s:{s:s}}", "200", "description", "as asked", "content",
		content_json(route->gives, false), "default", "$ref", "#/components/responses/error");

	if (strcmp(route->method, "POST") == 0)
		json_object_set_new(answers, "201",
			json_pack("{s:s, s:o}", "description", "made", "content", content_json(route->gives, false)));
	return answers;
}

static json_t *operation_json(const struct route *route)
{
	bool safe = strcmp(route->method, "GET") == 0, open = route->roles == FOR_NOBODY_YET;
	json_t *operation = json_pack("{s:o, s:s, s:o, s:o, s:o}", "operationId", name_json(route), "summary",
		route->summary, "parameters", parameters_json(route), "responses", answers_json(route), "x-roles",
		roles_json(route->roles));

	if (route->body[0])
		json_object_set_new(operation, "requestBody",
			json_pack("{s:b, s:o}", "required", 1, "content", content_json(route->body, true)));
	if (!open)
		json_object_set_new(operation, "security",
			safe ? json_pack("[{s:[]}]", "session") : json_pack("[{s:[], s:[]}]", "session", "csrf"));
	return operation;
}

static json_t *components_json(void)
{
	return json_pack("{s:{s:{s:s, s:{s:{s:o}}}}, s:{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}}}", "responses", "error",
		"description", "refused: \"code\" is stable, \"text\" says what is wrong", "content",
		"application/json", "schema", fields_schema("error!: object", false), "securitySchemes", "session",
		"type", "apiKey", "in", "cookie", "name", "__Host-banditore", "csrf", "type", "apiKey", "in", "header",
		"name", "X-CSRF-Token");
}

json_t *openapi_json(void)
{
	json_t *paths = json_object();

	for (size_t i = 0; i < routes_count; i++) {
		char method[8] = "";
		json_t *path = json_object_get(paths, routes[i].path);
		if (!path) {
			path = json_object();
			json_object_set_new(paths, routes[i].path, path);
		}
		for (size_t k = 0; routes[i].method[k] && k + 1 < sizeof method; k++)
			method[k] = (char)(routes[i].method[k] - 'A' + 'a');
		json_object_set_new(path, method, operation_json(&routes[i]));
	}
	return json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:o}", "openapi", "3.1.0", "info", "title", "Banditore",
		"version", banditore_version, "description",
		"The console's API. Times are RFC 3339; those given may also be \"18:30\", \"2026-11-21 18:30\" or \"2h\". "
		"A page that asks by itself sends the header X-Banditore-Poll, so that it keeps no session alive.",
		"paths", paths, "components", components_json());
}
