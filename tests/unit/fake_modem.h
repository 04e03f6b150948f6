/* A modem for tests of the GSM worker: a pseudo-terminal, a thread behind it, a table of answers, two stores for messages.
 *
 * It answers what the table holds for a command, in order, the last one again and again; else what it does by itself (the
 * stores, AT+CMGS with its prompt, a few settings); else ERROR. Every function may be called while it runs. */
#ifndef BANDITORE_TESTS_FAKE_MODEM_H
#define BANDITORE_TESTS_FAKE_MODEM_H

#include <stdbool.h>

struct fake_modem;

/* `link`: a symbolic link made to the pseudo-terminal, replaced if it exists and removed at the end. */
struct fake_modem *fake_modem_new(const char *link);
void fake_modem_free(struct fake_modem *modem);
const char *fake_modem_path(const struct fake_modem *modem); /* the link */

/* Adds an answer: lines separated by '\n', each sent as CR LF line CR LF. "" is silence; ">" is the prompt. `command` is
 * what stands in front of CR, or "PDU" for what ends with Ctrl-Z; a '*' at its end takes whatever follows. In an answer a
 * line "!unplug" closes the terminal, "!text" sends the rest without line end. */
void fake_modem_answer(struct fake_modem *modem, const char *command, const char *answer);
void fake_modem_forget(
	struct fake_modem *modem, const char *command); /* all its answers: back to what it does itself */

/* Echoes what it reads even after ATE0; ends lines with CR CR LF. */
void fake_modem_set_style(struct fake_modem *modem, bool echo, bool crcrlf);

void fake_modem_say(struct fake_modem *modem, const char *lines); /* unsolicited, now; same form as an answer */
void fake_modem_set_mute(struct fake_modem *modem, bool mute);	  /* reads and answers nothing */
void fake_modem_unplug(struct fake_modem *modem);
void fake_modem_plug(struct fake_modem *modem, const char *link); /* as another terminal under another name */

/* A message in a store ("SM", "ME"); header: what stands between the index and the PDU, "0,,30". */
void fake_modem_store(struct fake_modem *modem, const char *store, int index, const char *header, const char *pdu);
bool fake_modem_has(struct fake_modem *modem, const char *store, int index);

/* How often a command came (as `command` of fake_modem_answer); and waiting until it came so often, 5 s at most. */
int fake_modem_count(struct fake_modem *modem, const char *command);
bool fake_modem_wait(struct fake_modem *modem, const char *command, int count);

/* The last one that came, whole; false: none did. */
bool fake_modem_last(struct fake_modem *modem, const char *command, char *out, int size);

#endif
