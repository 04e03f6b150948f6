/* A program run beside the keypad: a voice, a sound. Never waited for, and killed when it takes too long. */
#ifndef BANDITORE_CHILD_H
#define BANDITORE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
	pid_t pid;	  /* 0: none runs */
	int64_t deadline; /* clock_mono_ms */
	int status;	  /* of the last that ended, as waitpid tells it; -1: killed for its time */
};

/* Starts argv[0] (a path, or found in PATH) with these octets as its stdin and its output to nowhere. One that still runs is
 * killed first. False: it could not be started. Does not block. */
bool child_start(struct child *child, const char *const argv[], const void *input, size_t length, int timeout_ms);

/* Reaps it when it has ended, kills it when its time is over. Returns true while it runs; to be called by its deadline. */
bool child_tick(struct child *child);
void child_stop(struct child *child);

/* Where PATH has the program; false: nowhere. */
bool child_find(const char *name);

#endif
