/* The simulator's own alphabets (3GPP TS 23.038): what it reads and writes shares nothing with the product's codec,
 * so that one misreading of the standard cannot hide in both. Pure functions, any thread. */
#ifndef BANDITORE_SIM_ALPHABET_H
#define BANDITORE_SIM_ALPHABET_H

#include <stddef.h>
#include <stdint.h>

enum { SIM_ESCAPE = 0x1b };

/* UTF-8 to septets of the default alphabet, an extension character as ESC and its code (23.038 6.2.1). Returns how
 * many, or -1 when a character is outside the alphabet, the text is no UTF-8, or `max` is too small. */
int sim_septets_from_utf8(const char *text, uint8_t *septets, size_t max);

/* UTF-8 to UTF-16 code units. Returns how many, or -1 as above. */
int sim_units_from_utf8(const char *text, uint16_t *units, size_t max);

/* The way back; both end `text` with a NUL and cut at `size`. A lone surrogate becomes U+FFFD. */
void sim_utf8_from_septets(const uint8_t *septets, size_t count, char *text, size_t size);
void sim_utf8_from_units(const uint16_t *units, size_t count, char *text, size_t size);

/* Septets into octets, least significant bit first, after `fill` zero bits (23.038 6.1.2.1). `octets` is zeroed by
 * the caller. Returns the octets used. */
size_t sim_pack(const uint8_t *septets, size_t count, unsigned fill, uint8_t *octets);
void sim_unpack(const uint8_t *octets, size_t count, unsigned fill, uint8_t *septets);

/* Hexadecimal, upper case. sim_hex_read takes either case and returns the octets read, or -1: not hexadecimal, odd,
 * too long. */
void sim_hex_write(const uint8_t *octets, size_t count, char *hex);
int sim_hex_read(const char *hex, uint8_t *octets, size_t max);

#endif
