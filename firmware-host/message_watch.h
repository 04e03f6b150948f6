/* A message followed while it is sent: a line of figures each second, both channels beside each other, and on a terminal a
 * bar below them. */
#ifndef BANDITORE_MESSAGE_WATCH_H
#define BANDITORE_MESSAGE_WATCH_H

#include "firmware-host/message_view.h"

enum { MESSAGE_WATCH_LINE_MAX = 256 };

/* The figures at `now` (wall clock) in the columns of the heading; `pace` in people reached a second. 0 is "-". */
const char *message_watch_heading(char out[static MESSAGE_WATCH_LINE_MAX]);
const char *message_watch_line(
	const struct message_figures *figures, int64_t now, int64_t pace, char out[static MESSAGE_WATCH_LINE_MAX]);

/* "[####++....] 9 of 20 reached, 4 sent, last 15:04:05": within 80 columns up to 99,999 people. */
const char *message_watch_bar(const struct message_view *view, char out[static MESSAGE_WATCH_LINE_MAX]);

/* Prints to stdout until the message in `view` is done, cancelled or expired; returns then. The later, the rarer the lines. */
int message_watch(const struct settings *settings, struct db *db, struct message_view *view, struct err *err);

#endif
