#include "firmware-host/keypad/keypad.h"

#include "config/clock.h"
#include "firmware-host/keypad/led.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { SECOND_MS = 1000, CHILD_LOOK_MS = 200, PROGRESS_MS = 1000 };

static int signals_take(struct err *err)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &wanted, NULL) != 0)
		return err_set(err, EX_OSERR, "signals: %s", strerror(errno));
	int fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd >= 0 ? fd : err_set(err, EX_OSERR, "signals: %s", strerror(errno));
}

/* ---- input ------------------------------------------------------------------------------------------------------- */

static void event_plain(struct keypad *keypad, enum machine_event_kind kind)
{
	keypad_step(keypad, &(struct machine_event){.kind = kind, .now = clock_mono_ms()});
}

static void keys_type(struct keypad *keypad, int *keys, int count)
{
	for (int i = 0; i < count; i++)
		keypad_step(keypad, &(struct machine_event){.kind = EVENT_KEY, .now = clock_mono_ms(), .key = keys[i]});
}

static void stdin_hear(struct keypad *keypad)
{
	struct terminal *terminal = &keypad->terminal;
	int keys[TERMINAL_KEYS_MAX] = {0};
	char line[TERMINAL_LINE_MAX];

	if (terminal->keys) {
		keys_type(keypad, keys, terminal_keys(terminal, keys));
		sodium_memzero(keys, sizeof keys);
	} else {
		while (!keypad->over && terminal_line(terminal, line))
			keypad_step(keypad,
				&(struct machine_event){.kind = EVENT_LINE, .now = clock_mono_ms(), .text = line});
		sodium_memzero(line, sizeof line);
	}
	if (!terminal->ended || keypad->over)
		return;
	event_plain(keypad, EVENT_END);
	keypad->over = true;
}

static void pad_hear(struct keypad *keypad)
{
	int keys[DEVICE_KEYS_MAX] = {0};
	int count = device_read(&keypad->device, keys);

	keys_type(keypad, keys, count);
	sodium_memzero(keys, sizeof keys);
	if (count < 0)
		event_plain(keypad, EVENT_GONE);
}

static void pad_look(struct keypad *keypad)
{
	if (!device_look(&keypad->device))
		return;
	fprintf(stderr, "keypad: %s\n", keypad->device.name);
	event_plain(keypad, EVENT_BACK);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static int64_t sooner(int64_t one, int64_t other)
{
	return other < one ? other : one;
}

static int wait_ms(struct keypad *keypad)
{
	int64_t now = clock_mono_ms(), until = INT64_MAX;

	if (keypad->machine.deadline != 0)
		until = sooner(until, keypad->machine.deadline);
	if (keypad->machine.running != 0)
		until = sooner(until, keypad->progress_at);
	if (!keypad->from_stdin && keypad->device.fd < 0)
		until = sooner(until, keypad->device.rescan);
	if (voice_tick(&keypad->voice))
		until = sooner(until, now + CHILD_LOOK_MS);
	return until == INT64_MAX ? -1 : clock_left_ms(until);
}

static void turn(struct keypad *keypad)
{
	struct pollfd fds[] = {
		{.fd = keypad->signal_fd, .events = POLLIN},
		{.fd = keypad->from_stdin ? keypad->terminal.fd : keypad->device.fd, .events = POLLIN},
		{.fd = keypad->from_stdin ? -1 : keypad->device.watch_fd, .events = POLLIN},
	};

	(void)poll(fds, sizeof fds / sizeof *fds, wait_ms(keypad));
	if (fds[0].revents != 0) {
		event_plain(keypad, EVENT_END);
		keypad->over = true;
		return;
	}
	if (keypad->from_stdin && fds[1].revents != 0)
		stdin_hear(keypad);
	else if (!keypad->from_stdin && keypad->device.fd >= 0 && fds[1].revents != 0)
		pad_hear(keypad);
	if (!keypad->from_stdin)
		pad_look(keypad);
	event_plain(keypad, EVENT_TIME);
	if (keypad->machine.running != 0 && clock_mono_ms() >= keypad->progress_at) {
		keypad_progress(keypad);
		keypad->progress_at = clock_mono_ms() + PROGRESS_MS;
	}
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static int keypad_open(struct keypad *keypad, const char *device, struct err *err)
{
	const struct settings *settings = keypad->cli->settings;
	const struct machine_policy policy = {
		(int64_t)settings->keypad.timeout_s * SECOND_MS, settings->alert.two_officers};

	if (sheet_read(settings->keypad.sheet, settings->keypad.sheet_given, settings, &keypad->sheet, err) != 0)
		return -1;
	keypad->signal_fd = signals_take(err);
	if (keypad->signal_fd < 0)
		return -1;
	if (settings->keypad.console[0])
		keypad->console_fd = open(settings->keypad.console, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	machine_init(&keypad->machine, keypad->sheet, keypad->cli->texts, &policy);
	keypad->from_stdin = strcmp(device, "-") == 0;
	if (keypad->from_stdin)
		terminal_open(&keypad->terminal, STDIN_FILENO);
	else
		device_open(&keypad->device, device, "/dev/input");
	keypad->script = keypad->from_stdin && !keypad->terminal.keys;
	int bell_fd = keypad->console_fd;
	if (bell_fd < 0 && isatty(STDOUT_FILENO))
		bell_fd = STDOUT_FILENO;
	voice_init(&keypad->voice, settings, bell_fd);
	return 0;
}

static void keypad_close(struct keypad *keypad)
{
	if (keypad->from_stdin)
		terminal_close(&keypad->terminal);
	else if (keypad->sheet && keypad->signal_fd >= 0)
		device_close(&keypad->device);
	led_set(keypad->cli->settings->keypad.led, LED_OFF);
	voice_stop(&keypad->voice);
	if (keypad->console_fd >= 0)
		close(keypad->console_fd);
	if (keypad->signal_fd >= 0)
		close(keypad->signal_fd);
	sheet_free(keypad->sheet);
	sodium_memzero(keypad, sizeof *keypad);
	free(keypad);
}

int keypad_run(struct cli *cli, const char *device, bool json, struct err *err)
{
	struct keypad *keypad = calloc(1, sizeof *keypad);

	if (!keypad)
		return err_set(err, EX_OSERR, "out of memory");
	keypad->cli = cli;
	keypad->json = json;
	keypad->console_fd = keypad->signal_fd = -1;
	keypad->device.fd = keypad->device.watch_fd = -1;
	if (keypad_open(keypad, device, err) != 0) {
		keypad_close(keypad);
		return -1;
	}
	if (!keypad->script) {
		keypad_show(keypad, texts_get(cli->texts, TEXT_KEYPAD_READY));
		keypad_resume(keypad);
	}
	keypad_show_prompt(keypad);
	while (!keypad->over)
		turn(keypad);
	int result = keypad_exit(keypad, err);
	keypad_close(keypad);
	return result;
}
