#include "firmware-host/keypad/draft.h"

#include "firmware-host/when.h"
#include "modem/segment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SECOND_MS = 1000, LOOK_BACK = 500, CLEARED_MAX = 64 };

/* ---- an alert ---------------------------------------------------------------------------------------------------- */

static const char *zone_name(const struct settings *settings, const char *id)
{
	for (int i = 0; i < settings->zone_count; i++)
		if (strcmp(settings->zones[i].id, id) == 0)
			return settings->zones[i].name;
	return id;
}

/* "a|b" as "Centro, Monte". */
void draft_zones(const struct settings *settings, const char *ids, char *out, size_t size)
{
	char id[SETTINGS_ID_MAX];

	out[0] = '\0';
	for (size_t used = 0; *ids && used < size; ids += *ids == '|') {
		size_t length = strcspn(ids, "|");
		(void)snprintf(id, sizeof id, "%.*s", (int)length, ids);
		used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", zone_name(settings, id));
		ids += length;
	}
}

/* The text of the template, whole or brief. */
static int words_fill(const struct draft_words *words, const struct texts *texts, bool brief, int64_t now,
	char out[MESSAGE_TEXT_MAX], struct err *err)
{
	char from[WHEN_TEXT_MAX] = "";

	if (words->from > now)
		when_spoken(texts, words->from, now, from);
	const struct text_value values[] = {
		{"instruction", words->instruction},
		{"brief", words->brief},
		{"hazard", words->hazard},
		{"zone", words->zone},
		{"from", from},
		{"contact", words->contact},
	};
	enum { VALUES = sizeof values / sizeof *values };
	const char *pattern = brief && words->template->brief[0] ? words->template->brief : words->template->text;
	for (int i = 0; i < VALUES; i++)
		if (*values[i].value == '\0' && texts_pattern_place(pattern, values[i].name) == TEXTS_PLACE_OPEN)
			return err_set(err, EX_USAGE, "%s is missing, and the template %s cannot do without; give it",
				strcmp(values[i].name, "brief") == 0 ? "instruction" : values[i].name,
				words->template->name);
	if (texts_pattern_fill(pattern, values, VALUES, out, MESSAGE_TEXT_MAX) >= 0)
		return 0;
	return err_set(err, EX_DATAERR, "the text is longer than %d octets; shorten it", MESSAGE_TEXT_MAX - 1);
}

/* One version of the text, composed. */
static int version_compose(const struct order *order, const struct draft_words *words, const struct settings *settings,
	const struct texts *texts, const struct message *about, bool brief, int64_t now, struct draft *ret,
	struct err *err)
{
	char text[MESSAGE_TEXT_MAX], other[MESSAGE_TEXT_MAX];
	struct order composed = *order;
	struct order_second second;

	composed.text = text;
	if (words_fill(words, texts, brief, now, text, err) != 0)
		return -1;
	if (words->second) {
		if (words_fill(words->second, words->second_texts, brief, now, other, err) != 0)
			return -1;
		second = (struct order_second){words->second_texts, words->second->hazard, other};
		composed.second = &second;
	}
	return order_compose(&composed, settings, texts, about, now, &ret->message, &ret->measure, err);
}

int draft_order(const struct order *order, const struct draft_words *words, const struct settings *settings,
	const struct texts *texts, const struct message *about, bool brief, int64_t now, struct draft *ret,
	struct err *err)
{
	ret->brief = brief;
	ret->brief_segments = 0;
	if (!brief && words->template->brief[0]) { /* the short version first, to know what it would spare */
		if (version_compose(order, words, settings, texts, about, true, now, ret, err) != 0)
			return -1;
		ret->brief_segments = ret->measure.segments;
		memcpy(ret->brief_text, ret->message.text, sizeof ret->brief_text);
	}
	if (version_compose(order, words, settings, texts, about, brief, now, ret, err) != 0)
		return -1;
	if (ret->brief_segments >= ret->measure.segments)
		ret->brief_segments = 0;
	return 0;
}

