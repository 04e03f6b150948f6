#include "firmware-host/cli.h"

#include "config/clock.h"
#include "firmware-host/control.h"
#include "firmware-host/json.h"
#include "firmware-host/report_desk.h"
#include "firmware-host/report_view.h"
#include "firmware-host/slots.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
	"usage: banditore report list [--all] [--state STATE] [--office OFFICE] [--json | --csv]\n"
	"       banditore report show N [--json]\n"
	"       banditore report assign N OFFICE\n"
	"       banditore report reply N TEXT\n"
	"       banditore report close N [TEXT]\n"
	"       banditore report fold N INTO\n\n"
	"What citizens reported. list: the newest first, those still open; --all adds closed and folded ones.\n"
	"States: new, assigned, answered, closed. reply: to the sender by the channel it came from, and to those whose\n"
	"reports were folded into it; close with a TEXT sends that first. fold: N repeats INTO, which stays.\n"
	"A TEXT that begins with a dash goes behind --.\n";

enum { OPT_JSON = 1000, OPT_CSV, OPT_ALL, OPT_STATE, OPT_OFFICE, LIST_MAX = 100000 };

static const struct option options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"csv", no_argument, NULL, OPT_CSV},
	{"all", no_argument, NULL, OPT_ALL},
	{"state", required_argument, NULL, OPT_STATE},
	{"office", required_argument, NULL, OPT_OFFICE},
	{NULL, 0, NULL, 0},
};

struct wanted {
	bool json, csv, all;
	const char *state, *office;
	int64_t id;
	const char *word; /* OFFICE, TEXT or INTO; NULL: none */
};

typedef int report_verb(struct cli *cli, const struct wanted *wanted, struct err *err);

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct listing {
	struct db *db;
	struct err *err;
	json_t *json; /* NULL: none */
	bool csv, failed;
};

static bool list_add(void *context, const struct report *report)
{
	struct listing *listing = context;

	if (listing->json)
		listing->failed = json_array_append_new(listing->json, report_view_json(report)) != 0;
	else if (listing->csv)
		listing->failed = report_view_csv(listing->db, report, stdout, listing->err) != 0;
	else
		report_view_line(report, stdout);
	if (listing->json && listing->failed)
		err_set(listing->err, EX_OSERR, "out of memory");
	return !listing->failed && !ferror(stdout);
}

static int filter_fill(
	const struct settings *settings, const struct wanted *wanted, struct report_filter *filter, struct err *err)
{
	filter->no_duplicates = !wanted->all;
	filter->states = wanted->all ? 0 : ~(1U << REPORT_CLOSED);
	if (wanted->state) {
		filter->states = report_view_states(wanted->state);
		if (filter->states == 0)
			return err_set(err, EX_DATAERR,
				"there is no state \"%.32s\"; it is new, assigned, answered or closed", wanted->state);
	}
	if (wanted->office) {
		const struct settings_office *office = slots_office(settings, wanted->office);
		filter->office = office ? office->id : wanted->office; /* one the configuration has no more */
	}
	return 0;
}

static int report_list(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	struct listing listing = {.db = cli->db, .err = err, .csv = wanted->csv};
	struct report_filter filter = {0};

	if (filter_fill(cli->settings, wanted, &filter, err) != 0)
		return -1;
	listing.json = wanted->json ? json_array() : NULL;
	if (wanted->csv)
		report_view_csv_head(stdout);
	int result = report_each(cli->db, &filter, LIST_MAX, list_add, &listing, err);
	if (listing.failed)
		result = -1;
	if (listing.json && result == 0)
		json_print(listing.json);
	json_decref(listing.json);
	return result;
}

static int report_show(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	struct report report;
	json_t *json = NULL;
	int found = report_get(cli->db, wanted->id, &report, err);

	if (found <= 0)
		return found < 0 ? -1
				 : err_set(err, EX_REFUSED, "there is no report %lld; see: banditore report list --all",
					   (long long)wanted->id);
	if (!wanted->json)
		return report_view_whole(cli->db, &report, stdout, err);
	if (report_view_json_whole(cli->db, &report, &json, err) != 0)
		return -1;
	json_print(json);
	json_decref(json);
	return 0;
}

