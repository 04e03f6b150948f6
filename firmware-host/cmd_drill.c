#include "firmware-host/cli.h"

#include "config/clock.h"
#include "firmware-host/drill.h"
#include "firmware-host/order.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: banditore drill [--zone Z]… [--json] [TEXT]\n"
	"       banditore drill --send-to-staff [--wait S] [--json] [TEXT]\n\n"
	"From today's list, modems, limits and what was measured: how long until 50, 90, 99 and 100 % of the people would be\n"
	"reached by an alert, with the WhatsApp link alive and dead, what would run out, and what one more SIM would change.\n"
	"Sends nothing.\n\n"
	"  --zone Z         only people of this zone; may be given again\n"
	"  --send-to-staff  really sends an exercise, to the staff of the configuration alone, and measures each step\n"
	"  --wait S         seconds to wait for the last of them; 120 if not given\n"
	"  TEXT             what the exercise says, and so how many SMS it takes; -- goes before one that begins with a dash\n"
	"  --json           one JSON value\n\n"
	"Exit status 69 when a message to the staff was not taken by a network in time.\n";

enum { OPT_ZONE = 1000, OPT_STAFF, OPT_WAIT, OPT_JSON, WAIT_S = 120, WAIT_MOST_S = 3600 };

static const struct option options[] = {
	{"zone", required_argument, NULL, OPT_ZONE},
	{"send-to-staff", no_argument, NULL, OPT_STAFF},
	{"wait", required_argument, NULL, OPT_WAIT},
	{"json", no_argument, NULL, OPT_JSON},
	{NULL, 0, NULL, 0},
};

struct asked {
	struct order order;
	bool staff, json;
	int wait_s;
};

static int option_take(struct asked *asked, int option, const char *value, struct err *err)
{
	struct order *order = &asked->order;
	int64_t seconds;

	switch (option) {
	case OPT_ZONE:
		if (order->zone_count == SETTINGS_ZONES_MAX)
			return err_set(err, EX_USAGE, "too many zones; leave --zone out for everybody");
		order->zones[order->zone_count++] = value;
		return 0;
	case OPT_STAFF: asked->staff = true; return 0;
	case OPT_WAIT:
		if (cli_number(value, "--wait", &seconds, err) != 0)
			return -1;
		if (seconds > WAIT_MOST_S)
			return err_set(err, EX_USAGE, "--wait %s: at most %d seconds", value, WAIT_MOST_S);
		asked->wait_s = (int)seconds;
		return 0;
	case OPT_JSON: asked->json = true; return 0;
	default: return -1; /* cli_option has said why */
	}
}

static int text_take(struct asked *asked, const struct texts *texts, int argc, char **argv, struct err *err)
{
	asked->order.text = texts_get(texts, TEXT_DRILL);
	if (optind < argc)
		asked->order.text = argv[optind++];
	if (optind < argc)
		return err_set(err, EX_USAGE, "put the text between quotes");
	return 0;
}

/* An exercise, so that what is sent to staff can never be mistaken for an alert. */
static int drill_run(struct cli *cli, struct asked *asked, struct drill *drill, struct err *err)
{
	struct order_measure *measure = calloc(1, sizeof *measure);
	struct message *message = calloc(1, sizeof *message);
	int64_t now = clock_wall_ms();
	int result = measure && message ? 0 : err_set(err, EX_OSERR, "out of memory");

	asked->order.kind = MESSAGE_ALERT;
	asked->order.colourless = asked->order.exercise = true;
	asked->order.door = "cli";
	if (result == 0)
		result = order_compose(&asked->order, cli->settings, cli->texts, NULL, now, message, measure, err);
	if (result == 0)
		result = cli_db(cli, false, err);
	if (result == 0 && asked->staff)
		result = drill_staff(cli->db, cli->settings, message, asked->wait_s, asked->json, err);
	else if (result == 0)
		result = drill_make(cli->settings, cli->db, message, now, drill, err);
	if (result == 0 && !asked->staff)
		result = asked->json ? drill_print_json(drill, cli->db, err)
				     : drill_print(drill, cli->settings, cli->db, stdout, err);
	free(message);
	free(measure);
	return result;
}

int cmd_drill(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct asked asked = {.wait_s = WAIT_S};

	if (cli_help(argc, argv, help))
		return 0;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (option_take(&asked, option, optarg, err) != 0)
			return -1;
	}
	if (asked.staff && asked.order.zone_count > 0)
		return err_set(err, EX_USAGE, "--send-to-staff writes to the staff alone; leave --zone out");
	if (cli_texts(cli, err) != 0 || text_take(&asked, cli->texts, argc, argv, err) != 0)
		return -1;
	struct drill *drill = calloc(1, sizeof *drill);
	int result = drill ? drill_run(cli, &asked, drill, err) : err_set(err, EX_OSERR, "out of memory");
	free(drill);
	return result;
}
