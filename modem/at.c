#include "modem/at.h"

#include "config/clock.h"
#include "modem/at_dialogue.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	HEX_MAX = 600,	      /* the longest PDU is 12 + 164 octets */
	SETTLE_READS = 16,    /* reads of what came while idle, in front of a command; a flood is not waited out */
	DRAIN_QUIET_MS = 100, /* at_resync: so long silent, and no longer in all than the next, */
	DRAIN_MS = 300,
	PROBE_MS = 600,	 /* then so long for an answer to AT, */
	LONE_MS = 50,	 /* and so long without a second one */
	ESCAPE_MS = 500, /* to write an ESC */
};

struct at *at_new(int fd)
{
	struct at *at = calloc(1, sizeof(*at));

	if (!at)
		return NULL;
	at_port_init(&at->port, fd);
	at_line_init(&at->line);
	at->in_step = true;
	return at;
}

void at_free(struct at *at)
{
	if (!at)
		return;
	at_urcs_clear(&at->urcs);
	free(at);
}

void at_set_trace(struct at *at, FILE *out)
{
	at->port.trace = out;
}

void at_set_pace(struct at *at, unsigned chunk_octets, unsigned chunk_ms, unsigned gap_ms)
{
	at->port.chunk_octets = chunk_octets;
	at->port.chunk_ms = chunk_ms;
	at->gap_ms = gap_ms;
}

bool at_is_gone(const struct at *at)
{
	return at->port.gone;
}

void at_figures(const struct at *at, struct at_figures *ret)
{
	ret->octets_in = at->port.octets_in;
	ret->octets_out = at->port.octets_out;
	ret->lines_dropped = at->lines_dropped;
}

/* ---- reading ---- */

/* Gives the octets read so far to the tokeniser, up to the end of the pending command. */
static void take_lines(struct at *at)
{
	struct at_pending *pending = &at->pending;
	struct at_port *port = &at->port;

	while (!pending->done && !pending->prompted) {
		bool was_open = at_line_is_open(&at->line);
		size_t used;
		enum at_line_event event = at_line_feed(&at->line, port->in + port->in_used,
			port->in_end - port->in_used, pending->phase == PHASE_PROMPT, &used);

		port->in_used += used;
		if (!was_open && at_line_is_open(&at->line))
			at->span_until = clock_mono_ms() + AT_SPAN_MS;
		switch (event) {
		case AT_LINE_MORE: return;
		case AT_LINE_WHOLE: at_received(at); break;
		case AT_LINE_PROMPT:
			at_port_trace(port, '<', ">", 1);
			pending->prompted = true;
			break;
		case AT_LINE_NOISE: at->lines_dropped++; break;
		}
	}
}

/* As at_port_wait, but no longer than an open +CUSD may wait for its closing quote. */
static unsigned wait_input(struct at *at, int wake_fd, int64_t deadline)
{
	bool open = at_line_is_open(&at->line);
	unsigned woken =
		at_port_wait(&at->port, wake_fd, open && at->span_until < deadline ? at->span_until : deadline);

	if (open && !(woken & AT_PORT_INPUT) && clock_left_ms(at->span_until) == 0)
		at_line_break(&at->line);
	return woken;
}

/* Reads until the pending command is done or prompted. False: its deadline passed, or the port has gone. */
static bool run(struct at *at)
{
	struct at_pending *pending = &at->pending;

	for (bool late = false;;) {
		take_lines(at);
		if (pending->done || pending->prompted)
			return true;
		if (late && at_line_is_open(&at->line)) {
			at_line_break(&at->line); /* what looks like text of a +CUSD may hold the final result */
			continue;
		}
		if (late || at->port.gone)
			return false;
		(void)wait_input(at, -1, pending->deadline);
		/* Looked at after each read, so that a flood does not put it off. */
		late = clock_left_ms(pending->deadline) == 0;
	}
}

/* Reads for a while, whatever comes: until `quiet_ms` passed in silence, or the deadline. */
static void drain(struct at *at, int quiet_ms, int64_t deadline)
{
	for (;;) {
		int64_t quiet = clock_mono_ms() + quiet_ms;

		take_lines(at);
		if (at->port.gone || clock_left_ms(deadline) == 0)
			return;
		if (wait_input(at, -1, quiet < deadline ? quiet : deadline) == 0)
			return;
	}
}

