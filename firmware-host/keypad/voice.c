#include "firmware-host/keypad/voice.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	SPEECH_MS = 60 * 1000, /* a read-back with its message takes about 20 s */
	SOUND_MS = 3 * 1000,
	RATE = 16000,
	WAV_HEADER = 44,
	ESPEAK_LOUDEST = 200, /* its -a */
	TONES_MAX = 3,

};

void voice_init(struct voice *voice, const struct settings *settings, int bell_fd)
{
	const char *program = settings->keypad.speech;

	*voice = (struct voice){.volume = settings->keypad.volume, .beep = settings->keypad.beep, .bell_fd = bell_fd};
	if (strcmp(program, "auto") == 0)
		program = child_find("espeak-ng") ? "espeak-ng" : "";
	else if (strcmp(program, "off") == 0)
		program = "";
	(void)snprintf(voice->program, sizeof voice->program, "%s", program);
	if (voice->beep == BEEP_AUTO)
		voice->beep = child_find("aplay") ? BEEP_AUDIO : BEEP_BELL;
}

void voice_say(struct voice *voice, const char *text)
{
	char loudness[16];
	const char *const argv[] = {voice->program, "-v", "it", "-s", "150", "-a", loudness, "--stdin", NULL};

	child_stop(&voice->speech);
	if (voice->program[0] == '\0' || voice->volume == 0)
		return;
	(void)snprintf(loudness, sizeof loudness, "%d", voice->volume * ESPEAK_LOUDEST / 100);
	(void)child_start(&voice->speech, argv, text, strlen(text), SPEECH_MS);
}

/* ---- beeps ------------------------------------------------------------------------------------------------------- */

static const struct {
	int hertz[TONES_MAX]; /* 0: no more */
	int ms;		      /* each */
} tones[] = {
	[BEEP_KEY] = {{1200}, 30},
	[BEEP_ASK] = {{660, 880}, 90},
	[BEEP_WRONG] = {{220, 165}, 200},
	[BEEP_TICK] = {{880}, 60},
	[BEEP_SENT] = {{523, 659, 784}, 120},
	[BEEP_STOPPED] = {{784, 392}, 120},
};

static void put_little(unsigned char *out, uint32_t value, int octets)
{
	for (int i = 0; i < octets; i++)
		out[i] = (unsigned char)(value >> (8 * i));
}

static void header_put(unsigned char *out, uint32_t octets)
{
	memcpy(out, "RIFF\0\0\0\0WAVEfmt ", 16);
	put_little(out + 4, WAV_HEADER - 8 + octets, 4);
	put_little(out + 16, 16, 4); /* of the format */
	put_little(out + 20, 1, 2);  /* PCM */
	put_little(out + 22, 1, 2);  /* channel */
	put_little(out + 24, RATE, 4);
	put_little(out + 28, RATE * 2, 4); /* octets a second */
	put_little(out + 32, 2, 2);	   /* octets a sample */
	put_little(out + 34, 16, 2);	   /* bits a sample */
	memcpy(out + 36, "data", 4);
	put_little(out + 40, octets, 4);
}

size_t voice_wav(enum machine_beep beep, int volume, unsigned char out[VOICE_WAV_MAX])
{
	int samples = RATE * tones[beep].ms / 1000;
	unsigned char *at = out + WAV_HEADER;

	for (int tone = 0; tone < TONES_MAX && tones[beep].hertz[tone] != 0; tone++) {
		for (int i = 0; i < samples; i++) {
			int edge = i < samples - i ? i : samples - i; /* fades in and out, or it would click */
			double fade = edge < RATE / 200 ? edge * 200.0 / RATE : 1.0;
			double wave = sin(2.0 * M_PI * tones[beep].hertz[tone] * i / RATE);
			put_little(at, (uint32_t)(int32_t)(wave * fade * 30000.0 * volume / 100.0), 2);
			at += 2;
		}
	}
	header_put(out, (uint32_t)(at - out - WAV_HEADER));
	return (size_t)(at - out);
}

void voice_beep(struct voice *voice, enum machine_beep beep)
{
	static const char *const argv[] = {"aplay", "-q", "-", NULL};
	unsigned char wav[VOICE_WAV_MAX];

	if (voice->beep == BEEP_BELL && beep != BEEP_KEY && voice->bell_fd >= 0) {
		ssize_t ignored = write(voice->bell_fd, "\a", 1);
		(void)ignored;
	}
	if (voice->beep != BEEP_AUDIO || voice->volume == 0)
		return;
	(void)child_start(&voice->sound, argv, wav, voice_wav(beep, voice->volume, wav), SOUND_MS);
}

void voice_louder(struct voice *voice, int steps)
{
	int volume = voice->volume + steps * VOICE_STEP;

	voice->volume = volume < 0 ? 0 : volume > 100 ? 100 : volume;
}

bool voice_tick(struct voice *voice)
{
	bool speaks = child_tick(&voice->speech), sounds = child_tick(&voice->sound);

	return speaks || sounds;
}

void voice_stop(struct voice *voice)
{
	child_stop(&voice->speech);
	child_stop(&voice->sound);
}
