#include "firmware-host/citizen_words.h"

#include "firmware-host/words_private.h"

#include <stdio.h>
#include <string.h>

enum {
	SHORT = 8,	   /* words of a command without an argument, with all its kindness */
	COURTESY_MAX = 16, /* and of a message that is nothing but kindness */
	REPORTING_LEAD = 8 /* words before "segnalare" */
};

void words_argue(const char *text, size_t from, size_t until, struct citizen_words *ret)
{
	while (from < until && strchr(" \t\r\n:;,.-*", text[from]))
		from++;
	while (until > from && strchr(" \t\r\n", text[until - 1]))
		until--;
	ret->argument = text + from;
	ret->argument_length = until - from;
}

/* ---- further words, from the texts --------------------------------------------------------------------------------- */

static const struct {
	enum text_id id;
	const char *stands_for;
	bool anywhere; /* not only as the first word */
} synonyms[] = {
	{TEXT_WORDS_JOIN, "ATTIVA", false},
	{TEXT_WORDS_LEAVE, "DISATTIVA", false},
	{TEXT_WORDS_STATUS, "STATO", false},
	{TEXT_WORDS_TOPICS, "ARGOMENTI", false},
	{TEXT_WORDS_ZONE, "ZONA", false},
	{TEXT_WORDS_REPORT, "SEGNALA", false},
	{TEXT_WORDS_APPOINTMENT, "APPUNTAMENTO", false},
	{TEXT_WORDS_MOVE, "SPOSTA", true},
	{TEXT_WORDS_CANCEL, "DISDICI", true},
	{TEXT_WORDS_PRIVACY, "PRIVACY", false},
	{TEXT_WORDS_REPEAT, "RIPETI", false},
	{TEXT_WORDS_HELP, "AIUTO", false},
	{TEXT_WORDS_YES, "SI", false},
	{TEXT_WORDS_NO, "NO", false},
};

/* Is the word among those, which commas separate? Exactly so: in German a slip makes ABMELDEN of ANMELDEN. */
static bool list_has(const char *list, const char *word)
{
	char one[TEXTS_TEXT_MAX], compact[WORD_SIZE];

	while (*list) {
		size_t length = strcspn(list, ",");
		snprintf(one, sizeof one, "%.*s", (int)length, list);
		if (words_compact(one, compact) > 0 && strcmp(compact, word) == 0)
			return true;
		list += length + (list[length] == ',');
	}
	return false;
}

/* Lets words that say nothing in Italian say what the texts of some language give them. What two commands claim says both,
 * and is then neither joining nor leaving. */
static void synonyms_apply(struct words *words, const struct texts_languages *languages)
{
	int first = words_skip(words, 0, SAYS_COURTESY);

	for (int i = first; i < words->count; i++) {
		uint64_t says = 0;
		if (lexicon_exact(words->at[i].word))
			continue;
		for (int l = 0; l < texts_languages_count(languages); l++)
			for (size_t s = 0; s < sizeof synonyms / sizeof *synonyms; s++)
				if ((i == first || synonyms[s].anywhere) &&
					list_has(texts_get(texts_languages_get(languages, l, NULL), synonyms[s].id),
						words->at[i].word))
					says |= lexicon_exact(synonyms[s].stands_for);
		if (says)
			words->at[i].says = says;
	}
}

/* ---- answers ------------------------------------------------------------------------------------------------------- */

/* "2", "il 2 grazie", "1, 3 e 5", "due" */
static bool read_number(const struct words *words, struct citizen_words *ret)
{
	bool digits = false;

	if (words->more || words->clock || words->question || words->count > WORDS_NUMBERS_MAX + SHORT)
		return false;
	for (int i = 0; i < words->count; i++)
		digits |= words->at[i].says & SAYS_NUMBER && words->at[i].word[0] <= '9';
	ret->number_count = 0;
	for (int i = 0; i < words->count; i++) {
		const struct word *word = &words->at[i];
		int number = lexicon_number(word->word);
		bool counts = number >= 0 && (digits ? word->word[0] <= '9' : true);
		if (strcmp(word->word, "ALLE") == 0 || strcmp(word->word, "DALLE") == 0) /* "alle 10" */
			return false;
		if (!counts && !(word->says & (SAYS_PICK | SAYS_QUIET | SAYS_YES)))
			return false;
		if (!counts)
			continue;
		if (number < 1 || number > WORDS_NUMBER_MAX || ret->number_count == WORDS_NUMBERS_MAX)
			return false;
		ret->numbers[ret->number_count++] = number;
	}
	if (ret->number_count == 0 || (!digits && ret->number_count > 1))
		return false;
	ret->verb = VERB_NUMBER;
	return true;
}

