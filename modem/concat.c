#include "modem/concat.h"

#include "modem/gsm7.h"
#include "modem/receipt.h"

#include <string.h>

enum { APART_S = 15 * 60 };

static bool same_originator(const struct pdu_address *one, const struct pdu_address *other)
{
	if ((one->ton == PDU_TON_ALPHANUMERIC) != (other->ton == PDU_TON_ALPHANUMERIC))
		return false;
	if (strcmp(one->text, other->text) == 0)
		return true;
	return one->ton != PDU_TON_ALPHANUMERIC && receipt_same_number(one->text, other->text);
}

bool concat_same(const struct pdu *one, const struct pdu *other)
{
	return one->type == other->type && one->concat.bits != 0 && one->concat.bits == other->concat.bits &&
	       one->concat.reference == other->concat.reference && one->concat.total == other->concat.total &&
	       same_originator(&one->address, &other->address);
}

static bool same_payload(const struct pdu *one, const struct pdu *other)
{
	return one->dcs == other->dcs && one->data_length == other->data_length &&
	       memcmp(one->data, other->data, one->data_length) == 0;
}

bool concat_is_reuse(const struct pdu *kept, const struct pdu *fresh)
{
	if (!concat_same(kept, fresh) || kept->concat.seq != fresh->concat.seq)
		return false;
	if (!same_payload(kept, fresh))
		return true;
	if (!kept->time.valid || !fresh->time.valid)
		return false;

	int64_t apart = fresh->time.seconds - kept->time.seconds;
	return apart > APART_S || apart < -APART_S;
}

/* The half pairs carried from one segment into the next. */
struct carry {
	bool escape;
	uint16_t high;
};

static void carry_finish(struct carry *carry, struct utf8_out *out)
{
	gsm7_finish(&carry->escape, out);
	utf16_finish(&carry->high, out);
}

static void part_read(const struct pdu *part, struct carry *carry, struct utf8_out *out)
{
	if (part->compressed || part->alphabet == PDU_8BIT) {
		carry_finish(carry, out);
		return;
	}
	if (part->alphabet == PDU_GSM7) {
		utf16_finish(&carry->high, out);
		gsm7_read(part->data, part->data_length, part->locking, part->single, &carry->escape, out);
		return;
	}
	gsm7_finish(&carry->escape, out);
	utf16_read(part->data, part->data_length, &carry->high, out);
}

int concat_join(const struct pdu *const *parts, unsigned count, char *out, size_t size)
{
	const struct pdu *by_seq[256] = {NULL};
	struct carry carry = {0};
	struct utf8_out text;
	int missing = 0;

	if (count == 0 || size == 0)
		return -1;

	/* A message that is not concatenated is its own only part. */
	unsigned total = parts[0]->concat.bits == 0 ? 1 : parts[0]->concat.total;
	for (unsigned i = 0; i < count; i++) {
		unsigned seq = parts[i]->concat.bits == 0 ? 1 : parts[i]->concat.seq;
		if (by_seq[seq] == NULL)
			by_seq[seq] = parts[i];
	}

	utf8_out_init(&text, out, size);
	for (unsigned seq = 1; seq <= total; seq++) {
		if (by_seq[seq] != NULL) {
			part_read(by_seq[seq], &carry, &text);
			continue;
		}
		missing++;
		carry_finish(&carry, &text);
		utf8_put_string(&text, "[\u2026]");
	}
	carry_finish(&carry, &text);
	return missing;
}
