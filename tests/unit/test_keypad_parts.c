/* What surrounds the keypad's machine: keys and pads, lines and terminals, beeps, the LED, programs run beside it. A virtual
 * pad where the kernel offers uinput. */
#include "config/clock.h"
#include "firmware-host/keypad/child.h"
#include "firmware-host/keypad/device.h"
#include "firmware-host/keypad/led.h"
#include "firmware-host/keypad/terminal.h"
#include "firmware-host/keypad/voice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four of them first */
#include <cmocka.h>

#include <fcntl.h>
#include <libevdev/libevdev-uinput.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000 };

/* ---- keys and pads ----------------------------------------------------------------------------------------------- */

static void test_keys(void **state)
{
	static const unsigned pad[] = {
		KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4, KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9};
	static const unsigned row[] = {KEY_0, KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6, KEY_7, KEY_8, KEY_9};
	static const unsigned off[] = {KEY_INSERT, KEY_END, KEY_DOWN, KEY_PAGEDOWN, KEY_LEFT, KEY_CLEAR, KEY_RIGHT,
		KEY_HOME, KEY_UP, KEY_PAGEUP}; /* NumLock off */

	(void)state;
	for (int digit = 0; digit < 10; digit++) {
		assert_int_equal(device_key(pad[digit]), '0' + digit);
		assert_int_equal(device_key(row[digit]), '0' + digit);
		assert_int_equal(device_key(off[digit]), '0' + digit);
	}
	assert_int_equal(device_key(KEY_KPENTER), MACHINE_ENTER);
	assert_int_equal(device_key(KEY_ENTER), MACHINE_ENTER);
	assert_int_equal(device_key(KEY_BACKSPACE), MACHINE_ERASE);
	assert_int_equal(device_key(KEY_KPDOT), MACHINE_ERASE);
	assert_int_equal(device_key(KEY_DELETE), MACHINE_ERASE); /* KPDOT with NumLock off */
	assert_int_equal(device_key(KEY_KPSLASH), MACHINE_CANCEL);
	assert_int_equal(device_key(KEY_NUMLOCK), 0);
	assert_int_equal(device_key(KEY_A), 0);
	assert_int_equal(device_key(KEY_POWER), 0);
}

static struct libevdev *pad_make(const char *name, bool letters)
{
	struct libevdev *evdev = libevdev_new();

	assert_non_null(evdev);
	libevdev_set_name(evdev, name);
	libevdev_enable_event_type(evdev, EV_KEY);
	for (unsigned code = KEY_NUMLOCK; code <= KEY_KPDOT; code++)
		libevdev_enable_event_code(evdev, EV_KEY, code, NULL);
	libevdev_enable_event_code(evdev, EV_KEY, KEY_KPENTER, NULL);
	libevdev_enable_event_code(evdev, EV_KEY, KEY_BACKSPACE, NULL);
	for (unsigned code = KEY_Q; letters && code <= KEY_SPACE; code++)
		libevdev_enable_event_code(evdev, EV_KEY, code, NULL);
	return evdev;
}

static void test_pads(void **state)
{
	struct libevdev *pad = pad_make("HID 04d9:1203", false), *claims = pad_make("Acme USB Keypad", true),
			*keyboard = pad_make("Dell KB216", true), *mouse = libevdev_new(), *buttons = libevdev_new();

	(void)state;
	libevdev_enable_event_code(buttons, EV_KEY, KEY_POWER, NULL);
	assert_true(device_is_pad(pad));
	assert_true(device_is_pad(claims));    /* many pads claim to have letters */
	assert_false(device_is_pad(keyboard)); /* somebody may need it */
	assert_false(device_is_pad(mouse));
	assert_false(device_is_pad(buttons));
	libevdev_disable_event_code(pad, EV_KEY, KEY_KP5);
	assert_false(device_is_pad(pad));
	libevdev_free(pad);
	libevdev_free(claims);
	libevdev_free(keyboard);
	libevdev_free(mouse);
	libevdev_free(buttons);
}

/* No pad, a folder that is not there, a file that is no device: awaited, not failed. */
static void test_no_pad(void **state)
{
	char folder[] = "/tmp/banditore-pad-XXXXXX", path[64];
	struct device device;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/event0", folder);
	device_open(&device, "auto", folder);
	assert_true(device.watch_fd >= 0);
	assert_false(device_look(&device));
	int64_t next = device.rescan;
	assert_true(next > clock_mono_ms());
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_false(device_look(&device)); /* something came: looked at at once */
	assert_true(device.rescan >= next);
	device_close(&device);
	device_open(&device, path, folder);
	assert_false(device_look(&device));
	device_close(&device);
	unlink(path);
	rmdir(folder);
	device_open(&device, "auto", "/nonexistent");
	assert_int_equal(device.watch_fd, -1);
	assert_false(device_look(&device));
	device_close(&device);
}

