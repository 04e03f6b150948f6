#include "firmware-host/console/routes.h"

#include "firmware-host/console/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE	  "after: count, limit: count, search: word"
#define ITEMS	  "items!: list"
#define PAGED	  "items!: list, total!: count, next!: count?"
#define TEMPLATED "template: word, set: words, brief: flag"
#define WORDS \
	"text: text, hazard: word, phase: attention|prealarm|alarm, zones: words, until: word, keep_characters: flag"
#define SESSION \
	"logged_in!: flag, setup_needed!: flag, comune!: word, service!: word, idle_s!: count, operator: object, csrf: word"
#define ANY_ORDER                                                                                                      \
	"kind: alert|clear|news, colour: yellow|orange|red|none, topic: word, about: count, update: count, at: word, " \
	"exercise: flag, code: word, " WORDS ", " TEMPLATED
#define REPORT                                                                                                   \
	"id!: count, state!: new|assigned|answered|closed, from!: word, channel!: sms|whatsapp, office!: word, " \
	"created!: word, last!: word, answered!: word?, closed!: word?, duplicate_of!: count?, count!: count, "  \
	"text!: text, items!: list, history!: list, duplicates!: list"
#define APPOINTMENT                                                                                                 \
	"id!: count, state!: offered|booked|confirmed|moved|declined|cancelled|done, office!: word, start!: word, " \
	"minutes!: count, from!: word, channel!: sms|whatsapp, name!: word, note!: text, created!: word, "          \
	"reminded!: word?, told: flag"
#define PERSON                                                                                                   \
	"phone!: word, name!: word, channel!: auto|sms|whatsapp, zone!: word, topics!: words, language!: word, " \
	"state!: active|left, joined!: word?, left!: word?, id!: count, whatsapp!: word, consents!: list"
#define FIGURES                                                                                           \
	"from!: date, to!: date, alerts!: object, exercises!: object, news!: object, citizens!: object, " \
	"reports!: object, appointments!: object, days!: list"
#define KEPT	     "id!: count, recipients!: count"
#define CSV	     "text/csv"
#define PERIOD	     "from: date, to: date"
#define APPOINTMENTS "from: word, to: word, office: word, all: flag"