bool draft_second(const struct sheet *sheet, const struct draft_words *words, const struct sheet_hazard *hazard,
	bool own, struct draft_words *ret)
{
	if (!sheet->second || own || (words->hazard[0] && !hazard))
		return false;
	const struct sheet *other = sheet->second->sheet;
	const struct sheet_hazard *named = hazard ? sheet_hazard(other, hazard->code) : NULL;
	*ret = *words;
	ret->template = sheet_template(other, words->template->kind, words->template->name);
	if (!ret->template || (hazard && !named))
		return false;
	if (named) {
		ret->hazard = named->name;
		ret->instruction = words->instruction[0] ? named->instruction : "";
		ret->brief = words->brief[0] ? named->brief : "";
	}
	if (other->contact[0])
		ret->contact = other->contact;
	return true;
}

bool draft_second_clear(const struct sheet *sheet, const struct message *about, struct order_second *ret)
{
	const struct sheet_hazard *hazard = sheet_hazard(sheet, about->hazard);
	const struct sheet_hazard *named =
		sheet->second && hazard ? sheet_hazard(sheet->second->sheet, hazard->code) : NULL;

	if (!sheet->second || (about->hazard[0] && !named))
		return false;
	*ret = (struct order_second){.texts = sheet->second->texts, .hazard = named ? named->name : ""};
	return true;
}

int draft_alert(const struct sheet *sheet, const struct settings *settings, const struct texts *texts,
	const struct sheet_meaning *meaning, bool brief, const char *door, int64_t now, struct draft *ret,
	struct err *err)
{
	char until[WHEN_TEXT_MAX];

	*ret = (struct draft){.from_now = meaning->until_hour < 0};
	sheet_times(meaning, now, &ret->from, &ret->until);
	const struct order order = {
		.kind = MESSAGE_ALERT,
		.colour = meaning->colour,
		.colourless = meaning->colour == COLOUR_NONE,
		.exercise = meaning->exercise,
		.hazard = meaning->hazard->name,
		.phase = meaning->phase,
		.zones = {meaning->zone},
		.zone_count = meaning->zone ? 1 : 0,
		.until = when_rfc3339(ret->until, until),
		.door = door,
	};
	struct draft_words second, words = {
					   .template = meaning->template,
					   .instruction = meaning->text ? meaning->text : meaning->hazard->instruction,
					   .brief = meaning->text ? meaning->text : meaning->hazard->brief,
					   .hazard = meaning->hazard->name,
					   .zone = meaning->zone ? zone_name(settings, meaning->zone) : "",
					   .contact = sheet->contact[0] ? sheet->contact : settings->comune.contacts,
					   .from = ret->from,
				   };
	if (draft_second(sheet, &words, meaning->hazard, meaning->text != NULL, &second)) {
		words.second = &second;
		words.second_texts = sheet->second->texts;
	}
	return draft_order(&order, &words, settings, texts, NULL, brief, now, ret, err);
}

/* ---- an all-clear ------------------------------------------------------------------------------------------------ */

struct search {
	int64_t cleared[CLEARED_MAX]; /* first alerts whose all-clear was met on the way: it is newer than they */
	int count;
	bool found;
	struct message *alert;
};

static bool search_look(void *context, const struct message *message)
{
	struct search *search = context;

	if (message->stage == STAGE_CANCELLED)
		return true;
	if (message->kind == MESSAGE_CLEAR && search->count < CLEARED_MAX)
		search->cleared[search->count++] = message->about;
	if (message->kind != MESSAGE_ALERT)
		return true;
	for (int i = 0; i < search->count; i++)
		if (search->cleared[i] == (message->about ? message->about : message->id))
			return true;
	*search->alert = *message;
	search->found = true;
	return false;
}

