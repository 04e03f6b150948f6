/* Message settings and memories (27.005 3.1 to 3.4). */
#include "tests/sim/base.h"
#include "tests/sim/commands.h"
#include "tests/sim/network.h"
#include "tests/sim/sim_alphabet.h"
#include "tests/sim/storage.h"
#include "tests/sim/text_mode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CMS_NOT_SUPPORTED = 303,
	CMS_PARAMETER = 305,
	CMS_INDEX = 321,
	CMS_NO_ACK = 340,
	CMS_NOT_ALLOWED = 302,
	STAT_ALL = 4
};

static struct answer number_setting(
	struct modem *m, const char *name, int *value, int max, enum at_form form, const char *args)
{
	if (form == AT_TEST)
		say(m, "%s: (0-%d)", name, max);
	else if (form == AT_READ)
		say(m, "%s: %d", name, *value);
	if (form == AT_TEST || form == AT_READ)
		return answer_ok();
	int wanted = arg_number(&args, 0);
	if (wanted < 0 || wanted > max)
		return answer_cms(CMS_NOT_SUPPORTED);
	*value = wanted;
	return answer_ok();
}

static void retry_event(struct sim *sim, const struct event *event)
{
	(void)sim;
	network_retry(event->modem);
}

/* What the network kept may fit now: it follows the command's own answer. */
static void retry_soon(struct modem *m)
{
	if (m->backlog_count > 0)
		timer_add_modem(m, 0, retry_event, 0, 0);
}

static struct answer run_cmgf(struct modem *m, enum at_form form, const char *args)
{
	return number_setting(m, "+CMGF", &m->settings.cmgf, 1, form, args);
}

static struct answer run_csdh(struct modem *m, enum at_form form, const char *args)
{
	return number_setting(m, "+CSDH", &m->settings.csdh, 1, form, args);
}

static struct answer run_cmms(struct modem *m, enum at_form form, const char *args)
{
	return number_setting(m, "+CMMS", &m->settings.cmms, 2, form, args);
}

static struct answer run_csms(struct modem *m, enum at_form form, const char *args)
{
	if (form == AT_TEST)
		say(m, "+CSMS: (0,1)");
	else if (form == AT_READ)
		say(m, "+CSMS: %d,1,1,1", m->settings.csms);
	if (form != AT_SET)
		return answer_ok();
	int service = arg_number(&args, 0);
	if (service != 0 && service != 1)
		return answer_cms(CMS_NOT_SUPPORTED);
	m->settings.csms = service;
	say(m, "+CSMS: 1,1,1");
	return answer_ok();
}

static void say_memories(struct modem *m, bool named)
{
	char line[128];
	size_t used = 0;

	for (unsigned i = 0; i < 3; i++) {
		enum memory memory = m->settings.memory[i];
		char name[8] = "";
		if (named)
			snprintf(name, sizeof name, "\"%s\",", memory_name(memory));
		used += (size_t)snprintf(line + used, sizeof line - used, "%s%s%d,%d", i == 0 ? "" : ",", name,
			memory_used(m, memory), memory_size(m, memory));
	}
	say(m, "+CPMS: %s", line);
}

static struct answer run_cpms(struct modem *m, enum at_form form, const char *args)
{
	enum memory memory[3];
	char name[8];

	if (form == AT_TEST)
		say(m, "+CPMS: %s", m->personality->memories);
	else if (form == AT_READ)
		say_memories(m, true);
	if (form != AT_SET)
		return answer_ok();
	memcpy(memory, m->settings.memory, sizeof memory);
	for (unsigned i = 0; i < 3 && arg_text(&args, name, sizeof name); i++)
		if (!memory_find(m, name, &memory[i]) || (i > 0 && memory[i] == MEMORY_SR))
			return answer_cms(CMS_NOT_ALLOWED);
	memcpy(m->settings.memory, memory, sizeof memory);
	say_memories(m, false);
	retry_soon(m);
	return answer_ok();
}

static struct answer run_csca(struct modem *m, enum at_form form, const char *args)
{
	char coded[SIM_CODED_MAX], text[SIM_CODED_MAX];

