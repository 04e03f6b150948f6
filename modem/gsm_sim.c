/* The SIM: waiting until it is ready, and a PIN that is never tried twice (27.007 §8.3). */
#include "config/clock.h"
#include "modem/gsm.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	WITHOUT_OK_MS = 1000,
	BUSY_TRIES = 12,   /* a SIM may take ten seconds after power-on */
	LEFT_AT_LEAST = 2, /* attempts: one wrong PIN must never be the last but none */
	CME_NOT_SUPPORTED = 4,
	CME_NO_SIM = 10,
	CME_PIN = 11,
	CME_PUK = 12,
	CME_SIM_FAILURE = 13,
	CME_SIM_WRONG = 15,
};

enum sim { SIM_READY, SIM_BUSY, SIM_PIN, SIM_PUK, SIM_ABSENT, SIM_FAILED, SIM_LOCKED, SIM_SILENT };

static enum sim sim_from_error(int code)
{
	switch (code) {
	case CME_NOT_SUPPORTED: return SIM_SILENT;
	case CME_NO_SIM: return SIM_ABSENT;
	case CME_PIN: return SIM_PIN;
	case CME_PUK: return SIM_PUK;
	case CME_SIM_FAILURE:
	case CME_SIM_WRONG: return SIM_FAILED;
	default: return SIM_BUSY;
	}
}

static enum sim sim_from_text(const char *state)
{
	if (strcmp(state, "READY") == 0 || strcmp(state, "SIM PIN2") == 0 || strcmp(state, "SIM PUK2") == 0)
		return SIM_READY;
	if (strcmp(state, "SIM PIN") == 0)
		return SIM_PIN;
	return strcmp(state, "SIM PUK") == 0 ? SIM_PUK : SIM_LOCKED;
}

static enum sim sim_ask(struct gsm *g)
{
	int timeout = g->quirks->pin_without_ok && g->timings.sim > WITHOUT_OK_MS ? WITHOUT_OK_MS : g->timings.sim;
	enum at_result result = gsm_command(g, timeout, "AT+CPIN?");
	char state[AT_WORD_MAX];

	/* Some modems give the line and never the OK. */
	if ((result == AT_OK || result == AT_TIMEOUT) && g->reply.count > 0 && at_parse_cpin(g->reply.line[0], state))
		return sim_from_text(state);
	if (result == AT_CME_ERROR)
		return sim_from_error(g->reply.code);
	if (result == AT_CMS_ERROR && g->reply.code >= 310)
		return sim_from_error(g->reply.code - 310 + CME_NO_SIM);
	return SIM_SILENT;
}

/* The n-th number (from 0) of a comma separated list; -1: not there. */
static int number_at(const char *list, int n)
{
	while (n-- > 0) {
		list = strchr(list, ',');
		if (!list)
			return -1;
		list++;
	}
	list += strspn(list, " \"");
	return isdigit((unsigned char)*list) ? (int)strtol(list, NULL, 10) : -1;
}

/* What each command says, in which place. */
static int counter_from_reply(const struct gsm *g)
{
	const char *text = gsm_line(g, "^CPIN:"); /* state, times, PUK, PIN, PUK2, PIN2 */

	if (text)
		return number_at(text, 3);
	text = gsm_line(g, "+UPINCNT:"); /* PIN, PIN2, PUK, PUK2 */
	if (text)
		return number_at(text, 0);
	text = gsm_line(g, "^SPIC:");
	if (text)
		return number_at(text, 0);
	for (unsigned i = 0; i < g->reply.count; i++) {
		const char *line = g->reply.line[i];

		if (strncasecmp(line, "+CPINR: SIM PIN,", 16) == 0)
			return number_at(line, 1);
		if (strstr(line, "PIN1="))
			return (int)strtol(strstr(line, "PIN1=") + 5, NULL, 10);
	}
	return -1;
}

/* VERIFY without data costs no attempt; the card's status word 63Cx counts what is left (ETSI TS 102 221 §11.1.9). */
static int counter_from_card(struct gsm *g)
{
	const char *word;

	if (!gsm_ok(g, g->timings.sim, "AT+CSIM=10,\"0020000100\""))
		return -1;
	word = gsm_line(g, "+CSIM:");
	word = word ? strcasestr(word, "63C") : NULL;
	return word && isxdigit((unsigned char)word[3]) ? (int)strtol((char[]){word[3], '\0'}, NULL, 16) : -1;
}

static int pin_attempts_left(struct gsm *g)
{
	int left = -1;

	if (g->quirks->pin_counter && gsm_ok(g, g->timings.sim, "%s", g->quirks->pin_counter))
		left = counter_from_reply(g);
	if (left < 0 && gsm_ok(g, g->timings.sim, "AT+CPINR"))
		left = counter_from_reply(g);
	if (left < 0)
		left = counter_from_card(g);
	return left;
}

static bool pin_is_plausible(const char *pin)
{
	size_t length = strlen(pin);

	return length >= 4 && length <= 8 && strspn(pin, "0123456789") == length;
}