int draft_clear(struct db *db, const struct sheet *sheet, const struct settings *settings, const struct texts *texts,
	const char *door, int64_t now, struct draft *ret, struct err *err)
{
	struct search search = {.alert = &ret->about};
	struct order order = {.kind = MESSAGE_CLEAR, .door = door};
	struct order_second second;

	*ret = (struct draft){0};
	if (message_each(db, false, LOOK_BACK, search_look, &search, err) != 0)
		return -1;
	if (!search.found)
		return 0;
	if (draft_second_clear(sheet, &ret->about, &second))
		order.second = &second;
	if (order_compose(&order, settings, texts, &ret->about, now, &ret->message, &ret->measure, err) != 0)
		return -1;
	return 1;
}

/* ---- read back --------------------------------------------------------------------------------------------------- */

static struct tm local_time(int64_t ms)
{
	time_t seconds = (time_t)(ms / SECOND_MS);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	return local;
}

/* 0 today, 1 tomorrow, -1 another day. */
static int day_of(int64_t ms, int64_t now)
{
	struct tm day = local_time(ms);

	for (int ahead = 0; ahead <= 1; ahead++) {
		struct tm that = local_time(now);
		that.tm_mday += ahead;
		that.tm_hour = 12;
		that.tm_isdst = -1;
		(void)mktime(&that);
		if (that.tm_year == day.tm_year && that.tm_yday == day.tm_yday)
			return ahead;
	}
	return -1;
}

/* "oggi 14-20", "oggi 22 - domani 6"; where the beginning was not typed, or lies in another day, "fino alle 18:30". */
static void when_fill(const struct draft *draft, const struct texts *texts, int64_t now, char *out, size_t size)
{
	char spoken[WHEN_TEXT_MAX];
	const char *const days[] = {texts_get(texts, TEXT_KEYPAD_TODAY), texts_get(texts, TEXT_KEYPAD_TOMORROW)};
	int from_hour = local_time(draft->from).tm_hour, until_hour = local_time(draft->until).tm_hour;
	int from_day = day_of(draft->from, now), until_day = day_of(draft->until - SECOND_MS, now);

	if (until_hour == 0)
		until_hour = 24; /* of the day that ends then */
	if (draft->from_now || from_day < 0 || until_day < 0) {
		const struct text_value values[] = {{"until", when_spoken(texts, draft->until, now, spoken)}};
		(void)texts_fill(texts, TEXT_KEYPAD_UNTIL, values, 1, out, size);
	} else if (from_day == until_day) {
		(void)snprintf(out, size, "%s %d-%d", days[from_day], from_hour, until_hour);
	} else {
		(void)snprintf(out, size, "%s %d - %s %d", days[from_day], from_hour, days[until_day], until_hour);
	}
}

void draft_summary(const struct draft *draft, const struct settings *settings, const struct texts *texts, int64_t now,
	char out[DRAFT_SUMMARY_MAX])
{
	const struct message *message = &draft->message;
	char when[128] = "", recipients[24], id[24], zones[DRAFT_SUMMARY_MAX / 2];
	struct order_words words;

	draft_zones(settings, message->zones, zones, sizeof zones);
	order_words(message, texts, &words);
	(void)snprintf(recipients, sizeof recipients, "%lld", (long long)draft->recipients);
	(void)snprintf(id, sizeof id, "%lld", (long long)draft->about.id);
	if (message->kind == MESSAGE_ALERT)
		when_fill(draft, texts, now, when, sizeof when);
	const char *exercise = message->exercise ? texts_get(texts, TEXT_KEYPAD_EXERCISE) : "";
	const struct text_value values[] = {
		{"exercise", exercise},
		{"colour", words.colour},
		{"hazard", message->hazard},
		{"phase", order_phase_text(texts, message->phase)},
		{"when", when},
		{"zone", zones[0] ? zones : texts_get(texts, TEXT_KEYPAD_EVERYBODY)},
		{"recipients", recipients},
		{"id", id},
	};
	(void)texts_fill(texts, message->kind == MESSAGE_CLEAR ? TEXT_KEYPAD_READBACK_CLEAR : TEXT_KEYPAD_READBACK,
		values, sizeof values / sizeof *values, out, DRAFT_SUMMARY_MAX);
}
