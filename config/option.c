#include "config/options.h"

#include "config/source.h"
#include "config/value.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *option_field(const struct option *option, void *base)
{
	return (char *)base + option->offset;
}

const void *option_field_const(const struct option *option, const void *base)
{
	return (const char *)base + option->offset;
}

/* The place of the value among "one|two|three", or -1. */
static int word_index(const char *words, const char *value)
{
	size_t length = strlen(value), word;

	for (int i = 0;; i++) {
		word = strcspn(words, "|");
		if (word == length && memcmp(words, value, word) == 0)
			return i;
		if (words[word] == '\0')
			return -1;
		words += word + 1;
	}
}

static void describe_words(const struct option *option, char *out, size_t size)
{
	const char *quote = option->type == OPTION_INT ? "" : "\"", *words = option->words;
	size_t used = 0, word;

	while (used < size) {
		word = strcspn(words, "|");
		used += (size_t)snprintf(out + used, size - used, "%s%.*s%s", quote, (int)word, words, quote);
		if (words[word] == '\0' || used >= size)
			return;
		words += word + 1;
		used += (size_t)snprintf(out + used, size - used, "%s", strchr(words, '|') ? ", " : " or ");
	}
}

void option_describe(const struct option *option, char *out, size_t size)
{
	if (option->form) {
		(void)snprintf(out, size, "%s", option->form);
		return;
	}
	switch (option->type) {
	case OPTION_WORD: describe_words(option, out, size); break;
	case OPTION_BOOL: (void)snprintf(out, size, "true or false"); break;
	case OPTION_PATH: (void)snprintf(out, size, "a path, or \"\""); break;
	case OPTION_LIST: (void)snprintf(out, size, "a list of at most %d groups", option->list->max); break;
	case OPTION_STRING:
	case OPTION_HOURS: (void)snprintf(out, size, "text of at most %zu octets", option->size - 1); break;
	case OPTION_MONEY:
		(void)snprintf(out, size, "%d to %d, with at most 5 decimals", option->min, option->max);
		break;
	case OPTION_INT:
		if (option->words)
			describe_words(option, out, size);
		else
			(void)snprintf(out, size, "%d to %d %s", option->min, option->max, option->unit);
	}
}

/* Says what was wrong (but not with which secret) and what would be right. */
static bool refuse(const struct option *option, const char *value, char why[OPTION_WHY_MAX])
{
	char form[OPTION_FORM_MAX];

	option_describe(option, form, sizeof form);
	if (option->flags & OPTION_SECRET)
		(void)snprintf(why, OPTION_WHY_MAX, "%s has a wrong form; write %s", option->key, form);
	else
		(void)snprintf(why, OPTION_WHY_MAX, "%s cannot be \"%.80s\"; write %s", option->key, value, form);
	return false;
}

static bool put_string(
	const struct option *option, void *base, const char *value, const char *directory, char why[OPTION_WHY_MAX])
{
	char *field = option_field(option, base);
	bool word = option->words && word_index(option->words, value) >= 0;
	const char *front = "", *slash = "";
	size_t length;

	if (!value_is_utf8(value, strlen(value), NULL)) {
		(void)snprintf(why, OPTION_WHY_MAX, "%s is not valid UTF-8; write it without \\x", option->key);
		return false;
	}
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f) {
			(void)snprintf(why, OPTION_WHY_MAX,
				"%s holds a control character or line break; write it on one line", option->key);
			return false;
		}
	if (option->check && !option->check(value))
		return refuse(option, value, why);

	if (option->type == OPTION_PATH && directory && !word && value[0] != '\0' && value[0] != '/') {
		front = directory;
		slash = strcmp(directory, "/") == 0 ? "" : "/";
	}
	length = strlen(front) + strlen(slash) + strlen(value);
	if (length >= option->size) {
		(void)snprintf(why, OPTION_WHY_MAX, "%s is too long (%zu octets%s); use at most %zu", option->key,
			length, front[0] ? " with its directory" : "", option->size - 1);
		return false;
	}
	/* The rest is cleared so that equal settings are equal octet by octet. */
	memset(field, 0, option->size);
	(void)snprintf(field, option->size, "%s%s%s", front, slash, value);
	return true;
}