/* clang-format off: a table */
const struct route routes[] = {
	/* ---- who ---- */
	{"GET", "/api/session", FOR_NOBODY_YET, "", "", SESSION,
		"Who is logged in, and the token that the header X-CSRF-Token of every other method than GET must hold.",
		api_session},
	{"POST", "/api/setup", FOR_NOBODY_YET, "", "code!: secret, name!: word, password!: secret", SESSION,
		"Makes the first operator, a technician, by the one-time code that `banditore status` prints.",
		api_setup},
	{"POST", "/api/login", FOR_NOBODY_YET, "", "name!: word, password!: secret, totp: secret", SESSION,
		"Begins a session; answers 401 with the code \"totp\" where a second factor is asked for and missing.",
		api_login},
	{"POST", "/api/logout", FOR_ALL, "", "", SESSION, "Ends the session.", api_logout},
	{"POST", "/api/password", FOR_ALL, "", "current!: secret, password!: secret", SESSION,
		"Gives the operator another password, ends all their sessions and begins a new one.", api_password},
	{"GET", "/api/operators", FOR_TECHNICIAN | FOR_READER, "", "", ITEMS, "Who may use the console.",
		api_operators},
	{"POST", "/api/operators", FOR_TECHNICIAN, "",
		"name!: word, role!: clerk|officer|technician|reader, password!: secret", "id!: count",
		"Adds an operator.", api_operator_add},
	{"DELETE", "/api/operators/{id}", FOR_TECHNICIAN, "", "", "id!: count",
		"Removes an operator and ends their sessions.", api_operator_remove},

	/* ---- how the box is and what it is set to ---- */
	{"GET", "/api/status", FOR_ALL, "", "",
		"can_alert!: flag, why!: text, version!: word, clock!: object, modems!: list, whatsapp!: object, queue!: object?, "
		"disk_free_mib!: number, subscribers!: object?, console!: object",
		"Can the box alert now, and why not; modems, link, queue, clock, disk.", api_status},
	{"GET", "/api/comune", FOR_ALL, "", "",
		"name!: word, service!: word, mode!: one-way|two-way, contacts!: word, privacy_url!: word, timezone!: word, "
		"whatsapp!: flag, two_officers!: flag, segments_max!: count, topics!: list, zones!: list, offices!: list, "
		"closures!: object",
		"The comune with its topics, zones, offices and closures.", api_comune},
	{"GET", "/api/settings", FOR_TECHNICIAN | FOR_READER, "", "", "text!: text",
		"The effective configuration as a configuration file, secrets masked.", api_settings},
	{"GET", "/api/templates", FOR_ALL, "", "", "items!: list, asked!: word?",
		"How the WhatsApp templates stood when Meta was last asked.", api_templates},
	{"GET", "/api/officers", FOR_OFFICER | FOR_TECHNICIAN | FOR_READER, "", "", ITEMS,
		"Who may order alerts at the keypad and by SMS.", api_officers},
	{"GET", "/api/openapi.json", FOR_NOBODY_YET, "", "",
		"openapi!: word, info!: object, paths!: object, components!: object", "This description.", api_openapi},
	{"GET", "/metrics", FOR_NOBODY_YET, "", "", "text/plain",
		"The status as Prometheus reads it; 404 unless console.metrics is on.", api_metrics},

	/* ---- orders ---- */
	{"GET", "/api/order-templates", FOR_STAFF, "kind: alert|clear", "", "templates!: list, hazards!: list",
		"Templates of alerts or all-clears with the fields that `set` takes as \"name=value\", and the hazards.",
		api_order_templates},
	{"POST", "/api/preview", FOR_STAFF, "", ANY_ORDER,
		"kind!: word, text!: text, alphabet!: gsm7|ucs2, parts!: count, units!: count, room!: count, rewritten!: object, "
		"recipients!: object, segments!: count, sim_budget!: object, whatsapp!: object?, cost!: object, modems!: count, "
		"seconds!: count, time!: object",
		"What an order would do; sends nothing.", api_preview},
	{"POST", "/api/test", FOR_STAFF, "", "phone!: word, " ANY_ORDER, "id!: count, text!: text",
		"Sends the order's text to one telephone by SMS; an alert's as an exercise.", api_test},
	{"POST", "/api/alerts", FOR_OFFICER, "",
		"colour: yellow|orange|red|none, exercise: flag, update: count, code: word, second_pin: secret, key: word, " WORDS
		", " TEMPLATED,
		KEPT,
		"Keeps an alert, which leaves at once: in its own words, by a template, by a code of the sheet, or as an update. "
		"Where alert.two_officers is set a red one needs a second officer's PIN. The same key from the same operator is kept "
		"once.",
		api_alert},
	{"POST", "/api/news", FOR_STAFF, "",
		"topic!: word, text!: text, zones: words, at: word, until: word, keep_characters: flag, key: word",
		KEPT, "Keeps a piece of news.", api_news},
	{"POST", "/api/messages/{id}/clear", FOR_OFFICER, "",
		"text: text, keep_characters: flag, key: word, " TEMPLATED, KEPT,
		"The all-clear to exactly those the alert was for.", api_clear},
	{"POST", "/api/messages/{id}/cancel", FOR_STAFF, "", "", "id!: count, withdrawn!: count",
		"Withdraws what is still queued; of alerts and all-clears an officer alone.", api_cancel},

	/* ---- messages ---- */
	{"GET", "/api/messages", FOR_ALL, PAGE ", kind: alert|clear|news|reply", "", PAGED,
		"Messages, the newest first.", api_messages},
	{"GET", "/api/messages/{id}", FOR_ALL, "", "",
		"id!: count, kind!: word, colour!: word?, exercise!: flag, state!: scheduled|sending|done|cancelled|expired, "
		"created!: word, at!: word?, expires!: word?, text!: text, parts!: count, about!: count?, recipients!: count, "
		"reached!: count, unreached!: count, sms!: object, whatsapp!: object, segments_sent!: count, eta!: word?",
		"One message's figures.", api_message},
	{"GET", "/api/messages/{id}/events", FOR_ALL, "", "", "text/event-stream",
		"The same as they change: events \"figures\", then \"done\" or \"end\".", api_events},
	{"GET", "/api/messages/{id}/curve", FOR_ALL, "", "", "step_s!: count, recipients!: count, points!: list",
		"Points [step, channel, people]: how many were reached in each step since the message was due.",
		api_curve},
	{"GET", "/api/messages/{id}/recipients", FOR_CITIZENS_DATA, PAGE ", reached: flag", "", PAGED,
		"Who it is for, how each stands and why.", api_recipients},
	{"GET", "/api/messages/{id}/recipients.csv", FOR_CITIZENS_DATA, "", "", CSV,
		"The same as a list for a spreadsheet.", api_recipients_csv},

	/* ---- subscribers ---- */
	{"GET", "/api/subscribers", FOR_CITIZENS_DATA, PAGE ", zone: word, state: active|left|all", "", PAGED,
		"People who asked to be told, in order of joining.", api_subscribers},
	{"GET", "/api/subscribers.csv", FOR_STAFF, "", "", CSV, "All of them, as an import takes them back.",
		api_subscribers_csv},
	{"GET", "/api/subscribers/{id}", FOR_CITIZENS_DATA, "", "", PERSON, "One person and the consent ledger.",
		api_subscriber},
	{"GET", "/api/subscribers/{id}/story", FOR_CITIZENS_DATA, "", "",
		PERSON ", sent!: list, wrote!: list, reports!: list, appointments!: list",
		"All that is kept of one person; the newest 200 of each kind.", api_subscriber_story},
	{"POST", "/api/subscribers", FOR_STAFF, "",
		"phone!: word, name: word, zone: word, topics: words, channel: auto|sms|whatsapp, language: word, note!: word",
		"id!: count, phone!: word, was!: new|left|active",
		"Adds a person who asked to be told, or changes what is given; note: how the consent was given.",
		api_subscriber_add},
	{"POST", "/api/subscribers/import", FOR_STAFF, "dry_run: flag, skip_bad: flag, rejoin: flag", CSV,
		"imported!: flag, lines!: count, added!: count, updated!: count, unchanged!: count, rejoined!: count, left!: count, "
		"bad!: list",
		"Checks a list and imports it, unless a line is bad or dry_run is set; bad: {line, why}.", api_import},
	{"POST", "/api/subscribers/{id}/leave", FOR_STAFF, "", "", "id!: count, withdrawn!: count",
		"The person leaves; what is queued is withdrawn.", api_subscriber_leave},
	{"DELETE", "/api/subscribers/{id}", FOR_STAFF, "", "", "id!: count, at_once!: flag",
		"Erases the person (GDPR art. 17), keeping only proof.", api_subscriber_erase},

	/* ---- what citizens write ---- */
	{"GET", "/api/inbox", FOR_CITIZENS_DATA, PAGE ", from: word", "", PAGED, "What arrived, the newest first.",
		api_inbox},
	{"GET", "/api/inbox/{id}", FOR_CITIZENS_DATA, "", "",
		"id!: count, at!: word, sent!: word?, kind!: word, bearer!: word, from!: word, answer!: word, text!: text, raw!: text?, "
		"detail!: object?",
		"One thing that arrived.", api_inbox_one},
	{"GET", "/api/reports", FOR_CITIZENS_DATA,
		PAGE ", state: open|all|new|assigned|answered|closed, office: word, folded: flag", "", PAGED,
		"Reports, the newest first; those still open unless a state is given.", api_reports},
	{"GET", "/api/reports.csv", FOR_CITIZENS_DATA, "state: open|all|new|assigned|answered|closed", "", CSV,
		"The same with all their texts.", api_reports_csv},
	{"GET", "/api/reports/{id}", FOR_CITIZENS_DATA, "", "", REPORT, "One report with its items and history.",
		api_report},
	{"POST", "/api/reports/{id}/assign", FOR_STAFF, "", "office!: word", REPORT, "Gives it to an office.",
		api_report_assign},
	{"POST", "/api/reports/{id}/reply", FOR_STAFF, "", "text!: text", REPORT,
		"Answers its sender, and those whose reports were folded into it.", api_report_reply},
	{"POST", "/api/reports/{id}/close", FOR_STAFF, "", "text: text", REPORT, "Closes it; a text is its last reply.",
		api_report_close},
	{"POST", "/api/reports/{id}/fold", FOR_STAFF, "", "into!: count", REPORT,
		"Closes it as a duplicate of the report `into`.", api_report_fold},
	{"GET", "/api/reports/{id}/media/{item}", FOR_CITIZENS_DATA, "", "", "application/octet-stream",
		"A photo, recording or document of an item; the type is one of a short list.", api_media},

	/* ---- appointments ---- */
	{"GET", "/api/appointments", FOR_CITIZENS_DATA, APPOINTMENTS, "", ITEMS,
		"Appointments in order of time, from today on unless told; at most 2,000.", api_appointments},
	{"GET", "/api/appointments.ics", FOR_CITIZENS_DATA, APPOINTMENTS, "", "text/calendar",
		"The same as a calendar.", api_calendar},
	{"GET", "/api/appointments/{id}", FOR_CITIZENS_DATA, "", "", APPOINTMENT, "One appointment.", api_appointment},
	{"GET", "/api/offices/{word}/slots", FOR_STAFF, "from: word, days: count", "", "items!: list, minutes!: count",
		"An office's free times; of 7 days unless told, of 42 at most.", api_slots},
	{"POST", "/api/appointments", FOR_STAFF, "",
		"office!: word, start!: word, phone!: word, name: word, note: word, anyway: flag", APPOINTMENT,
		"One made at the counter or by telephone: confirmed at once, and the person is told.",
		api_appointment_add},
	{"POST", "/api/appointments/{id}/confirm", FOR_STAFF, "", "text: text", APPOINTMENT,
		"Confirms it and tells the person.", api_appointment_confirm},
	{"POST", "/api/appointments/{id}/move", FOR_STAFF, "", "start!: word, text: text, anyway: flag", APPOINTMENT,
		"Moves it and tells the person; anyway: also to a time that is none of the office's.",
		api_appointment_move},
	{"POST", "/api/appointments/{id}/decline", FOR_STAFF, "", "text: text", APPOINTMENT,
		"Calls it off and tells the person.", api_appointment_decline},

	/* ---- figures, audit ---- */
	{"GET", "/api/stats", FOR_ALL, PERIOD, "", FIGURES,
		"The figures of a pilot phase; the last 30 days unless told.", api_stats},
	{"GET", "/api/stats.csv", FOR_ALL, PERIOD, "", CSV, "The same for a spreadsheet.", api_stats_csv},
	{"GET", "/api/audit", FOR_OFFICER | FOR_TECHNICIAN | FOR_READER, PAGE, "", "items!: list, next!: count?",
		"Who ordered what, the newest first.", api_audit},
	{"GET", "/api/audit/verify", FOR_OFFICER | FOR_TECHNICIAN | FOR_READER, "", "",
		"intact!: flag, rows!: count, before_chain!: count, head!: word, broken!: count?, why!: word?",
		"Walks the audit trail's chain of hashes.", api_audit_verify},
};
/* clang-format on */
const size_t routes_count = sizeof routes / sizeof *routes;

