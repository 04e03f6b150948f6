/* keypad.cfg read and checked. */
#include "firmware-host/keypad/sheet_second.h"

#include "config/source.h"
#include "config/texts.h"
#include "config/value.h"
#include "firmware-host/named.h"
#include "firmware-host/order.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* keypad.cfg as the Makefile makes it into octets. */
#include "keypad_cfg.inc"

enum { CODE_DIGITS_MIN = 2, CODE_DIGITS_MAX = 6 };

struct reader {
	const char *path;
	const struct settings *settings;
	struct sheet *sheet;
	struct err *err;
};

static const char *const command_names[SHEET_COMMANDS] = {"clear", "exercise", "status", "repeat", "louder", "quieter"};
static const char alert_words[] = "instruction|brief|hazard|zone|from|contact";
static const char clear_words[] = "instruction|brief|hazard|zone|contact";

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

/* Refuses keys of a group that are not among `known`, which NULL ends. */
static int keys_check(const struct reader *reader, const config_setting_t *group, const char *const *known)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
		const char *name = config_setting_name(member);
		bool found = false;
		for (int k = 0; known[k]; k++)
			found = found || strcmp(known[k], name) == 0;
		if (!found)
			return source_fail(reader->err, reader->path, source_line(member),
				"unknown key %.60s; remove it, or correct its spelling", name);
	}
	return 0;
}

/* The string under the key, or of the element itself (key NULL). Left out: "" where it may be. */
static int string_take(const struct reader *reader, const config_setting_t *group, const char *key, bool wanted,
	char *out, size_t size)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	if (!setting && wanted)
		return source_fail(
			reader->err, reader->path, source_line(group), "%s is missing; add %s = \"...\";", key, key);
	if (!setting) {
		out[0] = '\0';
		return 0;
	}
	if (config_setting_type(setting) != CONFIG_TYPE_STRING)
		return source_fail(reader->err, reader->path, source_line(setting),
			"%s must be a string, not %s; write %s = \"...\";", key, source_type(setting), key);
	const char *text = config_setting_get_string(setting);
	if (wanted && !value_is_given(text))
		return source_fail(reader->err, reader->path, source_line(setting), "%s is empty; fill it in", key);
	if (strlen(text) >= size)
		return source_fail(reader->err, reader->path, source_line(setting),
			"%s is too long; shorten it to %zu octets", key, size - 1);
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return source_fail(reader->err, reader->path, source_line(setting),
				"%s holds a control character; take it out", key);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int digits_take(const struct reader *reader, const config_setting_t *group, const char *key, int least, int most,
	char *out, size_t size)
{
	if (string_take(reader, group, key, true, out, size) != 0)
		return -1;
	int length = (int)strlen(out);
	if (length >= least && length <= most && out[strspn(out, "0123456789")] == '\0')
		return 0;
	const config_setting_t *setting = config_setting_get_member(group, key);
	if (least == most)
		return source_fail(reader->err, reader->path, source_line(setting), "%s = \"%s\" must be %d digits",
			key, out, least);
	return source_fail(reader->err, reader->path, source_line(setting), "%s = \"%s\" must be %d to %d digits", key,
		out, least, most);
}

/* The list under the key, whose items must all be groups; NULL where there is none. */
static int list_find(const struct reader *reader, const config_setting_t *root, const char *key, int most,
	const config_setting_t **ret)
{
	*ret = config_setting_get_member(root, key);
	if (!*ret)
		return 0;
	if (config_setting_type(*ret) != CONFIG_TYPE_LIST)
		return source_fail(reader->err, reader->path, source_line(*ret),
			"%s must be a list of groups, not %s; write %s = ( { ... }, { ... } );", key, source_type(*ret),
			key);
	if (config_setting_length(*ret) > most)
		return source_fail(reader->err, reader->path, source_line(*ret),
			"%s has more than %d groups; remove some", key, most);
	for (int i = 0; i < config_setting_length(*ret); i++) {
		const config_setting_t *item = config_setting_get_elem(*ret, (unsigned)i);
		if (config_setting_type(item) != CONFIG_TYPE_GROUP)
			return source_fail(reader->err, reader->path, source_line(item),
				"%s holds %s where a group { ... } belongs", key, source_type(item));
	}
	return 0;
}

