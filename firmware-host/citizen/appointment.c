/* Appointments as a dialogue: office, free times, yes or no. Each step says in its choice's id all there is to it;
 * the question that is kept only tells what a number means. */
#include "firmware-host/citizen/pick.h"

#include "firmware-host/appointment_notice.h"
#include "modem/utf.h"

#include <stdio.h>
#include <string.h>

enum {
	MINUTE_MS = 60 * 1000,
	HOLD_MS = 15 * MINUTE_MS, /* a place is kept for whoever is asked "yes or no?" */
	ACTIVE_MAX = 5,		  /* appointments of one person */
};

/* ---- choices ------------------------------------------------------------------------------------------------------- */

bool office_takes(const struct settings_office *office)
{
	return office->hours[0] != '\0';
}

static const struct settings_office *office_of(const struct settings *settings, const char *id)
{
	for (int i = 0; i < settings->office_count; i++)
		if (strcmp(settings->offices[i].id, id) == 0 && office_takes(&settings->offices[i]))
			return &settings->offices[i];
	return NULL;
}

bool pick_read(const struct settings *settings, const char *id, struct pick *ret)
{
	char office[SETTINGS_ID_MAX] = "";
	long long minute = 0, number = 0;
	int read = 0;

	*ret = (struct pick){.verb = ""};
	if (sscanf(id, "%7[a-z]:%31[^:]:%12lld:%12lld%n", ret->verb, office, &minute, &number, &read) == 4 &&
		id[read] == '\0') {
		ret->office = office_of(settings, office);
		ret->start = (int64_t)minute * MINUTE_MS;
		ret->id = number;
		return strcmp(ret->verb, "slot") == 0 || strcmp(ret->verb, "book") == 0 ||
		       strcmp(ret->verb, "times") == 0;
	}
	if (sscanf(id, "%7[a-z]:%12lld%n", ret->verb, &number, &read) != 2 || id[read] != '\0')
		return false;
	ret->id = number;
	return strcmp(ret->verb, "drop") == 0 || strcmp(ret->verb, "shift") == 0;
}

void pick_write(const char *verb, const char *office, int64_t start, int64_t id, char out[TALK_ID_MAX])
{
	if (office[0])
		snprintf(out, TALK_ID_MAX, "%s:%s:%lld:%lld", verb, office, (long long)(start / MINUTE_MS),
			(long long)id);
	else
		snprintf(out, TALK_ID_MAX, "%s:%lld", verb, (long long)id);
}

/* ---- what they have ------------------------------------------------------------------------------------------------ */

struct mine_looking {
	struct mine *mine;
	bool held;
};

static bool mine_add(void *context, const struct appointment *appointment)
{
	struct mine_looking *looking = context;

	if ((appointment->state == APPOINTMENT_OFFERED) == looking->held)
		looking->mine->list[looking->mine->count++] = *appointment;
	return looking->mine->count < PICK_MINE_MAX;
}

int mine_find(struct talk *talk, bool held, struct mine *ret, struct err *err)
{
	const struct appointment_filter filter = {
		.address = talk->who.address, .subscriber_id = talk->who.subscriber_id, .from = talk->now};
	struct mine_looking looking = {.mine = ret, .held = held};

	ret->count = 0;
	return appointment_each(talk->hub->db, &filter, PICK_MINE_MAX * 2, mine_add, &looking, err);
}

static const struct appointment *mine_of(const struct mine *mine, int64_t id)
{
	for (int i = 0; i < mine->count; i++)
		if (mine->list[i].id == id)
			return &mine->list[i];
	return NULL;
}

int appointment_stop(struct talk *talk, struct err *err)
{
	struct mine held;

	if (mine_find(talk, true, &held, err) != 0)
		return -1;
	for (int i = 0; i < held.count; i++)
		if (appointment_set(talk->hub->db, held.list[i].id, APPOINTMENT_CANCELLED, talk->now, err) < 0)
			return -1;
	return 0;
}

