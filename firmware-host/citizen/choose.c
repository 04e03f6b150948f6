/* Topics, zone and language: what a subscriber may choose. Alerts come whatever is chosen. */
#include "firmware-host/citizen/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = sizeof(((struct subscriber *)NULL)->topics) };

/* ---- topics -------------------------------------------------------------------------------------------------------- */

static bool ids_have(const char *ids, const char *id)
{
	size_t length = strlen(id);

	for (const char *at = ids; *at; at += strcspn(at, "|"), at += *at == '|')
		if (strncmp(at, id, length) == 0 && (at[length] == '|' || at[length] == '\0'))
			return true;
	return false;
}

static bool is_received(const struct talk *talk, const char *topic)
{
	return talk->person.news && (!talk->person.topics[0] || ids_have(talk->person.topics, topic));
}

const char *topics_names(const struct talk *talk, char out[TALK_LIST_MAX])
{
	const struct settings *settings = talk->hub->settings;
	size_t used = 0;

	out[0] = '\0';
	if (!talk->person.news || !talk->person.topics[0]) {
		snprintf(out, TALK_LIST_MAX, "%s",
			texts_get(talk->texts, talk->person.news ? TEXT_TOPICS_ALL : TEXT_TOPICS_NOTHING));
		return out;
	}
	for (int i = 0; i < settings->topic_count; i++) {
		const char *name = settings->topics[i].name;
		if (is_received(talk, settings->topics[i].id) && used + strlen(name) + 3 < TALK_LIST_MAX)
			used += (size_t)snprintf(out + used, TALK_LIST_MAX - used, "%s%s", used > 0 ? ", " : "", name);
	}
	return out;
}

/* Which of the configured ones are chosen after this; how many. */
static int topics_change(const struct talk *talk, bool chosen[SETTINGS_TOPICS_MAX])
{
	const struct settings *settings = talk->hub->settings;
	const char *named = talk->words.topics;
	int count = 0;

	for (int i = 0; i < settings->topic_count; i++) {
		const char *id = settings->topics[i].id;
		bool is = is_received(talk, id), has = ids_have(named, id);
		chosen[i] = false;
		switch (talk->words.topics_do) {
		case TOPICS_LIST:
		case TOPICS_SET: chosen[i] = has; break;
		case TOPICS_ADD: chosen[i] = is || has; break;
		case TOPICS_REMOVE: chosen[i] = is && !has; break;
		case TOPICS_ALL: chosen[i] = true; break;
		case TOPICS_NOTHING: chosen[i] = false; break;
		}
		count += chosen[i];
	}
	return count;
}

/* All of them are written as none, so that whoever hears of all hears of a new one too. */
static void topics_write(
	const struct settings *settings, const bool chosen[SETTINGS_TOPICS_MAX], int count, char out[IDS_MAX])
{
	size_t used = 0;

	out[0] = '\0';
	for (int i = 0; i < settings->topic_count && count < settings->topic_count; i++) {
		const char *id = settings->topics[i].id;
		if (chosen[i] && used + strlen(id) + 2 < IDS_MAX)
			used += (size_t)snprintf(out + used, IDS_MAX - used, "%s%s", used > 0 ? "|" : "", id);
	}
}

/* No topic at all is no consent to news, and any is one: the ledger gets a row when that changes. */
static int topics_keep(struct talk *talk, struct err *err)
{
	const struct settings *settings = talk->hub->settings;
	bool chosen[SETTINGS_TOPICS_MAX] = {false};
	struct subscriber fields = talk->person, known = {.channel = CHANNEL_AUTO};
	struct consent consent;
	int64_t id;
	int was, count = topics_change(talk, chosen);
	bool news = count > 0 || (settings->topic_count == 0 && talk->words.topics_do != TOPICS_NOTHING);

	topics_write(settings, chosen, count, fields.topics);
	if (subscriber_update(talk->hub->db, talk->person.id, &fields, err) != 0)
		return -1;
	if (news == talk->person.news)
		return talk_know(talk, err);
	memcpy(known.phone, talk->person.phone, sizeof known.phone);
	memcpy(known.whatsapp_id, talk->person.whatsapp_id, sizeof known.whatsapp_id);
	talk_consent(talk, "news", news ? "given" : "withdrawn", &consent);
	if (subscriber_join(talk->hub->db, &known, &consent, talk->now, &id, &was, err) != 0)
		return -1;
	return talk_know(talk, err);
}

static int topics_changed(struct talk *talk, struct err *err)
{
	char names[TALK_LIST_MAX];
	struct talk_choice button = talk_button(talk, TEXT_BUTTON_TOPICS, "topics");

	if (topics_keep(talk, err) != 0)
		return -1;
	const struct text_value values[] = {{"topics", topics_names(talk, names)}};
	return talk_offer(talk, TEXT_TOPICS_CHANGED, values, 1, &button, 1, err);
}

