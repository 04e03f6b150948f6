#include "config/source.h"

#include "config/value.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the look over the text stands. */
struct scan {
	const char *at, *end;
	int line; /* of `at` */
	int depth;
	struct {
		char close; /* the bracket that will close it */
		int line;
	} open[SOURCE_DEPTH_MAX];
	const char *name;
};

int source_fail(struct err *err, const char *name, int line, const char *format, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return err_set(err, EX_CONFIG, "%s:%d: %s", name, line, text);
}

int source_line(const config_setting_t *setting)
{
	int line = (int)config_setting_source_line(setting);

	return line > 0 ? line : 1; /* libconfig gives the root none */
}

const char *source_type(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_GROUP: return "a group { … }";
	case CONFIG_TYPE_LIST: return "a list ( … )";
	case CONFIG_TYPE_ARRAY: return "an array [ … ]";
	case CONFIG_TYPE_STRING: return "a string in quotes";
	case CONFIG_TYPE_BOOL: return "true or false";
	default: return "a number";
	}
}

int source_distance(const char *a, const char *b)
{
	enum { WORD = 64 };
	int rows[3][WORD], *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a >= WORD || length_b >= WORD)
		return INT_MAX;
	for (size_t j = 0; j <= length_b; j++)
		last[j] = before[j] = (int)j;

	for (size_t i = 1; i <= length_a; i++) {
		row[0] = (int)i;
		for (size_t j = 1; j <= length_b; j++) {
			int same_a = tolower((unsigned char)a[i - 1]), same_b = tolower((unsigned char)b[j - 1]);
			int cost = last[j - 1] + (same_a != same_b);

			if (last[j] + 1 < cost)
				cost = last[j] + 1;
			if (row[j - 1] + 1 < cost)
				cost = row[j - 1] + 1;
			if (i > 1 && j > 1 && same_a == tolower((unsigned char)b[j - 2]) &&
				same_b == tolower((unsigned char)a[i - 2]) && before[j - 2] + 1 < cost)
				cost = before[j - 2] + 1;
			row[j] = cost;
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[length_b];
}

static int read_all(int fd, char *text, size_t size, size_t *ret_length)
{
	size_t length = 0;
	ssize_t got = 1;

	while (length < size && got != 0) {
		got = read(fd, text + length, size - length);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got > 0)
			length += (size_t)got;
	}
	*ret_length = length;
	return 0;
}

int source_load(const char *path, const char *remedy, char **ret_text, size_t *ret_length, struct err *err)
{
	size_t length = 0;
	struct stat st;
	char *text = NULL;
	/* Not blocking: a FIFO given by mistake must not hold up the start. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_set(err, EX_CONFIG, "%s: cannot be read: %s; %s", path, strerror(errno), remedy);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		err_set(err, EX_CONFIG, "%s: is not a file; %s", path, remedy);
		goto fail;
	}

	text = malloc(SOURCE_SIZE_MAX + 1);
	if (!text) {
		err_set(err, EX_OSERR, "%s: out of memory; free some and try again", path);
		goto fail;
	}
	if (read_all(fd, text, SOURCE_SIZE_MAX + 1, &length) != 0) {
		err_set(err, EX_CONFIG, "%s: cannot be read: %s; check the disk it is on", path, strerror(errno));
		goto fail;
	}
	if (length > SOURCE_SIZE_MAX) {
		err_set(err, EX_CONFIG, "%s: is larger than 1 MiB, so hardly a configuration; %s", path, remedy);
		goto fail;
	}
	close(fd);
	text[length] = '\0';
	*ret_text = text;
	*ret_length = length;
	return 0;

fail:
	free(text);
	close(fd);
	return -1;
}

static void scan_step(struct scan *scan)
{
	if (*scan->at == '\n')
		scan->line++;
	scan->at++;
}

static bool scan_sees(const struct scan *scan, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(scan->end - scan->at) >= length && memcmp(scan->at, word, length) == 0;
}

static int scan_comment(struct scan *scan, struct err *err)
{
	int line = scan->line;

	for (scan->at += 2; !scan_sees(scan, "*/"); scan_step(scan))
		if (scan->at == scan->end)
			return source_fail(err, scan->name, line, "this comment does not end; close it with */");
	scan->at += 2;
	return 0;
}

static int scan_string(struct scan *scan, struct err *err)
{
	int line = scan->line;

	for (scan->at++; scan->at < scan->end && *scan->at != '"'; scan_step(scan))
		if (*scan->at == '\\' && scan->at + 1 < scan->end && (scan->at[1] == '"' || scan->at[1] == '\\'))
			scan->at++;
	if (scan->at == scan->end)
		return source_fail(err, scan->name, line, "this string does not end; close it with \"");
	scan->at++;
	return 0;
}

/* libconfig 1.5 keeps the low 32 bits of a larger number, decimal or hexadecimal. */
static int scan_number(struct scan *scan, struct err *err)
{
	const char *start = scan->at;
	char digits[32];
	size_t length;
	int base = scan_sees(scan, "0x") || scan_sees(scan, "0X") ? 16 : 10;
	long long number;

	while (scan->at < scan->end && (isalnum((unsigned char)*scan->at) || strchr("+-.", *scan->at)))
		scan->at++;
	length = (size_t)(scan->at - start);
	if (length < sizeof digits) {
		memcpy(digits, start, length);
		digits[length] = '\0';
		if (base == 10 && strpbrk(digits, ".eE"))
			return 0;
		errno = 0;
		number = strtoll(digits, NULL, base);
		if (errno == 0 && number >= INT32_MIN && number <= INT32_MAX)
			return 0;
	}
	return source_fail(err, scan->name, scan->line,
		"a number beyond %d, which no setting takes; write a smaller one, or put a telephone number in quotes",
		INT32_MAX);
}

