#include "config/options.h"

#include "config/value.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define IN(structure, field)  .offset = offsetof(structure, field), .size = sizeof(((structure *)NULL)->field)
#define SETTING(field)	      IN(struct settings, field)
#define MODEM(field)	      IN(struct settings_modem, field)
#define NAMED(field)	      IN(struct settings_named, field)
#define OFFICE(field)	      IN(struct settings_office, field)
#define PERSON(field)	      IN(struct settings_person, field)
#define CLOSURE(field)	      IN(struct settings_closure, field)
#define RANGE(least, most, u) .min = (least), .max = (most), .unit = (u)
#define FORM(function, text)  .check = (function), .form = (text)
#define LENGTH(array)	      (sizeof(array) / sizeof((array)[0]))

static_assert(sizeof(enum settings_mode) == sizeof(int) && sizeof(enum settings_news_sms) == sizeof(int) &&
		      sizeof(enum settings_calls) == sizeof(int) && sizeof(enum settings_at_once) == sizeof(int) &&
		      sizeof(enum settings_beep) == sizeof(int),
	"option_put writes enums as int");

/* clang-format off: a table */
static const struct option modem_options[] = {
	{"name", OPTION_STRING, MODEM(name), "", .example = "m1", .flags = OPTION_UNIQUE | OPTION_MADE_UP,
		.help = "what the modem is called in status and logs; left out: m1, m2, ... by position",
		FORM(value_is_id, "letters, digits, '-' and '_', such as \"m1\"")},
	{"port", OPTION_STRING, MODEM(port), "auto", .example = "auto", .flags = OPTION_UNIQUE,
		.help = "\"auto\", a device path, best under /dev/serial/by-id, or a pattern of paths",
		FORM(value_is_port, "\"auto\" or an absolute path such as \"/dev/ttyUSB2\"")},
	{"imei", OPTION_STRING, MODEM(imei), "", .flags = OPTION_UNIQUE,
		.help = "only the modem with this IMEI, wherever it is plugged; empty: any",
		FORM(value_is_imei, "the 15 digits of an IMEI, or \"\"")},
	{"pin", OPTION_STRING, MODEM(pin), "", .flags = OPTION_SECRET,
		.help = "the SIM's PIN, tried once only; empty: the SIM asks for none",
		FORM(value_is_pin, "its 4 to 8 digits (printing hides them), or \"\"")},
	{"number", OPTION_STRING, MODEM(number), "", .flags = OPTION_UNIQUE,
		.help = "the SIM's own number; empty: not known",
		FORM(value_is_phone, "an international number such as \"+393661234567\", or \"\"")},
	{"smsc", OPTION_STRING, MODEM(smsc), "",
		.help = "service centre to set where the SIM has none; empty: leave the SIM's",
		FORM(value_is_phone, "an international number such as \"+393916263333\", or \"\"")},
	{"calls", OPTION_WORD, MODEM(calls), "reject", .words = "reject|answer|ignore",
		.help = "what happens to an incoming voice call"},
	{"baud", OPTION_INT, MODEM(baud), "115200", RANGE(9600, 921600, "bit/s"),
		.words = "9600|19200|38400|57600|115200|230400|460800|921600",
		.help = "speed of a real serial line; USB modems ignore it"},
	{"send_timeout", OPTION_INT, MODEM(send_timeout_s), "120", RANGE(10, 300, "seconds"),
		.help = "silence after handing over an SMS until its outcome is called unknown"},
	{"roaming", OPTION_BOOL, MODEM(roaming), "false", .help = "may send while roaming, at the operator's price"},
	{"trace", OPTION_PATH, MODEM(trace), "", .help = "file for everything said on the wire; empty: none"},
	{"budget.day", OPTION_INT, MODEM(budget.day), "0", RANGE(0, 1000000, "SMS parts"), .example = "200",
		.help = "most this SIM may send in a day; 0: no limit"},
	{"budget.month", OPTION_INT, MODEM(budget.month), "0", RANGE(0, 10000000, "SMS parts"), .example = "2000",
		.help = "most this SIM may send in a month; 0: no limit"},
	{"budget.recipients_month", OPTION_INT, MODEM(budget.recipients_month), "0", RANGE(0, 1000000, "people"),
		.example = "0", .help = "most different people this SIM may write to in a month; 0: no limit"},
	{"budget.alert_reserve", OPTION_INT, MODEM(budget.alert_reserve), "0", RANGE(0, 1000000, "SMS parts"),
		.example = "50", .help = "part of the day's limit that only alerts may use"},
};

