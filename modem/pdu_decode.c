#include "modem/address.h"
#include "modem/dcs.h"
#include "modem/gsm7.h"
#include "modem/stamp.h"
#include "modem/user_data.h"

/* First octet, §9.2.3. */
enum {
	FO_TYPE = 0x03,
	FO_DELIVER_NO_MORE = 0x04, /* TP-MMS is 0 when more messages wait */
	FO_REPORT = 0x20,	   /* TP-SRR, TP-SRI, TP-SRQ */
	FO_HEADER = 0x40,	   /* TP-UDHI */
};

enum { VPF_NONE, VPF_ENHANCED, VPF_RELATIVE, VPF_ABSOLUTE };

/* TP-PI, §9.2.3.27. */
enum { PI_PID = 0x01, PI_DCS = 0x02, PI_UDL = 0x04 };

struct reader {
	const uint8_t *octets;
	size_t left;
};

static bool take(struct reader *reader, size_t count, const uint8_t **ret_octets)
{
	if (reader->left < count)
		return false;
	*ret_octets = reader->octets;
	reader->octets += count;
	reader->left -= count;
	return true;
}

static bool take_octet(struct reader *reader, uint8_t *ret_octet)
{
	const uint8_t *octet;

	if (!take(reader, 1, &octet))
		return false;
	*ret_octet = *octet;
	return true;
}

static bool take_stamp(struct reader *reader, struct pdu_time *ret_time)
{
	const uint8_t *octets;

	if (!take(reader, STAMP_OCTETS, &octets))
		return false;
	stamp_read(octets, ret_time);
	return true;
}

static bool take_address(struct reader *reader, struct pdu_address *ret_address)
{
	const uint8_t *octets;
	int taken = address_read(reader->octets, reader->left, ret_address);

	return taken > 0 && take(reader, (size_t)taken, &octets);
}

static void coding_set(struct pdu *pdu)
{
	struct dcs dcs = dcs_read(pdu->dcs);

	pdu->alphabet = dcs.alphabet;
	pdu->class = dcs.class;
	pdu->compressed = dcs.compressed;
}

static const char *deliver_read(struct reader *reader, uint8_t first, struct pdu *pdu)
{
	pdu->type = PDU_DELIVER;
	pdu->report = first & FO_REPORT;
	pdu->more = !(first & FO_DELIVER_NO_MORE);

	if (!take_address(reader, &pdu->address))
		return "originating address is cut short or too long";
	if (!take_octet(reader, &pdu->pid) || !take_octet(reader, &pdu->dcs))
		return "ends before the data coding scheme";
	if (!take_stamp(reader, &pdu->time))
		return "ends inside the time stamp";
	if (!take_octet(reader, &pdu->udl))
		return "ends before the user data length";

	coding_set(pdu);
	user_data_read(reader->octets, reader->left, first & FO_HEADER, pdu);
	return NULL;
}

static bool take_validity(struct reader *reader, struct pdu *pdu)
{
	const uint8_t *enhanced;

	switch (pdu->vpf) {
	case VPF_ENHANCED: return take(reader, 7, &enhanced); /* §9.2.3.12.3: nothing here needs it */
	case VPF_RELATIVE: return take_octet(reader, &pdu->vp);
	case VPF_ABSOLUTE: return take_stamp(reader, &pdu->time);
	default: return true;
	}
}

static const char *submit_read(struct reader *reader, uint8_t first, struct pdu *pdu)
{
	pdu->type = PDU_SUBMIT;
	pdu->report = first & FO_REPORT;
	pdu->vpf = first >> 3 & 3;

	if (!take_octet(reader, &pdu->mr))
		return "ends before the message reference";
	if (!take_address(reader, &pdu->address))
		return "destination address is cut short or too long";
	if (!take_octet(reader, &pdu->pid) || !take_octet(reader, &pdu->dcs))
		return "ends before the data coding scheme";
	if (!take_validity(reader, pdu))
		return "ends inside the validity period";
	if (!take_octet(reader, &pdu->udl))
		return "ends before the user data length";

	coding_set(pdu);
	user_data_read(reader->octets, reader->left, first & FO_HEADER, pdu);
	return NULL;
}

