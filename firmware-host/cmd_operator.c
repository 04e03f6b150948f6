/* operator: who may use the console. */
#include "firmware-host/cli.h"

#include "config/clock.h"
#include "db/audit.h"
#include "db/operator.h"
#include "firmware-host/ask_secret.h"
#include "firmware-host/console/totp.h"
#include "firmware-host/hub.h"
#include "firmware-host/json.h"
#include "firmware-host/when.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
	"usage: banditore operator add NAME --role clerk|officer|technician|reader\n"
	"       banditore operator list [--json]\n"
	"       banditore operator password NAME\n"
	"       banditore operator totp NAME [--off]\n"
	"       banditore operator remove NAME\n\n"
	"Who may use the console. A clerk works with subscribers, news, reports and appointments; an officer orders alerts too;\n"
	"a technician sees the box and its settings and makes operators; a reader sees everything and changes nothing.\n"
	"The password, at least 12 characters, is asked on the terminal, or is the first line of stdin. totp: prints a secret\n"
	"for an authenticator app (SHA-256), whose code is asked for from then on; --off: no more. Each but list ends the\n"
	"operator's sessions.\n";

enum { OPT_JSON = 1000, OPT_ROLE, OPT_OFF };

_Static_assert((int)OPERATOR_TOTP_SIZE == (int)TOTP_SECRET_SIZE, "one size of secrets");

static const struct option options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"role", required_argument, NULL, OPT_ROLE},
	{"off", no_argument, NULL, OPT_OFF},
	{NULL, 0, NULL, 0},
};

struct wanted {
	bool json, off;
	const char *role;
};

/* Ends the transaction: kept with its row in the audit trail when all went well, else undone. */
static int finish(struct cli *cli, int result, const char *act, const char *detail, struct err *err)
{
	if (result == 0)
		result = audit_add(cli->db, clock_wall_ms(), hub_clock_source(), cli_who(), "cli", act, detail, err);
	if (result == 0 && db_commit(cli->db, err) == 0)
		return 0;
	db_rollback(cli->db);
	return -1;
}

static int operator_named(struct cli *cli, const char *name, struct operator_person *ret, struct err *err)
{
	int found = operator_find(cli->db, name, ret, err);

	if (found == 0)
		return err_set(err, EX_REFUSED, "there is no operator \"%.63s\"; see: banditore operator list", name);
	return found < 0 ? -1 : 0;
}

static int password_ask(const char *name, char ret_hash[OPERATOR_HASH_MAX], struct err *err)
{
	char password[OPERATOR_PASSWORD_MAX];
	int result = ask_secret("password", password, sizeof password, err);
	const char *why = result == 0 ? operator_password_check(password, name) : NULL;

	if (why)
		result = err_set(err, EX_DATAERR, "%s", why);
	if (result == 0 && operator_password_hash(password, ret_hash) != 0)
		result = err_set(
			err, EX_OSERR, "out of memory: hashing a password takes 64 MiB; stop something and try again");
	sodium_memzero(password, sizeof password);
	return result;
}

/* ---- the commands ------------------------------------------------------------------------------------------------ */

static int act_add(struct cli *cli, const char *name, const struct wanted *wanted, struct err *err)
{
	struct operator_person person = {.role = operator_role_of(wanted->role ? wanted->role : "")}, twin;
	char hash[OPERATOR_HASH_MAX] = "", detail[OPERATOR_NAME_MAX + 32];
	const char *why = operator_name_check(name);

	if (!person.role)
		return err_set(err, EX_USAGE, "give --role clerk, officer, technician or reader");
	if (why)
		return err_set(err, EX_DATAERR, "%s", why);
	(void)snprintf(person.name, sizeof person.name, "%s", name);
	int found =
		operator_find(cli->db, name, &twin, err); /* refused below, before a password is asked for nothing */
	if (found < 0 || (found == 0 && password_ask(name, hash, err) != 0) || db_begin(cli->db, err) != 0)
		return -1;
	int result = operator_add(cli->db, &person, hash, clock_wall_ms(), err);
	(void)snprintf(detail, sizeof detail, "%s, %s", person.name, operator_role_to_string(person.role));
	if (finish(cli, result, "operator add", detail, err) != 0)
		return -1;
	printf("operator %s added\n", person.name);
	return 0;
}

