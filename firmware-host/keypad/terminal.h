/* The keypad's stdin: keys on a terminal, one by one and not shown, lines from anything else. One thread. */
#ifndef BANDITORE_TERMINAL_H
#define BANDITORE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

enum { TERMINAL_LINE_MAX = 64, TERMINAL_KEYS_MAX = 64 };

struct terminal {
	int fd;
	bool keys; /* it is a terminal */
	bool ended;
	struct termios before;
	char line[TERMINAL_LINE_MAX]; /* not yet ended */
	size_t length;		      /* of it; TERMINAL_LINE_MAX: longer, and so nothing that could be meant */
};

/* Not a terminal: non-blocking from here on. */
void terminal_open(struct terminal *terminal, int fd);
void terminal_close(struct terminal *terminal); /* the terminal is as it was */

/* The keys typed since (enum machine_key and digits). Their number; 0 also at the end: see `ended`. Does not block after
 * poll. Only where `keys`. */
int terminal_keys(struct terminal *terminal, int keys[TERMINAL_KEYS_MAX]);

/* The next whole line without its end, blanks around it aside; one too long is "?". False: none yet, or the end. Does not
 * block. A line the input ends in the middle of is no line: ENTER was not pressed. */
bool terminal_line(struct terminal *terminal, char out[TERMINAL_LINE_MAX]);

#endif
