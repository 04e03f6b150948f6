/* The configuration: what is refused and how that is said, defaults, and that what is printed reads back as it was. */
#include "config/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "comune = { name = \"X\"; };\n"

/* For LeakSanitizer: libconfig 1.5 loses a string which a syntax error follows. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static int read_text(const char *text, struct settings **settings, struct err *err)
{
	return settings_read_string(text, strlen(text), "test.cfg", settings, err);
}

static struct settings *read_good(const char *text)
{
	struct settings *settings = NULL;
	struct err err = {0, ""};

	if (read_text(text, &settings, &err) != 0)
		fail_msg("refused: %s\n%s", err.text, text);
	return settings;
}

static char *print_to_string(const struct settings *settings, void (*example)(FILE *out))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	if (settings)
		settings_print(settings, out);
	else
		example(out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

struct broken {
	const char *text;
	int line;
	const char *what; /* both must stand in the error */
	const char *remedy;
};

static const struct broken broken[] = {
	/* syntax, libconfig's and what libconfig lets pass */
	{NAME "alert = { fallback_after = ; };", 2, "syntax error", "look here"},
	{"comune = { name = \"X\"; }\nalert = {\n\n", 2, "not closed", "add its '}'"},
	{"comune = { name = \"X\"; };\n};", 2, "closes nothing", "remove it"},
	{NAME "modems = (\n{ );", 3, "must close line 3", "correct one"},
	{"comune = { name = \"X };\n", 1, "string does not end", "close it"},
	{"comune = { name = \"a\\\\\\\" };\n", 1, "string does not end", "close it"},
	{"/* comment\n" NAME, 1, "comment does not end", "close it"},
	{NAME "@include \".\"\n", 2, "cannot be included", "put all settings into this one"},
	{NAME "alert = { fallback_after = 4294967386; };", 2, "number beyond", "write a smaller one"},
	{NAME "alert = { fallback_after = 0x10000005A; };", 2, "number beyond", "write a smaller one"},
	{NAME "\n\ncomune = { name = \"Y\"; };", 4, "second time", "remove one"},
	{NAME "sms = { validity = 600;\nvalidity = 900; };", 3, "second time", "remove one"},
	{"a=(((((((((((((((((1)))))))))))))))));", 1, "nested deeper", "not closed"},
	{NAME "# caf\xe9\n", 2, "not valid UTF-8", "save the file as UTF-8"},
	{"comune = { name = \"\\xe9\"; };", 1, "not valid UTF-8", "write it without"},
	{"comune = { name = \"a\\nb\"; };", 1, "line break", "one line"},
	{"comune = { name = \"a\nb\"; };", 1, "line break", "one line"},
	{"comune = { name = \"a\x7f\"; };", 1, "control character", "one line"},

	/* what must be there */
	{"", 1, "comune.name is missing", "write comune = "},
	{"\n\ncomune = { };", 3, "comune.name is missing", "write comune = "},
	{"comune = { name = \"  \"; };", 1, "name cannot be", "write a name"},

	/* unknown keys */
	{NAME "alarm = { };", 2, "unknown key alarm", "did you mean alert?"},
	{NAME "alert = { fallbak_after = 90; };", 2, "unknown key alert.fallbak_after",
		"did you mean alert.fallback_after?"},
	{NAME "fallback_after = 90;", 2, "unknown key fallback_after", "did you mean alert.fallback_after, which goes"},
	{NAME "whatsapp = { templates = { allert = \"a\"; }; };", 2, "templates.allert",
		"did you mean whatsapp.templates.alert?"},
	{NAME "modems = ( { prot = \"auto\"; } );", 2, "unknown key prot", "did you mean port?"},
	{NAME "modems = ( { budget = { dya = 1; }; } );", 2, "unknown key budget.dya", "did you mean budget.day?"},
	{NAME "xyzzy = 1;", 2, "unknown key xyzzy", "remove it"},
	{NAME "qwertyuiopqwertyuiopqwertyuiopqwertyuiopqwertyuiopqwertyuiopqwertyuiop = 1;", 2, "unknown key qwerty",
		"remove it"},
	{NAME "Alert = { };", 2, "unknown key Alert", "did you mean alert?"},

	/* wrong types */
	{"comune = { name = 5; };", 1, "name must be a string, not a number", "write name = "},
	{"comune = \"X\";", 1, "comune must be a group", "banditore config example"},
	{NAME "alert = { fallback_after = \"90\"; };", 2, "must be a number without quotes", "0 to 86400 seconds"},
	{NAME "alert = { fallback_after = true; };", 2, "not true or false", "0 to 86400 seconds"},
	{NAME "sms = { fold = \"true\"; };", 2, "must be true or false", "write fold = true"},
	{NAME "sms = { fold = 1; };", 2, "must be true or false", "write fold = true"},
	{NAME "modems = { name = \"m1\"; };", 2, "modems must be a list", "banditore config example"},
	{NAME "modems = ( \"m1\" );", 2, "modems must be a list", "banditore config example"},
	{NAME "modems = [ \"m1\" ];", 2, "modems must be a list", "banditore config example"},
	{NAME "modems = ( { budget = 5; } );", 2, "budget must be a group", "banditore config example"},
	{NAME "topics = true;", 2, "topics must be a list", "banditore config example"},
	{NAME "modems = ( { pin = 1234; } );", 2, "pin must be a string", "write pin = "},

	/* out of range, and words unknown */
	{NAME "alert = { fallback_after = -1; };", 2, "cannot be \"-1\"", "0 to 86400 seconds"},
	{NAME "alert = { fallback_after = 86401; };", 2, "cannot be \"86401\"", "0 to 86400 seconds"},
	{NAME "alert = { fallback_after = 90.5; };", 2, "cannot be \"90.5\"", "0 to 86400 seconds"},
	{NAME "alert = { fallback_after = 1e400; };", 2, "cannot be \"inf\"", "0 to 86400 seconds"},
	{NAME "alert = {\n\n unknown_after = 0; };", 4, "cannot be \"0\"", "1 to 3600 seconds"},
	{NAME "alert = { segments_max = 11; };", 2, "cannot be \"11\"", "1 to 10 SMS parts"},
	{NAME "alert = { expires_after = 90; };", 2, "leaves no time", "write a larger one"},
	{NAME "sms = { validity = 299; };", 2, "cannot be \"299\"", "300 to 604800 seconds"},
	{NAME "costs = { sms = -0.01; };", 2, "cannot be \"-0.01\"", "0 to 100, with at most 5 decimals"},
	{NAME "costs = { sms = 100.01; };", 2, "cannot be \"100.01\"", "0 to 100"},
	{NAME "costs = { sms = 0.050001; };", 2, "cannot be \"0.050001\"", "at most 5 decimals"},
	{NAME "costs = { sms = 1e400; };", 2, "cannot be \"inf\"", "0 to 100"},
	{NAME "costs = { sms = \"0,05\"; };", 2, "must be a number without quotes", "0 to 100"},
	{NAME "costs = { currency = \"euro\"; };", 2, "currency cannot be", "\"EUR\""},
	{NAME "modems = ( { baud = 115201; } );", 2, "cannot be \"115201\"", "115200"},
	{NAME "modems = ( { budget = { day = 10; alert_reserve = 11; }; } );", 2, "alert_reserve 11 is more",
		"write a smaller reserve"},
	{"comune = { name = \"X\"; mode = \"oneway\"; };", 1, "cannot be \"oneway\"", "\"two-way\" or \"one-way\""},
	{NAME "news = { sms = \"no\"; };", 2, "cannot be \"no\"", "\"never\", \"sms-only\" or \"fallback\""},
	{NAME "modems = ( { calls = \"\"; } );", 2, "calls cannot be", "\"reject\", \"answer\" or \"ignore\""},

	/* forms */
	{NAME "news = { quiet = \"21-8\"; };", 2, "cannot be \"21-8\"", "21:00-08:00"},
	{NAME "news = { quiet = \"21:00-25:00\"; };", 2, "quiet cannot be", "21:00-08:00"},
	{NAME "news = { quiet = \"21:60-08:00\"; };", 2, "quiet cannot be", "21:00-08:00"},
	{NAME "news = { quiet = \"21:00-08:00 \"; };", 2, "quiet cannot be", "21:00-08:00"},
	{NAME "modems = ( { number = \"3661234567\"; } );", 2, "number cannot be", "+393661234567"},
	{NAME "modems = ( { number = \"+39 366 1234567\"; } );", 2, "number cannot be", "+393661234567"},
	{NAME "modems = ( { number = \"+1234567890123456\"; } );", 2, "number cannot be", "+393661234567"},
	{NAME "modems = ( { smsc = \"+0123456789\"; } );", 2, "smsc cannot be", "international number"},
	{NAME "modems = ( { imei = \"12345\"; } );", 2, "imei cannot be", "15 digits"},
	{NAME "modems = ( { port = \"ttyUSB0\"; } );", 2, "port cannot be", "/dev/ttyUSB2"},
	{NAME "modems = ( { name = \"modem uno\"; } );", 2, "name cannot be", "letters, digits"},
	{NAME "console = { listen = \"8080\"; };", 2, "listen cannot be", "127.0.0.1:8080"},
	{NAME "console = { listen = \"127.0.0.1:0\"; };", 2, "listen cannot be", "127.0.0.1:8080"},
	{NAME "console = { listen = \"127.0.0.1:65536\"; };", 2, "listen cannot be", "127.0.0.1:8080"},
	{NAME "console = { listen = \"::1:8080\"; };", 2, "listen cannot be", "127.0.0.1:8080"},
	{NAME "whatsapp = { webhook = \"a b:80\"; };", 2, "webhook cannot be", "127.0.0.1:8081"},
	{NAME "whatsapp = { api = \"graph.facebook.com\"; };", 2, "api cannot be", "https://"},
	{NAME "whatsapp = { phone_number_id = \"+39\"; };", 2, "phone_number_id cannot be", "digits"},
	{NAME "whatsapp = { templates = { alert = \"Allerta!\"; }; };", 2, "alert cannot be", "small letters"},
	{NAME "whatsapp = { templates = { language = \"italiano\"; }; };", 2, "language cannot be", "\"it\""},
	{"comune = { name = \"X\"; timezone = \"Europe/Roma\"; };", 1, "timezone cannot be", "Europe/Rome"},
	{"comune = { name = \"X\"; timezone = \"../../etc/passwd\"; };", 1, "timezone cannot be", "Europe/Rome"},
	{"comune = { name = \"X\"; timezone = \"Europe\"; };", 1, "timezone cannot be", "Europe/Rome"},
	{"comune = { name = \"X\"; country = \"+39\"; };", 1, "country cannot be", "1 to 3 digits"},
	{"comune = { name = \"X\"; privacy_url = \"www.x.it\"; };", 1, "privacy_url cannot be", "https://"},
	{NAME "offices = ( { id = \"a\"; hours = \"lunedi\"; } );", 2, "hours cannot be", "mon-fri 09:00-12:00"},
	{NAME "offices = ( { id = \"a\"; hours = \"mon 12:00-09:00\"; } );", 2, "hours cannot be", "mon-fri"},
	{NAME "offices = ( { id = \"a\"; hours = \"fri-mon 09:00-12:00\"; } );", 2, "hours cannot be", "mon-fri"},
	{NAME "offices = ( { id = \"a\"; hours = \"mon 09:00-12:00,\"; } );", 2, "hours cannot be", "mon-fri"},
	{NAME "texts = \"\";", 2, "texts cannot be", "a path"},
	{NAME "closures = ( { from = \"24/12/2026\"; } );", 2, "from cannot be", "2026-12-24"},
	{NAME "closures = ( { from = \"2026-02-29\"; } );", 2, "from cannot be", "2026-12-24"},
	{NAME "closures = ( { until = \"2026-12-24\"; } );", 2, "has no from", "2026-12-24"},
	{NAME "closures = ( { from = \"2026-12-24\"; until = \"2026-12-23\"; } );", 2, "before from", "exchange"},
	{NAME "offices = ( { id = \"a\"; } );\nclosures = ( { from = \"2026-12-24\"; office = \"a\"; },\n"
	      "{ from = \"2026-12-24\"; office = \"b\"; } );",
		4, "no office \"b\"", "the id of one of offices"},

	/* lists */
	{NAME "modems = ( { name = \"m1\"; },\n { name = \"M1\"; } );", 3, "\"M1\" is given twice in modems",
		"change one"},
	{NAME "modems = ( { },\n {\n name = \"m1\"; } );", 4, "\"m1\" is given twice in modems", "change one"},
	{NAME "modems = ( { name = \"m2\"; },\n { } );", 3, "\"m2\" is given twice in modems", "change one"},
	{NAME "modems = ( { port = \"/dev/a\"; },\n { port = \"/dev/a\"; } );", 3, "\"/dev/a\" is given twice",
		"change one"},
	{NAME "modems = ( { imei = \"490154203237518\"; },\n { imei = \"490154203237518\"; } );", 3, "given twice",
		"change one"},
	{NAME "topics = ( { id = \"a\"; },\n { id = \"a\"; } );", 3, "\"a\" is given twice in topics", "change one"},
	{NAME "zones = ( { id = \"centro\"; },\n { name = \"Centro\"; } );", 3, "given twice in zones", "change one"},
	{NAME "zones = ( { } );", 2, "has no id", "letters without accents"},
	{NAME "zones = ( { name = \"日本\"; } );", 2, "has no id", "letters without accents"},
	{NAME "topics = ( { id = \"viabilità\"; } );", 2, "id cannot be", "letters without accents"},
	{NAME "modems = ( {},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},\n{} );", 3, "holds 17 items", "remove some"},

	/* the first fault of the file is the one told */
	{NAME "xyzzy = 1;\nalert = { fallback_after = -1; };", 2, "unknown key xyzzy", "remove it"},
	{NAME "alert = { fallback_after = -1; };\nxyzzy = 1;", 2, "cannot be \"-1\"", "0 to 86400"},
};

