#include "tests/sim/sim_pdu.h"

#include "tests/sim/sim_alphabet.h"

#include <stdio.h>
#include <string.h>

enum {
	CMS_INVALID_PDU = 304,
	TYPE_INTERNATIONAL = 0x91,
	TYPE_UNKNOWN = 0x81,
	TYPE_ALPHANUMERIC = 0xd0,
	USER_DATA_MAX = 140, /* octets */
};

static const char bcd_digits[] = "0123456789*#abc";

struct writer {
	uint8_t octets[SIM_PDU_MAX];
	size_t length;
};

static void put(struct writer *w, unsigned octet)
{
	w->octets[w->length++] = (uint8_t)octet;
}

/* Digits swapped in pairs, an odd one filled with F. */
static void put_digits(struct writer *w, const char *digits)
{
	for (; digits[0] != '\0'; digits += digits[1] == '\0' ? 1 : 2) {
		unsigned low = (unsigned)(strchr(bcd_digits, digits[0]) - bcd_digits);
		unsigned high = digits[1] == '\0' ? 15u : (unsigned)(strchr(bcd_digits, digits[1]) - bcd_digits);
		put(w, high << 4 | low);
	}
}

static void put_smsc(struct writer *w, const char *smsc)
{
	if (smsc == NULL || smsc[0] == '\0') {
		put(w, 0);
		return;
	}
	const char *digits = smsc + (smsc[0] == '+');
	put(w, (unsigned)(1 + (strlen(digits) + 1) / 2));
	put(w, smsc[0] == '+' ? TYPE_INTERNATIONAL : TYPE_UNKNOWN);
	put_digits(w, digits);
}

/* TP-OA or TP-DA (9.1.2.5). */
static bool put_address(struct writer *w, const char *number)
{
	const char *digits = number + (number[0] == '+');

	if (strspn(digits, bcd_digits) == strlen(digits)) {
		if (strlen(digits) > 20)
			return false;
		put(w, (unsigned)strlen(digits));
		put(w, number[0] == '+' ? TYPE_INTERNATIONAL : TYPE_UNKNOWN);
		put_digits(w, digits);
		return true;
	}

	uint8_t septets[11];
	int count = sim_septets_from_utf8(number, septets, sizeof septets);
	if (count < 0)
		return false;
	put(w, (unsigned)(count * 7 + 3) / 4); /* useful semi-octets */
	put(w, TYPE_ALPHANUMERIC);
	w->length += sim_pack(septets, (size_t)count, 0, w->octets + w->length);
	return true;
}

static unsigned swapped(int value)
{
	return (unsigned)(value % 10 << 4 | value / 10 % 10);
}

static void put_stamp(struct writer *w, time_t when, int zone_quarters)
{
	struct tm tm;
	time_t local = when + zone_quarters * 15 * 60;
	int quarters = zone_quarters < 0 ? -zone_quarters : zone_quarters;

	gmtime_r(&local, &tm);
	put(w, swapped(tm.tm_year));
	put(w, swapped(tm.tm_mon + 1));
	put(w, swapped(tm.tm_mday));
	put(w, swapped(tm.tm_hour));
	put(w, swapped(tm.tm_min));
	put(w, swapped(tm.tm_sec));
	put(w, swapped(quarters) | (zone_quarters < 0 ? 0x08u : 0u));
}

/* A reader that turns sour when it runs past the end. */
struct reader {
	const uint8_t *at;
	size_t left;
	bool sour;
};

static const uint8_t *take(struct reader *r, size_t count)
{
	static const uint8_t nothing[SIM_PDU_MAX];

	if (count > r->left || r->sour) {
		r->sour = true;
		return nothing;
	}
	r->at += count;
	r->left -= count;
	return r->at - count;
}

static void read_address(struct reader *r, char number[SIM_NUMBER_MAX])
{
	unsigned digits = take(r, 1)[0];
	unsigned type = take(r, 1)[0];
	char *out = number;

	number[0] = '\0';
	if (digits > 22) {
		r->sour = true;
		return;
	}
	const uint8_t *octets = take(r, (digits + 1) / 2);
	if ((type & 0x70) == 0x50) {
		uint8_t padded[12] = {0}, septets[12];
		memcpy(padded, octets, (digits + 1) / 2);
		sim_unpack(padded, digits * 4 / 7, 0, septets);
		sim_utf8_from_septets(septets, digits * 4 / 7, number, SIM_NUMBER_MAX);
		return;
	}
	if ((type & 0x70) == 0x10)
		*out++ = '+';
	for (unsigned i = 0; i < digits; i++) {
		unsigned digit = octets[i / 2] >> (i % 2 * 4) & 15;
		if (digit == 15) {
			r->sour = true;
			break;
		}
		*out++ = bcd_digits[digit];
	}
	*out = '\0';
}

