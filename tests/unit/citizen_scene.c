#include "tests/unit/citizen_scene.h"

#include "db/appointment.h"
#include "db/db_private.h"
#include "db/inbox.h"
#include "firmware-host/citizen.h"
#include "firmware-host/inbound.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

#define OFFICES                                                                                                              \
	"offices = ( { id = \"anagrafe\"; name = \"Anagrafe\"; hours = \"mon-fri 09:00-12:00\"; slot_minutes = 30; },"       \
	" { id = \"tecnico\"; name = \"Ufficio tecnico\"; hours = \"mon-fri 09:00-10:00\"; slot_minutes = 30; },"            \
	" { id = \"urp\"; name = \"Sportello del cittadino\"; hours = \"\"; } );\n"                                          \
	"zones = ( { id = \"centro\"; name = \"Centro\"; aliases = \"Capoluogo\"; }, { id = \"selva\"; name = \"Selva\"; }," \
	" { id = \"bagnolo\"; name = \"Bagnolo\"; } );\n"

static void must(struct folk *folk, int result)
{
	if (result < 0)
		fail_msg("%s", folk->box.err.text);
}

static void text_of(sqlite3_stmt *row, int column, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(row, column);

	snprintf(out, size, "%s", text ? (const char *)text : "");
}

/* What has been queued since it was last looked at. */
static void said_read(struct folk *folk)
{
	sqlite3_stmt *row = NULL;
	const char *sql =
		"SELECT m.id, o.channel, m.content, m.segments, coalesce(o.subscriber_id, 0), o.address, m.text"
		" FROM message m JOIN outbox o ON o.message_id = m.id WHERE m.kind = 4 AND m.id > ? ORDER BY m.id";

	folk->count = folk->marks = 0;
	assert_int_equal(sqlite3_prepare_v2(folk->box.other->sqlite, sql, -1, &row, NULL), SQLITE_OK);
	sqlite3_bind_int64(row, 1, folk->seen);
	while (sqlite3_step(row) == SQLITE_ROW) {
		folk->seen = sqlite3_column_int64(row, 0);
		if (sqlite3_column_int(row, 2) == BEARER_MARK_READ) {
			folk->marks++;
			continue;
		}
		assert_true(folk->count < FOLK_SAID_MAX);
		struct folk_said *said = &folk->said[folk->count++];
		said->channel = (enum outbox_channel)sqlite3_column_int(row, 1);
		said->content = sqlite3_column_int(row, 2);
		said->segments = sqlite3_column_int(row, 3);
		said->subscriber = sqlite3_column_int64(row, 4);
		text_of(row, 5, said->address, sizeof said->address);
		text_of(row, 6, said->text, sizeof said->text);
		memcpy(said->words, said->text, sizeof said->words);
		said->words[strcspn(said->words, BEARER_FIELD)] = '\0';
	}
	sqlite3_finalize(row);
}

static const char *first_said(struct folk *folk)
{
	said_read(folk);
	return folk->count > 0 ? folk->said[0].words : "";
}

void folk_open(struct folk *folk, const char *extra)
{
	char settings[4096];
	struct err err;

	memset(folk, 0, sizeof *folk);
	snprintf(settings, sizeof settings, "%s%s%s", OFFICES,
		strstr(extra, "appointments =") ? "" : "appointments = { holidays = false; };\n", extra);
	hub_box_open_wired(&folk->box, 1, 20, settings, "number = \"+393900000001\";");
	must(folk, texts_languages_read(
			   TESTS_DIR "/../config/texts.it.cfg", folk->box.hub->texts, &folk->languages, &err));
}

void folk_close(struct folk *folk)
{
	texts_languages_free(folk->languages);
	hub_box_close(&folk->box);
}

/* As inbound.c does it, without a PDU. */
const char *folk_sms(struct folk *folk, const char *from, const char *text)
{
	struct hub *hub = folk->box.hub;
	struct inbox_message message = {
		.at = folk->box.now, .kind = "sms", .answer = "none", .text = text, .text_length = (int)strlen(text)};
	struct citizen_from who = {.channel = OUTBOX_SMS,
		.address = from,
		.phone = "",
		.user = "",
		.name = "",
		.sent_at = folk->sent_at,
		.languages = folk->languages};

	snprintf(message.sender, sizeof message.sender, "%s", from);
	must(folk, db_begin(hub->db, &folk->box.err));
	must(folk, inbox_add(hub->db, &message, &who.inbox_id, &folk->box.err));
	must(folk, citizen_answer(hub, &who, text, folk->box.now, &folk->done, &folk->box.err));
	must(folk, db_commit(hub->db, &folk->box.err));
	return first_said(folk);
}

const char *folk_call(struct folk *folk, const char *from)
{
	struct hub *hub = folk->box.hub;
	struct citizen_from who = {.channel = OUTBOX_SMS, .address = from, .phone = "", .user = "", .name = ""};

	must(folk, db_begin(hub->db, &folk->box.err));
	must(folk, citizen_called(hub, &who, folk->box.now, &folk->done, &folk->box.err));
	must(folk, db_commit(hub->db, &folk->box.err));
	return first_said(folk);
}

