/* officer: who may order alerts. */
#include "firmware-host/cli.h"

#include "config/clock.h"
#include "db/audit.h"
#include "db/officer.h"
#include "firmware-host/ask_secret.h"
#include "firmware-host/hub.h"
#include "firmware-host/json.h"
#include "firmware-host/when.h"
#include "modem/phone.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: banditore officer add NAME [--phone PHONE] [--role order|confirm|both]\n"
	"       banditore officer list [--json]\n"
	"       banditore officer pin NAME\n"
	"       banditore officer unlock [NAME]\n"
	"       banditore officer remove NAME\n\n"
	"Who may order alerts at the keypad and, with a phone, by SMS. The PIN, 4 to 8 digits, is asked on the terminal, or is\n"
	"the first line of stdin. --role: may order, may confirm a red alert as the second officer, or both (default).\n"
	"unlock: forgets wrong PINs, those of the keypad and of NAME.\n";

enum { OPT_JSON = 1000, OPT_PHONE, OPT_ROLE };

static const struct option options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"phone", required_argument, NULL, OPT_PHONE},
	{"role", required_argument, NULL, OPT_ROLE},
	{NULL, 0, NULL, 0},
};

struct wanted {
	bool json;
	const char *phone, *role;
};

static int audit(struct cli *cli, const char *act, const char *name, struct err *err)
{
	return audit_add(cli->db, clock_wall_ms(), hub_clock_source(), cli_who(), "cli", act, name, err);
}

/* Ends the transaction: kept when all went well, else undone. */
static int finish(struct cli *cli, int result, struct err *err)
{
	if (result == 0 && db_commit(cli->db, err) == 0)
		return 0;
	db_rollback(cli->db);
	return -1;
}

static int officer_named(struct cli *cli, const char *name, struct officer *ret, struct err *err)
{
	int found = officer_find(cli->db, name, ret, err);

	if (found == 0)
		return err_set(err, EX_REFUSED, "there is no officer \"%.63s\"; see: banditore officer list", name);
	return found < 0 ? -1 : 0;
}

/* ---- PINs -------------------------------------------------------------------------------------------------------- */

/* The keypad knows an officer by the PIN alone: no two may have the same. Tells only that another is needed. */
static int pin_refuse_taken(struct cli *cli, const char *pin, int64_t except, struct err *err)
{
	struct officer_try *everybody = calloc(1, sizeof *everybody);

	if (!everybody)
		return err_set(err, EX_OSERR, "out of memory");
	int result = officer_pins(cli->db, except, everybody, err);
	if (result == 0 && officer_try_match(everybody, pin) != 0)
		result = err_set(err, EX_DATAERR, "this PIN cannot be used; take another");
	free(everybody);
	return result;
}

static int pin_ask(struct cli *cli, int64_t except, char ret_hash[OFFICER_HASH_MAX], struct err *err)
{
	char pin[64];
	int result = ask_secret("PIN", pin, sizeof pin, err);
	const char *why = result == 0 ? officer_pin_check(pin) : NULL;

	if (why)
		result = err_set(err, EX_DATAERR, "%s", why);
	if (result == 0)
		result = pin_refuse_taken(cli, pin, except, err);
	if (result == 0 && officer_pin_hash(pin, ret_hash) != 0)
		result = err_set(
			err, EX_OSERR, "out of memory: hashing a PIN takes 64 MiB; stop something and try again");
	sodium_memzero(pin, sizeof pin);
	return result;
}

/* ---- the commands ------------------------------------------------------------------------------------------------ */

static int fields_read(
	struct cli *cli, const char *name, const struct wanted *wanted, struct officer *ret, struct err *err)
{
	const char *role = wanted->role ? wanted->role : "both", *why;

	*ret = (struct officer){.may_order = strcmp(role, "confirm") != 0, .may_confirm = strcmp(role, "order") != 0};
	if (strcmp(role, "order") != 0 && strcmp(role, "confirm") != 0 && strcmp(role, "both") != 0)
		return err_set(err, EX_USAGE, "--role %.32s is not known; give order, confirm or both", role);
	if (strlen(name) >= sizeof ret->name || name[strspn(name, " \t")] == '\0')
		return err_set(err, EX_DATAERR, "a name has 1 to %zu octets", sizeof ret->name - 1);
	for (const char *at = name; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7F)
			return err_set(err, EX_DATAERR, "the name holds a control character; take it out");
	(void)snprintf(ret->name, sizeof ret->name, "%s", name);
	if (!wanted->phone)
		return 0;
	why = phone_read(wanted->phone, cli->settings->comune.country, ret->phone);
	return why ? err_set(err, EX_DATAERR, "--phone %.32s %s", wanted->phone, why) : 0;
}

static int act_add(struct cli *cli, const char *name, const struct wanted *wanted, struct err *err)
{
	struct officer officer, twin;
	char hash[OFFICER_HASH_MAX] = "";

	if (fields_read(cli, name, wanted, &officer, err) != 0)
		return -1;
	int found = officer_find(cli->db, name, &twin, err); /* refused below, before a PIN is asked for nothing */
	if (found < 0 || (found == 0 && pin_ask(cli, 0, hash, err) != 0) || db_begin(cli->db, err) != 0)
		return -1;
	int result = officer_add(cli->db, &officer, hash, clock_wall_ms(), err);
	if (result == 0)
		result = audit(cli, "officer add", officer.name, err);
	if (finish(cli, result, err) != 0)
		return -1;
	printf("officer %s added\n", officer.name);
	return 0;
}

