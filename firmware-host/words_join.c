#include "firmware-host/words_private.h"
#include "modem/utf.h"

#include <stdio.h>
#include <string.h>

enum {
	HINT_WORDS = 8,	       /* a longer message is a story and gets no hint */
	HINT_HALT_WORDS = 3,   /* nor does a longer cry */
	NAME_WORDS = 5,	       /* "Maria Teresa De Luca Rossi" */
	ADDRESS_WORDS = 6,     /* "via Martiri della Libertà 12 b" */
	ZONE_UNKNOWN_WORDS = 4 /* of a zone that the settings lack */
};

#define LEAVES (SAYS_LEAVE | SAYS_HALT | SAYS_DROP)

/* Who asks for what: the verb, and what the rest of the message brought. */
struct claim {
	const struct words *words;
	const struct settings *settings;
	int at;	       /* the verb; -1: none */
	uint64_t verb; /* what it says */
	bool joins, leaves;
	uint64_t any; /* all that the message says */
	bool asked;   /* it is a question */
	int name_from, name_until;
	bool given, introduced;
	bool may_name; /* a name may start here */
	struct citizen_words *ret;
};

/* ---- finding the verb ---------------------------------------------------------------------------------------------- */

/* "Attivo comune amico" is what dictation makes of ATTIVA; "attivo" anywhere else is a word like others. */
static bool slip_counts(const struct words *words, int at)
{
	return words_all(words, 0, at, SAYS_COURTESY) && at + 1 < words->count && words->at[at + 1].says & SAYS_SERVICE;
}

static void claim_find(struct claim *claim)
{
	const struct words *words = claim->words;

	claim->at = -1;
	for (int i = 0; i < words->count; i++) {
		uint64_t says = words->at[i].says;
		claim->any |= says;
		if (!(says & SAYS_VERB) || (says & SAYS_SLIP && !slip_counts(words, i)))
			continue;
		/* "Annulla iscrizione" leaves; the weaker word stands back behind a plain one. */
		if (claim->at < 0 || claim->verb == (says & SAYS_DROP)) {
			claim->at = i;
			claim->verb = says;
		}
		claim->joins |= says & SAYS_JOIN;
		claim->leaves |= says & LEAVES;
	}
}

/* ---- before the verb ----------------------------------------------------------------------------------------------- */

/* "il Comune attiva …" tells of somebody; "gentile Comune, attiva …" asks. */
static bool is_addressed(const struct words *words, int at)
{
	return at > 0 && words->at[at - 1].says & (SAYS_COURTESY | SAYS_PART | SAYS_GLUE);
}

static bool is_named_comune(const struct word *word)
{
	return word->says & SAYS_PART || strcmp(word->word, "COMUNE") == 0 || strcmp(word->word, "UFFICIO") == 0;
}

static bool is_nameable(const struct word *word)
{
	return word->says == 0 || (word->says & SAYS_NAME && !(word->says & SAYS_PART));
}

/* Whether the word at `at`, before the verb, has its place in a request. */
static bool left_fits(struct claim *claim, int at)
{
	const struct words *words = claim->words;
	const struct word *word = &words->at[at];
	uint64_t next = words->at[at + 1].says;

	if (word->says & SAYS_COURTESY)
		return true;
	if (claim->verb & SAYS_HALT)
		return word->says & SAYS_HALT;
	if (word->says & SAYS_SERVICE) /* "COMUNE AMICO ATTIVA" */
		return words_all(words, claim->at + 1, words->count, SAYS_COURTESY) && at < claim->at;
	if (is_named_comune(word))
		return is_addressed(words, at);
	if (word->says & SAYS_ARTICLE && !(word->says & SAYS_GLUE))
		return next & (SAYS_WISH | SAYS_INTRO | SAYS_DEED | SAYS_COURTESY) ||
		       (next & SAYS_OBJECT && claim->any & SAYS_WISH);
	if (word->says & SAYS_OBJECT)
		return claim->any & SAYS_WISH;
	if (word->says & (SAYS_WISH | SAYS_REQUEST | SAYS_YES | SAYS_GLUE))
		return true;
	if (word->says & SAYS_ASK)
		return claim->asked;
	if (word->says & SAYS_INTRO) {
		claim->introduced = true;
		return true;
	}
	if (!is_nameable(word))
		return false;
	struct words_named zone = words_named_at(words, at, claim->settings, LIST_ZONES, false);
	if (zone.index >= 0 && zone.length == 1) {
		snprintf(claim->ret->zone, sizeof claim->ret->zone, "%s", claim->settings->zones[zone.index].id);
		return true;
	}
	/* "Sono Anna Bianchi, vorrei iscrivermi" */
	if (claim->name_until != claim->name_from && claim->name_until != at)
		return false;
	if (claim->name_until == claim->name_from)
		claim->name_from = at;
	claim->name_until = at + 1;
	claim->given |= word->says & SAYS_NAME;
	return true;
}

