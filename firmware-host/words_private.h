/* What the files words_*.c and citizen_words.c share: a message as words, each with what it may say. */
#ifndef BANDITORE_WORDS_PRIVATE_H
#define BANDITORE_WORDS_PRIVATE_H

#include "firmware-host/citizen_words.h"

enum { WORD_SIZE = 64 }; /* octets of one word with its NUL; the rest of a longer one is left out */

/* What a word may say; one word may say several things. */
#define SAYS_JOIN	 (UINT64_C(1) << 0)
#define SAYS_LEAVE	 (UINT64_C(1) << 1)
#define SAYS_HALT	 (UINT64_C(1) << 2) /* STOP, BASTA: leaves alone or with what is to stop */
#define SAYS_DROP	 (UINT64_C(1) << 3) /* leaves only with what is dropped: "cancella iscrizione" */
#define SAYS_SELF	 (UINT64_C(1) << 4) /* of oneself: "iscrivimi" */
#define SAYS_DEED	 (UINT64_C(1) << 5) /* the deed as a noun: "l'attivazione" */
#define SAYS_SLIP	 (UINT64_C(1) << 6) /* another word which dictation puts for the verb: "attivo comune amico" */
#define SAYS_COURTESY	 (UINT64_C(1) << 7)
#define SAYS_GLUE	 (UINT64_C(1) << 8)
#define SAYS_ARTICLE	 (UINT64_C(1) << 9)
#define SAYS_OBJECT	 (UINT64_C(1) << 10) /* what is joined or left: the service, the list, the messages */
#define SAYS_LAST	 (UINT64_C(1) << 11) /* the last message */
#define SAYS_WISH	 (UINT64_C(1) << 12)
#define SAYS_REQUEST	 (UINT64_C(1) << 13) /* "potete …?": a question that asks for the deed */
#define SAYS_ASK	 (UINT64_C(1) << 14)
#define SAYS_STORY	 (UINT64_C(1) << 15) /* negation and past: what holds it asks for nothing */
#define SAYS_SEND	 (UINT64_C(1) << 16) /* "mandatemi": what may be asked no more */
#define SAYS_MORE	 (UINT64_C(1) << 17) /* "più": not any more */
#define SAYS_NEVER	 (UINT64_C(1) << 18) /* a noun or verb of everyday life: no person's name, and no slip of anything */
#define SAYS_NAME	 (UINT64_C(1) << 19) /* a given name */
#define SAYS_PARTICLE	 (UINT64_C(1) << 20) /* of a surname: "De", "Lo" */
#define SAYS_INTRO	 (UINT64_C(1) << 21) /* introduces a name: "sono" */
#define SAYS_ADDRESS	 (UINT64_C(1) << 22) /* begins an address: "via" */
#define SAYS_ZONE	 (UINT64_C(1) << 23)
#define SAYS_LIVE	 (UINT64_C(1) << 24) /* introduces a zone: "abito" */
#define SAYS_STATUS	 (UINT64_C(1) << 25)
#define SAYS_TOPICS	 (UINT64_C(1) << 26)
#define SAYS_ALL	 (UINT64_C(1) << 27)
#define SAYS_NOTHING	 (UINT64_C(1) << 28)
#define SAYS_ADD	 (UINT64_C(1) << 29)
#define SAYS_REPORT	 (UINT64_C(1) << 30) /* a heading: "SEGNALA: …" */
#define SAYS_REPORTING	 (UINT64_C(1) << 31) /* part of the sentence: "segnalo che …" */
#define SAYS_APPOINTMENT (UINT64_C(1) << 32)
#define SAYS_BOOK	 (UINT64_C(1) << 33)
#define SAYS_MOVE	 (UINT64_C(1) << 34)
#define SAYS_CANCEL	 (UINT64_C(1) << 35)
#define SAYS_PRIVACY	 (UINT64_C(1) << 36)
#define SAYS_REPEAT	 (UINT64_C(1) << 37)
#define SAYS_HELP	 (UINT64_C(1) << 38)
#define SAYS_YES	 (UINT64_C(1) << 39)
#define SAYS_NO		 (UINT64_C(1) << 40)
#define SAYS_NUMBER	 (UINT64_C(1) << 41) /* digits, or a number's name */
#define SAYS_LANGUAGE	 (UINT64_C(1) << 42)
#define SAYS_TONGUE	 (UINT64_C(1) << 43) /* a language's name */
#define SAYS_SERVICE	 (UINT64_C(1) << 44) /* the whole name of this service, here */
#define SAYS_PART	 (UINT64_C(1) << 45) /* a word of the service's or the comune's name */
#define SAYS_COMMAND	 (UINT64_C(1) << 46) /* found also with blanks inside */
#define SAYS_WANT	 (UINT64_C(1) << 47) /* what one wants: "non voglio" */
#define SAYS_PICK	 (UINT64_C(1) << 48) /* goes with a number: "scelgo il 2" */
#define SAYS_EXCEPT	 (UINT64_C(1) << 49) /* what follows is not wanted */
#define SAYS_WELL	 (UINT64_C(1) << 50) /* a courtesy behind "buon": night, Christmas */