/* What is behind the status is optional, and modems have announced there what does not follow: read as far as it goes. */
static void report_tail_read(struct reader *reader, uint8_t first, struct pdu *pdu)
{
	if (!take_octet(reader, &pdu->pi))
		return;
	pdu->has_pi = true;
	if (pdu->pi & PI_PID && !take_octet(reader, &pdu->pid))
		return;
	if (pdu->pi & PI_DCS && !take_octet(reader, &pdu->dcs))
		return;
	coding_set(pdu);
	if (pdu->pi & PI_UDL && take_octet(reader, &pdu->udl))
		user_data_read(reader->octets, reader->left, first & FO_HEADER, pdu);
}

static const char *report_read(struct reader *reader, uint8_t first, struct pdu *pdu)
{
	pdu->type = PDU_STATUS_REPORT;
	pdu->more = !(first & FO_DELIVER_NO_MORE);

	if (!take_octet(reader, &pdu->mr))
		return "ends before the message reference";
	if (!take_address(reader, &pdu->address))
		return "recipient address is cut short or too long";
	if (!take_stamp(reader, &pdu->time) || !take_stamp(reader, &pdu->discharge))
		return "ends inside a time stamp";
	if (!take_octet(reader, &pdu->status))
		return "ends before the status";

	report_tail_read(reader, first, pdu);
	return NULL;
}

static const char *tpdu_read(struct reader reader, bool mobile_originated, struct pdu *pdu)
{
	uint8_t first;

	pdu->tpdu_length = (uint16_t)reader.left;
	pdu->class = -1;
	if (!take_octet(&reader, &first))
		return "empty";

	switch (first & FO_TYPE) {
	case 1: return submit_read(&reader, first, pdu);
	case 2:
		if (mobile_originated)
			return "an SMS-COMMAND, which is not read";
		return report_read(&reader, first, pdu);
	default: return deliver_read(&reader, first, pdu); /* §9.2.3.1: the reserved type 11 reads as DELIVER */
	}
}

static const char *with_smsc_read(const uint8_t *octets, size_t length, bool mobile_originated, struct pdu *pdu)
{
	*pdu = (struct pdu){0};

	int taken = address_read_smsc(octets, length, &pdu->smsc);
	if (taken < 0)
		return length == 0 ? "empty" : "service centre address is cut short or too long";

	pdu->has_smsc = pdu->smsc.text[0] != '\0';
	return tpdu_read((struct reader){octets + taken, length - (size_t)taken}, mobile_originated, pdu);
}

static const char *without_smsc_read(const uint8_t *octets, size_t length, bool mobile_originated, struct pdu *pdu)
{
	*pdu = (struct pdu){0};
	return tpdu_read((struct reader){octets, length}, mobile_originated, pdu);
}

const char *pdu_decode(
	const uint8_t *octets, size_t length, enum pdu_smsc_field smsc, bool mobile_originated, struct pdu *ret_pdu)
{
	const char *why;

	if (length > UINT16_MAX)
		return "too long";
	if (smsc == PDU_SMSC_ABSENT)
		return without_smsc_read(octets, length, mobile_originated, ret_pdu);

	why = with_smsc_read(octets, length, mobile_originated, ret_pdu);
	if (why == NULL || smsc == PDU_SMSC_PRESENT)
		return why;

	/* The reason worth telling is the first one: nearly every PDU has the field. */
	return without_smsc_read(octets, length, mobile_originated, ret_pdu) == NULL ? NULL : why;
}

int pdu_text(const struct pdu *pdu, char out[PDU_TEXT_MAX])
{
	struct utf8_out text;

	utf8_out_init(&text, out, PDU_TEXT_MAX);
	if (pdu->compressed)
		return 0;

	if (pdu->alphabet == PDU_GSM7) {
		bool escape = false;
		gsm7_read(pdu->data, pdu->data_length, pdu->locking, pdu->single, &escape, &text);
		gsm7_finish(&escape, &text);
	} else if (pdu->alphabet == PDU_UCS2) {
		uint16_t high = 0;
		utf16_read(pdu->data, pdu->data_length, &high, &text);
		utf16_finish(&high, &text);
	}
	return (int)text.length;
}