static int keys_await(struct device *device, int *keys, int wanted)
{
	int64_t deadline = clock_mono_ms() + PATIENCE_MS;
	int count = 0;

	while (count >= 0 && count < wanted && clock_left_ms(deadline) > 0) {
		struct pollfd ready = {.fd = device->fd, .events = POLLIN};
		(void)poll(&ready, 1, clock_left_ms(deadline));
		int got = device_read(device, keys + count);
		count = got < 0 ? -1 : count + got;
	}
	return count;
}

static void pad_press(struct libevdev_uinput *pad, unsigned code)
{
	for (int value = 1; value >= 0; value--) {
		assert_int_equal(libevdev_uinput_write_event(pad, EV_KEY, code, value), 0);
		assert_int_equal(libevdev_uinput_write_event(pad, EV_SYN, SYN_REPORT, 0), 0);
	}
}

static void test_virtual_pad(void **state)
{
	static const unsigned codes[] = {KEY_NUMLOCK, KEY_KP3, KEY_NUMLOCK, KEY_KP0, KEY_KPENTER};
	struct libevdev *shape;
	struct libevdev_uinput *pad;
	struct device device;
	int keys[DEVICE_KEYS_MAX + 8];

	(void)state;
	if (access("/dev/uinput", W_OK) != 0) {
		print_message("# /dev/uinput is not there or may not be written\n");
		skip();
	}
	shape = pad_make("Banditore test keypad", false);
	device_open(&device, "Banditore test keypad", "/dev/input");
	assert_false(device_look(&device));
	assert_int_equal(libevdev_uinput_create_from_device(shape, LIBEVDEV_UINPUT_OPEN_MANAGED, &pad), 0);
	int64_t deadline = clock_mono_ms() + PATIENCE_MS;
	while (!device_look(&device) && clock_left_ms(deadline) > 0) {
		struct pollfd ready = {.fd = device.watch_fd, .events = POLLIN};
		(void)poll(&ready, 1, 100);
	}
	assert_true(device.fd >= 0);
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		pad_press(pad, codes[i]);
	assert_int_equal(keys_await(&device, keys, 3), 3);
	assert_int_equal(keys[0], '3');
	assert_int_equal(keys[1], '0');
	assert_int_equal(keys[2], MACHINE_ENTER);
	libevdev_uinput_destroy(pad); /* unplugged */
	assert_int_equal(keys_await(&device, keys, 1), -1);
	assert_int_equal(device.fd, -1);
	device_close(&device);
	libevdev_free(shape);
}

/* ---- stdin ------------------------------------------------------------------------------------------------------- */

static void feed(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void test_lines(void **state)
{
	struct terminal terminal;
	char line[TERMINAL_LINE_MAX], wide[200];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	terminal_open(&terminal, ends[0]);
	assert_false(terminal.keys);
	assert_false(terminal_line(&terminal, line));
	assert_false(terminal.ended);
	feed(ends[1], "3031");
	assert_false(terminal_line(&terminal, line));
	feed(ends[1], "14201\r\n\n  4711 \n1");
	assert_true(terminal_line(&terminal, line));
	assert_string_equal(line, "303114201");
	assert_true(terminal_line(&terminal, line));
	assert_string_equal(line, "");
	assert_true(terminal_line(&terminal, line));
	assert_string_equal(line, "4711");
	assert_false(terminal_line(&terminal, line));
	feed(ends[1], "\n");
	memset(wide, '1', sizeof wide);
	wide[sizeof wide - 2] = '\n';
	wide[sizeof wide - 1] = '\0';
	feed(ends[1], wide);
	assert_true(terminal_line(&terminal, line));
	assert_string_equal(line, "1");
	assert_true(terminal_line(&terminal, line));
	assert_string_equal(line, "?"); /* too long for anything, and not its beginning */
	assert_int_equal(write(ends[1], "0\0003\n", 4), 4);
	assert_true(terminal_line(&terminal, line));
	assert_string_equal(line, "?");
	feed(ends[1], "1"); /* no ENTER */
	close(ends[1]);
	assert_false(terminal_line(&terminal, line));
	assert_true(terminal.ended);
	terminal_close(&terminal);
	close(ends[0]);
}

static void test_terminal(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), keys[TERMINAL_KEYS_MAX], count = 0;
	struct terminal terminal;
	struct termios before, after;

	(void)state;
	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0 && tcgetattr(slave, &before) == 0);
	terminal_open(&terminal, slave);
	assert_true(terminal.keys);
	assert_true(tcgetattr(slave, &after) == 0 && !(after.c_lflag & (ECHO | ICANON)));
	feed(master, "30x.\r\033*+-/\004");
	while (!terminal.ended && count < 9) {
		int got = terminal_keys(&terminal, keys + count);
		count += got;
	}
	static const int wanted[] = {'3', '0', MACHINE_ERASE, MACHINE_ENTER, MACHINE_CANCEL, MACHINE_AGAIN,
		MACHINE_LOUDER, MACHINE_QUIETER, MACHINE_CANCEL};
	assert_int_equal(count, 9);
	assert_memory_equal(keys, wanted, sizeof wanted);
	terminal_close(&terminal);
	assert_true(tcgetattr(slave, &after) == 0 && after.c_lflag == before.c_lflag);
	close(slave);
	close(master);
}