static unsigned two_digits(uint8_t octet)
{
	return (octet & 15u) * 10 + (octet >> 4);
}

static void read_stamp(struct reader *r, char stamp[SIM_STAMP_MAX])
{
	const uint8_t *s = take(r, 7);

	snprintf(stamp, SIM_STAMP_MAX, "%02u/%02u/%02u,%02u:%02u:%02u%c%02u", two_digits(s[0]), two_digits(s[1]),
		two_digits(s[2]), two_digits(s[3]), two_digits(s[4]), two_digits(s[5]), s[6] & 8 ? '-' : '+',
		two_digits(s[6] & 0xf7));
}

enum alphabet { GSM7, DATA8, UCS2 };

static enum alphabet alphabet_of(uint8_t dcs)
{
	if ((dcs & 0xf0) == 0xf0)
		return dcs & 4 ? DATA8 : GSM7;
	if ((dcs & 0xf0) == 0xe0)
		return UCS2;
	if (dcs & 0x80)
		return GSM7;
	return (dcs & 0x0c) == 8 ? UCS2 : (dcs & 0x0c) == 4 ? DATA8 : GSM7;
}

/* Octets that `length` units of TP-UDL fill. */
static size_t user_data_octets(enum alphabet alphabet, unsigned length)
{
	return alphabet == GSM7 ? (length * 7 + 7) / 8 : length;
}

static void read_text(
	const uint8_t *octets, unsigned length, enum alphabet alphabet, size_t header, char text[SIM_TEXT_MAX])
{
	if (alphabet == GSM7) {
		uint8_t padded[USER_DATA_MAX + 1] = {0}, septets[160];
		unsigned skipped = (unsigned)(header * 8 + 6) / 7;
		memcpy(padded, octets, user_data_octets(GSM7, length));
		sim_unpack(padded, length, 0, septets);
		if (skipped > length)
			skipped = length;
		sim_utf8_from_septets(septets + skipped, length - skipped, text, SIM_TEXT_MAX);
	} else if (alphabet == UCS2) {
		uint16_t units[USER_DATA_MAX / 2];
		size_t count = (length - header) / 2;
		for (size_t i = 0; i < count; i++)
			units[i] = (uint16_t)(octets[header + 2 * i] << 8 | octets[header + 2 * i + 1]);
		sim_utf8_from_units(units, count, text, SIM_TEXT_MAX);
	} else {
		sim_hex_write(octets + header, length - header, text);
	}
}

/* The concatenation element of a user data header (9.2.3.24.1, .8). */
static void read_header(const uint8_t *header, size_t length, struct sim_submit *submit)
{
	for (size_t i = 1; i + 2 <= length && i + 2u + header[i + 1] <= length; i += 2u + header[i + 1]) {
		const uint8_t *data = header + i + 2;
		if (header[i] == 0 && header[i + 1] == 3) {
			submit->reference = data[0];
			submit->parts = data[1];
			submit->part = data[2];
		} else if (header[i] == 8 && header[i + 1] == 4) {
			submit->reference = (unsigned)(data[0] << 8 | data[1]);
			submit->parts = data[2];
			submit->part = data[3];
		}
	}
}

/* FNV-1a, enough to tell copies among the parts of one test. */
static void hash_body(const struct sim_submit *submit, const uint8_t *body, size_t length, uint8_t hash[8])
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < submit->address_length; i++)
		h = (h ^ submit->address[i]) * 0x100000001b3u;
	h = (h ^ submit->dcs) * 0x100000001b3u;
	h = (h ^ submit->part) * 0x100000001b3u;
	for (size_t i = 0; i < length; i++)
		h = (h ^ body[i]) * 0x100000001b3u;
	memcpy(hash, &h, 8);
}

static int read_user_data(struct reader *r, struct sim_submit *submit)
{
	enum alphabet alphabet = alphabet_of(submit->dcs);
	unsigned length = take(r, 1)[0];
	size_t octets = user_data_octets(alphabet, length);
	size_t header = 0;

	if (octets > USER_DATA_MAX || octets != r->left)
		return CMS_INVALID_PDU;
	const uint8_t *data = take(r, octets);
	if (submit->first_octet & 0x40) {
		if (octets == 0 || (header = data[0] + 1u) > octets)
			return CMS_INVALID_PDU;
		read_header(data, header, submit);
	}
	read_text(data, length, alphabet, header, submit->text);
	hash_body(submit, data + header, octets - header, submit->body_hash);
	return 0;
}