static const struct settings_named *zone_by_id(const struct settings *settings, const char *id)
{
	for (int i = 0; i < settings->zone_count; i++)
		if (strcmp(settings->zones[i].id, id) == 0)
			return &settings->zones[i];
	return NULL;
}

static int zone_refuse(const struct reader *reader, const config_setting_t *setting, const char *id)
{
	return source_fail(reader->err, reader->path, source_line(setting),
		"the configuration has no zone \"%.31s\"; write the id of one of its zones", id);
}

/* ---- parts of the file ------------------------------------------------------------------------------------------- */

static int commands_read(const struct reader *reader, const config_setting_t *root)
{
	static const char *const known[] = {"clear", "exercise", "status", "repeat", "louder", "quieter", NULL};
	const config_setting_t *group = config_setting_get_member(root, "commands");

	if (!group || config_setting_type(group) != CONFIG_TYPE_GROUP)
		return source_fail(reader->err, reader->path, group ? source_line(group) : 1,
			"commands = { clear = \"99\"; ... } is missing; take it from the shipped sheet");
	if (keys_check(reader, group, known) != 0)
		return -1;
	for (int i = 0; i < SHEET_COMMANDS; i++) {
		char *code = reader->sheet->commands[i];
		if (digits_take(reader, group, command_names[i], 2, 2, code, sizeof reader->sheet->commands[i]) != 0)
			return -1;
		for (int before = 0; before < i; before++)
			if (strcmp(reader->sheet->commands[before], code) == 0)
				return source_fail(reader->err, reader->path, source_line(group),
					"%s and %s are both \"%s\"; change one", command_names[before],
					command_names[i], code);
	}
	return 0;
}

static int lists_read(const struct reader *reader, const config_setting_t *root)
{
	const config_setting_t *array = config_setting_get_member(root, "lists");
	struct sheet *sheet = reader->sheet;

	if (!array || config_setting_length(array) == 0) {
		for (int i = 0; i < reader->settings->zone_count && i < SHEET_LISTS_MAX; i++)
			memcpy(sheet->lists[sheet->list_count++], reader->settings->zones[i].id, SETTINGS_ID_MAX);
		return 0;
	}
	if (config_setting_type(array) != CONFIG_TYPE_ARRAY || config_setting_length(array) > SHEET_LISTS_MAX)
		return source_fail(reader->err, reader->path, source_line(array),
			"lists must be an array of at most %d zones; write lists = [ \"centro\", \"monte\" ];",
			SHEET_LISTS_MAX);
	for (int i = 0; i < config_setting_length(array); i++) {
		const config_setting_t *item = config_setting_get_elem(array, (unsigned)i);
		const char *id = config_setting_get_string(item);
		const struct settings_named *zone = id ? zone_by_id(reader->settings, id) : NULL;
		if (!zone)
			return zone_refuse(reader, item, id ? id : "");
		memcpy(sheet->lists[sheet->list_count++], zone->id, SETTINGS_ID_MAX);
	}
	return 0;
}

/* The pattern under the key, checked. */
static int pattern_take(const struct reader *reader, const config_setting_t *item, const char *key, bool wanted,
	enum message_kind kind, char out[SHEET_TEXT_MAX])
{
	if (string_take(reader, item, key, wanted, out, SHEET_TEXT_MAX) != 0)
		return -1;
	if (out[0] == '\0')
		return 0;
	return texts_pattern_check(out, key, "", kind == MESSAGE_CLEAR ? clear_words : alert_words, reader->path,
		source_line(config_setting_get_member(item, key)), reader->err);
}