/* WhatsApp's rows from one on; the last goes on where there are more. */
static int topics_rows(const struct talk *talk, int from, struct talk_choice rows[TALK_CHOICES_MAX])
{
	const struct settings *settings = talk->hub->settings;
	bool more = settings->topic_count - from > TALK_CHOICES_MAX;
	int until = more ? from + TALK_CHOICES_MAX - 1 : settings->topic_count, count = 0;

	for (int i = from; i < until; i++) {
		const struct settings_named *topic = &settings->topics[i];
		bool is = is_received(talk, topic->id);
		struct talk_choice *row = &rows[count++];
		*row = (struct talk_choice){.id = ""};
		snprintf(row->id, sizeof row->id, "topics:%s%s", is ? "-" : "", topic->id);
		snprintf(row->title, sizeof row->title, "%.*s", TALK_TITLE_MAX - 1, topic->name);
		snprintf(row->words, sizeof row->words, "%.*s", TALK_WORDS_MAX - 1,
			texts_get(talk->texts, is ? TEXT_TOPICS_ON : TEXT_TOPICS_OFF));
	}
	if (!more)
		return count;
	rows[count] = talk_button(talk, TEXT_LIST_MORE, "");
	snprintf(rows[count].id, sizeof rows[count].id, "topics-from:%d", until);
	return count + 1;
}

int topics_show(struct talk *talk, int from, struct err *err)
{
	const struct settings *settings = talk->hub->settings;
	struct talk_choice rows[TALK_CHOICES_MAX];
	char list[TALK_LIST_MAX] = "", options[DIALOGUE_OPTIONS_MAX] = "";
	const struct text_value values[] = {{"topics", list}};

	if (settings->topic_count == 0)
		return status_hear(talk, err);
	for (int i = 0; i < settings->topic_count; i++) {
		talk_list_add(talk, i + 1, settings->topics[i].name, list);
		talk_option_add(options, settings->topics[i].id);
	}
	from = from < 0 || from >= settings->topic_count ? 0 : from;
	if (talk_offer(talk, TEXT_TOPICS, values, 1, rows, topics_rows(talk, from, rows), err) != 0)
		return -1;
	return talk_ask(talk, DIALOGUE_TOPICS, options, "", err);
}

/* The numbers are those of the list that was shown: the settings may have changed since. */
int topics_numbers(struct talk *talk, bool *ret_known, struct err *err)
{
	struct citizen_words *words = &talk->words;
	char id[TALK_ID_MAX];
	size_t used = 0;

	*ret_known = false;
	words->topics[0] = '\0';
	for (int i = 0; i < words->number_count; i++) {
		if (!talk_option(talk, words->numbers[i], id))
			return 0;
		if (used + strlen(id) + 2 < sizeof words->topics)
			used += (size_t)snprintf(
				words->topics + used, sizeof words->topics - used, "%s%s", used > 0 ? "|" : "", id);
	}
	*ret_known = true;
	words->topics_do = TOPICS_SET;
	return topics_changed(talk, err);
}

int topics_hear(struct talk *talk, struct err *err)
{
	const struct citizen_words *words = &talk->words;
	bool shown = talk->asked && talk->question.question == DIALOGUE_TOPICS;
	char echo[TALK_ECHO_MAX];

	talk->done = "topics";
	if (!talk->active)
		return not_subscribed(talk, err);
	if (words->topics_do != TOPICS_LIST || (words->topics[0] && shown))
		return topics_changed(talk, err);
	if (words->argument_length == 0)
		return topics_show(talk, 0, err);
	const struct text_value values[] = {{"text", talk_echo(talk, words->argument, words->argument_length, echo)}};
	return talk_say(talk, TEXT_TOPICS_UNKNOWN, values, 1, err);
}

/* ---- zone ---------------------------------------------------------------------------------------------------------- */

static const struct settings_named *zone_of(const struct settings *settings, const char *id)
{
	for (int i = 0; i < settings->zone_count; i++)
		if (strcmp(settings->zones[i].id, id) == 0)
			return &settings->zones[i];
	return NULL;
}

const char *zone_name(const struct talk *talk)
{
	const struct settings_named *zone = zone_of(talk->hub->settings, talk->person.zone);

	return zone ? zone->name : "";
}

static int zones_rows(const struct talk *talk, int from, struct talk_choice rows[TALK_CHOICES_MAX])
{
	const struct settings *settings = talk->hub->settings;
	bool more = settings->zone_count - from > TALK_CHOICES_MAX;
	int until = more ? from + TALK_CHOICES_MAX - 1 : settings->zone_count, count = 0;

	for (int i = from; i < until; i++) {
		struct talk_choice *row = &rows[count++];
		*row = (struct talk_choice){.id = ""};
		snprintf(row->id, sizeof row->id, "zone:%s", settings->zones[i].id);
		snprintf(row->title, sizeof row->title, "%.*s", TALK_TITLE_MAX - 1, settings->zones[i].name);
	}
	if (!more)
		return count;
	rows[count] = talk_button(talk, TEXT_LIST_MORE, "");
	snprintf(rows[count].id, sizeof rows[count].id, "zones-from:%d", until);
	return count + 1;
}