static bool read_answer(const struct words *words, struct citizen_words *ret)
{
	enum { ANSWER = 5 };
	uint64_t any = words_any(words, 0, words->count);

	if (words->count > ANSWER || words->question)
		return false;
	if (any & SAYS_NO && words_all(words, 0, words->count, SAYS_NO | SAYS_YES | SAYS_COURTESY | SAYS_GLUE))
		ret->verb = VERB_NO;
	else if (any & SAYS_YES && words_all(words, 0, words->count, SAYS_YES | SAYS_COURTESY | SAYS_GLUE))
		ret->verb = VERB_YES;
	return ret->verb != VERB_NONE;
}

static bool read_courtesy(const struct words *words, struct citizen_words *ret)
{
	const uint64_t fits = SAYS_COURTESY | SAYS_GLUE | SAYS_ARTICLE | SAYS_ALL | SAYS_YES | SAYS_PART |
			      SAYS_SERVICE | SAYS_NAME | SAYS_OBJECT | SAYS_LAST;

	if (words->more || words->question || words->count > COURTESY_MAX || !words_all(words, 0, words->count, fits) ||
		!(words_any(words, 0, words->count) & SAYS_COURTESY))
		return false;
	ret->verb = VERB_COURTESY;
	return true;
}

/* No letter at all: "👍", "❤️", "?" */
static void read_signs(const struct words *words, struct citizen_words *ret)
{
	if (words->question)
		ret->verb = VERB_HELP;
	else if (words->disagree)
		ret->verb = VERB_NO;
	else if (words->agree)
		ret->verb = VERB_YES;
	else if (words->sign)
		ret->verb = VERB_COURTESY;
}

/* ---- reports ------------------------------------------------------------------------------------------------------- */

/* "segnalazione n. 17": asks how that one stands; with more behind it adds to it. */
static void report_number(const struct words *words, int at, struct citizen_words *ret)
{
	int from = words_skip(words, at + 1, SAYS_PICK);

	if (from == words->count || !(words->at[from].says & SAYS_NUMBER) || words->at[from].word[0] > '9' ||
		strncmp(words->at[at].word, "SEGNALAZION", 11) != 0)
		return;
	int number = lexicon_number(words->at[from].word);
	if (number < 1)
		return;
	ret->numbers[0] = number;
	ret->number_count = 1;
	words_argue(words->text, words->at[from].until, strlen(words->text), ret);
	if (words_skip(words, from + 1, SAYS_COURTESY) == words->count && !words->more)
		ret->verb = VERB_STATUS;
}

static bool read_report(const struct words *words, struct citizen_words *ret)
{
	int first = words_skip(words, 0, SAYS_COURTESY);
	size_t length = strlen(words->text);

	if (first < words->count && words->at[first].says & SAYS_REPORT) {
		ret->verb = VERB_REPORT;
		words_argue(words->text, words->at[first].until, length, ret);
		report_number(words, first, ret);
		return true;
	}
	int lead = words_skip(words, 0, SAYS_QUIET | SAYS_ASK | SAYS_BOOK);
	if (lead == words->count || lead > REPORTING_LEAD || !(words->at[lead].says & (SAYS_REPORT | SAYS_REPORTING)))
		return false;
	ret->verb = VERB_REPORT;
	if (words->more || words_skip(words, lead + 1, SAYS_QUIET) < words->count)
		words_argue(words->text, 0, length, ret);
	return true;
}

/* ---- commands without an argument ---------------------------------------------------------------------------------- */

