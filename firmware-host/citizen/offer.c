/* The free times a citizen is offered: a few of the next days, then all that there are, in order. */
#include "firmware-host/citizen/pick.h"

#include "firmware-host/appointment_desk.h"
#include "firmware-host/appointment_notice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	TIMES_MAX = TALK_CHOICES_MAX - 1, /* one row is for more */
	SMS_LEAST = 3,			  /* by SMS so many, whatever it costs */
	WEEKDAY_SHORT = 3,
	BEGINNING = 60 * 1000, /* behind this moment are all */
};

struct times {
	int64_t start[TIMES_MAX + 1];
	int count;
	bool more; /* behind the last */
};

/* ---- which --------------------------------------------------------------------------------------------------------- */

/* In order of time, behind `after`. */
static void times_in_order(
	const struct slots *slots, int64_t after, const struct moment *moment, int most, struct times *ret)
{
	int64_t starts[SLOTS_DAY_MAX];
	int32_t first = slots_day_of(after > slots->now ? after : slots->now);
	int32_t last = slots_day_of(slots->now) + slots->settings->appointments.days_ahead;

	*ret = (struct times){.count = 0};
	for (int32_t day = first; day <= last; day++) {
		int free = slots_of_day(slots, day, starts);
		for (int i = 0; i < free; i++) {
			if (starts[i] <= after || (moment && !moment_fits(moment, starts[i])))
				continue;
			if (ret->count == most) {
				ret->more = true;
				return;
			}
			ret->start[ret->count++] = starts[i];
		}
	}
}

static int times_find(struct talk *talk, const struct settings_office *office, int64_t after,
	const struct moment *moment, struct times *ret, struct err *err)
{
	const struct settings *settings = talk->hub->settings;
	int most = settings->appointments.offers < TIMES_MAX ? settings->appointments.offers : TIMES_MAX;
	struct appointment_span *spans;
	struct slots slots;

	if (appointment_desk_slots(talk->hub->db, settings, office, true, talk->now, &slots, &spans, err) != 0)
		return -1;
	times_in_order(&slots, after, moment, most, ret);
	if (after == 0 && !moment && ret->more)
		ret->count = slots_offer(&slots, ret->start, most);
	free(spans);
	return 0;
}

int offer_is_free(struct talk *talk, const struct settings_office *office, int64_t start, struct err *err)
{
	struct appointment_span *spans;
	struct slots slots;

	if (appointment_desk_slots(talk->hub->db, talk->hub->settings, office, true, talk->now, &slots, &spans, err) !=
		0)
		return -1;
	bool is = slots_is_free(&slots, start);
	free(spans);
	return is;
}

/* ---- how they are said --------------------------------------------------------------------------------------------- */

struct offered {
	char list[TALK_LIST_MAX], options[DIALOGUE_OPTIONS_MAX];
	struct talk_choice rows[TALK_CHOICES_MAX];
	int count;
};

static void offered_add(struct offered *offered, const char *id, const char *title, const char *item)
{
	size_t used = strlen(offered->list);
	struct talk_choice *row = &offered->rows[offered->count++];

	*row = (struct talk_choice){.id = ""};
	snprintf(row->id, sizeof row->id, "%s", id);
	snprintf(row->title, sizeof row->title, "%s", title);
	talk_option_add(offered->options, id);
	snprintf(offered->list + used, sizeof offered->list - used, "%s%s", used > 0 ? ", " : "", item);
}

static void offered_add_time(
	const struct talk *talk, struct offered *offered, const char *office, int64_t start, int64_t appointment)
{
	time_t seconds = (time_t)(start / 1000);
	struct tm local = {0};
	char weekday[32], date[16], time[16], number[16], id[TALK_ID_MAX], title[TALK_TITLE_MAX], item[256];
	const struct text_value values[] = {{"number", number}, {"weekday", weekday}, {"date", date}, {"time", time}};

	localtime_r(&seconds, &local);
	appointment_notice_weekday(talk->texts, (local.tm_wday + 6) % 7, weekday, sizeof weekday);
	weekday[WEEKDAY_SHORT] = '\0';
	strftime(date, sizeof date, "%d/%m", &local);
	strftime(time, sizeof time, "%H:%M", &local);
	snprintf(number, sizeof number, "%d", offered->count + 1);
	snprintf(title, sizeof title, "%s %s %s", weekday, date, time);
	if (texts_fill(talk->texts, TEXT_APPOINTMENT_SLOT, values, 4, item, sizeof item) < 0)
		return;
	pick_write("slot", office, start, appointment, id);
	offered_add(offered, id, title, item);
}

static void offered_fill(const struct talk *talk, const struct settings_office *office, const struct times *times,
	int count, bool some, int64_t appointment, struct offered *ret)
{
	char id[TALK_ID_MAX], item[128];

	*ret = (struct offered){.count = 0};
	for (int i = 0; i < count; i++)
		offered_add_time(talk, ret, office->id, times->start[i], appointment);
	if (!times->more && count == times->count)
		return;
	/* What was left out of some is shown by beginning anew, in order. */
	pick_write("times", office->id, some ? BEGINNING : times->start[count - 1], appointment, id);
	snprintf(item, sizeof item, "%d) %s", ret->count + 1, texts_get(talk->texts, TEXT_APPOINTMENT_MORE));
	offered_add(ret, id, texts_get(talk->texts, TEXT_BUTTON_MORE), item);
}

int offer_times(struct talk *talk, enum text_id id_text, const struct settings_office *office, int64_t id,
	int64_t after, const struct moment *moment, struct err *err)
{
	struct times times;
	struct offered offered;
	const struct text_value values[] = {{"office", office->name}, {"slots", offered.list}};

	if (times_find(talk, office, after, moment, &times, err) != 0)
		return -1;
	bool some = after == 0 && !moment;
	if (times.count == 0 && !some) {
		some = true;
		if (times_find(talk, office, 0, NULL, &times, err) != 0)
			return -1;
	}
	if (times.count == 0) {
		const struct text_value none[] = {{"office", office->name}};
		return talk_end(talk, err) != 0 ? -1 : talk_say(talk, TEXT_APPOINTMENT_NONE_FREE, none, 1, err);
	}
	int count = times.count;
	offered_fill(talk, office, &times, count, some, id, &offered);
	/* By SMS as many as one part holds. */
	while (!talk_is_wired(talk) && count > SMS_LEAST && talk_measure(talk, id_text, values, 2) != 1)
		offered_fill(talk, office, &times, --count, some, id, &offered);
	if (talk_offer(talk, id_text, values, 2, offered.rows, offered.count, err) != 0)
		return -1;
	return talk_ask(talk, DIALOGUE_SLOT, offered.options, talk->question.note, err);
}
