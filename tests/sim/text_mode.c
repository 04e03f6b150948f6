#include "tests/sim/text_mode.h"

#include "tests/sim/base.h"
#include "tests/sim/dialogue.h"
#include "tests/sim/sim_alphabet.h"

#include <stdio.h>
#include <string.h>

static const char *const stats[] = {"REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL"};

void text_to_charset(const struct modem *m, const char *text, char coded[SIM_CODED_MAX])
{
	uint16_t units[SIM_TEXT_MAX];
	uint8_t octets[2 * SIM_TEXT_MAX];
	int count;

	if (strcmp(m->settings.cscs, "UCS2") == 0 && (count = sim_units_from_utf8(text, units, SIM_TEXT_MAX)) >= 0) {
		for (int i = 0; i < count; i++) {
			octets[2 * i] = (uint8_t)(units[i] >> 8);
			octets[2 * i + 1] = (uint8_t)(units[i] & 0xff);
		}
		sim_hex_write(octets, 2 * (size_t)count, coded);
		return;
	}
	count = sim_septets_from_utf8(text, octets, sizeof octets);
	if (strcmp(m->settings.cscs, "GSM") == 0 && count >= 0 && memchr(octets, 0, (size_t)count) == NULL) {
		memcpy(coded, octets, (size_t)count);
		coded[count] = '\0';
		return;
	}
	text_copy(coded, SIM_CODED_MAX, text);
}

void text_from_charset(const struct modem *m, const char *coded, char text[SIM_CODED_MAX])
{
	uint16_t units[SIM_TEXT_MAX];
	uint8_t octets[2 * SIM_TEXT_MAX];
	int count = sim_hex_read(coded, octets, sizeof octets);

	if (strcmp(m->settings.cscs, "UCS2") == 0 && count >= 0) {
		for (int i = 0; i < count / 2; i++)
			units[i] = (uint16_t)(octets[2 * i] << 8 | octets[2 * i + 1]);
		sim_utf8_from_units(units, (size_t)count / 2, text, SIM_CODED_MAX);
	} else if (strcmp(m->settings.cscs, "GSM") == 0) {
		size_t length = strnlen(coded, sizeof octets);
		memcpy(octets, coded, length);
		sim_utf8_from_septets(octets, length, text, SIM_CODED_MAX);
	} else {
		text_copy(text, SIM_CODED_MAX, coded);
	}
}

int text_mode_stat(const char *word)
{
	for (int i = 0; i < 5; i++)
		if (strcmp(stats[i], word) == 0)
			return i;
	return -1;
}

void text_mode_show(struct modem *m, int index, const struct slot *slot)
{
	struct sim_shown shown = {0};
	char start[32], header[2 * SIM_CODED_MAX], number[SIM_CODED_MAX], text[SIM_CODED_MAX], more[96] = "";

	if (index < 0)
		snprintf(start, sizeof start, "+CMGR: ");
	else
		snprintf(start, sizeof start, "+CMGL: %d,", index);
	sim_shown_read(slot->hex, &shown);
	text_to_charset(m, shown.number, number);
	text_to_charset(m, shown.text, text);
	if (shown.type == 2) {
		say(m, "%s\"%s\",%u,%u,\"%s\",145,\"%s\",\"%s\",%u", start, stats[slot->stat], shown.first_octet,
			shown.reference, number, shown.stamp, shown.stamp, shown.status);
		return;
	}
	if (m->settings.csdh && index < 0)
		snprintf(more, sizeof more, ",%d,%u,0,%u,\"%s\",145,%zu", shown.number[0] == '+' ? 145 : 129,
			shown.first_octet, shown.dcs, m->knobs.smsc, strlen(shown.text));
	snprintf(header, sizeof header, "%s\"%s\",\"%s\",,\"%s\"%s", start, stats[slot->stat], number, shown.stamp,
		more);
	say_pair(m, header, text);
}