int sim_submit_read(const uint8_t *tpdu, size_t length, struct sim_submit *ret)
{
	static const uint8_t validity_octets[] = {0, 7, 1, 7}; /* by TP-VPF: none, enhanced, relative, absolute */
	struct reader r = {tpdu, length, false};
	struct sim_submit submit = {.first_octet = take(&r, 1)[0]};

	if ((submit.first_octet & 3) != 1)
		return CMS_INVALID_PDU;
	submit.wants_report = submit.first_octet & 0x20;
	take(&r, 1); /* TP-MR: the modem gives its own */
	const uint8_t *address = r.at;
	read_address(&r, submit.to);
	if (r.sour || submit.to[0] == '\0' || submit.to[1] == '\0')
		return CMS_INVALID_PDU;
	submit.address_length = (size_t)(r.at - address);
	memcpy(submit.address, address, submit.address_length);
	take(&r, 1); /* TP-PID */
	submit.dcs = take(&r, 1)[0];
	take(&r, validity_octets[submit.first_octet >> 3 & 3]);
	int code = read_user_data(&r, &submit);
	if (r.sour || code != 0)
		return CMS_INVALID_PDU;
	*ret = submit;
	return 0;
}

/* TP-UDL and TP-UD of one part: `header` octets of user data header first. */
static void put_text(struct writer *w, const uint8_t *header, size_t header_length, const uint8_t *septets,
	const uint16_t *units, size_t count)
{
	size_t header_septets = (header_length * 8 + 6) / 7;

	put(w, (unsigned)(septets != NULL ? header_septets + count : header_length + 2 * count));
	if (header_length > 0)
		memcpy(w->octets + w->length, header, header_length);
	if (septets != NULL) {
		unsigned fill = (unsigned)(header_septets * 7 - header_length * 8);
		w->length += header_length + sim_pack(septets, count, fill, w->octets + w->length + header_length);
		return;
	}
	w->length += header_length;
	for (size_t i = 0; i < count; i++) {
		put(w, units[i] >> 8);
		put(w, units[i] & 0xff);
	}
}

size_t sim_submit_write(uint8_t first_octet, const char *to, uint8_t dcs, const char *text, uint8_t tpdu[SIM_TPDU_MAX])
{
	struct writer w = {{0}, 0};
	uint8_t septets[160];
	uint16_t units[70];
	bool ucs2 = alphabet_of(dcs) == UCS2;
	int count = ucs2 ? sim_units_from_utf8(text, units, 70) : sim_septets_from_utf8(text, septets, 160);

	put(&w, (first_octet & 0xa0) | 1u); /* report and reply path as asked, no validity, no header */
	put(&w, 0);
	if (count < 0 || !put_address(&w, to))
		return 0;
	put(&w, 0);
	put(&w, dcs);
	put_text(&w, NULL, 0, ucs2 ? NULL : septets, ucs2 ? units : NULL, (size_t)count);
	memcpy(tpdu, w.octets, w.length);
	return w.length;
}

/* Where part `start` must end so that neither an escape pair nor a surrogate pair is cut. */
static size_t part_end(const uint8_t *septets, const uint16_t *units, size_t start, size_t room, size_t count)
{
	size_t end = start + room;

	if (end >= count)
		return count;
	if (septets != NULL)
		return septets[end - 1] == SIM_ESCAPE ? end - 1 : end;
	return (units[end - 1] & 0xfc00) == 0xd800 ? end - 1 : end;
}

static bool deliver_part(const struct sim_deliver *d, uint8_t dcs, const uint8_t *header, const uint8_t *septets,
	const uint16_t *units, size_t count, char hex[SIM_HEX_MAX])
{
	struct writer w = {{0}, 0};

	put_smsc(&w, d->smsc);
	put(&w, header == NULL ? 0x04 : 0x44); /* no more messages waiting */
	if (!put_address(&w, d->from))
		return false;
	put(&w, 0);
	put(&w, dcs);
	put_stamp(&w, d->when, d->zone_quarters);
	put_text(&w, header, header == NULL ? 0 : header[0] + 1u, septets, units, count);
	sim_hex_write(w.octets, w.length, hex);
	return true;
}

