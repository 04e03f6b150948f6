/* One segment: from the text to the network's word on it. */
#include "config/clock.h"
#include "modem/cms.h"
#include "modem/gsm.h"
#include "modem/pdu.h"
#include "modem/segment.h"

#include <string.h>

enum {
	BATCH_GAP_MS = 5000,	/* 27.005 §3.5.6: the network keeps a link that CMMS=1 asked for 1 to 5 s */
	SICK_SENDS = 3,		/* failures of the modem itself in a row, until it is restarted */
	PATIENCE_MARGIN_S = 30, /* prompt, resynchronisation and one chore beside the network's answer */
	REFERENCE_BITS = 8,	/* understood by every telephone */
	DOUBT_MS = 5 * 60000,	/* so long after a message without an answer, that answer may still come */
};

struct sending {
	char hex[2 * PDU_OCTETS_MAX + 1];
	uint8_t tpdu_length;
	const char *why; /* it could not be encoded */
};

static void result_tell(struct gsm *g, enum bearer_outcome outcome, int reference, int64_t started, const char *error)
{
	const struct bearer_send *send = &g->ask.send;
	bool may_have_left = outcome == BEARER_ACCEPTED || outcome == BEARER_UNKNOWN;

	memset(&g->tell, 0, sizeof(g->tell));
	g->tell.type = BEARER_TELL_RESULT;
	g->tell.result = (struct bearer_result){
		.delivery = send->delivery,
		.attempt = send->attempt,
		.segment = send->segment,
		.outcome = outcome,
		.reference = (int16_t)reference,
		.receipt = may_have_left && send->report && g->status.receipts,
		.elapsed_ms = started ? (int32_t)(clock_mono_ms() - started) : 0,
	};
	snprintf(g->tell.result.error, sizeof(g->tell.result.error), "%s", error);
	g->send_waiting = false;
	gsm_tell(g, &g->tell);
}

void gsm_send_refuse(struct gsm *g, const char *why)
{
	if (g->send_waiting)
		result_tell(g, BEARER_NOT_SENT, -1, 0, why);
}

static bool destination_is_possible(const char *to)
{
	size_t digits = strspn(to + (*to == '+'), "0123456789*#");

	return digits > 0 && digits <= 20 && to[(*to == '+') + digits] == '\0';
}

static bool segment_to_hex(const struct gsm *g, struct sending *ret)
{
	const struct bearer_send *send = &g->ask.send;
	const struct pdu_submit base = {
		.smsc = g->centre_in_pdu ? g->config.smsc : NULL,
		.to = send->to,
		.report = send->report,
		.vp = send->validity_s ? pdu_vp_from_seconds(send->validity_s) : -1,
		.class = send->flash ? 0 : -1,
	};
	struct segment_text text;
	struct segment_plan plan;
	uint8_t octets[PDU_OCTETS_MAX];
	int length = -1;

	ret->why = "out of memory";
	if (segment_text_read(g->ask.text, &text) < 0)
		return false;

	ret->why = "the text is too long";
	if (segment_plan(&text, REFERENCE_BITS, &plan) == 0) {
		ret->why = "the text has no such segment";
		if (send->segment < plan.count)
			length = segment_encode(&text, &plan, send->segment, send->reference, REFERENCE_BITS, &base,
				octets, &ret->tpdu_length, &ret->why);
	}
	segment_text_free(&text);
	if (length < 0)
		return false;

	hex_write(octets, (size_t)length, ret->hex);
	return true;
}

/* What has to be said once before a run of messages, never before each. */
static void batch_begin(struct gsm *g)
{
	if (g->sent_at && clock_mono_ms() - g->sent_at < BATCH_GAP_MS)
		return;

	if (g->quirks->reverts_to_text)
		gsm_command(g, g->timings.command, "AT+CMGF=0");
	if (g->link == GSM_LINK_BATCH && g->ask.send.more && !gsm_ok(g, g->timings.command, "AT+CMMS=1"))
		g->link = GSM_LINK_NEVER;
}