bool route_takes_csv(const struct route *route)
{
	return strcmp(route->body, CSV) == 0;
}

size_t route_body_max(const struct route *route)
{
	return route_takes_csv(route) ? ROUTE_CSV_MAX : ROUTE_BODY_MAX;
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

static const char word_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/* Takes one parameter's value off the path. */
static bool part_take(const char **path, const char *name, struct route_match *match)
{
	const char *from = *path;
	char *end;

	if (strncmp(name, "{word}", 6) == 0) {
		size_t length = strspn(from, word_letters);
		if (length == 0 || length >= sizeof match->word)
			return false;
		memcpy(match->word, from, length);
		match->word[length] = '\0';
		*path = from + length;
		return true;
	}
	size_t digits = strspn(from, "0123456789");
	if (digits == 0 || digits > 18)
		return false;
	*(strncmp(name, "{id}", 4) == 0 ? &match->id : &match->item) = (int64_t)strtoll(from, &end, 10);
	*path = end;
	return true;
}

static bool path_fits(const struct route *route, const char *path, struct route_match *match)
{
	for (const char *at = route->path; *at;) {
		if (*at == '{') {
			if (!part_take(&path, at, match))
				return false;
			at = strchr(at, '}') + 1;
		} else if (*at++ != *path++) {
			return false;
		}
	}
	return *path == '\0';
}

void route_find(const char *method, const char *path, struct route_match *ret)
{
	struct route_match found = {.route = NULL};
	size_t used = 0;

	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	*ret = found;
	for (size_t i = 0; i < routes_count; i++) {
		struct route_match match = {.route = &routes[i]};
		if (!path_fits(&routes[i], path, &match))
			continue;
		if (strcmp(routes[i].method, method) == 0) {
			*ret = match;
			return;
		}
		used += (size_t)snprintf(
			found.allow + used, sizeof found.allow - used, "%s%s", used ? ", " : "", routes[i].method);
	}
	*ret = found;
}
