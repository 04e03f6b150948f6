/* UTF-8, code points and the UTF-16 that "UCS-2" messages really carry (23.038 §6.2.3). Pure; any thread. */
#ifndef BANDITORE_UTF_H
#define BANDITORE_UTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF_REPLACEMENT = 0xFFFD };

/* The code point at *text, which is moved behind it; 0 at the NUL, which is not passed. Whatever is not well-formed UTF-8
 * (overlong, surrogate, cut) reads as U+FFFD, one for each piece that cannot belong together. */
uint32_t utf8_next(const char **text);

/* The same with a Latin letter and the combining accent behind it read as one letter (Unicode NFC, as far as Western
 * European letters go): editors on some systems write è as two code points, which GSM-7 has not. */
uint32_t utf8_next_composed(const char **text);

/* Text being written: bounded by its buffer and always NUL-terminated. What no longer fits is left out whole. */
struct utf8_out {
	char *text;
	size_t size, length;
	bool full; /* something was left out; nothing is added any more */
};

void utf8_out_init(struct utf8_out *out, char *text, size_t size); /* size at least 1 */

/* U+0000, surrogates and values beyond U+10FFFF are written as U+FFFD, so that a text is one C string of valid UTF-8. */
void utf8_put(struct utf8_out *out, uint32_t code_point);
void utf8_put_string(struct utf8_out *out, const char *text);

/* UTF-16 units of a code point: 1 or 2. */
unsigned utf16_from_code_point(uint32_t code_point, uint16_t out[2]);
bool utf16_is_high(uint16_t unit);

/* Appends UTF-16BE. *high carries a first surrogate over to the next piece (0: none), so that a pair cut between two
 * segments heals. An odd last octet is ignored. A surrogate without its partner becomes U+FFFD. */
void utf16_read(const uint8_t *octets, size_t length, uint16_t *high, struct utf8_out *out);
void utf16_finish(uint16_t *high, struct utf8_out *out);

#endif