static bool read_status(const struct words *words, struct citizen_words *ret)
{
	const uint64_t fits = SAYS_STATUS | SAYS_QUIET | SAYS_OBJECT | SAYS_SERVICE | SAYS_PART | SAYS_REPORT |
			      SAYS_NUMBER | SAYS_PICK | SAYS_INTRO | SAYS_ASK;
	uint64_t any = words_any(words, 0, words->count);

	if (!(any & SAYS_STATUS) || any & SAYS_WANT || !words_all(words, 0, words->count, fits))
		return false;
	for (int i = 0; i < words->count; i++) {
		const struct word *word = &words->at[i];
		/* "sono stato", "è stato" tell; "sono iscritto" asks */
		if (i > 0 && strcmp(word->word, "STATO") == 0 &&
			(words->at[i - 1].says & SAYS_INTRO || strcmp(words->at[i - 1].word, "E") == 0))
			return false;
		if (word->says & SAYS_NUMBER && word->word[0] <= '9' && ret->number_count == 0) {
			ret->numbers[0] = lexicon_number(word->word);
			ret->number_count = ret->numbers[0] > 0;
		}
	}
	ret->verb = VERB_STATUS;
	return true;
}

static bool read_language(const struct words *words, struct citizen_words *ret)
{
	uint64_t any = words_any(words, 0, words->count);
	const char *language = NULL;

	if (!(any & (SAYS_LANGUAGE | SAYS_TONGUE)))
		return false;
	for (int i = 0; i < words->count; i++) {
		uint64_t says = words->at[i].says;
		const char *named =
			says & SAYS_TONGUE || any & SAYS_LANGUAGE ? lexicon_language(words->at[i].word) : NULL;
		if (!named && !(says & (SAYS_LANGUAGE | SAYS_QUIET | SAYS_LAST | SAYS_OBJECT)))
			return false;
		if (named && !language)
			language = named;
	}
	ret->verb = VERB_LANGUAGE;
	snprintf(ret->language, sizeof ret->language, "%s", language ? language : "");
	return true;
}

static bool read_plain(const struct words *words, struct citizen_words *ret)
{
	static const struct {
		enum words_verb verb;
		uint64_t says, fits;
	} plain[] = {
		{VERB_REPEAT, SAYS_REPEAT, SAYS_LAST},
		{VERB_PRIVACY, SAYS_PRIVACY, SAYS_PART | SAYS_ASK},
		{VERB_HELP, SAYS_HELP, SAYS_PART | SAYS_ASK | SAYS_INTRO},
	};
	uint64_t any = words_any(words, 0, words->count);

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (any & plain[i].says &&
			words_all(words, 0, words->count,
				plain[i].says | plain[i].fits | SAYS_QUIET | SAYS_OBJECT | SAYS_SERVICE)) {
			ret->verb = plain[i].verb;
			return true;
		}
	return false;
}

/* ---- the whole ----------------------------------------------------------------------------------------------------- */

/* What phones and mail programs add: "Inviato da iPhone". */
static void signature_drop(struct words *words)
{
	for (int i = 1; i + 1 < words->count; i++) {
		const char *one = words->at[i].word, *two = words->at[i + 1].word;
		if ((strcmp(one, "INVIATO") == 0 && (strncmp(two, "DA", 2) == 0 || strcmp(two, "CON") == 0)) ||
			(strcmp(one, "SENT") == 0 && strcmp(two, "FROM") == 0)) {
			words->count = i;
			words->more = false;
			return;
		}
	}
}

static void ret_init(const char *text, struct citizen_words *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->argument = text + strlen(text);
}

void words_read(const char *text, const struct settings *settings, const struct texts_languages *languages,
	struct citizen_words *ret)
{
	struct words words;

	ret_init(text, ret);
	words_cut(text, &words);
	signature_drop(&words);
	if (words.count == 0) {
		read_signs(&words, ret);
		return;
	}
	words_sort(&words, settings);
	if (languages)
		synonyms_apply(&words, languages);

	if (read_number(&words, ret))
		return;
	ret->number_count = 0;
	if (read_answer(&words, ret) || read_report(&words, ret) || words_read_appointment(&words, settings, ret) ||
		words_read_zone(&words, settings, ret) || words_read_topics(&words, settings, ret))
		return;
	if (words.count <= SHORT && !words.more &&
		(read_courtesy(&words, ret) || read_language(&words, ret) || read_status(&words, ret) ||
			read_plain(&words, ret)))
		return;
	if (words_read_join(&words, settings, ret))
		return;
	(void)read_courtesy(&words, ret);
}