/* ---- sentences ----------------------------------------------------------------------------------------------------- */

static int say_when(struct talk *talk, enum text_id id, const char *office, int64_t start,
	const struct talk_choice *choices, int count, struct err *err)
{
	char when[256];
	const struct text_value values[] = {{"office", appointment_notice_office(talk->hub->settings, office)},
		{"when", appointment_notice_when(talk->texts, start, when, sizeof when)}};

	return talk_offer(talk, id, values, 2, choices, count, err);
}

static int say_booked(struct talk *talk, const char *office, int64_t start, struct err *err)
{
	struct talk_choice buttons[2] = {
		talk_button(talk, TEXT_BUTTON_MOVE, "move"), talk_button(talk, TEXT_BUTTON_CANCEL, "cancel")};

	talk->done = "appointment booked";
	if (talk_end(talk, err) != 0)
		return -1;
	return say_when(talk, TEXT_APPOINTMENT_BOOKED, office, start, buttons, 2, err);
}

static int say_none(struct talk *talk, struct err *err)
{
	struct talk_choice button = talk_button(talk, TEXT_BUTTON_APPOINTMENT, "appointment");

	return talk_offer(talk, TEXT_APPOINTMENT_NONE, NULL, 0, &button, 1, err);
}

static int offices_ask(struct talk *talk, struct err *err)
{
	const struct settings *settings = talk->hub->settings;
	struct talk_choice rows[TALK_CHOICES_MAX];
	char list[TALK_LIST_MAX] = "", options[DIALOGUE_OPTIONS_MAX] = "", id[TALK_ID_MAX];
	const struct text_value values[] = {{"offices", list}};
	int count = 0;

	for (int i = 0; i < settings->office_count; i++) {
		const struct settings_office *office = &settings->offices[i];
		if (!office_takes(office))
			continue;
		snprintf(id, sizeof id, "appointment:%s", office->id);
		talk_option_add(options, id);
		talk_list_add(talk, count + 1, office->name, list);
		if (count < TALK_CHOICES_MAX) {
			rows[count] = (struct talk_choice){.id = ""};
			memcpy(rows[count].id, id, sizeof id);
			snprintf(rows[count].title, sizeof rows[count].title, "%.*s", TALK_TITLE_MAX - 1, office->name);
		}
		count++;
	}
	/* More than a list holds are chosen by number. */
	if (talk_offer(talk, TEXT_APPOINTMENT_OFFICE, values, 1, rows, count > TALK_CHOICES_MAX ? 0 : count, err) != 0)
		return -1;
	return talk_ask(talk, DIALOGUE_OFFICE, options, talk->question.note, err);
}

/* Of several the one that `verb` is meant for. */
static int which_ask(struct talk *talk, const struct mine *mine, const char *verb, struct err *err)
{
	struct talk_choice rows[PICK_MINE_MAX];
	char list[TALK_LIST_MAX] = "", options[DIALOGUE_OPTIONS_MAX] = "", when[256], name[512];
	const struct text_value values[] = {{"slots", list}};
	int count = mine->count < TALK_CHOICES_MAX ? mine->count : TALK_CHOICES_MAX;

	for (int i = 0; i < count; i++) {
		const struct appointment *it = &mine->list[i];
		const char *office = appointment_notice_office(talk->hub->settings, it->office);
		appointment_notice_when(talk->texts, it->start, when, sizeof when);
		rows[i] = (struct talk_choice){.id = ""};
		pick_write(verb, "", 0, it->id, rows[i].id);
		snprintf(rows[i].title, sizeof rows[i].title, "%.*s", TALK_TITLE_MAX - 1, office);
		snprintf(rows[i].words, sizeof rows[i].words, "%s", when);
		snprintf(name, sizeof name, "%.200s %s", office, when);
		talk_list_add(talk, i + 1, name, list);
		talk_option_add(options, rows[i].id);
	}
	/* Buttons show no second line: two of one office would look alike. */
	for (int i = 0; count <= 3 && i < count; i++)
		snprintf(rows[i].title, sizeof rows[i].title, "%d", i + 1);
	if (talk_offer(talk, TEXT_APPOINTMENT_WHICH, values, 1, rows, count, err) != 0)
		return -1;
	return talk_ask(talk, DIALOGUE_WHICH, options, "", err);
}

