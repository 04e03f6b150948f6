/* The keypad as a process of its own: the pad or stdin, the state machine, the database, and what speaks to the officer. It
 * opens the database like any command, pokes the appliance, and needs neither to be answered in time. */
#ifndef BANDITORE_KEYPAD_H
#define BANDITORE_KEYPAD_H

#include "db/officer.h"
#include "firmware-host/cli.h"
#include "firmware-host/keypad/device.h"
#include "firmware-host/keypad/draft.h"
#include "firmware-host/keypad/machine.h"
#include "firmware-host/keypad/terminal.h"
#include "firmware-host/keypad/voice.h"

struct keypad {
	struct cli *cli; /* with settings, texts and database */
	struct sheet *sheet;
	struct machine machine;
	struct machine_actions actions;
	struct draft draft, spare; /* what was read back; one being composed */
	struct voice voice;
	bool from_stdin;
	bool script; /* stdin is no terminal: the first thing that goes wrong ends it */
	bool json;
	struct terminal terminal;
	struct device device;
	int console_fd; /* -1: none */
	int signal_fd;
	bool over;
	int64_t progress_at;		    /* clock_mono_ms when to look next how far the running message is */
	char spoken[MACHINE_TEXT_MAX];	    /* of one step */
	char who[2 * OFFICER_NAME_MAX + 4]; /* who ordered the message kept last */
	bool has_result;
	enum machine_result result;
	struct message kept;	    /* the last; id 0: none */
	char trouble[ERR_TEXT_MAX]; /* English, of the last RESULT_FAULT */
};

/* keypad.c. Runs until the input ends or a signal asks to. `device`: "-" is stdin, else as keypad.device. */
int keypad_run(struct cli *cli, const char *device, bool json, struct err *err);

/* keypad_act.c: does what the machine wants, and gives it the answers, until it wants nothing more. */
void keypad_step(struct keypad *keypad, const struct machine_event *event);
void keypad_resume(struct keypad *keypad); /* a message whose window is still open */
void keypad_progress(struct keypad *keypad);

/* keypad_show.c: a line to wherever lines go; the prompt on a terminal; the result as JSON and as an exit status. */
void keypad_show(struct keypad *keypad, const char *text);
void keypad_show_prompt(struct keypad *keypad);
void keypad_show_result(struct keypad *keypad, enum machine_result result);
int keypad_exit(const struct keypad *keypad, struct err *err);

#endif
