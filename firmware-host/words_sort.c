#include "firmware-host/words_private.h"

#include <string.h>

bool words_all(const struct words *words, int from, int until, uint64_t says)
{
	for (int i = from; i < until; i++)
		if (!(words->at[i].says & says))
			return false;
	return true;
}

uint64_t words_any(const struct words *words, int from, int until)
{
	uint64_t says = 0;

	for (int i = from; i < until; i++)
		says |= words->at[i].says;
	return says;
}

int words_skip(const struct words *words, int from, uint64_t says)
{
	while (from < words->count && words->at[from].says & says)
		from++;
	return from;
}

/* Puts `count` words in the place of `taken` ones; those that then find no room fall off the end. */
static void words_replace(struct words *words, int at, int taken, const struct word *by, int count)
{
	int behind = words->count - at - taken;

	if (at + count + behind > WORDS_TOKENS_MAX) {
		words->more = true;
		if (at + count > WORDS_TOKENS_MAX)
			count = WORDS_TOKENS_MAX - at;
		behind = WORDS_TOKENS_MAX - at - count;
	}
	memmove(&words->at[at + count], &words->at[at + taken], (size_t)behind * sizeof *words->at);
	memcpy(&words->at[at], by, (size_t)count * sizeof *by);
	words->count = at + count + behind;
}

/* ---- blanks inside a word ------------------------------------------------------------------------------------------ */

/* Appends one more word to a run of them; false: too long to be one. */
static bool run_add(char run[WORD_SIZE], const char *word)
{
	size_t length = strlen(run), more = strlen(word);

	if (length + more >= WORD_SIZE)
		return false;
	memcpy(run + length, word, more + 1);
	return true;
}

/* "A T T I V A", "dis attiva", "cancella mi": the longest run from `at` that is one command. */
static void blanks_heal(struct words *words, int at)
{
	enum { RUN_MAX = 14, COMMAND_MIN = 5, COMMAND_MAX = 16 };
	char run[WORD_SIZE] = "";
	int best = 0;
	bool letters = true;

	for (int i = at; i < words->count && i < at + RUN_MAX; i++) {
		if (!run_add(run, words->at[i].word) || strlen(run) > COMMAND_MAX)
			break;
		letters &= words->at[i].word[1] == '\0';
		if (i == at || (strlen(run) < COMMAND_MIN && !letters))
			continue;
		if (lexicon_exact(run) & (letters ? SAYS_HALT | SAYS_COMMAND : SAYS_COMMAND))
			best = i - at + 1;
	}
	if (best == 0)
		return;

	struct word whole = words->at[at];
	whole.word[0] = '\0';
	for (int i = at; i < at + best; i++)
		(void)run_add(whole.word, words->at[i].word);
	whole.until = words->at[at + best - 1].until;
	words_replace(words, at, best, &whole, 1);
}

/* ---- blanks left out between words --------------------------------------------------------------------------------- */

struct split {
	char service[WORD_SIZE];
	struct word piece[4];
	int count;
	bool command;
};

/* Cuts `word` into words that are known or the service's name, the longest first; at most four. */
static bool split_rest(struct split *split, const char *word)
{
	enum { SHORTEST = 3 };
	size_t length = strlen(word);

	if (length == 0)
		return split->command && split->count > 1;
	if (split->count == (int)(sizeof split->piece / sizeof *split->piece))
		return false;
	for (size_t take = length; take >= SHORTEST; take--) {
		struct word *piece = &split->piece[split->count];
		memcpy(piece->word, word, take);
		piece->word[take] = '\0';
		uint64_t says = lexicon_exact(piece->word);
		bool command = says & (SAYS_COMMAND | SAYS_HALT);
		bool filler = says & (SAYS_COURTESY | SAYS_OBJECT) || (says & SAYS_GLUE && take > SHORTEST);
		if (!command && !filler && strcmp(piece->word, split->service) != 0)
			continue;
		bool before = split->command;
		split->command |= command;
		split->count++;
		if (split_rest(split, word + take))
			return true;
		split->count--;
		split->command = before;
	}
	return false;
}

/* "ATIVACOMUNEAMICO": the verb and the service's name in one, with a slip or two; at[0] and at[1] of the split. */
static bool split_near(struct split *split, const char *word)
{
	static const struct {
		const char *verb;
		uint64_t says;
	} verbs[] = {
		{"ATTIVA", SAYS_JOIN}, {"ISCRIVIMI", SAYS_JOIN}, {"DISATTIVA", SAYS_LEAVE}, {"CANCELLAMI", SAYS_LEAVE}};
	uint64_t reached = 0;

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		char both[WORD_SIZE] = "";
		if (!run_add(both, verbs[i].verb) || !run_add(both, split->service) ||
			words_distance(word, both, 2) > 2)
			continue;
		reached |= verbs[i].says;
		memcpy(split->piece[0].word, verbs[i].verb, strlen(verbs[i].verb) + 1);
	}
	memcpy(split->piece[1].word, split->service, WORD_SIZE);
	split->count = 2;
	return reached == SAYS_JOIN || reached == SAYS_LEAVE;
}

