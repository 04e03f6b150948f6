#include "tests/unit/officer_scene.h"

#include "config/clock.h"
#include "db/audit.h"
#include "db/db_private.h"
#include "db/officer.h"
#include "firmware-host/officer_orders.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four at the top */
#include <cmocka.h>

enum { SETTLE_MS = 20000, ALONE = 70, PART = 67 };

static struct bearer_tell last_told[8];
static int last_count, serial;

static void must(struct hub_box *box, int result)
{
	if (result < 0)
		fail_msg("%s", box->err.text);
}

static void enroll(struct hub_box *box, const char *name, const char *phone, const char *pin, bool order)
{
	struct officer officer = {.may_order = order, .may_confirm = true};
	char hash[OFFICER_HASH_MAX];

	snprintf(officer.name, sizeof officer.name, "%s", name);
	snprintf(officer.phone, sizeof officer.phone, "%s", phone);
	assert_int_equal(officer_pin_hash(pin, hash), 0);
	must(box, officer_add(box->other, &officer, hash, box->now, &box->err));
}

void officer_scene_open(struct hub_box *box, bool wired, int modems, int people, const char *extra)
{
	if (wired)
		hub_box_open_wired(box, modems, 8, extra, "");
	else
		hub_box_open(box, modems, extra, "");
	must(box, db_begin(box->other, &box->err));
	enroll(box, "Mario Rossi", OFFICER_A, PIN_A, true);
	enroll(box, "Anna Bianchi", OFFICER_B, PIN_B, true);
	enroll(box, "Carla", OFFICER_C, PIN_C, false);
	must(box, db_commit(box->other, &box->err));
	if (people > 0)
		hub_box_people(box, people);
	hub_box_turn(box);
}

/* ---- an SMS as a modem gives it (23.040 §9.2.2.1), UCS-2 --------------------------------------------------------- */

static uint8_t swapped(int number)
{
	return (uint8_t)((number % 10) << 4 | number / 10);
}

static int address_write(uint8_t *out, const char *phone)
{
	int digits = (int)strlen(phone + 1), at = 0;

	out[at++] = (uint8_t)digits;
	out[at++] = 0x91;
	for (int i = 0; i < digits; i += 2) {
		int high = i + 1 < digits ? phone[2 + i] - '0' : 0xF;
		out[at++] = (uint8_t)(high << 4 | (phone[1 + i] - '0'));
	}
	return at;
}

static void part_write(
	struct bearer_tell *tell, const char *from, const uint16_t *units, int count, int part, int parts)
{
	uint8_t *out = tell->received.octets;
	int at = 0, header = parts > 1 ? 6 : 0;

	memset(tell, 0, sizeof *tell);
	tell->type = BEARER_TELL_RECEIVED;
	tell->token = (uint32_t)++serial;
	out[at++] = 0; /* no service centre */
	out[at++] = (uint8_t)(0x04 | (header ? 0x40 : 0));
	at += address_write(out + at, from);
	out[at++] = 0;
	out[at++] = 0x08;
	const int time[] = {26, 11, 21, serial / 3600 % 24, serial / 60 % 60, serial % 60};
	for (int i = 0; i < 6; i++)
		out[at++] = swapped(time[i]);
	out[at++] = 0;
	out[at++] = (uint8_t)(header + count * 2);
	if (header) {
		const uint8_t concat[] = {5, 0, 3, (uint8_t)(serial - part), (uint8_t)parts, (uint8_t)(part + 1)};
		memcpy(out + at, concat, sizeof concat);
		at += (int)sizeof concat;
	}
	for (int i = 0; i < count; i++) {
		out[at++] = (uint8_t)(units[i] >> 8);
		out[at++] = (uint8_t)units[i];
	}
	tell->received.length = (uint16_t)at;
}

static int units_of(const char *text, uint16_t *units)
{
	int count = 0;

	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		if (*at < 0x80)
			units[count++] = *at;
		else if ((*at & 0xE0) == 0xC0 && at[1])
			units[count++] = (uint16_t)((*at & 0x1F) << 6 | (at[1] & 0x3F)), at++;
	}
	return count;
}

void officer_scene_settle(struct hub_box *box)
{
	int64_t deadline = clock_mono_ms() + SETTLE_MS;
	struct officer_door *door = &box->hub->officers;

	hub_box_turn(box);
	for (;;) {
		struct pollfd fds[OFFICER_CHECKS_MAX];
		bool any = false;
		for (int i = 0; i < OFFICER_CHECKS_MAX; i++) {
			fds[i] = (struct pollfd){.fd = door->checks.at[i].fd, .events = POLLIN};
			any = any || fds[i].fd >= 0;
		}
		if (!any)
			break;
		assert_true(clock_mono_ms() < deadline);
		poll(fds, OFFICER_CHECKS_MAX, 1000);
		officer_orders_tick(box->hub, box->now);
		hub_box_turn(box);
	}
	door->sweep_mono = door->progress_mono = 0;
	officer_orders_tick(box->hub, box->now);
	hub_box_turn(box);
}

