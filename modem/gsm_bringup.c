/* From a modem that answers AT to one that sends and receives, in the order in which real modems bear it. */
#include "config/clock.h"
#include "modem/gsm.h"

#include <string.h>
#include <strings.h>

enum {
	PDU_MODE_TRIES = 10, /* the message service is the last to wake */
};

/* First line of the answer without the command's prefix and quotes; "" when there is none. */
static void identity(struct gsm *g, const char *command, const char *prefix, char *out, size_t size)
{
	const char *text;

	out[0] = '\0';
	if (!gsm_ok(g, g->timings.command, "%s", command) || g->reply.count == 0)
		return;
	text = gsm_line(g, prefix);
	if (!text)
		text = g->reply.line[0];
	text += strspn(text, " \"");
	snprintf(out, size, "%.*s", (int)strcspn(text, "\""), text);
}

bool gsm_identify(struct gsm *g)
{
	g->status.imei[0] = '\0';
	if (gsm_ok(g, g->timings.command, "AT+CGSN") && g->reply.count > 0)
		(void)at_parse_imei(g->reply.line[0], g->status.imei);
	return g->end == GSM_ON;
}

static void identify(struct gsm *g)
{
	identity(g, "AT+CGMI", "+CGMI:", g->status.manufacturer, sizeof(g->status.manufacturer));
	identity(g, "AT+CGMM", "+CGMM:", g->status.model, sizeof(g->status.model));
	if (!g->status.imei[0])
		gsm_identify(g);
	g->quirks = quirks_find(g->status.manufacturer, g->status.model, g->port.vid, g->port.pid);
	g->status.patience_s = gsm_patience_s(g);
	at_set_pace(g->at, g->quirks->chunk_octets, g->quirks->chunk_ms, g->quirks->gap_ms);
	for (int i = 0; i < QUIRK_INIT_MAX && g->quirks->init[i]; i++)
		gsm_command(g, g->timings.command, "%s", g->quirks->init[i]);
}

/* The radio may be off from a former life. An answer that is no number is no reason to touch it. */
static void radio_on(struct gsm *g)
{
	int level;

	if (gsm_ok(g, g->timings.command, "AT+CFUN?") && g->reply.count > 0 &&
		at_parse_cfun(g->reply.line[0], &level) && level != 1)
		gsm_command(g, g->timings.radio, "AT+CFUN=1");
}

bool gsm_pdu_mode(struct gsm *g)
{
	for (int i = 0; i < PDU_MODE_TRIES && g->end == GSM_ON; i++) {
		if (gsm_ok(g, g->timings.command, "AT+CMGF=0"))
			return true;
		gsm_attend(g, clock_mono_ms() + g->timings.again);
	}
	return false;
}

/* All three memories: read and delete, write, receive. Old modems take two. */
static bool store_set(struct gsm *g, const char *name)
{
	struct at_store told[AT_STORES] = {0};
	int total = 0;

	if (!gsm_ok(g, g->timings.store, "AT+CPMS=\"%s\",\"%s\",\"%s\"", name, name, name) &&
		!gsm_ok(g, g->timings.store, "AT+CPMS=\"%s\",\"%s\"", name, name))
		return false;
	if (g->reply.count > 0 && at_parse_cpms(g->reply.line[0], told) > 0) {
		total = told[0].total;
		if (total == 0)
			return false; /* it is named but has no room */
	}
	g->store_read = 0;
	g->store_count = 1;
	g->store_total[0] = total > 0 ? total : 0;
	snprintf(g->store[0], sizeof(g->store[0]), "%s", name);
	return true;
}

static bool store_is_listed(const struct at_store_names *names, const char *name)
{
	for (unsigned i = 0; i < names->count; i++)
		if (strcasecmp(names->name[i], name) == 0)
			return true;
	return false;
}

/* What arrives goes to ME where that has room, because a SIM is small, slow and wears; both are swept, since class 2
 * messages and modems of their own mind use the other (27.005 §3.2.2). Without an answer both are tried. */
