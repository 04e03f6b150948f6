/* What a technician asks between two messages: AT commands and USSD codes. */
#include "config/clock.h"
#include "modem/gsm.h"
#include "modem/gsm7.h"
#include "modem/pdu.h"

#include <ctype.h>
#include <string.h>

enum {
	COMMAND_MS = 30000,
	COMMAND_ALL_MS = 120000,
	SCAN_MS = 180000, /* AT+COPS=? looks at every band */
	USSD_CODE_MAX = 160,
	USSD_WANTS_MORE = 1, /* 27.007 §7.15 */
	USSD_RELEASED = 2,
	RELEASE_MS = 2000,
};

/* Why a command would break the dialogue; NULL: it would not. `text` is upper case without blanks. */
static const char *command_refused(const struct gsm *g, const char *text)
{
	static const struct {
		const char *part;
		const char *why;
	} never[] = {
		{"+CMGS", "refused: messages are sent with `alert` and `news` only"},
		{"+CMGW", "refused: it asks for text at a prompt"},
		{"+CMGC", "refused: it asks for text at a prompt"},
		{"+CNMA", "refused: acknowledging is the appliance's"},
		{"+CMGF", "refused: the appliance needs PDU mode"},
		{"+CLAC", "refused: several modems never answer it"},
		{"+IPR", "refused: it would change the speed of the port"},
	};

	if (strncmp(text, "AT", 2) != 0)
		return "refused: a command begins with AT";
	for (const char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return "refused: control characters";
	if (strncmp(text, "ATD", 3) == 0 || strncmp(text, "ATA", 3) == 0 || strncmp(text, "ATO", 3) == 0)
		return "refused: calls are not made from here";
	if (strncmp(text, "ATE", 3) == 0 || strncmp(text, "ATV", 3) == 0 || strncmp(text, "ATQ", 3) == 0)
		return "refused: it would change the form of the answers";
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strstr(text, never[i].part))
			return never[i].why;
	if (strstr(text, "+COPS=?") && g->status.state == BEARER_READY)
		return "refused: a scan would hold up alerts for minutes";
	return NULL;
}

struct stream {
	struct gsm *g;
	uint32_t token;
};

static void stream_line(void *context, const char *line)
{
	const struct stream *stream = context;

	gsm_reply(stream->g, stream->token, false, line);
}

static const char *result_text(const struct gsm *g, enum at_result result)
{
	switch (result) {
	case AT_TIMEOUT: return "no answer in time";
	case AT_GONE: return "the modem was unplugged";
	case AT_OUT_OF_STEP: return "the modem does not answer";
	case AT_OK:
	case AT_ERROR:
	case AT_CMS_ERROR:
	case AT_CME_ERROR:
	case AT_NO_CARRIER: break;
	}
	return g->reply.final;
}

static void command_run(struct gsm *g, const struct gsm_job *job)
{
	char plain[GSM_JOB_TEXT_MAX];
	size_t length = 0;

	for (const char *c = job->text; *c; c++)
		if (*c != ' ')
			plain[length++] = (char)toupper((unsigned char)*c);
	plain[length] = '\0';

	const char *why = command_refused(g, plain);
	if (why) {
		gsm_reply(g, job->token, true, why);
		return;
	}

	struct stream stream = {.g = g, .token = job->token};
	bool scan = strstr(plain, "+COPS=?") != NULL;
	enum at_result result = at_command_each(g->at, job->text, "", scan ? SCAN_MS : COMMAND_MS,
		scan ? SCAN_MS : COMMAND_ALL_MS, stream_line, &stream, &g->reply);

	gsm_reply(g, job->token, true, result_text(g, result));
	gsm_judge(g, result);
	g->store_read = -1; /* whatever the command was */
}

static bool code_is_ussd(const char *code)
{
	return *code && strlen(code) <= USSD_CODE_MAX && code[strspn(code, "0123456789*#+")] == '\0';
}

/* Digits, star and hash are the same in GSM-7 and ASCII (23.038 §6.2.1). */
static void code_pack(const char *code, char *hex)
{
	uint8_t packed[USSD_CODE_MAX];
	size_t octets = gsm7_pack((const uint8_t *)code, strlen(code), 0, packed);

	hex_write(packed, octets, hex);
}