static void told_send(struct hub_box *box)
{
	int modem = box->wired ? 1 : 0;

	for (int i = 0; i < last_count; i++)
		assert_int_equal(bearer_tell_write(box->fds[modem], &last_told[i]), 0);
	officer_scene_settle(box);
}

void officer_scene_sms(struct hub_box *box, const char *from, const char *text)
{
	uint16_t units[1024];
	int count = units_of(text, units), parts = count <= ALONE ? 1 : (count + PART - 1) / PART;

	assert_true(parts <= 8);
	for (int i = 0; i < parts; i++) {
		int first = i * PART, length = parts == 1 ? count : count - first < PART ? count - first : PART;
		part_write(&last_told[i], from, units + first, length, i, parts);
	}
	last_count = parts;
	told_send(box);
}

void officer_scene_sms_again(struct hub_box *box)
{
	told_send(box);
}

void officer_scene_wire(struct hub_box *box, const char *phone, const char *user, const char *text)
{
	static int number;
	struct webhook_event event = {.type = WEBHOOK_MESSAGE, .content = WEBHOOK_TEXT, .at = box->now};

	snprintf(event.id, sizeof event.id, "wamid.in.%d", ++number);
	snprintf(event.person.phone, sizeof event.person.phone, "%s", phone);
	snprintf(event.person.user, sizeof event.person.user, "%s", user);
	snprintf(event.text, sizeof event.text, "%s", text);
	hub_box_tell(box, event);
	officer_scene_settle(box);
}

void officer_scene_pass(struct hub_box *box, int64_t ms)
{
	hub_box_pass(box, ms);
	officer_scene_settle(box);
}

/* ---- what came of it --------------------------------------------------------------------------------------------- */

static const char *text_of(struct hub_box *box, const char *sql, const char *phone)
{
	static char text[SCENE_TEXT_MAX];
	sqlite3_stmt *statement = NULL;

	assert_int_equal(sqlite3_prepare_v2(box->other->sqlite, sql, -1, &statement, NULL), SQLITE_OK);
	if (phone)
		sqlite3_bind_text(statement, 1, phone, -1, SQLITE_STATIC);
	text[0] = '\0';
	if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
		snprintf(text, sizeof text, "%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return text;
}

#define HEARD " FROM outbox o JOIN message m ON m.id = o.message_id WHERE m.kind = 4 AND o.address = ?"

const char *officer_scene_heard(struct hub_box *box, const char *phone)
{
	return text_of(box, "SELECT m.text" HEARD " ORDER BY o.id DESC LIMIT 1", phone);
}

int officer_scene_heard_count(struct hub_box *box, const char *phone)
{
	return atoi(text_of(box, "SELECT count(*)" HEARD, phone));
}

int officer_scene_heard_by(struct hub_box *box, const char *phone)
{
	const char *channel = text_of(box, "SELECT o.channel" HEARD " ORDER BY o.id DESC LIMIT 1", phone);

	return channel[0] ? atoi(channel) : -1;
}

const char *officer_scene_word(struct hub_box *box, int officer)
{
	char sql[128];

	snprintf(sql, sizeof sql,
		"SELECT word FROM officer_order WHERE officer_id = %d AND state IN (2, 3) ORDER BY id DESC LIMIT 1",
		officer);
	return text_of(box, sql, NULL);
}

int officer_scene_alerts(struct hub_box *box)
{
	return (int)hub_box_value(box, "SELECT count(*) FROM message WHERE kind <> 4");
}

bool officer_scene_files_hold(struct hub_box *box, const char *octets)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	bool found = false;

	for (size_t i = 0; i < sizeof ends / sizeof *ends && !found; i++) {
		char path[128];
		snprintf(path, sizeof path, "%s%s", box->database, ends[i]);
		FILE *file = fopen(path, "rb");
		if (!file)
			continue;
		fseek(file, 0, SEEK_END);
		size_t size = (size_t)ftell(file);
		rewind(file);
		char *all = malloc(size + 1);
		assert_non_null(all);
		size = fread(all, 1, size, file);
		found = memmem(all, size, octets, strlen(octets)) != NULL;
		free(all);
		fclose(file);
	}
	return found;
}

void officer_scene_deliver_all(struct hub_box *box)
{
	struct bearer_ask ask;

	for (bool any = true; any;) {
		any = false;
		for (int i = 0; i < box->bearers; i++) {
			while (hub_box_asked(box, i, &ask)) {
				any = true;
				if (ask.type == BEARER_ASK_SEND)
					hub_box_answer(box, i, &ask, BEARER_ACCEPTED);
			}
		}
		hub_box_turn(box);
		box->hub->look = true;
		hub_box_turn(box);
	}
}
