#include "firmware-host/words_private.h"

#include <string.h>

/* Of what is joined or left, that which arrives: "ricevere gli avvisi" joins, "ricevere il numero" does not. */
static bool arrives(const char *word)
{
	static const char *const things[] = {"MESSAGGI", "MESSAGGINI", "SMS", "AVVISI", "NOTIFICHE", "ALLERTE",
		"COMUNICAZIONI", "NEWS", "NEWSLETTER"};

	for (size_t i = 0; i < sizeof things / sizeof *things; i++)
		if (strcmp(word, things[i]) == 0)
			return true;
	return false;
}

bool words_want_no_more(const struct words *words)
{
	const uint64_t fits = SAYS_MORE | SAYS_WANT | SAYS_SEND | SAYS_COURTESY | SAYS_GLUE | SAYS_ARTICLE |
			      SAYS_OBJECT | SAYS_NOTHING | SAYS_SERVICE | SAYS_STATUS;
	int negation = words_skip(words, 0, SAYS_COURTESY | SAYS_GLUE);
	bool things = false;

	if (words->question || negation == words->count || strcmp(words->at[negation].word, "NON") != 0 ||
		!words_all(words, negation + 1, words->count, fits))
		return false;
	uint64_t any = words_any(words, negation + 1, words->count);
	for (int i = negation + 1; i < words->count; i++) {
		const struct word *word = &words->at[i];
		if (word->says & SAYS_OBJECT && !arrives(word->word) && !(word->says & SAYS_HELP) &&
			strcmp(word->word, "NOTIZIE") != 0)
			return false;
		things |= word->says & (SAYS_OBJECT | SAYS_SERVICE);
	}
	if (any & (SAYS_MORE | SAYS_NOTHING))
		return any & (SAYS_SEND | SAYS_STATUS) || (any & SAYS_WANT && things);
	return any & SAYS_SEND && things;
}

/* "Iscrizione", "richiesta iscrizione al servizio", "iscrizione ON" */
static bool wants_enrolment(const struct words *words)
{
	bool named = false;

	for (int i = 0; i < words->count; i++)
		named |= strcmp(words->at[i].word, "ISCRIZIONE") == 0;
	return named && !words->question &&
	       words_all(words, 0, words->count, SAYS_QUIET | SAYS_OBJECT | SAYS_SERVICE | SAYS_PART);
}

/* "Vorrei ricevere gli avvisi del Comune", "voglio essere iscritto" */
static bool wants_messages(const struct words *words)
{
	uint64_t any = words_any(words, 0, words->count);
	bool enrolled = any & SAYS_STATUS;

	if (words->question || !(any & SAYS_WANT) || any & SAYS_HELP ||
		!words_all(words, 0, words->count,
			SAYS_QUIET | SAYS_SEND | SAYS_OBJECT | SAYS_SERVICE | SAYS_PART | SAYS_STATUS))
		return false;
	for (int i = 0; i < words->count; i++)
		if ((words->at[i].says & SAYS_SEND && strncmp(words->at[i].word, "RICEVER", 7) != 0) ||
			(words->at[i].says & SAYS_OBJECT && !arrives(words->at[i].word)))
			return false;
	return enrolled || (any & SAYS_SEND && any & (SAYS_OBJECT | SAYS_SERVICE));
}

bool words_want_messages(const struct words *words)
{
	return wants_enrolment(words) || wants_messages(words);
}