static void blanks_insert(struct words *words, int at, const char *service)
{
	enum { WORTH = 7 };
	struct word *whole = &words->at[at];
	struct split split = {.count = 0};

	memcpy(split.service, service, WORD_SIZE);
	if (strlen(whole->word) < WORTH || lexicon_exact(whole->word) || strcmp(whole->word, service) == 0)
		return;
	if (!split_rest(&split, whole->word)) {
		split.count = 0;
		if (strlen(service) < WORTH || !split_near(&split, whole->word))
			return;
	}
	/* Which octets are whose is not worth knowing: commands and names of services are never quoted. */
	for (int i = 0; i < split.count; i++) {
		split.piece[i].from = whole->from;
		split.piece[i].until = whole->until;
	}
	words_replace(words, at, 1, split.piece, split.count);
}

/* ---- the service's name -------------------------------------------------------------------------------------------- */

/* Marks a name where it starts at `at`, of however many words. Returns how many. */
static int name_mark(struct words *words, int at, const char *name, uint64_t says)
{
	int slack = words_slack(strlen(name)), best = slack + 1, length = 0;
	char run[WORD_SIZE] = "";

	for (int i = at; i < words->count && strlen(run) <= strlen(name) + 2; i++) {
		/* A verb is never swallowed by a name that is like it. */
		if (words->at[i].says & (SAYS_JOIN | SAYS_LEAVE | SAYS_HALT | SAYS_SERVICE) ||
			!run_add(run, words->at[i].word))
			break;
		int distance = words_distance(run, name, slack);
		if (distance < best) {
			best = distance;
			length = i - at + 1;
		}
	}
	for (int i = at; i < at + length; i++)
		words->at[i].says = says;
	return length;
}

static void names_mark(struct words *words, const char *name, uint64_t says)
{
	for (int i = 0; i < words->count && name[0]; i++) {
		int length = name_mark(words, i, name, says);
		i += length > 0 ? length - 1 : 0;
	}
}

/* Marks single words of a name of several, unless a person may be called so: "Massimo", "Santa". */
static void parts_mark(struct words *words, const char *name)
{
	struct words parts;

	words_cut(name, &parts);
	for (int p = 0; p < parts.count; p++) {
		size_t length = strlen(parts.at[p].word);
		if (length < 4)
			continue;
		for (int i = 0; i < words->count; i++)
			if (!(words->at[i].says & (SAYS_SERVICE | SAYS_JOIN | SAYS_LEAVE | SAYS_NAME)) &&
				words_distance(words->at[i].word, parts.at[p].word, words_slack(length)) <=
					words_slack(length))
				words->at[i].says |= SAYS_PART;
	}
}

/* "Buona notte" is a courtesy and "di notte" is not; so are "per" and "favore". */
static void courtesies_mark(struct words *words)
{
	static const char *const wishes[] = {"BUON", "BEL", "FELIC", "SEREN", "LIET"};

	for (int i = 0; i + 1 < words->count; i++) {
		struct word *word = &words->at[i], *next = word + 1;
		if ((strcmp(word->word, "PER") == 0 || strcmp(word->word, "X") == 0) && next->says & SAYS_COURTESY)
			word->says = SAYS_COURTESY;
		for (size_t w = 0; w < sizeof wishes / sizeof *wishes; w++)
			if (next->says & SAYS_WELL && strncmp(word->word, wishes[w], strlen(wishes[w])) == 0)
				word->says = next->says = SAYS_COURTESY;
	}
}

void words_sort(struct words *words, const struct settings *settings)
{
	char service[WORD_SIZE], comune[WORD_SIZE];

	words_compact(settings->comune.service, service);
	words_compact(settings->comune.name, comune);
	for (int i = 0; i < words->count; i++)
		blanks_heal(words, i);
	for (int i = 0; i < words->count; i++)
		blanks_insert(words, i, service);
	for (int i = 0; i < words->count; i++)
		words->at[i].says = lexicon_exact(words->at[i].word);
	courtesies_mark(words);
	names_mark(words, service, SAYS_SERVICE);
	names_mark(words, comune, SAYS_PART);
	parts_mark(words, settings->comune.service);
	parts_mark(words, settings->comune.name);
	for (int i = 0; i < words->count; i++)
		if (!words->at[i].says)
			words->at[i].says = lexicon_near(words->at[i].word);
}