/* What came before a command was written is no answer to it. */
static void settle(struct at *at)
{
	int64_t gap_end = at->last_final + at->gap_ms;

	for (int i = 0; i < SETTLE_READS; i++) {
		take_lines(at);
		if (at->port.gone || wait_input(at, -1, INT64_MIN) == 0)
			break;
	}
	take_lines(at);
	if (at->gap_ms > 0 && clock_left_ms(gap_end) > 0)
		drain(at, (int)at->gap_ms, gap_end);
}

/* ---- commands ---- */

static void pending_clear(struct at *at)
{
	at->pending = (struct at_pending){.phase = PHASE_IDLE};
}

/* Clears what is read of a reply, but not its 8 KiB of text. */
static void reply_clear(struct at_reply *reply)
{
	reply->result = AT_OUT_OF_STEP;
	reply->code = -1;
	reply->sent = false;
	reply->final[0] = '\0';
	reply->count = 0;
	reply->text[0] = '\0';
}

static bool is_dialling(const char *command)
{
	return at_starts_with(command, "ATD") || strcasecmp(command, "ATA") == 0 || at_starts_with(command, "ATH");
}

static void pending_begin(
	struct at *at, enum at_phase phase, const char *command, const char *prefix, struct at_reply *reply)
{
	struct at_pending *pending = &at->pending;
	const char *equals = strchr(command, '=');
	size_t length = strlen(command);

	pending_clear(at);
	pending->phase = phase;
	pending->command = command;
	at_prefix_of(command, pending->own);
	pending->prefix = prefix ? prefix : pending->own;
	pending->dialling = is_dialling(command);
	pending->setting = equals && equals[1] != '?';
	pending->registration =
		!equals && length > 1 && command[length - 1] == '?' && strstr(pending->own, "REG:") != NULL;
	pending->reply = reply;
}

/* Writes a command and its CR. False: the deadline passed, or the port has gone. */
static bool write_command(struct at *at, const char *command, int64_t deadline)
{
	char out[512];
	size_t length = strlen(command);

	/* The second line of a +CMT may still be on its way: it is no echo. */
	if (!at->header_open)
		at_line_mark(&at->line);
	at_port_trace(&at->port, '>', command, length);
	if (length < sizeof(out)) {
		memcpy(out, command, length);
		out[length] = '\r';
		return at_port_write(&at->port, out, length + 1, deadline) == length + 1;
	}
	return at_port_write(&at->port, command, length, deadline) == length &&
	       at_port_write(&at->port, "\r", 1, deadline) == 1;
}

/* Common to all commands: may one be written now? */
static bool ready(struct at *at, struct at_reply *reply)
{
	reply_clear(reply);
	if (!at->port.gone && at->in_step)
		settle(at);
	reply->result = at->port.gone ? AT_GONE : AT_OUT_OF_STEP;
	return !at->port.gone && at->in_step;
}

/* No final result: gone, or in time no more. */
static void give_up(struct at *at, struct at_reply *reply)
{
	reply->result = at->port.gone ? AT_GONE : AT_TIMEOUT;
	at->in_step = false;
	at->late_until = 0;
	(void)snprintf(at->late, sizeof(at->late), "%s", at->pending.own);
}

static enum at_result command_run(struct at *at, const char *command, const char *prefix, int timeout_ms, int total_ms,
	void (*each)(void *context, const char *line), void *context, struct at_reply *reply)
{
	struct at_pending *pending = &at->pending;
	int64_t now;

	if (!ready(at, reply))
		return reply->result;
	pending_begin(at, PHASE_COMMAND, command, prefix, reply);
	now = clock_mono_ms();
	pending->timeout_ms = timeout_ms;
	pending->limit = now + total_ms;
	pending->deadline = now + (timeout_ms < total_ms ? timeout_ms : total_ms);
	pending->each = each;
	pending->context = context;
	if (!write_command(at, command, pending->deadline) || !run(at))
		give_up(at, reply);
	pending_clear(at);
	return reply->result;
}

enum at_result at_command(
	struct at *at, const char *command, const char *prefix, int timeout_ms, struct at_reply *reply)
{
	return command_run(at, command, prefix, timeout_ms, timeout_ms, NULL, NULL, reply);
}

enum at_result at_command_each(struct at *at, const char *command, const char *prefix, int timeout_ms, int total_ms,
	void (*each)(void *context, const char *line), void *context, struct at_reply *reply)
{
	return command_run(at, command, prefix, timeout_ms, total_ms, each, context, reply);
}

/* ---- sending ---- */

