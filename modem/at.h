/* The AT dialogue with one modem (ITU-T V.250, 3GPP TS 27.005 and 27.007) over one descriptor.
 *
 * Linear and blocking, bounded by a deadline everywhere; one thread. Result codes are matched as whole lines, never as
 * substrings. A line that is neither final nor an answer to the pending command is unsolicited: it is kept, in order, and
 * given out between commands, never eaten. After a time-out the dialogue is out of step: every further command is
 * refused with AT_OUT_OF_STEP until at_resync succeeds, so that a late answer is never taken for the next command's. */
#ifndef BANDITORE_AT_H
#define BANDITORE_AT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	AT_LINE_MAX = 2048,  /* octets of one line; a longer one is cut and counted as noise */
	AT_LINES_MAX = 64,   /* lines of one answer kept; see at_command_each for more */
	AT_REPLY_MAX = 8192, /* octets of one answer kept */
	AT_URCS_MAX = 64,    /* unsolicited lines kept between commands; beyond, the oldest of mere noise goes first */
};

enum at_result {
	AT_OK,
	AT_ERROR,     /* ERROR and its vendors' forms */
	AT_CMS_ERROR, /* code, -1 when it has none */
	AT_CME_ERROR,
	AT_NO_CARRIER,	/* NO CARRIER, BUSY, NO ANSWER, NO DIALTONE: final only for ATD, ATA, ATH */
	AT_TIMEOUT,	/* no final result in time: out of step */
	AT_GONE,	/* the port has gone: read of 0 octets, POLLHUP, POLLERR, EIO, ENODEV */
	AT_OUT_OF_STEP, /* refused: at_resync first */
};

struct at_reply {
	enum at_result result;
	int code;	/* of CMS and CME errors */
	bool sent;	/* at_send_pdu: the closing Ctrl-Z was written, even in part: the message may have left */
	char final[96]; /* the final line as received */
	unsigned count; /* information lines */
	const char *line[AT_LINES_MAX]; /* into text; valid until the reply is used again */
	char text[AT_REPLY_MAX];
};

struct at;

/* `fd` is a port, pseudo-terminal or socket, made non-blocking here; it stays the caller's to close. NULL: out of memory. */
struct at *at_new(int fd);
void at_free(struct at *at); /* NULL is allowed */

/* The wire trace: every line both ways with a time stamp and direction goes to `out` (NULL: none), flushed after
 * each. Not closed here. The PIN of AT+CPIN= is left out. */
void at_set_trace(struct at *at, FILE *out);

/* Octets a slow UART takes at once and the pause after each; 0: as fast as the port takes them. And the least pause
 * between a final result and the next command (Telit asks 20 ms). */
void at_set_pace(struct at *at, unsigned chunk_octets, unsigned chunk_ms, unsigned gap_ms);

/* Sends "AT…\r" and reads up to its final result. `prefix` tells information lines from unsolicited ones ("+CSQ:"); NULL
 * derives it from the command; "" takes every line that is no known unsolicited code, as commands that answer without a
 * prefix need it (derived for AT+CGSN and the like). A +CMGL or +CMGR line brings the PDU behind it. Unsolicited even with
 * the right prefix: what a setting command switches on (+CUSD after AT+CUSD=1, +CLIP after AT+CLIP=1) and the unsolicited
 * form of +CREG (at_class.h). Returns reply->result; with AT_TIMEOUT the reply holds the lines that came, because some
 * modems answer AT+CPIN? without an OK. What came before the command was written is never its answer, and after a
 * time-out the late answer of the old command goes to the unsolicited lines, its OK with it. */
enum at_result at_command(
	struct at *at, const char *command, const char *prefix, int timeout_ms, struct at_reply *reply);

/* The same, giving each information line to `each` as it comes (AT+CMGL of a full store); the time-out starts again at
 * each line, `total_ms` bounds the whole. reply->count stays 0. `each` may not use the dialogue; `line` lasts until it returns. */
enum at_result at_command_each(struct at *at, const char *command, const char *prefix, int timeout_ms, int total_ms,
	void (*each)(void *context, const char *line), void *context, struct at_reply *reply);

/* AT+CMGS=<length>, prompt, hexadecimal PDU, Ctrl-Z, answer. reply->sent false with any error means that nothing left: an
 * error in place of the prompt is an error, never a prompt; a missing prompt ends with ESC and AT_TIMEOUT. A modem that restarts while it holds the PDU
 * (RDY…) will not answer: AT_TIMEOUT with sent at once. A hex longer than any PDU is AT_ERROR, unsent. AT_OK without a
 * "+CMGS:" line is possible: the network took it and the reference is unknown. */
enum at_result at_send_pdu(
	struct at *at, unsigned tpdu_length, const char *hex, int prompt_ms, int answer_ms, struct at_reply *reply);

/* Back in step: ESC, drain, AT until one lone OK. Lines met on the way are kept as unsolicited (a late "+CMGS: 142" among
 * them). 0, or -1: no answer, or gone. Blocks for about tries × 1 s at most. */
int at_resync(struct at *at, int tries);
bool at_is_gone(const struct at *at);

/* Waits until an unsolicited line is there, or `wake_fd` (-1: none) is readable, or the deadline (clock_mono_ms) passes.
 * Returns 1: a line; 2: wake_fd; 0: deadline; -1: gone. A line goes first when both are there. */
int at_wait(struct at *at, int wake_fd, int64_t deadline_ms);

/* Takes the oldest unsolicited line; a two-line code (+CMT, +CDS, +CBM) comes as one, header and what follows it
 * separated by '\n': a PDU, damaged or not, or the text of a modem that has lost AT+CMGF=0. Without '\n' the second line
 * did not come. A multi-line +CUSD keeps its line ends. */
bool at_take_unsolicited(struct at *at, char line[AT_LINE_MAX]);

/* Figures for health: noise octets and lines dropped since the start. */
struct at_figures {
	uint64_t octets_in, octets_out, lines_dropped;
};
void at_figures(const struct at *at, struct at_figures *ret);

#endif