static int answer_timeout_ms(const struct gsm *g)
{
	int seconds = g->config.send_timeout_s;

	if (seconds <= 0)
		seconds = GSM_SEND_TIMEOUT_DEFAULT_S;
	/* A value the comune chose is kept; the usual one gives way to a model known to be slower. */
	if (seconds == GSM_SEND_TIMEOUT_DEFAULT_S && g->quirks->send_timeout_s > seconds)
		seconds = g->quirks->send_timeout_s;
	return seconds * 1000;
}

uint32_t gsm_patience_s(const struct gsm *g)
{
	return (uint32_t)(answer_timeout_ms(g) / 1000) + PATIENCE_MARGIN_S;
}

static void network_lost(struct gsm *g)
{
	if (!g->unregistered_since)
		g->unregistered_since = clock_mono_ms();
	gsm_state(g, BEARER_SEARCHING, "not registered on a network: the last message found no service");
	g->watch_step = 0;
	gsm_due(g, CHORE_WATCH, 0);
}

/* What an error means for the modem, beside what it means for the message. Comes after the result is told. */
static void error_follow_up(struct gsm *g, enum cms_class class, int code, bool cms)
{
	bool obscure = code == -1 || code == 500 || code >= 512;

	if (class == CMS_FULL)
		gsm_receive_announced(g, NULL, -1);
	if (class == CMS_SIM && code >= 10 && (cms ? code >= 310 && code <= 318 : code <= 18))
		gsm_end(g, GSM_RESET); /* the SIM is gone or locked: bring-up finds out which */
	g->errors = class == CMS_MODEM || obscure ? g->errors + 1 : 0;
	if (g->errors >= SICK_SENDS) {
		gsm_state(g, BEARER_HUNG, "the modem fails every message (%d in a row): it is restarted", g->errors);
		gsm_end(g, GSM_HUNG);
	} else if (class == CMS_MODEM) {
		gsm_end(g, GSM_RESET);
	}
}

/* The modem or the network said no. */
static void refused(struct gsm *g, bool cms, int code, const char *final, int64_t started)
{
	enum cms_class class = cms ? cms_class(code) : cme_class(code);
	enum bearer_outcome outcome = cms_outcome(class);
	char error[sizeof(g->tell.result.error)];
	bool no_service = cms ? code == 331 : code == 30 || code == 32;

	if (code >= 0)
		snprintf(error, sizeof(error), "+%s ERROR: %d %s", cms ? "CMS" : "CME", code,
			cms ? cms_meaning(code) : cme_meaning(code));
	else
		snprintf(error, sizeof(error), "%s", final);

	if (no_service)
		outcome = BEARER_NOT_SENT;
	if (cms && code == 330 && g->config.smsc[0] && !g->centre_in_pdu) {
		g->centre_in_pdu = true; /* the SIM forgot its service centre: from now on each message brings it */
		outcome = BEARER_RETRY_SOON;
	}

	result_tell(g, outcome, -1, started, error);
	if (no_service)
		network_lost(g);
	error_follow_up(g, class, code, cms);
}

static void accepted(struct gsm *g, int reference, int64_t started)
{
	g->errors = 0;
	g->rung = 0;
	g->reference = reference;
	g->unanswered = 0;
	result_tell(g, BEARER_ACCEPTED, reference, started, "");
}

static void late_begin(struct gsm *g)
{
	g->late = true;
	g->late_reference = -1;
	g->late_error = -2;
}

/* Ends what late_begin began. True: the answer came meanwhile, and is told. */
static bool late_end(struct gsm *g, int64_t started)
{
	char final[32];

	gsm_unsolicited(g);
	g->late = false;
	if (g->late_reference >= 0) {
		accepted(g, g->late_reference, started);
		return true;
	}
	if (g->late_error == -2)
		return false;
	snprintf(final, sizeof(final), "+CMS ERROR: %d", g->late_error);
	refused(g, true, g->late_error, final, started);
	return true;
}