static int template_read(const struct reader *reader, const config_setting_t *item, struct sheet_template *ret)
{
	static const char *const known[] = {"name", "kind", "text", "brief", NULL};
	char kind[16];

	if (keys_check(reader, item, known) != 0 ||
		string_take(reader, item, "name", true, ret->name, sizeof ret->name) != 0 ||
		string_take(reader, item, "kind", false, kind, sizeof kind) != 0)
		return -1;
	if (kind[0] && strcmp(kind, "alert") != 0 && strcmp(kind, "clear") != 0)
		return source_fail(reader->err, reader->path, source_line(config_setting_get_member(item, "kind")),
			"kind = \"%s\" must be \"alert\" or \"clear\"", kind);
	ret->kind = strcmp(kind, "clear") == 0 ? MESSAGE_CLEAR : MESSAGE_ALERT;
	if (named_is_word("list", 4, ret->name) || sheet_template(reader->sheet, ret->kind, ret->name))
		return source_fail(reader->err, reader->path, source_line(config_setting_get_member(item, "name")),
			"the name \"%s\" is taken; change it", ret->name);
	if (pattern_take(reader, item, "text", true, ret->kind, ret->text) != 0)
		return -1;
	return pattern_take(reader, item, "brief", false, ret->kind, ret->brief);
}

static int templates_read(const struct reader *reader, const config_setting_t *root)
{
	struct sheet *sheet = reader->sheet;
	const config_setting_t *list;

	if (list_find(reader, root, "templates", SHEET_TEMPLATES_MAX, &list) != 0)
		return -1;
	for (int i = 0; list && i < config_setting_length(list); i++) {
		struct sheet_template template = {0};
		if (template_read(reader, config_setting_get_elem(list, (unsigned)i), &template) != 0)
			return -1;
		sheet->templates[sheet->template_count++] = template;
	}
	if (!sheet_template(sheet, MESSAGE_ALERT, NULL))
		return source_fail(reader->err, reader->path, list ? source_line(list) : 1,
			"templates has none of an alert; take some from the shipped sheet");
	return string_take(reader, root, "contact", false, sheet->contact, sizeof sheet->contact);
}

static int hazard_index(const struct sheet *sheet, const char *code)
{
	for (int i = 0; i < sheet->hazard_count; i++)
		if (strcmp(sheet->hazards[i].code, code) == 0)
			return i;
	return -1;
}

static int hazards_read(const struct reader *reader, const config_setting_t *root)
{
	static const char *const known[] = {"code", "name", "instruction", "brief", NULL};
	const config_setting_t *list;

	if (list_find(reader, root, "hazards", SHEET_HAZARDS_MAX, &list) != 0)
		return -1;
	for (int i = 0; list && i < config_setting_length(list); i++) {
		const config_setting_t *item = config_setting_get_elem(list, (unsigned)i);
		struct sheet_hazard hazard = {0};
		if (keys_check(reader, item, known) != 0 ||
			digits_take(reader, item, "code", 2, 2, hazard.code, sizeof hazard.code) != 0 ||
			string_take(reader, item, "name", true, hazard.name, sizeof hazard.name) != 0 ||
			string_take(reader, item, "instruction", true, hazard.instruction, sizeof hazard.instruction) !=
				0 ||
			string_take(reader, item, "brief", false, hazard.brief, sizeof hazard.brief) != 0)
			return -1;
		if (hazard_index(reader->sheet, hazard.code) >= 0)
			return source_fail(reader->err, reader->path, source_line(item),
				"the hazard \"%s\" is given twice; change one code", hazard.code);
		if (hazard.brief[0] == '\0')
			memcpy(hazard.brief, hazard.instruction, sizeof hazard.brief);
		reader->sheet->hazards[reader->sheet->hazard_count++] = hazard;
	}
	if (reader->sheet->hazard_count == 0)
		return source_fail(
			reader->err, reader->path, 1, "there are no hazards; take some from the shipped sheet");
	return 0;
}

