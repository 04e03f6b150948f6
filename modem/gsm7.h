/* The GSM 7-bit default alphabet, its extension, and the national tables some phones send with (23.038 §6.2.1, annex A).
 * Writing uses the default alphabet and its extension only: few phones show the national ones. Pure; any thread. */
#ifndef BANDITORE_GSM7_H
#define BANDITORE_GSM7_H

#include "modem/utf.h"

enum { GSM7_ESCAPE = 0x1B, GSM7_CR = 0x0D };

/* The septets of a character: 1, 2 (escape and code), or 0 when the alphabet lacks it. */
unsigned gsm7_from_code_point(uint32_t code_point, uint8_t out[2]);

/* National language identifiers (23.038 §6.2.1.2.4). Others, the Indic ones among them, read as 0. */
enum { GSM7_DEFAULT = 0, GSM7_TURKISH = 1, GSM7_SPANISH = 2, GSM7_PORTUGUESE = 3 };

/* Appends septets (one an octet). *escape carries a first half over to the next piece, so that a pair cut between two
 * segments heals. A code the extension lacks shows the default table's character; escape twice shows a blank. */
void gsm7_read(
	const uint8_t *septets, size_t count, uint8_t locking, uint8_t single, bool *escape, struct utf8_out *out);
void gsm7_finish(bool *escape, struct utf8_out *out); /* an escape with nothing behind it is a blank */

/* Fill bits that put the text on a septet boundary behind a header of so many octets (23.040 §9.2.3.24), and the septets
 * that header and fill take. */
unsigned gsm7_fill_bits(unsigned header_octets);
unsigned gsm7_header_septets(unsigned header_octets);

/* Packs septets behind `fill` zero bits (0…6). Returns octets: (fill + 7 * count) / 8 rounded up; unused bits are 0. */
size_t gsm7_pack(const uint8_t *septets, size_t count, unsigned fill, uint8_t *out);

/* How many whole septets so many octets hold behind the fill bits, and those septets; `count` may not exceed that. */
size_t gsm7_capacity(size_t octets, unsigned fill);
void gsm7_unpack(const uint8_t *octets, unsigned fill, uint8_t *out, size_t count);

#endif