static void storage(struct gsm *g)
{
	bool sim_first = g->quirks->memory && strcmp(g->quirks->memory, "SM") == 0;
	const char *const order[2] = {sim_first ? "SM" : "ME", sim_first ? "ME" : "SM"};
	struct at_store_names names[AT_STORES] = {0};
	bool told, listed[2];

	g->store_count = 0;
	g->store_read = -1;
	told = gsm_ok(g, g->timings.store, "AT+CPMS=?") && g->reply.count > 0 &&
	       at_parse_cpms_test(g->reply.line[0], names) > 0;
	for (int i = 0; i < 2; i++)
		listed[i] = !told || store_is_listed(&names[0], order[i]);

	if (listed[0] && store_set(g, order[0])) {
		if (!listed[1])
			return;
		g->store_total[1] = 0;
		snprintf(g->store[1], sizeof(g->store[1]), "%s", order[1]);
		g->store_count = 2;
		return;
	}
	if (listed[1])
		store_set(g, order[1]);
}

/* Asked back, because some answer OK and keep what they had; a field they leave out is no contradiction. */
static bool notification_holds(struct gsm *g, const char *setting)
{
	const char *now;

	if (!gsm_ok(g, g->timings.command, "AT+CNMI?"))
		return true;
	now = gsm_line(g, "+CNMI:");
	if (!now)
		return true;
	while (*setting && *now) {
		if (*now == ' ') {
			now++;
			continue;
		}
		if (*setting++ != *now++)
			return false;
	}
	return true;
}

static void notification(struct gsm *g)
{
	const char *setting;
	int direct;

	g->cnmi[0] = '\0';
	/* A modem without a store must hand over at once. */
	if (g->store_count == 0 && (gsm_ok(g, g->timings.command, "AT+CNMI=2,2,0,1,0") ||
					   gsm_ok(g, g->timings.command, "AT+CNMI=1,2,0,1,0"))) {
		snprintf(g->cnmi, sizeof(g->cnmi), "2,2,0,1,0");
		g->status.receipts = true;
		return;
	}
	for (unsigned i = 0; g->end == GSM_ON && (setting = quirks_cnmi(g->quirks, i)) != NULL; i++) {
		if (!gsm_ok(g, g->timings.command, "AT+CNMI=%s", setting) || !notification_holds(g, setting))
			continue;
		snprintf(g->cnmi, sizeof(g->cnmi), "%s", setting);
		break;
	}
	/* mode,mt,bm,ds: without a setting, or with ds=0, reports come only where the modem stores them by itself. */
	direct = strlen(g->cnmi) > 6 ? g->cnmi[6] - '0' : 0;
	g->status.receipts = direct > 0 || g->quirks->stored_reports;
}

/* The service centre is on the SIM; one that lacks it gets the configured one, or every message brings it along. */
static void centre(struct gsm *g)
{
	char number[AT_NUMBER_MAX];

	g->centre_in_pdu = false;
	if (!g->config.smsc[0] || !gsm_ok(g, g->timings.sim, "AT+CSCA?"))
		return;
	if (g->reply.count == 0 || !at_parse_csca(g->reply.line[0], number) || number[0])
		return;
	if (!gsm_ok(g, g->timings.sim, "AT+CSCA=\"%s\",%d", g->config.smsc, g->config.smsc[0] == '+' ? 145 : 129))
		g->centre_in_pdu = true;
}