/* Nobody may type one code and get another. */
static int code_check(const struct reader *reader, const config_setting_t *item, const char *code)
{
	const struct sheet *sheet = reader->sheet;
	const char *exercise = sheet->commands[SHEET_EXERCISE];

	for (int i = 0; i < SHEET_COMMANDS; i++)
		if (strcmp(sheet->commands[i], code) == 0)
			return source_fail(reader->err, reader->path, source_line(item),
				"the code \"%s\" is the command %s; take another", code, command_names[i]);
	for (int i = 0; i < sheet->code_count; i++)
		if (strcmp(sheet->codes[i].code, code) == 0)
			return source_fail(reader->err, reader->path, source_line(item),
				"the code \"%s\" is given twice; change one", code);
	if (strncmp(code, exercise, strlen(exercise)) == 0)
		return source_fail(reader->err, reader->path, source_line(item),
			"the code \"%s\" begins like an exercise (%s); take another", code, exercise);
	return 0;
}

static int colour_take(const struct reader *reader, const config_setting_t *item, enum message_colour *ret)
{
	char word[16];

	if (string_take(reader, item, "colour", true, word, sizeof word) != 0)
		return -1;
	*ret = order_colour(word);
	if (*ret != COLOUR_NONE || strcmp(word, "none") == 0)
		return 0;
	return source_fail(reader->err, reader->path, source_line(config_setting_get_member(item, "colour")),
		"colour = \"%s\" must be \"yellow\", \"orange\", \"red\" or \"none\"", word);
}

static int code_template_read(const struct reader *reader, const config_setting_t *item, int32_t *ret)
{
	const struct sheet *sheet = reader->sheet;
	char name[SHEET_NAME_MAX] = "";

	if (string_take(reader, item, "template", false, name, sizeof name) != 0)
		return -1;
	const struct sheet_template *found = sheet_template(sheet, MESSAGE_ALERT, name[0] ? name : NULL);
	if (!found)
		return source_fail(reader->err, reader->path, source_line(config_setting_get_member(item, "template")),
			"there is no template \"%s\" of an alert; add it to templates", name);
	*ret = (int32_t)(found - sheet->templates);
	return 0;
}

static int code_read(const struct reader *reader, const config_setting_t *item, struct sheet_code *ret)
{
	static const char *const known[] = {
		"code", "hazard", "colour", "phase", "hours", "zone", "template", "text", NULL};
	char hazard[3];
	const config_setting_t *hours = config_setting_get_member(item, "hours");

	if (keys_check(reader, item, known) != 0 ||
		digits_take(reader, item, "code", CODE_DIGITS_MIN, CODE_DIGITS_MAX, ret->code, sizeof ret->code) != 0 ||
		code_check(reader, item, ret->code) != 0 ||
		digits_take(reader, item, "hazard", 2, 2, hazard, sizeof hazard) != 0 ||
		colour_take(reader, item, &ret->colour) != 0 ||
		string_take(reader, item, "phase", false, ret->phase, sizeof ret->phase) != 0 ||
		string_take(reader, item, "zone", false, ret->zone, sizeof ret->zone) != 0 ||
		string_take(reader, item, "text", false, ret->text, sizeof ret->text) != 0 ||
		code_template_read(reader, item, &ret->template) != 0)
		return -1;
	ret->hazard = hazard_index(reader->sheet, hazard);
	if (ret->hazard < 0)
		return source_fail(reader->err, reader->path, source_line(item),
			"there is no hazard \"%s\"; add it to hazards", hazard);
	if (ret->phase[0] && strcmp(ret->phase, "attention") != 0 && strcmp(ret->phase, "prealarm") != 0 &&
		strcmp(ret->phase, "alarm") != 0)
		return source_fail(reader->err, reader->path, source_line(item),
			"phase = \"%s\" must be \"attention\", \"prealarm\" or \"alarm\"; or leave it out", ret->phase);
	if (ret->zone[0] && !zone_by_id(reader->settings, ret->zone))
		return zone_refuse(reader, item, ret->zone);
	ret->hours = hours && config_setting_type(hours) == CONFIG_TYPE_INT ? config_setting_get_int(hours) : 0;
	if (ret->hours < 1 || ret->hours > SHEET_HOURS_MAX)
		return source_fail(reader->err, reader->path, source_line(hours ? hours : item),
			"hours must be a number from 1 to %d: an alert says until when it lasts", SHEET_HOURS_MAX);
	return 0;
}

