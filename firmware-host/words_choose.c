#include "firmware-host/words_private.h"

#include <stdio.h>
#include <string.h>

/* What may stand around any choice. */
#define AROUND (SAYS_QUIET | SAYS_SERVICE | SAYS_OBJECT)

/* ---- topics -------------------------------------------------------------------------------------------------------- */

enum {
	TOPICS_WORDS = 20,  /* a longer message is a story */
	TOPICS_STRANGE = 2, /* words without a place that are put up with */
	APPOINTMENT_REASON = 14,
	ZONE_WORDS = 8,
};

struct topics_reading {
	const struct words *words;
	const struct settings *settings;
	struct citizen_words *ret;
	bool add, remove, all, nothing;
	int strange, strange_at;
};

/* "+sport" adds, " -sport" takes away; the dash of "lavori-pubblici" or of a list does neither, unless something was added
 * before it. */
static void sign_read(struct topics_reading *reading, size_t from)
{
	const char *text = reading->words->text;
	size_t at = from;

	while (at > 0 && text[at - 1] == ' ')
		at--;
	if (at > 0 && text[at - 1] == '+')
		reading->add = true;
	else if (at > 1 && text[at - 1] == '-' && text[at - 2] == ' ' && (at == from || reading->add))
		reading->remove = true;
}

static bool number_take(struct topics_reading *reading, const struct word *word)
{
	int number = word->says & SAYS_NUMBER && !(word->says & SAYS_ARTICLE) ? lexicon_number(word->word) : 0;

	if (number < 1 || number > reading->settings->topic_count)
		return false;
	return words_topic_add(reading->ret->topics, reading->settings->topics[number - 1].id);
}

/* "Servizio" is what is joined and no slip of a topic "Servizi". */
static struct words_named topic_at(const struct words *words, int at, const struct settings *settings)
{
	bool slips = !(words->at[at].says & (SAYS_OBJECT | SAYS_SERVICE));

	return words_named_at(words, at, settings, LIST_TOPICS, slips);
}

/* Takes what stands at `at`; the word behind it. */
static int topic_step(struct topics_reading *reading, int at)
{
	const struct word *word = &reading->words->at[at];
	struct words_named topic = topic_at(reading->words, at, reading->settings);

	if (topic.index >= 0 && words_topic_add(reading->ret->topics, reading->settings->topics[topic.index].id)) {
		sign_read(reading, word->from);
		return at + topic.length;
	}
	if (number_take(reading, word)) {
		sign_read(reading, word->from);
		return at + 1;
	}
	if (word->says & (SAYS_EXCEPT | SAYS_DROP | SAYS_LEAVE))
		reading->remove = true;
	else if (word->says & SAYS_ALL)
		reading->all = true;
	else if (word->says & SAYS_NOTHING)
		reading->nothing = true;
	else if (word->says & SAYS_ADD && !(word->says & SAYS_WISH))
		reading->add = true;
	else if (!(word->says & (AROUND | SAYS_INTRO | SAYS_ASK | SAYS_PICK | SAYS_TOPICS | SAYS_JOIN))) {
		if (reading->strange++ == 0)
			reading->strange_at = at;
	}
	return at + 1;
}

static enum words_topics_do topics_action(const struct topics_reading *reading)
{
	bool named = reading->ret->topics[0];

	if (named)
		return reading->add && reading->remove ? TOPICS_LIST
		       : reading->remove	       ? TOPICS_REMOVE
		       : reading->add		       ? TOPICS_ADD
						       : TOPICS_SET;
	if (reading->strange > 0)
		return TOPICS_LIST;
	return reading->nothing ? TOPICS_NOTHING : reading->all ? TOPICS_ALL : TOPICS_LIST;
}

