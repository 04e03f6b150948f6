#include "firmware-host/cmd_subscriber.h"
#include "firmware-host/named.h"

#include "config/clock.h"
#include "db/audit.h"
#include "db/correspondent.h"
#include "firmware-host/caretaker.h"
#include "firmware-host/cli.h"
#include "firmware-host/cmd_subscriber_private.h"
#include "firmware-host/hub.h"
#include "firmware-host/subscriber_csv.h"
#include "modem/phone.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static subscriber_verb verb_add, verb_remove, verb_forget;

enum flag {
	FLAG_JSON = 1,
	FLAG_ALL = 2,
	FLAG_DRY_RUN = 4,
	FLAG_SKIP_BAD = 8,
	FLAG_REJOIN = 16,
	FLAG_YES = 32,
	FLAG_FIELDS = 64, /* --name and the others of a person */
};

enum argument { ARGUMENT_NONE, ARGUMENT_MAY, ARGUMENT_MUST };

static const struct verb {
	const char *name, *argument_name;
	enum argument argument;
	int flags;
	bool create; /* may be the first to open the database */
	subscriber_verb *run;
	const char *help;
} verbs[] = {
	{"add", "PHONE", ARGUMENT_MUST, FLAG_FIELDS, true, verb_add,
		"usage: banditore subscriber add PHONE [--name NAME] [--zone ZONE] [--topics A|B] [--channel "
		"whatsapp|sms|auto]\n"
		"       [--language CODE] [--note TEXT]\n\n"
		"Adds a person who asked to be told, or changes what is given of one who is there; who had left is "
		"brought back.\n"
		"TEXT is kept in the consent ledger: say how the consent was given.\n"},
	{"remove", "PHONE", ARGUMENT_MUST, 0, false, verb_remove,
		"usage: banditore subscriber remove PHONE\n\n"
		"The person leaves: nothing more is sent, and what is still queued is withdrawn. The ledger keeps "
		"it.\n"},
	{"show", "PHONE", ARGUMENT_MUST, FLAG_JSON, false, subscriber_show,
		"usage: banditore subscriber show PHONE [--json]\n\nOne person and the consent ledger.\n"},
	{"list", "", ARGUMENT_NONE, FLAG_JSON | FLAG_ALL, false, subscriber_list,
		"usage: banditore subscriber list [--all] [--json]\n\n--all: those who left too.\n"},
	{"import", "FILE.csv", ARGUMENT_MUST, FLAG_JSON | FLAG_DRY_RUN | FLAG_SKIP_BAD | FLAG_REJOIN, true,
		subscriber_import_file,
		"usage: banditore subscriber import FILE.csv [--dry-run] [--skip-bad] [--rejoin] [--json]\n\n"
		"The first line names the columns: phone, and if wanted name, channel (whatsapp|sms|auto), zone, "
		"topics (a|b),\n"
		"language, consent_at, consent_note. FILE - is the standard input. All lines are checked first; "
		"nothing is imported\n"
		"unless all are good. An empty cell leaves what is known.\n"
		"  --dry-run   checks and counts, and changes nothing\n"
		"  --skip-bad  imports the good lines\n"
		"  --rejoin    brings back people who had left or were erased: only with their new consent\n"},
	{"export", "FILE.csv", ARGUMENT_MAY, 0, false, subscriber_export_file,
		"usage: banditore subscriber export [FILE.csv]\n\n"
		"The list as CSV, to the standard output without FILE; import reads it back. Safe to open in a "
		"spreadsheet.\n"},
	{"forget", "PHONE", ARGUMENT_MUST, FLAG_YES, false, verb_forget,
		"usage: banditore subscriber forget PHONE [--yes]\n\n"
		"Erases the person (GDPR art. 17) with all texts and numbers. What stays as proof is a keyed hash of "
		"the number and\n"
		"the dates of the ledger. Asks first on a terminal; elsewhere --yes is needed.\n"},
};