/* ---- WhatsApp's buttons and lists ---------------------------------------------------------------------------------- */

static void choose_topics(const char *what, const struct settings *settings, struct citizen_words *ret)
{
	bool remove = what[0] == '-';

	if (strcmp(what, "*") == 0 || strcmp(what, "-") == 0) {
		ret->topics_do = remove ? TOPICS_NOTHING : TOPICS_ALL;
		return;
	}
	what += remove;
	for (int i = 0; i < settings->topic_count; i++)
		if (strcmp(settings->topics[i].id, what) == 0) {
			ret->topics_do = remove ? TOPICS_REMOVE : TOPICS_ADD;
			(void)words_topic_add(ret->topics, what);
		}
}

static void choose_zone(const char *what, const struct settings *settings, struct citizen_words *ret)
{
	for (int i = 0; i < settings->zone_count; i++)
		if (strcmp(settings->zones[i].id, what) == 0)
			snprintf(ret->zone, sizeof ret->zone, "%s", what);
}

static void choose_office(const char *what, const struct settings *settings, struct citizen_words *ret)
{
	for (int i = 0; i < settings->office_count; i++)
		if (strcmp(settings->offices[i].id, what) == 0)
			snprintf(ret->office, sizeof ret->office, "%s", what);
}

static void choose(const char *what, const struct settings *settings, struct citizen_words *ret)
{
	if (ret->verb == VERB_TOPICS)
		choose_topics(what, settings, ret);
	if (ret->verb == VERB_ZONE)
		choose_zone(what, settings, ret);
	if (ret->verb == VERB_APPOINTMENT)
		choose_office(what, settings, ret);
	if (ret->verb == VERB_LANGUAGE && strlen(what) < sizeof ret->language)
		snprintf(ret->language, sizeof ret->language, "%s", what);
	if (ret->verb == VERB_NUMBER) {
		int number = lexicon_number(what);
		ret->numbers[0] = number;
		ret->number_count = number >= 1 && number <= WORDS_NUMBER_MAX;
	}
}

bool words_read_choice(const char *id, const struct settings *settings, struct citizen_words *ret)
{
	static const struct {
		const char *id;
		enum words_verb verb;
		bool more; /* ":…" may follow */
		enum words_booking booking;
	} choices[] = {
		{"join", VERB_JOIN, false, BOOKING_NEW},
		{"leave", VERB_LEAVE, false, BOOKING_NEW},
		{"status", VERB_STATUS, false, BOOKING_NEW},
		{"topics", VERB_TOPICS, true, BOOKING_NEW},
		{"zone", VERB_ZONE, true, BOOKING_NEW},
		{"report", VERB_REPORT, false, BOOKING_NEW},
		{"appointment", VERB_APPOINTMENT, true, BOOKING_NEW},
		{"move", VERB_APPOINTMENT, false, BOOKING_MOVE},
		{"cancel", VERB_APPOINTMENT, false, BOOKING_CANCEL},
		{"privacy", VERB_PRIVACY, false, BOOKING_NEW},
		{"repeat", VERB_REPEAT, false, BOOKING_NEW},
		{"help", VERB_HELP, false, BOOKING_NEW},
		{"yes", VERB_YES, false, BOOKING_NEW},
		{"no", VERB_NO, false, BOOKING_NEW},
		{"number", VERB_NUMBER, true, BOOKING_NEW},
		{"language", VERB_LANGUAGE, true, BOOKING_NEW},
	};
	size_t length = strcspn(id, ":");

	ret_init(id, ret);
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		if (strlen(choices[i].id) != length || memcmp(choices[i].id, id, length) != 0)
			continue;
		if (id[length] == ':' && !choices[i].more)
			return false;
		ret->verb = choices[i].verb;
		ret->booking = choices[i].booking;
		if (id[length] == ':')
			choose(id + length + 1, settings, ret);
		if (ret->verb == VERB_NUMBER && ret->number_count == 0)
			ret->verb = VERB_NONE;
		return ret->verb != VERB_NONE;
	}
	return false;
}
