/* Any octets as the kernel's answer to the question of a route: nothing behind them is read, and what is told is an interface
 * or an errno. */
#include "modem/link_watch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *octets = malloc(size ? size : 1); /* of exactly that size, so that one octet too far is seen */

	if (!octets)
		abort();
	memcpy(octets, data, size);
	(void)link_route_read(octets, size, 1);
	free(octets);
	return 0;
}
