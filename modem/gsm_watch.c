/* Registration, signal and operator: asked one short command at a time. */
#include "config/clock.h"
#include "modem/gsm.h"

#include <string.h>

enum {
	BUSY_MS = 5000,	     /* a send so recently: the modem is busy, look seldom */
	OPERATOR_EVERY = 10, /* rounds */
};

/* <stat> of 27.007 §7.2; all but home are those where no message can be sent. */
enum stat { STAT_IDLE = 0, STAT_HOME = 1, STAT_SEARCHING = 2, STAT_DENIED = 3, STAT_EMERGENCY = 8, STAT_RLOS = 11 };

static const char *stat_to_string(int stat)
{
	switch (stat) {
	case STAT_IDLE: return "the modem does not look for one";
	case STAT_SEARCHING: return "still searching; check aerial and place";
	case STAT_DENIED: return "the network refuses this SIM: is it active, has it credit?";
	case STAT_EMERGENCY: return "emergency calls only";
	case STAT_RLOS: return "restricted service only";
	default: return "no network is heard";
	}
}

/* -1: no answer. */
static int registration_ask(struct gsm *g, const char *name)
{
	struct at_registration registration;

	if (!gsm_ok(g, g->timings.command, "AT+%s?", name) || g->reply.count == 0 ||
		!at_parse_registration(g->reply.line[0], &registration))
		return -1;
	return registration.stat;
}

/* The circuit switched domain decides; one that is not registered there may still carry messages over LTE, which only a
 * send can tell. So does a modem that tells of no domain at all, and has never told: it is taken at its sends' word. */
void gsm_watch_registration(struct gsm *g)
{
	static const char *const others[] = {"CEREG", "CGREG"};
	int stat = registration_ask(g, "CREG");

	for (size_t i = 0; i < 2 && g->end == GSM_ON && !at_is_registered(stat); i++) {
		int other = registration_ask(g, others[i]);

		if (stat < 0 || at_is_registered(other))
			stat = other;
	}
	if (stat >= 0)
		g->registration_told = true;
	bool mute = stat < 0 && !g->registration_told && g->reply.result != AT_TIMEOUT && g->reply.result != AT_GONE;
	g->stat = mute ? STAT_HOME : stat;
}

void gsm_watch_conclude(struct gsm *g)
{
	if (g->end != GSM_ON)
		return;
	if (at_is_registered(g->stat) && (g->config.roaming || !at_is_roaming(g->stat))) {
		g->unregistered_since = 0;
		g->operators_asked = false;
		gsm_state(g, BEARER_READY, "%s", "");
		return;
	}

	if (at_is_registered(g->stat)) {
		g->unregistered_since = 0;
		gsm_state(g, BEARER_SEARCHING,
			"registered abroad (%.31s); roaming is not permitted in the configuration", g->status.network);
		return;
	}
	if (!g->unregistered_since)
		g->unregistered_since = clock_mono_ms();
	g->status.signal_dbm = 0;
	g->status.network[0] = g->status.technology[0] = '\0';
	gsm_state(g, BEARER_SEARCHING, "not registered on a network: %s", stat_to_string(g->stat));
	gsm_send_refuse(g, g->status.why);
}

/* AT+CSQ, and AT+CESQ where the former does not tell. */
void gsm_watch_signal(struct gsm *g)
{
	struct at_cesq cesq;
	int dbm = 0, ber;

	if (!gsm_ok(g, g->timings.command, "AT+CSQ"))
		return;
	if (g->reply.count > 0 && at_parse_csq(g->reply.line[0], &dbm, &ber) && dbm != 0) {
		g->status.signal_dbm = (int16_t)dbm;
		return;
	}

	g->status.signal_dbm = 0;
	if (!gsm_ok(g, g->timings.command, "AT+CESQ") || g->reply.count == 0 || !at_parse_cesq(g->reply.line[0], &cesq))
		return;
	if (cesq.rsrp_dbm != AT_UNKNOWN)
		g->status.signal_dbm = (int16_t)cesq.rsrp_dbm;
	else if (cesq.rscp_dbm != AT_UNKNOWN)
		g->status.signal_dbm = (int16_t)cesq.rscp_dbm;
	else if (cesq.rssi_dbm != AT_UNKNOWN)
		g->status.signal_dbm = (int16_t)cesq.rssi_dbm;
}

void gsm_watch_operator(struct gsm *g)
{
	struct at_operator operator;

	if (!gsm_ok(g, g->timings.sim, "AT+COPS?") || g->reply.count == 0 ||
		!at_parse_cops(g->reply.line[0], &operator) || !operator.name[0])
		return;
	snprintf(g->status.network, sizeof(g->status.network), "%.31s", operator.name);
	snprintf(g->status.technology, sizeof(g->status.technology), "%s", at_technology(operator.act));
}

/* Without a network for long: let the modem choose anew, then switch its radio off and on. */
static void unregistered_help(struct gsm *g)
{
	int64_t since = g->unregistered_since ? clock_mono_ms() - g->unregistered_since : 0;
	int patience = g->stat == STAT_IDLE ? g->timings.watch : g->timings.unregistered;

	if (since > patience && !g->operators_asked) {
		g->operators_asked = true;
		gsm_command(g, g->timings.operators, "AT+COPS=0");
	}
	if (since > g->timings.cycle) {
		gsm_state(
			g, BEARER_SEARCHING, "not registered on a network for long: the radio is switched off and on");
		g->unregistered_since = 0;
		gsm_radio_cycle(g);
		gsm_end(g, GSM_RESET);
	}
}

void gsm_watch_step(struct gsm *g)
{
	int64_t now = clock_mono_ms();
	bool busy = g->sent_at && now - g->sent_at < BUSY_MS;

	g->due[CHORE_WATCH] = GSM_NEVER;
	switch (g->watch_step++ % 3) {
	case 0:
		gsm_watch_registration(g);
		gsm_watch_conclude(g);
		unregistered_help(g);
		break;
	case 1: gsm_watch_signal(g); break;
	case 2:
		if (g->watch_step % (3 * OPERATOR_EVERY) == 0 || !g->status.network[0])
			gsm_watch_operator(g);
		gsm_tell_status(g);
		break;
	}

	if (g->status.state != BEARER_READY && g->watch_step % 3 == 1)
		g->watch_step--; /* nothing else matters until there is a network */
	if (g->watch_step % 3 != 0)
		gsm_due(g, CHORE_WATCH, now);
	else if (g->status.state != BEARER_READY)
		gsm_due(g, CHORE_WATCH, now + g->timings.search);
	else
		gsm_due(g, CHORE_WATCH, now + (busy ? g->timings.watch_busy : g->timings.watch));
}