static int act_pin(struct cli *cli, const char *name, struct err *err)
{
	struct officer officer;
	char hash[OFFICER_HASH_MAX];

	if (officer_named(cli, name, &officer, err) != 0 || pin_ask(cli, officer.id, hash, err) != 0 ||
		db_begin(cli->db, err) != 0)
		return -1;
	int result = officer_set_pin(cli->db, officer.id, hash, err);
	if (result == 0)
		result = officer_unlock(cli->db, officer.id, err);
	if (result == 0)
		result = audit(cli, "officer pin", officer.name, err);
	if (finish(cli, result, err) != 0)
		return -1;
	printf("officer %s has a new PIN\n", officer.name);
	return 0;
}

static int act_remove(struct cli *cli, const char *name, struct err *err)
{
	struct officer officer;

	if (officer_named(cli, name, &officer, err) != 0 || db_begin(cli->db, err) != 0)
		return -1;
	int result = officer_remove(cli->db, officer.id, clock_wall_ms(), err);
	if (result == 0)
		result = audit(cli, "officer remove", officer.name, err);
	if (finish(cli, result, err) != 0)
		return -1;
	printf("officer %s removed\n", officer.name);
	return 0;
}

static int act_unlock(struct cli *cli, const char *name, struct err *err)
{
	struct officer officer = {0};

	if ((name && officer_named(cli, name, &officer, err) != 0) || db_begin(cli->db, err) != 0)
		return -1;
	int result = officer_unlock(cli->db, officer.id, err);
	if (result == 0)
		result = audit(cli, "officer unlock", name ? officer.name : "keypad", err);
	if (finish(cli, result, err) != 0)
		return -1;
	printf("unlocked\n");
	return 0;
}

static bool list_one(void *context, const struct officer *officer)
{
	json_t *list = context;
	char used[WHEN_TEXT_MAX] = "";
	int64_t open_at = officer_pin_open_at(officer->failed, officer->failed_at, clock_wall_ms());
	bool locked = open_at != 0 && officer_pin_is_locked(officer->failed);

	if (officer->last_used_at)
		when_rfc3339(officer->last_used_at, used);
	if (!list) {
		printf("%-24s %-16s %-8s %-8s %.16s\n", officer->name, officer->phone[0] ? officer->phone : "-",
			officer->may_order && officer->may_confirm ? "both"
			: officer->may_order			   ? "order"
								   : "confirm",
			locked ? "locked" : "", used);
		return true;
	}
	json_array_append_new(
		list, json_pack("{s:s, s:o, s:b, s:b, s:b, s:i, s:o}", "name", officer->name, "phone",
			      officer->phone[0] ? json_string(officer->phone) : json_null(), "may_order",
			      officer->may_order, "may_confirm", officer->may_confirm, "locked", locked, "failed",
			      (int)officer->failed, "last_used", used[0] ? json_string(used) : json_null()));
	return true;
}

static int act_list(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	json_t *list = wanted->json ? json_array() : NULL;
	int result = officer_each(cli->db, list_one, list, err);

	if (result == 0 && list)
		json_print(list);
	json_decref(list);
	return result;
}

static int act_run(struct cli *cli, const char *act, const char *name, const struct wanted *wanted, struct err *err)
{
	if (strcmp(act, "add") == 0)
		return act_add(cli, name, wanted, err);
	if (strcmp(act, "pin") == 0)
		return act_pin(cli, name, err);
	if (strcmp(act, "remove") == 0)
		return act_remove(cli, name, err);
	if (strcmp(act, "unlock") == 0)
		return act_unlock(cli, name, err);
	return act_list(cli, wanted, err);
}

int cmd_officer(struct cli *cli, int argc, char **argv, struct err *err)
{
	static const char *const acts[] = {"add", "pin", "remove", "unlock", "list"};
	struct wanted wanted = {0};
	bool known = false;

	if (cli_help(argc, argv, help))
		return 0;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (option == '?')
			return -1;
		wanted.json = wanted.json || option == OPT_JSON;
		wanted.phone = option == OPT_PHONE ? optarg : wanted.phone;
		wanted.role = option == OPT_ROLE ? optarg : wanted.role;
	}
	const char *act = optind < argc ? argv[optind] : "", *name = optind + 1 < argc ? argv[optind + 1] : NULL;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		known = known || strcmp(acts[i], act) == 0;
	if (!known)
		return err_set(
			err, EX_USAGE, "say what: add, list, pin, unlock or remove; see: banditore officer --help");
	if ((wanted.phone || wanted.role) && strcmp(act, "add") != 0)
		return err_set(err, EX_USAGE, "--phone and --role go with add; see: banditore officer --help");
	if (cli_no_more(argc, argv, strcmp(act, "list") == 0 ? 1 : 2, err) != 0)
		return -1;
	if (!name && strcmp(act, "list") != 0 && strcmp(act, "unlock") != 0)
		return err_set(
			err, EX_USAGE, "officer %s needs the officer's name; see: banditore officer --help", act);
	if (cli_db(cli, true, err) != 0)
		return -1;
	return act_run(cli, act, name, &wanted, err);
}
