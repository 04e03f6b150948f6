/* The unsolicited lines kept between commands, oldest first, never more than AT_URCS_MAX. One thread. */
#ifndef BANDITORE_AT_URCS_H
#define BANDITORE_AT_URCS_H

#include "modem/at_class.h"

struct at_urcs {
	unsigned count;
	struct {
		char *text;
		enum at_rank rank;
	} line[AT_URCS_MAX];
};

/* Keeps a copy of `first`, and of `second` after a '\n' when it is not NULL; what passes AT_LINE_MAX is cut. When full, the
 * oldest line of lower rank gives way; without one the oldest of the same rank; a minor line never displaces a kept one.
 * Returns the lines lost by it, 0 or 1; memory that cannot be had loses the new one. */
unsigned at_urcs_put(struct at_urcs *urcs, enum at_rank rank, const char *first, const char *second);

bool at_urcs_take(struct at_urcs *urcs, char ret_line[AT_LINE_MAX]); /* false: none */
void at_urcs_clear(struct at_urcs *urcs);

#endif
