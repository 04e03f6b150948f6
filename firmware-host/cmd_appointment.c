#include "firmware-host/cli.h"

#include "config/clock.h"
#include "firmware-host/appointment_desk.h"
#include "firmware-host/appointment_view.h"
#include "firmware-host/control.h"
#include "firmware-host/ics.h"
#include "firmware-host/json.h"
#include "firmware-host/private_file.h"
#include "firmware-host/when.h"
#include "modem/phone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: banditore appointment list [--office OFFICE] [--from TIME] [--to TIME] [--all] [--json | --csv]\n"
	"       banditore appointment export [FILE] [--office OFFICE] [--from TIME] [--to TIME] [--all]\n"
	"       banditore appointment free OFFICE [--json]\n"
	"       banditore appointment add OFFICE TIME PHONE [--name NAME] [--note NOTE] [--anyway] [--json]\n"
	"       banditore appointment confirm N [TEXT] [--json]\n"
	"       banditore appointment move N TIME [TEXT] [--anyway] [--json]\n"
	"       banditore appointment decline N [TEXT] [--json]\n\n"
	"list: from today on; --all adds those called off. export: the same as an iCalendar file (.ics). free: what citizens\n"
	"are offered. add: one made at the counter or by telephone. The person is told of add, confirm, move and decline,\n"
	"with TEXT behind it. --anyway: also at a time that is none of the office's. TIME: \"2026-11-24 09:15\".\n";

enum { OPT_JSON = 1000, OPT_CSV, OPT_ALL, OPT_ANYWAY, OPT_OFFICE, OPT_FROM, OPT_TO, OPT_NAME, OPT_NOTE };
enum { LIST_MAX = 100000, WORDS_MAX = 3 };

static const struct option options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"csv", no_argument, NULL, OPT_CSV},
	{"all", no_argument, NULL, OPT_ALL},
	{"anyway", no_argument, NULL, OPT_ANYWAY},
	{"office", required_argument, NULL, OPT_OFFICE},
	{"from", required_argument, NULL, OPT_FROM},
	{"to", required_argument, NULL, OPT_TO},
	{"name", required_argument, NULL, OPT_NAME},
	{"note", required_argument, NULL, OPT_NOTE},
	{NULL, 0, NULL, 0},
};

struct wanted {
	bool json, csv, all, anyway;
	const char *office, *from, *to, *name, *note;
	const char *word[WORDS_MAX]; /* behind the act; NULL: left out */
};

typedef int appointment_verb(struct cli *cli, const struct wanted *wanted, struct err *err);

static int time_read(const char *text, int64_t now, int64_t *ret, struct err *err)
{
	const char *why = when_read(text, now, ret);

	return why ? err_set(err, EX_DATAERR, "%.60s: %s", text, why) : 0;
}

