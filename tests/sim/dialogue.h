/* The AT line protocol, modem side (ITU-T V.250; 27.005 3.5.1 for the prompt). */
#ifndef BANDITORE_SIM_DIALOGUE_H
#define BANDITORE_SIM_DIALOGUE_H

#include "tests/sim/sim.h"

enum answer_kind {
	ANSWER_OK,
	ANSWER_ERROR,
	ANSWER_CME,
	ANSWER_CMS,
	ANSWER_NO_CARRIER,
	ANSWER_LATER /* said by someone else */,
	ANSWER_NOTHING /* over, unsaid */
};
struct answer {
	enum answer_kind kind;
	int code;
};
struct answer answer_ok(void);
struct answer answer_error(void);
struct answer answer_cme(int code);
struct answer answer_cms(int code);
struct answer answer_later(void);

/* V.250 settings after a reset; drops what was typed and what was held back. */
void dialogue_reset(struct modem *m);

/* Octets from the line. */
void dialogue_feed(struct modem *m, const void *data, size_t length);

/* One information line. */
void say(struct modem *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One information line and below it a second, as +CMGR and +CDS need. */
void say_pair(struct modem *m, const char *first, const char *second);

/* An unsolicited line (lines separated by '\n'), held back while a prompt is open. */
void urc(struct modem *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with a second line below, as +CMT and +CDS are. */
void urc_pair(struct modem *m, const char *first, const char *second);

/* Octets as they are, at once, whatever the state: noise, and lines put where they hurt. */
void say_raw_line(struct modem *m, const char *line);

/* The final result code of an ANSWER_LATER command; the next command may come. */
void dialogue_finish(struct modem *m, struct answer answer);

/* Only its text, for an answer that comes when nobody waits any more. */
void dialogue_say_result(struct modem *m, struct answer answer);

/* AT+CMGS and AT+CMGW have been taken: the prompt, and then the body, follow. */
void dialogue_prompt(struct modem *m);

#endif
