/* Opening ports: pseudo-terminals, links, locks, settings, and what is said when it fails. */
#include "modem/serial.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

struct bench {
	int master;
	char folder[32];
	char tty[PATH_MAX];
};

static int set_up(void **state)
{
	static struct bench bench;

	bench.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(bench.master >= 0);
	assert_int_equal(grantpt(bench.master), 0);
	assert_int_equal(unlockpt(bench.master), 0);
	assert_int_equal(ptsname_r(bench.master, bench.tty, sizeof(bench.tty)), 0);
	(void)snprintf(bench.folder, sizeof(bench.folder), "/tmp/serialXXXXXX");
	assert_non_null(mkdtemp(bench.folder));
	*state = &bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	close(bench->master);
	return rmdir(bench->folder);
}

static void assert_fails(const char *path, int baud, int status, const char *words)
{
	struct serial *serial = NULL;
	struct err err;

	assert_int_equal(serial_open(path, baud, &serial, &err), -1);
	assert_null(serial);
	assert_int_equal(err.status, status);
	if (!strstr(err.text, words) || !strstr(err.text, path))
		fail_msg("\"%s\" lacks \"%s\" or the path", err.text, words);
}

static void test_settings(void **state)
{
	const struct bench *bench = *state;
	struct serial *serial;
	struct termios settings;
	struct err err;
	char octets[8];

	assert_int_equal(serial_open(bench->tty, 115200, &serial, &err), 0);
	assert_string_equal(serial_path(serial), bench->tty);
	assert_true(fcntl(serial_fd(serial), F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(serial_fd(serial), F_GETFD) & FD_CLOEXEC);
	assert_int_equal(tcgetattr(serial_fd(serial), &settings), 0);
	assert_int_equal(settings.c_lflag & (ICANON | ECHO | ISIG), 0);
	assert_int_equal(settings.c_iflag & (IXON | ICRNL), 0);
	assert_int_equal(settings.c_oflag & OPOST, 0);
	assert_int_equal(settings.c_cflag & (CSIZE | PARENB | CSTOPB | CRTSCTS | HUPCL), CS8);
	assert_int_equal(settings.c_cflag & (CLOCAL | CREAD), CLOCAL | CREAD);
	assert_int_equal(cfgetospeed(&settings), B115200);
	assert_int_equal(write(serial_fd(serial), "AT\r\x1a", 4), 4);
	assert_int_equal(read(bench->master, octets, sizeof(octets)), 4);
	assert_memory_equal(octets, "AT\r\x1a", 4);
	serial_close(serial);
	serial_close(NULL);
}

static void test_link(void **state)
{
	const struct bench *bench = *state;
	struct serial *serial;
	struct err err;
	char link[64];

	(void)snprintf(link, sizeof(link), "%s/modem", bench->folder);
	assert_int_equal(symlink(bench->tty, link), 0);
	assert_int_equal(serial_open(link, 9600, &serial, &err), 0);
	assert_string_equal(serial_path(serial), bench->tty);
	serial_close(serial);
	assert_int_equal(unlink(link), 0);
}

static void test_busy(void **state)
{
	const struct bench *bench = *state;
	struct serial *serial, *again;
	struct err err;

	assert_int_equal(serial_open(bench->tty, 115200, &serial, &err), 0);
	assert_fails(bench->tty, 115200, EX_TEMPFAIL, "ModemManager");
	serial_close(serial);
	assert_int_equal(serial_open(bench->tty, 115200, &again, &err), 0);
	serial_close(again);
}

/* What nobody reads does not hold up closing. */
static void test_close_unsent(void **state)
{
	const struct bench *bench = *state;
	static const char octets[4096];
	struct serial *serial;
	struct err err;

	assert_int_equal(serial_open(bench->tty, 115200, &serial, &err), 0);
	while (write(serial_fd(serial), octets, sizeof(octets)) > 0)
		;
	serial_close(serial);
}

static void test_refused(void **state)
{
	const struct bench *bench = *state;
	char file[64];
	FILE *made;

	assert_fails("/dev/ttyNOTHERE9", 115200, EX_UNAVAILABLE, "no such port");
	assert_fails("/dev/null", 115200, EX_UNAVAILABLE, "not a serial port");
	assert_fails(bench->tty, 12345, EX_UNAVAILABLE, "12345 baud");
	assert_fails(bench->folder, 115200, EX_UNAVAILABLE, "not a serial port");
	(void)snprintf(file, sizeof(file), "%s/file", bench->folder);
	made = fopen(file, "we");
	assert_non_null(made);
	assert_int_equal(fclose(made), 0);
	assert_fails(file, 115200, EX_UNAVAILABLE, "not a serial port");
	assert_int_equal(unlink(file), 0);
}

/* Root may open everything, so the attempt is made as nobody. */
static void test_no_permission(void **state)
{
	const struct bench *bench = *state;

	assert_int_equal(chmod(bench->tty, 0), 0);
	if (geteuid() == 0) {
		assert_int_equal(seteuid(65534), 0);
		assert_fails(bench->tty, 115200, EX_NOPERM, "dialout");
		assert_int_equal(seteuid(0), 0);
	} else {
		assert_fails(bench->tty, 115200, EX_NOPERM, "dialout");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_settings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_busy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_close_unsent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_permission, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("serial", tests, NULL, NULL);
}