static int codes_read(const struct reader *reader, const config_setting_t *root)
{
	const config_setting_t *list;

	if (list_find(reader, root, "codes", SHEET_CODES_MAX, &list) != 0)
		return -1;
	for (int i = 0; list && i < config_setting_length(list); i++) {
		struct sheet_code code = {0};
		if (code_read(reader, config_setting_get_elem(list, (unsigned)i), &code) != 0)
			return -1;
		reader->sheet->codes[reader->sheet->code_count++] = code;
	}
	return 0;
}

static int root_read(const struct reader *reader, const config_setting_t *root)
{
	static const char *const known[] = {"commands", "lists", "templates", "contact", "hazards", "codes", NULL};

	if (keys_check(reader, root, known) != 0 || commands_read(reader, root) != 0 || lists_read(reader, root) != 0 ||
		templates_read(reader, root) != 0 || hazards_read(reader, root) != 0)
		return -1;
	return codes_read(reader, root);
}

/* What another language has of it. */
static int words_read(const struct reader *reader, const config_setting_t *root)
{
	static const char *const known[] = {"templates", "contact", "hazards", NULL};

	if (keys_check(reader, root, known) != 0 || templates_read(reader, root) != 0)
		return -1;
	return hazards_read(reader, root);
}

static int string_read(int (*take)(const struct reader *reader, const config_setting_t *root), const char *text,
	size_t length, const char *path, const struct settings *settings, struct sheet **ret_sheet, struct err *err)
{
	struct sheet *sheet = calloc(1, sizeof *sheet);
	config_t config;

	if (!sheet)
		return err_set(err, EX_OSERR, "%s: out of memory; free some and try again", path);
	struct reader reader = {.path = path, .settings = settings, .sheet = sheet, .err = err};
	int status = source_parse(&config, text, length, path, err);
	if (status == 0)
		status = take(&reader, config_root_setting(&config));
	config_destroy(&config);
	if (status != 0) {
		free(sheet);
		return -1;
	}
	*ret_sheet = sheet;
	return 0;
}

int sheet_read_string(const char *text, size_t length, const char *path, const struct settings *settings,
	struct sheet **ret_sheet, struct err *err)
{
	return string_read(root_read, text, length, path, settings, ret_sheet, err);
}

int sheet_read_words(const char *text, size_t length, const char *path, const struct settings *settings,
	struct sheet **ret_sheet, struct err *err)
{
	return string_read(words_read, text, length, path, settings, ret_sheet, err);
}

static int file_read(
	const char *path, bool required, const struct settings *settings, struct sheet **ret_sheet, struct err *err)
{
	char *text;
	size_t length;

	if (!required && access(path, F_OK) != 0 && errno == ENOENT)
		return sheet_read_string(
			keypad_cfg, sizeof keypad_cfg - 1, "the built-in sheet", settings, ret_sheet, err);
	if (source_load(path, "name the right file as keypad.sheet in the configuration, or none for the built-in one",
		    &text, &length, err) != 0)
		return -1;
	int status = sheet_read_string(text, length, path, settings, ret_sheet, err);
	free(text);
	return status;
}

int sheet_read(
	const char *path, bool required, const struct settings *settings, struct sheet **ret_sheet, struct err *err)
{
	if (file_read(path, required, settings, ret_sheet, err) != 0)
		return -1;
	if (settings->comune.second_language[0] == '\0' || sheet_second_read(path, settings, *ret_sheet, err) == 0)
		return 0;
	sheet_free(*ret_sheet);
	*ret_sheet = NULL;
	return -1;
}