static int office_find(
	const struct settings *settings, const char *word, const struct settings_office **ret, struct err *err)
{
	*ret = slots_office(settings, word);
	if (*ret)
		return 0;
	return err_set(err, EX_DATAERR, "there is no office \"%.60s\"; see: banditore config check --print", word);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int filter_fill(const struct settings *settings, const struct wanted *wanted, struct appointment_filter *filter,
	struct err *err)
{
	int64_t now = clock_wall_ms();
	const struct settings_office *office = NULL;
	char today[WHEN_TEXT_MAX];

	when_rfc3339(now, today);
	today[10] = '\0'; /* its date: from midnight on */
	filter->all = wanted->all;
	if (time_read(wanted->from ? wanted->from : today, now, &filter->from, err) != 0 ||
		(wanted->to && time_read(wanted->to, now, &filter->until, err) != 0))
		return -1;
	if (wanted->office && office_find(settings, wanted->office, &office, err) != 0)
		return -1;
	filter->office = office ? office->id : NULL;
	return 0;
}

struct listing {
	json_t *json; /* NULL: none */
	bool csv, failed;
};

static bool list_add(void *context, const struct appointment *appointment)
{
	struct listing *listing = context;

	if (listing->json)
		listing->failed = json_array_append_new(listing->json, appointment_view_json(appointment)) != 0;
	else if (listing->csv)
		appointment_view_csv(appointment, stdout);
	else
		appointment_view_line(appointment, stdout);
	return !listing->failed && !ferror(stdout);
}

static int appointment_list(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	struct listing listing = {.csv = wanted->csv};
	struct appointment_filter filter = {0};

	if (filter_fill(cli->settings, wanted, &filter, err) != 0)
		return -1;
	listing.json = wanted->json ? json_array() : NULL;
	if (wanted->csv)
		appointment_view_csv_head(stdout);
	int result = appointment_each(cli->db, &filter, LIST_MAX, list_add, &listing, err);
	if (listing.failed)
		result = err_set(err, EX_OSERR, "out of memory");
	if (listing.json && result == 0)
		json_print(listing.json);
	json_decref(listing.json);
	return result;
}

struct calendar {
	struct cli *cli;
	struct appointment_filter filter;
	FILE *out;
	int64_t now;
};

static bool calendar_add(void *context, const struct appointment *appointment)
{
	const struct calendar *calendar = context;

	appointment_view_event(calendar->cli->db, calendar->cli->settings, appointment, calendar->now, calendar->out);
	return !ferror(calendar->out);
}

static int calendar_write(void *context, FILE *out, struct err *err)
{
	struct calendar *calendar = context;

	calendar->out = out;
	ics_begin(out, "PUBLISH", calendar->cli->settings->comune.name);
	if (appointment_each(calendar->cli->db, &calendar->filter, LIST_MAX, calendar_add, calendar, err) != 0)
		return -1;
	ics_end(out);
	return 0;
}

static int appointment_export(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	struct calendar calendar = {.cli = cli, .now = clock_wall_ms()};

	if (filter_fill(cli->settings, wanted, &calendar.filter, err) != 0)
		return -1;
	return private_file_write(wanted->word[0], calendar_write, &calendar, err);
}

static int appointment_free(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	int64_t starts[SLOTS_OFFER_MAX];
	const struct settings_office *office;
	struct appointment_span *spans;
	struct slots slots;
	char at[WHEN_TEXT_MAX];

	if (office_find(cli->settings, wanted->word[0], &office, err) != 0 ||
		appointment_desk_slots(cli->db, cli->settings, office, true, clock_wall_ms(), &slots, &spans, err) != 0)
		return -1;
	int count = slots_offer(&slots, starts, SLOTS_OFFER_MAX);
	free(spans);
	json_t *json = wanted->json ? json_array() : NULL;
	for (int i = 0; i < count; i++) {
		when_rfc3339(starts[i], at);
		if (json)
			json_array_append_new(json, json_string(at));
		else
			printf("%.10s %.5s\n", at, at + 11);
	}
	if (json)
		json_print(json);
	json_decref(json);
	return 0;
}

/* ---- doing ------------------------------------------------------------------------------------------------------- */

static struct appointment_desk desk_of(const struct cli *cli)
{
	return (struct appointment_desk){.db = cli->db,
		.settings = cli->settings,
		.texts = cli->texts,
		.who = cli_who(),
		.door = "cli",
		.now = clock_wall_ms()};
}

/* Ends the transaction: kept and said, or undone. */
static int desk_end(struct cli *cli, const struct wanted *wanted, int result, int64_t id, const char *what,
	const struct err *untold, struct err *err)
{
	if (result != 0 || db_commit(cli->db, err) != 0) {
		db_rollback(cli->db);
		return -1;
	}
	control_poke(cli->settings->database);
	if (wanted->json)
		printf("{\"id\":%lld,\"state\":\"%s\",\"told\":%s}\n", (long long)id, what,
			untold->status == 0 ? "true" : "false");
	else if (untold->status == 0)
		printf("appointment %lld: %s\n", (long long)id, what);
	else
		printf("appointment %lld: %s, but the person was not told: %s\n", (long long)id, what, untold->text);
	return 0;
}

static int id_read(const struct wanted *wanted, int64_t *ret, struct err *err)
{
	return cli_number(wanted->word[0], "the appointment's number", ret, err);
}

static const char *text_of(const char *word)
{
	return word ? word : "";
}

static int appointment_confirm(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	struct appointment_desk desk = desk_of(cli);
	struct err untold;
	int64_t id;

	if (id_read(wanted, &id, err) != 0 || db_begin(cli->db, err) != 0)
		return -1;
	int result = appointment_desk_confirm(&desk, id, text_of(wanted->word[1]), &untold, err);
	return desk_end(cli, wanted, result, id, "confirmed", &untold, err);
}

static int appointment_decline(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	struct appointment_desk desk = desk_of(cli);
	struct err untold;
	int64_t id;

	if (id_read(wanted, &id, err) != 0 || db_begin(cli->db, err) != 0)
		return -1;
	int result = appointment_desk_decline(&desk, id, text_of(wanted->word[1]), &untold, err);
	return desk_end(cli, wanted, result, id, "declined", &untold, err);
}

static int appointment_shift(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	struct appointment_desk desk = desk_of(cli);
	struct err untold;
	int64_t id, start;

	if (id_read(wanted, &id, err) != 0 || time_read(wanted->word[1], desk.now, &start, err) != 0 ||
		db_begin(cli->db, err) != 0)
		return -1;
	int result = appointment_desk_move(&desk, id, start, wanted->anyway, text_of(wanted->word[2]), &untold, err);
	return desk_end(cli, wanted, result, id, "moved", &untold, err);
}

static int words_copy(const char *what, const char *text, char *out, size_t size, struct err *err)
{
	if (strlen(text) >= size)
		return err_set(err, EX_DATAERR, "%s is too long: %zu octets at most", what, size - 1);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int added_fill(
	struct cli *cli, const struct wanted *wanted, int64_t now, struct appointment *ret, struct err *err)
{
	const struct settings_office *office;
	struct subscriber person;
	char phone[PHONE_MAX];
	const char *why = phone_read(wanted->word[2], cli->settings->comune.country, phone);

	if (why)
		return err_set(err, EX_DATAERR, "\"%.40s\" is no telephone number: %s", wanted->word[2], why);
	if (office_find(cli->settings, wanted->word[0], &office, err) != 0 ||
		time_read(wanted->word[1], now, &ret->start, err) != 0 ||
		words_copy("--name", text_of(wanted->name), ret->name, sizeof ret->name, err) != 0 ||
		words_copy("--note", text_of(wanted->note), ret->note, sizeof ret->note, err) != 0)
		return -1;
	int found = subscriber_find(cli->db, phone, &person, err);
	if (found < 0)
		return -1;
	snprintf(ret->office, sizeof ret->office, "%s", office->id);
	snprintf(ret->who.address, sizeof ret->who.address, "%s", phone);
	ret->who.channel = CHANNEL_SMS;
	ret->who.subscriber_id = found > 0 ? person.id : 0;
	return 0;
}

static int appointment_add(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	struct appointment_desk desk = desk_of(cli);
	struct appointment appointment = {0};
	struct err untold;

	if (added_fill(cli, wanted, desk.now, &appointment, err) != 0 || db_begin(cli->db, err) != 0)
		return -1;
	int result = appointment_desk_add(&desk, &appointment, wanted->anyway, &untold, err);
	return desk_end(cli, wanted, result, appointment.id, "confirmed", &untold, err);
}

/* ---- the way in -------------------------------------------------------------------------------------------------- */

static const struct act {
	const char *name;
	int least, most; /* words behind it */
	bool texts;	 /* writes to people */
	appointment_verb *run;
} acts[] = {
	{"list", 0, 0, false, appointment_list},
	{"export", 0, 1, false, appointment_export},
	{"free", 1, 1, false, appointment_free},
	{"add", 3, 3, true, appointment_add},
	{"confirm", 1, 2, true, appointment_confirm},
	{"move", 2, 3, true, appointment_shift},
	{"decline", 1, 2, true, appointment_decline},
};

static int words_read(int argc, char **argv, struct wanted *wanted, struct err *err)
{
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		switch (option) {
		case OPT_JSON: wanted->json = true; break;
		case OPT_CSV: wanted->csv = true; break;
		case OPT_ALL: wanted->all = true; break;
		case OPT_ANYWAY: wanted->anyway = true; break;
		case OPT_OFFICE: wanted->office = optarg; break;
		case OPT_FROM: wanted->from = optarg; break;
		case OPT_TO: wanted->to = optarg; break;
		case OPT_NAME: wanted->name = optarg; break;
		case OPT_NOTE: wanted->note = optarg; break;
		default: return -1;
		}
	}
	return 0;
}

int cmd_appointment(struct cli *cli, int argc, char **argv, struct err *err)
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
			"say what: list, export, free, add, confirm, move or decline; see: banditore appointment --help");
	if (cli_no_more(argc, argv, 1 + act->most, err) != 0)
		return -1;
	if (argc - optind - 1 < act->least)
		return err_set(err, EX_USAGE, "%s needs more words; see: banditore appointment --help", act->name);
	for (int i = 0; i < WORDS_MAX && optind + 1 + i < argc; i++)
		wanted.word[i] = argv[optind + 1 + i];
	if (cli_db(cli, false, err) != 0 || (act->texts && cli_texts(cli, err) != 0))
		return -1;
	return act->run(cli, &wanted, err);
}