static void write_escape(struct at *at)
{
	if (at->port.gone)
		return;
	at_port_trace(&at->port, '>', "\x1b\r", 2);
	(void)at_port_write(&at->port, "\x1b\r", 2, clock_mono_ms() + ESCAPE_MS);
}

/* Prompt seen: the PDU and Ctrl-Z in one piece, so that sent is exact. */
static bool write_pdu(struct at *at, const char *hex, size_t length, int64_t deadline)
{
	char out[HEX_MAX + 1];
	size_t written;

	memcpy(out, hex, length);
	out[length] = 0x1a;
	at_port_trace(&at->port, '>', out, length + 1);
	written = at_port_write(&at->port, out, length + 1, deadline);
	at->pending.reply->sent = written == length + 1;
	return at->pending.reply->sent;
}

enum at_result at_send_pdu(
	struct at *at, unsigned tpdu_length, const char *hex, int prompt_ms, int answer_ms, struct at_reply *reply)
{
	struct at_pending *pending = &at->pending;
	size_t length = strlen(hex);
	char command[32];

	if (!ready(at, reply))
		return reply->result;
	if (length > HEX_MAX) {
		reply->result = AT_ERROR;
		return AT_ERROR;
	}
	(void)snprintf(command, sizeof(command), "AT+CMGS=%u", tpdu_length);
	pending_begin(at, PHASE_PROMPT, command, NULL, reply);
	pending->deadline = clock_mono_ms() + prompt_ms;
	if (!write_command(at, command, pending->deadline) || !run(at)) {
		write_escape(at);
		give_up(at, reply);
		at->late[0] = '\0';
		goto end;
	}
	if (!pending->prompted)
		goto end;

	pending->phase = PHASE_ANSWER;
	pending->prompted = false;
	pending->hex = hex;
	pending->deadline = clock_mono_ms() + answer_ms;
	if (!write_pdu(at, hex, length, pending->deadline) || !run(at)) {
		give_up(at, reply);
		if (!reply->sent) {
			write_escape(at);
			at->late[0] = '\0';
		}
	}
end:
	pending_clear(at);
	return reply->result;
}

/* ---- back in step ---- */

static void probe_wait(struct at *at, unsigned finals, int64_t deadline)
{
	while (at->pending.finals < finals && !at->port.gone && clock_left_ms(deadline) > 0) {
		(void)wait_input(at, -1, deadline);
		take_lines(at);
	}
}

/* One AT; true when exactly one result came, and it was OK. */
static bool probe(struct at *at, const char *command, bool *ret_numeric)
{
	struct at_pending *pending = &at->pending;
	int64_t deadline = clock_mono_ms() + PROBE_MS;
	bool lone;

	pending_begin(at, PHASE_PROBE, command, "", NULL);
	if (write_command(at, command, deadline)) {
		probe_wait(at, 1, deadline);
		if (pending->finals == 1)
			probe_wait(at, 2, clock_mono_ms() + LONE_MS);
	}
	lone = pending->finals == 1 && pending->oks == 1;
	*ret_numeric = pending->numeric;
	pending_clear(at);
	return lone;
}

int at_resync(struct at *at, int tries)
{
	bool numeric = false;

	at->in_step = false;
	for (int i = 0; i < tries && !at->port.gone; i++) {
		/* ESC first: it leaves a prompt without sending, where Ctrl-Z would send what is there (27.005 §3.5.1). */
		write_escape(at);
		drain(at, DRAIN_QUIET_MS, clock_mono_ms() + DRAIN_MS);
		if (at_line_is_open(&at->line))
			at_line_break(&at->line);
		take_lines(at);
		/* A modem reset to V0 answers with digits (V.250 §6.2.6). */
		if (probe(at, numeric ? "ATE0V1" : "AT", &numeric)) {
			at->in_step = true;
			return 0;
		}
	}
	return -1;
}

/* ---- between commands ---- */

int at_wait(struct at *at, int wake_fd, int64_t deadline_ms)
{
	for (bool late = false;;) {
		unsigned woken;

		take_lines(at);
		if (at->urcs.count > 0)
			return 1;
		if (at->port.gone)
			return -1;
		if (late)
			return 0;
		woken = wait_input(at, wake_fd, deadline_ms);
		if (woken & AT_PORT_WAKE) {
			take_lines(at);
			return at->urcs.count > 0 ? 1 : 2;
		}
		late = clock_left_ms(deadline_ms) == 0;
	}
}

bool at_take_unsolicited(struct at *at, char line[AT_LINE_MAX])
{
	take_lines(at);
	return at_urcs_take(&at->urcs, line);
}
