#include "modem/at_line.h"

#include "modem/at_class.h"

#include <string.h>
#include <strings.h>

void at_line_init(struct at_line *line)
{
	line->length = line->span = line->broken_used = line->broken_end = 0;
	line->given = line->overlong = line->blank = line->fresh = line->bare = line->held = line->single = false;
	line->text[0] = '\0';
}

void at_line_mark(struct at_line *line)
{
	if (line->given || line->length == 0)
		line->fresh = true;
}

static void line_restart(struct at_line *line)
{
	line->length = line->span = 0;
	line->given = line->overlong = line->bare = line->held = false;
}

static bool is_blank(char octet)
{
	return octet == ' ' || octet == '\t';
}

static bool is_end(char octet)
{
	return octet == '\r' || octet == '\n' || octet == 0x1a;
}

/* The quote of a +CUSD string is still open. */
static bool line_opens_span(const struct at_line *line)
{
	bool open = false;

	if (line->single || line->length < 5 || line->length >= AT_SPAN_MAX || strncasecmp(line->text, "+CUSD", 5) != 0)
		return false;
	for (size_t i = 5; i < line->length; i++)
		open ^= line->text[i] == '"';
	return open;
}

static enum at_line_event line_give(struct at_line *line)
{
	while (line->length > 0 && is_blank(line->text[line->length - 1]))
		line->length--;
	line->text[line->length] = '\0';
	line->given = true;
	line->single = false;
	return AT_LINE_WHOLE;
}

static enum at_line_event line_drop(struct at_line *line)
{
	line_restart(line);
	return AT_LINE_NOISE;
}

static bool line_is_blank(const struct at_line *line)
{
	for (size_t i = 0; i < line->length; i++)
		if (!is_blank(line->text[i]))
			return false;
	return true;
}

/* A terminator was read. AT_LINE_MORE: go on. */
static enum at_line_event line_end(struct at_line *line, char octet)
{
	line->fresh = line->blank = false;
	if (line->overlong)
		return line_drop(line);
	if (line_is_blank(line)) {
		line_restart(line);
		return AT_LINE_MORE;
	}
	if (line_opens_span(line)) {
		line->text[line->length++] = octet;
		if (line->span == 0)
			line->span = line->length;
		if (line->length >= AT_SPAN_MAX)
			at_line_break(line);
		return AT_LINE_MORE;
	}
	if (line->bare && octet == '\r') {
		line->text[line->length] = '\0';
		line->held = !at_is_recognised(line->text);
		if (line->held)
			return AT_LINE_MORE;
	}
	return line_give(line);
}

/* `next`: the octet after, or NULL when it has not come. Noise may begin with '>' as well; a prompt stands alone. */
static bool line_is_prompt(const struct at_line *line, char octet, const char *next)
{
	if (octet != '>' || line->overlong || !line_is_blank(line))
		return false;
	return !next || is_blank(*next) || is_end(*next);
}

static void line_put(struct at_line *line, char octet)
{
	if (line->length == 0)
		line->bare = line->fresh;
	line->fresh = false;
	if (line->length + 1 >= AT_LINE_MAX)
		line->overlong = true;
	else
		line->text[line->length++] = octet;
}

static enum at_line_event line_read(
	struct at_line *line, const char *octets, size_t count, bool prompt, size_t *ret_used)
{
	for (size_t i = 0; i < count; i++) {
		char octet = octets[i];
		enum at_line_event event = AT_LINE_MORE;

		*ret_used = i + 1;
		if (line->given)
			line_restart(line);
		if (line->held && octet == '\n')
			return line_drop(line);
		if (line->held && octet == '\r')
			continue;
		if (line->held) {
			line->held = false;
			*ret_used = i; /* the octet belongs to what follows */
			return line_give(line);
		}
		if (octet == '\0' || octet == 0x1b)
			continue;
		if (line->blank && is_blank(octet)) {
			line->blank = false;
			continue;
		}
		line->blank = false;
		if (is_end(octet)) {
			event = line_end(line, octet);
			if (event != AT_LINE_MORE || line->broken_end > 0)
				return event;
			continue;
		}
		if (prompt && line_is_prompt(line, octet, i + 1 < count ? &octets[i + 1] : NULL)) {
			line_restart(line);
			line->fresh = false;
			line->blank = true;
			return AT_LINE_PROMPT;
		}
		line_put(line, octet);
		if (line->span > 0 && line->length >= AT_SPAN_MAX) {
			at_line_break(line);
			return AT_LINE_MORE;
		}
	}
	*ret_used = count;
	return AT_LINE_MORE;
}

enum at_line_event at_line_feed(struct at_line *line, const char *octets, size_t count, bool prompt, size_t *ret_used)
{
	enum at_line_event event = AT_LINE_MORE;
	size_t used = 0;

	*ret_used = 0;
	do {
		while (line->broken_used < line->broken_end) {
			event = line_read(line, line->broken + line->broken_used, line->broken_end - line->broken_used,
				prompt, &used);
			line->broken_used += used;
			if (event != AT_LINE_MORE)
				return event;
		}
		line->broken_used = line->broken_end = 0;
		event = line_read(line, octets + *ret_used, count - *ret_used, prompt, &used);
		*ret_used += used;
	} while (event == AT_LINE_MORE && line->broken_end > 0);
	return event;
}

bool at_line_is_open(const struct at_line *line)
{
	return !line->given && line->span > 0;
}

void at_line_break(struct at_line *line)
{
	if (!at_line_is_open(line) || line->broken_end > 0)
		return;

	memcpy(line->broken, line->text, line->length);
	line->broken_used = 0;
	line->broken_end = line->length;
	line_restart(line);
	line->single = true;
}