/* "di attiva" is "disattiva" with a blank for an s, unless somebody asks for it: "vi chiedo di attivare". */
static bool is_doubtful_di(const struct words *words, int at)
{
	const char *before = at > 0 ? words->at[at - 1].word : "";

	if (strcmp(before, "DI") != 0 && strcmp(before, "D") != 0)
		return false;
	return at < 2 || !(words->at[at - 2].says & (SAYS_WISH | SAYS_REQUEST));
}

static bool left_read(struct claim *claim)
{
	for (int i = 0; i < claim->at; i++)
		if (!left_fits(claim, i))
			return false;
	if (claim->joins && is_doubtful_di(claim->words, claim->at))
		return false;
	if (claim->name_until == claim->name_from)
		return true;
	return (claim->given || claim->introduced) && claim->name_until - claim->name_from <= NAME_WORDS &&
	       (claim->verb & (SAYS_SELF | SAYS_DEED) || claim->any & SAYS_SERVICE);
}

/* ---- behind the verb ----------------------------------------------------------------------------------------------- */

static bool is_named(const struct claim *claim)
{
	return claim->any & SAYS_SERVICE || claim->name_until > claim->name_from;
}

/* "frazione Molino", "abito al Molino". Returns the word behind it; 0: there is none. */
static int zone_introduced(struct claim *claim, int at)
{
	const struct words *words = claim->words;
	int from = words_skip(words, at + 1, SAYS_GLUE | SAYS_ARTICLE);
	struct words_named zone = words_named_at(words, from, claim->settings, LIST_ZONES, true);

	if (zone.index >= 0) {
		snprintf(claim->ret->zone, sizeof claim->ret->zone, "%s", claim->settings->zones[zone.index].id);
		return from + zone.length;
	}
	if (!(words->at[at].says & SAYS_ZONE))
		return 0;
	int until = from;
	while (until < words->count && until < from + ZONE_UNKNOWN_WORDS &&
		!(words->at[until].says & (SAYS_COURTESY | SAYS_NEVER | SAYS_STORY)))
		until++;
	if (until == from)
		return 0;
	words_argue(words->text, words->at[from].from, words->at[until - 1].until, claim->ret);
	return until;
}

/* A zone by its bare name: with a slip only where it is all there is, for surnames are like places. */
static int zone_bare(struct claim *claim, int at)
{
	const struct words *words = claim->words;
	struct words_named zone = words_named_at(words, at, claim->settings, LIST_ZONES, claim->may_name);
	int behind = at + zone.length;

	if (zone.index < 0 || claim->ret->zone[0])
		return 0;
	if (zone.distance > 0 && (is_named(claim) || words_skip(words, behind, SAYS_COURTESY) < words->count))
		return 0;
	snprintf(claim->ret->zone, sizeof claim->ret->zone, "%s", claim->settings->zones[zone.index].id);
	return behind;
}

static int topic_bare(struct claim *claim, int at)
{
	struct words_named topic = words_named_at(claim->words, at, claim->settings, LIST_TOPICS, false);

	if (topic.index < 0 || !words_topic_add(claim->ret->topics, claim->settings->topics[topic.index].id))
		return 0;
	return at + topic.length;
}

static int address_skip(const struct claim *claim, int at)
{
	const struct words *words = claim->words;
	int from = at;

	if (!is_named(claim))
		return 0;
	while (at < words->count && at < from + ADDRESS_WORDS &&
		(at < from + 2 || words_named_at(words, at, claim->settings, LIST_ZONES, false).index < 0) &&
		!(words->at[at].says & (SAYS_COURTESY | SAYS_ZONE | SAYS_LIVE | SAYS_STORY | SAYS_VERB)))
		at++;
	return at;
}

/* "De", "Della": part of a surname where one follows. At a name's start only those that no article is, and "di" only
 * before a surname: "di Mario Rossi" says whose. */