static const struct option topic_options[] = {
	{"id", OPTION_STRING, NAMED(id), "", .example = "viabilita", .flags = OPTION_UNIQUE | OPTION_MADE_UP,
		.help = "short name for commands and files; left out: made from the name",
		FORM(value_is_id, "letters without accents, digits, '-' and '_', such as \"viabilita\"")},
	{"name", OPTION_STRING, NAMED(name), "", .example = "Viabilità", .flags = OPTION_MADE_UP,
		.help = "what citizens read; left out: the id"},
};

static const struct option zone_options[] = {
	{"id", OPTION_STRING, NAMED(id), "", .example = "centro", .flags = OPTION_UNIQUE | OPTION_MADE_UP,
		.help = "short name for commands and files; left out: made from the name",
		FORM(value_is_id, "letters without accents, digits, '-' and '_', such as \"centro\"")},
	{"name", OPTION_STRING, NAMED(name), "", .example = "Centro", .flags = OPTION_MADE_UP,
		.help = "what citizens read; left out: the id"},
	{"aliases", OPTION_STRING, NAMED(aliases), "", .example = "Centro storico, Capoluogo",
		.help = "what else citizens call it, separated by commas"},
};

static const struct option office_options[] = {
	{"id", OPTION_STRING, OFFICE(id), "", .example = "anagrafe", .flags = OPTION_UNIQUE | OPTION_MADE_UP,
		.help = "short name for commands and files; left out: made from the name",
		FORM(value_is_id, "letters without accents, digits, '-' and '_', such as \"anagrafe\"")},
	{"name", OPTION_STRING, OFFICE(name), "", .example = "Anagrafe",
		.help = "what citizens read; left out: the id"},
	{"hours", OPTION_STRING, OFFICE(hours), "mon-fri 09:00-12:00", .example = "mon-fri 09:00-12:00",
		.help = "when the office takes appointments; \"\": never, it only answers reports",
		FORM(value_is_opening, "days and times such as \"mon-fri 09:00-12:00 15:00-17:00, sat 09:00-12:00\"")},
	{"slot_minutes", OPTION_INT, OFFICE(slot_minutes), "15", RANGE(5, 480, "minutes"), .example = "15",
		.help = "how long an appointment is"},
};

static const struct option staff_options[] = {
	{"name", OPTION_STRING, PERSON(name), "", .example = "Ufficio tecnico", .flags = OPTION_MADE_UP,
		.help = "who it is; left out: the phone"},
	{"phone", OPTION_STRING, PERSON(phone), "", .example = "+393661234567", .flags = OPTION_UNIQUE,
		.help = "number that SMS are sent to",
		FORM(value_is_phone, "an international number such as \"+393661234567\"")},
};

static const struct option closure_options[] = {
	{"from", OPTION_STRING, CLOSURE(from), "", .example = "2026-12-24", .help = "the first day closed",
		FORM(value_is_date, "a date such as \"2026-12-24\"")},
	{"until", OPTION_STRING, CLOSURE(until), "", .example = "2026-12-26", .flags = OPTION_MADE_UP,
		.help = "the last day closed; left out: the first",
		FORM(value_is_date, "a date such as \"2026-12-26\"")},
	{"office", OPTION_STRING, CLOSURE(office), "", .example = "", .help = "the office's id; \"\": all"},
};
/* clang-format on */

static const char *const topics_initial[][2] = {
	{"servizi", "Servizi"},
	{"progetti", "Progetti"},
	{"interventi", "Interventi"},
	{"lavori-pubblici", "Lavori pubblici"},
	{"scadenze", "Scadenze"},
	{"trasporti", "Trasporti"},
	{"viabilita", "Viabilità"},
	{"iniziative-culturali", "Iniziative culturali"},
	{"sociali", "Iniziative sociali"},
	{"allerta-meteo", "Allerta meteo"},
	{"stati-di-emergenza", "Stati di emergenza"},
	{NULL, NULL},
};

