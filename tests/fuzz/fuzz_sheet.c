/* The keypad's sheet from any octets: refused with a reason, or taken, and then no code, whatever is typed, leads outside it. */
#include "config/settings.h"
#include "firmware-host/keypad/sheet.h"

#include <stddef.h>
#include <stdint.h>
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

static void code_try(const struct sheet *sheet, const char *code)
{
	struct sheet_meaning meaning = sheet_find(sheet, code);
	int64_t from = 0, until = 0, now = INT64_C(1800000000000);

	require(meaning.act <= SHEET_NONE);
	if (meaning.act != SHEET_ALERT)
		return;
	require(meaning.hazard >= sheet->hazards && meaning.hazard < sheet->hazards + sheet->hazard_count);
	require(meaning.hazard->name[0] != '\0' && meaning.hazard->brief[0] != '\0');
	sheet_times(&meaning, now, &from, &until);
	require(until > now && from < until);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char config[] = "comune = { name = \"F\"; }; zones = ( { id = \"centro\"; } );";
	struct settings *settings;
	struct sheet *sheet;
	struct err err = {0, ""};

	require(settings_read_string(config, sizeof config - 1, "fuzz.cfg", &settings, &err) == 0);
	if (sheet_read_string((const char *)data, size, "fuzz.cfg", settings, &sheet, &err) != 0) {
		require((err.status == EX_CONFIG || err.status == EX_OSERR) && err.text[0] != '\0' &&
			!strchr(err.text, '\n'));
		settings_free(settings);
		return 0;
	}
	for (int i = 0; i < sheet->code_count; i++)
		code_try(sheet, sheet->codes[i].code);
	code_try(sheet, "303114201");
	code_try(sheet, "98201022060");
	for (size_t i = 0; i + SHEET_WHOLE_DIGITS <= size && i < 64; i++) {
		char code[SHEET_WHOLE_DIGITS + 1];
		memcpy(code, data + i, SHEET_WHOLE_DIGITS);
		code[SHEET_WHOLE_DIGITS] = '\0';
		code_try(sheet, code);
	}
	sheet_free(sheet);
	settings_free(settings);
	return 0;
}