const char *folk_event(struct folk *folk, const char *from, struct webhook_event event)
{
	struct hub *hub = folk->box.hub;
	static char done[32];
	sqlite3_stmt *row = NULL;

	event.type = WEBHOOK_MESSAGE;
	if (from[0] == '+') {
		snprintf(event.person.phone, sizeof event.person.phone, "%s", from);
		snprintf(event.person.user, sizeof event.person.user, "IT.%s", from + 1);
	} else {
		snprintf(event.person.user, sizeof event.person.user, "%s", from);
	}
	snprintf(event.person.name, sizeof event.person.name, "Anna B.");
	snprintf(event.id, sizeof event.id, "wamid.IN%d", ++folk->ids);
	must(folk, db_begin(hub->db, &folk->box.err));
	must(folk, inbound_whatsapp(hub, &event, folk->box.now, &folk->box.err));
	must(folk, db_commit(hub->db, &folk->box.err));
	assert_int_equal(sqlite3_prepare_v2(folk->box.other->sqlite,
				 "SELECT answer FROM inbox ORDER BY id DESC LIMIT 1", -1, &row, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	text_of(row, 0, done, sizeof done);
	sqlite3_finalize(row);
	folk->done = done;
	return first_said(folk);
}

const char *folk_wired(struct folk *folk, const char *from, const char *text)
{
	struct webhook_event event = {.content = WEBHOOK_TEXT};

	snprintf(event.text, sizeof event.text, "%s", text);
	return folk_event(folk, from, event);
}

const char *folk_tap(struct folk *folk, const char *from, const char *id, const char *title)
{
	struct webhook_event event = {.content = WEBHOOK_REPLY};

	snprintf(event.text, sizeof event.text, "%s", title);
	snprintf(event.choice, sizeof event.choice, "%s", id);
	return folk_event(folk, from, event);
}

const char *folk_choice(struct folk *folk, const char *title)
{
	static char id[128];

	for (int i = 0; i < folk->count; i++) {
		const char *field = strstr(folk->said[i].text, BEARER_FIELD);
		for (; field; field = strstr(field + 1, BEARER_FIELD)) {
			const char *part = strstr(field, BEARER_PART), *next = strstr(field + 1, BEARER_FIELD);
			if (!part || (next && part > next) || strncmp(part + 1, title, strlen(title)) != 0)
				continue;
			snprintf(id, sizeof id, "%.*s", (int)(part - field - 1), field + 1);
			return id;
		}
	}
	fail_msg("no \"%s\" in \"%s\"", title, folk->count > 0 ? folk->said[0].text : "");
	return "";
}

void folk_says(struct folk *folk, const char *beginning)
{
	const char *words = folk->count > 0 ? folk->said[0].words : "(nothing)";

	if (strncmp(words, beginning, strlen(beginning)) != 0)
		fail_msg("said: %s\nnot:  %s", words, beginning);
}

void folk_silent(struct folk *folk)
{
	if (folk->count > 0)
		fail_msg("said: %s", folk->said[0].words);
}

/* The caretaker comes every minute. */
static void time_passes(struct folk *folk, int minutes)
{
	struct db *db = folk->box.db;

	hub_box_pass(&folk->box, (int64_t)minutes * FOLK_MINUTE);
	must(folk, db_begin(db, &folk->box.err));
	must(folk, appointment_finish(db, folk->box.now, &folk->box.err));
	must(folk, db_commit(db, &folk->box.err));
}

static void restart(struct folk *folk)
{
	struct err err;

	texts_languages_free(folk->languages);
	hub_box_restart(&folk->box);
	must(folk, texts_languages_read(
			   TESTS_DIR "/../config/texts.it.cfg", folk->box.hub->texts, &folk->languages, &err));
}

static void line_play(struct folk *folk, const char *line)
{
	const char *rest = line + 2 + (line[1] == ':');

	if (strncmp(line, "s: ", 3) == 0)
		folk_sms(folk, ANNA, rest);
	else if (strncmp(line, "w: ", 3) == 0)
		folk_wired(folk, ANNA, rest);
	else if (strncmp(line, "b: ", 3) == 0)
		folk_sms(folk, BRUNO, rest);
	else if (strncmp(line, "h: ", 3) == 0)
		folk_wired(folk, HIDDEN_USER, rest);
	else if (strncmp(line, "t: ", 3) == 0)
		folk_tap(folk, ANNA, rest, "titolo");
	else if (line[0] == '+')
		time_passes(folk, atoi(line + 1));
	else if (strcmp(line, "restart") == 0)
		restart(folk);
	else if (strcmp(line, "> -") == 0)
		folk_silent(folk);
	else if (line[0] == '>')
		folk_says(folk, rest);
	else if (line[0] == '~')
		assert_non_null(strstr(folk->count > 0 ? folk->said[0].words : "", rest));
	else if (line[0] == '=')
		assert_string_equal(folk->done, rest);
	else
		fail_msg("what is \"%s\"?", line);
}

void folk_play(struct folk *folk, const char *const *lines, int count)
{
	for (int i = 0; i < count; i++) {
		print_message("    %s\n", lines[i]);
		line_play(folk, lines[i]);
	}
}

int64_t folk_value(struct folk *folk, const char *sql)
{
	return hub_box_value(&folk->box, sql);
}