static int act_password(struct cli *cli, const char *name, struct err *err)
{
	struct operator_person person;
	char hash[OPERATOR_HASH_MAX];

	if (operator_named(cli, name, &person, err) != 0 || password_ask(person.name, hash, err) != 0 ||
		db_begin(cli->db, err) != 0)
		return -1;
	int result = operator_set_password(cli->db, person.id, hash, err);
	if (finish(cli, result, "operator password", person.name, err) != 0)
		return -1;
	printf("operator %s has a new password\n", person.name);
	return 0;
}

static int act_totp(struct cli *cli, const char *name, const struct wanted *wanted, struct err *err)
{
	unsigned char secret[OPERATOR_TOTP_SIZE];
	char text[TOTP_TEXT_MAX], uri[TOTP_URI_MAX];
	struct operator_person person;

	if (operator_named(cli, name, &person, err) != 0 || db_begin(cli->db, err) != 0)
		return -1;
	randombytes_buf(secret, sizeof secret);
	int result = operator_set_totp(cli->db, person.id, wanted->off ? NULL : secret, err);
	if (finish(cli, result, wanted->off ? "operator totp off" : "operator totp", person.name, err) != 0)
		return -1;
	if (wanted->off)
		printf("operator %s has no second factor any more\n", person.name);
	else
		printf("%s\n%s\n", totp_secret_text(secret, text),
			totp_uri(secret, cli->settings->comune.name, person.name, uri));
	sodium_memzero(secret, sizeof secret);
	return 0;
}

static int act_remove(struct cli *cli, const char *name, struct err *err)
{
	struct operator_person person;

	if (operator_named(cli, name, &person, err) != 0 || db_begin(cli->db, err) != 0)
		return -1;
	int result = operator_remove(cli->db, person.id, clock_wall_ms(), err);
	if (finish(cli, result, "operator remove", person.name, err) != 0)
		return -1;
	printf("operator %s removed\n", person.name);
	return 0;
}

static bool list_one(void *context, const struct operator_person *person)
{
	json_t *list = context;
	char used[WHEN_TEXT_MAX] = "";

	if (person->last_used_at)
		when_rfc3339(person->last_used_at, used);
	if (!list)
		printf("%-24s %-10s %-4s %.16s\n", person->name, operator_role_to_string(person->role),
			person->has_totp ? "totp" : "", used);
	else
		json_array_append_new(list, json_pack("{s:o, s:s, s:b, s:o}", "name", json_text(person->name), "role",
						    operator_role_to_string(person->role), "totp", person->has_totp,
						    "last_used", used[0] ? json_string(used) : json_null()));
	return true;
}

static int act_list(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	json_t *list = wanted->json ? json_array() : NULL;
	int result = operator_each(cli->db, list_one, list, err);

	if (result == 0 && list)
		json_print(list);
	json_decref(list);
	return result;
}

static int act_run(struct cli *cli, const char *act, const char *name, const struct wanted *wanted, struct err *err)
{
	if (strcmp(act, "add") == 0)
		return act_add(cli, name, wanted, err);
	if (strcmp(act, "password") == 0)
		return act_password(cli, name, err);
	if (strcmp(act, "totp") == 0)
		return act_totp(cli, name, wanted, err);
	if (strcmp(act, "remove") == 0)
		return act_remove(cli, name, err);
	return act_list(cli, wanted, err);
}

int cmd_operator(struct cli *cli, int argc, char **argv, struct err *err)
{
	static const char *const acts[] = {"add", "list", "password", "totp", "remove"};
	struct wanted wanted = {0};
	bool known = false;

	if (cli_help(argc, argv, help))
		return 0;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (option == '?')
			return -1;
		wanted.json = wanted.json || option == OPT_JSON;
		wanted.off = wanted.off || option == OPT_OFF;
		wanted.role = option == OPT_ROLE ? optarg : wanted.role;
	}
	const char *act = optind < argc ? argv[optind] : "", *name = optind + 1 < argc ? argv[optind + 1] : NULL;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		known = known || strcmp(acts[i], act) == 0;
	if (!known)
		return err_set(
			err, EX_USAGE, "say what: add, list, password, totp or remove; see: banditore operator --help");
	bool list = strcmp(act, "list") == 0;
	if ((wanted.role && strcmp(act, "add") != 0) || (wanted.off && strcmp(act, "totp") != 0))
		return err_set(err, EX_USAGE, "--role goes with add, --off with totp; see: banditore operator --help");
	if (cli_no_more(argc, argv, list ? 1 : 2, err) != 0)
		return -1;
	if (!name && !list)
		return err_set(
			err, EX_USAGE, "operator %s needs the operator's name; see: banditore operator --help", act);
	if (cli_db(cli, true, err) != 0)
		return -1;
	return act_run(cli, act, name, &wanted, err);
}
