/* alert, clear, news and preview: one order, kept or only looked at. */
#include "firmware-host/cli.h"

#include "config/clock.h"
#include "firmware-host/control.h"
#include "firmware-host/json.h"
#include "firmware-host/order_ask.h"
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
	"       banditore alert --template NAME --set until=20:00 [--set FIELD=VALUE]… --colour C [options]\n"
	"       banditore alert --update N [options] TEXT\n"
	"       banditore alert --sheet CODE [--exercise] [--short] [--yes] [--json]\n"
	"       banditore alert --template list [--json]\n\n"
	"Keeps an alert for everybody who joined and prints \"alert N: M recipients\"; the appliance sends it at once.\n\n"
	"  --colour C       yellow, orange or red (giallo/gialla, arancione, rosso/rossa); none, as of an earthquake\n"
	"  --hazard H       what threatens, as citizens read it: temporali; without a text one of the sheet's says what to do\n"
	"  --phase P        attention, prealarm or alarm\n"
	"  --zone Z         only people of this zone; may be given again\n"
	"  --until T        18:30, 2026-11-21 18:30, or a duration such as 6h; sending ends then\n"
	"  --template NAME  a message with places to fill in; list: which there are, and the hazards\n"
	"  --set F=V        fills one: until, hazard, zone, from, instruction, contact\n"
	"  --short          the short version of a template or code\n"
	"  --update N       a further message about alert N, to those it was for; what it leaves out is as in the alert,\n"
	"                   and what is still queued of the old text is withdrawn\n"
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
	"usage: banditore clear N [--yes] [--json] [TEXT]\n"
	"       banditore clear N --template NAME [--set FIELD=VALUE]… [--short] [--yes] [--json]\n"
	"       banditore clear --template list [--json]\n\n"
	"The all-clear to exactly those alert N was for; what is still queued of the alert and its updates is withdrawn.\n"
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
	OPT_TEMPLATE,
	OPT_SET,
	OPT_SHORT,
	OPT_UPDATE,
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
	{"template", required_argument, NULL, OPT_TEMPLATE},
	{"set", required_argument, NULL, OPT_SET},
	{"short", no_argument, NULL, OPT_SHORT},
	{"update", required_argument, NULL, OPT_UPDATE},
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
	struct order_ask ask;
	bool yes, json;
	char text[MESSAGE_TEXT_MAX];
};

static int phase_check(const char *phase, struct err *err)
{
	if (strcmp(phase, "attention") == 0 || strcmp(phase, "prealarm") == 0 || strcmp(phase, "alarm") == 0)
		return 0;
	return err_set(err, EX_USAGE, "--phase %s is not known; give attention, prealarm or alarm", phase);
}

