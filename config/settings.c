#include "config/settings.h"

#include "config/options.h"
#include "config/source.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

struct reader {
	const char *path;      /* what errors call the file */
	const char *directory; /* which relative paths are put behind */
	struct settings *settings;
	struct err *err;
};

/* The options of one place: the whole file, or an item of a list. */
struct level {
	const struct option *options;
	size_t count;
	void *base;
	const char *prefix; /* of the group within: "" or "alert." */
};

static int read_level(const struct reader *reader, const config_setting_t *group, const struct level *level);

static const struct option *option_find(const struct level *level, const char *key)
{
	for (size_t i = 0; i < level->count; i++)
		if (strcmp(level->options[i].key, key) == 0)
			return &level->options[i];
	return NULL;
}

/* Whether some option is within the group of that name. */
static bool group_exists(const struct level *level, const char *key)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < level->count; i++)
		if (strncmp(level->options[i].key, key, length) == 0 && level->options[i].key[length] == '.')
			return true;
	return false;
}

static int fail_unknown(const struct reader *reader, const config_setting_t *member, const struct level *level)
{
	char nearest[OPTION_KEY_MAX];
	const char *name = config_setting_name(member);
	bool elsewhere;

	if (!options_nearest(level->options, level->count, level->prefix, name, nearest, &elsewhere))
		return source_fail(reader->err, reader->path, source_line(member),
			"unknown key %s%.60s; remove it (\"banditore config manual\" lists all keys)", level->prefix,
			name);
	return source_fail(reader->err, reader->path, source_line(member), "unknown key %s%.60s; did you mean %s%s?",
		level->prefix, name, nearest, elsewhere ? ", which goes elsewhere" : "");
}

static int fail_type(const struct reader *reader, const config_setting_t *member, const char *key, const char *wanted)
{
	return source_fail(reader->err, reader->path, source_line(member),
		"%s must be %s, not %s; see the example: "
		"banditore config example",
		key, wanted, source_type(member));
}

/* The wrong types people write: a word without quotes does not parse, so these are numbers without and numbers with. */
static int fail_scalar(const struct reader *reader, const config_setting_t *member, const struct option *option)
{
	const char *last = strrchr(option->key, '.');
	char form[OPTION_FORM_MAX];

	last = last ? last + 1 : option->key;
	option_describe(option, form, sizeof form);
	if (option->type == OPTION_INT || option->type == OPTION_MONEY)
		return source_fail(reader->err, reader->path, source_line(member),
			"%s must be a number without quotes, not %s; write %s", option->key, source_type(member), form);
	if (option->type == OPTION_BOOL)
		return source_fail(reader->err, reader->path, source_line(member),
			"%s must be true or false without quotes, not %s; write %s = true; or %s = false;", option->key,
			source_type(member), last, last);
	return source_fail(reader->err, reader->path, source_line(member),
		"%s must be a string, not %s; write %s = \"...\"; with %s", option->key, source_type(member), last,
		form);
}

static bool setting_number(const config_setting_t *setting, double *ret_number)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_INT: *ret_number = config_setting_get_int(setting); return true;
	case CONFIG_TYPE_INT64: *ret_number = (double)config_setting_get_int64(setting); return true;
	case CONFIG_TYPE_FLOAT: *ret_number = config_setting_get_float(setting); return true;
	default: return false;
	}
}

static int read_scalar(
	const struct reader *reader, const config_setting_t *member, const struct option *option, void *base)
{
	char why[OPTION_WHY_MAX];
	int type = config_setting_type(member);
	double number;
	bool put;

	if (option->type == OPTION_INT || option->type == OPTION_MONEY) {
		if (!setting_number(member, &number))
			return fail_scalar(reader, member, option);
		put = option_put_number(option, base, number, why);
	} else if (option->type == OPTION_BOOL) {
		if (type != CONFIG_TYPE_BOOL)
			return fail_scalar(reader, member, option);
		put = option_put(option, base, config_setting_get_bool(member) ? "true" : "false", NULL, why);
	} else {
		if (type != CONFIG_TYPE_STRING)
			return fail_scalar(reader, member, option);
		put = option_put(option, base, config_setting_get_string(member), reader->directory, why);
	}
	if (!put)
		return source_fail(reader->err, reader->path, source_line(member), "%s", why);
	/* A file that writes the default down asks for nothing that must be there. */
	if (option->flags & OPTION_WHEN_GIVEN && strcmp(config_setting_get_string(member), option->initial) != 0)
		memcpy((char *)base + option->given_offset, &(bool){true}, sizeof(bool));
	return 0;
}

/* Values that may well stand twice: nothing, and what leaves the choice to the box. */
static bool value_shared(const char *value)
{
	return value[0] == '\0' || strcmp(value, "auto") == 0 || strpbrk(value, "*?[") != NULL;
}