static void modem_complete(void *item, int32_t index)
{
	struct settings_modem *modem = item;

	if (modem->name[0] == '\0')
		(void)snprintf(modem->name, sizeof modem->name, "m%d", index + 1);
}

static bool modem_check(const void *item, char why[OPTION_WHY_MAX])
{
	const struct settings_modem *modem = item;

	if (strcmp(modem->name, "whatsapp") == 0) {
		(void)snprintf(
			why, OPTION_WHY_MAX, "\"whatsapp\" is what WhatsApp is called; give the modem another name");
		return false;
	}
	if (modem->budget.day == 0 || modem->budget.alert_reserve <= modem->budget.day)
		return true;
	(void)snprintf(why, OPTION_WHY_MAX,
		"budget.alert_reserve %d is more than budget.day %d; write a smaller reserve",
		modem->budget.alert_reserve, modem->budget.day);
	return false;
}

static void named_complete(char *id, char *name)
{
	if (id[0] == '\0')
		value_to_id(name, id, SETTINGS_ID_MAX);
	if (name[0] == '\0')
		(void)snprintf(name, SETTINGS_STRING_MAX, "%s", id);
}

static void topic_complete(void *item, int32_t index)
{
	struct settings_named *named = item;

	(void)index;
	named_complete(named->id, named->name);
}

static void office_complete(void *item, int32_t index)
{
	struct settings_office *office = item;

	(void)index;
	named_complete(office->id, office->name);
}

static void staff_complete(void *item, int32_t index)
{
	struct settings_person *person = item;

	(void)index;
	if (person->name[0] == '\0')
		(void)snprintf(person->name, sizeof person->name, "%s", person->phone);
}

static void closure_complete(void *item, int32_t index)
{
	struct settings_closure *closure = item;

	(void)index;
	if (closure->until[0] == '\0')
		memcpy(closure->until, closure->from, sizeof closure->until);
}

static bool closure_check(const void *item, char why[OPTION_WHY_MAX])
{
	const struct settings_closure *closure = item;

	if (value_to_day(closure->until) >= value_to_day(closure->from))
		return true;
	(void)snprintf(
		why, OPTION_WHY_MAX, "until %s is before from %s; exchange the two", closure->until, closure->from);
	return false;
}

/* clang-format off: a table */
static const struct option_list modem_list = {modem_options, LENGTH(modem_options), sizeof(struct settings_modem),
	offsetof(struct settings, modem_count), SETTINGS_MODEMS_MAX, .example_live = true, .complete = modem_complete,
	.check = modem_check};
static const struct option_list topic_list = {topic_options, LENGTH(topic_options), sizeof(struct settings_named),
	offsetof(struct settings, topic_count), SETTINGS_TOPICS_MAX, .small = true, .initial = topics_initial,
	.complete = topic_complete};
static const struct option_list zone_list = {zone_options, LENGTH(zone_options), sizeof(struct settings_named),
	offsetof(struct settings, zone_count), SETTINGS_ZONES_MAX, .small = true, .complete = topic_complete};
static const struct option_list office_list = {office_options, LENGTH(office_options), sizeof(struct settings_office),
	offsetof(struct settings, office_count), SETTINGS_OFFICES_MAX, .small = true, .complete = office_complete};
static const struct option_list closure_list = {closure_options, LENGTH(closure_options),
	sizeof(struct settings_closure), offsetof(struct settings, closure_count), SETTINGS_CLOSURES_MAX, .small = true,
	.complete = closure_complete, .check = closure_check};

static const struct option_list staff_list = {staff_options, LENGTH(staff_options), sizeof(struct settings_person),
	offsetof(struct settings, staff_count), SETTINGS_STAFF_MAX, .small = true, .complete = staff_complete};

