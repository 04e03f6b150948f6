/* The message memories of a modem (27.005 3.2.2). Indexes are the modem's own, from personality->first_index on. */
#ifndef BANDITORE_SIM_STORAGE_H
#define BANDITORE_SIM_STORAGE_H

#include "tests/sim/sim.h"

const char *memory_name(enum memory memory);
bool memory_find(const struct modem *m, const char *name, enum memory *ret);
int memory_size(const struct modem *m, enum memory memory);
int memory_used(const struct modem *m, enum memory memory);

/* NULL: no such index. The slot may be free. */
struct slot *memory_slot(struct modem *m, enum memory memory, int index);

/* Keeps a copy; returns its index, or -1: full. */
int memory_add(struct modem *m, enum memory memory, const char *hex, int stat);
void slot_clear(struct slot *slot);

/* Empties the memory and fills `used` of `size` slots with old messages. */
void memory_fill(struct modem *m, enum memory memory, int used, int size);

#endif
