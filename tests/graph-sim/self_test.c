#include "tests/graph-sim/self_test.h"

#include "tests/graph-sim/faults.h"
#include "tests/graph-sim/hook.h"
#include "tests/graph-sim/journal.h"
#include "tests/graph-sim/knobs.h"
#include "tests/graph-sim/people.h"
#include "tests/graph-sim/send.h"
#include "tests/graph-sim/templates.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	unsigned passed, failed;
};

static void check(struct tally *tally, const char *what, bool good)
{
	if (good) {
		tally->passed++;
		return;
	}
	tally->failed++;
	printf("failed: %s\n", what);
}

static void check_text(struct tally *tally, const char *what, const char *got, const char *wanted)
{
	check(tally, what, strcmp(got, wanted) == 0);
	if (strcmp(got, wanted) != 0)
		printf("  got    %s\n  wanted %s\n", got, wanted);
}

/* Computed by others; the second is what the platform makes of accents, an emoji and a slash. */
static void test_signature(struct tally *t)
{
	static const struct {
		const char *body, *hex;
	} rows[] = {
		{"{\"object\":\"whatsapp_business_account\",\"entry\":[]}",
			"dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"},
		{"{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"value\":{"
		 "\"messaging_product\":"
		 "\"whatsapp\",\"messages\":[{\"from\":\"393331234567\",\"id\":\"wamid.A\",\"timestamp\":"
		 "\"1760000000\",\"type\":"
		 "\"text\",\"text\":{\"body\":\"Perch\\u00e9 no? \\ud83d\\udea7 "
		 "a\\/b\"}}]},\"field\":\"messages\"}]}]}",
			"52d56c8202ed6ca1e1e7bafdde5c40c84ad7c5a322ea83c98c36a5b4c4e36338"},
	};
	char hex[65];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		hook_sign("test_app_secret", rows[i].body, strlen(rows[i].body), hex);
		check_text(t, "signature", hex, rows[i].hex);
	}
	char *escaped = hook_escape(json_string("Perché no? 🚧 a/b \\u00E8"));
	check_text(t, "escaped", escaped, "\"Perch\\u00e9 no? \\ud83d\\udea7 a\\/b \\\\u00E8\"");
	free(escaped);
}

static void test_wamid(struct tally *t, struct sim *sim)
{
	char wamid[WAMID_MAX];

	wamid_write(wamid, person_of(sim, "393331234567"), false, 4711);
	check(t, "wamid begins as the real ones", strncmp(wamid, "wamid.HBgMMzkzMzMxMjM0NTY3", 26) == 0);
	check(t, "wamid knows its number", wamid_number(wamid, false) == 4711);
	check(t, "an outgoing wamid is no incoming one", wamid_number(wamid, true) == 0);
	check(t, "no wamid", wamid_number("wamid.HBgM", false) == 0 && wamid_number("x", false) == 0);
	check(t, "BSUIDs",
		is_bsuid("IT.13491208655302741918") && is_bsuid("IT.ENT.1349") && !is_bsuid("IT.") &&
			!is_bsuid("it.1") && !is_bsuid("+39333"));
}

static const char alert_template[] =
	"{\"name\":\"allerta_meteo_v1\",\"language\":\"it\",\"category\":\"UTILITY\",\"parameter_format\":"
	"\"positional\","
	"\"message_send_ttl_seconds\":3600,\"components\":["
	"{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\"Allerta "
	"{{1}}\",\"example\":{\"header_text\":[\"Arancione\"]}},"
	"{\"type\":\"BODY\",\"text\":\"Il Comune avvisa: {{1}}, dalle ore {{2}} di oggi. Restare informati.\","
	"\"example\":{\"body_text\":[[\"Temporali forti\",\"18:00\"]]}},"
	"{\"type\":\"FOOTER\",\"text\":\"Rispondi STOP per non ricevere più avvisi\"},"
	"{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\",\"text\":\"Stop avvisi\"},"
	"{\"type\":\"URL\",\"text\":\"Dettagli\",\"url\":\"https://comune.example/{{1}}\",\"example\":[\"a/1\"]}]}]}";

/* A template with one BODY and more members. */
#define BODY_ONLY(name, text, more)                                                                           \
	"{\"name\":\"" name                                                                                   \
	"\",\"language\":\"it\",\"category\":\"UTILITY\",\"components\":[{\"type\":\"BODY\",\"text\":\"" text \
	"\"" more "}]}"

