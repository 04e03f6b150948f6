#include "tests/sim/storage.h"

#include "tests/sim/base.h"

#include <stdlib.h>
#include <string.h>

enum { SR_SIZE = 20 };

static const char *const names[MEMORIES] = {[MEMORY_SM] = "SM", [MEMORY_ME] = "ME", [MEMORY_SR] = "SR"};

const char *memory_name(enum memory memory)
{
	return names[memory];
}

bool memory_find(const struct modem *m, const char *name, enum memory *ret)
{
	char quoted[8];

	snprintf(quoted, sizeof quoted, "\"%.2s\"", name);
	if (strlen(name) != 2 || strstr(m->personality->memories, quoted) == NULL)
		return false;
	for (unsigned i = 0; i < MEMORIES; i++)
		if (strcmp(names[i], name) == 0) {
			*ret = (enum memory)i;
			return true;
		}
	return false;
}

int memory_size(const struct modem *m, enum memory memory)
{
	return memory == MEMORY_SM ? m->knobs.sm_size : memory == MEMORY_ME ? m->knobs.me_size : SR_SIZE;
}

int memory_used(const struct modem *m, enum memory memory)
{
	int used = 0;

	for (int i = 0; i < memory_size(m, memory); i++)
		used += m->slots[memory][i].hex != NULL;
	return used;
}

struct slot *memory_slot(struct modem *m, enum memory memory, int index)
{
	int first = m->personality->first_index;

	if (index < first || index >= first + memory_size(m, memory))
		return NULL;
	return &m->slots[memory][index - first];
}

int memory_add(struct modem *m, enum memory memory, const char *hex, int stat)
{
	for (int i = 0; i < memory_size(m, memory); i++) {
		struct slot *slot = &m->slots[memory][i];
		if (slot->hex != NULL)
			continue;
		slot->hex = must(strdup(hex));
		slot->stat = stat;
		return i + m->personality->first_index;
	}
	return -1;
}

void slot_clear(struct slot *slot)
{
	free(slot->hex);
	slot->hex = NULL;
}

void memory_fill(struct modem *m, enum memory memory, int used, int size)
{
	/* "+393330000000": "vecchio" of 2020-01-01 */
	static const char old[] = "07919333000000F0040C9193330000000000000210102100004007F6F2788C4EBF01";

	for (int i = 0; i < SIM_SLOTS_MAX; i++)
		slot_clear(&m->slots[memory][i]);
	if (memory == MEMORY_SM)
		m->knobs.sm_size = size;
	else if (memory == MEMORY_ME)
		m->knobs.me_size = size;
	for (int i = 0; i < used; i++)
		memory_add(m, memory, old, 1);
}
