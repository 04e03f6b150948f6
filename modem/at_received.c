#include "config/clock.h"
#include "modem/at_dialogue.h"

#include <string.h>
#include <strings.h>

enum { LATE_FINAL_MS = 2000 }; /* the final result of a late answer follows its line within this */

bool at_starts_with(const char *line, const char *prefix)
{
	return strncasecmp(line, prefix, strlen(prefix)) == 0;
}

/* ---- unsolicited lines ---- */

static void keep(struct at *at, enum at_rank rank, const char *first, const char *second)
{
	at->lines_dropped += at_urcs_put(&at->urcs, rank, first, second);
}

static unsigned commas(const char *line)
{
	unsigned count = 0;

	for (; *line; line++)
		count += *line == ',';
	return count;
}

/* A PDU-mode header has at most "alpha",length; a text-mode one has more fields, which says that the modem restarted and
 * lost CMGF=0: the message is kept all the same. A text-mode status report has no second line (27.005 §3.4.1). */
static void header_begin(struct at *at, const char *line)
{
	at->header_text = commas(line) >= 2;
	if (at->header_text && at_starts_with(line, "+CDS")) {
		keep(at, AT_RANK_KEPT, line, NULL);
		return;
	}
	(void)snprintf(at->header, sizeof(at->header), "%.*s", AT_HEADER_MAX - 1, line);
	at->header_open = true;
}

static void unsolicited(struct at *at, const char *line)
{
	const struct at_code *code = at_code_find(line);

	/* A modem that has just started has forgotten the message it was given: no answer will come. */
	if (at->pending.phase == PHASE_ANSWER && at_restart_sign(line) == AT_RESTART_SURE)
		at->pending.deadline = INT64_MIN;
	if ((code && code->rank == AT_RANK_NOISE) || (!code && !at_is_text(line))) {
		at->lines_dropped++;
		return;
	}
	if (code && (code->flags & AT_CODE_TWO_LINES))
		header_begin(at, line);
	else
		keep(at, code ? code->rank : AT_RANK_MINOR, line, NULL);
}

/* Is this the second line of the header before it? A line that is surely something else leaves the header alone and is
 * then looked at by itself; a damaged PDU stays with its header, because its message must not vanish unseen. */
static bool header_takes(struct at *at, const char *line)
{
	if (!at->header_open)
		return false;
	at->header_open = false;
	if (!at->header_text && !at_is_hex(line) && at_is_recognised(line)) {
		keep(at, AT_RANK_KEPT, at->header, NULL);
		return false;
	}
	keep(at, AT_RANK_KEPT, at->header, line);
	return true;
}

/* ---- late answers ---- */

/* A line of the answer to a command that timed out, or a +CMGS while no PDU waits for one: the OK after it is not the
 * pending command's. */
static bool late_takes(struct at *at, const char *line)
{
	const struct at_pending *pending = &at->pending;
	bool sending = pending->phase == PHASE_ANSWER;
	bool is_send = at_starts_with(line, "+CMGS:");

	if (is_send ? sending : at->late[0] == '\0' || !at_starts_with(line, at->late) || at_code_find(line))
		return false;
	if (!is_send && pending->phase == PHASE_COMMAND && strcasecmp(at->late, pending->own) == 0)
		return false;
	keep(at, AT_RANK_KEPT, line, NULL);
	at->late_until = clock_mono_ms() + LATE_FINAL_MS;
	return true;
}

