/* The worker's side of the bearer contract: what is told, what is asked. */
#include "modem/gsm.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNAL_STEP_DB = 5 }; /* a change below is no news */

void gsm_tell(struct gsm *g, struct bearer_tell *tell)
{
	while (g->end != GSM_STOP) {
		int result = bearer_tell_write(g->hub, tell);

		if (result == 0)
			return;
		if (result != -EAGAIN) {
			gsm_end(g, GSM_STOP);
			return;
		}
		/* The hub is behind. What is told must not be lost, so wait; a hub that has gone shows as POLLERR. */
		struct pollfd hub = {.fd = g->hub, .events = POLLOUT};
		(void)poll(&hub, 1, 1000);
	}
}

static bool status_is_told(const struct gsm *g)
{
	const struct bearer_status *now = &g->status, *told = &g->told;

	return g->told_once && now->state == told->state && now->slots == told->slots &&
	       now->receipts == told->receipts && now->patience_s == told->patience_s &&
	       abs(now->signal_dbm - told->signal_dbm) < SIGNAL_STEP_DB && strcmp(now->why, told->why) == 0 &&
	       strcmp(now->port, told->port) == 0 && strcmp(now->manufacturer, told->manufacturer) == 0 &&
	       strcmp(now->model, told->model) == 0 && strcmp(now->imei, told->imei) == 0 &&
	       strcmp(now->sim, told->sim) == 0 && strcmp(now->network, told->network) == 0 &&
	       strcmp(now->technology, told->technology) == 0;
}

void gsm_tell_status(struct gsm *g)
{
	if (status_is_told(g))
		return;

	g->told = g->status;
	g->told_once = true;
	memset(&g->tell, 0, sizeof(g->tell));
	g->tell.type = BEARER_TELL_STATUS;
	g->tell.status = g->status;
	gsm_tell(g, &g->tell);
}

void gsm_state(struct gsm *g, enum bearer_state state, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(g->status.why, sizeof(g->status.why), format, arguments);
	va_end(arguments);
	g->status.state = state;
	gsm_tell_status(g);
}

void gsm_reply(struct gsm *g, uint32_t token, bool last, const char *text)
{
	memset(&g->tell, 0, sizeof(g->tell));
	g->tell.type = BEARER_TELL_REPLY;
	g->tell.token = token;
	g->tell.last = last;
	snprintf(g->tell.reply.text, sizeof(g->tell.reply.text), "%s", text);
	gsm_tell(g, &g->tell);
}

static void ask_job(struct gsm *g, const struct bearer_ask *ask)
{
	if (g->job_count == GSM_JOBS_MAX) {
		gsm_reply(g, ask->token, true, "busy with other commands; try again");
		return;
	}
	if (strlen(ask->text) >= GSM_JOB_TEXT_MAX) {
		gsm_reply(g, ask->token, true, "refused: the command is too long");
		return;
	}

	struct gsm_job *job = &g->job[g->job_count++];

	job->ussd = ask->type == BEARER_ASK_USSD;
	job->token = ask->token;
	snprintf(job->text, sizeof(job->text), "%s", ask->text);
	gsm_due(g, CHORE_SERVICE, 0);
}

static void ask_send(struct gsm *g, const struct bearer_ask *ask)
{
	if (!g->send_waiting) {
		g->ask = *ask;
		g->send_waiting = true;
		if (g->status.state != BEARER_READY)
			gsm_send_refuse(g, g->status.why);
		return;
	}

	/* Against the contract; still exactly one answer for each. */
	memset(&g->tell, 0, sizeof(g->tell));
	g->tell.type = BEARER_TELL_RESULT;
	g->tell.result = (struct bearer_result){.delivery = ask->send.delivery,
		.attempt = ask->send.attempt,
		.segment = ask->send.segment,
		.outcome = BEARER_NOT_SENT,
		.reference = -1,
		.error = "a modem takes one message at a time"};
	gsm_tell(g, &g->tell);
}

void gsm_asks(struct gsm *g)
{
	struct bearer_ask ask;

	while (g->end != GSM_STOP) {
		int result = bearer_ask_read(g->hub, &ask);

		if (result == -EAGAIN)
			return;
		if (result == -EBADMSG || result == -EMSGSIZE)
			continue;
		if (result < 0) {
			gsm_end(g, GSM_STOP);
			return;
		}

		switch (ask.type) {
		case BEARER_ASK_SEND: ask_send(g, &ask); break;
		case BEARER_ASK_KEPT: gsm_receive_kept(g, ask.token); break;
		case BEARER_ASK_PIN:
			g->pin_answered = true;
			snprintf(g->pin, sizeof(g->pin), "%.15s", ask.text);
			explicit_bzero(&ask, sizeof(ask));
			break;
		case BEARER_ASK_COMMAND:
		case BEARER_ASK_USSD: ask_job(g, &ask); break;
		case BEARER_ASK_STOP: gsm_end(g, GSM_STOP); break;
		}
	}
}
