/* audit: who ordered what, and the proof that nobody rewrote it. */
#include "firmware-host/cli.h"

#include "firmware-host/audit_view.h"
#include "firmware-host/csv.h"
#include "firmware-host/json.h"
#include "firmware-host/when.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
	"usage: banditore audit list [--all] [--json]\n"
	"       banditore audit verify [--json]\n"
	"       banditore audit export [--json] [FILE]\n\n"
	"Who ordered what, by which door, when. list: the newest 50, the newest last. verify: walks the chain of hashes and\n"
	"names the first row that is not as it was written; write its head down elsewhere to prove that nobody began anew.\n"
	"export: all rows with their hashes as CSV, or as JSON lines with --json; FILE left out: to stdout.\n";

enum { OPT_JSON = 1000, OPT_ALL, LIST_MAX = 50 };

static const struct option options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"all", no_argument, NULL, OPT_ALL},
	{NULL, 0, NULL, 0},
};

/* ---- list -------------------------------------------------------------------------------------------------------- */

static bool list_one(void *context, const struct audit_row *row)
{
	json_t *list = context;
	char at[WHEN_TEXT_MAX];

	if (list) {
		json_array_append_new(list, audit_view_json(row));
		return true;
	}
	printf("%5lld  %.16s  %-8s %-14s %-16s ", (long long)row->id, when_rfc3339(row->at, at), row->door, row->who,
		row->act);
	for (const char *c = row->detail; *c; c++) /* a read-back is one line here */
		putchar((unsigned char)*c < ' ' || *c == 0x7F ? ' ' : *c);
	putchar('\n');
	return true;
}

static int act_list(struct cli *cli, bool all, bool json, struct err *err)
{
	json_t *list = json ? json_array() : NULL;
	int result = audit_each(cli->db, all ? 0 : LIST_MAX, list_one, list, err);

	if (result == 0 && list)
		json_print(list);
	json_decref(list);
	return result;
}

/* ---- verify ------------------------------------------------------------------------------------------------------ */

static int act_verify(struct cli *cli, bool json, struct err *err)
{
	struct audit_verdict verdict;

	if (audit_verify(cli->db, &verdict, err) != 0)
		return -1;
	if (json) {
		json_t *object = audit_view_verdict(&verdict);
		json_print(object);
		json_decref(object);
	} else if (verdict.broken == 0) {
		printf("%lld rows, intact; head %s\n", (long long)verdict.rows, verdict.head);
	}
	if (verdict.broken == 0)
		return 0;
	return err_set(err, EX_DATAERR,
		"row %lld of the audit trail is not as it was written: %s; compare it with an export",
		(long long)verdict.broken, verdict.why);
}

/* ---- export ------------------------------------------------------------------------------------------------------ */

struct exporting {
	FILE *out;
	bool json;
};

static bool export_one(void *context, const struct audit_row *row)
{
	struct exporting *exporting = context;
	char id[24], at[WHEN_TEXT_MAX], at_ms[24];

	if (exporting->json) {
		json_t *object = audit_view_json(row);
		json_dumpf(object, exporting->out, JSON_COMPACT);
		fputc('\n', exporting->out);
		json_decref(object);
		return !ferror(exporting->out);
	}
	(void)snprintf(id, sizeof id, "%lld", (long long)row->id);
	(void)snprintf(at_ms, sizeof at_ms, "%lld", (long long)row->at);
	const char *const fields[] = {id, when_rfc3339(row->at, at), at_ms, row->clock, row->who, row->door, row->act,
		row->detail, row->hash};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		csv_write(exporting->out, fields[i], i == 0);
	csv_write_end(exporting->out);
	return !ferror(exporting->out);
}

static int act_export(struct cli *cli, const char *path, bool json, struct err *err)
{
	static const char *const heads[] = {"id", "at", "at_ms", "clock", "who", "door", "act", "detail", "hash"};
	struct exporting exporting = {.out = stdout, .json = json};

	if (path && !(exporting.out = fopen(path, "we")))
		return err_set(err, EX_CANTCREAT, "%s: %s; name another file", path, strerror(errno));
	for (size_t i = 0; !json && i < sizeof heads / sizeof *heads; i++)
		csv_write(exporting.out, heads[i], i == 0);
	if (!json)
		csv_write_end(exporting.out);
	int result = audit_each(cli->db, 0, export_one, &exporting, err);
	if (!path)
		return result; /* main looks after stdout */
	bool failed = ferror(exporting.out) != 0;
	failed = fclose(exporting.out) != 0 || failed;
	if (result == 0 && failed)
		return err_set(err, EX_IOERR, "%s could not be written; is the disk full?", path);
	return result;
}

int cmd_audit(struct cli *cli, int argc, char **argv, struct err *err)
{
	bool json = false, all = false;

	if (cli_help(argc, argv, help))
		return 0;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (option == '?')
			return -1;
		json = json || option == OPT_JSON;
		all = all || option == OPT_ALL;
	}
	const char *act = optind < argc ? argv[optind] : "";
	bool list = strcmp(act, "list") == 0, verify = strcmp(act, "verify") == 0;
	if (!list && !verify && strcmp(act, "export") != 0)
		return err_set(err, EX_USAGE, "say what: list, verify or export; see: banditore audit --help");
	if (cli_no_more(argc, argv, list || verify ? 1 : 2, err) != 0 || cli_db(cli, false, err) != 0)
		return -1;
	if (list)
		return act_list(cli, all, json, err);
	if (verify)
		return act_verify(cli, json, err);
	return act_export(cli, optind + 1 < argc ? argv[optind + 1] : NULL, json, err);
}
