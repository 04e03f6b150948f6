/* alert, clear, news and preview: one order, kept or only looked at. */
#include "firmware-host/cli.h"

#include "config/clock.h"
#include "firmware-host/control.h"
#include "firmware-host/keypad/draft.h"
#include "firmware-host/order.h"
#include "firmware-host/order_keep.h"
#include "firmware-host/outlook.h"
#include "firmware-host/preview.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help_alert[] =
	"usage: banditore alert --colour yellow|orange|red [options] TEXT\n"
	"       banditore alert --sheet CODE [--exercise] [--yes] [--json]\n\n"
	"Keeps an alert for everybody who joined and prints \"alert N: M recipients\"; the appliance sends it at once.\n\n"
	"  --colour C       yellow, orange or red (giallo/gialla, arancione, rosso/rossa)\n"
	"  --hazard H       what threatens, as citizens read it: temporali\n"
	"  --phase P        attention, prealarm or alarm\n"
	"  --zone Z         only people of this zone; may be given again\n"
	"  --until T        18:30, 2026-11-21 18:30, or a duration such as 6h; sending ends then\n"
	"  --sheet CODE     what this code of the keypad's sheet means (banditore keypad sheet)\n"
	"  --exercise       an exercise: says ESERCITAZIONE at both ends\n"
	"  --no-fold        keep È, typographic quotes… even where they cost more SMS\n"
	"  --yes            do not ask on a terminal\n"
	"  --json           print {\"id\":N,\"recipients\":M}\n"
	"  TEXT             - reads it from stdin; -- goes before one that begins with a dash\n";
static const char help_news[] =
	"usage: banditore news --topic T [options] TEXT\n\n"
	"Keeps a piece of news for everybody who takes the topic and prints \"news N: M recipients\".\n\n"
	"  --topic T        an id of the configuration's topics\n"
	"  --zone Z         only people of this zone; may be given again\n"
	"  --at T           when it leaves: 18:30, 2026-11-21 18:30, or in 2h; else at once, outside the quiet hours\n"
	"  --until T        after which it is not sent any more\n"
	"  --no-fold, --yes, --json as for alert\n";
static const char help_clear[] =
	"usage: banditore clear N [--yes] [--json] [TEXT]\n\n"
	"The all-clear to exactly those alert N was for; what is still queued of the alert is withdrawn.\n"
	"Prints \"clear K: M recipients\".\n";
static const char help_preview[] = "usage: banditore preview [--json] (arguments of alert or news)\n\n"
				   "Sends nothing: alphabet, parts, what would be rewritten, recipients by channel, "
				   "the WhatsApp text, SIM budget, WhatsApp limit, cost, time to reach all.\n";

enum {
	OPT_COLOUR = 1000,
	OPT_HAZARD,
	OPT_PHASE,
	OPT_ZONE,
	OPT_UNTIL,
	OPT_SHEET,
	OPT_AT,
	OPT_TOPIC,
	OPT_EXERCISE,
	OPT_NO_FOLD,
	OPT_YES,
	OPT_JSON
};

static const struct option order_options[] = {
	{"colour", required_argument, NULL, OPT_COLOUR},
	{"color", required_argument, NULL, OPT_COLOUR},
	{"hazard", required_argument, NULL, OPT_HAZARD},
	{"phase", required_argument, NULL, OPT_PHASE},
	{"zone", required_argument, NULL, OPT_ZONE},
	{"until", required_argument, NULL, OPT_UNTIL},
	{"sheet", required_argument, NULL, OPT_SHEET},
	{"at", required_argument, NULL, OPT_AT},
	{"topic", required_argument, NULL, OPT_TOPIC},
	{"exercise", no_argument, NULL, OPT_EXERCISE},
	{"no-fold", no_argument, NULL, OPT_NO_FOLD},
	{"yes", no_argument, NULL, OPT_YES},
	{"json", no_argument, NULL, OPT_JSON},
	{NULL, 0, NULL, 0},
};

/* An order with what the command line adds to it. */
struct asked {
	struct order order;
	bool yes, json;
	const char *sheet; /* NULL: none */
	char text[MESSAGE_TEXT_MAX];
	struct message message, about;
	struct order_measure measure;
};

static int phase_check(const char *phase, struct err *err)
{
	if (strcmp(phase, "attention") == 0 || strcmp(phase, "prealarm") == 0 || strcmp(phase, "alarm") == 0)
		return 0;
	return err_set(err, EX_USAGE, "--phase %s is not known; give attention, prealarm or alarm", phase);
}

