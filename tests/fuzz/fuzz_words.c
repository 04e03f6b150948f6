/* Citizens' words from any octets: everything stays in its bounds, every answer is whole, and case and blanks around do not
 * count. The first octet chooses between a text and a button's id. */
#include "firmware-host/citizen_words.h"

#include "config/value.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static const struct settings settings = {
	.comune = {.name = "Santa Fiora", .service = "Comune Amico", .country = "39"},
	.zones = {{"centro", "Città", "piazza,borgo"}, {"molino", "Frazione Molino", ""}},
	.zone_count = 2,
	.topics = {{"scuole", "Scuole", ""}, {"lavori-pubblici", "Lavori pubblici", ""}},
	.topic_count = 2,
	.offices = {{.id = "anagrafe", .name = "Anagrafe"}, {.id = "tecnico", .name = "Ufficio tecnico"}},
	.office_count = 2,
};

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static void whole(const struct citizen_words *words, const char *text)
{
	require(words->verb <= VERB_COURTESY && words->hint <= VERB_COURTESY);
	require(words->hint == VERB_NONE || words->verb == VERB_NONE);
	require(words->argument >= text && words->argument + words->argument_length <= text + strlen(text));
	require(ends(words->name, sizeof words->name) && value_is_utf8(words->name, strlen(words->name), NULL));
	require(ends(words->topics, sizeof words->topics) && ends(words->zone, sizeof words->zone));
	require(ends(words->office, sizeof words->office) && ends(words->language, sizeof words->language));
	require(words->number_count >= 0 && words->number_count <= WORDS_NUMBERS_MAX);
	for (int i = 0; i < words->number_count; i++)
		require(words->numbers[i] >= 1 && words->numbers[i] <= WORDS_REPORT_MAX);
	require(words->verb != VERB_NUMBER || words->number_count > 0);
}

/* Capitals are what the reader makes of letters anyway. */
static void capitals_are_alike(char *text, const struct citizen_words *plain)
{
	struct citizen_words capitals;

	if (plain->verb == VERB_JOIN || plain->verb == VERB_NONE) /* small letters tell a noun from a lone surname */
		return;
	for (char *at = text; *at; at++)
		if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - 'a' + 'A');
	words_read(text, &settings, NULL, &capitals);
	require(capitals.verb == plain->verb && strcmp(capitals.zone, plain->zone) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct citizen_words words;

	if (size < 1)
		return 0;
	char *text = malloc(size);
	require(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] % 8 == 0) {
		bool known = words_read_choice(text, &settings, &words);
		whole(&words, text);
		require(known == (words.verb != VERB_NONE));
	} else {
		words_read(text, &settings, NULL, &words);
		whole(&words, text);
		(void)words_is_automatic(text);
		capitals_are_alike(text, &words);
	}
	free(text);
	return 0;
}
