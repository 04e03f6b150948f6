/* Incoming calls and USSD (27.007 6.5, 7.6, 7.11, 7.15). */
#include "tests/sim/base.h"
#include "tests/sim/calls.h"
#include "tests/sim/commands.h"
#include "tests/sim/modem.h"
#include "tests/sim/sim_alphabet.h"

#include <stdio.h>
#include <string.h>

static void ring(struct modem *m);

static void ring_event(struct sim *sim, const struct event *event)
{
	struct modem *m = event->modem;

	(void)sim;
	if (m->call_serial == event->a && !m->call.answered)
		ring(m);
}

static void ring(struct modem *m)
{
	struct call *call = &m->call;

	if (call->rings_left-- == 0) { /* the caller has given up */
		m->figures.calls_missed++;
		*call = (struct call){0};
		m->call_serial++;
		urc(m, "NO CARRIER");
		return;
	}
	urc(m, m->settings.crc ? "+CRING: VOICE" : "RING");
	if (m->settings.clip && strcmp(call->from, "-") == 0)
		urc(m, "+CLIP: \"\",128,,,,1"); /* withheld */
	else if (m->settings.clip)
		urc(m, "+CLIP: \"%s\",%d,,,,0", call->from, call->from[0] == '+' ? 145 : 129);
	timer_add_modem(m, m->knobs.ring * 1000, ring_event, m->call_serial, 0);
}

bool call_offer(struct modem *m, const char *from, int rings)
{
	if (!modem_is_reachable(m) || m->call.from[0] != '\0')
		return false;
	m->call = (struct call){.rings_left = rings};
	text_copy(m->call.from, sizeof m->call.from, from[0] == '\0' ? "-" : from);
	m->call_serial++;
	m->figures.calls++;
	ring(m);
	return true;
}

static struct answer hang_up(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	if (form == AT_TEST)
		return answer_ok();
	if (m->call.from[0] != '\0' && !m->call.answered)
		m->figures.calls_rejected++;
	m->call = (struct call){0};
	m->call_serial++;
	return answer_ok();
}

static struct answer pick_up(struct modem *m, enum at_form form, const char *args)
{
	(void)form;
	(void)args;
	if (m->call.from[0] == '\0')
		return (struct answer){ANSWER_NO_CARRIER, 0};
	m->call.answered = true;
	m->figures.calls_answered++;
	return answer_ok();
}

/* Nobody ever answers a modem's call here. */
static struct answer dial(struct modem *m, enum at_form form, const char *args)
{
	(void)m;
	(void)form;
	(void)args;
	return (struct answer){ANSWER_NO_CARRIER, 0};
}

static struct answer run_clcc(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	if (form == AT_RUN && m->call.from[0] != '\0')
		say(m, "+CLCC: 1,1,%d,0,0,\"%s\",145", m->call.answered ? 0 : 4, m->call.from);
	return answer_ok();
}

static struct answer flag(
	struct modem *m, const char *name, int *value, enum at_form form, const char *args, const char *rest)
{
	if (form == AT_TEST)
		say(m, "%s: (0,1)", name);
	else if (form == AT_READ)
		say(m, "%s: %d%s", name, *value, rest);
	if (form != AT_SET)
		return answer_ok();
	int wanted = arg_number(&args, 0);
	if (wanted != 0 && wanted != 1)
		return answer_cme(3);
	*value = wanted;
	return answer_ok();
}

static struct answer run_clip(struct modem *m, enum at_form form, const char *args)
{
	return flag(m, "+CLIP", &m->settings.clip, form, args, ",1");
}

static struct answer run_crc(struct modem *m, enum at_form form, const char *args)
{
	return flag(m, "+CRC", &m->settings.crc, form, args, "");
}

/* As AT+CSCS wants it, or packed for those that speak only that. */
static void ussd_event(struct sim *sim, const struct event *event)
{
	struct modem *m = event->modem;
	uint8_t septets[320], octets[330] = {0};
	uint16_t units[160];
	char hex[660];
	int count;

	(void)sim;
	if (m->personality->packed_ussd &&
		(count = sim_septets_from_utf8(m->knobs.ussd, septets, sizeof septets)) >= 0) {
		sim_hex_write(octets, sim_pack(septets, (size_t)count, 0, octets), hex);
		urc(m, "+CUSD: 0,\"%s\",15", hex);
	} else if (strcmp(m->settings.cscs, "UCS2") == 0 &&
		   (count = sim_units_from_utf8(m->knobs.ussd, units, 160)) >= 0) {
		for (int i = 0; i < count; i++) {
			octets[2 * i] = (uint8_t)(units[i] >> 8);
			octets[2 * i + 1] = (uint8_t)(units[i] & 0xff);
		}
		sim_hex_write(octets, 2 * (size_t)count, hex);
		urc(m, "+CUSD: 0,\"%s\",72", hex);
	} else {
		urc(m, "+CUSD: 0,\"%s\",15", m->knobs.ussd);
	}
}

static struct answer run_cusd(struct modem *m, enum at_form form, const char *args)
{
	char code[64];

	if (form != AT_SET)
		return answer_ok();
	int mode = arg_number(&args, 1);
	if (mode < 0 || mode > 2)
		return answer_cme(3);
	if (mode != 1 || !arg_text(&args, code, sizeof code))
		return answer_ok();
	if (!modem_is_registered(m))
		return answer_cme(30);
	timer_add_modem(m, m->knobs.ussd_delay * 1000, ussd_event, 0, 0);
	return answer_ok();
}

const struct at_command commands_call[] = {
	{"H", NEEDS_NOTHING, hang_up},
	{"A", NEEDS_NOTHING, pick_up},
	{"D", NEEDS_SIM, dial},
	{"+CHUP", NEEDS_NOTHING, hang_up},
	{"+CLCC", NEEDS_NOTHING, run_clcc},
	{"+CLIP", NEEDS_SIM, run_clip},
	{"+CRC", NEEDS_NOTHING, run_crc},
	{"+CUSD", NEEDS_SIM, run_cusd},
	{NULL, NEEDS_NOTHING, NULL},
};
