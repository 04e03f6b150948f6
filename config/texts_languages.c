#include "config/source.h"
#include "config/texts.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_MAX = 8 };

struct texts_languages {
	int count;
	char code[TEXTS_LANGUAGES_MAX][CODE_MAX];
	const struct texts *texts[TEXTS_LANGUAGES_MAX];
	struct texts *own[TEXTS_LANGUAGES_MAX]; /* what this has read itself; the first is NULL */
};

/* "texts.de.cfg" gives "de"; false: not such a name. */
static bool name_read(const char *name, char code[CODE_MAX])
{
	size_t length;

	if (strncmp(name, "texts.", 6) != 0)
		return false;
	length = strspn(name + 6, "abcdefghijklmnopqrstuvwxyz");
	if (length < 2 || length > 3 || strcmp(name + 6 + length, ".cfg") != 0)
		return false;
	memcpy(code, name + 6, length);
	code[length] = '\0';
	return strcmp(code, "it") != 0;
}

static int language_add(struct texts_languages *languages, const char *path, const char *code, struct err *err)
{
	int status, index = languages->count;
	size_t length;
	char *text;

	if (index == TEXTS_LANGUAGES_MAX)
		return err_set(err, EX_CONFIG, "%s: there are more than %d languages; move a file away", path,
			TEXTS_LANGUAGES_MAX);
	if (source_load(path, "take the file away or make it readable", &text, &length, err) != 0)
		return -1;
	status = texts_read_string_over(languages->texts[0], text, length, path, &languages->own[index], err);
	free(text);
	if (status != 0)
		return -1;
	languages->texts[index] = languages->own[index];
	(void)snprintf(languages->code[index], CODE_MAX, "%s", code);
	languages->count++;
	return 0;
}

static int is_language(const struct dirent *entry)
{
	char code[CODE_MAX];

	return name_read(entry->d_name, code);
}

/* The files of one folder in order of their names, so that the languages are listed alike everywhere. */
static int folder_read(struct texts_languages *languages, const char *folder, const char *skip, struct err *err)
{
	char path[PATH_MAX], code[CODE_MAX];
	struct dirent **entries;
	int status = 0;

	int count = scandir(folder, &entries, is_language, alphasort);
	if (count < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : err_set(err, EX_CONFIG, "%s: %s; make the folder readable", folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		int length = snprintf(path, sizeof path, "%s/%s", folder, name);
		if (status == 0 && length < (int)sizeof path && strcmp(name, skip) != 0 && name_read(name, code))
			status = language_add(languages, path, code, err);
		free(entries[i]);
	}
	free(entries);
	return status;
}

int texts_languages_read(
	const char *path, const struct texts *italian, struct texts_languages **ret_languages, struct err *err)
{
	struct texts_languages *languages = calloc(1, sizeof *languages);
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";

	if (!languages)
		return err_set(err, EX_OSERR, "%s: out of memory; free some and try again", path);
	languages->texts[0] = italian;
	languages->count = 1;
	(void)snprintf(languages->code[0], CODE_MAX, "it");
	if (slash)
		(void)snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	if (folder_read(languages, folder, slash ? slash + 1 : path, err) != 0) {
		texts_languages_free(languages);
		return -1;
	}
	*ret_languages = languages;
	return 0;
}

void texts_languages_free(struct texts_languages *languages)
{
	if (!languages)
		return;
	for (int i = 0; i < languages->count; i++)
		texts_free(languages->own[i]);
	free(languages);
}

int texts_languages_count(const struct texts_languages *languages)
{
	return languages->count;
}

const struct texts *texts_languages_get(const struct texts_languages *languages, int index, const char **ret_code)
{
	if (ret_code)
		*ret_code = languages->code[index];
	return languages->texts[index];
}

const struct texts *texts_in(const struct texts_languages *languages, const char *code)
{
	for (int i = 0; i < languages->count; i++)
		if (strcmp(languages->code[i], code) == 0)
			return languages->texts[i];
	return languages->texts[0];
}
