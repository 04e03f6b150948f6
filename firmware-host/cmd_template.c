#include "firmware-host/cli.h"

#include "config/clock.h"
#include "db/memo.h"
#include "firmware-host/json.h"
#include "firmware-host/template.h"
#include "firmware-host/template_account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help[] =
	"usage: banditore template list [--json]\n"
	"       banditore template sync [--json]\n"
	"       banditore template push [--json]\n\n"
	"The WhatsApp templates of alerts, all-clears and news, which Meta examines before they can be sent.\n"
	"list: how all of the account's templates stand; without a connection, how ours stood last. sync: asks how ours stand\n"
	"and remembers it; ends with 69 when one of them cannot be sent. push: creates those the account has not, and gives\n"
	"those whose text has changed their new one; Meta takes up to a day to examine them.\n";

static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
static const char memo_name[] = "whatsapp.templates";

struct round {
	struct cli *cli;
	struct template wanted[TEMPLATE_COUNT];
	struct graph_template *found; /* the account's */
	int found_count;
	json_t *rows; /* what is printed and remembered */
	int unusable;
};

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static struct graph_template *found_find(const struct round *round, const struct graph_template_new *wanted)
{
	for (int i = 0; i < round->found_count; i++)
		if (strcmp(round->found[i].name, wanted->name) == 0 &&
			strcmp(round->found[i].language, wanted->language) == 0)
			return &round->found[i];
	return NULL;
}

static void row_add(struct round *round, const char *role, const struct graph_template *found, const char *name,
	const char *language, json_t *warnings)
{
	json_t *row = json_object();

	json_object_set_new(row, "role", role ? json_string(role) : json_null());
	json_object_set_new(row, "name", json_text(name));
	json_object_set_new(row, "language", json_text(language));
	json_object_set_new(row, "status", json_text(found ? found->status : "MISSING"));
	json_object_set_new(row, "category", json_text(found ? found->category : ""));
	json_object_set_new(row, "quality", json_text(found ? found->quality : ""));
	json_object_set_new(row, "usable", json_boolean(found && graph_template_is_usable(found)));
	json_object_set_new(row, "warnings", warnings);
	json_array_append_new(round->rows, row);
}

static void row_ours(struct round *round, enum template_kind kind)
{
	char lines[TEMPLATE_WARNINGS_MAX][TEMPLATE_WARNING_MAX];
	const struct template *wanted = &round->wanted[kind];
	const struct graph_template *found = found_find(round, &wanted->as);
	int count = template_warnings(wanted, found, lines);
	json_t *warnings = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(warnings, json_text(lines[i]));
	round->unusable += !found || !graph_template_is_usable(found);
	row_add(round, template_kind_to_string(kind), found, wanted->as.name, wanted->as.language, warnings);
}

static bool is_ours(const struct round *round, const struct graph_template *found)
{
	for (int kind = 0; kind < TEMPLATE_COUNT; kind++)
		if (found_find(round, &round->wanted[kind].as) == found)
			return true;
	return false;
}

static void rows_fill(struct round *round, bool all)
{
	round->unusable = 0;
	json_array_clear(round->rows);
	for (int kind = 0; kind < TEMPLATE_COUNT; kind++)
		row_ours(round, (enum template_kind)kind);
	for (int i = 0; i < round->found_count && all; i++)
		if (!is_ours(round, &round->found[i]))
			row_add(round, NULL, &round->found[i], round->found[i].name, round->found[i].language,
				json_array());
}

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

static void rows_print(const json_t *rows, bool json)
{
	const json_t *row, *warning;
	size_t i, k;

	if (json) {
		json_dumpf(rows, stdout, JSON_COMPACT);
		putchar('\n');
		return;
	}
	json_array_foreach(rows, i, row)
	{
		const char *role = text_of(row, "role"), *quality = text_of(row, "quality");
		bool rated = *quality && strcmp(quality, "UNKNOWN") != 0;
		printf("%-6s %-24s %-6s %-10s %s%s%s\n", *role ? role : "-", text_of(row, "name"),
			text_of(row, "language"), text_of(row, "status"), text_of(row, "category"),
			rated ? ", quality " : "", rated ? quality : "");
		json_array_foreach(json_object_get(row, "warnings"), k, warning)
		{
			printf("       ! %s\n", json_string_value(warning));
		}
	}
}

/* ---- what the box remembers -------------------------------------------------------------------------------------- */

static int rows_remember(struct round *round, struct err *err)
{
	json_t *memo = json_pack("{s:I, s:O}", "at", (json_int_t)clock_wall_ms(), "templates", round->rows);
	char *text = json_dumps(memo, JSON_COMPACT);
	struct db *db;
	int result = -1;

	json_decref(memo);
	if (!text)
		return err_set(err, EX_OSERR, "out of memory");
	if (cli_db(round->cli, true, err) == 0) {
		db = round->cli->db;
		if (db_begin(db, err) == 0) {
			result = memo_put(db, memo_name, text, err) == 0 ? db_commit(db, err) : -1;
			if (result != 0)
				db_rollback(db);
		}
	}
	free(text);
	return result;
}