static void conveniences(struct gsm *g)
{
	static const char *const commands[] = {
		"AT+CSCS=\"GSM\"",	   /* strings only; a PDU has its own alphabet */
		"AT+CREG=0", "AT+CEREG=0", /* asked for, not announced: the announcement looks like the answer */
		"AT+COPS=3,0",		   /* the operator by its long name */
		"AT+CLIP=1", "AT+CRC=0",   /* who calls */
		"AT+CGSMS=3",		   /* messages by the circuit switched network first, by packets else */
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		gsm_command(g, g->timings.command, "%s", commands[i]);
}

static bool in_step(struct gsm *g)
{
	if (g->in_step) {
		g->in_step = false;
		return true;
	}
	if (at_resync(g->at, g->timings.tries) == 0)
		return true;
	g->mute_now = !at_is_gone(g->at);
	gsm_end(g, at_is_gone(g->at) ? GSM_LOST : GSM_HUNG);
	return false;
}

/* Signs of a restart met so far are of the one that made this necessary. */
static void forget_restart(struct gsm *g)
{
	gsm_unsolicited(g);
	if (g->end == GSM_RESET)
		g->end = GSM_ON;
	g->restart_seen = false;
}

/* What a modem says when it gets ready it also says when it restarts in the middle of this: the settings tell which. */
static void settings_hold(struct gsm *g)
{
	gsm_unsolicited(g);
	if (g->restart_seen && g->cnmi[0] && !notification_holds(g, g->cnmi))
		gsm_end(g, GSM_RESET);
}

static void watch_first(struct gsm *g)
{
	g->unregistered_since = 0;
	g->registration_told = false;
	g->operators_asked = false;
	gsm_watch_registration(g);
	gsm_watch_signal(g);
	gsm_watch_operator(g);
	g->watch_step = 0;
	gsm_watch_conclude(g);
}

void gsm_bringup(struct gsm *g)
{
	int64_t now;

	gsm_state(g, BEARER_STARTING, "setting the modem up");
	gsm_send_refuse(g, g->status.why);
	if (!in_step(g))
		return;
	g->mute_now = false;
	forget_restart(g);

	gsm_command(g, g->timings.command, "ATE0V1"); /* apart from the next: some refuse the two joined */
	gsm_command(g, g->timings.command, "AT+CMEE=1");
	gsm_command(g, g->timings.command, "AT&D0"); /* a falling DTR must not reset it */
	identify(g);
	gsm_tell_status(g);
	radio_on(g);
	gsm_sim(g);
	gsm_sim_identity(g);
	if (!gsm_pdu_mode(g)) {
		gsm_end(g, GSM_HUNG);
		return;
	}
	gsm_command(
		g, g->timings.command, "AT+CSMS=0"); /* 27.005 §3.2.1: with 1 every direct report would want AT+CNMA */
	storage(g);
	notification(g);
	centre(g);
	g->link = gsm_ok(g, g->timings.command, "AT+CMMS=2") ? GSM_LINK_ALWAYS : GSM_LINK_BATCH;
	conveniences(g);
	gsm_receive_start(g);
	watch_first(g);
	settings_hold(g);
	if (g->end != GSM_ON)
		return;

	now = clock_mono_ms();
	g->up_since = now;
	g->assert_step = 0;
	g->due[CHORE_ASSERT] = now + g->timings.assert_again;
	g->due[CHORE_WATCH] = now + (g->status.state == BEARER_READY ? g->timings.watch : g->timings.search);
	gsm_unsolicited(g);
}

/* Settings a modem may lose without a word, one at a time. */
void gsm_assert_step(struct gsm *g)
{
	int64_t now = clock_mono_ms();

	g->due[CHORE_ASSERT] = GSM_NEVER;
	switch (g->assert_step++) {
	case 0: gsm_command(g, g->timings.command, "AT+CMGF=0"); break;
	case 1:
		if (g->store_count > 0)
			gsm_command(g, g->timings.store, "AT+CPMS=\"%s\",\"%s\",\"%s\"", g->store[0], g->store[0],
				g->store[0]);
		g->store_read = -1;
		break;
	case 2:
		if (g->cnmi[0])
			gsm_command(g, g->timings.command, "AT+CNMI=%s", g->cnmi);
		break;
	default:
		if (g->link == GSM_LINK_ALWAYS)
			gsm_command(g, g->timings.command, "AT+CMMS=2");
		g->assert_step = 0;
		gsm_due(g, CHORE_ASSERT, now + g->timings.assert_again);
		return;
	}
	gsm_due(g, CHORE_ASSERT, now);
}