int zones_show(struct talk *talk, int from, const char *echo, struct err *err)
{
	const struct settings *settings = talk->hub->settings;
	struct talk_choice rows[TALK_CHOICES_MAX];
	char list[TALK_LIST_MAX] = "", options[DIALOGUE_OPTIONS_MAX] = "", id[TALK_ID_MAX];

	if (settings->zone_count == 0)
		return talk_say(talk, TEXT_ZONE_NONE, NULL, 0, err);
	const struct text_value values[] = {
		{"zones", list}, {"text", echo}, {"example", settings->zones[settings->zone_count - 1].name}};
	for (int i = 0; i < settings->zone_count; i++) {
		snprintf(id, sizeof id, "zone:%s", settings->zones[i].id);
		talk_list_add(talk, i + 1, settings->zones[i].name, list);
		talk_option_add(options, id);
	}
	from = from < 0 || from >= settings->zone_count ? 0 : from;
	if (talk_offer(talk, TEXT_ZONE_UNKNOWN, values, 3, rows, zones_rows(talk, from, rows), err) != 0)
		return -1;
	return talk_ask(talk, DIALOGUE_ZONE, options, "", err);
}

/* "ZONA 3" */
static void zone_by_number(struct talk *talk)
{
	const struct settings *settings = talk->hub->settings;
	char digits[8], *end;

	if (talk->words.zone[0] || talk->words.argument_length == 0 || talk->words.argument_length >= sizeof digits)
		return;
	snprintf(digits, sizeof digits, "%.*s", (int)talk->words.argument_length, talk->words.argument);
	long number = strtol(digits, &end, 10);
	if (*end == '\0' && number >= 1 && number <= settings->zone_count)
		snprintf(talk->words.zone, sizeof talk->words.zone, "%s", settings->zones[number - 1].id);
}

int zone_hear(struct talk *talk, struct err *err)
{
	struct subscriber fields = talk->person;
	char echo[TALK_ECHO_MAX];

	talk->done = "zone";
	if (!talk->active)
		return not_subscribed(talk, err);
	zone_by_number(talk);
	const struct settings_named *zone = zone_of(talk->hub->settings, talk->words.zone);
	if (!zone)
		return zones_show(
			talk, 0, talk_echo(talk, talk->words.argument, talk->words.argument_length, echo), err);
	snprintf(fields.zone, sizeof fields.zone, "%s", zone->id);
	if (subscriber_update(talk->hub->db, talk->person.id, &fields, err) != 0)
		return -1;
	if (talk->asked && talk->question.question == DIALOGUE_ZONE && talk_end(talk, err) != 0)
		return -1;
	const struct text_value values[] = {{"zone", zone->name}};
	return talk_say(talk, TEXT_ZONE_SET, values, 1, err);
}

/* ---- language ------------------------------------------------------------------------------------------------------ */

/* The texts in that language; NULL: there are none. */
static const struct texts *language_texts(const struct talk *talk, const char *wanted)
{
	const struct texts_languages *languages = talk->from->languages;
	const char *code;

	if (strcmp(wanted, "it") == 0)
		return talk->hub->texts;
	for (int i = 0; languages && i < texts_languages_count(languages); i++) {
		const struct texts *texts = texts_languages_get(languages, i, &code);
		if (strcmp(code, wanted) == 0)
			return texts;
	}
	return NULL;
}

static int languages_show(struct talk *talk, struct err *err)
{
	const struct texts_languages *languages = talk->from->languages;
	struct talk_choice rows[TALK_CHOICES_MAX];
	char list[TALK_LIST_MAX] = "", options[DIALOGUE_OPTIONS_MAX] = "";
	int count = languages ? texts_languages_count(languages) : 1;
	const struct text_value values[] = {{"languages", list}};

	for (int i = 0; i < count; i++) {
		const char *code = "it";
		const struct texts *texts = languages ? texts_languages_get(languages, i, &code) : talk->hub->texts;
		const char *name = texts_get(texts, TEXT_LANGUAGE_NAME);
		size_t used = strlen(list);
		rows[i] = (struct talk_choice){.id = ""};
		snprintf(rows[i].id, sizeof rows[i].id, "language:%s", code);
		snprintf(rows[i].title, sizeof rows[i].title, "%.*s", TALK_TITLE_MAX - 1, name);
		snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "", name);
		talk_option_add(options, rows[i].id);
	}
	if (talk_offer(talk, TEXT_LANGUAGE_UNKNOWN, values, 1, rows, count, err) != 0)
		return -1;
	return talk_ask(talk, DIALOGUE_LANGUAGE, options, "", err);
}

int language_hear(struct talk *talk, struct err *err)
{
	const struct texts *texts = language_texts(talk, talk->words.language);
	struct subscriber fields = talk->person;

	talk->done = "language";
	if (!talk->active)
		return not_subscribed(talk, err);
	if (!texts)
		return languages_show(talk, err);
	snprintf(fields.language, sizeof fields.language, "%s", talk->words.language);
	if (subscriber_update(talk->hub->db, talk->person.id, &fields, err) != 0)
		return -1;
	if (talk->asked && talk->question.question == DIALOGUE_LANGUAGE && talk_end(talk, err) != 0)
		return -1;
	talk->texts = texts;
	return talk_say(talk, TEXT_LANGUAGE_SET, NULL, 0, err);
}