static bool topics_command(
	const struct words *words, const struct settings *settings, int first, struct citizen_words *ret)
{
	struct topics_reading reading = {.words = words, .settings = settings, .ret = ret};
	struct citizen_words before = *ret;

	for (int at = first; at < words->count;)
		at = topic_step(&reading, at);
	if (reading.strange > TOPICS_STRANGE) {
		*ret = before;
		return false;
	}
	ret->verb = VERB_TOPICS;
	ret->topics_do = topics_action(&reading);
	if (ret->topics_do == TOPICS_LIST)
		ret->topics[0] = '\0';
	if (reading.strange > 0)
		words_argue(words->text, words->at[reading.strange_at].from, strlen(words->text), ret);
	return true;
}

/* Topics from `first` to the end and nothing else but kindness. */
static bool topics_only(
	const struct words *words, const struct settings *settings, int first, char topics[WORDS_TOPICS_MAX])
{
	for (int at = first; at < words->count;) {
		struct words_named topic = topic_at(words, at, settings);
		if (topic.index >= 0 && words_topic_add(topics, settings->topics[topic.index].id))
			at += topic.length;
		else if (words->at[at++].says & (SAYS_COURTESY | SAYS_GLUE | SAYS_ARTICLE))
			continue;
		else
			return false;
	}
	return topics[0];
}

bool words_read_topics(const struct words *words, const struct settings *settings, struct citizen_words *ret)
{
	int first = words_skip(words, 0, SAYS_COURTESY);
	char topics[WORDS_TOPICS_MAX] = "";

	if (words->more || words->count > TOPICS_WORDS || first == words->count)
		return false;
	int named = words_skip(words, first, SAYS_QUIET | SAYS_ASK | SAYS_ALL);
	if (named < words->count && words->at[named].says & SAYS_TOPICS)
		return topics_command(words, settings, first, ret);

	/* "aggiungi viabilità", "togli sport"; DISATTIVA and CANCELLA are read with the leaving. */
	uint64_t says = words->at[first].says;
	bool add = strcmp(words->at[first].word, "AGGIUNGI") == 0;
	if (words->question || !topics_only(words, settings, first + (add || says & SAYS_DROP), topics))
		return false;
	ret->verb = VERB_TOPICS;
	ret->topics_do = add ? TOPICS_ADD : says & SAYS_DROP ? TOPICS_REMOVE : TOPICS_LIST;
	memcpy(ret->topics, topics, sizeof topics);
	return true;
}

/* ---- zone ---------------------------------------------------------------------------------------------------------- */

static bool zone_found(const struct words *words, int at, const struct settings *settings, struct citizen_words *ret)
{
	struct words_named zone = words_named_at(words, at, settings, LIST_ZONES, true);

	if (zone.index < 0 || words_skip(words, at + zone.length, SAYS_COURTESY) < words->count)
		return false;
	ret->verb = VERB_ZONE;
	snprintf(ret->zone, sizeof ret->zone, "%s", settings->zones[zone.index].id);
	return true;
}

bool words_read_zone(const struct words *words, const struct settings *settings, struct citizen_words *ret)
{
	enum { NAME = 2 }; /* words of a zone nobody knows: more are a story of what happens there */
	int first = words_skip(words, 0, SAYS_COURTESY);

	if (words->more || words->question || words->count > ZONE_WORDS || first == words->count)
		return false;
	if (zone_found(words, first, settings, ret)) /* the bare name, or one that begins with "Zona" */
		return true;
	while (first < words->count && words->at[first].says & (SAYS_QUIET | SAYS_MOVE | SAYS_INTRO) &&
		!(words->at[first].says & (SAYS_ZONE | SAYS_LIVE)))
		first++;
	bool live = first < words->count && words->at[first].says & SAYS_LIVE;
	bool zone = first < words->count && words->at[first].says & SAYS_ZONE;
	int from = words_skip(words, first, SAYS_ZONE | SAYS_LIVE | SAYS_GLUE | SAYS_ARTICLE);

	if (from < words->count && (live || zone || words_any(words, 0, from) & SAYS_INTRO) &&
		zone_found(words, from, settings, ret))
		return true;
	if (!zone || words->count - from > NAME ||
		words_any(words, from, words->count) & (SAYS_NEVER | SAYS_STORY | SAYS_VERB | SAYS_GLUE))
		return false;
	ret->verb = VERB_ZONE;
	if (from < words->count)
		words_argue(words->text, words->at[from].from, strlen(words->text), ret);
	return true;
}

