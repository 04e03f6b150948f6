#include "modem/user_data.h"

#include "modem/gsm7.h"

#include <string.h>

/* Information element identifiers, §9.2.3.24. */
enum {
	IE_CONCAT_8 = 0x00,
	IE_PORTS_8 = 0x04,
	IE_PORTS_16 = 0x05,
	IE_CONCAT_16 = 0x08,
	IE_SINGLE_SHIFT = 0x24,
	IE_LOCKING_SHIFT = 0x25,
};

int udh_next(const uint8_t *elements, size_t length, size_t *at, struct udh_element *ret_element)
{
	if (*at == length)
		return 0;
	if (length - *at < 2 || length - *at - 2 < elements[*at + 1])
		return -1;

	*ret_element = (struct udh_element){
		.id = elements[*at],
		.length = elements[*at + 1],
		.data = elements + *at + 2,
	};
	*at += 2u + ret_element->length;
	return 1;
}

static void concat_read(uint8_t bits, uint16_t reference, const uint8_t *total_and_seq, struct pdu *pdu)
{
	uint8_t total = total_and_seq[0];
	uint8_t seq = total_and_seq[1];

	/* §9.2.3.24.1: a total of 0, a number of 0 or above the total: the element is to be ignored. */
	if (total == 0 || seq == 0 || seq > total)
		return;
	pdu->concat = (struct pdu_concat){.reference = reference, .bits = bits, .total = total, .seq = seq};
}

static void ports_read(uint16_t to, uint16_t from, struct pdu *pdu)
{
	pdu->ports = true;
	pdu->port_to = to;
	pdu->port_from = from;
}

static void element_read(const struct udh_element *element, struct pdu *pdu)
{
	const uint8_t *data = element->data;

	if (element->id == IE_CONCAT_8 && element->length == 3)
		concat_read(8, data[0], data + 1, pdu);
	else if (element->id == IE_CONCAT_16 && element->length == 4)
		concat_read(16, (uint16_t)(data[0] << 8 | data[1]), data + 2, pdu);
	else if (element->id == IE_PORTS_8 && element->length == 2)
		ports_read(data[0], data[1], pdu);
	else if (element->id == IE_PORTS_16 && element->length == 4)
		ports_read((uint16_t)(data[0] << 8 | data[1]), (uint16_t)(data[2] << 8 | data[3]), pdu);
	else if (element->id == IE_SINGLE_SHIFT && element->length == 1)
		pdu->single = data[0];
	else if (element->id == IE_LOCKING_SHIFT && element->length == 1)
		pdu->locking = data[0];
}

void udh_read(const uint8_t *elements, size_t length, struct pdu *pdu)
{
	struct udh_element element;
	size_t at = 0;
	int more;

	while ((more = udh_next(elements, length, &at, &element)) > 0)
		;
	if (more < 0)
		return;

	for (at = 0; udh_next(elements, length, &at, &element) > 0;)
		element_read(&element, pdu);
}

/* Octets of the header with its length octet, or 0 when it does not fit into what is there. */
static size_t header_length(const uint8_t *octets, size_t present)
{
	if (present == 0 || octets[0] >= present)
		return 0;
	return 1u + octets[0];
}

static void header_read(const uint8_t *octets, size_t length, struct pdu *pdu)
{
	pdu->header_length = (uint8_t)length;
	memcpy(pdu->header, octets, length);
	if (length > 0)
		udh_read(octets + 1, length - 1, pdu);
}

static size_t smaller(size_t one, size_t other)
{
	return one < other ? one : other;
}

static void septets_read(const uint8_t *octets, size_t present, bool has_header, struct pdu *pdu)
{
	size_t count = smaller(pdu->udl, USER_DATA_SEPTETS_MAX);
	size_t used = (count * 7 + 7) / 8;

	if (used > present) {
		used = present;
		count = gsm7_capacity(present, 0);
	}
	pdu->truncated = count < pdu->udl;
	pdu->trailing = (uint16_t)(present - used);

	size_t header = has_header ? header_length(octets, used) : 0;
	unsigned before = gsm7_header_septets((unsigned)header);
	if (before > count) {
		header = 0;
		before = 0;
	}
	header_read(octets, header, pdu);
	pdu->data_length = (uint8_t)(count - before);
	gsm7_unpack(octets + header, gsm7_fill_bits((unsigned)header), pdu->data, pdu->data_length);
}

static void octets_read(const uint8_t *octets, size_t present, bool has_header, struct pdu *pdu)
{
	size_t count = smaller(smaller(pdu->udl, USER_DATA_OCTETS_MAX), present);

	pdu->truncated = count < pdu->udl;
	pdu->trailing = (uint16_t)(present - count);

	size_t header = has_header ? header_length(octets, count) : 0;
	header_read(octets, header, pdu);
	pdu->data_length = (uint8_t)(count - header);
	memcpy(pdu->data, octets + header, pdu->data_length);
}

void user_data_read(const uint8_t *octets, size_t present, bool has_header, struct pdu *pdu)
{
	if (pdu->alphabet == PDU_GSM7 && !pdu->compressed)
		septets_read(octets, present, has_header, pdu);
	else
		octets_read(octets, present, has_header, pdu); /* §9.2.3.16: a compressed text counts octets */
}