/* ---- steps --------------------------------------------------------------------------------------------------------- */

static int place_taken(struct talk *talk, const struct pick *pick, struct err *err)
{
	talk->done = "appointment taken";
	return offer_times(talk, TEXT_APPOINTMENT_TAKEN, pick->office, pick->id, 0, NULL, err);
}

static struct appointment appointment_of(const struct talk *talk, const struct pick *pick)
{
	struct appointment appointment = {
		.who = talk->who,
		.start = pick->start,
		.minutes = pick->office->slot_minutes,
		.held_until = talk->now + HOLD_MS,
	};

	snprintf(appointment.office, sizeof appointment.office, "%s", pick->office->id);
	snprintf(appointment.name, sizeof appointment.name, "%s",
		talk->person.name[0] ? talk->person.name : talk->from->name);
	snprintf(appointment.note, sizeof appointment.note, "%s", talk->question.note);
	return appointment;
}

static int confirm_say(struct talk *talk, const struct pick *pick, const char *yes, struct err *err)
{
	struct talk_choice buttons[2] = {
		talk_button(talk, TEXT_BUTTON_YES, yes), talk_button(talk, TEXT_BUTTON_NO, "no")};

	return say_when(talk, TEXT_APPOINTMENT_CONFIRM, pick->office->id, pick->start, buttons, 2, err);
}

static int confirm_ask(struct talk *talk, const struct pick *pick, struct err *err)
{
	char yes[TALK_ID_MAX];

	pick_write("book", pick->office->id, pick->start, pick->id, yes);
	if (confirm_say(talk, pick, yes, err) != 0)
		return -1;
	return talk_ask(talk, DIALOGUE_CONFIRM, yes, talk->question.note, err);
}

int appointment_confirm_say(struct talk *talk, struct err *err)
{
	char yes[TALK_ID_MAX];
	struct pick pick;

	if (!talk_option(talk, 1, yes) || !pick_read(talk->hub->settings, yes, &pick) || !pick.office)
		return talk_end(talk, err);
	return confirm_say(talk, &pick, yes, err);
}

static int enough(struct talk *talk, int count, struct err *err)
{
	char total[16];
	const struct text_value values[] = {{"total", total}};
	struct talk_choice button = talk_button(talk, TEXT_BUTTON_CANCEL, "cancel");

	snprintf(total, sizeof total, "%d", count);
	return talk_end(talk, err) != 0 ? -1 : talk_offer(talk, TEXT_APPOINTMENT_ENOUGH, values, 1, &button, 1, err);
}

/* A time is chosen: a new one is held for them while they are asked. */
static int slot_choose(struct talk *talk, const struct pick *pick, struct err *err)
{
	struct mine mine;

	if (mine_find(talk, false, &mine, err) != 0 || appointment_stop(talk, err) != 0)
		return -1;
	if (pick->id != 0 && !mine_of(&mine, pick->id))
		return say_none(talk, err);
	if (pick->id == 0 && mine.count >= ACTIVE_MAX)
		return enough(talk, mine.count, err);
	int free = offer_is_free(talk, pick->office, pick->start, err);
	if (free <= 0)
		return free < 0 ? -1 : place_taken(talk, pick, err);
	if (pick->id == 0) {
		struct appointment held = appointment_of(talk, pick);
		held.state = APPOINTMENT_OFFERED;
		free = appointment_book(talk->hub->db, &held, talk->now, err);
		if (free <= 0)
			return free < 0 ? -1 : place_taken(talk, pick, err);
	}
	return confirm_ask(talk, pick, err);
}