static int option_take(struct asked *asked, int option, const char *value, struct err *err)
{
	struct order *order = &asked->order;

	switch (option) {
	case OPT_COLOUR:
		order->colour = order_colour(value);
		return order->colour
			       ? 0
			       : err_set(err, EX_USAGE, "--colour %s is not known; give yellow, orange or red", value);
	case OPT_HAZARD: order->hazard = value; return 0;
	case OPT_PHASE: order->phase = value; return phase_check(value, err);
	case OPT_ZONE:
		if (order->zone_count == SETTINGS_ZONES_MAX)
			return err_set(err, EX_USAGE, "too many zones; leave --zone out to reach everybody");
		order->zones[order->zone_count++] = value;
		return 0;
	case OPT_UNTIL: order->until = value; return 0;
	case OPT_SHEET: asked->sheet = value; return 0;
	case OPT_AT: order->at = value; return 0;
	case OPT_TOPIC: order->topic = value; return 0;
	case OPT_EXERCISE: order->exercise = true; return 0;
	case OPT_NO_FOLD: order->keep_characters = true; return 0;
	case OPT_YES: asked->yes = true; return 0;
	case OPT_JSON: asked->json = true; return 0;
	default: return -1; /* cli_option has said why */
	}
}

/* The words left over are the text; "-" reads it from stdin. */
static int text_take(struct asked *asked, int count, char **words, struct err *err)
{
	size_t used = 0;

	if (count == 1 && strcmp(words[0], "-") == 0) {
		used = fread(asked->text, 1, sizeof asked->text - 1, stdin);
		if (used == sizeof asked->text - 1)
			return err_set(
				err, EX_DATAERR, "the text on stdin is longer than %zu octets", sizeof asked->text - 1);
		if (memchr(asked->text, '\0', used))
			return err_set(err, EX_DATAERR,
				"the text on stdin holds a NUL octet; is it UTF-16? convert it to UTF-8");
		while (used > 0 && (asked->text[used - 1] == '\n' || asked->text[used - 1] == '\r'))
			used--;
		asked->text[used] = '\0';
	} else {
		for (int i = 0; i < count; i++) {
			size_t length = strlen(words[i]);
			if (used + length + 2 > sizeof asked->text)
				return err_set(
					err, EX_DATAERR, "the text is longer than %zu octets", sizeof asked->text - 1);
			used += (size_t)snprintf(
				asked->text + used, sizeof asked->text - used, "%s%s", i ? " " : "", words[i]);
		}
	}
	asked->order.text = asked->text;
	return 0;
}

static int asked_read(struct asked *asked, int argc, char **argv, struct err *err)
{
	optind = 0;
	for (int option; (option = cli_option(argc, argv, order_options, err)) != -1;) {
		if (option_take(asked, option, optarg, err) != 0)
			return -1;
	}
	return 0;
}

/* The sheet says all of it; what contradicts it is refused rather than left aside. */
static int sheet_compose(struct cli *cli, struct asked *asked, int64_t now, struct err *err)
{
	const struct order *order = &asked->order;
	struct sheet *sheet;

	if (order->kind != MESSAGE_ALERT || order->colour || order->hazard || order->phase || order->zone_count > 0 ||
		order->until || order->at || (order->text && order->text[0]))
		return err_set(err, EX_USAGE,
			"--sheet says the whole alert; leave out the text and all but --exercise, --yes and --json");
	if (sheet_read(cli->settings->keypad.sheet, cli->settings->keypad.sheet_given, cli->settings, &sheet, err) != 0)
		return -1;
	struct sheet_meaning meaning = sheet_find(sheet, asked->sheet);
	struct draft *draft = calloc(1, sizeof *draft);
	int result = draft ? 0 : err_set(err, EX_OSERR, "out of memory");
	if (result == 0 && meaning.act != SHEET_ALERT)
		result = err_set(err, EX_DATAERR, "the sheet has no alert %.32s; print it: banditore keypad sheet",
			asked->sheet);
	meaning.exercise = meaning.exercise || order->exercise;
	if (result == 0)
		result = draft_alert(sheet, cli->settings, cli->texts, &meaning, false, order->door, now, draft, err);
	if (result == 0) {
		asked->message = draft->message;
		asked->measure = draft->measure;
	}
	free(draft);
	sheet_free(sheet);
	return result;
}

static int asked_compose(
	struct cli *cli, struct asked *asked, const struct message *about, int64_t now, struct err *err)
{
	asked->order.door = "cli";
	if (cli_texts(cli, err) != 0)
		return -1;
	if (asked->sheet)
		return sheet_compose(cli, asked, now, err) != 0 ? -1 : cli_db(cli, true, err);
	if (order_compose(
		    &asked->order, cli->settings, cli->texts, about, now, &asked->message, &asked->measure, err) != 0)
		return -1;
	return cli_db(cli, true, err); /* after the words are known to be right */
}

/* ---- preview ----------------------------------------------------------------------------------------------------- */

/* What the order would do, shown. */
static int asked_show(struct cli *cli, struct asked *asked, int64_t now, bool json, FILE *out, struct err *err)
{
	struct outlook outlook;
	const struct preview preview = {cli->settings, cli->texts, &asked->message, &asked->measure, &outlook};

	if (outlook_of_order(cli->settings, cli->db, &asked->message, now, &outlook, err) != 0)
		return -1;
	if (json)
		preview_print_json(&preview);
	else
		preview_print(&preview, out);
	return 0;
}

