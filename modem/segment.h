/* From a text to the segments that carry it: alphabet, folding, splitting, and one finished SUBMIT for each segment.
 * Pure; any thread. */
#ifndef BANDITORE_SEGMENT_H
#define BANDITORE_SEGMENT_H

#include "modem/pdu.h"

enum { SEGMENT_COUNT_MAX = 255 };

/* How a text travels. */
struct segment_plan {
	enum pdu_alphabet alphabet; /* GSM-7 when every character has a place there, else UCS-2 */
	uint8_t count;
	uint16_t offset[SEGMENT_COUNT_MAX + 1]; /* units at which each segment starts; the last is the end */
};

/* A text in the units of its alphabet. */
struct segment_text {
	enum pdu_alphabet alphabet;
	uint32_t units; /* septets, or UTF-16 units */
	uint16_t *unit; /* one per element; segment_text_free */
};

/* Reads UTF-8 into units, letters and combining accents as one letter where Unicode has it. Invalid UTF-8 becomes U+FFFD.
 * Returns 0, or -1 out of memory. */
int segment_text_read(const char *utf8, struct segment_text *ret_text);
void segment_text_free(struct segment_text *text);

/* Where to cut: never inside an escape pair or a surrogate pair. reference_bits 8 or 16. Returns 0, or -1: more than 255. */
int segment_plan(const struct segment_text *text, unsigned reference_bits, struct segment_plan *ret_plan);

/* Alphabet and number of segments of a text, without keeping anything: what preview and the composer ask. -1: too
 * long, or out of memory. ret_alphabet may be NULL. */
int segment_count(const char *utf8, enum pdu_alphabet *ret_alphabet);

/* The finished PDU of one segment. `base` gives everything but alphabet, concat and data. Returns as pdu_encode_submit. */
int segment_encode(const struct segment_text *text, const struct segment_plan *plan, unsigned segment,
	uint16_t reference, unsigned reference_bits, const struct pdu_submit *base, uint8_t *out,
	uint8_t *ret_tpdu_length, const char **ret_why);

/* Folds what Italian text editors produce and GSM-7 lacks: È to E', typographic quotes, dashes, ellipsis, NBSP… NFC
 * composition of the Italian vowels first. A text with a character it does not know stays as it is, since it will cost
 * UCS-2 whatever is folded. Returns the octets written, -1 when out is too small; *ret_changed counts characters
 * rewritten. */
int fold_italian(const char *utf8, char *out, size_t size, unsigned *ret_changed);

#endif
