#include "firmware-host/cmd_subscriber.h"

#include "config/clock.h"
#include "firmware-host/cli.h"
#include "firmware-host/cmd_subscriber_private.h"
#include "firmware-host/subscriber_desk.h"
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

int subscriber_of_words(
	const struct settings *settings, struct db *db, const char *text, struct subscriber *ret, struct err *err)
{
	char phone[PHONE_MAX];

	if (subscriber_desk_phone(settings, text, phone, err) < 0)
		return -1;
	int found = subscriber_find(db, phone, ret, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	return err_set(err, EX_REFUSED, "nobody has the number %s; see: banditore subscriber list --all", phone);
}

/* ---- add, remove, forget ----------------------------------------------------------------------------------------- */

static struct subscriber_desk desk_of(const struct settings *settings, struct db *db)
{
	return (struct subscriber_desk){
		.db = db, .settings = settings, .who = cli_who(), .door = "cli", .now = clock_wall_ms()};
}

static int verb_add(
	const struct settings *settings, struct db *db, const struct subscriber_words *words, struct err *err)
{
	const struct subscriber_desk desk = desk_of(settings, db);
	const struct subscriber_wish wish = {
		words->argument, words->name, words->zone, words->topics, words->channel, words->language, words->note};
	struct subscriber person;
	int was;

	if (subscriber_desk_add(&desk, &wish, &person, &was, err) < 0)
		return -1;
	printf("%s %s\n", person.phone,
		was == 0		 ? "added"
		: was == SUBSCRIBER_LEFT ? "brought back"
					 : "was there already; changed as given");
	return 0;
}

static int verb_remove(
	const struct settings *settings, struct db *db, const struct subscriber_words *words, struct err *err)
{
	const struct subscriber_desk desk = desk_of(settings, db);
	struct subscriber person;
	int cancelled;

	if (subscriber_of_words(settings, db, words->argument, &person, err) < 0 ||
		subscriber_desk_leave(&desk, &person, &cancelled, err) < 0)
		return -1;
	printf("%s left; %d queued messages withdrawn\n", person.phone, cancelled);
	return 0;
}

static bool forget_is_meant(const char *phone)
{
	char answer[16];

	fprintf(stderr, "Erase %s for good? Type yes: ", phone);
	return fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0;
}

static int verb_forget(
	const struct settings *settings, struct db *db, const struct subscriber_words *words, struct err *err)
{
	const struct subscriber_desk desk = desk_of(settings, db);
	struct subscriber person;
	char phone[PHONE_MAX];
	const char *later;

	if (subscriber_desk_phone(settings, words->argument, phone, err) < 0)
		return -1;
	if (!words->yes && !isatty(STDIN_FILENO))
		return err_set(err, EX_USAGE, "this erases %s for good; give --yes", phone);
	if (!words->yes && !forget_is_meant(phone))
		return err_set(err, EX_REFUSED, "nothing was erased");
	int found = subscriber_find(db, phone, &person, err);
	if (found < 0 || subscriber_desk_forget(&desk, found > 0 ? person.id : 0, phone, &later, err) < 0)
		return -1;
	if (later)
		fprintf(stderr, "banditore: %s\n", later);
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