int sim_deliver_write(const struct sim_deliver *deliver, char hex[SIM_PARTS_MAX][SIM_HEX_MAX])
{
	uint8_t septets_store[SIM_PARTS_MAX * 160];
	uint16_t units_store[SIM_PARTS_MAX * 70];
	const uint8_t *septets = septets_store;
	const uint16_t *units = NULL;
	int count = sim_septets_from_utf8(deliver->text, septets_store, sizeof septets_store);

	if (count < 0) {
		count = sim_units_from_utf8(deliver->text, units_store, SIM_PARTS_MAX * 70);
		septets = NULL;
		units = units_store;
	}
	if (count < 0)
		return -1;

	uint8_t dcs = septets == NULL ? 8 : 0;
	if (deliver->message_class >= 0)
		dcs |= (uint8_t)(0x10 | deliver->message_class);
	size_t total = (size_t)count;
	if (total <= (septets == NULL ? 70u : 160u))
		return deliver_part(deliver, dcs, NULL, septets, units, total, hex[0]) ? 1 : -1;

	size_t room = septets == NULL ? (deliver->wide_reference ? 66 : 67) : (deliver->wide_reference ? 152 : 153);
	size_t ends[SIM_PARTS_MAX + 1] = {0};
	unsigned parts = 0;
	while (ends[parts] < total) {
		if (parts == SIM_PARTS_MAX)
			return -1;
		ends[parts + 1] = part_end(septets, units, ends[parts], room, total);
		parts++;
	}
	for (unsigned i = 0; i < parts; i++) {
		uint8_t reference = deliver->reference & 0xff;
		uint8_t narrow[] = {5, 0, 3, reference, (uint8_t)parts, (uint8_t)(i + 1)};
		uint8_t wide[] = {6, 8, 4, deliver->reference >> 8 & 0xff, reference, (uint8_t)parts, (uint8_t)(i + 1)};
		if (!deliver_part(deliver, dcs, deliver->wide_reference ? wide : narrow,
			    septets == NULL ? NULL : septets + ends[i], units == NULL ? NULL : units + ends[i],
			    ends[i + 1] - ends[i], hex[i]))
			return -1;
	}
	return (int)parts;
}

void sim_report_write(const struct sim_report *report, char hex[SIM_HEX_MAX])
{
	struct writer w = {{0}, 0};

	put_smsc(&w, report->smsc);
	put(&w, 0x06); /* no more messages waiting, result of a SUBMIT */
	put(&w, report->reference);
	for (size_t i = 0; i < report->address_length; i++)
		put(&w, report->address[i]);
	put_stamp(&w, report->accepted, report->zone_quarters);
	put_stamp(&w, report->discharged, report->zone_quarters);
	put(&w, report->status);
	sim_hex_write(w.octets, w.length, hex);
}

/* Leniently: text mode shows what there is. */
static void show_user_data(struct reader *r, struct sim_shown *shown)
{
	enum alphabet alphabet = alphabet_of(shown->dcs);
	unsigned length = take(r, 1)[0];

	if (user_data_octets(alphabet, length) > r->left || user_data_octets(alphabet, length) > USER_DATA_MAX)
		return;
	size_t header = shown->first_octet & 0x40 && r->left > 0 ? r->at[0] + 1u : 0;
	if (header > user_data_octets(alphabet, length))
		return;
	read_text(r->at, length, alphabet, header, shown->text);
}

bool sim_shown_read(const char *hex, struct sim_shown *ret)
{
	static const uint8_t validity_octets[] = {0, 7, 1, 7};
	uint8_t octets[SIM_PDU_MAX];
	int length = sim_hex_read(hex, octets, sizeof octets);
	struct sim_shown shown = {0};

	if (length < 2)
		return false;
	struct reader r = {octets, (size_t)length, false};
	take(&r, take(&r, 1)[0]);
	shown.first_octet = take(&r, 1)[0];
	shown.type = shown.first_octet & 3;
	if (shown.type != 0)
		shown.reference = take(&r, 1)[0];
	read_address(&r, shown.number);
	if (shown.type == 2) {
		read_stamp(&r, shown.stamp);
		take(&r, 7);
		shown.status = take(&r, 1)[0];
	} else {
		take(&r, 1);
		shown.dcs = take(&r, 1)[0];
		if (shown.type == 1)
			take(&r, validity_octets[shown.first_octet >> 3 & 3]);
		else
			read_stamp(&r, shown.stamp);
		show_user_data(&r, &shown);
	}
	if (r.sour)
		return false;
	*ret = shown;
	return true;
}

size_t sim_tpdu_length(const char *hex)
{
	uint8_t first[1];
	char pair[3] = {hex[0], hex[0] == '\0' ? '\0' : hex[1], '\0'};
	size_t octets = strlen(hex) / 2;
	size_t smsc = sim_hex_read(pair, first, 1) == 1 ? first[0] : 0;

	if (octets > smsc + 1)
		return octets - smsc - 1;
	return octets > 0 ? octets - 1 : 0;
}
