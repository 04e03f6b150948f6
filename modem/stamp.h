/* Time stamps in PDUs (23.040 §9.2.3.11). Pure. */
#ifndef BANDITORE_STAMP_H
#define BANDITORE_STAMP_H

#include "modem/pdu.h"

enum { STAMP_OCTETS = 7, STAMP_TEXT_MAX = 26 /* "2011-03-29T19:20:04+04:00" and NUL */ };

/* ret_time->valid is false when date or time of day cannot be. A zone no place has (beyond 14 hours; digits above 9 are
 * sent by real modems) reads as UTC. Years 90…99 are of the last century. */
void stamp_read(const uint8_t octets[STAMP_OCTETS], struct pdu_time *ret_time);

/* Writes a valid time between 1990 and 2089, in its own offset rounded to quarters of an hour. */
void stamp_write(const struct pdu_time *time, uint8_t out[STAMP_OCTETS]);

/* RFC 3339 with the time's own offset; false and "" when it is not valid. */
bool stamp_format(const struct pdu_time *time, char out[STAMP_TEXT_MAX]);

#endif