	if (form == AT_READ) {
		text_to_charset(m, m->knobs.smsc, coded);
		say(m, "+CSCA: \"%s\",%d", coded, m->knobs.smsc[0] == '+' ? 145 : 129);
	}
	if (form != AT_SET)
		return answer_ok();
	arg_text(&args, coded, sizeof coded);
	text_from_charset(m, coded, text);
	if (strspn(text, "+0123456789") != strlen(text) || !text_copy(m->knobs.smsc, sizeof m->knobs.smsc, text))
		return answer_cms(CMS_PARAMETER);
	return answer_ok();
}

static struct answer run_csmp(struct modem *m, enum at_form form, const char *args)
{
	int *p = m->settings.csmp;

	if (form == AT_READ)
		say(m, "+CSMP: %d,%d,%d,%d", p[0], p[1], p[2], p[3]);
	for (unsigned i = 0; form == AT_SET && i < 4; i++)
		p[i] = arg_number(&args, p[i]) & 255;
	return answer_ok();
}

static struct answer run_cscb(struct modem *m, enum at_form form, const char *args)
{
	if (form == AT_TEST)
		say(m, "+CSCB: (0,1)");
	else if (form == AT_READ)
		say(m, "+CSCB: %s", m->settings.cscb);
	else if (form == AT_SET)
		text_copy(m->settings.cscb, sizeof m->settings.cscb, args);
	return answer_ok();
}

static bool takes(const char *digits, int value)
{
	return value >= 0 && value <= 9 && strchr(digits, '0' + value) != NULL;
}

static struct answer run_cnmi(struct modem *m, enum at_form form, const char *args)
{
	const struct personality *p = m->personality;
	int *now = m->settings.cnmi, wanted[5];

	if (form == AT_TEST)
		say(m, "+CNMI: %s", p->cnmi_test);
	else if (form == AT_READ)
		say(m, "+CNMI: %d,%d,%d,%d,%d", now[0], now[1], now[2], now[3], now[4]);
	if (form != AT_SET)
		return answer_ok();
	for (unsigned i = 0; i < 5; i++)
		wanted[i] = arg_number(&args, now[i]);
	if (!takes(p->cnmi_modes, wanted[0]) || !takes("0123", wanted[1]) || !takes("023", wanted[2]) ||
		!takes(p->cnmi_reports, wanted[3]) || !takes("01", wanted[4]))
		return answer_cms(CMS_NOT_SUPPORTED);
	memcpy(now, wanted, sizeof wanted);
	retry_soon(m);
	return answer_ok();
}

/* The header fields between name and PDU. */
static void pdu_header(const struct modem *m, const char *start, const struct slot *slot, char *header, size_t size)
{
	size_t length = sim_tpdu_length(slot->hex);

	if (m->personality->no_stat)
		snprintf(header, size, "%s,,%zu", start, length);
	else
		snprintf(header, size, "%s%d,%s,%zu", start, slot->stat, m->personality->alpha, length);
}

static struct answer run_cmgr(struct modem *m, enum at_form form, const char *args)
{
	char header[96];

	if (form != AT_SET)
		return answer_ok();
	struct slot *slot = memory_slot(m, m->settings.memory[0], arg_number(&args, -1));
	if (slot == NULL)
		return answer_cms(CMS_INDEX);
	if (slot->hex == NULL) /* 27.005 leaves an empty place to the maker: bare OK is the commonest */
		return answer_ok();
	if (m->settings.cmgf == 1) {
		text_mode_show(m, -1, slot);
	} else {
		pdu_header(m, "+CMGR: ", slot, header, sizeof header);
		say_pair(m, header, slot->hex);
	}
	if (slot->stat == 0)
		slot->stat = 1;
	return answer_ok();
}

static struct answer run_cmgl(struct modem *m, enum at_form form, const char *args)
{
	char word[32], header[96], start[32];
	int wanted = 0;

