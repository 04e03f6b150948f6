/* Work that would hold the hub up: our own program with another command, beside it, at most one of each kind at a time. It
 * opens the same database as any command does and pokes the hub when it has changed something. */
#ifndef BANDITORE_CHORE_H
#define BANDITORE_CHORE_H

#include "firmware-host/hub.h"

/* Reaps what has ended and starts what is due. Never blocks; the hub's thread. */
void chore_tick(struct hub *hub);

/* Something is there to be fetched: it is begun at the next tick. */
void chore_media_due(struct hub *hub);

/* Ends them all; does not wait. */
void chore_stop(struct hub *hub);

#endif
