/* Who may use the console. */
#include "firmware-host/console/api.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/json.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <string.h>

static json_t *time_json(int64_t ms)
{
	char text[WHEN_TEXT_MAX];

	return ms ? json_string(when_rfc3339(ms, text)) : json_null();
}

static bool operator_collect(void *context, const struct operator_person *person)
{
	json_array_append_new(context, json_pack("{s:I, s:o, s:s, s:b, s:o, s:o}", "id", (json_int_t)person->id, "name",
					       json_text(person->name), "role", operator_role_to_string(person->role),
					       "totp", person->has_totp, "created", time_json(person->created_at),
					       "last_used", time_json(person->last_used_at)));
	return true;
}

void api_operators(struct call *call)
{
	json_t *items = json_array();
	struct err err;

	if (operator_each(call->console->db, operator_collect, items, &err) == 0) {
		call_json(call, MHD_HTTP_OK, json_pack("{s:o}", "items", items));
		return;
	}
	json_decref(items);
	call_fail_err(call, &err);
}

static int add_keep(struct call *call, const char *hash, int64_t *ret_id, struct err *err)
{
	struct operator_person person = {.role = operator_role_of(call_text(call, "role"))};
	char detail[OPERATOR_NAME_MAX + 32];

	(void)snprintf(person.name, sizeof person.name, "%s", call_text(call, "name"));
	(void)snprintf(detail, sizeof detail, "%s, %s", person.name, operator_role_to_string(person.role));
	if (operator_add(call->console->db, &person, hash, call->now, err) != 0)
		return -1;
	*ret_id = person.id;
	return call_audit(call, "operator add", detail, err);
}

static void add_made(struct call *call, const struct hasher_answer *answer)
{
	int64_t id = 0;
	struct err err;

	if (!answer->right) {
		call_fail(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "hashing a password takes 64 MiB; try again");
		return;
	}
	if (db_begin(call->console->db, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	if (call_commit(call, add_keep(call, answer->hash, &id, &err), &err))
		call_json(call, MHD_HTTP_CREATED, json_pack("{s:I}", "id", (json_int_t)id));
}

void api_operator_add(struct call *call)
{
	const char *name = call_text(call, "name"), *password = call_text(call, "password");
	const char *why = operator_name_check(name);
	struct hasher_job job = {.task = HASHER_MAKE};

	if (!why)
		why = operator_password_check(password, name);
	if (why) {
		call_fail(call, HTTP_UNFIT, "password", "%s", why);
		return;
	}
	(void)snprintf(job.password, sizeof job.password, "%s", password);
	call_hash(call, &job, add_made);
}

void api_operator_remove(struct call *call)
{
	struct db *db = call->console->db;
	struct operator_person person;
	struct err err;
	int found = operator_get(db, call->match.id, &person, &err);

	if (found == 0)
		call_fail_missing(call);
	else if (found < 0)
		call_fail_err(call, &err);
	else if (person.id == call->who.id)
		call_fail(call, MHD_HTTP_CONFLICT, "refused", "nobody removes themselves; another technician does");
	else {
		int result = db_begin(db, &err) != 0 ? -1 : operator_remove(db, person.id, call->now, &err);
		if (result == 0)
			result = call_audit(call, "operator remove", person.name, &err);
		if (call_commit(call, result, &err))
			call_json(call, MHD_HTTP_OK, json_pack("{s:I}", "id", (json_int_t)person.id));
	}
}
