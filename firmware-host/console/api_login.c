/* Logging in and out. A password goes to the hasher and the call waits; what it says is then kept in one transaction. */
#include "db/audit.h"
#include "db/login.h"
#include "firmware-host/console/api.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/console/first_code.h"
#include "firmware-host/console/totp.h"
#include "firmware-host/hub.h"
#include "firmware-host/json.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND_MS = 1000, CODE_MAX = 16 };

/* What waits for the hasher. */
struct trial {
	struct login_try attempt;
	struct operator_proof proof;
	char name[OPERATOR_NAME_MAX];
	char totp[CODE_MAX];
};

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

static void session_answer(struct call *call, unsigned status)
{
	const struct console *console = call->console;
	int64_t operators = 1;
	struct err err;

	if (!call->logged_in && operator_count(console->db, &operators, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	json_t *json = json_pack("{s:b, s:b, s:s, s:s, s:i}", "logged_in", call->logged_in, "setup_needed",
		operators == 0, "comune", console->settings->comune.name, "service", console->settings->comune.service,
		"idle_s", OPERATOR_IDLE_MS / SECOND_MS);
	if (call->logged_in)
		json_object_update_new(json,
			json_pack("{s:{s:I, s:o, s:s, s:b}, s:s}", "operator", "id", (json_int_t)call->who.id, "name",
				json_text(call->who.name), "role", operator_role_to_string(call->who.role), "totp",
				call->who.has_totp, "csrf", call->csrf));
	call_json(call, status, json);
}

void api_session(struct call *call)
{
	session_answer(call, MHD_HTTP_OK);
}

void api_logout(struct call *call)
{
	struct db *db = call->console->db;
	struct err err;

	if (db_begin(db, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	int result = operator_session_end(db, call->key, &err);
	if (result == 0)
		result = call_audit(call, "logout", call->address, &err);
	if (!call_commit(call, result, &err))
		return;
	guard_session_end(call);
	call->logged_in = false;
	session_answer(call, MHD_HTTP_OK);
}

/* ---- the limit --------------------------------------------------------------------------------------------------- */

/* Counts a try for this account. False: it is not looked at now, and the call is answered. */
static bool try_open(struct call *call, const char *account, struct login_try *attempt)
{
	struct db *db = call->console->db;
	struct err err;

	if (db_begin(db, &err) != 0) {
		call_fail_err(call, &err);
		return false;
	}
	int open = login_try_open(db, account, call->address, call->now, attempt, &err);
	if (!call_commit(call, open < 0 ? -1 : 0, &err))
		return false;
	if (open > 0)
		return true;
	int64_t wait = (attempt->open_at - call->now + SECOND_MS - 1) / SECOND_MS;
	call->answer.retry_after_s = (int)(wait < 1 ? 1 : wait);
	call_fail(call, MHD_HTTP_TOO_MANY_REQUESTS, "wait", "too many wrong tries; the next is looked at in %d s",
		call->answer.retry_after_s);
	return false;
}

/* Whose name it is, if anybody's: what was typed may be a password in the wrong field, and goes nowhere. */
static int audit_wrong(struct call *call, const struct trial *trial, const char *what, struct err *err)
{
	return audit_add(call->console->db, call->now, hub_clock_source(), trial->proof.id ? trial->name : "?",
		"console", what, call->address, err);
}

static void trial_refuse(struct call *call, const struct trial *trial, const char *what)
{
	struct db *db = call->console->db;
	struct err err;

	if (db_begin(db, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	if (call_commit(call, audit_wrong(call, trial, what, &err), &err))
		call_fail(call, MHD_HTTP_UNAUTHORIZED, "wrong", "name, password or code is wrong");
}

/* ---- login ------------------------------------------------------------------------------------------------------- */

static int login_keep(struct call *call, const struct trial *trial, int64_t step, struct err *err)
{
	struct db *db = call->console->db;

	if (step > 0) {
		int fresh = operator_totp_use(db, trial->proof.id, step, err);
		if (fresh <= 0)
			return fresh < 0 ? -1
					 : err_set(err, EX_REFUSED, "this code was used before; wait for the next");
	}
	if (login_try_close(db, &trial->attempt, true, call->now, err) != 0 ||
		guard_session_begin(call, trial->proof.id, err) != 0)
		return -1;
	int found = operator_get(db, trial->proof.id, &call->who, err);
	if (found <= 0)
		return found < 0 ? -1 : err_set(err, EX_REFUSED, "this operator was just removed");
	call->logged_in = true;
	return call_audit(call, "login", call->address, err);
}

static void login_judged(struct call *call, const struct hasher_answer *answer)
{
	const struct trial *trial = call->kept;
	int64_t step = 0;
	struct err err;

	if (!answer->right) {
		trial_refuse(call, trial, "wrong password");
		return;
	}
	if (trial->proof.has_totp && !trial->totp[0]) {
		call_fail(
			call, MHD_HTTP_UNAUTHORIZED, "totp", "this operator has a second factor: its code is missing");
		return;
	}
	if (trial->proof.has_totp) {
		step = totp_match(trial->proof.totp, trial->totp, trial->proof.totp_step, call->now);
		if (step == 0) {
			trial_refuse(call, trial, "wrong code");
			return;
		}
	}
	if (db_begin(call->console->db, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	if (!call_commit(call, login_keep(call, trial, step, &err), &err)) {
		call->answer.cookie[0] = '\0';
		return;
	}
	session_answer(call, MHD_HTTP_OK);
}

static struct trial *trial_new(struct call *call)
{
	struct trial *trial = calloc(1, sizeof *trial);

	free(call->kept);
	call->kept = trial;
	if (!trial)
		call_fail(call, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "out of memory");
	return trial;
}

static void job_fill(struct hasher_job *job, enum hasher_task task, const char *password, const char *hash)
{
	*job = (struct hasher_job){.task = task};
	(void)snprintf(job->password, sizeof job->password, "%s", password);
	(void)snprintf(job->hash, sizeof job->hash, "%s", hash);
}

void api_login(struct call *call)
{
	const char *name = call_text(call, "name"), *totp = call_text(call, "totp");
	struct trial *trial = trial_new(call);
	struct hasher_job job;
	struct err err;

	if (!trial || !try_open(call, name, &trial->attempt))
		return;
	if (operator_proof(call->console->db, name, &trial->proof, &err) < 0) {
		call_fail_err(call, &err);
		return;
	}
	(void)snprintf(trial->name, sizeof trial->name, "%s", name);
	(void)snprintf(trial->totp, sizeof trial->totp, "%s", totp ? totp : "");
	job_fill(&job, HASHER_JUDGE, call_text(call, "password"), trial->proof.hash);
	call_hash(call, &job, login_judged);
}

/* ---- another password -------------------------------------------------------------------------------------------- */

static int password_keep(struct call *call, const char *hash, struct err *err)
{
	struct db *db = call->console->db;

	if (operator_set_password(db, call->who.id, hash, err) != 0 ||
		guard_session_begin(call, call->who.id, err) != 0)
		return -1;
	return call_audit(call, "operator password", call->who.name, err);
}

static void password_made(struct call *call, const struct hasher_answer *answer)
{
	struct err err;

	if (!answer->right) {
		call_fail(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "hashing a password takes 64 MiB; try again");
		return;
	}
	if (db_begin(call->console->db, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	if (!call_commit(call, password_keep(call, answer->hash, &err), &err)) {
		call->answer.cookie[0] = '\0';
		return;
	}
	session_answer(call, MHD_HTTP_OK);
}

static void password_judged(struct call *call, const struct hasher_answer *answer)
{
	const struct trial *trial = call->kept;
	struct db *db = call->console->db;
	struct hasher_job job;
	struct err err;

	if (!answer->right) {
		trial_refuse(call, trial, "wrong password");
		return;
	}
	if (db_begin(db, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	if (!call_commit(call, login_try_close(db, &trial->attempt, true, call->now, &err), &err))
		return;
	job_fill(&job, HASHER_MAKE, call_text(call, "password"), "");
	call_hash(call, &job, password_made);
}

void api_password(struct call *call)
{
	const char *why = operator_password_check(call_text(call, "password"), call->who.name);
	struct trial *trial;
	struct hasher_job job;
	struct err err;

	if (why) {
		call_fail(call, HTTP_UNFIT, "password", "%s", why);
		return;
	}
	trial = trial_new(call);
	if (!trial || !try_open(call, call->who.name, &trial->attempt))
		return;
	if (operator_proof(call->console->db, call->who.name, &trial->proof, &err) < 0) {
		call_fail_err(call, &err);
		return;
	}
	(void)snprintf(trial->name, sizeof trial->name, "%s", call->who.name);
	job_fill(&job, HASHER_JUDGE, call_text(call, "current"), trial->proof.hash);
	call_hash(call, &job, password_judged);
}

/* ---- the first operator ------------------------------------------------------------------------------------------ */

static int setup_keep(struct call *call, const char *hash, struct err *err)
{
	struct db *db = call->console->db;
	const struct trial *trial = call->kept;
	struct operator_person person = {.role = ROLE_TECHNICIAN};
	int right = first_code_is_right(db, call_text(call, "code"), err);

	if (right <= 0)
		return right < 0 ? -1 : err_set(err, EX_REFUSED, "there is an operator already; log in");
	(void)snprintf(person.name, sizeof person.name, "%s", call_text(call, "name"));
	if (operator_add(db, &person, hash, call->now, err) != 0 || first_code_used(db, err) != 0 ||
		login_try_close(db, &trial->attempt, true, call->now, err) != 0 ||
		guard_session_begin(call, person.id, err) != 0)
		return -1;
	call->who = person;
	call->logged_in = true;
	return call_audit(call, "operator add", "the first, by the one-time code", err);
}

static void setup_made(struct call *call, const struct hasher_answer *answer)
{
	struct err err;

	if (!answer->right) {
		call_fail(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "hashing a password takes 64 MiB; try again");
		return;
	}
	if (db_begin(call->console->db, &err) != 0) {
		call_fail_err(call, &err);
		return;
	}
	if (!call_commit(call, setup_keep(call, answer->hash, &err), &err)) {
		call->answer.cookie[0] = '\0';
		call->logged_in = false;
		return;
	}
	session_answer(call, MHD_HTTP_OK);
}

void api_setup(struct call *call)
{
	const char *name = call_text(call, "name"), *why = operator_name_check(name);
	struct trial *trial;
	struct hasher_job job;
	struct err err;

	if (!why)
		why = operator_password_check(call_text(call, "password"), name);
	if (why) {
		call_fail(call, HTTP_UNFIT, "password", "%s", why);
		return;
	}
	trial = trial_new(call);
	if (!trial || !try_open(call, "\nthe first code", &trial->attempt))
		return;
	int right = first_code_is_right(call->console->db, call_text(call, "code"), &err);
	if (right < 0) {
		call_fail_err(call, &err);
		return;
	}
	if (right == 0) {
		trial_refuse(call, trial, "wrong first code");
		return;
	}
	job_fill(&job, HASHER_MAKE, call_text(call, "password"), "");
	call_hash(call, &job, setup_made);
}
