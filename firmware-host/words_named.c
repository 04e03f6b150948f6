#include "firmware-host/words_private.h"

#include <stdio.h>
#include <string.h>

/* What stands before a name without telling one from another. */
static const char generic[] =
	" UFFICIO UFFICI SERVIZIO SPORTELLO SETTORE AREA FRAZIONE LOCALITA BORGATA QUARTIERE ZONA CONTRADA ";

static bool is_generic(const char *word)
{
	const char *at = strstr(generic, word);

	return at && at[-1] == ' ' && at[strlen(word)] == ' ';
}

/* One of the settings' things: its names, joined by commas. */
struct thing {
	const char *id, *name, *aliases;
};

static int list_count(const struct settings *settings, enum words_list list)
{
	return list == LIST_ZONES    ? settings->zone_count
	       : list == LIST_TOPICS ? settings->topic_count
				     : settings->office_count;
}

static struct thing list_get(const struct settings *settings, enum words_list list, int index)
{
	const struct settings_named *named = list == LIST_ZONES ? settings->zones : settings->topics;

	if (list == LIST_OFFICES)
		return (struct thing){settings->offices[index].id, settings->offices[index].name, ""};
	return (struct thing){named[index].id, named[index].name, named[index].aliases};
}

/* How many words from `at` on are this name, written as one run; 0: they are not. */
static int run_match(const struct words *words, int at, const char *name, int slack, int *ret_distance)
{
	size_t length = strlen(name), used = 0;
	char run[WORD_SIZE];
	int best = slack + 1, best_length = 0;

	for (int i = at; i < words->count; i++) {
		size_t more = strlen(words->at[i].word);
		if (used + more >= sizeof run || used + more > length + (size_t)slack)
			break;
		memcpy(run + used, words->at[i].word, more + 1);
		used += more;
		int distance = words_distance(run, name, slack);
		if (distance < best) {
			best = distance;
			best_length = i - at + 1;
		}
	}
	*ret_distance = best;
	return best_length;
}

static void name_try(
	const struct words *words, int at, const char *name, int index, bool slips, struct words_named *best)
{
	struct words parts;
	char run[WORD_SIZE];
	int distance;

	for (int shortened = 0; shortened < 2; shortened++) {
		if (shortened) { /* "Ufficio tecnico" is also "tecnico" */
			words_cut(name, &parts);
			if (parts.count < 2 || !is_generic(parts.at[0].word))
				return;
			name += parts.at[1].from;
		}
		size_t length = words_compact(name, run);
		if (length == 0)
			return;
		int taken = run_match(words, at, run, slips ? words_slack(length + 1) : 0, &distance);
		if (taken > 0 && (best->index < 0 || distance < best->distance ||
					 (distance == best->distance && taken > best->length)))
			*best = (struct words_named){index, taken, distance};
	}
}

struct words_named words_named_at(
	const struct words *words, int at, const struct settings *settings, enum words_list list, bool slips)
{
	/* No slip of a name begins with a word that is known: "no sport" is not "sport". */
	const uint64_t known =
		SAYS_GLUE | SAYS_ARTICLE | SAYS_WISH | SAYS_EXCEPT | SAYS_DROP | SAYS_LEAVE | SAYS_ADD | SAYS_ALL;
	struct words_named best = {.index = -1};
	char alias[SETTINGS_STRING_MAX];

	if (at >= words->count)
		return best;
	slips &= !(words->at[at].says & known);
	for (int i = 0; i < list_count(settings, list); i++) {
		struct thing thing = list_get(settings, list, i);
		name_try(words, at, thing.id, i, slips, &best);
		name_try(words, at, thing.name, i, slips, &best);
		for (const char *from = thing.aliases; *from;) {
			size_t length = strcspn(from, ",");
			snprintf(alias, sizeof alias, "%.*s", (int)length, from);
			name_try(words, at, alias, i, slips, &best);
			from += length + (from[length] == ',');
		}
	}
	return best;
}

/* Does the name hold this word, and is it one that tells? */
static bool name_has(const char *name, const char *word)
{
	enum { TELLING = 5 };
	struct words parts;

	if (strlen(word) < TELLING || is_generic(word))
		return false;
	words_cut(name, &parts);
	for (int p = 0; p < parts.count; p++) {
		int slack = words_slack(strlen(parts.at[p].word));
		if (strlen(parts.at[p].word) >= TELLING && words_distance(word, parts.at[p].word, slack) <= slack)
			return true;
	}
	return false;
}

int words_named_like(const struct words *words, int from, const struct settings *settings, enum words_list list)
{
	int found = -1;

	for (int i = 0; i < list_count(settings, list); i++)
		for (int w = from; w < words->count; w++) {
			if (!name_has(list_get(settings, list, i).name, words->at[w].word))
				continue;
			if (found >= 0 && found != i)
				return -1;
			found = i;
		}
	return found;
}

bool words_topic_add(char topics[WORDS_TOPICS_MAX], const char *id)
{
	size_t length = strlen(id), used = strlen(topics);

	for (const char *at = topics; *at;) {
		size_t one = strcspn(at, "|");
		if (one == length && memcmp(at, id, length) == 0)
			return true;
		at += one + (at[one] == '|');
	}
	if (used + length + 2 > WORDS_TOPICS_MAX)
		return false;
	snprintf(topics + used, WORDS_TOPICS_MAX - used, "%s%s", used ? "|" : "", id);
	return true;
}