static const char general_help[] = "usage: banditore subscriber add PHONE | remove PHONE | show PHONE | list | import "
				   "FILE.csv | export [FILE.csv] |\n"
				   "       forget PHONE\n\nEach has --help.\n";

/* ---- arguments --------------------------------------------------------------------------------------------------- */

static const struct {
	struct option option;
	int flag;
} known_options[] = {
	{{"json", no_argument, NULL, 'j'}, FLAG_JSON},
	{{"all", no_argument, NULL, 'a'}, FLAG_ALL},
	{{"dry-run", no_argument, NULL, 'd'}, FLAG_DRY_RUN},
	{{"skip-bad", no_argument, NULL, 's'}, FLAG_SKIP_BAD},
	{{"rejoin", no_argument, NULL, 'r'}, FLAG_REJOIN},
	{{"yes", no_argument, NULL, 'y'}, FLAG_YES},
	{{"name", required_argument, NULL, 'n'}, FLAG_FIELDS},
	{{"zone", required_argument, NULL, 'z'}, FLAG_FIELDS},
	{{"topics", required_argument, NULL, 't'}, FLAG_FIELDS},
	{{"channel", required_argument, NULL, 'c'}, FLAG_FIELDS},
	{{"language", required_argument, NULL, 'l'}, FLAG_FIELDS},
	{{"note", required_argument, NULL, 'o'}, FLAG_FIELDS},
};

enum { OPTIONS = sizeof known_options / sizeof *known_options };

static int word_take(struct subscriber_words *words, int option)
{
	switch (option) {
	case 'j': words->json = true; return 0;
	case 'a': words->all = true; return 0;
	case 'd': words->dry_run = true; return 0;
	case 's': words->skip_bad = true; return 0;
	case 'r': words->rejoin = true; return 0;
	case 'y': words->yes = true; return 0;
	case 'n': words->name = optarg; return 0;
	case 'z': words->zone = optarg; return 0;
	case 't': words->topics = optarg; return 0;
	case 'c': words->channel = optarg; return 0;
	case 'l': words->language = optarg; return 0;
	case 'o': words->note = optarg; return 0;
	default: return -1;
	}
}

static int words_read(const struct verb *verb, int argc, char **argv, struct subscriber_words *words, struct err *err)
{
	struct option options[OPTIONS + 1] = {{0}};
	int count = 0;

	for (int i = 0; i < OPTIONS; i++)
		if (known_options[i].flag & verb->flags)
			options[count++] = known_options[i].option;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (word_take(words, option) == 0)
			continue;
		for (char *at = strstr(err->text, "see: banditore "); at;) /* cli_option names the verb alone */
			return err_set(err, EX_USAGE, "%.*ssee: banditore subscriber %s --help", (int)(at - err->text),
				err->text, verb->name);
		return -1;
	}
	int rest = argc - optind, most = verb->argument == ARGUMENT_NONE ? 0 : 1;
	if (rest > most)
		return err_set(err, EX_USAGE, "\"%s\" is one argument too many; see: banditore subscriber %s --help",
			argv[optind + most], verb->name);
	if (rest == 0 && verb->argument == ARGUMENT_MUST)
		return err_set(err, EX_USAGE, "%s is missing; see: banditore subscriber %s --help", verb->argument_name,
			verb->name);
	words->argument = rest > 0 ? argv[optind] : NULL;
	return 0;
}

static int phone_of_words(const struct settings *settings, const char *text, char phone[PHONE_MAX], struct err *err)
{
	const char *why = phone_read(text, settings->comune.country, phone);

	return why ? err_set(err, EX_DATAERR, "\"%s\" is no telephone number: %s", text, why) : 0;
}

