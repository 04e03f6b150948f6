/* The user data of a PDU: its header and what is behind it (23.040 §9.2.3.24). Pure. */
#ifndef BANDITORE_USER_DATA_H
#define BANDITORE_USER_DATA_H

#include "modem/pdu.h"

enum { USER_DATA_OCTETS_MAX = 140, USER_DATA_SEPTETS_MAX = 160 };

/* One information element of a header. */
struct udh_element {
	uint8_t id, length;
	const uint8_t *data;
};

/* Goes through the elements, given without the header's own length octet; *at starts at 0. Returns 1: *ret_element is one;
 * 0: the end; -1: an element overruns. */
int udh_next(const uint8_t *elements, size_t length, size_t *at, struct udh_element *ret_element);

/* Fills concat, ports and national tables from the elements. The last of repeated or excluding elements counts; when one
 * overruns, none counts. */
void udh_read(const uint8_t *elements, size_t length, struct pdu *pdu);

/* Fills everything from `header_length` to `data` from the octets behind TP-UDL, of which `present` are there. udl,
 * alphabet and compressed are set already. A header longer than the user data is read as data. */
void user_data_read(const uint8_t *octets, size_t present, bool has_header, struct pdu *pdu);

#endif