/* The member that gave the option, or the whole item where it was made up. */
static const config_setting_t *member_of(const config_setting_t *item, const struct option *option)
{
	const config_setting_t *member = config_setting_get_member(item, option->key);

	return member ? member : item;
}

static int check_unique(const struct reader *reader, const config_setting_t *item, const struct option *list_option,
	char *items, int32_t index)
{
	const struct option_list *list = list_option->list;

	for (size_t i = 0; i < list->option_count; i++) {
		const struct option *option = &list->options[i];
		const char *mine = option_field(option, items + (size_t)index * list->item_size);

		if (!(option->flags & OPTION_UNIQUE) || value_shared(mine))
			continue;
		for (int32_t other = 0; other < index; other++) {
			if (strcasecmp(option_field(option, items + (size_t)other * list->item_size), mine) != 0)
				continue;
			return source_fail(reader->err, reader->path, source_line(member_of(item, option)),
				"%s \"%.60s\" is given twice in %s; change one of the two", option->key, mine,
				list_option->key);
		}
	}
	return 0;
}

static int read_item(const struct reader *reader, const config_setting_t *item, const struct option *option,
	char *items, int32_t index)
{
	const struct option_list *list = option->list;
	char *base = items + (size_t)index * list->item_size;
	struct level level = {list->options, list->option_count, base, ""};
	char why[OPTION_WHY_MAX], form[OPTION_FORM_MAX];

	if (!config_setting_is_group(item))
		return fail_type(reader, item, option->key, "a list of groups ( { … }, { … } )");
	if (!options_put_initial(list->options, list->option_count, base, reader->directory, why))
		return source_fail(reader->err, reader->path, source_line(item), "%s", why);
	if (read_level(reader, item, &level) != 0)
		return -1;

	list->complete(base, index);
	if (*(const char *)option_field(&list->options[0], base) == '\0') {
		option_describe(&list->options[0], form, sizeof form);
		return source_fail(reader->err, reader->path, source_line(item), "this item of %s has no %s; write %s",
			option->key, list->options[0].key, form);
	}
	if (list->check && !list->check(base, why))
		return source_fail(reader->err, reader->path, source_line(item), "%s", why);
	return check_unique(reader, item, option, items, index);
}

static int read_list(
	const struct reader *reader, const config_setting_t *member, const struct option *option, void *base)
{
	const struct option_list *list = option->list;
	int32_t count;

	/* An empty array [ ] means an empty list. */
	if (!config_setting_is_list(member) && !(config_setting_is_array(member) && config_setting_length(member) == 0))
		return fail_type(reader, member, option->key, "a list of groups ( { … }, { … } )");
	memset(option_field(option, base), 0, option->size); /* the file's list replaces the default one */
	count = config_setting_length(member);
	for (int32_t i = 0; i < count; i++) {
		const config_setting_t *item = config_setting_get_elem(member, (unsigned)i);

		if (i == list->max)
			return source_fail(reader->err, reader->path, source_line(item),
				"%s holds %d items; at most %d are possible, remove some", option->key, count,
				list->max);
		if (read_item(reader, item, option, option_field(option, base), i) != 0)
			return -1;
	}
	memcpy((char *)base + list->count_offset, &count, sizeof count);
	return 0;
}

static int read_member(const struct reader *reader, const config_setting_t *member, const struct level *level)
{
	char key[OPTION_KEY_MAX];
	int length = snprintf(key, sizeof key - 1, "%s%s", level->prefix, config_setting_name(member));
	const struct option *option;

	if (length >= (int)sizeof key - 1)
		return fail_unknown(reader, member, level);
	option = option_find(level, key);
	if (option && option->type == OPTION_LIST)
		return read_list(reader, member, option, level->base);
	if (option)
		return read_scalar(reader, member, option, level->base);
	if (!group_exists(level, key))
		return fail_unknown(reader, member, level);
	if (!config_setting_is_group(member))
		return fail_type(reader, member, key, "a group { … }");

	memcpy(key + length, ".", 2);
	struct level within = {level->options, level->count, level->base, key};
	return read_level(reader, member, &within);
}

/* Recurses as deep as the table's keys have dots. */
static int read_level(const struct reader *reader, const config_setting_t *group, const struct level *level)
{
	int count = config_setting_length(group);

	for (int i = 0; i < count; i++)
		if (read_member(reader, config_setting_get_elem(group, (unsigned)i), level) != 0)
			return -1;
	return 0;
}

