/* The ladder: each rung harder on the modem than the last, every wait bounded. */
#include "config/clock.h"
#include "modem/gsm.h"

#include <string.h>
#include <unistd.h>

enum {
	RUNG_ESCAPE = 1, /* out of a prompt or a stuck command */
	RUNG_REOPEN,	 /* close, wait, open, DTR low and high */
	RUNG_RADIO,	 /* AT+CFUN=4, then 1 */
	RUNG_RESTART,	 /* the modem's own restart command */
	RUNG_WAIT,	 /* nothing more that can be done from here: wait, asking now and then */
};

void gsm_radio_cycle(struct gsm *g)
{
	gsm_command(g, g->timings.radio, "AT+CFUN=4");
	gsm_attend(g, clock_mono_ms() + g->timings.radio_off);
	gsm_command(g, g->timings.radio, "AT+CFUN=1");
}

static void reopen(struct gsm *g)
{
	gsm_state(g, BEARER_HUNG, "the modem does not answer: its port is opened again");
	gsm_close(g);
	gsm_attend(g, clock_mono_ms() + g->timings.reopen);
}

/* Some hear a command although they answer none, so it is written whether or not the dialogue is in step. */
static void restart(struct gsm *g)
{
	char command[64];
	int length = snprintf(command, sizeof(command), "%s\r", g->quirks->reset);

	gsm_state(g, BEARER_HUNG, "the modem does not answer: it is restarted by %s", g->quirks->reset);
	if (write(serial_fd(g->serial), command, (size_t)length) == length)
		gsm_attend(g, clock_mono_ms() + g->timings.restart);
	gsm_close(g);
}

static void wait_long(struct gsm *g)
{
	int64_t until = clock_mono_ms() + g->timings.backoff;

	gsm_state(
		g, BEARER_HUNG, "the modem does not come back: unplug it and plug it in again; check its power supply");
	while (g->end == GSM_ON && clock_left_ms(until) > 0) {
		gsm_attend(g, clock_mono_ms() + g->timings.backoff_try);
		if (g->end == GSM_ON && at_resync(g->at, 1) == 0)
			break;
		if (at_is_gone(g->at))
			gsm_end(g, GSM_LOST);
	}
	g->rung = RUNG_ESCAPE;
}

void gsm_recover(struct gsm *g)
{
	if (g->up_since && clock_mono_ms() - g->up_since > g->timings.healthy)
		g->rung = 0;
	g->up_since = 0;
	g->silences = g->errors = g->resets = 0;
	g->rung++;
	memcpy(g->sick, g->port.path, sizeof(g->sick));

	if (g->rung == RUNG_ESCAPE && (g->mute_now || at_resync(g->at, g->timings.tries) < 0))
		g->rung = RUNG_REOPEN;
	if (g->rung == RUNG_RADIO && at_resync(g->at, 1) < 0)
		g->rung = RUNG_RESTART;
	if (g->rung == RUNG_RESTART && !g->quirks->reset)
		g->rung = RUNG_WAIT;

	switch (g->rung) {
	case RUNG_ESCAPE: break;
	case RUNG_REOPEN: reopen(g); break;
	case RUNG_RADIO:
		gsm_state(g, BEARER_HUNG, "the modem fails: its radio is switched off and on");
		gsm_radio_cycle(g);
		break;
	case RUNG_RESTART: restart(g); break;
	default: wait_long(g); break;
	}
	if (g->end == GSM_LOST)
		gsm_close(g);
}
