/* Incoming calls: told once, then rejected, answered for a moment, or left ringing, as the configuration says. */
#include "config/clock.h"
#include "modem/gsm.h"

#include <string.h>
#include <strings.h>

/* Was this number told within the last minute? If not, it is remembered. */
static bool caller_is_fresh(struct gsm *g, const char *number)
{
	int64_t now = clock_mono_ms();
	int oldest = 0;

	for (int i = 0; i < GSM_CALLERS_MAX; i++) {
		if (g->callers[i].until > now && strcmp(g->callers[i].number, number) == 0)
			return false;
		if (g->callers[i].until < g->callers[oldest].until)
			oldest = i;
	}
	snprintf(g->callers[oldest].number, sizeof(g->callers)[oldest].number, "%s", number);
	g->callers[oldest].until = now + g->timings.caller;
	return true;
}

void gsm_call_rings(struct gsm *g)
{
	int64_t now = clock_mono_ms();

	if (g->ringing == 0) {
		g->ringing = now;
		g->call_told = g->caller_known = false;
		g->caller[0] = '\0';
		gsm_due(g, CHORE_CALL, now + g->timings.ring); /* the number may come with the next ring, or never */
	}
}

void gsm_call_number(struct gsm *g, const char *line)
{
	struct at_caller caller;

	gsm_call_rings(g);
	if (g->caller_known || !at_parse_clip(line, &caller))
		return;
	g->caller_known = true;
	snprintf(g->caller, sizeof(g->caller), "%s", caller.number);
	gsm_due(g, CHORE_CALL, 0);
}

void gsm_call_ended(struct gsm *g)
{
	g->ringing = 0;
	g->call_up = false;
	g->due[CHORE_CALL] = GSM_NEVER;
}

static void hang_up(struct gsm *g)
{
	gsm_call_ended(g);
	if (gsm_command(g, g->timings.radio, "AT+CHUP") != AT_OK && g->end == GSM_ON)
		gsm_command(g, g->timings.radio, "ATH");
}

static void call_tell(struct gsm *g)
{
	g->call_told = true;
	if (!caller_is_fresh(g, g->caller))
		return;
	memset(&g->tell, 0, sizeof(g->tell));
	g->tell.type = BEARER_TELL_CALL;
	snprintf(g->tell.call.from, sizeof(g->tell.call.from), "%s", g->caller);
	gsm_tell(g, &g->tell);
}

void gsm_call_step(struct gsm *g)
{
	int64_t now = clock_mono_ms();

	g->due[CHORE_CALL] = GSM_NEVER;
	if (g->call_up) { /* long enough */
		hang_up(g);
		return;
	}
	if (g->ringing == 0)
		return;
	if (g->call_told) { /* ignored, and silent since: it has ended */
		g->ringing = 0;
		return;
	}

	call_tell(g);
	switch ((enum gsm_calls)g->config.calls) {
	case GSM_CALLS_REJECT: hang_up(g); break;
	case GSM_CALLS_ANSWER:
		if (gsm_ok(g, g->timings.radio, "ATA")) {
			g->call_up = true;
			gsm_due(g, CHORE_CALL, clock_mono_ms() + g->timings.talk);
		} else {
			gsm_call_ended(g);
		}
		break;
	case GSM_CALLS_IGNORE: gsm_due(g, CHORE_CALL, now + g->timings.ring); break;
	}
}

void gsm_call_make_way(struct gsm *g)
{
	if (g->call_up)
		hang_up(g);
}
