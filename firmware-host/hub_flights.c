/* What is in the bearers' hands: one send in a modem's, many in WhatsApp's. */
#include "config/clock.h"
#include "firmware-host/hub.h"
#include "firmware-host/log.h"

void hub_flight_begin(struct hub *hub, int bearer, int64_t delivery, int32_t attempt, bool counted)
{
	if (hub->flight_count == HUB_FLIGHTS_MAX) { /* cannot be: each bearer's slots have their place */
		log_line(LOG_ERROR, "more messages are in flight than there are slots");
		return;
	}
	hub->flights[hub->flight_count++] = (struct hub_flight){
		.bearer = bearer,
		.delivery = delivery,
		.attempt = attempt,
		.since_mono = clock_mono_ms(),
		.counted = counted,
	};
	hub->bearers[bearer].work.in_hand++;
}

bool hub_flight_end(struct hub *hub, int bearer, int64_t delivery, int32_t attempt, bool *ret_counted)
{
	*ret_counted = false;
	for (int i = 0; i < hub->flight_count; i++) {
		struct hub_flight *flight = &hub->flights[i];
		if (flight->bearer != bearer || flight->delivery != delivery || flight->attempt != attempt)
			continue;
		*ret_counted = flight->counted;
		*flight = hub->flights[--hub->flight_count];
		hub->bearers[bearer].work.in_hand--;
		return true;
	}
	return false;
}
