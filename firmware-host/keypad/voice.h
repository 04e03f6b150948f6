/* The keypad's voice: sentences through espeak-ng, beeps through aplay or the console's bell. All of it optional: what the
 * box does not have is left out in silence, and nothing is ever waited for. One thread. */
#ifndef BANDITORE_VOICE_H
#define BANDITORE_VOICE_H

#include "config/settings.h"
#include "firmware-host/keypad/child.h"
#include "firmware-host/keypad/machine.h"

enum { VOICE_STEP = 10 /* percent */, VOICE_WAV_MAX = 24 * 1024 };

struct voice {
	char program[SETTINGS_STRING_MAX]; /* "": does not speak */
	int volume;			   /* percent */
	enum settings_beep beep;	   /* never AUTO */
	int bell_fd;			   /* where the bell is rung; -1: nowhere */
	struct child speech, sound;
};

/* bell_fd: a terminal or text console, the caller's; -1: none. */
void voice_init(struct voice *voice, const struct settings *settings, int bell_fd);
void voice_say(struct voice *voice, const char *text); /* what is being said is cut short */
void voice_beep(struct voice *voice, enum machine_beep beep);
void voice_louder(struct voice *voice, int steps); /* between 0 and 100 */
bool voice_tick(struct voice *voice);		   /* true: call again within a second */
void voice_stop(struct voice *voice);

/* A beep as a WAV file (16 kHz, mono, 16 bits). Returns its octets. Pure. */
size_t voice_wav(enum machine_beep beep, int volume, unsigned char out[VOICE_WAV_MAX]);

#endif
