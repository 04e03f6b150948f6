/* A scripted modem: a table of steps, played in a thread against the descriptor under test.
 *
 * On a PEER_PACKETS pair each PEER_SEND arrives as exactly one read, and PEER_SLOW as one read for each octet, so that
 * fused and torn reads are tested without waiting. The script moves on when what it expects has come, never by time. */
#ifndef BANDITORE_TESTS_PEER_H
#define BANDITORE_TESTS_PEER_H

#include <stddef.h>

enum peer_step_type {
	PEER_END,    /* nothing more may come until the other side closes */
	PEER_EXPECT, /* exactly these octets */
	PEER_SEND,
	PEER_SLOW,    /* octet by octet */
	PEER_DELAY,   /* `number` milliseconds */
	PEER_REPEAT,  /* sends text `number` times */
	PEER_HANG_UP, /* closes; the script ends here */
	PEER_IGNORE,  /* reads and forgets whatever comes until the other side closes; the script ends here */
};

struct peer_step {
	enum peer_step_type type;
	const char *text;
	size_t length; /* 0: strlen(text) */
	int number;
};

#define EXPECT(text_)                                \
	{                                            \
		.type = PEER_EXPECT, .text = (text_) \
	}
#define SEND(text_)                                \
	{                                          \
		.type = PEER_SEND, .text = (text_) \
	}
#define SEND_OCTETS(text_)                                                      \
	{                                                                       \
		.type = PEER_SEND, .text = (text_), .length = sizeof(text_) - 1 \
	}
#define SLOW(text_)                                \
	{                                          \
		.type = PEER_SLOW, .text = (text_) \
	}
#define DELAY(ms_)                                  \
	{                                           \
		.type = PEER_DELAY, .number = (ms_) \
	}
#define REPEAT(text_, times)                                            \
	{                                                               \
		.type = PEER_REPEAT, .text = (text_), .number = (times) \
	}
#define HANG_UP                      \
	{                            \
		.type = PEER_HANG_UP \
	}
#define IGNORE                      \
	{                           \
		.type = PEER_IGNORE \
	}
#define END                      \
	{                        \
		.type = PEER_END \
	}

enum peer_kind { PEER_PACKETS, PEER_PTY };

struct peer;

/* Starts the script, which must outlive the peer; ends with END, HANG_UP or IGNORE. *ret_fd is the caller's to close.
 * NULL: no descriptor or thread to be had. */
struct peer *peer_start(enum peer_kind kind, const struct peer_step *steps, int *ret_fd);

/* Waits for the end of the script; the caller has closed its descriptor before. Returns NULL when all went as written,
 * else what did not, to be freed. Each step waits five seconds at most. */
char *peer_finish(struct peer *peer);

#endif
