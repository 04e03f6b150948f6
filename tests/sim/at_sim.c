/* The SIM card: PIN, identities, locks (27.007 8.3, 8.65, 7.4). */
#include "tests/sim/base.h"
#include "tests/sim/commands.h"
#include "tests/sim/modem.h"

#include <stdio.h>
#include <string.h>

enum {
	CME_NOT_ALLOWED = 3,
	CME_NO_SIM = 10,
	CME_PIN = 11,
	CME_PUK = 12,
	CME_FAILURE = 13,
	CME_BUSY = 14,
	CME_WRONG = 16
};

static bool wants_puk(const struct modem *m)
{
	return m->pin_asked && m->knobs.pin_tries == 0;
}

/* Compares with the PIN and counts. */
static struct answer try_pin(struct modem *m, const char *pin)
{
	if (wants_puk(m))
		return answer_cme(CME_PUK);
	if (strcmp(pin, m->knobs.pin) == 0) {
		m->knobs.pin_tries = 3;
		return answer_ok();
	}
	m->knobs.pin_tries--;
	return answer_cme(m->knobs.pin_tries == 0 ? CME_PUK : CME_WRONG);
}

static struct answer try_puk(struct modem *m, const char *puk, const char *pin)
{
	struct knobs *k = &m->knobs;

	if (k->puk_tries == 0)
		return answer_cme(CME_FAILURE);
	if (strcmp(puk, k->puk) != 0 || pin[0] == '\0') {
		k->puk_tries--;
		return answer_cme(k->puk_tries == 0 ? CME_FAILURE : CME_WRONG);
	}
	text_copy(k->pin, sizeof k->pin, pin);
	k->pin_tries = 3;
	k->puk_tries = 10;
	return answer_ok();
}

static void open_event(struct sim *sim, const struct event *event)
{
	(void)sim;
	modem_open_sim(event->modem);
}

static struct answer set_cpin(struct modem *m, const char *args)
{
	char first[9] = "", second[9] = "";

	arg_text(&args, first, sizeof first);
	arg_text(&args, second, sizeof second);
	if (m->sim_open)
		return answer_cme(CME_NOT_ALLOWED);
	struct answer answer = wants_puk(m) ? try_puk(m, first, second) : try_pin(m, first);
	if (answer.kind == ANSWER_OK)
		timer_add_modem(m, 0, open_event, 0, 0); /* its lines follow the OK */
	return answer;
}

static struct answer run_cpin(struct modem *m, enum at_form form, const char *args)
{
	if (!m->knobs.sim_present)
		return answer_cme(CME_NO_SIM);
	if (wants_puk(m) && m->knobs.puk_tries == 0)
		return answer_cme(CME_FAILURE);
	if (form == AT_SET)
		return set_cpin(m, args);
	if (form != AT_READ)
		return answer_ok();
	if (m->sim_busy)
		return answer_cme(CME_BUSY);
	say(m, "+CPIN: %s", m->sim_open ? "READY" : wants_puk(m) ? "SIM PUK" : "SIM PIN");
	return m->personality->cpin_without_ok ? (struct answer){ANSWER_NOTHING, 0} : answer_ok();
}

/* The tries left, each maker's way. */
static struct answer run_pin_counter(struct modem *m, enum at_form form, const char *args)
{
	const struct knobs *k = &m->knobs;
	const char *name = m->personality->pin_counter;
	const char *state = m->sim_open ? "READY" : wants_puk(m) ? "SIM PUK" : "SIM PIN";

	(void)form;
	(void)args;
	if (strcmp(name, "^CPIN") == 0)
		say(m, "^CPIN: %s,%d,%d,%d,10,3", state, wants_puk(m) ? k->puk_tries : k->pin_tries, k->puk_tries,
			k->pin_tries);
	else if (strcmp(name, "+SPIC") == 0)
		say(m, "+SPIC: %d,%d,3,10", k->pin_tries, k->puk_tries);
	else if (strcmp(name, "+QPINC") == 0)
		say(m, "+QPINC: \"SC\",%d,%d", k->pin_tries, k->puk_tries);
	else if (strcmp(name, "+UPINCNT") == 0)
		say(m, "+UPINCNT: %d,3,%d,10", k->pin_tries, k->puk_tries);
	else if (strcmp(name, "+CPNNUM") == 0)
		say(m, "PIN1=%d; PUK1=%d; PIN2=3; PUK2=10", k->pin_tries, k->puk_tries);
	else if (strcmp(name, "#PCT") == 0)
		say(m, "#PCT: %d", wants_puk(m) ? k->puk_tries : k->pin_tries);
	else
		say(m, "+CPINR: SIM PIN,%d,3", k->pin_tries);
	if (strcmp(name, "+CPINR") == 0)
		say(m, "+CPINR: SIM PUK,%d,10", k->puk_tries);
	return answer_ok();
}