static bool is_particle(const struct claim *claim, int at)
{
	const struct words *words = claim->words;
	const struct word *word = &words->at[at];

	if (!(word->says & SAYS_PARTICLE) || at + 1 >= words->count || !is_nameable(&words->at[at + 1]))
		return false;
	if (words_named_at(words, at + 1, claim->settings, LIST_ZONES, false).index >= 0)
		return false;
	if (claim->name_until == at && at > claim->name_from)
		return true;
	return word->word[0] == 'D' && !(strcmp(word->word, "DI") == 0 && words->at[at + 1].says & SAYS_NAME);
}

static bool name_take(struct claim *claim, int at)
{
	const struct word *word = &claim->words->at[at];

	if (!is_nameable(word) && !is_particle(claim, at))
		return false;
	if (claim->name_until == claim->name_from && claim->may_name)
		claim->name_from = claim->name_until = at;
	if (claim->name_until != at || at - claim->name_from >= NAME_WORDS)
		return false;
	claim->name_until = at + 1;
	claim->given |= word->says & SAYS_NAME;
	return true;
}

/* The word behind what stands at `at`, or 0 when that has no place in a request. */
static int right_step(struct claim *claim, int at)
{
	const struct word *word = &claim->words->at[at];
	uint64_t same = claim->joins ? SAYS_JOIN : LEAVES;
	int behind;

	if (word->says & (SAYS_SERVICE | SAYS_COURTESY | SAYS_OBJECT)) {
		/* a topic may be called as things are */
		if (!(word->says & SAYS_SERVICE) && (behind = topic_bare(claim, at)) > 0)
			return behind;
		claim->may_name = true;
		return at + 1;
	}
	if (word->says & SAYS_INTRO) {
		claim->may_name = claim->introduced = true;
		return at + 1;
	}
	if (word->says & same && !(word->says & SAYS_SLIP))
		return at + 1;
	if (word->says & (SAYS_ZONE | SAYS_LIVE) && (behind = zone_introduced(claim, at)) > 0)
		return behind;
	if ((behind = zone_bare(claim, at)) > 0 || (behind = topic_bare(claim, at)) > 0)
		return behind;
	if (word->says & SAYS_ADDRESS)
		return address_skip(claim, at);
	if (word->says & SAYS_NUMBER && word->word[0] <= '9')
		return is_named(claim) ? at + 1 : 0;
	if (name_take(claim, at))
		return at + 1;
	if (word->says & SAYS_PART) {
		claim->may_name = true;
		return at + 1;
	}
	/* "comune amico di Mario Rossi" */
	claim->may_name &= word->word[0] == 'D' && at + 1 < claim->words->count && word[1].says & SAYS_NAME;
	if (claim->leaves && word->says & SAYS_PRIVACY)
		return at + 1;
	return word->says & (SAYS_QUIET | SAYS_YES) && !(word->says & (SAYS_NEVER | SAYS_STORY)) ? at + 1 : 0;
}

/* 10 digits and more say nothing to the lexicon. */
static bool is_long_number(const struct word *word)
{
	return strspn(word->word, "0123456789") == strlen(word->word);
}

static bool right_read(struct claim *claim)
{
	claim->may_name = true;
	for (int at = claim->at + 1; at < claim->words->count;) {
		int behind = is_long_number(&claim->words->at[at]) && is_named(claim) ? at + 1 : right_step(claim, at);
		if (behind == 0)
			return false;
		at = behind;
	}
	return true;
}

/* ---- is it enough? ------------------------------------------------------------------------------------------------- */

/* "Attiva Mario Rossi" joins, "Attiva Energia Casa" does not: without the service's name somebody must be named. */
static bool name_is_credible(const struct claim *claim)
{
	const char *start = claim->words->text + claim->words->at[claim->name_from].from;
	int count = claim->name_until - claim->name_from;

	if (count == 0 || claim->given || claim->any & SAYS_SERVICE || claim->introduced)
		return true;
	if (claim->verb & SAYS_SELF)
		return count > 1 || !(*start >= 'a' && *start <= 'z');
	return false;
}

/* STOP and BASTA alone, or with what is to stop; CANCELLA only with it. */
static bool object_is_there(const struct claim *claim)
{
	const struct words *words = claim->words;

	if (!(claim->verb & (SAYS_HALT | SAYS_DROP)) || claim->any & (SAYS_SERVICE | SAYS_OBJECT))
		return true;
	return claim->verb & SAYS_HALT && words_all(words, claim->at, words->count, SAYS_HALT | SAYS_COURTESY);
}