static void test_creation(struct tally *t)
{
	static const struct {
		const char *what, *body;
		const char *subcode; /* NULL: good; empty: an error without one */
	} rows[] = {
		{"as documented", alert_template, NULL},
		{"no variables", BODY_ONLY("prova", "Prova di allerta.", ""), NULL},
		{"capital name", BODY_ONLY("Prova", "Prova.", ""), ""},
		{"variable at the end",
			BODY_ONLY("p", "Il Comune avvisa tutti {{1}}", ",\"example\":{\"body_text\":[[\"x\"]]}"),
			"2388299"},
		{"side by side",
			BODY_ONLY("p", "Il Comune avvisa {{1}}{{2}} tutti oggi.",
				",\"example\":{\"body_text\":[[\"x\",\"y\"]]}"),
			"2388072"},
		{"out of order",
			BODY_ONLY("p", "Il Comune avvisa {{2}} tutti oggi.", ",\"example\":{\"body_text\":[[\"x\"]]}"),
			"2388072"},
		{"without example", BODY_ONLY("p", "Il Comune avvisa {{1}} tutti oggi.", ""), "2388072"},
		{"too many",
			BODY_ONLY("p", "Avviso {{1}} e {{2}} di {{3}} qui.",
				",\"example\":{\"body_text\":[[\"x\",\"y\",\"z\"]]}"),
			"2388293"},
		{"unknown member",
			"{\"name\":\"p\",\"language\":\"it\",\"category\":\"UTILITY\",\"components\":[{\"type\":"
			"\"BODY\",\"text\":\"x y\"}],\"colour\":1}",
			""},
		{"no body",
			"{\"name\":\"p\",\"language\":\"it\",\"category\":\"UTILITY\",\"components\":[{\"type\":"
			"\"FOOTER\",\"text\":\"x\"}]}",
			""},
		{"bad category",
			"{\"name\":\"p\",\"language\":\"it\",\"category\":\"ALERT\",\"components\":[{\"type\":\"BODY\","
			"\"text\":\"x y\"}]}",
			""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *body = json_loads(rows[i].body, 0, NULL);
		struct reply reply = {.code = -1};
		bool good = template_check(body, &reply);
		check(t, rows[i].what,
			rows[i].subcode == NULL ? good : !good && strstr(reply.body, rows[i].subcode) != NULL);
		free(reply.body);
		json_decref(body);
	}
}

#define TO	   "{\"messaging_product\":\"whatsapp\",\"to\":\"+393331234567\","
#define TEXT(text) TO "\"type\":\"text\",\"text\":{\"body\":\"" text "\"}}"
#define ALERT(body)                                                                                            \
	TO "\"type\":\"template\",\"template\":{\"name\":\"allerta_meteo_v1\",\"language\":{\"code\":\"it\"}," \
	   "\"components\":[" body "]}}"
#define HEADER "{\"type\":\"header\",\"parameters\":[{\"type\":\"text\",\"text\":\"Arancione\"}]},"
#define BODY(a, b)                                                                                                   \
	"{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"" a "\"},{\"type\":\"text\",\"text\":\"" b \
	"\"}]}"
#define URL                                                                                                           \
	",{\"type\":\"button\",\"sub_type\":\"url\",\"index\":\"1\",\"parameters\":[{\"type\":\"text\",\"text\":\"a/" \
	"1\"}]}"
#define BUTTONS(list)                                                                                                  \
	TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"body\":{\"text\":\"Viene?\"},\"action\":{" \
	   "\"buttons\":[" list "]}}}"
#define BUTTON(id, title) "{\"type\":\"reply\",\"reply\":{\"id\":\"" id "\",\"title\":\"" title "\"}}"

static const struct {
	const char *what, *body;
	int code; /* -1: accepted */
} sends[] = {
	{"text", TEXT("Buongiorno"), -1},
	{"empty text", TEXT(""), 100},
	{"no product", "{\"to\":\"+393331234567\",\"text\":{\"body\":\"x\"}}", 100},
	{"nobody", "{\"messaging_product\":\"whatsapp\",\"text\":{\"body\":\"x\"}}", 100},
	{"no number", "{\"messaging_product\":\"whatsapp\",\"to\":\"sindaco\",\"text\":{\"body\":\"x\"}}", 131009},
	{"oneself", "{\"messaging_product\":\"whatsapp\",\"to\":\"+390564000000\",\"text\":{\"body\":\"x\"}}", 131021},
	{"unknown member", TO "\"text\":{\"body\":\"x\"},\"colour\":\"red\"}", 100},
	{"unknown member inside", TO "\"text\":{\"body\":\"x\",\"bold\":true}}", 100},
	{"unknown type", TO "\"type\":\"hologram\"}", 131051},
	{"type without its object", TO "\"type\":\"image\"}", 100},
	{"unknown media", TO "\"type\":\"image\",\"image\":{\"id\":\"1\"}}", 100},
	{"media by link", TO "\"type\":\"image\",\"image\":{\"link\":\"https://comune.example/a.png\"}}", -1},
	{"location",
		TO
		"\"type\":\"location\",\"location\":{\"latitude\":\"44.1\",\"longitude\":7.2,\"name\":\"Palestra\"}}",
		-1},
	{"buttons", BUTTONS(BUTTON("si", "Sì") "," BUTTON("no", "No")), -1},
	{"buttons alike", BUTTONS(BUTTON("si", "Sì") "," BUTTON("no", "Sì")), 131009},
	{"four buttons", BUTTONS(BUTTON("1", "1") "," BUTTON("2", "2") "," BUTTON("3", "3") "," BUTTON("4", "4")),
		131009},
	{"long title", BUTTONS(BUTTON("1", "ventuno caratteri qui")), 131009},
	{"template", ALERT(HEADER BODY("Temporali forti", "18:00") URL), -1},
	{"no such template",
		TO "\"type\":\"template\",\"template\":{\"name\":\"altro\",\"language\":{\"code\":\"it\"}}}", 132001},
	{"no such language",
		TO "\"type\":\"template\",\"template\":{\"name\":\"allerta_meteo_v1\",\"language\":{\"code\":\"de\"}}}",
		132001},
	{"no parameters", ALERT(""), 132000},
	{"header missing", ALERT(BODY("a", "b") URL), 132000},
	{"new line", ALERT(HEADER BODY("Temporali\\nforti", "18:00") URL), 132018},
	{"tab", ALERT(HEADER BODY("Temporali\\tforti", "18:00") URL), 132018},
	{"five spaces", ALERT(HEADER BODY("Temporali     forti", "18:00") URL), 132018},
	{"four spaces", ALERT(HEADER BODY("Temporali    forti", "18:00") URL), -1},
	{"empty value", ALERT(HEADER BODY("", "18:00") URL), 131008},
	{"button's parameter missing", ALERT(HEADER BODY("a", "b")), 131008},
	{"user id", "{\"messaging_product\":\"whatsapp\",\"recipient\":\"IT.1349\",\"text\":{\"body\":\"x\"}}", 131047},
	{"read", "{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.X\"}", 131009},
};

static void send_one(struct tally *t, struct sim *sim, const char *what, const char *body, int code)
{
	json_t *json = json_loads(body, 0, NULL);
	struct reply reply = send_request(sim, json);

	check(t, what, json != NULL && reply.code == code && (reply.message != 0) == (code == -1));
	if (reply.code != code)
		printf("  got %s\n", reply.body);
	free(reply.body);
	json_decref(json);
}

static void test_sends(struct tally *t, struct sim *sim)
{
	json_t *body = json_loads(alert_template, 0, NULL);
	struct reply created = templates_create(sim, body);

	free(created.body);
	json_decref(body);
	send_one(t, sim, "not yet approved", ALERT(HEADER BODY("a", "b") URL), 132001);
	text_copy(sim->templates->status, sizeof sim->templates->status, "PAUSED");
	send_one(t, sim, "paused", ALERT(HEADER BODY("a", "b") URL), 132015);
	text_copy(sim->templates->status, sizeof sim->templates->status, "APPROVED");
	send_one(t, sim, "text outside the window", TEXT("Buongiorno"), 131047);
	person_of(sim, "393331234567")->window_end_us = INT64_MAX;
	for (size_t i = 0; i < sizeof sends / sizeof sends[0]; i++)
		send_one(t, sim, sends[i].what, sends[i].body, sends[i].code);
	const struct message *last = journal_message(&sim->journal, (uint32_t)sim->journal.accepted);
	check(t, "the finished text is kept",
		last != NULL &&
			strstr(last->about, "Il Comune avvisa: Temporali    forti, dalle ore 18:00 di oggi.") != NULL);
	send_one(t, sim, "without + the country code comes first",
		"{\"messaging_product\":\"whatsapp\",\"to\":\"3331234567\",\"text\":{\"body\":\"x\"}}", -1);
	last = journal_message(&sim->journal, (uint32_t)sim->journal.accepted);
	check_text(t, "to the same person", last == NULL ? "" : last->person->phone, "393331234567");
}

static void test_limits(struct tally *t, struct sim *sim)
{
	struct person *person = person_of(sim, "393330000001");
	unsigned allowed = 0;

	sim->knobs.rate = 80;
	sim->rate_us = sim->timers.now_us = 1000000000;
	sim->rate_tokens = 80;
	for (int i = 0; i < 200; i++)
		allowed += limits_refuse(sim, person, true) == 0;
	check(t, "80 a second", allowed == 80);
	sim->timers.now_us += 500000;
	for (int i = 0; i < 200; i++)
		allowed += limits_refuse(sim, person, true) == 0;
	check(t, "40 more in half a second", allowed == 120);
	sim->knobs.rate = 0;
	sim->knobs.pair = 6000;
	allowed = 0;
	for (int i = 0; i < 100; i++)
		allowed += limits_refuse(sim, person, true) == 0;
	check(t, "45 at once to one person", allowed == 45 && limits_refuse(sim, person, true) == 131056);
	sim->timers.now_us += 6000000;
	check(t, "then one in six seconds",
		limits_refuse(sim, person, true) == 0 && limits_refuse(sim, person, true) == 131056);
	sim->knobs.pair = 0;
	sim->knobs.tier = 2;
	check(t, "two people a day",
		limits_refuse(sim, person, false) == 0 &&
			limits_refuse(sim, person_of(sim, "393330000002"), false) == 0 &&
			limits_refuse(sim, person_of(sim, "393330000003"), false) == 131048 &&
			limits_refuse(sim, person, false) == 0 &&
			limits_refuse(sim, person_of(sim, "393330000003"), true) == 0);
	sim->timers.now_us += (int64_t)DAY_S * 1000000 + 1;
	check(t, "and others the next", limits_refuse(sim, person_of(sim, "393330000003"), false) == 0);
}

static void test_faults(struct tally *t, struct sim *sim)
{
	struct fault rule = {.scope = {.prefix = "39333", .left = 2}, .code = 1},
		     longer = {.scope = {.prefix = "+3933399", .left = -1}, .code = 2}, got;
	const struct person *near = person_of(sim, "393330000001"), *far = person_of(sim, "393339900001"),
			    *other = person_of(sim, "393400000001");

	fault_add(&sim->faults, FAULT_FAIL, &rule);
	fault_add(&sim->faults, FAULT_FAIL, &longer);
	check(t, "the longest prefix wins", fault_take(&sim->faults, FAULT_FAIL, far, NULL, &got) && got.code == 2);
	check(t, "others are spared", !fault_take(&sim->faults, FAULT_FAIL, other, NULL, &got));
	check(t, "twice",
		fault_take(&sim->faults, FAULT_FAIL, near, NULL, &got) &&
			fault_take(&sim->faults, FAULT_FAIL, near, NULL, &got));
	check(t, "and no more", !fault_take(&sim->faults, FAULT_FAIL, near, NULL, &got));
}

int self_test(void)
{
	struct tally tally = {0, 0};
	struct sim *sim = must(calloc(1, sizeof *sim));

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	knobs_defaults(&sim->knobs);
	sim->knobs.window = WINDOW_REFUSE;
	sim->random = 1;
	sim->timers.now_us = mono_us();
	journal_init(&sim->journal, NULL);
	test_signature(&tally);
	test_wamid(&tally, sim);
	test_creation(&tally);
	test_sends(&tally, sim);
	test_limits(&tally, sim);
	test_faults(&tally, sim);
	timers_forget(&sim->timers, true);
	journal_finish(&sim->journal);
	templates_forget(sim);
	people_forget(sim);
	free(sim);
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	return tally.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
