/* stats: the figures of a pilot phase. */
#include "firmware-host/cli.h"

#include "config/clock.h"
#include "firmware-host/json.h"
#include "firmware-host/stats_view.h"

#include <stdio.h>

static const char help[] =
	"usage: banditore stats [--from DATE] [--to DATE] [--csv | --json]\n\n"
	"What was sent, who was reached and how fast, who joined and left, what citizens wrote and how soon it was answered.\n"
	"DATE: 2026-11-21, both days included; left out: the last 30 days. Counts only, nobody's data.\n";

enum { OPT_FROM = 1000, OPT_TO, OPT_CSV, OPT_JSON };

static const struct option options[] = {
	{"from", required_argument, NULL, OPT_FROM},
	{"to", required_argument, NULL, OPT_TO},
	{"csv", no_argument, NULL, OPT_CSV},
	{"json", no_argument, NULL, OPT_JSON},
	{NULL, 0, NULL, 0},
};

int cmd_stats(struct cli *cli, int argc, char **argv, struct err *err)
{
	const char *from = NULL, *to = NULL;
	struct stats_period period;
	bool csv = false, json = false;
	json_t *figures = NULL;

	if (cli_help(argc, argv, help))
		return 0;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		switch (option) {
		case OPT_FROM: from = optarg; break;
		case OPT_TO: to = optarg; break;
		case OPT_CSV: csv = true; break;
		case OPT_JSON: json = true; break;
		default: return -1;
		}
	}
	if (cli_no_more(argc, argv, 0, err) != 0 || cli_db(cli, false, err) != 0 ||
		stats_view_period(from, to, clock_wall_ms(), &period, err) != 0 ||
		stats_view_json(cli->db, &period, &figures, err) != 0)
		return -1;
	if (json)
		json_print(figures);
	else if (csv)
		stats_view_csv(figures, stdout);
	else
		stats_view_print(figures, stdout);
	json_decref(figures);
	return 0;
}
