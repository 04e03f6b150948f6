#include "modem/at_urcs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void urcs_remove(struct at_urcs *urcs, unsigned index)
{
	free(urcs->line[index].text);
	urcs->count--;
	memmove(&urcs->line[index], &urcs->line[index + 1], (urcs->count - index) * sizeof(urcs->line[0]));
}

/* Which line gives way to a new one of this rank; AT_URCS_MAX: none. */
static unsigned urcs_victim(const struct at_urcs *urcs, enum at_rank rank)
{
	for (unsigned i = 0; i < urcs->count; i++)
		if (urcs->line[i].rank < rank)
			return i;
	for (unsigned i = 0; i < urcs->count; i++)
		if (urcs->line[i].rank == rank)
			return i;
	return AT_URCS_MAX;
}

unsigned at_urcs_put(struct at_urcs *urcs, enum at_rank rank, const char *first, const char *second)
{
	size_t room = strlen(first) + (second ? strlen(second) + 1 : 0) + 1;
	unsigned lost = 0;
	char *text;

	if (room > AT_LINE_MAX)
		room = AT_LINE_MAX;
	if (urcs->count == AT_URCS_MAX) {
		unsigned victim = urcs_victim(urcs, rank);

		lost = 1;
		if (victim == AT_URCS_MAX)
			return lost;
		urcs_remove(urcs, victim);
	}
	text = malloc(room);
	if (!text)
		return 1;
	(void)snprintf(text, room, "%s%s%s", first, second ? "\n" : "", second ? second : "");
	urcs->line[urcs->count].text = text;
	urcs->line[urcs->count].rank = rank;
	urcs->count++;
	return lost;
}

bool at_urcs_take(struct at_urcs *urcs, char ret_line[AT_LINE_MAX])
{
	if (urcs->count == 0)
		return false;
	memcpy(ret_line, urcs->line[0].text, strlen(urcs->line[0].text) + 1);
	urcs_remove(urcs, 0);
	return true;
}

void at_urcs_clear(struct at_urcs *urcs)
{
	while (urcs->count > 0)
		urcs_remove(urcs, urcs->count - 1);
}