/* How ours stood when last asked for. 1: printed, 0: nothing is remembered. */
static int rows_recall(struct round *round, bool json, const struct err *why)
{
	struct err ignored;
	char *text = NULL, when[32] = "";
	int printed = 0;

	if (cli_db(round->cli, false, &ignored) != 0 || memo_get(round->cli->db, memo_name, &text, &ignored) != 1)
		return 0;
	json_t *memo = json_loads(text, 0, NULL);
	const json_t *rows = json_object_get(memo, "templates");
	time_t at = (time_t)(json_integer_value(json_object_get(memo, "at")) / 1000);
	struct tm local;
	if (json_is_array(rows) && localtime_r(&at, &local)) {
		(void)strftime(when, sizeof when, "%Y-%m-%d %H:%M", &local);
		rows_print(rows, json);
		fflush(stdout);
		fprintf(stderr, "banditore: %s. This is how the templates stood on %s\n", why->text, when);
		printed = 1;
	}
	json_decref(memo);
	free(text);
	return printed;
}

/* ---- the three acts ---------------------------------------------------------------------------------------------- */

static int account_look(struct round *round, struct template_account *account, struct err *err)
{
	free(round->found);
	round->found_count = template_account_list(account, &round->found, err);
	if (round->found_count >= 0)
		return 0;
	round->found_count = 0;
	return -1;
}

static int act_list(struct round *round, struct template_account *account, bool json, struct err *err)
{
	if (account_look(round, account, err) != 0) {
		if (err->status == EX_UNAVAILABLE && rows_recall(round, json, err) == 1)
			return 0;
		return -1;
	}
	rows_fill(round, true);
	rows_print(round->rows, json);
	return 0;
}

static int act_sync(struct round *round, struct template_account *account, bool json, struct err *err)
{
	if (account_look(round, account, err) != 0)
		return -1;
	rows_fill(round, false);
	rows_print(round->rows, json);
	if (rows_remember(round, err) != 0)
		return -1;
	if (round->unusable == 0)
		return 0;
	return err_set(err, EX_UNAVAILABLE, "%d of %d templates cannot be sent; see what is said of each",
		round->unusable, TEMPLATE_COUNT);
}

static int push_one(
	struct round *round, struct template_account *account, enum template_kind kind, bool quiet, struct err *err)
{
	const struct template *wanted = &round->wanted[kind];
	const struct graph_template *found = found_find(round, &wanted->as);
	struct graph_template made;

	if (!found) {
		if (template_account_create(account, &wanted->as, &made, err) != 0)
			return -1;
		if (!quiet)
			printf("%s: created, %s as %s\n", wanted->as.name, made.status, made.category);
		return 0;
	}
	if (!template_differs(wanted, found) || !graph_template_is_editable(found))
		return 0;
	if (template_account_edit(account, found->id, &wanted->as, err) != 0)
		return -1;
	if (!quiet)
		printf("%s: given its new text\n", wanted->as.name);
	return 0;
}

/* One that is refused does not keep the others back; the first refusal is told. */
static int act_push(struct round *round, struct template_account *account, bool json, struct err *err)
{
	struct err first = {0}, next;

	if (account_look(round, account, err) != 0)
		return -1;
	for (int kind = 0; kind < TEMPLATE_COUNT; kind++)
		if (push_one(round, account, (enum template_kind)kind, json, &next) != 0 && !first.text[0])
			first = next;
	if (account_look(round, account, err) != 0)
		return -1;
	rows_fill(round, false);
	rows_print(round->rows, json);
	if (rows_remember(round, err) != 0)
		return -1;
	if (!first.text[0])
		return 0;
	*err = first;
	return -1;
}

static const struct act {
	const char *name;
	int (*run)(struct round *round, struct template_account *account, bool json, struct err *err);
} acts[] = {{"list", act_list}, {"sync", act_sync}, {"push", act_push}};

static int act_run(struct cli *cli, const struct act *act, bool json, struct err *err)
{
	struct round round = {.cli = cli, .rows = json_array()};
	struct template_account *account = NULL;
	int result = cli_texts(cli, err);

	for (int kind = 0; kind < TEMPLATE_COUNT && result == 0; kind++)
		result = template_fill((enum template_kind)kind, cli->settings, cli->texts, &round.wanted[kind], err);
	if (result == 0)
		result = template_account_open(cli->settings, &account, err);
	if (result == 0)
		result = act->run(&round, account, json, err);
	template_account_close(account);
	json_decref(round.rows);
	free(round.found);
	return result;
}

int cmd_template(struct cli *cli, int argc, char **argv, struct err *err)
{
	bool json = false;

	if (cli_help(argc, argv, help))
		return 0;
	if (argc < 2)
		return err_set(err, EX_USAGE, "say what: list, sync or push; see: banditore template --help");
	const char *name = argv[1];
	argv[1] = argv[0];
	optind = 0;
	for (int option; (option = cli_option(argc - 1, argv + 1, options, err)) != -1;) {
		if (option == '?')
			return -1;
		json = true;
	}
	if (optind + 1 < argc)
		return err_set(err, EX_USAGE, "template %s takes no %s; see: banditore template --help", name,
			argv[optind + 1]);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i].name, name) == 0)
			return act_run(cli, &acts[i], json, err);
	return err_set(err, EX_USAGE, "template %s is not known; see: banditore template --help", name);
}