static int option_take(struct asked *asked, int option, const char *value, struct err *err)
{
	struct order *order = &asked->ask.order;

	switch (option) {
	case OPT_COLOUR:
		order->colour = order_colour(value);
		order->colourless = strcmp(value, "none") == 0;
		return order->colour || order->colourless
			       ? 0
			       : err_set(err, EX_USAGE, "--colour %s is not known; give yellow, orange, red or none",
					 value);
	case OPT_HAZARD: order->hazard = value; return 0;
	case OPT_PHASE: order->phase = value; return phase_check(value, err);
	case OPT_ZONE:
		if (order->zone_count == SETTINGS_ZONES_MAX)
			return err_set(err, EX_USAGE, "too many zones; leave --zone out to reach everybody");
		order->zones[order->zone_count++] = value;
		return 0;
	case OPT_UNTIL: order->until = value; return 0;
	case OPT_SHEET: asked->ask.sheet = value; return 0;
	case OPT_TEMPLATE: asked->ask.fields.template = value; return 0;
	case OPT_SET:
		if (asked->ask.fields.set_count == ORDER_FIELDS_SETS_MAX)
			return err_set(err, EX_USAGE, "more than %d --set; leave some out", ORDER_FIELDS_SETS_MAX);
		asked->ask.fields.sets[asked->ask.fields.set_count++] = value;
		return 0;
	case OPT_SHORT: asked->ask.fields.brief = true; return 0;
	case OPT_UPDATE: asked->ask.update = true; return cli_number(value, "--update", &asked->ask.number, err);
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
	asked->ask.order.text = asked->text;
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

static int asked_compose(struct cli *cli, struct asked *asked, int64_t now, struct err *err)
{
	struct order_ask *ask = &asked->ask;

	ask->order.door = "cli";
	if (cli_texts(cli, err) != 0 || (ask->number && cli_db(cli, true, err) != 0) ||
		order_ask_compose(ask, cli->settings, cli->texts, cli->db, now, err) != 0)
		return -1;
	return cli_db(cli, true, err); /* after the words are known to be right */
}

/* `--template list` */
static bool wants_list(const struct asked *asked)
{
	return asked->ask.fields.template && strcmp(asked->ask.fields.template, "list") == 0;
}

static int asked_list(struct cli *cli, const struct asked *asked, struct err *err)
{
	struct sheet *sheet;

	if (cli_settings(cli, err) != 0 || sheet_read(cli->settings->keypad.sheet, cli->settings->keypad.sheet_given,
						   cli->settings, &sheet, err) != 0)
		return -1;
	if (asked->json) {
		json_t *json = order_fields_json(sheet, cli->settings, asked->ask.order.kind);
		json_print(json);
		json_decref(json);
	} else {
		order_fields_print(sheet, cli->settings, asked->ask.order.kind);
	}
	sheet_free(sheet);
	return 0;
}

/* ---- preview ----------------------------------------------------------------------------------------------------- */

/* What the order would do, shown. */
static int asked_show(struct cli *cli, struct asked *asked, int64_t now, bool json, FILE *out, struct err *err)
{
	struct outlook outlook;
	const struct draft *draft = &asked->ask.draft;
	const struct preview preview = {cli->settings, cli->texts, &draft->message, &draft->measure, &outlook,
		draft->brief_segments, draft->brief_text};

	if (outlook_of_order(cli->settings, cli->db, &draft->message, now, &outlook, err) != 0)
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
	asked->ask.order.kind = asked->ask.order.topic ? MESSAGE_NEWS : MESSAGE_ALERT;
	if (result == 0)
		result = text_take(asked, argc - optind, argv + optind, err);
	if (result == 0 && wants_list(asked))
		result = asked_list(cli, asked, err);
	else if (result == 0 && asked_compose(cli, asked, now, err) != 0)
		result = -1;
	else if (result == 0)
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

/* What an officer should know of what was kept, on stderr. */
static void notes_print(const struct asked *asked, int withdrawn, bool running)
{
	const struct draft *draft = &asked->ask.draft;

	if (draft->measure.rewritten)
		fprintf(stderr, "note: %u characters were rewritten to stay in GSM-7; --no-fold keeps them\n",
			draft->measure.rewritten);
	if (draft->measure.second_left_out)
		fprintf(stderr, "note: the second language did not fit and was left out\n");
	if (draft->brief_segments > 0)
		fprintf(stderr, "note: it needs %d SMS for each person; --short needs %d: %s\n",
			draft->measure.segments, draft->brief_segments, draft->brief_text);
	else if (draft->measure.segments > 1 && draft->message.kind != MESSAGE_NEWS)
		fprintf(stderr, "note: it needs %d SMS for each person; a shorter text reaches all sooner\n",
			draft->measure.segments);
	if (draft->message.kind == MESSAGE_ALERT && draft->message.about)
		fprintf(stderr,
			"note: an update of alert %lld, to those it was for who have not left; %d still queued of the old "
			"text were withdrawn; who joined since needs an alert of their own\n",
			(long long)draft->message.about, withdrawn);
	if (!running)
		fprintf(stderr,
			"note: the appliance is not running; it is kept and leaves when it starts: banditore run\n");
}

static void kept_print_json(const struct draft *draft, int withdrawn)
{
	const struct message *message = &draft->message;
	json_t *json =
		json_pack("{s:I, s:i, s:s, s:i}", "id", (json_int_t)message->id, "recipients", (int)message->recipients,
			"kind", order_kind_to_string(message->kind), "parts", draft->measure.segments);

	if (message->about) {
		json_object_set_new(json, "about", json_integer((json_int_t)message->about));
		json_object_set_new(json, "withdrawn", json_integer(withdrawn));
	}
	json_print(json);
	json_decref(json);
}

static int asked_keep(struct cli *cli, struct asked *asked, struct err *err)
{
	int64_t now = clock_wall_ms();
	struct message *message = &asked->ask.draft.message;
	int withdrawn = 0;
	const struct order_giver giver = {.who = cli_who(), .withdraw = true, .ret_withdrawn = &withdrawn};

	if (asked_compose(cli, asked, now, err) != 0 || asked_confirm(cli, asked, now, err) != 0 ||
		order_keep(cli->db, cli->settings, message, &giver, now, err) != 0)
		return -1;
	bool running = control_poke(cli->settings->database);
	if (asked->json)
		kept_print_json(&asked->ask.draft, withdrawn);
	else
		printf("%s %lld: %d recipients\n", order_kind_to_string(message->kind), (long long)message->id,
			message->recipients);
	fflush(stdout);
	notes_print(asked, withdrawn, running);
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
	asked->ask.order.kind = kind;
	int result = asked_read(asked, argc, argv, err);
	if (result == 0)
		result = text_take(asked, argc - optind, argv + optind, err);
	if (result == 0)
		result = wants_list(asked) ? asked_list(cli, asked, err) : asked_keep(cli, asked, err);
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

int cmd_clear(struct cli *cli, int argc, char **argv, struct err *err)
{
	if (cli_help(argc, argv, help_clear))
		return 0;
	struct asked *asked = calloc(1, sizeof *asked);
	if (!asked)
		return err_set(err, EX_OSERR, "out of memory");
	asked->ask.order.kind = MESSAGE_CLEAR;
	int result = asked_read(asked, argc, argv, err);
	bool list = result == 0 && wants_list(asked);
	if (list)
		result = asked_list(cli, asked, err);
	else if (result == 0)
		result = cli_number(optind < argc ? argv[optind] : NULL, "the alert's number", &asked->ask.number, err);
	if (result == 0 && !list)
		result = text_take(asked, argc - optind - 1, argv + optind + 1, err);
	if (result == 0 && !list)
		result = asked_keep(cli, asked, err);
	free(asked);
	return result;
}
