#include "modem/address.h"
#include "modem/dcs.h"
#include "modem/gsm7.h"
#include "modem/stamp.h"
#include "modem/user_data.h"

#include <string.h>

enum {
	FO_SUBMIT = 0x01,
	FO_REJECT_DUPLICATES = 0x04,
	FO_VP_RELATIVE = 0x10,
	FO_VP_ABSOLUTE = 0x18,
	FO_REPORT = 0x20,
	FO_HEADER = 0x40,
};

enum { HEADER_MAX = 7 };

/* The concatenation header with its length octet; returns its octets, 0 when the message is not concatenated. */
static unsigned header_write(const struct pdu_concat *concat, uint8_t out[HEADER_MAX])
{
	unsigned at = 0;

	if (concat->bits == 0)
		return 0;

	bool wide = concat->bits == 16;
	out[at++] = wide ? 6 : 5;
	out[at++] = wide ? 0x08 : 0x00;
	out[at++] = wide ? 4 : 3;
	if (wide)
		out[at++] = (uint8_t)(concat->reference >> 8);
	out[at++] = (uint8_t)concat->reference;
	out[at++] = concat->total;
	out[at++] = concat->seq;
	return at;
}

/* TP-UDL and TP-UD; returns the octets written, or -1 when they do not fit. */
static int user_data_write(const struct pdu_submit *submit, uint8_t *out)
{
	uint8_t *data = out + 1;
	unsigned header = header_write(&submit->concat, data);

	if (submit->alphabet != PDU_GSM7) {
		if (header + submit->data_length > USER_DATA_OCTETS_MAX)
			return -1;
		memcpy(data + header, submit->data, submit->data_length);
		out[0] = (uint8_t)(header + submit->data_length);
		return 1 + out[0];
	}

	unsigned before = gsm7_header_septets(header);
	if (before + submit->data_length > USER_DATA_SEPTETS_MAX)
		return -1;
	out[0] = (uint8_t)(before + submit->data_length);
	return 1 + (int)header +
	       (int)gsm7_pack(submit->data, submit->data_length, gsm7_fill_bits(header), data + header);
}

static uint8_t first_octet(const struct pdu_submit *submit)
{
	unsigned first = FO_SUBMIT;

	if (submit->reject_duplicates)
		first |= FO_REJECT_DUPLICATES;
	if (submit->vp_absolute != NULL)
		first |= FO_VP_ABSOLUTE;
	else if (submit->vp >= 0)
		first |= FO_VP_RELATIVE;
	if (submit->report)
		first |= FO_REPORT;
	if (submit->concat.bits != 0)
		first |= FO_HEADER;
	return (uint8_t)first;
}

/* Returns the octets written. */
static int smsc_write(const char *smsc, uint8_t *out, const char **ret_why)
{
	if (smsc != NULL)
		return address_write_smsc(smsc, out, ret_why);
	out[0] = 0;
	return 1;
}

int pdu_encode_submit(const struct pdu_submit *submit, uint8_t *out, uint8_t *ret_tpdu_length, const char **ret_why)
{
	*ret_why = NULL;

	int before = smsc_write(submit->smsc, out, ret_why);
	if (before < 0)
		return -1;

	uint8_t *at = out + before;
	*at++ = first_octet(submit);
	*at++ = submit->mr;

	int address = address_write(submit->to, at, ret_why);
	if (address < 0)
		return -1;
	at += address;

	*at++ = 0; /* TP-PID: plain short message */
	*at++ = dcs_write(submit->alphabet, submit->class);
	if (submit->vp_absolute != NULL) {
		stamp_write(submit->vp_absolute, at);
		at += STAMP_OCTETS;
	} else if (submit->vp >= 0) {
		*at++ = (uint8_t)submit->vp;
	}

	int data = user_data_write(submit, at);
	if (data < 0) {
		*ret_why = "more than 140 octets of user data";
		return -1;
	}
	at += data;

	*ret_tpdu_length = (uint8_t)(at - out - before);
	return (int)(at - out);
}
