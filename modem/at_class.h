/* What a line of an AT dialogue is: final result, known unsolicited code, answer to a command. Pure; any thread. */
#ifndef BANDITORE_AT_CLASS_H
#define BANDITORE_AT_CLASS_H

#include "modem/at.h"

#include <stdbool.h>
#include <stddef.h>

enum { AT_PREFIX_MAX = 24 };

/* Is the whole line a final result code (V.250 §5.7, 27.005 §3.2.5, 27.007 §9.2 and the vendors' own)? Letter case is
 * ignored. `dialling`: the pending command is ATD, ATA or ATH, for which NO CARRIER, BUSY, NO ANSWER, NO DIALTONE and
 * CONNECT are final. *ret_code: of CMS and CME errors told by number or in known words, -1 otherwise. */
bool at_final_read(const char *line, bool dialling, enum at_result *ret_result, int *ret_code);

/* How much an unsolicited line matters when there are too many. */
enum at_rank {
	AT_RANK_NOISE, /* dropped at once */
	AT_RANK_MINOR, /* kept while there is room; the oldest goes first */
	AT_RANK_KEPT,  /* messages, calls, late answers, signs of a restart */
};

enum {
	AT_CODE_TWO_LINES = 1,	 /* a PDU or text follows on the next line */
	AT_CODE_WHOLE = 2,	 /* the line is the name and nothing else; otherwise the name begins it */
	AT_CODE_EVEN_IF_SET = 4, /* unsolicited even while the command that switches it on ("AT+CLIP=1") is pending */
};

/* A known unsolicited code. */
struct at_code {
	const char *name;
	enum at_rank rank;
	unsigned flags;
};

/* Signs that the modem started anew and forgot what it was told. */
enum at_restart {
	AT_RESTART_NONE,
	AT_RESTART_READY, /* SIM or messages got ready: also said late in a start that is known already */
	AT_RESTART_SURE,
};
enum at_restart at_restart_sign(const char *line);

/* NULL: not known. */
const struct at_code *at_code_find(const char *line);

/* The prefix of a command's information lines: "+CSQ:" for "AT+CSQ"; "" for those whose answers have none ("ATI",
 * "AT+CGMI", "AT+CIMI", "AT+CCID"…). */
void at_prefix_of(const char *command, char ret_prefix[AT_PREFIX_MAX]);

/* Of a +CREG, +CGREG, +CEREG or +C5GREG line: the unsolicited form ("+CREG: 1", "+CREG: 1,\"00AF\",…") and not the answer
 * to a query ("+CREG: 0,1"). 27.007 §7.2; the one ambiguous case, "2,5,\"0502\",…", is taken for the answer. */
bool at_is_registration_urc(const char *line);

/* Does the line begin as no echo and no junk does: with the mark of a code, as a final result or as a known code? */
bool at_is_recognised(const char *line);

/* Printable, so that it may be somebody's answer: no control octets but tabs and line ends. */
bool at_is_text(const char *line);

/* Hexadecimal digits only, at least two. */
bool at_is_hex(const char *line);

#endif
