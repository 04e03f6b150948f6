#include "firmware-host/ics.h"

#include "firmware-host/shown.h"
#include "modem/utf.h"

#include <string.h>
#include <time.h>

enum { LINE_OCTETS = 75, SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, UTC_MAX = 24 };

/* One content line on its way: folded at 75 octets without the line break, never inside a character (§3.1). */
struct line {
	FILE *out;
	int octets;
};

static void line_put(struct line *line, const char *character, size_t length)
{
	if (line->octets + (int)length > LINE_OCTETS) {
		fputs("\r\n ", line->out);
		line->octets = 1;
	}
	fwrite(character, 1, length, line->out);
	line->octets += (int)length;
}

static void line_put_code(struct line *line, uint32_t code_point)
{
	char octets[8];
	struct utf8_out one;

	utf8_out_init(&one, octets, sizeof octets);
	utf8_put(&one, code_point);
	line_put(line, octets, one.length);
}

static void line_end(struct line *line)
{
	fputs("\r\n", line->out);
	line->octets = 0;
}

/* ASCII of our own. */
static void line_plain(FILE *out, const char *name, const char *value)
{
	struct line line = {.out = out};

	for (; *name; name++)
		line_put(&line, name, 1);
	for (; *value; value++)
		line_put(&line, value, 1);
	line_end(&line);
}

/* §3.3.11: backslash, semicolon and comma behind a backslash, a line break as \n, no controls. */
static void put_escaped(struct line *line, const char *text)
{
	while (*text) {
		if (text[0] == '\r' && text[1] == '\n')
			text++;
		uint32_t next = utf8_next(&text);

		if (next == '\n') {
			line_put(line, "\\n", 2);
			continue;
		}
		if (next == '\\' || next == ';' || next == ',')
			line_put(line, "\\", 1);
		line_put_code(line, next == '\t' ? ' ' : shown_is_unsafe(next) ? UTF_REPLACEMENT : next);
	}
}

static void line_text(FILE *out, const char *name, const char *text)
{
	struct line line = {.out = out};

	if (text[0] == '\0')
		return;
	for (; *name; name++)
		line_put(&line, name, 1);
	put_escaped(&line, text);
	line_end(&line);
}

static const char *utc(int64_t ms, char out[UTC_MAX])
{
	time_t seconds = (time_t)(ms / SECOND_MS);
	struct tm tm = {0};

	gmtime_r(&seconds, &tm);
	strftime(out, UTC_MAX, "%Y%m%dT%H%M%SZ", &tm);
	return out;
}

/* §3.8.4.3, which METHOD:PUBLISH wants: a name; there is no mail address, and .invalid never is one (RFC 2606). A quoted
 * parameter holds no quotes (§3.2). */
static void line_organizer(FILE *out, const char *name)
{
	struct line line = {.out = out};
	const char *before = "ORGANIZER;CN=\"", *behind = "\":mailto:nobody@banditore.invalid";

	for (; *before; before++)
		line_put(&line, before, 1);
	while (*name) {
		uint32_t next = utf8_next(&name);
		line_put_code(&line, next == '"' ? '\'' : shown_is_unsafe(next) ? ' ' : next);
	}
	for (; *behind; behind++)
		line_put(&line, behind, 1);
	line_end(&line);
}

void ics_begin(FILE *out, const char *method, const char *name)
{
	line_plain(out, "BEGIN:", "VCALENDAR");
	line_plain(out, "VERSION:", "2.0");
	line_plain(out, "PRODID:", "-//Banditore//Appointments//IT");
	line_plain(out, "CALSCALE:", "GREGORIAN");
	line_plain(out, "METHOD:", method);
	line_text(out, "X-WR-CALNAME:", name);
}

void ics_event(FILE *out, const struct ics_event *event, const char *organizer, int64_t now)
{
	static const char *const states[] = {"TENTATIVE", "CONFIRMED", "CANCELLED"};
	char text[UTC_MAX];

	line_plain(out, "BEGIN:", "VEVENT");
	line_plain(out, "UID:", event->uid);
	line_plain(out, "DTSTAMP:", utc(now, text));
	line_plain(out, "DTSTART:", utc(event->start, text));
	line_plain(out, "DTEND:", utc(event->start + (int64_t)event->minutes * MINUTE_MS, text));
	line_plain(out, "CREATED:", utc(event->created, text));
	line_plain(out, "LAST-MODIFIED:", utc(event->changed, text));
	snprintf(text, sizeof text, "%d", event->sequence);
	line_plain(out, "SEQUENCE:", text);
	line_plain(out, "STATUS:", states[event->status]);
	line_plain(out, "CLASS:", "PRIVATE");
	line_organizer(out, organizer);
	line_text(out, "SUMMARY:", event->summary);
	line_text(out, "DESCRIPTION:", event->description);
	line_text(out, "LOCATION:", event->location);
	line_plain(out, "END:", "VEVENT");
}

void ics_end(FILE *out)
{
	line_plain(out, "END:", "VCALENDAR");
}
