/* What citizens wrote, made harmless for whoever looks at it: a terminal obeys control characters, and bidirectional marks
 * make a text look like another. Both become U+FFFD; so does what is not UTF-8. Letters of every script, emoji and the
 * joiners they need stay. Pure but for the writer's stream; any thread. */
#ifndef BANDITORE_SHOWN_H
#define BANDITORE_SHOWN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* C0 and C1 controls, DEL, bidirectional marks, embeddings, overrides and isolates (Unicode UAX 9), line and paragraph
 * separators, tags, and what is invisible without joining anything. Line feed and TAB are for the caller to allow. */
bool shown_is_unsafe(uint32_t code_point);

/* One line: line breaks and TABs become blanks. At most `columns` characters are written, the last as … where more would
 * follow; 0: all. */
void shown_line(FILE *out, const char *text, int columns);

/* Several lines, each behind `indent`; ends with a line break. */
void shown_block(FILE *out, const char *text, const char *indent);

/* Into a buffer, NUL-terminated, line feeds kept, cut at a character's edge. Returns out. */
const char *shown_text(const char *text, char *out, size_t size);

#endif