static int scan_open(struct scan *scan, struct err *err)
{
	char bracket = *scan->at++;

	if (scan->depth == SOURCE_DEPTH_MAX)
		return source_fail(err, scan->name, scan->line,
			"brackets nested deeper than any setting needs; look for one that is not closed");
	scan->open[scan->depth].close = bracket == '(' ? ')' : bracket == '[' ? ']' : '}';
	scan->open[scan->depth].line = scan->line;
	scan->depth++;
	return 0;
}

static int scan_close(struct scan *scan, struct err *err)
{
	char bracket = *scan->at++;

	if (scan->depth == 0)
		return source_fail(err, scan->name, scan->line, "this '%c' closes nothing; remove it", bracket);
	scan->depth--;
	if (scan->open[scan->depth].close == bracket)
		return 0;
	return source_fail(err, scan->name, scan->line, "this '%c' stands where '%c' must close line %d; correct one",
		bracket, scan->open[scan->depth].close, scan->open[scan->depth].line);
}

/* One token, blank or comment. The rules for where a comment, string, word or number ends are libconfig's own. */
static int scan_token(struct scan *scan, struct err *err)
{
	char c = *scan->at;

	if (c == '#' || scan_sees(scan, "//")) {
		while (scan->at < scan->end && *scan->at != '\n')
			scan->at++;
		return 0;
	}
	if (scan_sees(scan, "/*"))
		return scan_comment(scan, err);
	if (c == '"')
		return scan_string(scan, err);
	if (c == '@')
		return source_fail(err, scan->name, scan->line,
			"other files cannot be included here; put all settings into this one");
	if (isdigit((unsigned char)c) || (strchr("+-.", c) && scan->at + 1 < scan->end &&
						 (isdigit((unsigned char)scan->at[1]) || scan->at[1] == '.')))
		return scan_number(scan, err);
	if (isalpha((unsigned char)c) || c == '*') {
		while (scan->at < scan->end && (isalnum((unsigned char)*scan->at) || strchr("-_*", *scan->at)))
			scan->at++;
		return 0;
	}
	if (strchr("({[", c))
		return scan_open(scan, err);
	if (strchr(")}]", c))
		return scan_close(scan, err);
	scan_step(scan);
	return 0;
}

static int scan_all(struct scan *scan, struct err *err)
{
	while (scan->at < scan->end)
		if (scan_token(scan, err) != 0)
			return -1;
	if (scan->depth == 0)
		return 0;
	scan->depth--;
	return source_fail(err, scan->name, scan->open[scan->depth].line,
		"the bracket opened here is not closed; add its '%c'", scan->open[scan->depth].close);
}

static int scan_octets(const char *text, size_t length, const char *name, struct err *err)
{
	size_t bad = length;
	int line = 1;
	const char *what = "is not valid UTF-8; save the file as UTF-8";
	const char *nul = memchr(text, '\0', length);

	(void)value_is_utf8(text, length, &bad);
	if (nul && (size_t)(nul - text) < bad) {
		bad = (size_t)(nul - text);
		what = "holds a NUL octet; save the file as plain text";
	}
	if (bad == length)
		return 0;
	for (size_t i = 0; i < bad; i++)
		line += text[i] == '\n';
	return source_fail(err, name, line, "%s", what);
}

/* A mark some editors put first; libconfig does not know it. */
static void skip_bom(const char **text, size_t *length)
{
	if (*length < 3 || memcmp(*text, "\xef\xbb\xbf", 3) != 0)
		return;
	*text += 3;
	*length -= 3;
}

int source_parse(config_t *config, const char *text, size_t length, const char *name, struct err *err)
{
	char *copy;
	int parsed;

	config_init(config);
	skip_bom(&text, &length);
	if (length > SOURCE_SIZE_MAX)
		return source_fail(err, name, 1, "is larger than 1 MiB; shorten it");
	if (scan_octets(text, length, name, err) != 0)
		return -1;
	struct scan scan = {.at = text, .end = text + length, .line = 1, .name = name};
	if (scan_all(&scan, err) != 0)
		return -1;

	/* With a newline at the end: without one libconfig takes a comment on the last line for an error. */
	copy = malloc(length + 2);
	if (!copy)
		return err_set(err, EX_OSERR, "%s: out of memory; free some and try again", name);
	memcpy(copy, text, length);
	memcpy(copy + length, "\n", 2);
	parsed = config_read_string(config, copy);
	free(copy);
	if (parsed == CONFIG_TRUE)
		return 0;

	if (strstr(config_error_text(config), "duplicate"))
		return source_fail(err, name, config_error_line(config), "this key is given a second time; remove one");
	return source_fail(err, name, config_error_line(config),
		"%s; look here and on the line before for a missing quote, bracket, '=' or ';'",
		config_error_text(config));
}
