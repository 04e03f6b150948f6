/* Whom to answer: nobody for ever. Two machines that answer each other, a flood, a telephone that repeats itself,
 * what was sent long ago. Pure; any thread. */
#ifndef BANDITORE_CITIZEN_MANNERS_H
#define BANDITORE_CITIZEN_MANNERS_H

#include "config/settings.h"
#include "db/manners.h"

enum { MANNERS_SAME_MAX = 3 }; /* a text that comes more often within an hour is answered no more */

enum manners {
	MANNERS_IGNORE, /* it stays in the inbox, and that is all */
	MANNERS_QUIET,	/* done, not answered */
	MANNERS_LATER,	/* done; the answer is to try later, for once */
	MANNERS_ANSWER
};

struct manners_case {
	bool automatic;		   /* a machine wrote it */
	bool ours;		   /* it comes from one of the box's own numbers */
	bool expected;		   /* answers a question or was tapped: coming again says nothing */
	int64_t sent_at;	   /* 0: not told */
	const unsigned char *mark; /* of its text: MANNERS_MARK_SIZE */
	int64_t box_answers;	   /* of this minute */
};

struct manners_verdict {
	enum manners manners;
	const char *why; /* for the inbox; "" where it is answered */
	bool stale;
};

/* Also notes in *memory that the message came. */
struct manners_verdict manners_judge(const struct settings *settings, const struct manners_case *message,
	struct manners_memory *memory, int64_t now);

/* They are answered: counts it. */
void manners_answered(struct manners_memory *memory, int64_t now);

/* One-way: may this person be shown to the usual channels (again)? Then that is noted. */
bool manners_may_point(const struct settings *settings, struct manners_memory *memory, int64_t now);

#endif