/* A question asks for the deed when it asks somebody to do it, or is the plain order with a mark too many. */
static bool question_is_order(const struct claim *claim)
{
	const struct words *words = claim->words;

	for (int i = 0; i + 1 < words->count; i++) /* "mi può iscrivere?" */
		if (strcmp(words->at[i].word, "MI") == 0 && strcmp(words->at[i + 1].word, "PUO") == 0)
			return true;
	if (claim->any & SAYS_REQUEST)
		return true;
	return claim->joins && !(claim->verb & (SAYS_DEED | SAYS_SLIP)) && claim->any & SAYS_SERVICE &&
	       words_all(words, 0, claim->at, SAYS_COURTESY) && !(claim->any & SAYS_ASK);
}

static void name_keep(const struct claim *claim)
{
	const struct words *words = claim->words;
	struct utf8_out out;
	uint32_t code_point;
	bool blank = true;

	if (claim->name_until == claim->name_from)
		return;
	utf8_out_init(&out, claim->ret->name, sizeof claim->ret->name);
	const char *at = words->text + words->at[claim->name_from].from;
	const char *end = words->text + words->at[claim->name_until - 1].until;
	while (at < end && (code_point = utf8_next(&at)) != 0) {
		bool was = blank;
		blank = code_point <= ' ' || code_point == 0x7F || code_point == 0xA0;
		if (!blank || !was)
			utf8_put(&out, blank ? ' ' : code_point);
	}
}

/* ---- verdict ------------------------------------------------------------------------------------------------------- */

/* Somebody may have meant it: short, and at most two words have no place. */
static void hint_give(const struct claim *claim)
{
	const struct words *words = claim->words;
	int strange = 0;

	if (words->count > HINT_WORDS || claim->any & (SAYS_STORY | SAYS_NEVER) || words->link ||
		claim->verb & (SAYS_DROP | SAYS_SLIP) || (claim->verb & SAYS_HALT && words->count > HINT_HALT_WORDS))
		return;
	for (int i = 0; i < words->count; i++)
		strange += words->at[i].says == 0;
	if (strange > 2)
		return;
	if (claim->joins && claim->leaves)
		claim->ret->hint = VERB_HELP;
	else
		claim->ret->hint = claim->joins ? VERB_JOIN : VERB_LEAVE;
}

static void outcome_clear(struct citizen_words *ret)
{
	ret->zone[0] = ret->topics[0] = ret->name[0] = '\0';
	ret->argument_length = 0;
}

/* "Disattiva viabilità" gives up a topic, "stop viabilità" may be a cry. */
static bool topics_give_up(struct claim *claim)
{
	struct citizen_words *ret = claim->ret;

	if (claim->verb & SAYS_HALT) {
		outcome_clear(ret);
		ret->hint = VERB_TOPICS;
		return false;
	}
	ret->verb = VERB_TOPICS;
	ret->topics_do = TOPICS_REMOVE;
	return claim->name_until == claim->name_from;
}

static bool claim_decide(struct claim *claim)
{
	struct citizen_words *ret = claim->ret;
	bool asked = claim->asked;

	if ((claim->joins && claim->leaves) || claim->any & SAYS_STORY || !left_read(claim) || !right_read(claim))
		return false;
	if (asked && !question_is_order(claim)) {
		bool plain = claim->name_until == claim->name_from && !ret->topics[0] && !ret->argument_length;
		outcome_clear(ret);
		ret->verb = plain && !(claim->verb & SAYS_HALT) ? VERB_HELP : VERB_NONE;
		return ret->verb == VERB_HELP;
	}
	if (claim->leaves && ret->topics[0])
		return topics_give_up(claim);
	if (!object_is_there(claim) || !name_is_credible(claim))
		return false;
	ret->verb = claim->joins ? VERB_JOIN : VERB_LEAVE;
	name_keep(claim);
	return true;
}

bool words_read_join(const struct words *words, const struct settings *settings, struct citizen_words *ret)
{
	struct claim claim = {.words = words, .settings = settings, .ret = ret};

	if (words->more || words->count == 0)
		return false;
	if (!words->link && words_want_no_more(words)) {
		ret->verb = VERB_LEAVE;
		return true;
	}
	claim_find(&claim);
	if (claim.at < 0) {
		ret->verb = !words->link && (words_want_messages(words)) ? VERB_JOIN : VERB_NONE;
		return ret->verb == VERB_JOIN;
	}
	claim.asked = words->question || claim.any & SAYS_ASK;
	if (!words->link && claim_decide(&claim))
		return true;
	outcome_clear(ret);
	ret->verb = VERB_NONE;
	if (ret->hint == VERB_NONE)
		hint_give(&claim);
	return false;
}