/* A closure names an office there is: one that is misspelt would close nothing. */
static int check_closures(const struct reader *reader, const config_t *config)
{
	const struct settings *settings = reader->settings;
	const config_setting_t *list = config_lookup(config, "closures");

	for (int32_t i = 0; i < settings->closure_count; i++) {
		const char *office = settings->closures[i].office;
		bool known = office[0] == '\0';

		for (int32_t j = 0; j < settings->office_count; j++)
			known = known || strcmp(settings->offices[j].id, office) == 0;
		if (!known)
			return source_fail(reader->err, reader->path,
				source_line(config_setting_get_elem(list, (unsigned)i)),
				"there is no office \"%s\" to close; write the id of one of offices, or \"\" for all",
				office);
	}
	return 0;
}

/* What only shows when all has been read. */
static int check_whole(const struct reader *reader, const config_t *config)
{
	const struct settings *settings = reader->settings;
	const config_setting_t *at;

	if (settings->comune.name[0] == '\0') {
		at = config_lookup(config, "comune");
		return source_fail(reader->err, reader->path, at ? source_line(at) : 1,
			"comune.name is missing; write comune = { name = \"Santa Fiora\"; }; with your comune's name");
	}
	if (settings->alert.expires_after_s <= settings->alert.fallback_after_s) {
		at = config_lookup(config, "alert");
		return source_fail(reader->err, reader->path, at ? source_line(at) : 1,
			"alert.expires_after %d leaves no time after alert.fallback_after %d; write a larger one",
			settings->alert.expires_after_s, settings->alert.fallback_after_s);
	}
	return check_closures(reader, config);
}

/* The absolute directory of the file, so that the paths hold wherever the process goes later. */
static int directory_of(const char *path, char directory[PATH_MAX], struct err *err)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 1;
	char given[PATH_MAX];

	if (length >= sizeof given)
		return err_set(err, EX_CONFIG, "the configuration file's path is too long; use a shorter one");
	memcpy(given, slash ? path : ".", length);
	given[length] = '\0';
	if (!realpath(length > 0 ? given : "/", directory))
		return err_set(err, EX_CONFIG, "%s: its directory cannot be opened; check the path", path);
	return 0;
}

int settings_read_string(
	const char *text, size_t length, const char *path, struct settings **ret_settings, struct err *err)
{
	char directory[PATH_MAX], why[OPTION_WHY_MAX];
	struct settings *settings;
	config_t config;

	if (directory_of(path, directory, err) != 0)
		return -1;
	settings = calloc(1, sizeof *settings);
	if (!settings)
		return err_set(err, EX_OSERR, "%s: out of memory; free some and try again", path);

	struct reader reader = {path, directory, settings, err};
	struct level top = {options_table, options_count, settings, ""};
	if (source_parse(&config, text, length, path, err) != 0)
		goto fail;
	if (!options_put_initial(options_table, options_count, settings, directory, why)) {
		err_set(err, EX_CONFIG, "%s: %s; keep the file in a directory with a shorter path", path, why);
		goto fail;
	}
	if (read_level(&reader, config_root_setting(&config), &top) != 0 || check_whole(&reader, &config) != 0)
		goto fail;
	config_destroy(&config);
	*ret_settings = settings;
	return 0;

fail:
	config_destroy(&config);
	free(settings);
	return -1;
}

int settings_read(const char *path, struct settings **ret_settings, struct err *err)
{
	char remedy[ERR_TEXT_MAX];
	char *text;
	size_t length;
	int status;

	(void)snprintf(remedy, sizeof remedy, "write one with: banditore config example > %s", path);
	if (source_load(path, remedy, &text, &length, err) != 0)
		return -1;
	status = settings_read_string(text, length, path, ret_settings, err);
	free(text);
	return status;
}

void settings_free(struct settings *settings)
{
	free(settings);
}

void settings_warnings(
	const struct settings *settings, const char *path, void (*each)(void *context, const char *line), void *context)
{
	char line[ERR_TEXT_MAX];
	bool pin = false;
	struct stat st;

	for (int32_t i = 0; i < settings->modem_count; i++)
		pin = pin || settings->modems[i].pin[0] != '\0';
	if (pin && stat(path, &st) == 0 && (st.st_mode & S_IROTH)) {
		(void)snprintf(
			line, sizeof line, "%s holds a SIM's PIN and everybody may read it; chmod o-r %s", path, path);
		each(context, line);
	}
	if (settings->comune.privacy_url[0] == '\0')
		each(context, "comune.privacy_url is empty, so the welcome text points to no privacy notice; set it");
	if (settings->whatsapp.enabled && settings->whatsapp.token_file[0] == '\0')
		each(context,
			"whatsapp.enabled is true and whatsapp.token_file is empty, so nothing goes by WhatsApp; set it");
	if (settings->whatsapp.enabled && settings->whatsapp.app_secret_file[0] == '\0')
		each(context,
			"whatsapp.app_secret_file is empty, so no word comes back from WhatsApp and every alert goes by "
			"SMS as well; set it");
}
