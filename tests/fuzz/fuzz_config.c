/* The configuration and the texts from any octets: refused with a reason, or taken, and then printed so that it reads
 * back as it was. */
#include "config/settings.h"
#include "config/texts.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For LeakSanitizer: libconfig 1.5 loses a string which a syntax error follows. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_reason(const struct err *err)
{
	require(err->status == EX_CONFIG);
	require(memchr(err->text, '\0', sizeof err->text) != NULL);
	require(err->text[0] != '\0' && strchr(err->text, '\n') == NULL);
}

static void print_and_read_back(struct settings *settings)
{
	struct settings *again;
	struct err err;
	char *printed;
	size_t length;
	FILE *out = open_memstream(&printed, &length);

	require(out != NULL);
	for (int32_t i = 0; i < settings->modem_count; i++)
		memset(settings->modems[i].pin, 0, sizeof settings->modems[i].pin); /* printed hidden */
	settings_print(settings, out);
	require(fclose(out) == 0);
	require(settings_read_string(printed, length, "fuzz.cfg", &again, &err) == 0);
	require(memcmp(settings, again, sizeof *settings) == 0);
	settings_free(again);
	free(printed);
}

static void fill_all(const struct texts *texts)
{
	const struct text_value values[] = {{"text", "però {text} ["}, {"comune", ""}, {"service", "S"}};
	char out[64];

	for (int id = 0; id < TEXT_COUNT; id++) {
		int length = texts_fill(texts, (enum text_id)id, values, 3, out, sizeof out);

		require(strlen(out) < sizeof out);
		require(length == -1 || (size_t)length == strlen(out));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct settings *settings;
	struct texts *texts;
	struct err err = {0, ""};

	if (settings_read_string(text, size, "fuzz.cfg", &settings, &err) == 0) {
		print_and_read_back(settings);
		settings_free(settings);
	} else {
		require_reason(&err);
	}

	if (texts_read_string(text, size, "fuzz.cfg", &texts, &err) == 0) {
		fill_all(texts);
		texts_free(texts);
	} else {
		require_reason(&err);
	}
	return 0;
}
