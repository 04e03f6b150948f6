/* The state of an AT dialogue, shared by at.c, which reads and writes, and at_received.c, which says what each line received
 * is. For these two alone; others see modem/at.h. */
#ifndef BANDITORE_AT_DIALOGUE_H
#define BANDITORE_AT_DIALOGUE_H

#include "modem/at.h"
#include "modem/at_class.h"
#include "modem/at_line.h"
#include "modem/at_port.h"
#include "modem/at_urcs.h"

enum { AT_HEADER_MAX = 256 }; /* first line of a two-line code */

/* What the dialogue waits for. */
enum at_phase {
	PHASE_IDLE,
	PHASE_COMMAND, /* the final result of a command */
	PHASE_PROMPT,  /* the prompt of AT+CMGS */
	PHASE_ANSWER,  /* the final result after the PDU */
	PHASE_PROBE,   /* final results of at_resync's AT, counted */
};

struct at_pending {
	enum at_phase phase;
	const char *command; /* as written, without CR: its echo is dropped */
	const char *hex;     /* PHASE_ANSWER: the PDU, whose echo is dropped */
	const char *prefix;
	char own[AT_PREFIX_MAX]; /* derived from the command */
	bool dialling, setting, registration;
	bool body; /* a +CMGL or +CMGR header was read: its PDU follows */
	bool prompted, done;
	unsigned finals, oks;	 /* PHASE_PROBE */
	bool numeric;		 /* PHASE_PROBE: "0" came, the modem is set to V0 */
	int64_t deadline, limit; /* limit: of at_command_each as a whole */
	int timeout_ms;
	void (*each)(void *context, const char *line);
	void *context;
	struct at_reply *reply;
	size_t used; /* of reply->text */
};

struct at {
	struct at_port port;
	struct at_line line;
	struct at_urcs urcs;
	struct at_pending pending;
	bool in_step;
	unsigned gap_ms;
	int64_t last_final; /* clock_mono_ms */
	int64_t span_until; /* an open +CUSD is broken then */
	bool header_open, header_text;
	char header[AT_HEADER_MAX];
	char late[AT_PREFIX_MAX]; /* prefix of the command that timed out: its answer may still come */
	int64_t late_until;	  /* its line has come: an OK before this belongs to it */
	uint64_t lines_dropped;
};

/* Takes the line in at->line: as echo, the second half of a two-line code, a final result, information the pending command
 * asked for, or unsolicited. */
void at_received(struct at *at);

/* Text in front, letter case ignored. */
bool at_starts_with(const char *line, const char *prefix);

#endif
