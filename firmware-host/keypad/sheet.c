#include "firmware-host/keypad/sheet.h"

#include "firmware-host/named.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { HOUR_MS = 3600 * 1000, DAY_HOURS = 24, SECOND_MS = 1000 };

/* ---- hazards and templates --------------------------------------------------------------------------------------- */

const struct sheet_template *sheet_template(const struct sheet *sheet, enum message_kind kind, const char *name)
{
	for (int i = 0; i < sheet->template_count; i++) {
		const struct sheet_template *template = &sheet->templates[i];
		if (template->kind == kind && (!name || named_is_word(name, strlen(name), template->name)))
			return template;
	}
	return NULL;
}

const struct sheet_hazard *sheet_hazard(const struct sheet *sheet, const char *name)
{
	const struct sheet_hazard *found = NULL;
	size_t length = strlen(name);

	for (int i = 0; i < sheet->hazard_count; i++) {
		const struct sheet_hazard *hazard = &sheet->hazards[i];
		if (strcmp(hazard->code, name) == 0 || named_is_word(name, length, hazard->name))
			return hazard;
	}
	for (int i = 0; i < sheet->hazard_count; i++) {
		const struct sheet_hazard *hazard = &sheet->hazards[i];
		if (length == 0 || strncasecmp(hazard->name, name, length) != 0 || !strchr(" ,", hazard->name[length]))
			continue;
		if (found)
			return NULL;
		found = hazard;
	}
	return found;
}

/* ---- the grammar ------------------------------------------------------------------------------------------------- */

static int two_digits(const char *code)
{
	return (code[0] - '0') * 10 + (code[1] - '0');
}

static const struct sheet_hazard *hazard_find(const struct sheet *sheet, const char *code)
{
	for (int i = 0; i < sheet->hazard_count; i++)
		if (memcmp(sheet->hazards[i].code, code, 2) == 0)
			return &sheet->hazards[i];
	return NULL;
}

static bool whole_read(const struct sheet *sheet, const char *code, struct sheet_meaning *ret)
{
	static const enum message_colour colours[] = {
		['0'] = COLOUR_NONE, ['2'] = COLOUR_YELLOW, ['3'] = COLOUR_ORANGE, ['4'] = COLOUR_RED};
	static const char *const phases[] = {NULL, "attention", "prealarm", "alarm"};
	int phase = code[3] - '0', list = code[8] - '0';

	ret->hazard = hazard_find(sheet, code + 1);
	ret->from_hour = two_digits(code + 4);
	ret->until_hour = two_digits(code + 6);
	if (!strchr("0234", code[0]) || !ret->hazard || phase > 3 || ret->from_hour > DAY_HOURS ||
		ret->until_hour > DAY_HOURS || ret->from_hour == ret->until_hour || list > sheet->list_count)
		return false;
	ret->act = SHEET_ALERT;
	ret->template = sheet_template(sheet, MESSAGE_ALERT, NULL);
	ret->colour = colours[(unsigned char)code[0]];
	ret->phase = phases[phase];
	ret->zone = list > 0 ? sheet->lists[list - 1] : NULL;
	return true;
}

static bool short_read(const struct sheet *sheet, const char *code, struct sheet_meaning *ret)
{
	for (int i = 0; i < sheet->code_count; i++) {
		const struct sheet_code *row = &sheet->codes[i];
		if (strcmp(row->code, code) != 0)
			continue;
		ret->act = SHEET_ALERT;
		ret->hazard = &sheet->hazards[row->hazard];
		ret->template = &sheet->templates[row->template];
		ret->colour = row->colour;
		ret->phase = row->phase[0] ? row->phase : NULL;
		ret->zone = row->zone[0] ? row->zone : NULL;
		ret->text = row->text[0] ? row->text : NULL;
		ret->hours = row->hours;
		return true;
	}
	return false;
}

static bool alert_read(const struct sheet *sheet, const char *code, struct sheet_meaning *ret)
{
	*ret = (struct sheet_meaning){.act = SHEET_NONE, .from_hour = -1, .until_hour = -1};
	if (strlen(code) == SHEET_WHOLE_DIGITS)
		return whole_read(sheet, code, ret);
	return short_read(sheet, code, ret);
}

struct sheet_meaning sheet_find(const struct sheet *sheet, const char *code)
{
	const char *exercise = sheet->commands[SHEET_EXERCISE];
	size_t prefix = strlen(exercise);
	struct sheet_meaning meaning;

	if (code[0] != '\0' && code[strspn(code, "0123456789")] == '\0') {
		for (int act = 0; act < SHEET_COMMANDS; act++)
			if (strcmp(sheet->commands[act], code) == 0)
				return (struct sheet_meaning){.act = (enum sheet_act)act};
		if (alert_read(sheet, code, &meaning))
			return meaning;
		if (strncmp(code, exercise, prefix) == 0 && alert_read(sheet, code + prefix, &meaning)) {
			meaning.exercise = true;
			return meaning;
		}
	}
	return (struct sheet_meaning){.act = SHEET_NONE};
}

/* ---- hours ------------------------------------------------------------------------------------------------------- */

/* That hour of the day `days` after today's, as the clocks there show it; 24 is the next midnight. */
static int64_t hour_of_day(int64_t now, int days, int hour)
{
	time_t seconds = (time_t)(now / SECOND_MS);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	local.tm_mday += days;
	local.tm_hour = hour;
	local.tm_min = local.tm_sec = 0;
	local.tm_isdst = -1;
	return (int64_t)mktime(&local) * SECOND_MS;
}

void sheet_times(const struct sheet_meaning *meaning, int64_t now, int64_t *ret_from, int64_t *ret_until)
{
	int days = 0;

	*ret_from = now;
	*ret_until = now + (int64_t)meaning->hours * HOUR_MS;
	if (meaning->until_hour < 0) {
		/* Said by the hour, never shorter than it was meant: whole hours are whole everywhere in Italy. */
		*ret_until += (HOUR_MS - *ret_until % HOUR_MS) % HOUR_MS;
		return;
	}
	while (hour_of_day(now, days, meaning->until_hour) <= now)
		days++;
	*ret_until = hour_of_day(now, days, meaning->until_hour);
	if (meaning->from_hour > meaning->until_hour)
		days--;
	*ret_from = hour_of_day(now, days, meaning->from_hour);
}

void sheet_free(struct sheet *sheet)
{
	if (sheet && sheet->second) {
		texts_free(sheet->second->texts);
		sheet_free(sheet->second->sheet);
		free(sheet->second);
	}
	free(sheet);
}
