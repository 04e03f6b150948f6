#include "firmware-host/keypad/sheet_second.h"

#include "config/source.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "/etc/x/keypad.cfg" gives "/etc/x/keypad.de.cfg", whatever the file is called. */
static void path_beside(const char *path, const char *stem, const char *language, char out[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(out, PATH_MAX, "%.*s%s.%s.cfg", slash ? (int)(slash + 1 - path) : 0, path, stem, language);
}

/* A text the file leaves out is Italian, and half an alert in each language is none. */
static int texts_check(const struct texts *texts, const char *path, struct err *err)
{
	static const struct {
		enum text_id id;
		const char *key;
	} needed[] = {
		{TEXT_ALERT, "alert"},
		{TEXT_UPDATE, "update"},
		{TEXT_ALERT_HAZARD, "alert_hazard"},
		{TEXT_ALERT_PHASE, "alert_phase"},
		{TEXT_ALERT_UNTIL, "alert_until"},
		{TEXT_WHEN_TOMORROW, "when_tomorrow"},
		{TEXT_CLEAR, "clear"},
		{TEXT_CLEAR_DEFAULT, "clear_default"},
		{TEXT_EXERCISE, "exercise"},
		{TEXT_COLOUR_YELLOW, "colour_yellow"},
		{TEXT_COLOUR_ORANGE, "colour_orange"},
		{TEXT_COLOUR_RED, "colour_red"},
		{TEXT_PHASE_ALARM, "phase_alarm"},
		{TEXT_TEMPLATE_EXERCISE_ALERT, "template_exercise_alert"},
		{TEXT_TEMPLATE_UPDATE_TEXT, "template_update_text"},
	};
	struct texts *italian;
	int status = 0;

	if (texts_read(NULL, false, &italian, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof needed / sizeof *needed && status == 0; i++)
		if (strcmp(texts_get(texts, needed[i].id), texts_get(italian, needed[i].id)) == 0)
			status = err_set(err, EX_CONFIG,
				"%s: %s is missing; comune.second_language needs it, take it from the shipped file",
				path, needed[i].key);
	texts_free(italian);
	return status;
}

int sheet_second_read(const char *path, const struct settings *settings, struct sheet *sheet, struct err *err)
{
	static const char remedy[] = "comune.second_language needs it beside the Italian one; take the shipped file";
	char beside[PATH_MAX], *text;
	size_t length;

	sheet->second = calloc(1, sizeof *sheet->second);
	if (!sheet->second)
		return err_set(err, EX_OSERR, "out of memory");
	path_beside(settings->texts, "texts", settings->comune.second_language, beside);
	if (source_load(beside, remedy, &text, &length, err) != 0)
		return -1;
	int status = texts_read_string(text, length, beside, &sheet->second->texts, err);
	free(text);
	if (status != 0 || texts_check(sheet->second->texts, beside, err) != 0)
		return -1;
	path_beside(path, "keypad", settings->comune.second_language, beside);
	if (source_load(beside, remedy, &text, &length, err) != 0)
		return -1;
	status = sheet_read_words(text, length, beside, settings, &sheet->second->sheet, err);
	free(text);
	return status;
}
