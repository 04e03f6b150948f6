/* Addresses in PDUs (23.040 §9.1.2.5) and the SMSC field modems put before them (27.005 §3.1). Pure. */
#ifndef BANDITORE_ADDRESS_H
#define BANDITORE_ADDRESS_H

#include "modem/pdu.h"

enum {
	ADDRESS_DIGITS_MAX = 20, /* semi-octets of TP-OA, TP-DA, TP-RA */
	ADDRESS_NAME_MAX = 11,	 /* septets of an alphanumeric one */
	ADDRESS_OCTETS_MAX = 12, /* length, type, ten octets */
};

/* Reads length, type and value. Returns the octets taken, or -1: cut short, or longer than the standard allows. */
int address_read(const uint8_t *octets, size_t length, struct pdu_address *ret_address);

/* The SMSC field, whose length counts octets and includes the type. Length 0: ret_address->text is empty. */
int address_read_smsc(const uint8_t *octets, size_t length, struct pdu_address *ret_address);

/* Writes "+39…", "0039…" (written as international), a national or short number; '*', '#', a, b, c have codes too.
 * Returns the octets written, or -1 with *ret_why: "invalid destination", "more than 20 digits". */
int address_write(const char *number, uint8_t out[ADDRESS_OCTETS_MAX], const char **ret_why);
int address_write_smsc(const char *number, uint8_t out[ADDRESS_OCTETS_MAX], const char **ret_why);

/* An alphanumeric sender; at most 11 septets are written, and characters outside GSM-7 as '?'. Returns the octets. */
int address_write_name(const char *name, uint8_t out[ADDRESS_OCTETS_MAX]);

/* Swapped semi-octets; reading stops at the filler F. out has count + 1 octets. Returns the digits. */
unsigned semioctets_read(const uint8_t *octets, unsigned count, char *out);

#endif
