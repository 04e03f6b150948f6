/* From octets to lines: the tokeniser under the AT dialogue. Pure; one thread.
 *
 * CR, LF or Ctrl-Z (an echoed PDU ends with it) ends a line; empty lines vanish, trailing blanks too, NUL and ESC are
 * skipped. Quotes mean nothing, because real modems leave them open ("+COPS: 0,0,\"TELE2,0"); only a "+CUSD" string may
 * span lines, and at_line_break ends that when the closing quote does not come. */
#ifndef BANDITORE_AT_LINE_H
#define BANDITORE_AT_LINE_H

#include "modem/at.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	AT_SPAN_MAX = 1024, /* octets of a +CUSD whose quote is open; then it is broken into its lines */
	AT_SPAN_MS = 2000,  /* how long to wait for that quote: the caller's to measure */
};

enum at_line_event {
	AT_LINE_MORE,	/* all octets used, no line yet */
	AT_LINE_WHOLE,	/* text holds a line, NUL-terminated, until the next call */
	AT_LINE_PROMPT, /* '>' as first non-blank of an unterminated line */
	AT_LINE_NOISE,	/* a line was dropped: longer than AT_LINE_MAX, or echo in front of the first CR LF */
};

struct at_line {
	size_t length;			/* octets in text */
	size_t span;			/* where the second line of an open +CUSD begins; 0: none is open */
	bool given;			/* text was handed out: the next octet starts anew */
	bool overlong;			/* the rest of the line is dropped */
	bool blank;			/* skip one blank: it belongs to the prompt */
	bool fresh;			/* no octet since at_line_mark */
	bool bare;			/* the line in text began while fresh */
	bool held;			/* it ended with CR and may still prove to be echo */
	bool single;			/* the next line is the first of a broken +CUSD: it opens no span */
	size_t broken_used, broken_end; /* lines of a broken +CUSD still to be given */
	char text[AT_LINE_MAX];
	char broken[AT_SPAN_MAX];
};

void at_line_init(struct at_line *line);

/* A command is about to be written: what comes in front of the next CR LF is echo or junk (unless it is recognised). */
void at_line_mark(struct at_line *line);

/* Reads up to one event. `prompt`: a prompt is awaited. *ret_used: octets consumed; call again with the others. */
enum at_line_event at_line_feed(struct at_line *line, const char *octets, size_t count, bool prompt, size_t *ret_used);

/* A +CUSD is open: its closing quote has not come. */
bool at_line_is_open(const struct at_line *line);

/* Ends an open +CUSD: the next feed (of 0 octets, if need be) gives its first line, and then its others one by one. */
void at_line_break(struct at_line *line);

#endif