/* ---- feedback ---------------------------------------------------------------------------------------------------- */

static uint32_t little(const unsigned char *at, int octets)
{
	uint32_t value = 0;

	for (int i = 0; i < octets; i++)
		value |= (uint32_t)at[i] << (8 * i);
	return value;
}

static void test_beeps(void **state)
{
	static unsigned char wav[VOICE_WAV_MAX], quiet[VOICE_WAV_MAX];

	(void)state;
	for (int beep = BEEP_KEY; beep <= BEEP_STOPPED; beep++) {
		size_t length = voice_wav((enum machine_beep)beep, 100, wav);
		int loudest = 0, quietest = 0;
		assert_in_range(length, 44 + 2 * 160, sizeof wav);
		assert_memory_equal(wav, "RIFF", 4);
		assert_memory_equal(wav + 8, "WAVEfmt ", 8);
		assert_int_equal(little(wav + 4, 4), length - 8);
		assert_int_equal(little(wav + 24, 4), 16000);
		assert_int_equal(little(wav + 40, 4), length - 44);
		assert_int_equal(voice_wav((enum machine_beep)beep, 10, quiet), length);
		for (size_t i = 44; i < length; i += 2) {
			int one = abs((int16_t)little(wav + i, 2)), other = abs((int16_t)little(quiet + i, 2));
			loudest = one > loudest ? one : loudest;
			quietest = other > quietest ? other : quietest;
		}
		assert_in_range(loudest, 20000, 32767);
		assert_in_range(quietest, 1000, 4000);
	}
}

static void file_expect(const char *folder, const char *name, const char *text)
{
	char path[128], got[32] = "";

	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_true(read(fd, got, sizeof got - 1) >= 0);
	close(fd);
	assert_string_equal(got, text);
}

static void test_led(void **state)
{
	static const char *const names[] = {"trigger", "brightness", "delay_on", "delay_off"};
	char folder[] = "/tmp/banditore-led-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	led_set(folder, LED_ON); /* nothing there: nothing happens */
	led_set("", LED_ON);
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		close(open(path, O_CREAT | O_WRONLY, 0600));
	}
	led_set(folder, LED_SLOW);
	file_expect(folder, "trigger", "timer");
	file_expect(folder, "delay_on", "500");
	led_set(folder, LED_FAST);
	file_expect(folder, "delay_off", "100");
	led_set(folder, LED_ON);
	file_expect(folder, "trigger", "none");
	file_expect(folder, "brightness", "1");
	led_set(folder, LED_OFF);
	file_expect(folder, "brightness", "0");
	/* A kernel without the timer trigger: it shines. */
	snprintf(path, sizeof path, "%s/delay_on", folder);
	unlink(path);
	led_set(folder, LED_FAST);
	file_expect(folder, "brightness", "1");
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

static bool child_await(struct child *child)
{
	int64_t deadline = clock_mono_ms() + PATIENCE_MS;

	while (child_tick(child) && clock_left_ms(deadline) > 0)
		(void)poll(NULL, 0, 5);
	return child->pid == 0;
}

static void test_children(void **state)
{
	static const char *const good[] = {"grep", "-q", "ciao", NULL}, *const slow[] = {"sleep", "600", NULL},
				 *const absent[] = {"/nonexistent/voice", NULL};
	struct child child = {0};

	(void)state;
	assert_true(child_find("grep"));
	assert_false(child_find("no-such-program-anywhere"));
	assert_true(child_start(&child, good, "ciao\n", 5, PATIENCE_MS));
	assert_true(child_await(&child));
	assert_int_equal(child.status, 0);
	assert_true(child_start(&child, good, "addio\n", 6, PATIENCE_MS));
	assert_true(child_await(&child));
	assert_int_equal(WEXITSTATUS(child.status), 1);
	assert_false(child_start(&child, absent, "", 0, PATIENCE_MS));
	assert_int_equal(child.pid, 0);

	/* One that takes too long is killed, and one that still runs when the next is wanted. */
	assert_true(child_start(&child, slow, "", 0, 1));
	pid_t first = child.pid;
	assert_true(child_start(&child, slow, "", 0, 1));
	assert_true(child.pid != first && kill(first, 0) != 0);
	assert_true(child_await(&child));
	assert_int_equal(child.status, -1);
	child_stop(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_pads),
		cmocka_unit_test(test_no_pad),
		cmocka_unit_test(test_virtual_pad),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_beeps),
		cmocka_unit_test(test_led),
		cmocka_unit_test(test_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
