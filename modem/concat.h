/* Joining the parts of a concatenated message (23.040 §9.2.3.24.1). Pure: the parts are kept by db, this decides. */
#ifndef BANDITORE_CONCAT_H
#define BANDITORE_CONCAT_H

#include "modem/pdu.h"

enum { CONCAT_TEXT_MAX = 255 * 160 * 3 + 1 };

/* Do two parts belong to one message? Same originator (by tail of digits and type), reference, width and total. */
bool concat_same(const struct pdu *one, const struct pdu *other);

/* Asked of a fresh part and each part kept under the same reference: the same seq with another payload, or with the same
 * one sent more than 15 minutes apart (SCTS). Then the reference was used again and the old group is to be closed as
 * incomplete. The same seq, payload and time is a duplicate; another seq is a sibling, however late. */
bool concat_is_reuse(const struct pdu *kept, const struct pdu *fresh);

/* The joined text of `count` parts of one message in any order: septets or UTF-16 units are joined before they are mapped,
 * so that a pair cut by the sender heals. A missing part reads "[…]". Duplicates are ignored. Writes at most size octets
 * with NUL. Returns the parts missing (0: complete), or -1 when count is 0. 8-bit parts contribute nothing. */
int concat_join(const struct pdu *const *parts, unsigned count, char *out, size_t size);

#endif
