/* Sending (27.005 3.5, 4.3 to 4.5). */
#include "tests/sim/base.h"
#include "tests/sim/commands.h"
#include "tests/sim/faults.h"
#include "tests/sim/network.h"
#include "tests/sim/sim_alphabet.h"
#include "tests/sim/storage.h"
#include "tests/sim/text_mode.h"

#include <stdio.h>
#include <string.h>

enum { CMS_INVALID_PDU = 304, CMS_PARAMETER = 305, CMS_INDEX = 321, CMS_FULL = 322, STAT_UNSENT = 2, STAT_SENT = 3 };

static void note_cmgs(struct modem *m)
{
	struct figures *f = &m->figures;

	m->cmgs_us = mono_us();
	if (f->first_cmgs_us == 0)
		f->first_cmgs_us = m->cmgs_us;
	if (m->result_us == 0)
		return;
	int64_t gap = m->cmgs_us - m->result_us;
	f->gap_min_us = f->gaps == 0 || gap < f->gap_min_us ? gap : f->gap_min_us;
	f->gap_max_us = gap > f->gap_max_us ? gap : f->gap_max_us;
	f->gap_sum_us += gap;
	f->gaps++;
	m->result_us = 0;
}

/* AT+CMGS=<length> in PDU mode, AT+CMGS="number" in text mode; AT+CMGW the same, with <stat>. */
static struct answer open_prompt(struct modem *m, const char *args, bool store)
{
	struct dialogue *d = &m->dialogue;
	char coded[SIM_CODED_MAX], to[SIM_CODED_MAX] = "";
	struct answer refusal;

	d->store = store;
	d->store_stat = STAT_UNSENT;
	d->announced = 0;
	if (m->settings.cmgf == 0) {
		int length = arg_number(&args, -1);
		if (length < 7 || length > SIM_TPDU_MAX) /* the shortest SUBMIT has 7 octets and more */
			return answer_cms(CMS_INVALID_PDU);
		d->announced = (unsigned)length;
		int stat = arg_number(&args, STAT_UNSENT);
		d->store_stat = stat == STAT_SENT ? STAT_SENT : STAT_UNSENT;
	} else if (arg_text(&args, coded, sizeof coded)) {
		text_from_charset(m, coded, to);
	} else if (!store) {
		return answer_cms(CMS_PARAMETER);
	}
	if (!text_copy(d->text_to, sizeof d->text_to, to))
		return answer_cms(CMS_PARAMETER);
	if (!store && faults_refuse(m, NULL, d->text_to, true, &refusal))
		return refusal;
	dialogue_prompt(m);
	return answer_later();
}

static struct answer run_cmgs(struct modem *m, enum at_form form, const char *args)
{
	if (form != AT_SET)
		return form == AT_TEST ? answer_ok() : answer_error();
	note_cmgs(m);
	return open_prompt(m, args, false);
}

static struct answer run_cmgw(struct modem *m, enum at_form form, const char *args)
{
	return form == AT_TEST ? answer_ok() : open_prompt(m, form == AT_SET ? args : "", true);
}

/* What came before Ctrl-Z as a TPDU: 0, or the +CMS ERROR code. */
static int body_tpdu(struct modem *m, uint8_t tpdu[SIM_TPDU_MAX], size_t *ret_length, struct sim_submit *submit)
{
	const struct dialogue *d = &m->dialogue;
	uint8_t octets[SIM_BODY_MAX / 2];
	size_t length;

	if (d->announced == 0) {
		char text[SIM_CODED_MAX], body[SIM_CODED_MAX];
		const int *csmp = m->settings.csmp;
		text_copy(body, sizeof body, d->body);
		text_from_charset(m, body, text);
		length = sim_submit_write((uint8_t)csmp[0], d->text_to, (uint8_t)csmp[3], text, tpdu);
		if (length == 0)
			return CMS_PARAMETER;
	} else {
		int count = sim_hex_read(d->body, octets, sizeof octets);
		if (count < 1 || octets[0] + 1 + (int)d->announced != count)
			return CMS_INVALID_PDU;
		length = d->announced;
		memcpy(tpdu, octets + octets[0] + 1, length);
	}
	*ret_length = length;
	return sim_submit_read(tpdu, length, submit);
}

static struct answer store_body(struct modem *m, const uint8_t *tpdu, size_t length)
{
	uint8_t octets[SIM_PDU_MAX] = {0};
	char hex[SIM_HEX_MAX];

	memcpy(octets + 1, tpdu, length);
	sim_hex_write(octets, length + 1, hex);
	int index = memory_add(m, m->settings.memory[1], hex, m->dialogue.store_stat);
	if (index < 0)
		return answer_cms(CMS_FULL);
	say(m, "+CMGW: %d", index);
	return answer_ok();
}

void submit_body(struct modem *m)
{
	uint8_t tpdu[SIM_TPDU_MAX];
	struct sim_submit submit;
	size_t length = 0;
	int code = body_tpdu(m, tpdu, &length, &submit);

	if (code != 0) {
		m->figures.refused += !m->dialogue.store;
		dialogue_finish(m, answer_cms(code));
	} else if (m->dialogue.store) {
		dialogue_finish(m, store_body(m, tpdu, length));
	} else {
		network_submit(m, tpdu, length, &submit, -1);
	}
}

static struct answer run_cmss(struct modem *m, enum at_form form, const char *args)
{
	uint8_t octets[SIM_PDU_MAX];
	struct sim_submit submit;

	if (form != AT_SET)
		return form == AT_TEST ? answer_ok() : answer_error();
	int index = arg_number(&args, -1);
	struct slot *slot = memory_slot(m, m->settings.memory[0], index);
	if (slot == NULL || slot->hex == NULL)
		return answer_cms(CMS_INDEX);
	int count = sim_hex_read(slot->hex, octets, sizeof octets);
	if (count < 2 || octets[0] + 1 >= count)
		return answer_cms(CMS_INVALID_PDU);
	size_t length = (size_t)(count - octets[0] - 1);
	if (length > SIM_TPDU_MAX || sim_submit_read(octets + octets[0] + 1, length, &submit) != 0)
		return answer_cms(CMS_INVALID_PDU);
	slot->stat = STAT_SENT;
	note_cmgs(m);
	network_submit(m, octets + octets[0] + 1, length, &submit, index);
	return answer_later();
}

const struct at_command commands_submit[] = {
	{"+CMGS", NEEDS_SMS, run_cmgs},
	{"+CMGW", NEEDS_SMS, run_cmgw},
	{"+CMSS", NEEDS_SMS, run_cmss},
	{NULL, NEEDS_NOTHING, NULL},
};
