#include "modem/dcs.h"

/* Bits 7…6 00 and 01. */
static void general_read(uint8_t octet, struct dcs *dcs)
{
	static const enum pdu_alphabet alphabets[] = {PDU_GSM7, PDU_8BIT, PDU_UCS2, PDU_GSM7};

	dcs->alphabet = alphabets[octet >> 2 & 3];
	dcs->reserved = (octet >> 2 & 3) == 3;
	dcs->compressed = octet & 0x20;
	dcs->auto_delete = octet & 0x40;
	if (octet & 0x10)
		dcs->class = octet & 3;
}

static void waiting_read(uint8_t octet, struct dcs *dcs)
{
	static const enum dcs_waiting_kind kinds[] = {DCS_VOICEMAIL, DCS_FAX, DCS_EMAIL, DCS_OTHER};

	dcs->waiting = octet < 0xD0 ? DCS_WAITING_DISCARD : DCS_WAITING_STORE;
	dcs->alphabet = octet >= 0xE0 ? PDU_UCS2 : PDU_GSM7;
	dcs->active = octet & 8;
	dcs->kind = kinds[octet & 3];
}

struct dcs dcs_read(uint8_t octet)
{
	struct dcs dcs = {.alphabet = PDU_GSM7, .class = -1};

	if (octet < 0x80) {
		general_read(octet, &dcs);
	} else if (octet < 0xC0) {
		dcs.reserved = true;
	} else if (octet < 0xF0) {
		waiting_read(octet, &dcs);
	} else {
		dcs.alphabet = octet & 4 ? PDU_8BIT : PDU_GSM7;
		dcs.class = octet & 3;
	}
	return dcs;
}

uint8_t dcs_write(enum pdu_alphabet alphabet, int8_t class)
{
	unsigned octet = alphabet == PDU_UCS2 ? 0x08 : alphabet == PDU_8BIT ? 0x04 : 0x00;

	if (class >= 0)
		octet |= 0x10u | ((unsigned)class & 3);
	return (uint8_t)octet;
}
