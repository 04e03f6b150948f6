#include "modem/pdu.h"

/* Relative validity, 23.040 §9.2.3.12.1: four ranges with steps of 5 minutes, half an hour, a day, a week. */
enum {
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	WEEK = 7 * DAY,
};

uint32_t pdu_vp_to_seconds(uint8_t vp)
{
	if (vp <= 143)
		return (vp + 1u) * 5 * MINUTE;
	if (vp <= 167)
		return 12 * HOUR + (vp - 143u) * 30 * MINUTE;
	if (vp <= 196)
		return (vp - 166u) * DAY;
	return (vp - 192u) * WEEK;
}

uint8_t pdu_vp_from_seconds(uint32_t seconds)
{
	uint8_t vp = 255;

	while (vp > 0 && pdu_vp_to_seconds(vp) > seconds)
		vp--;
	return vp;
}