int subscriber_of_words(
	const struct settings *settings, struct db *db, const char *text, struct subscriber *ret, struct err *err)
{
	char phone[PHONE_MAX];

	if (phone_of_words(settings, text, phone, err) < 0)
		return -1;
	int found = subscriber_find(db, phone, ret, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	return err_set(err, EX_REFUSED, "nobody has the number %s; see: banditore subscriber list --all", phone);
}

/* ---- add, remove, forget ----------------------------------------------------------------------------------------- */

static int text_copy(const char *what, const char *text, char *out, size_t size, struct err *err)
{
	if (!text)
		return 0;
	if (strlen(text) >= size)
		return err_set(err, EX_DATAERR, "%s is too long: %zu octets at most", what, size - 1);
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7F)
			return err_set(err, EX_DATAERR, "%s holds a control character", what);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int fields_of_words(const struct settings *settings, const struct subscriber_words *words,
	struct subscriber *fields, struct err *err)
{
	char why[160];
	int channel = CHANNEL_AUTO;

	if (phone_of_words(settings, words->argument, fields->phone, err) < 0 ||
		text_copy("--name", words->name, fields->name, sizeof fields->name, err) < 0 ||
		text_copy("--language", words->language, fields->language, sizeof fields->language, err) < 0)
		return -1;
	if (words->channel && !subscriber_csv_channel(words->channel, &channel))
		return err_set(err, EX_DATAERR, "unknown channel \"%s\"; it is whatsapp, sms or auto", words->channel);
	fields->channel = (enum subscriber_channel)channel;
	if (words->zone && words->zone[0]) {
		const struct settings_named *zone = named_find(settings->zones, settings->zone_count, words->zone);
		if (!zone)
			return err_set(err, EX_DATAERR, "unknown zone \"%s\"; the configuration names those there are",
				words->zone);
		memcpy(fields->zone, zone->id, sizeof fields->zone);
	}
	if (words->topics && subscriber_csv_topics(settings, words->topics, fields->topics, sizeof fields->topics, why))
		return err_set(err, EX_DATAERR, "%s; the configuration names those there are", why);
	return 0;
}

/* What is on the command line holds, an empty word and "auto" too, whatever was known. */
static int fields_enforce(struct db *db, int64_t id, const struct subscriber_words *words,
	const struct subscriber *fields, struct err *err)
{
	struct subscriber wanted;

	if (subscriber_get(db, id, &wanted, err) < 0)
		return -1;
	if (words->name)
		memcpy(wanted.name, fields->name, sizeof wanted.name);
	if (words->channel)
		wanted.channel = fields->channel;
	if (words->zone)
		memcpy(wanted.zone, fields->zone, sizeof wanted.zone);
	if (words->topics)
		memcpy(wanted.topics, fields->topics, sizeof wanted.topics);
	if (words->language)
		memcpy(wanted.language, fields->language, sizeof wanted.language);
	return subscriber_update(db, id, &wanted, err);
}

static void consent_by_operator(struct consent *consent)
{
	memset(consent, 0, sizeof *consent);
	snprintf(consent->clock, sizeof consent->clock, "%s", hub_clock_source());
	snprintf(consent->channel, sizeof consent->channel, "operator");
}

/* The audit trail names nobody in clear. */
static int audit_person(struct db *db, int64_t now, const char *act, const char *phone, struct err *err)
{
	char masked[PHONE_MAX + 8];

	phone_mask(phone, masked);
	return audit_add(db, now, hub_clock_source(), cli_who(), "cli", act, masked, err);
}

static int verb_add(
	const struct settings *settings, struct db *db, const struct subscriber_words *words, struct err *err)
{
	struct subscriber fields = {0};
	struct consent consent;
	int64_t id, now = clock_wall_ms();
	int was;

	consent_by_operator(&consent);
	if (fields_of_words(settings, words, &fields, err) < 0 ||
		text_copy("--note", words->note, consent.words, sizeof consent.words, err) < 0)
		return -1;
	if (db_begin(db, err) < 0)
		return -1;
	if (subscriber_join(db, &fields, &consent, now, &id, &was, err) < 0 ||
		fields_enforce(db, id, words, &fields, err) < 0 ||
		audit_person(db, now, "subscriber add", fields.phone, err) < 0 || db_commit(db, err) < 0) {
		db_rollback(db);
		return -1;
	}
	printf("%s %s\n", fields.phone,
		was == 0		 ? "added"
		: was == SUBSCRIBER_LEFT ? "brought back"
					 : "was there already; changed as given");
	return 0;
}

static int verb_remove(
	const struct settings *settings, struct db *db, const struct subscriber_words *words, struct err *err)
{
	struct subscriber person;
	struct consent consent;
	int64_t now = clock_wall_ms();
	int cancelled = 0;

	if (subscriber_of_words(settings, db, words->argument, &person, err) < 0)
		return -1;
	if (person.state == SUBSCRIBER_LEFT)
		return err_set(err, EX_REFUSED, "%s had left already", person.phone);
	consent_by_operator(&consent);
	if (db_begin(db, err) < 0)
		return -1;
	if (subscriber_leave(db, person.id, &consent, now, &cancelled, err) < 0 ||
		audit_person(db, now, "subscriber remove", person.phone, err) < 0 || db_commit(db, err) < 0) {
		db_rollback(db);
		return -1;
	}
	printf("%s left; %d queued messages withdrawn\n", person.phone, cancelled);
	return 0;
}

static bool forget_is_meant(const char *phone)
{
	char answer[16];

	fprintf(stderr, "Erase %s for good? Type yes: ", phone);
	return fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0;
}

/* Who is no subscriber may have written: then that is erased. */
static int person_erase(struct db *db, const char *phone, int64_t now, struct err *err)
{
	struct subscriber person;
	int rows = 0, found = subscriber_find(db, phone, &person, err);

	if (found < 0)
		return -1;
	if (found > 0)
		return subscriber_forget(db, person.id, now, err);
	if (correspondent_forget(db, phone, now, &rows, err) < 0)
		return -1;
	if (rows > 0)
		return 0;
	return err_set(err, EX_REFUSED, "nobody has the number %s; see: banditore subscriber list --all", phone);
}

static int verb_forget(
	const struct settings *settings, struct db *db, const struct subscriber_words *words, struct err *err)
{
	char phone[PHONE_MAX];
	struct err later;
	int64_t now = clock_wall_ms();

	if (phone_of_words(settings, words->argument, phone, err) < 0)
		return -1;
	if (!words->yes && !isatty(STDIN_FILENO))
		return err_set(err, EX_USAGE, "this erases %s for good; give --yes", phone);
	if (!words->yes && !forget_is_meant(phone))
		return err_set(err, EX_REFUSED, "nothing was erased");
	if (db_begin(db, err) < 0)
		return -1;
	if (person_erase(db, phone, now, err) < 0 || audit_person(db, now, "subscriber forget", phone, err) < 0 ||
		db_commit(db, err) < 0) {
		db_rollback(db);
		return -1;
	}
	/* The log of writes may still hold it, and files of media be in use; that delays them, and is no failure. */
	if (caretaker_sweep(db, settings->database, &later) < 0)
		fprintf(stderr, "banditore: %s; its files are deleted later\n", later.text);
	if (db_scrub(db, &later) < 0)
		fprintf(stderr, "banditore: the write-ahead log is in use and is emptied later\n");
	printf("%s erased\n", phone);
	return 0;
}

/* ---- the way in -------------------------------------------------------------------------------------------------- */

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

int cmd_subscriber(const struct settings *settings, int argc, char **argv, struct err *err)
{
	struct subscriber_words words = {0};
	struct db *db = NULL;

	if (argc < 1)
		return err_set(err, EX_USAGE,
			"say what: add, remove, show, list, import, export or forget; see: banditore"
			" subscriber --help");
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
		fputs(general_help, stdout);
		return 0;
	}
	const struct verb *verb = verb_find(argv[0]);
	if (!verb)
		return err_set(
			err, EX_USAGE, "there is no \"subscriber %s\"; see: banditore subscriber --help", argv[0]);
	if (cli_help(argc, argv, verb->help))
		return 0;
	if (words_read(verb, argc, argv, &words, err) < 0)
		return -1;
	if (db_open(settings->database, verb->create, &db, err) < 0)
		return -1;
	int result = verb->run(settings, db, &words, err);
	db_close(db);
	return result;
}