bool option_put_number(const struct option *option, void *base, double number, char why[OPTION_WHY_MAX])
{
	bool money = option->type == OPTION_MONEY;
	char text[32];
	int32_t value;

	(void)snprintf(text, sizeof text, "%.15g", number);
	/* Written so that a NaN fails as well. */
	if (!(number >= option->min && number <= option->max))
		return refuse(option, text, why);
	value = (int32_t)(money ? number * SETTINGS_MONEY + 0.5 : number);
	/* A double holds no decimal fraction exactly: the nearest whole number is it, or there are decimals too many. */
	if (money ? fabs(number * SETTINGS_MONEY - value) > 0.001 : value < number || value > number)
		return refuse(option, text, why);
	if (option->words && word_index(option->words, text) < 0)
		return refuse(option, text, why);
	memcpy(option_field(option, base), &value, sizeof value);
	return true;
}

bool option_put(
	const struct option *option, void *base, const char *value, const char *directory, char why[OPTION_WHY_MAX])
{
	bool yes = strcmp(value, "true") == 0;
	struct settings_hours hours;
	int word;

	switch (option->type) {
	case OPTION_STRING:
	case OPTION_PATH: return put_string(option, base, value, directory, why);
	case OPTION_INT:
	case OPTION_MONEY: return option_put_number(option, base, strtod(value, NULL), why);
	case OPTION_WORD:
		word = word_index(option->words, value);
		if (word < 0)
			return refuse(option, value, why);
		memcpy(option_field(option, base), &word, sizeof word);
		return true;
	case OPTION_HOURS:
		if (!value_to_hours(value, &hours))
			return refuse(option, value, why);
		memcpy(option_field(option, base), &hours, sizeof hours);
		return true;
	case OPTION_BOOL: memcpy(option_field(option, base), &yes, sizeof yes); return true;
	case OPTION_LIST: break;
	}
	return refuse(option, value, why);
}

/* The default items of a list in struct settings. */
static bool put_initial_items(const struct option *option, void *base, char why[OPTION_WHY_MAX])
{
	const struct option_list *list = option->list;
	char *item = option_field(option, base);
	int32_t count = 0;

	for (; list->initial && list->initial[count][0]; count++, item += list->item_size)
		if (!options_put_initial(list->options, list->option_count, item, NULL, why) ||
			!option_put(&list->options[0], item, list->initial[count][0], NULL, why) ||
			!option_put(&list->options[1], item, list->initial[count][1], NULL, why))
			return false;
	memcpy((char *)base + list->count_offset, &count, sizeof count);
	return true;
}

bool options_put_initial(
	const struct option *options, size_t count, void *base, const char *directory, char why[OPTION_WHY_MAX])
{
	for (size_t i = 0; i < count; i++) {
		const struct option *option = &options[i];

		if (option->type == OPTION_LIST) {
			if (!put_initial_items(option, base, why))
				return false;
			continue;
		}
		/* Empty needs no check: the memory is zero, and a name left out is made up later. */
		if (!option->initial || option->initial[0] == '\0')
			continue;
		if (!option_put(option, base, option->initial, directory, why))
			return false;
	}
	return true;
}

/* Where the last name of a dotted key starts. */
static const char *key_last(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

const char *options_nearest(const struct option *options, size_t count, const char *prefix, const char *name,
	char out[OPTION_KEY_MAX], bool *ret_elsewhere)
{
	size_t depth = strlen(prefix);
	/* A third of the letters wrong is another word. A key of another group must be nearer still. */
	int limit = (int)strlen(name) / 3 + 1, best = limit + 1, best_elsewhere = limit / 2 + 1;
	const char *sibling = NULL, *stranger = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *key = options[i].key;
		char word[OPTION_KEY_MAX];
		int distance;

		if (strncmp(key, prefix, depth) == 0) {
			(void)snprintf(word, sizeof word, "%.*s", (int)strcspn(key + depth, "."), key + depth);
			distance = source_distance(word, name);
			if (distance < best) {
				best = distance;
				sibling = key;
			}
		}
		distance = source_distance(key_last(key), name);
		if (distance < best_elsewhere) {
			best_elsewhere = distance;
			stranger = key;
		}
	}

	*ret_elsewhere = !sibling && stranger;
	if (sibling)
		(void)snprintf(out, OPTION_KEY_MAX, "%.*s", (int)(depth + strcspn(sibling + depth, ".")), sibling);
	else if (stranger)
		(void)snprintf(out, OPTION_KEY_MAX, "%s", stranger);
	return sibling || stranger ? out : NULL;
}