static void ussd_run(struct gsm *g, const struct gsm_job *job)
{
	char packed[2 * USSD_CODE_MAX + 1];

	if (g->ussd_open) {
		gsm_reply(g, job->token, true, "another USSD code waits for its answer");
		return;
	}
	if (!code_is_ussd(job->text)) {
		gsm_reply(g, job->token, true, "a USSD code holds digits, * and # only");
		return;
	}

	code_pack(job->text, packed);
	bool first_packed = g->quirks->ussd == QUIRK_USSD_PACKED;
	enum at_result result =
		gsm_command(g, g->timings.ussd_ok, "AT+CUSD=1,\"%s\",15", first_packed ? packed : job->text);

	/* Which of the two forms a modem takes is not told by its name alone. */
	if (result == AT_ERROR || result == AT_CME_ERROR)
		result = gsm_command(g, g->timings.ussd_ok, "AT+CUSD=1,\"%s\",15", first_packed ? job->text : packed);
	if (result != AT_OK) {
		gsm_reply(g, job->token, true, result_text(g, result));
		return;
	}
	g->ussd_open = true;
	g->ussd_token = job->token;
	g->ussd_text[0] = '\0';
	gsm_due(g, CHORE_USSD, clock_mono_ms() + g->timings.ussd);

	/* Some give the text in front of the OK. */
	for (unsigned i = 0; i < g->reply.count; i++)
		gsm_ussd_arrived(g, g->reply.line[i]);
}

void gsm_service_step(struct gsm *g)
{
	struct gsm_job job;

	g->due[CHORE_SERVICE] = GSM_NEVER;
	if (g->job_count == 0)
		return;
	job = g->job[0];
	g->job_count--;
	memmove(&g->job[0], &g->job[1], (size_t)g->job_count * sizeof(g->job[0]));
	if (g->job_count)
		gsm_due(g, CHORE_SERVICE, 0);

	if (job.ussd)
		ussd_run(g, &job);
	else
		command_run(g, &job);
}

void gsm_service_refuse(struct gsm *g, const char *why)
{
	while (g->job_count > 0)
		gsm_reply(g, g->job[--g->job_count].token, true, why[0] ? why : "the modem is not ready");
	g->due[CHORE_SERVICE] = GSM_NEVER;
}

static void ussd_close(struct gsm *g, const char *text)
{
	g->ussd_open = false;
	g->due[CHORE_USSD] = GSM_NEVER;
	gsm_reply(g, g->ussd_token, true, text);
}

static const char *ussd_meaning(int state)
{
	switch (state) {
	case 2: return "the network ended the session";
	case 3: return "another client of the modem has answered";
	case 4: return "the network or this SIM does not support the code";
	case 5: return "the network did not answer";
	default: return "";
	}
}

/* State 2 may come in front of the text that matters, and 1 wants an answer which nobody is there to give. */
void gsm_ussd_arrived(struct gsm *g, const char *line)
{
	struct at_ussd *ussd = &g->ussd;

	if (!g->ussd_open || !at_parse_cusd(line, ussd))
		return;
	if (!ussd->text[0])
		snprintf(ussd->text, sizeof(ussd->text), "%s", ussd_meaning(ussd->state));
	if (ussd->state == USSD_RELEASED && strchr(line, '"')) {
		snprintf(g->ussd_text, sizeof(g->ussd_text), "%.511s", ussd->text);
		g->due[CHORE_USSD] = clock_mono_ms() + RELEASE_MS;
		return;
	}
	ussd_close(g, ussd->text);
	if (ussd->state == USSD_WANTS_MORE)
		gsm_command(g, g->timings.ussd_ok, "AT+CUSD=2");
}

void gsm_ussd_expired(struct gsm *g)
{
	bool told = g->ussd_text[0] != '\0';

	if (!g->ussd_open)
		return;
	ussd_close(g, told ? g->ussd_text : "the network did not answer the USSD code");
	if (!told)
		gsm_command(g, g->timings.ussd_ok, "AT+CUSD=2");
}