/* VERIFY without data asks for the counter and costs no try (TS 102 221 11.1.9). */
static struct answer run_csim(struct modem *m, enum at_form form, const char *args)
{
	char apdu[64];

	if (!m->knobs.sim_present)
		return answer_cme(CME_NO_SIM);
	if (form != AT_SET)
		return answer_ok();
	arg_number(&args, 0);
	arg_text(&args, apdu, sizeof apdu);
	if (strcmp(apdu, "0020000100") == 0)
		say(m, "+CSIM: 4,\"63C%X\"", (unsigned)m->knobs.pin_tries & 15u);
	else
		say(m, "+CSIM: 4,\"6D00\"");
	return answer_ok();
}

static struct answer run_cimi(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	if (form == AT_RUN)
		say(m, "%s", m->knobs.imsi);
	return answer_ok();
}

static struct answer run_ccid(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	if (!m->knobs.sim_present)
		return answer_cme(CME_NO_SIM);
	if (form == AT_RUN || form == AT_READ)
		say(m, "%s: %s", m->personality->ccid, m->knobs.iccid);
	return answer_ok();
}

static struct answer run_clck(struct modem *m, enum at_form form, const char *args)
{
	char facility[8], password[9] = "";

	if (form == AT_TEST)
		say(m, "+CLCK: (\"SC\")");
	if (form != AT_SET)
		return answer_ok();
	if (!m->knobs.sim_present)
		return answer_cme(CME_NO_SIM);
	arg_text(&args, facility, sizeof facility);
	int mode = arg_number(&args, -1);
	arg_text(&args, password, sizeof password);
	if (strcmp(facility, "SC") != 0 || mode < 0 || mode > 2)
		return answer_cme(CME_NOT_ALLOWED);
	if (mode == 2) {
		say(m, "+CLCK: %d", m->pin_asked);
		return answer_ok();
	}
	if (m->knobs.pin_tries == 0)
		return answer_cme(CME_PUK);
	struct answer answer = try_pin(m, password);
	if (answer.kind == ANSWER_OK)
		m->pin_asked = mode == 1;
	return answer;
}

static struct answer run_cnum(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	if (form == AT_RUN && m->knobs.number[0] != '\0')
		say(m, "+CNUM: \"\",\"%s\",%d", m->knobs.number, m->knobs.number[0] == '+' ? 145 : 129);
	return answer_ok();
}

const struct at_command commands_sim[] = {
	{"+CPIN", NEEDS_NOTHING, run_cpin},
	{"+CPINR", NEEDS_NOTHING, run_pin_counter},
	{"^CPIN", NEEDS_NOTHING, run_pin_counter},
	{"+SPIC", NEEDS_NOTHING, run_pin_counter},
	{"+QPINC", NEEDS_NOTHING, run_pin_counter},
	{"+UPINCNT", NEEDS_NOTHING, run_pin_counter},
	{"+CPNNUM", NEEDS_NOTHING, run_pin_counter},
	{"#PCT", NEEDS_NOTHING, run_pin_counter},
	{"+CSIM", NEEDS_NOTHING, run_csim},
	{"+CIMI", NEEDS_SIM, run_cimi},
	{"+CCID", NEEDS_NOTHING, run_ccid},
	{"+ICCID", NEEDS_NOTHING, run_ccid},
	{"+QCCID", NEEDS_NOTHING, run_ccid},
	{"+CICCID", NEEDS_NOTHING, run_ccid},
	{"^ICCID", NEEDS_NOTHING, run_ccid},
	{"#CCID", NEEDS_NOTHING, run_ccid},
	{"+CLCK", NEEDS_NOTHING, run_clck},
	{"+CNUM", NEEDS_SIM, run_cnum},
	{NULL, NEEDS_NOTHING, NULL},
};