static void test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		struct settings *settings = NULL;
		struct err err = {0, ""};
		char front[32];

		(void)snprintf(front, sizeof front, "test.cfg:%d: ", broken[i].line);
		if (read_text(broken[i].text, &settings, &err) == 0)
			fail_msg("accepted: %s", broken[i].text);
		assert_null(settings);
		assert_int_equal(err.status, EX_CONFIG);
		if (strncmp(err.text, front, strlen(front)) != 0)
			fail_msg("not at %s but: %s", front, err.text);
		if (!strstr(err.text, broken[i].what) || !strstr(err.text, broken[i].remedy))
			fail_msg("lacks \"%s\" or \"%s\": %s", broken[i].what, broken[i].remedy, err.text);
		if (strchr(err.text, '\n'))
			fail_msg("more than one line: %s", err.text);
	}
}

static void test_string_too_long(void **state)
{
	struct settings *settings;
	struct err err;
	char text[1024], name[SETTINGS_STRING_MAX + 1];

	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[SETTINGS_STRING_MAX - 1] = '\0';
	(void)snprintf(text, sizeof text, "comune = { name = \"%s\"; };", name);
	settings = read_good(text);
	assert_string_equal(settings->comune.name, name);
	settings_free(settings);

	name[SETTINGS_STRING_MAX - 1] = 'n';
	name[SETTINGS_STRING_MAX] = '\0';
	(void)snprintf(text, sizeof text, "\ncomune = { name = \"%s\"; };", name);
	assert_int_equal(read_text(text, &settings, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
	assert_non_null(strstr(err.text, "test.cfg:2: comune.name is too long (256 octets); use at most 255"));

	/* A relative path counts with its directory. */
	name[250] = '\0';
	(void)snprintf(text, sizeof text, NAME "database = \"%s\";", name);
	assert_int_equal(read_text(text, &settings, &err), -1);
	assert_non_null(strstr(err.text, "with its directory"));
}

static void test_nul_octet(void **state)
{
	static const char text[] = NAME "# \0 here";
	struct settings *settings;
	struct err err;

	(void)state;
	assert_int_equal(settings_read_string(text, sizeof text - 1, "test.cfg", &settings, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
	assert_non_null(strstr(err.text, "test.cfg:2: holds a NUL octet; save"));
}

/* A wrong PIN must not reach a log by way of the error. */
static void test_pin_not_told(void **state)
{
	static const char *const pins[] = {"31337x", "****", "123", "123456789"};
	struct settings *settings;
	struct err err;
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof pins / sizeof *pins; i++) {
		(void)snprintf(text, sizeof text, NAME "modems = ( { pin = \"%s\"; } );", pins[i]);
		assert_int_equal(read_text(text, &settings, &err), -1);
		assert_non_null(strstr(err.text, "4 to 8 digits"));
		assert_null(strstr(err.text, pins[i]));
	}
}

/* ---- what is accepted -------------------------------------------------------------------------------------------- */

static void test_defaults(void **state)
{
	struct settings *s = read_good(NAME);

	(void)state;
	assert_string_equal(s->comune.name, "X");
	assert_string_equal(s->comune.service, "Comune Amico");
	assert_string_equal(s->comune.country, "39");
	assert_int_equal(s->comune.mode, MODE_TWO_WAY);
	assert_string_equal(s->comune.privacy_url, "");
	assert_string_equal(s->comune.contacts, "");
	assert_string_equal(s->comune.timezone, "Europe/Rome");
	assert_string_equal(s->database, "/var/lib/banditore/banditore.db");
	assert_false(s->texts_given);
	assert_int_equal(s->modem_count, 0);
	assert_false(s->whatsapp.enabled);
	assert_string_equal(s->whatsapp.api, "https://graph.facebook.com/v26.0");
	assert_string_equal(s->whatsapp.token_file, "");
	assert_int_equal(s->whatsapp.rate, 80);
	assert_int_equal(s->whatsapp.recipients_per_day, 250);
	assert_string_equal(s->whatsapp.webhook, "127.0.0.1:8081");
	assert_string_equal(s->whatsapp.templates.alert, "allerta");
	assert_string_equal(s->whatsapp.templates.clear, "cessato_allarme");
	assert_string_equal(s->whatsapp.templates.news, "avviso");
	assert_string_equal(s->whatsapp.templates.language, "it");
	assert_int_equal(s->alert.fallback_after_s, 90);
	assert_int_equal(s->alert.expires_after_s, 21600);
	assert_int_equal(s->alert.unknown_after_s, 20);
	assert_int_equal(s->alert.segments_max, 10);
	assert_int_equal(s->news.sms, NEWS_SMS_ONLY);
	assert_int_equal(s->news.quiet.from_min, 21 * 60);
	assert_int_equal(s->news.quiet.until_min, 8 * 60);
	assert_int_equal(s->news.expires_after_s, 86400);
	assert_int_equal(s->sms.validity_s, 14400);
	assert_int_equal(s->sms.report_wait_s, 60);
	assert_true(s->sms.fold);
	assert_string_equal(s->console.listen, "127.0.0.1:8080");
	assert_string_equal(s->console.tls, "auto");
	assert_int_equal(s->topic_count, 11);
	assert_string_equal(s->topics[6].id, "viabilita");
	assert_string_equal(s->topics[6].name, "Viabilità");
	assert_int_equal(s->zone_count, 0);
	assert_int_equal(s->office_count, 0);
	assert_int_equal(s->closure_count, 0);
	assert_int_equal(s->appointments.lead_min, 120);
	assert_int_equal(s->appointments.days_ahead, 30);
	assert_int_equal(s->appointments.offers, 6);
	assert_true(s->appointments.holidays);
	assert_int_equal(s->appointments.reminder_hour, 18);
	assert_int_equal(s->appointments.retention_days, 365);
	assert_int_equal(s->reports.join_min, 10);
	assert_int_equal(s->reports.media_max_mib, 16);
	assert_int_equal(s->reports.media_total_mib, 1024);
	assert_int_equal(s->reports.media_days, 180);
	assert_int_equal(s->reports.retention_days, 730);
	assert_int_equal(s->inbox.retention_days, 180);
	assert_string_equal(s->keypad.device, "auto");
	settings_free(s);
}

static void test_modem_defaults(void **state)
{
	struct settings *s = read_good(NAME "modems = ( { }, { name = \"tim\"; port = \"/dev/ttyUSB*\"; }, { } );");

	(void)state;
	assert_int_equal(s->modem_count, 3);
	assert_string_equal(s->modems[0].name, "m1");
	assert_string_equal(s->modems[1].name, "tim");
	assert_string_equal(s->modems[2].name, "m3");
	assert_string_equal(s->modems[0].port, "auto");
	assert_int_equal(s->modems[0].baud, 115200);
	assert_int_equal(s->modems[0].calls, CALLS_REJECT);
	assert_int_equal(s->modems[0].send_timeout_s, 120);
	assert_false(s->modems[0].roaming);
	assert_int_equal(s->modems[0].budget.day, 0);
	assert_int_equal(s->modems[0].budget.month, 0);
	assert_int_equal(s->modems[0].budget.recipients_month, 0);
	assert_int_equal(s->modems[0].budget.alert_reserve, 0);
	settings_free(s);
}

/* Every key, none with its default. */
static const char everything[] =
	"comune = { name = \"Città \\\"Alta\\\" \\\\\"; service = \"Informa\"; country = \"378\"; mode = \"one-way\";\n"
	"  privacy_url = \"https://x.example/p\"; contacts = \"tel. 1\"; timezone = \"Europe/Vienna\"; };\n"
	"database = \"b.db\"; texts = \"t.cfg\";\n"
	"modems = ( { name = \"a\"; port = \"/dev/serial/by-id/x\"; imei = \"490154203237518\"; number = "
	"\"+393331234567\";\n"
	"  smsc = \"+393916263333\"; calls = \"answer\"; baud = 9600; send_timeout = 10; roaming = true; trace = "
	"\"w.log\";\n"
	"  budget = { day = 200; month = 2000; recipients_month = 100; alert_reserve = 50; }; }, { calls = \"ignore\"; "
	"} );\n"
	"whatsapp = { enabled = true; api = \"http://127.0.0.1:1\"; phone_number_id = \"1\"; business_account_id = "
	"\"2\";\n"
	"  token_file = \"t\"; app_secret_file = \"s\"; verify_token_file = \"v\"; ca_file = \"c\"; rate = 1;\n"
	"  recipients_per_day = 0; webhook = \"[::1]:1\"; templates = { alert = \"a\"; clear = \"c\"; news = \"n\";\n"
	"  language = \"en_US\"; }; };\n"
	"alert = { fallback_after = 0; expires_after = 60; unknown_after = 1; segments_max = 9; };\n"
	"news = { sms = \"fallback\"; quiet = \"\"; expires_after = 60; };\n"
	"sms = { validity = 300; report_wait = 0; fold = false; };\n"
	"costs = { sms = 1; whatsapp_alert = 0.00001; whatsapp_news = 99.99999; currency = \"CHF\"; };\n"
	"console = { listen = \"0.0.0.0:443\"; tls = \"cert.pem\"; };\n"
	"topics = ( { name = \"Sagre e Fiere\"; } ); zones = ( { id = \"z\"; name = \"Z\"; aliases = \"A, B\"; } );\n"
	"offices = ( { name = \"Tributi\"; hours = \"mon-fri 09:00-12:00 15:00-17:00, sat 09:00-12:00\";\n"
	"  slot_minutes = 30; } );\n"
	"closures = ( { from = \"2026-12-24\"; until = \"2027-01-06\"; office = \"tributi\"; }, { from = "
	"\"2026-11-04\"; } );\n"
	"appointments = { lead_minutes = 0; days_ahead = 60; offers = 3; holidays = false; reminder_hour = -1;\n"
	"  retention_days = 0; };\n"
	"reports = { join_minutes = 0; media_max_mib = 1; media_total_mib = 0; media_days = 1; retention_days = 2; };\n"
	"inbox = { retention_days = 3; };\n"
	"keypad = { device = \"/dev/input/event0\"; sheet = \"k.cfg\"; };\n";

static void test_everything(void **state)
{
	struct settings *s = read_good(everything);
	char directory[PATH_MAX], path[PATH_MAX + 16];

	(void)state;
	assert_non_null(realpath(".", directory));
	assert_string_equal(s->comune.name, "Città \"Alta\" \\");
	assert_int_equal(s->comune.mode, MODE_ONE_WAY);
	(void)snprintf(path, sizeof path, "%s/b.db", directory);
	assert_string_equal(s->database, path);
	(void)snprintf(path, sizeof path, "%s/t.cfg", directory);
	assert_string_equal(s->texts, path);
	assert_true(s->texts_given);
	(void)snprintf(path, sizeof path, "%s/w.log", directory);
	assert_string_equal(s->modems[0].trace, path);
	assert_string_equal(s->modems[1].trace, "");
	assert_string_equal(s->modems[0].port, "/dev/serial/by-id/x");
	assert_int_equal(s->modems[0].calls, CALLS_ANSWER);
	assert_int_equal(s->modems[1].calls, CALLS_IGNORE);
	assert_int_equal(s->modems[0].budget.alert_reserve, 50);
	assert_true(s->modems[0].roaming);
	assert_true(s->whatsapp.enabled);
	(void)snprintf(path, sizeof path, "%s/cert.pem", directory);
	assert_string_equal(s->console.tls, path);
	assert_int_equal(s->news.sms, NEWS_SMS_FALLBACK);
	assert_int_equal(s->news.quiet.from_min, s->news.quiet.until_min);
	assert_false(s->sms.fold);
	assert_int_equal(s->costs.sms, SETTINGS_MONEY);
	assert_int_equal(s->costs.whatsapp_alert, 1);
	assert_int_equal(s->costs.whatsapp_news, 100 * SETTINGS_MONEY - 1);
	assert_string_equal(s->costs.currency, "CHF");
	assert_int_equal(s->topic_count, 1);
	assert_string_equal(s->topics[0].id, "sagre-e-fiere");
	assert_string_equal(s->topics[1].id, "");
	assert_string_equal(s->zones[0].aliases, "A, B");
	assert_string_equal(s->offices[0].id, "tributi");
	assert_int_equal(s->offices[0].slot_minutes, 30);
	assert_int_equal(s->closure_count, 2);
	assert_string_equal(s->closures[0].until, "2027-01-06");
	assert_string_equal(s->closures[0].office, "tributi");
	assert_string_equal(s->closures[1].until, "2026-11-04");
	assert_false(s->appointments.holidays);
	assert_int_equal(s->appointments.reminder_hour, -1);
	assert_int_equal(s->reports.retention_days, 2);
	assert_int_equal(s->inbox.retention_days, 3);
	settings_free(s);
}

static void test_ways_to_write(void **state)
{
	static const char *const same[] = {
		"\xef\xbb\xbf" NAME "alert = { fallback_after = 60; };",
		"comune: { name: \"X\" }, alert: { fallback_after: 0x3C }",
		"// 99999999999 @include \"x\n# more \"\n/* \" 99999999999 */" NAME "alert={fallback_after=60.0;};",
		NAME "alert = { fallback_after = 60L; }; # last line without newline",
		"comune = { name = \"\" \"X\"; };\r\nalert = { fallback_after = +60; };\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		struct settings *s = read_good(same[i]);

		assert_string_equal(s->comune.name, "X");
		assert_int_equal(s->alert.fallback_after_s, 60);
		settings_free(s);
	}
}

static void test_empty_lists(void **state)
{
	struct settings *s = read_good(NAME "topics = ( ); zones = [ ]; modems = ();");

	(void)state;
	assert_int_equal(s->topic_count, 0);
	assert_string_equal(s->topics[0].id, "");
	assert_int_equal(s->zone_count, 0);
	assert_int_equal(s->modem_count, 0);
	settings_free(s);
}

/* ---- what is printed --------------------------------------------------------------------------------------------- */

static void test_round_trip(void **state)
{
	const char *const texts[] = {NAME, everything, NAME "topics = ( ); modems = ( { }, { } );"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct settings *before = read_good(texts[i]);
		char *printed = print_to_string(before, NULL);
		struct settings *after = read_good(printed);

		assert_memory_equal(before, after, sizeof *before);
		settings_free(before);
		settings_free(after);
		free(printed);
	}
}

/* As a clerk writes it, and no further from it than the last decimal. */
static void test_money(void **state)
{
	static const struct {
		const char *written, *printed;
		int32_t value;
	} cases[] = {
		{"0.05", "sms = 0.05;", 5000},
		{"0.0248", "sms = 0.0248;", 2480},
		{"0.05720", "sms = 0.0572;", 5720},
		{".07", "sms = 0.07;", 7000},
		{"0.00001", "sms = 0.00001;", 1},
		{"5e-2", "sms = 0.05;", 5000},
		{"2", "sms = 2;", 200000},
		{"0", "sms = 0;", 0},
		{"100.00", "sms = 100;", 10000000},
		{"10.10", "sms = 10.1;", 1010000},
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(text, sizeof text, NAME "costs = { sms = %s; };", cases[i].written);
		struct settings *s = read_good(text);
		char *printed = print_to_string(s, NULL);

		assert_int_equal(s->costs.sms, cases[i].value);
		assert_non_null(strstr(printed, cases[i].printed));
		settings_free(s);
		free(printed);
	}
}

static void test_pin_is_hidden(void **state)
{
	struct settings *s = read_good(NAME "modems = ( { pin = \"48151\"; } );");
	char *printed = print_to_string(s, NULL);

	(void)state;
	assert_null(strstr(printed, "48151"));
	assert_non_null(strstr(printed, "pin = \"****\""));
	settings_free(s);
	free(printed);
}

/* The shipped file is what the table says; where not: banditore config example > config/banditore.cfg.example */
static void test_example_is_shipped(void **state)
{
	char *printed = print_to_string(NULL, settings_print_example);
	size_t length = strlen(printed), got;
	char *shipped = malloc(length + 2);
	FILE *in = fopen("config/banditore.cfg.example", "r");

	(void)state;
	assert_non_null(shipped);
	assert_non_null(in);
	got = fread(shipped, 1, length + 1, in);
	shipped[got] = '\0';
	(void)fclose(in);
	assert_string_equal(shipped, printed);
	free(shipped);
	free(printed);
}

static void test_example_reads(void **state)
{
	char *printed = print_to_string(NULL, settings_print_example);
	struct settings *s = read_good(printed);

	(void)state;
	assert_int_equal(s->modem_count, 1);
	assert_int_equal(s->modems[0].budget.day, 200);
	assert_int_equal(s->modems[0].budget.month, 2000);
	assert_int_equal(s->modems[0].budget.alert_reserve, 50);
	assert_int_equal(s->zone_count, 0);
	assert_int_equal(s->topic_count, 11);
	assert_int_equal(s->costs.whatsapp_alert, 2480);
	settings_free(s);

	/* Also with every commented line put in force. */
	for (char *line = printed; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, "//", 2) == 0)
			memset(line, ' ', 2);
	s = read_good(printed);
	assert_int_equal(s->zone_count, 1);
	assert_string_equal(s->zones[0].aliases, "Centro storico, Capoluogo");
	assert_int_equal(s->office_count, 1);
	assert_int_equal(s->topic_count, 11);
	assert_int_equal(s->alert.fallback_after_s, 90);
	assert_false(s->texts_given);
	settings_free(s);
	free(printed);
}

static void test_manual_is_a_table(void **state)
{
	char *printed = print_to_string(NULL, settings_print_manual);
	int rows = 0;

	(void)state;
	for (char *line = strtok(printed, "\n"); line; line = strtok(NULL, "\n"), rows++) {
		int bars = 0;

		for (const char *p = line; *p; p++)
			bars += *p == '|';
		assert_int_equal(bars, 5);
	}
	assert_true(rows > 60);
	free(printed);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

struct files {
	char directory[32], path[64];
};

static int files_make(void **state)
{
	struct files *files = calloc(1, sizeof *files);

	assert_non_null(files);
	(void)snprintf(files->directory, sizeof files->directory, "/tmp/test_settings.XXXXXX");
	assert_non_null(mkdtemp(files->directory));
	(void)snprintf(files->path, sizeof files->path, "%s/b.cfg", files->directory);
	*state = files;
	return 0;
}

static int files_remove(void **state)
{
	struct files *files = *state;

	(void)unlink(files->path);
	(void)rmdir(files->directory);
	free(files);
	return 0;
}

static void file_write(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void test_file(void **state)
{
	const struct files *files = *state;
	struct settings *s;
	struct err err;
	char path[256];

	assert_int_equal(settings_read(files->path, &s, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
	assert_non_null(strstr(err.text, files->path));
	assert_non_null(strstr(err.text, "No such file"));
	assert_non_null(strstr(err.text, "write one with: banditore config example > /tmp/"));

	assert_int_equal(settings_read(files->directory, &s, &err), -1);
	assert_int_equal(err.status, EX_CONFIG);
	assert_non_null(strstr(err.text, "is not a file"));

	file_write(files->path, NAME "database = \"d/b.db\";\nkeypad = { sheet = \"/abs/k.cfg\"; };\n");
	assert_int_equal(settings_read(files->path, &s, &err), 0);
	(void)snprintf(path, sizeof path, "%s/d/b.db", files->directory);
	assert_string_equal(s->database, path);
	(void)snprintf(path, sizeof path, "%s/texts.it.cfg", files->directory);
	assert_string_equal(s->texts, path);
	assert_string_equal(s->keypad.sheet, "/abs/k.cfg");
	settings_free(s);

	file_write(files->path, NAME "\nalert = { fallback_after = -1; };\n");
	assert_int_equal(settings_read(files->path, &s, &err), -1);
	(void)snprintf(path, sizeof path, "%s:3: ", files->path);
	assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
}

static void warnings_join(void *context, const char *line)
{
	char *all = context;

	(void)strncat(all, line, 4095 - strlen(all));
}

static void test_warnings(void **state)
{
	static const char text[] = "comune = { name = \"X\"; privacy_url = \"https://x.example\"; };\n"
				   "modems = ( { }, { pin = \"1234\"; } );";
	const struct files *files = *state;
	struct settings *s;
	char all[4096] = "";

	file_write(files->path, text);
	s = read_good(text);
	assert_int_equal(chmod(files->path, 0640), 0);
	settings_warnings(s, files->path, warnings_join, all);
	assert_string_equal(all, "");
	assert_int_equal(chmod(files->path, 0644), 0);
	settings_warnings(s, files->path, warnings_join, all);
	assert_non_null(strstr(all, "everybody may read it; chmod o-r"));
	settings_free(s);

	s = read_good(NAME "whatsapp = { enabled = true; };");
	all[0] = '\0';
	settings_warnings(s, files->path, warnings_join, all);
	assert_non_null(strstr(all, "privacy_url"));
	assert_non_null(strstr(all, "whatsapp.token_file"));
	assert_non_null(strstr(all, "whatsapp.app_secret_file"));
	settings_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_string_too_long),
		cmocka_unit_test(test_nul_octet),
		cmocka_unit_test(test_pin_not_told),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_modem_defaults),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_ways_to_write),
		cmocka_unit_test(test_empty_lists),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_money),
		cmocka_unit_test(test_pin_is_hidden),
		cmocka_unit_test(test_example_is_shipped),
		cmocka_unit_test(test_example_reads),
		cmocka_unit_test(test_manual_is_a_table),
		cmocka_unit_test_setup_teardown(test_file, files_make, files_remove),
		cmocka_unit_test_setup_teardown(test_warnings, files_make, files_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
