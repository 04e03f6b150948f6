/* A progress bar on the terminal, and nothing in a pipe. One thread. */
#ifndef BANDITORE_PROGRESS_H
#define BANDITORE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* "importing" */
	bool shown;	  /* stderr is a terminal */
	int percent;	  /* as drawn last; -1: never */
};

struct progress progress_start(const char *what);
void progress_draw(struct progress *progress, int64_t done, int64_t all);
void progress_clear(struct progress *progress); /* before anything else is printed */

#endif