const struct option options_table[] = {
	{"comune.name", OPTION_STRING, SETTING(comune.name), NULL, .example = "Santa Fiora", .flags = OPTION_REQUIRED,
		.help = "the comune's name as messages carry it; the short form where it is long",
		FORM(value_is_given, "a name such as \"Santa Fiora\"")},
	{"comune.service", OPTION_STRING, SETTING(comune.service), "Comune Amico", .example = "Comune Amico",
		.help = "the service's name: citizens write ATTIVA and DISATTIVA with it",
		FORM(value_is_given, "a name such as \"Comune Amico\"")},
	{"comune.country", OPTION_STRING, SETTING(comune.country), "39",
		.help = "country code of numbers written without one",
		FORM(value_is_country, "1 to 3 digits such as \"39\"")},
	{"comune.mode", OPTION_WORD, SETTING(comune.mode), "two-way", .words = "two-way|one-way",
		.help = "whether citizens may also write to the comune, or only join and leave"},
	{"comune.privacy_url", OPTION_STRING, SETTING(comune.privacy_url), "",
		.help = "page of the privacy notice, which the welcome text points to",
		FORM(value_is_url, "an address such as \"https://www.comune.example/privacy\", or \"\"")},
	{"comune.privacy_version", OPTION_STRING, SETTING(comune.privacy_version), "", .example = "2026-11",
		.help = "which version of the privacy notice is in force; kept with each consent"},
	{"comune.contacts", OPTION_STRING, SETTING(comune.contacts), "",
		.help = "how else to reach the comune, as citizens read it, such as \"tel. 0564 000000\""},
	{"comune.second_language", OPTION_STRING, SETTING(comune.second_language), "",
		.help = "alerts and all-clears that a template says go out in this language too, behind the Italian; needs "
			"texts.XX.cfg and keypad.XX.cfg beside the Italian files",
		FORM(value_is_second_language, "an ISO 639 code such as \"de\", or \"\"")},
	{"comune.timezone", OPTION_STRING, SETTING(comune.timezone), "Europe/Rome",
		.help = "time zone of every time a person reads or writes",
		FORM(value_is_timezone, "a time zone known to this machine, such as \"Europe/Rome\"")},
	{"database", OPTION_PATH, SETTING(database), "/var/lib/banditore/banditore.db",
		FORM(value_is_given, "a path such as \"/var/lib/banditore/banditore.db\""),
		.help = "file of everything the box remembers"},
	{"texts", OPTION_PATH, SETTING(texts), "texts.it.cfg", .flags = OPTION_WHEN_GIVEN,
		.given_offset = offsetof(struct settings, texts_given),
		FORM(value_is_given, "a path such as \"texts.it.cfg\""),
		.help = "file of every sentence a citizen or an officer reads; absent: the built-in ones"},
	{"modems", OPTION_LIST, SETTING(modems), NULL, .list = &modem_list,
		.help = "the modems to use; none given: every AT port found"},
	{"whatsapp.enabled", OPTION_BOOL, SETTING(whatsapp.enabled), "false", .help = "send by WhatsApp as well"},
	{"whatsapp.api", OPTION_STRING, SETTING(whatsapp.api), "https://graph.facebook.com/v26.0",
		.help = "address of the Cloud API with its version",
		FORM(value_is_url, "an address such as \"https://graph.facebook.com/v26.0\"")},
	{"whatsapp.phone_number_id", OPTION_STRING, SETTING(whatsapp.phone_number_id), "",
		.help = "the sending number's id (not the number), from Meta's business page",
		FORM(value_is_digits, "digits such as \"106540352242922\", or \"\"")},
	{"whatsapp.business_account_id", OPTION_STRING, SETTING(whatsapp.business_account_id), "",
		.help = "the WhatsApp business account's id, needed for templates",
		FORM(value_is_digits, "digits such as \"102290129340398\", or \"\"")},
	{"whatsapp.token_file", OPTION_PATH, SETTING(whatsapp.token_file), "",
		.help = "file of mode 0600 with the access token"},
	{"whatsapp.app_secret_file", OPTION_PATH, SETTING(whatsapp.app_secret_file), "",
		.help = "file of mode 0600 with the app secret, which signs webhooks"},
	{"whatsapp.verify_token_file", OPTION_PATH, SETTING(whatsapp.verify_token_file), "",
		.help = "file of mode 0600 with the webhook's verify token"},
	{"whatsapp.ca_file", OPTION_PATH, SETTING(whatsapp.ca_file), "",
		.help = "certificates to trust for the API; empty: the system's"},
	{"whatsapp.rate", OPTION_INT, SETTING(whatsapp.rate), "80", RANGE(1, 10000, "messages a second"),
		.help = "pace of sending"},
	{"whatsapp.recipients_per_day", OPTION_INT, SETTING(whatsapp.recipients_per_day), "250",
		RANGE(0, 1000000, "people"),
		.help = "the account's limit of different people in any 24 hours; 0: no limit"},
	{"whatsapp.webhook", OPTION_STRING, SETTING(whatsapp.webhook), "127.0.0.1:8081",
		.help = "where the webhook listens, for a tunnel or reverse proxy in front",
		FORM(value_is_host_port, "an address and port such as \"127.0.0.1:8081\"")},
	{"whatsapp.templates.alert", OPTION_STRING, SETTING(whatsapp.templates.alert), "allerta",
		.help = "name of the template of alerts",
		FORM(value_is_template, "small letters, digits and '_', such as \"allerta\"")},
	{"whatsapp.templates.clear", OPTION_STRING, SETTING(whatsapp.templates.clear), "cessato_allarme",
		.help = "name of the template of all-clears",
		FORM(value_is_template, "small letters, digits and '_', such as \"cessato_allarme\"")},
	{"whatsapp.templates.news", OPTION_STRING, SETTING(whatsapp.templates.news), "avviso",
		.help = "name of the template of municipal news",
		FORM(value_is_template, "small letters, digits and '_', such as \"avviso\"")},
	{"whatsapp.templates.language", OPTION_STRING, SETTING(whatsapp.templates.language), "it",
		.help = "language of the templates", FORM(value_is_language, "a language such as \"it\" or \"en_US\"")},
	{"alert.fallback_after", OPTION_INT, SETTING(alert.fallback_after_s), "90", RANGE(0, 86400, "seconds"),
		.help = "without proof by WhatsApp for so long, an alert goes by SMS"},
	{"alert.at_once", OPTION_WORD, SETTING(alert.at_once), "never", .words = "never|red|orange|yellow",
		.help = "alerts from this colour on go by SMS as soon as a modem is free, without waiting for WhatsApp's proof"},
	{"alert.expires_after", OPTION_INT, SETTING(alert.expires_after_s), "21600", RANGE(60, 604800, "seconds"),
		.help = "an alert given without --until is tried for so long"},
	{"alert.unknown_after", OPTION_INT, SETTING(alert.unknown_after_s), "20", RANGE(1, 3600, "seconds"),
		.help = "an SMS of unknown outcome waits so long for its receipt, then is sent again, marked"},
	{"alert.segments_max", OPTION_INT, SETTING(alert.segments_max), "10", RANGE(1, 10, "SMS parts"),
		.help = "a longer alert is refused"},
	{"alert.unable_after", OPTION_INT, SETTING(alert.unable_after_s), "180", RANGE(0, 86400, "seconds"),
		.help = "the staff is told when no alert could have been sent for so long, and again when it is well for so long"},
	{"alert.two_officers", OPTION_BOOL, SETTING(alert.two_officers), "false",
		.help = "a red alert from the keypad or a telephone needs the PIN of a second officer"},
	{"news.sms", OPTION_WORD, SETTING(news.sms), "sms-only", .words = "never|sms-only|fallback",
		.help = "who gets news by SMS: nobody, people without WhatsApp, or also those WhatsApp did not reach"},
	{"news.quiet", OPTION_HOURS, SETTING(news.quiet), "21:00-08:00",
		.form = "hours such as \"21:00-08:00\", or \"\" for none",
		.help = "local time in which news wait; alerts never do"},
	{"news.expires_after", OPTION_INT, SETTING(news.expires_after_s), "86400", RANGE(60, 2592000, "seconds"),
		.help = "news given without --until are tried for so long"},
	{"sms.validity", OPTION_INT, SETTING(sms.validity_s), "14400", RANGE(300, 604800, "seconds"),
		.help = "how long the network may try to deliver one SMS"},
	{"sms.report_wait", OPTION_INT, SETTING(sms.report_wait_s), "60", RANGE(0, 86400, "seconds"),
		.help = "a message counts as done when its last SMS is so old and still without a delivery report"},
	{"sms.fold", OPTION_BOOL, SETTING(sms.fold), "true",
		.help = "write È as E' and the like where that spares the alphabet of 70 characters a part"},
	{"costs.sms", OPTION_MONEY, SETTING(costs.sms), "0", RANGE(0, 100, NULL), .example = "0.05",
		.help = "what one SMS part costs by the SIM's contract; 0: not told"},
	{"costs.whatsapp_alert", OPTION_MONEY, SETTING(costs.whatsapp_alert), "0", RANGE(0, 100, NULL),
		.example = "0.0248",
		.help = "what one alert or all-clear costs by WhatsApp: Meta's utility rate; 0: not told"},
	{"costs.whatsapp_news", OPTION_MONEY, SETTING(costs.whatsapp_news), "0", RANGE(0, 100, NULL),
		.example = "0.0572",
		.help = "what one piece of news costs by WhatsApp: Meta's marketing rate; 0: not told"},
	{"costs.currency", OPTION_STRING, SETTING(costs.currency), "EUR", .help = "the currency of these",
		FORM(value_is_currency, "three capital letters such as \"EUR\"")},
	{"console.listen", OPTION_STRING, SETTING(console.listen), "127.0.0.1:8080",
		.help = "where the console for the comune's staff listens; empty: there is none",
		FORM(value_is_listener, "an address and port such as \"127.0.0.1:8080\", or \"\"")},
	{"console.tls", OPTION_PATH, SETTING(console.tls), "auto", .words = "auto|off",
		FORM(value_is_given, "\"auto\", \"off\" or a path"),
		.help = "\"auto\": a certificate of its own; \"off\": none; else a file with certificate and key"},
	{"console.metrics", OPTION_BOOL, SETTING(console.metrics), "false",
		.help = "shows the status as numbers at /metrics, without a login, to a Prometheus"},
	{"topics", OPTION_LIST, SETTING(topics), NULL, .list = &topic_list,
		.help = "what citizens may choose to hear about"},
	{"zones", OPTION_LIST, SETTING(zones), NULL, .list = &zone_list, .help = "parts of the comune (frazioni)"},
	{"offices", OPTION_LIST, SETTING(offices), NULL, .list = &office_list,
		.help = "offices that answer reports and take appointments"},
	{"closures", OPTION_LIST, SETTING(closures), NULL, .list = &closure_list,
		.help = "days on which no appointments are taken"},
	{"appointments.lead_minutes", OPTION_INT, SETTING(appointments.lead_min), "120", RANGE(0, 43200, "minutes"),
		.help = "from now to the first appointment offered"},
	{"appointments.days_ahead", OPTION_INT, SETTING(appointments.days_ahead), "30", RANGE(1, 366, "days"),
		.help = "how far ahead appointments are offered"},
	{"appointments.offers", OPTION_INT, SETTING(appointments.offers), "6", RANGE(1, 10, "appointments"),
		.help = "how many free ones a citizen is offered at once"},
	{"appointments.holidays", OPTION_BOOL, SETTING(appointments.holidays), "true",
		.help = "Italian public holidays are closed; the patron saint's day belongs into closures"},
	{"appointments.reminder_hour", OPTION_INT, SETTING(appointments.reminder_hour), "18", RANGE(-1, 23, "o'clock"),
		.help = "the day before at this hour people are reminded; -1: never"},
	{"appointments.retention_days", OPTION_INT, SETTING(appointments.retention_days), "365",
		RANGE(0, 36500, "days"), .help = "past appointments are deleted after so long; 0: never"},
	{"reports.join_minutes", OPTION_INT, SETTING(reports.join_min), "10", RANGE(0, 1440, "minutes"),
		.help = "what one person sends within so long of the last is one report"},
	{"reports.media_max_mib", OPTION_INT, SETTING(reports.media_max_mib), "16", RANGE(0, 100, "MiB"),
		.help = "a larger photo, recording or document is not fetched; 0: none is"},
	{"reports.media_total_mib", OPTION_INT, SETTING(reports.media_total_mib), "1024", RANGE(0, 1000000, "MiB"),
		.help = "once all that is kept is so large nothing more is fetched"},
	{"reports.media_days", OPTION_INT, SETTING(reports.media_days), "180", RANGE(0, 36500, "days"),
		.help = "photos, recordings and documents of closed reports are deleted after so long; 0: with the report"},
	{"reports.retention_days", OPTION_INT, SETTING(reports.retention_days), "730", RANGE(0, 36500, "days"),
		.help = "closed reports are deleted after so long; 0: never"},
	{"inbox.retention_days", OPTION_INT, SETTING(inbox.retention_days), "180", RANGE(0, 36500, "days"),
		.help = "what arrived is deleted after so long; 0: never. Reports keep their own copy"},
	{"citizens.missed_call_joins", OPTION_BOOL, SETTING(citizens.missed_call_joins), "false",
		.help = "a call that is not answered signs its number up, and an SMS says so; never who has left"},
	{"citizens.replies_hour", OPTION_INT, SETTING(citizens.replies_hour), "20", RANGE(1, 1000, "answers"),
		.help = "most answers to one person within an hour; then one says to try later"},
	{"citizens.replies_day", OPTION_INT, SETTING(citizens.replies_day), "60", RANGE(1, 10000, "answers"),
		.help = "most answers to one person within a day"},
	{"citizens.replies_minute", OPTION_INT, SETTING(citizens.replies_minute), "2000", RANGE(0, 100000, "answers"),
		.help = "most answers of the box within a minute, a flood's end; what is asked is done all the same; 0: no limit"},
	{"citizens.stale_hours", OPTION_INT, SETTING(citizens.stale_hours), "24", RANGE(1, 720, "hours"),
		.help = "a message that was sent longer ago is kept, and not answered"},
	{"citizens.question_minutes", OPTION_INT, SETTING(citizens.question_min), "60", RANGE(5, 1440, "minutes"),
		.help = "how long a question to a citizen stays open; answered later it is asked anew"},
	{"citizens.pointer_hours", OPTION_INT, SETTING(citizens.pointer_hours), "24", RANGE(1, 720, "hours"),
		.help = "one-way: who writes is shown to the usual channels once in so long"},
	{"staff", OPTION_LIST, SETTING(staff), NULL, .list = &staff_list,
		.help = "who is told by SMS when the box is ill, and when it is well again"},
	{"officers.confirm_minutes", OPTION_INT, SETTING(officers.confirm_min), "5", RANGE(1, 60, "minutes"),
		.help = "an order by SMS or WhatsApp is dropped when its one-time word has not come back within so long"},
	{"selftest.hour", OPTION_INT, SETTING(selftest.hour), "9", RANGE(-1, 23, "o'clock"),
		.help = "each day at this hour the box sends itself an SMS and looks at all it needs, where staff is given; -1: "
			"never"},
	{"keypad.device", OPTION_STRING, SETTING(keypad.device), "auto",
		.help = "the officer's numeric keypad: \"auto\", a device path, or a device's name",
		FORM(value_is_given, "\"auto\", a device path or a device's name")},
	{"keypad.sheet", OPTION_PATH, SETTING(keypad.sheet), "keypad.cfg", .flags = OPTION_WHEN_GIVEN,
		.given_offset = offsetof(struct settings, keypad.sheet_given),
		FORM(value_is_given, "a path such as \"keypad.cfg\""),
		.help = "file that says what each code on the keypad means; absent: the built-in one"},
	{"keypad.stop_window", OPTION_INT, SETTING(keypad.stop_window_s), "10", RANGE(1, 60, "seconds"),
		.help = "after the confirm digit one key stops the alert for so long; then it leaves"},
	{"keypad.timeout", OPTION_INT, SETTING(keypad.timeout_s), "60", RANGE(5, 600, "seconds"),
		.help = "an order not finished is dropped when no key has come for so long"},
	{"keypad.speech", OPTION_PATH, SETTING(keypad.speech), "auto", .words = "auto|off",
		FORM(value_is_given, "\"auto\", \"off\" or a path"),
		.help = "\"auto\": espeak-ng where it is installed; \"off\"; or a program that takes its options"},
	{"keypad.volume", OPTION_INT, SETTING(keypad.volume), "80", RANGE(0, 100, "percent"),
		.help = "loudness of speech at the start; the keypad changes it"},
	{"keypad.beep", OPTION_WORD, SETTING(keypad.beep), "auto", .words = "auto|off|bell|audio",
		.help = "\"bell\": the console's; \"audio\": through aplay; \"auto\": audio where aplay is, else bell"},
	{"keypad.led", OPTION_STRING, SETTING(keypad.led), "",
		.help = "LED that shows what the keypad waits for, such as \"ACT\" of /sys/class/leds; empty: none"},
	{"keypad.console", OPTION_PATH, SETTING(keypad.console), "",
		.help = "text console that shows what is said, such as \"/dev/tty1\"; empty: none"},
};
/* clang-format on */
const size_t options_count = LENGTH(options_table);
