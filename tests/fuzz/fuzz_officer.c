/* Officers' orders from any octets: everything stays in its bounds, no PIN outlives the mask, and masking changes neither the
 * length nor what is ordered. */
#include "firmware-host/officer_words.h"

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
	.zones = {{"borgo", "Borgo", "Borgo Vecchio,capoluogo"}, {"monte-alto", "Monte Alto", ""}},
	.zone_count = 2,
};

static void whole(const struct officer_words *words, const char *text)
{
	size_t length = strlen(text);

	require(words->verb <= OFFICER_WORD);
	require(words->text >= text && words->text + words->text_length <= text + length);
	require(words->pin_from <= words->pin_until && words->pin_until <= length);
	require(words->has_pin == (words->pin_until > words->pin_from));
	require(memchr(words->pin, '\0', sizeof words->pin) && memchr(words->code, '\0', sizeof words->code));
	require(memchr(words->word, '\0', sizeof words->word) && memchr(words->hazard, '\0', sizeof words->hazard));
	require(words->zone_count >= 0 && words->zone_count <= OFFICER_WORDS_ZONES_MAX);
	require(words->until_minute >= -1 && words->until_minute <= 1440 && words->hours >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct officer_words before, after;
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	size_t length = strlen(text);
	officer_words_read(text, &settings, &before);
	whole(&before, text);
	(void)officer_words_mask(text, &before, true);
	require(strlen(text) == length);
	officer_words_read(text, &settings, &after);
	whole(&after, text);
	require(after.pin[0] == '\0' || !before.has_pin);
	if (before.has_pin &&
		(before.verb == OFFICER_ALERT || before.verb == OFFICER_CLEAR || before.verb == OFFICER_CANCEL))
		require(after.verb == before.verb && after.has_pin && strcmp(after.code, before.code) == 0 &&
			after.number == before.number && after.colour == before.colour &&
			after.text_length == before.text_length);
	require(!officer_words_mask(text, &after, true) || after.has_pin);
	free(text);
	return 0;
}
