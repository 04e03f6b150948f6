/* Commands and what they say of the modem's health; unsolicited lines and whom they concern. */
#include "modem/gsm.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	COMMAND_MAX = 640,
	SILENCES_MAX = 3,	     /* commands without an answer in a row: the modem hangs */
	SILENCES_SETTING_UP_MAX = 6, /* some meet a command they do not know with silence */
};

void gsm_judge(struct gsm *g, enum at_result result)
{
	if (result == AT_GONE || at_is_gone(g->at)) {
		gsm_end(g, GSM_LOST);
		return;
	}
	if (result != AT_TIMEOUT && result != AT_OUT_OF_STEP) {
		g->silences = 0;
		return;
	}

	g->silences++;
	g->mute_now = at_resync(g->at, g->timings.tries) < 0;
	if (at_is_gone(g->at))
		gsm_end(g, GSM_LOST);
	else if (g->mute_now || g->silences >= (g->serving ? SILENCES_MAX : SILENCES_SETTING_UP_MAX))
		gsm_end(g, GSM_HUNG);
}

static enum at_result command_run(struct gsm *g, int timeout_ms, const char *command, const char *prefix)
{
	gsm_asks(g);
	if (g->end != GSM_ON || !g->at) {
		g->reply.count = 0;
		g->reply.final[0] = '\0';
		g->reply.result = AT_GONE;
		return AT_GONE;
	}
	enum at_result result = at_command(g->at, command, prefix, timeout_ms, &g->reply);

	gsm_judge(g, result);
	return result;
}

__attribute__((format(printf, 3, 0))) static enum at_result command_format(
	struct gsm *g, int timeout_ms, const char *format, va_list arguments)
{
	char command[COMMAND_MAX];

	vsnprintf(command, sizeof(command), format, arguments);
	enum at_result result = command_run(g, timeout_ms, command, NULL);

	explicit_bzero(command, sizeof(command)); /* it may have been the PIN */
	return result;
}

enum at_result gsm_command_any(struct gsm *g, int timeout_ms, const char *command)
{
	return command_run(g, timeout_ms, command, "");
}

enum at_result gsm_command(struct gsm *g, int timeout_ms, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	enum at_result result = command_format(g, timeout_ms, format, arguments);
	va_end(arguments);
	return result;
}

bool gsm_ok(struct gsm *g, int timeout_ms, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	enum at_result result = command_format(g, timeout_ms, format, arguments);
	va_end(arguments);
	return result == AT_OK;
}

const char *gsm_line(const struct gsm *g, const char *prefix)
{
	size_t length = strlen(prefix);

	for (unsigned i = 0; i < g->reply.count; i++) {
		const char *line = g->reply.line[i];

		if (strncasecmp(line, prefix, length) == 0)
			return line + length + strspn(line + length, " ");
	}
	return NULL;
}

/* ---- unsolicited lines ---- */

/* Signs that the modem started anew and forgot what it was told: 1 for sure, 2 when it still gets ready for messages. */
static int restart_sign(const char *line)
{
	static const char *const sure[] = {"RDY", "^SYSSTART", "*ATREADY", "NORMAL POWER DOWN"};
	static const char *const soft[] = {"+CPIN:", "Call Ready", "SMS Ready", "+QIND: SMS DONE", "SMS DONE",
		"^SIMST:", "+CFUN:", "+SIM:", "+READY"};

	for (size_t i = 0; i < sizeof(sure) / sizeof(sure[0]); i++)
		if (strncasecmp(line, sure[i], strlen(sure[i])) == 0)
			return 1;
	for (size_t i = 0; i < sizeof(soft) / sizeof(soft[0]); i++)
		if (strncasecmp(line, soft[i], strlen(soft[i])) == 0)
			return 2;
	return 0;
}

static bool begins(const char *line, const char *prefix)
{
	return strncasecmp(line, prefix, strlen(prefix)) == 0;
}

static void announced(struct gsm *g, const char *line)
{
	char store[AT_WORD_MAX];
	int index;

	if (at_parse_stored(line, store, &index))
		gsm_receive_announced(g, store, index);
	else
		gsm_receive_announced(g, NULL, -1);
}

static void late_answer(struct gsm *g, const char *line)
{
	if (!g->late)
		return;
	if (begins(line, "+CMGS:"))
		g->late_reference = at_parse_cmgs(line);
	else
		g->late_error = (int)strtol(line + strlen("+CMS ERROR:"), NULL, 10);
}

static void unsolicited_line(struct gsm *g, const char *line)
{
	if (begins(line, "+CMTI") || begins(line, "+CDSI")) {
		announced(g, line);
	} else if (begins(line, "+CMT:") || begins(line, "+CDS:") || begins(line, "+CBM:")) {
		gsm_receive_direct(g, line);
	} else if (begins(line, "RING") || begins(line, "+CRING")) {
		gsm_call_rings(g);
	} else if (begins(line, "+CLIP:")) {
		gsm_call_number(g, line);
	} else if (begins(line, "NO CARRIER") || begins(line, "^CEND") || begins(line, "HANGUP:") ||
		   begins(line, "+WIND: 6")) {
		gsm_call_ended(g);
	} else if (begins(line, "+CUSD:")) {
		gsm_ussd_arrived(g, line);
	} else if (begins(line, "+CMGS:") || begins(line, "+CMS ERROR:")) {
		late_answer(g, line);
	} else if (begins(line, "+SMS FULL") || begins(line, "^SMMEMFULL")) {
		g->full = ~0U;
		gsm_receive_announced(g, NULL, -1);
	} else if (restart_sign(line) == 1 || (restart_sign(line) == 2 && g->serving)) {
		gsm_end(g, GSM_RESET);
	} else if (restart_sign(line) == 2) {
		g->restart_seen = true;
	}
}

void gsm_unsolicited(struct gsm *g)
{
	char line[AT_LINE_MAX];

	while (g->at && at_take_unsolicited(g->at, line))
		unsolicited_line(g, line);
}