static int slot_move(struct talk *talk, const struct pick *pick, const struct appointment *old, struct err *err)
{
	int free = offer_is_free(talk, pick->office, pick->start, err);

	if (free > 0)
		free = appointment_move(talk->hub->db, old->id, pick->start, pick->office->slot_minutes,
			APPOINTMENT_BOOKED, talk->now, err);
	if (free <= 0)
		return free < 0 ? -1 : place_taken(talk, pick, err);
	return say_booked(talk, pick->office->id, pick->start, err);
}

/* The one held for them becomes theirs, or the place if it is still free. */
static int slot_take(struct talk *talk, const struct pick *pick, struct err *err)
{
	struct appointment booked = appointment_of(talk, pick);
	struct mine held;

	if (mine_find(talk, true, &held, err) != 0)
		return -1;
	for (int i = 0; i < held.count; i++) {
		const struct appointment *it = &held.list[i];
		if (it->start != pick->start || strcmp(it->office, pick->office->id) != 0)
			continue;
		int taken = appointment_set(talk->hub->db, it->id, APPOINTMENT_BOOKED, talk->now, err);
		return taken < 0 ? -1 : say_booked(talk, it->office, it->start, err);
	}
	int free = offer_is_free(talk, pick->office, pick->start, err);
	booked.state = APPOINTMENT_BOOKED;
	if (free > 0)
		free = appointment_book(talk->hub->db, &booked, talk->now, err);
	if (free <= 0)
		return free < 0 ? -1 : place_taken(talk, pick, err);
	return say_booked(talk, booked.office, booked.start, err);
}

static int slot_confirm(struct talk *talk, const struct pick *pick, struct err *err)
{
	struct mine mine;

	if (mine_find(talk, false, &mine, err) != 0)
		return -1;
	for (int i = 0; i < mine.count; i++) /* "yes" twice */
		if (mine.list[i].start == pick->start && strcmp(mine.list[i].office, pick->office->id) == 0)
			return say_booked(talk, pick->office->id, pick->start, err);
	if (pick->id != 0) {
		const struct appointment *old = mine_of(&mine, pick->id);
		return old ? slot_move(talk, pick, old, err) : say_none(talk, err);
	}
	if (mine.count >= ACTIVE_MAX)
		return enough(talk, mine.count, err);
	return slot_take(talk, pick, err);
}

static int call_off(struct talk *talk, int64_t id, struct err *err)
{
	struct talk_choice button = talk_button(talk, TEXT_BUTTON_APPOINTMENT, "appointment");
	struct mine mine;

	if (mine_find(talk, false, &mine, err) != 0 || talk_end(talk, err) != 0)
		return -1;
	const struct appointment *it = mine_of(&mine, id);
	if (!it)
		return say_none(talk, err);
	if (appointment_set(talk->hub->db, id, APPOINTMENT_CANCELLED, talk->now, err) < 0)
		return -1;
	talk->done = "appointment off";
	return say_when(talk, TEXT_APPOINTMENT_CANCELLED, it->office, it->start, &button, 1, err);
}

static int move_begin(struct talk *talk, int64_t id, struct err *err)
{
	struct mine mine;

	if (mine_find(talk, false, &mine, err) != 0)
		return -1;
	const struct appointment *it = mine_of(&mine, id);
	const struct settings_office *office = it ? office_of(talk->hub->settings, it->office) : NULL;
	if (!office)
		return say_none(talk, err);
	return offer_times(talk, TEXT_APPOINTMENT_SLOTS, office, id, 0, NULL, err);
}

/* ---- what citizen.c and question.c call ---------------------------------------------------------------------------- */