/* ---- doing ------------------------------------------------------------------------------------------------------- */

/* What was done, and to how many people it was told. */
static void done_print(const struct wanted *wanted, const char *what, int people)
{
	if (wanted->json)
		printf("{\"id\":%lld,\"people\":%d}\n", (long long)wanted->id, people);
	else if (people > 0)
		printf("report %lld: %s, %d %s answered\n", (long long)wanted->id, what, people,
			people == 1 ? "person" : "people");
	else
		printf("report %lld: %s\n", (long long)wanted->id, what);
}

static int report_give(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	return report_desk_assign(cli->db, cli->settings, wanted->id, wanted->word, cli_who(), clock_wall_ms(), err);
}

static int report_join(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	int64_t into;

	if (cli_number(wanted->word, "the report that stays", &into, err) != 0)
		return -1;
	return report_desk_fold(cli->db, wanted->id, into, cli_who(), clock_wall_ms(), err);
}

static int report_answer(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	int people = 0;

	if (report_desk_reply(cli->db, cli->settings, cli->texts, wanted->id, wanted->word, cli_who(), clock_wall_ms(),
		    &people, err) != 0)
		return -1;
	return people;
}

static int report_end(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	int people = 0;

	if (report_desk_close(cli->db, cli->settings, cli->texts, wanted->id, wanted->word ? wanted->word : "",
		    cli_who(), clock_wall_ms(), &people, err) != 0)
		return -1;
	return people;
}

static const struct act {
	const char *name, *past, *word; /* what the word is; NULL: none */
	bool must;			/* have it */
	report_verb *run;		/* of the last four: people told, or -1; in a transaction */
} acts[] = {
	{"list", NULL, NULL, false, report_list},
	{"show", NULL, NULL, false, report_show},
	{"assign", "assigned", "the office", true, report_give},
	{"reply", "answered", "the text", true, report_answer},
	{"close", "closed", "the text", false, report_end},
	{"fold", "folded", "the report that stays", true, report_join},
};

static int act_run(struct cli *cli, const struct act *act, const struct wanted *wanted, struct err *err)
{
	if (!act->past)
		return act->run(cli, wanted, err);
	if (cli_texts(cli, err) != 0 || db_begin(cli->db, err) != 0)
		return -1;
	int people = act->run(cli, wanted, err);
	if (people < 0 || db_commit(cli->db, err) != 0) {
		db_rollback(cli->db);
		return -1;
	}
	control_poke(cli->settings->database);
	done_print(wanted, act->past, people);
	return 0;
}

static int words_read(int argc, char **argv, struct wanted *wanted, struct err *err)
{
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		switch (option) {
		case OPT_JSON: wanted->json = true; break;
		case OPT_CSV: wanted->csv = true; break;
		case OPT_ALL: wanted->all = true; break;
		case OPT_STATE: wanted->state = optarg; break;
		case OPT_OFFICE: wanted->office = optarg; break;
		default: return -1;
		}
	}
	return 0;
}

int cmd_report(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct wanted wanted = {0};
	const struct act *act = NULL;

	if (cli_help(argc, argv, help))
		return 0;
	if (words_read(argc, argv, &wanted, err) != 0)
		return -1;
	for (size_t i = 0; optind < argc && i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i].name, argv[optind]) == 0)
			act = &acts[i];
	if (!act)
		return err_set(err, EX_USAGE,
			"say what: list, show, assign, reply, close or fold; see: banditore report --help");
	bool list = act->run == report_list;
	if (cli_no_more(argc, argv, list ? 1 : act->word ? 3 : 2, err) != 0)
		return -1;
	if (!list &&
		cli_number(optind + 1 < argc ? argv[optind + 1] : NULL, "the report's number", &wanted.id, err) != 0)
		return -1;
	wanted.word = optind + 2 < argc ? argv[optind + 2] : NULL;
	if (act->must && !wanted.word)
		return err_set(err, EX_USAGE, "%s is missing; see: banditore report --help", act->word);
	if (cli_db(cli, false, err) != 0)
		return -1;
	return act_run(cli, act, &wanted, err);
}