int cmd_preview(struct cli *cli, int argc, char **argv, struct err *err)
{
	int64_t now = clock_wall_ms();

	if (cli_help(argc, argv, help_preview))
		return 0;
	if (argc > 1 && (strcmp(argv[1], "alert") == 0 || strcmp(argv[1], "news") == 0)) {
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	struct asked *asked = calloc(1, sizeof *asked);
	if (!asked)
		return err_set(err, EX_OSERR, "out of memory");
	int result = asked_read(asked, argc, argv, err);
	asked->order.kind = asked->order.topic ? MESSAGE_NEWS : MESSAGE_ALERT;
	if (result == 0)
		result = text_take(asked, argc - optind, argv + optind, err);
	if (result == 0)
		result = asked_compose(cli, asked, NULL, now, err);
	if (result == 0)
		result = asked_show(cli, asked, now, asked->json, stdout, err);
	free(asked);
	return result;
}

/* ---- keeping ----------------------------------------------------------------------------------------------------- */

/* On a terminal the officer sees what will go and says so; a script is believed. */
static int asked_confirm(struct cli *cli, struct asked *asked, int64_t now, struct err *err)
{
	char answer[16];

	if (asked->yes || !isatty(STDIN_FILENO))
		return 0;
	if (asked_show(cli, asked, now, false, stderr, err) != 0)
		return -1;
	fprintf(stderr, "\nsend it? y/n ");
	if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 's'))
		return 0;
	return err_set(err, EX_REFUSED, "nothing was sent");
}

static int asked_keep(struct cli *cli, struct asked *asked, const struct message *about, struct err *err)
{
	int64_t now = clock_wall_ms();
	const struct order_giver giver = {.who = cli_who(), .withdraw = true};

	if (asked_compose(cli, asked, about, now, err) != 0 || asked_confirm(cli, asked, now, err) != 0 ||
		order_keep(cli->db, cli->settings, &asked->message, &giver, now, err) != 0)
		return -1;
	bool running = control_poke(cli->settings->database);
	if (asked->json)
		printf("{\"id\":%lld,\"recipients\":%d,\"kind\":\"%s\",\"parts\":%d}\n", (long long)asked->message.id,
			asked->message.recipients, order_kind_to_string(asked->message.kind), asked->measure.segments);
	else
		printf("%s %lld: %d recipients\n", order_kind_to_string(asked->message.kind),
			(long long)asked->message.id, asked->message.recipients);
	fflush(stdout);
	if (asked->measure.rewritten)
		fprintf(stderr, "note: %u characters were rewritten to stay in GSM-7; --no-fold keeps them\n",
			asked->measure.rewritten);
	if (!running)
		fprintf(stderr,
			"note: the appliance is not running; it is kept and leaves when it starts: banditore run\n");
	return 0;
}

static int order_command(
	struct cli *cli, enum message_kind kind, const char *help, int argc, char **argv, struct err *err)
{
	if (cli_help(argc, argv, help))
		return 0;
	struct asked *asked = calloc(1, sizeof *asked);
	if (!asked)
		return err_set(err, EX_OSERR, "out of memory");
	asked->order.kind = kind;
	int result = asked_read(asked, argc, argv, err);
	if (result == 0)
		result = text_take(asked, argc - optind, argv + optind, err);
	if (result == 0)
		result = asked_keep(cli, asked, NULL, err);
	free(asked);
	return result;
}

int cmd_alert(struct cli *cli, int argc, char **argv, struct err *err)
{
	return order_command(cli, MESSAGE_ALERT, help_alert, argc, argv, err);
}

int cmd_news(struct cli *cli, int argc, char **argv, struct err *err)
{
	return order_command(cli, MESSAGE_NEWS, help_news, argc, argv, err);
}

static int clear_about(struct cli *cli, struct asked *asked, int64_t id, struct err *err)
{
	if (cli_db(cli, true, err) != 0)
		return -1;
	int found = message_get(cli->db, id, &asked->about, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, EX_REFUSED, "there is no message %lld; see: banditore message list", (long long)id);
	if (asked->about.kind != MESSAGE_ALERT)
		return err_set(err, EX_REFUSED, "message %lld is no alert; see: banditore message list", (long long)id);
	return 0;
}

int cmd_clear(struct cli *cli, int argc, char **argv, struct err *err)
{
	int64_t id;

	if (cli_help(argc, argv, help_clear))
		return 0;
	struct asked *asked = calloc(1, sizeof *asked);
	if (!asked)
		return err_set(err, EX_OSERR, "out of memory");
	asked->order.kind = MESSAGE_CLEAR;
	int result = asked_read(asked, argc, argv, err);
	if (result == 0)
		result = cli_number(optind < argc ? argv[optind] : NULL, "the alert's number", &id, err);
	if (result == 0)
		result = text_take(asked, argc - optind - 1, argv + optind + 1, err);
	if (result == 0)
		result = clear_about(cli, asked, id, err);
	if (result == 0)
		result = asked_keep(cli, asked, &asked->about, err);
	free(asked);
	return result;
}