int appointment_choose(struct talk *talk, const char *id, bool *ret_known, struct err *err)
{
	struct pick pick;

	*ret_known = pick_read(talk->hub->settings, id, &pick);
	if (!*ret_known)
		return 0;
	if (talk_is_quiet(talk))
		return talk_later(talk, err);
	talk->done = "appointment";
	if (strcmp(pick.verb, "drop") == 0)
		return call_off(talk, pick.id, err);
	if (strcmp(pick.verb, "shift") == 0)
		return move_begin(talk, pick.id, err);
	if (!pick.office)
		return talk_say(talk, TEXT_APPOINTMENT_NOT_OFFERED, NULL, 0, err);
	if (strcmp(pick.verb, "times") == 0)
		return offer_times(talk, TEXT_APPOINTMENT_SLOTS, pick.office, pick.id, pick.start, NULL, err);
	return strcmp(pick.verb, "book") == 0 ? slot_confirm(talk, &pick, err) : slot_choose(talk, &pick, err);
}

static int change_hear(struct talk *talk, struct err *err)
{
	bool off = talk->words.booking == BOOKING_CANCEL;
	struct mine mine;

	if (mine_find(talk, false, &mine, err) != 0)
		return -1;
	if (mine.count == 0)
		return talk_end(talk, err) != 0 ? -1 : say_none(talk, err);
	if (mine.count > 1)
		return which_ask(talk, &mine, off ? "drop" : "shift", err);
	return off ? call_off(talk, mine.list[0].id, err) : move_begin(talk, mine.list[0].id, err);
}

/* What it is about, from the words behind "appuntamento". */
static void note_take(struct talk *talk)
{
	char argument[DIALOGUE_NOTE_MAX * 2];
	struct utf8_out note;

	snprintf(argument, sizeof argument, "%.*s",
		(int)(talk->words.argument_length < sizeof argument ? talk->words.argument_length
								    : sizeof argument - 1),
		talk->words.argument);
	utf8_out_init(&note, talk->question.note, sizeof talk->question.note);
	utf8_put_string(&note, argument);
}

int appointment_hear(struct talk *talk, struct err *err)
{
	const struct settings *settings = talk->hub->settings;
	const struct settings_office *only = NULL, *office = office_of(settings, talk->words.office);
	bool answer = talk->asked && talk->question.question == DIALOGUE_OFFICE;
	int taking = 0;

	talk->done = "appointment";
	if (talk_is_quiet(talk))
		return talk_later(talk, err);
	if (talk->words.booking != BOOKING_NEW)
		return change_hear(talk, err);
	for (int i = 0; i < settings->office_count; i++)
		if (office_takes(&settings->offices[i])) {
			only = &settings->offices[i];
			taking++;
		}
	if (taking == 0)
		return talk_say(talk, TEXT_APPOINTMENT_NOT_OFFERED, NULL, 0, err);
	if (!answer || talk->words.argument_length > 0)
		note_take(talk);
	if (!office && taking == 1)
		office = only;
	if (!office)
		return offices_ask(talk, err);
	return offer_times(talk, TEXT_APPOINTMENT_SLOTS, office, 0, 0, NULL, err);
}

int appointment_again(struct talk *talk, struct err *err)
{
	char id[TALK_ID_MAX];
	struct pick pick;

	if (!talk_option(talk, 1, id) || talk->question.question == DIALOGUE_OFFICE)
		return offices_ask(talk, err);
	if (!pick_read(talk->hub->settings, id, &pick))
		return talk_end(talk, err);
	talk->done = "appointment";
	if (talk->question.question == DIALOGUE_WHICH) {
		talk->words.booking = strcmp(pick.verb, "drop") == 0 ? BOOKING_CANCEL : BOOKING_MOVE;
		return change_hear(talk, err);
	}
	if (!pick.office)
		return talk_say(talk, TEXT_APPOINTMENT_NOT_OFFERED, NULL, 0, err);
	if (talk->question.question == DIALOGUE_CONFIRM)
		return slot_choose(talk, &pick, err);
	return offer_times(talk, TEXT_APPOINTMENT_SLOTS, pick.office, pick.id, 0, NULL, err);
}