static void unknown(struct gsm *g, int64_t started, const char *why)
{
	g->unanswered++;
	g->doubt_until = clock_mono_ms() + DOUBT_MS;
	result_tell(g, BEARER_UNKNOWN, -1, started, why);
}

/* No answer within the time. The dialogue is brought back in step first: on the way the answer may still come. */
static void unanswered(struct gsm *g, bool sent, int64_t started)
{
	if (sent)
		late_begin(g);
	gsm_judge(g, AT_TIMEOUT);
	if (sent && late_end(g, started))
		return;
	if (sent)
		unknown(g, started, "no answer after the message was handed over");
	else
		result_tell(g, BEARER_NOT_SENT, -1, started, "the modem gave no prompt");
}

/* The answer of a message given up on may come in front of another message's own. References count up (23.040 §9.2.3.6),
 * so one in its turn is beyond doubt; after any other answer a plain AT tells, because a modem answers it only when it is
 * through with the message at hand. True: that message's own answer came meanwhile, or none, and is told. */
static bool was_of_another(struct gsm *g, enum at_result result, int reference, int64_t started)
{
	int64_t left = started + answer_timeout_ms(g) - clock_mono_ms();

	if (clock_mono_ms() >= g->doubt_until)
		return false;
	if (result == AT_OK && g->reference >= 0 && reference == (uint8_t)(g->reference + 1 + g->unanswered))
		return false;

	late_begin(g);
	result = gsm_command(g, left > g->timings.command ? (int)left : g->timings.command, "AT");
	if (late_end(g, started))
		return true;
	if (result == AT_OK)
		return false;
	unknown(g, started, "the answer may be another message's");
	return true;
}

static void settle(struct gsm *g, enum at_result result, int64_t started)
{
	int reference = result == AT_OK && g->reply.count > 0 ? at_parse_cmgs(g->reply.line[0]) : -1;
	int code = g->reply.code;
	char final[sizeof(g->reply.final)];

	switch (result) {
	case AT_TIMEOUT:
	case AT_OUT_OF_STEP: unanswered(g, g->reply.sent, started); return;
	case AT_GONE:
		result_tell(
			g, g->reply.sent ? BEARER_UNKNOWN : BEARER_NOT_SENT, -1, started, "the modem was unplugged");
		gsm_end(g, GSM_LOST);
		return;
	case AT_OK:
	case AT_ERROR:
	case AT_NO_CARRIER:
	case AT_CMS_ERROR:
	case AT_CME_ERROR: break;
	}

	memcpy(final, g->reply.final, sizeof(final));
	if (g->reply.sent && was_of_another(g, result, reference, started))
		return;
	if (result == AT_OK)
		accepted(g, reference, started);
	else
		refused(g, result != AT_CME_ERROR, result == AT_CMS_ERROR || result == AT_CME_ERROR ? code : -1, final,
			started);
}

void gsm_send(struct gsm *g)
{
	struct sending sending;

	if (!destination_is_possible(g->ask.send.to)) {
		result_tell(g, BEARER_BAD_RECIPIENT, -1, 0, "not a telephone number");
		return;
	}
	if (!segment_to_hex(g, &sending)) {
		result_tell(g, BEARER_BAD_MESSAGE, -1, 0, sending.why);
		return;
	}
	batch_begin(g);
	if (g->end != GSM_ON) {
		gsm_send_refuse(g, "the modem stopped answering before the message");
		return;
	}

	int64_t started = clock_mono_ms();
	enum at_result result = at_send_pdu(
		g->at, sending.tpdu_length, sending.hex, g->timings.prompt, answer_timeout_ms(g), &g->reply);

	if (result != AT_TIMEOUT && result != AT_OUT_OF_STEP && result != AT_GONE)
		g->silences = 0;
	settle(g, result, started);
	g->sent_at = clock_mono_ms();
}