/* Asks the hub. False: none came, or an empty one. */
static bool pin_from_hub(struct gsm *g, int left)
{
	int64_t until = clock_mono_ms() + g->timings.answer;

	g->pin_answered = false;
	memset(&g->tell, 0, sizeof(g->tell));
	g->tell.type = BEARER_TELL_WANTS_PIN;
	snprintf(g->tell.wants_pin.sim, sizeof(g->tell.wants_pin.sim), "%s", g->status.sim);
	g->tell.wants_pin.attempts_left = (int8_t)left;
	gsm_tell(g, &g->tell);
	while (g->end == GSM_ON && !g->pin_answered && clock_left_ms(until) > 0)
		gsm_attend_once(g, until);
	return g->pin_answered && g->pin[0] != '\0';
}

/* One attempt in the worker's life, unless it succeeds: a modem that restarts in a loop must not lock its SIM. */
static void pin_use(struct gsm *g)
{
	g->pin_spent = true;
	enum at_result result = gsm_command(g, g->timings.pin, "AT+CPIN=\"%s\"", g->pin);

	explicit_bzero(g->pin, sizeof(g->pin));
	if (result == AT_OK)
		snprintf(g->pin_why, sizeof(g->pin_why),
			"the SIM still asks for its PIN after it was given; not tried again");
	else
		snprintf(g->pin_why, sizeof(g->pin_why),
			"the SIM refused the PIN (%.40s); correct it in the configuration, it is not tried again",
			g->reply.final[0] ? g->reply.final : "no answer");
	if (result == AT_OK)
		gsm_attend(g, clock_mono_ms() + g->timings.again);
}

static void pin_wanted(struct gsm *g)
{
	int left;

	if (g->pin_spent) {
		gsm_state(g, BEARER_PIN, "%s", g->pin_why);
		gsm_attend(g, clock_mono_ms() + g->timings.watch);
		return;
	}

	left = pin_attempts_left(g);
	if (left >= 0 && left < LEFT_AT_LEAST) {
		gsm_state(g, BEARER_PIN,
			"the SIM has %d PIN attempt%s left: unlock it in a telephone, better without a PIN", left,
			left == 1 ? "" : "s");
		gsm_attend(g, clock_mono_ms() + g->timings.watch);
		return;
	}
	if (g->end != GSM_ON)
		return;
	gsm_state(g, BEARER_PIN, "the SIM asks for its PIN");
	if (!pin_from_hub(g, left)) {
		if (g->end == GSM_ON)
			gsm_state(g, BEARER_PIN,
				"the SIM asks for a PIN and none is configured, or it was refused before");
		gsm_attend(g, clock_mono_ms() + g->timings.watch);
		return;
	}
	if (!pin_is_plausible(g->pin)) {
		explicit_bzero(g->pin, sizeof(g->pin));
		gsm_state(g, BEARER_PIN, "the configured PIN is not 4 to 8 digits; it was not tried");
		gsm_attend(g, clock_mono_ms() + g->timings.watch);
		return;
	}
	pin_use(g);
}

static void sim_unusable(struct gsm *g, enum sim sim)
{
	if (sim == SIM_PUK)
		gsm_state(g, BEARER_SIM, "the SIM is blocked: put it in a telephone and enter its PUK by hand");
	else if (sim == SIM_ABSENT)
		gsm_state(g, BEARER_SIM, "no SIM in the modem: insert one, contacts towards the modem's");
	else if (sim == SIM_LOCKED)
		gsm_state(g, BEARER_SIM, "the modem takes another operator's SIM only (%.60s)",
			g->reply.count ? g->reply.line[0] : "");
	else
		gsm_state(g, BEARER_SIM, "the SIM fails or does not get ready: take it out and insert it again (%.60s)",
			g->reply.final);
	gsm_attend(g, clock_mono_ms() + g->timings.search);
}

void gsm_sim(struct gsm *g)
{
	for (int busy = 0; g->end == GSM_ON;) {
		enum sim sim = sim_ask(g);

		if (g->end != GSM_ON)
			return;
		if ((sim == SIM_BUSY || sim == SIM_SILENT) && busy++ < BUSY_TRIES) {
			/* A modem that knows no AT+CPIN? has nothing to unlock: the next commands show whether it works. */
			if (sim == SIM_SILENT && busy > 2 && g->reply.result != AT_TIMEOUT)
				return;
			gsm_attend(g, clock_mono_ms() + g->timings.again);
			continue;
		}
		if (sim == SIM_READY) {
			g->pin_spent = false;
			return;
		}
		if (sim == SIM_PIN)
			pin_wanted(g);
		else
			sim_unusable(g, sim);
	}
}

static bool iccid_ask(struct gsm *g, const char *command)
{
	/* SIM7600 answers AT+CICCID with "+ICCID:": whatever comes is looked at. */
	if (gsm_command_any(g, g->timings.sim, command) != AT_OK)
		return false;
	for (unsigned i = 0; i < g->reply.count; i++)
		if (at_parse_iccid(g->reply.line[i], g->status.sim))
			return true;
	return false;
}

void gsm_sim_identity(struct gsm *g)
{
	static const char *const commands[] = {"AT+CCID", "AT+ICCID", "AT^ICCID?", "AT+QCCID", "AT+CICCID"};
	g->status.sim[0] = '\0';
	if (g->quirks->iccid && iccid_ask(g, g->quirks->iccid))
		return;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && g->end == GSM_ON; i++)
		if (iccid_ask(g, commands[i]))
			return;
	char imsi[20];

	if (gsm_ok(g, g->timings.sim, "AT+CIMI") && g->reply.count > 0 && at_parse_imsi(g->reply.line[0], imsi))
		snprintf(g->status.sim, sizeof(g->status.sim), "%s", imsi);
}