/* Commands of 27.005, the only ones that +CMS ERROR answers. */
static bool is_sms_command(const char *command)
{
	static const char *const names[] = {"AT+CMG", "AT+CNM", "AT+CPMS", "AT+CSCA", "AT+CSM", "AT+CMMS", "AT+CSCB",
		"AT+CSAS", "AT+CRES", "AT+CMSS"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (at_starts_with(command, names[i]))
			return true;
	return false;
}

/* A final result that belongs to a command given up long ago. */
static bool late_final(struct at *at, enum at_result result, const char *line)
{
	const struct at_pending *pending = &at->pending;
	bool waiting_send = strcmp(at->late, "+CMGS:") == 0;

	if (at->late_until > 0) {
		bool in_time = clock_mono_ms() < at->late_until;

		at->late_until = 0;
		if (in_time && result == AT_OK) {
			at->late[0] = '\0';
			return true;
		}
	}
	if (result != AT_CMS_ERROR || !waiting_send)
		return false;
	if (pending->phase != PHASE_IDLE && pending->phase != PHASE_PROBE &&
		(pending->phase != PHASE_COMMAND || is_sms_command(pending->command)))
		return false;
	keep(at, AT_RANK_KEPT, line, NULL);
	at->late[0] = '\0';
	return true;
}

/* ---- lines of the pending command ---- */

static bool is_echo(const struct at_pending *pending, const char *line)
{
	size_t length = strlen(line);

	if (pending->phase == PHASE_IDLE)
		return false;
	if (strcasecmp(line, pending->command) == 0)
		return true;
	return pending->phase == PHASE_ANSWER && length >= 8 && strncasecmp(line, pending->hex, length) == 0;
}

static void finish(struct at *at, enum at_result result, int code, const char *line)
{
	struct at_reply *reply = at->pending.reply;

	reply->result = result;
	reply->code = code;
	(void)snprintf(reply->final, sizeof(reply->final), "%.*s", (int)sizeof(reply->final) - 1, line);
	at->pending.done = true;
	at->last_final = clock_mono_ms();
}

/* True: the line was a final result, whoever's. */
static bool final_takes(struct at *at, const char *line)
{
	struct at_pending *pending = &at->pending;
	enum at_result result = AT_OK;
	int code = -1;

	if (!at_final_read(line, pending->dialling, &result, &code))
		return false;
	if (late_final(at, result, line))
		return true;
	switch (pending->phase) {
	case PHASE_IDLE: at->lines_dropped++; break;
	case PHASE_PROBE:
		pending->finals++;
		pending->oks += result == AT_OK;
		break;
	case PHASE_PROMPT:
		/* An OK cannot answer AT+CMGS before the PDU: it is a stray one. */
		if (result == AT_OK)
			at->lines_dropped++;
		else
			finish(at, result, code, line);
		break;
	case PHASE_COMMAND:
	case PHASE_ANSWER: finish(at, result, code, line); break;
	}
	return true;
}

/* "READY" or "SIM PIN" without their prefix: some modems leave it out. */
static bool is_bare_pin_state(const struct at_pending *pending, const char *line)
{
	line += strspn(line, " ");
	return strcasecmp(pending->prefix, "+CPIN:") == 0 &&
	       (strcasecmp(line, "READY") == 0 || at_starts_with(line, "SIM P") || at_starts_with(line, "PH-"));
}

static bool has_prefix(const struct at_pending *pending, const char *line)
{
	if (pending->prefix[0] && at_starts_with(line, pending->prefix))
		return true;
	return !pending->prefix[0] && pending->own[0] && at_starts_with(line, pending->own);
}

/* Is the line information that the pending command asked for? */
static bool is_information(struct at_pending *pending, const char *line)
{
	const struct at_code *code;
	bool body = pending->body;

	if (pending->phase != PHASE_COMMAND && pending->phase != PHASE_ANSWER)
		return false;
	code = at_code_find(line);
	if (has_prefix(pending, line)) {
		if (pending->setting && code && (code->flags & AT_CODE_EVEN_IF_SET))
			return false;
		if (pending->registration && at_is_registration_urc(line))
			return false;
		pending->body = at_starts_with(line, "+CMGL") || at_starts_with(line, "+CMGR");
		return true;
	}
	if (code || !at_is_text(line))
		return false;
	if (body && (at_is_hex(line) || !at_is_recognised(line))) {
		pending->body = false;
		return true;
	}
	return !pending->prefix[0] || is_bare_pin_state(pending, line);
}

static void information(struct at *at, const char *line)
{
	struct at_pending *pending = &at->pending;
	struct at_reply *reply = pending->reply;
	size_t room = strlen(line) + 1;

	if (pending->each) {
		int64_t deadline = clock_mono_ms() + pending->timeout_ms;

		pending->deadline = deadline < pending->limit ? deadline : pending->limit;
		pending->each(pending->context, line);
		return;
	}
	if (reply->count == AT_LINES_MAX || room > sizeof(reply->text) - pending->used) {
		at->lines_dropped++;
		return;
	}
	memcpy(reply->text + pending->used, line, room);
	reply->line[reply->count++] = reply->text + pending->used;
	pending->used += room;
}

/* Siemens modems put a quote behind a stored PDU. */
static void drop_stray_quote(struct at_line *line)
{
	if (line->length < 3 || line->text[line->length - 1] != '"')
		return;
	line->text[line->length - 1] = '\0';
	if (at_is_hex(line->text))
		line->length--;
	else
		line->text[line->length - 1] = '"';
}

void at_received(struct at *at)
{
	struct at_pending *pending = &at->pending;
	const char *line = at->line.text;

	if (pending->body)
		drop_stray_quote(&at->line);
	at_port_trace(&at->port, '<', line, at->line.length);
	/* Some modems repeat the prompt after the PDU, without an end of line. */
	if (pending->phase == PHASE_ANSWER && *line == '>')
		line += strspn(line, "> ");
	if (*line == '\0' || is_echo(pending, line) || header_takes(at, line))
		return;
	if (pending->phase == PHASE_PROBE && strcmp(line, "0") == 0) {
		pending->numeric = true;
		pending->finals++;
		return;
	}
	if (final_takes(at, line) || late_takes(at, line))
		return;
	if (is_information(pending, line))
		information(at, line);
	else
		unsolicited(at, line);
}