#define SAYS_VERB  (SAYS_JOIN | SAYS_LEAVE | SAYS_HALT | SAYS_DROP)
#define SAYS_QUIET (SAYS_COURTESY | SAYS_GLUE | SAYS_ARTICLE | SAYS_WISH | SAYS_REQUEST)

struct word {
	char word[WORD_SIZE]; /* A to Z and 0 to 9; '?' stands for a letter of another script */
	uint64_t says;
	size_t from, until; /* octets of the text */
};

struct words {
	const char *text;
	struct word at[WORDS_TOKENS_MAX];
	int count;
	bool more;     /* than fit */
	bool question; /* holds a question mark */
	bool link;     /* an address of the web or of mail */
	bool agree;    /* a thumb up, and no letter */
	bool disagree; /* a thumb down, likewise */
	bool sign;     /* some other sign, likewise */
	bool clock;    /* digits joined by ':', '.' or '/': a time or a date */
};

/* ---- words_token.c: letters ---------------------------------------------------------------------------------------- */

/* Cuts the text into words and says nothing of them. */
void words_cut(const char *text, struct words *ret);

/* A name as one run of capitals and digits: "Città Alta" is CITTAALTA. Returns its length. */
size_t words_compact(const char *text, char out[WORD_SIZE]);

/* The slips between two words, at most `most`; more gives most + 1. */
int words_distance(const char *one, const char *other, int most);

/* How many slips a word of that length may hold and still be known. */
int words_slack(size_t length);

/* ---- words_lexicon.c: what single words say ------------------------------------------------------------------------ */

/* Of the word exactly as it stands, repeated letters aside. */
uint64_t lexicon_exact(const char *word);

/* Of the command words that it may be a slip of. */
uint64_t lexicon_near(const char *word);

int lexicon_number(const char *word);		/* "TRE" is 3; -1: none; at most WORDS_REPORT_MAX */
const char *lexicon_language(const char *word); /* "TEDESCO" is "de"; NULL: none */

/* ---- words_sort.c: what the words of a message say ----------------------------------------------------------------- */

/* Heals blanks inside words and between them, finds the service's name, and fills every word's `says`. */
void words_sort(struct words *words, const struct settings *settings);

/* Does every word from `from` until before `until` say one of these? */
bool words_all(const struct words *words, int from, int until, uint64_t says);

/* All that any of them says. */
uint64_t words_any(const struct words *words, int from, int until);

/* The first word that says none of these; words->count: there is none. */
int words_skip(const struct words *words, int from, uint64_t says);

/* ---- words_named.c: zones, topics, offices ------------------------------------------------------------------------- */

struct words_named {
	int index;    /* in the settings' list; -1: none */
	int length;   /* words it takes */
	int distance; /* slips */
};

enum words_list { LIST_ZONES, LIST_TOPICS, LIST_OFFICES };

/* The one that starts at word `at`, by its id, name or alias: that with the fewest slips, then the longest. */
struct words_named words_named_at(
	const struct words *words, int at, const struct settings *settings, enum words_list list, bool slips);

/* The one whose name shares a telling word with those from `from` on; -1: none, or two. */
int words_named_like(const struct words *words, int from, const struct settings *settings, enum words_list list);

/* Adds a topic's id to "a|b" unless it is there. False: no room. */
bool words_topic_add(char topics[WORDS_TOPICS_MAX], const char *id);

/* ---- words_join.c: joining and leaving ----------------------------------------------------------------------------- */

/* Each of the readers fills verb and what goes with it, and says whether it did; this one may also fill hint. */
bool words_read_join(const struct words *words, const struct settings *settings, struct citizen_words *ret);

/* ---- words_want.c: the same without a verb of ours ----------------------------------------------------------------- */

/* "Non voglio più ricevere messaggi", "non mandatemi più niente" */
bool words_want_no_more(const struct words *words);

/* "Vorrei ricevere gli avvisi del Comune", "iscrizione al servizio" */
bool words_want_messages(const struct words *words);

/* ---- words_choose.c: topics, zones, appointments ------------------------------------------------------------------- */

bool words_read_topics(const struct words *words, const struct settings *settings, struct citizen_words *ret);
bool words_read_zone(const struct words *words, const struct settings *settings, struct citizen_words *ret);
bool words_read_appointment(const struct words *words, const struct settings *settings, struct citizen_words *ret);

/* ---- citizen_words.c ----------------------------------------------------------------------------------------------- */

/* The text from there to there without the blanks and signs around it. */
void words_argue(const char *text, size_t from, size_t until, struct citizen_words *ret);

#endif