/* ---- appointments -------------------------------------------------------------------------------------------------- */

/* The office that the words from `from` on name, or share a telling word with. */
static void office_find(const struct words *words, int from, const struct settings *settings, struct citizen_words *ret)
{
	struct words_named best = {.index = -1};

	for (int at = from; at < words->count; at++) {
		struct words_named office = words_named_at(words, at, settings, LIST_OFFICES, true);
		if (office.index >= 0 && (best.index < 0 || office.distance < best.distance ||
						 (office.distance == best.distance && office.length > best.length)))
			best = office;
	}
	if (best.index < 0)
		best.index = words_named_like(words, from, settings, LIST_OFFICES);
	if (best.index >= 0)
		snprintf(ret->office, sizeof ret->office, "%s", settings->offices[best.index].id);
}

/* What stands before the word "appuntamento" in a request for one. */
static bool is_request(const struct words *words, int until)
{
	const uint64_t fits =
		SAYS_QUIET | SAYS_APPOINTMENT | SAYS_BOOK | SAYS_MOVE | SAYS_CANCEL | SAYS_ASK | SAYS_INTRO | SAYS_NAME;

	for (int i = 0; i < until; i++) {
		bool named = i > 0 && words->at[i - 1].says & (SAYS_INTRO | SAYS_NAME); /* "sono Anna Bianchi" */
		if (!(words->at[i].says & fits) && !(named && words->at[i].says == 0))
			return false;
	}
	return true;
}

/* A whole message that is an office's name, or that gives up whatever is booked. */
static bool appointment_bare(const struct words *words, const struct settings *settings, struct citizen_words *ret)
{
	int first = words_skip(words, 0, SAYS_COURTESY | SAYS_ARTICLE);
	struct words_named office = words_named_at(words, first, settings, LIST_OFFICES, true);

	if (first == words->count)
		return false;
	if (office.index >= 0 && words_skip(words, first + office.length, SAYS_COURTESY) == words->count) {
		ret->verb = VERB_APPOINTMENT;
		snprintf(ret->office, sizeof ret->office, "%s", settings->offices[office.index].id);
		return true;
	}
	first = words_skip(words, first, SAYS_QUIET);
	if (first == words->count || !(words->at[first].says & SAYS_CANCEL) ||
		words->at[first].says & (SAYS_DROP | SAYS_NO) ||
		!words_all(words, first, words->count, SAYS_QUIET | SAYS_CANCEL))
		return false;
	ret->verb = VERB_APPOINTMENT;
	ret->booking = BOOKING_CANCEL;
	return true;
}

bool words_read_appointment(const struct words *words, const struct settings *settings, struct citizen_words *ret)
{
	int at = 0;

	if (words->more)
		return false;
	while (at < words->count && !(words->at[at].says & SAYS_APPOINTMENT))
		at++;
	if (at == words->count)
		return !words->question && appointment_bare(words, settings, ret);
	int again = words_skip(words, at + 1, SAYS_QUIET); /* "prenotare un appuntamento" */
	if (again < words->count && words->at[again].says & SAYS_APPOINTMENT)
		at = again;
	uint64_t any = words_any(words, 0, words->count);
	bool mine = false;
	for (int i = 0; i < at; i++)
		mine |= strcmp(words->at[i].word, "MIO") == 0;
	/* "ho un appuntamento", "il mio appuntamento": told of, not asked for */
	if (!is_request(words, at) || any & SAYS_STORY || words->count - at - 1 > APPOINTMENT_REASON ||
		(mine && !(any & (SAYS_MOVE | SAYS_CANCEL))))
		return false;
	ret->verb = VERB_APPOINTMENT;
	ret->booking = any & SAYS_CANCEL ? BOOKING_CANCEL : any & SAYS_MOVE ? BOOKING_MOVE : BOOKING_NEW;
	office_find(words, at + 1, settings, ret);
	words_argue(words->text, words->at[at].until, strlen(words->text), ret);
	return true;
}