	if (form == AT_TEST)
		say(m, m->settings.cmgf == 1
				? "+CMGL: (\"REC UNREAD\",\"REC READ\",\"STO UNSENT\",\"STO SENT\",\"ALL\")"
				: "+CMGL: (0-4)");
	if (form == AT_TEST || form == AT_READ)
		return answer_ok();
	if (form == AT_SET && arg_text(&args, word, sizeof word))
		wanted = m->settings.cmgf == 1 ? text_mode_stat(word) : atoi(word);
	if (wanted < 0 || wanted > STAT_ALL)
		return answer_cms(CMS_PARAMETER);
	int first = m->personality->first_index;
	for (int i = first; i < first + memory_size(m, m->settings.memory[0]); i++) {
		struct slot *slot = memory_slot(m, m->settings.memory[0], i);
		if (slot->hex == NULL || (wanted != STAT_ALL && slot->stat != wanted))
			continue;
		if (m->settings.cmgf == 1) {
			text_mode_show(m, i, slot);
		} else {
			snprintf(start, sizeof start, "+CMGL: %d,", i);
			pdu_header(m, start, slot, header, sizeof header);
			say_pair(m, header, slot->hex);
		}
		if (slot->stat == 0)
			slot->stat = 1;
	}
	return answer_ok();
}

/* Which <stat> values a <delflag> takes along: 1 read, 2 and sent, 3 and unsent, 4 all. */
static bool flag_deletes(int flag, int stat)
{
	return flag == 4 || stat == 1 || (flag >= 2 && stat == 3) || (flag >= 3 && stat == 2);
}

static struct answer run_cmgd(struct modem *m, enum at_form form, const char *args)
{
	enum memory memory = m->settings.memory[0];
	int first = m->personality->first_index;

	if (form == AT_TEST)
		say(m, "+CMGD: (%d-%d),(0-4)", first, first + memory_size(m, memory) - 1);
	if (form != AT_SET)
		return answer_ok();
	int index = arg_number(&args, -1);
	int flag = arg_number(&args, 0);
	if (flag < 0 || flag > 4)
		return answer_cms(CMS_PARAMETER);
	struct slot *slot = memory_slot(m, memory, index);
	if (flag == 0 && slot == NULL)
		return answer_cms(CMS_INDEX);
	if (flag == 0)
		slot_clear(slot);
	for (int i = first; flag > 0 && i < first + memory_size(m, memory); i++)
		if (flag_deletes(flag, memory_slot(m, memory, i)->stat))
			slot_clear(memory_slot(m, memory, i));
	retry_soon(m); /* RP-SMMA: there is room again (23.040 3.2.7) */
	return answer_ok();
}

static struct answer run_cnma(struct modem *m, enum at_form form, const char *args)
{
	if (form == AT_TEST)
		say(m, "+CNMA: (0-2)");
	if (form == AT_TEST)
		return answer_ok();
	int n = form == AT_SET ? arg_number(&args, 0) : 0;
	if (m->settings.csms != 1 || !network_acknowledge(m, n != 2))
		return answer_cms(CMS_NO_ACK);
	return answer_ok();
}

const struct at_command commands_sms[] = {
	{"+CMGF", NEEDS_NOTHING, run_cmgf},
	{"+CSDH", NEEDS_NOTHING, run_csdh},
	{"+CMMS", NEEDS_SMS, run_cmms},
	{"+CSMS", NEEDS_NOTHING, run_csms},
	{"+CPMS", NEEDS_SMS, run_cpms},
	{"+CSCA", NEEDS_SMS, run_csca},
	{"+CSMP", NEEDS_SMS, run_csmp},
	{"+CSCB", NEEDS_NOTHING, run_cscb},
	{"+CNMI", NEEDS_SMS, run_cnmi},
	{"+CMGR", NEEDS_SMS, run_cmgr},
	{"+CMGL", NEEDS_SMS, run_cmgl},
	{"+CMGD", NEEDS_SMS, run_cmgd},
	{"+CNMA", NEEDS_SMS, run_cnma},
	{NULL, NEEDS_NOTHING, NULL},
};
