#include "modem/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <linux/serial.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

struct serial {
	struct sp_port *port; /* NULL: opened without libserialport */
	int fd;
	char path[PATH_MAX];
};

/* The one place that says what a person can do about each cause. */
static int open_error(const char *path, int error, struct err *err)
{
	switch (error) {
	case ENOENT:
	case ENODEV:
	case ENXIO: return err_set(err, EX_UNAVAILABLE, "%s: no such port; is the modem plugged in?", path);
	case EACCES:
	case EPERM:
		return err_set(err, EX_NOPERM,
			"%s: no permission; add the user to the group dialout: sudo usermod -aG dialout USER", path);
	case EBUSY:
	case EWOULDBLOCK:
		return err_set(err, EX_TEMPFAIL,
			"%s: busy: another program holds it (ModemManager, brltty or another banditore?)", path);
	case ENOTTY: return err_set(err, EX_UNAVAILABLE, "%s: not a serial port", path);
	case ENOMEM:
	case EMFILE:
	case ENFILE: return err_set(err, EX_OSERR, "%s: %s", path, strerror(error));
	default: return err_set(err, EX_IOERR, "%s: %s; unplug the modem and plug it in again", path, strerror(error));
	}
}

static bool speed_of(int baud, speed_t *ret_speed)
{
	static const struct {
		int baud;
		speed_t speed;
	} speeds[] = {{9600, B9600}, {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200},
		{230400, B230400}, {460800, B460800}, {921600, B921600}};

	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
		if (speeds[i].baud != baud)
			continue;
		*ret_speed = speeds[i].speed;
		return true;
	}
	return false;
}

/* libserialport's name look-up wants /sys/class/tty/NAME for what stands behind "/dev/" in the path: so symbolic
 * links must be resolved before, and pseudo-terminals, which have no such entry, cannot be opened by it at all. */
static bool known_to_library(const char *path)
{
	char entry[PATH_MAX + 32];
	struct stat status;

	if (strncmp(path, "/dev/", 5) != 0)
		return false;
	(void)snprintf(entry, sizeof(entry), "/sys/class/tty/%s", path + 5);
	return stat(entry, &status) == 0;
}

static bool set_up(struct sp_port *port, int baud)
{
	return sp_set_baudrate(port, baud) == SP_OK && sp_set_bits(port, 8) == SP_OK &&
	       sp_set_parity(port, SP_PARITY_NONE) == SP_OK && sp_set_stopbits(port, 1) == SP_OK &&
	       sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE) == SP_OK;
}

static int open_by_library(struct serial *serial, int baud, struct err *err)
{
	int error;

	if (sp_get_port_by_name(serial->path, &serial->port) != SP_OK)
		return open_error(serial->path, ENOENT, err);
	if (sp_open(serial->port, SP_MODE_READ_WRITE) != SP_OK) {
		error = sp_last_error_code();
		sp_free_port(serial->port);
		return open_error(serial->path, error, err);
	}
	if (!set_up(serial->port, baud) || sp_get_port_handle(serial->port, &serial->fd) != SP_OK) {
		error = sp_last_error_code();
		(void)sp_close(serial->port);
		sp_free_port(serial->port);
		return open_error(serial->path, error, err);
	}
	/* Some USB modems have no such line, and some answer only with it. */
	(void)sp_set_dtr(serial->port, SP_DTR_ON);
	return 0;
}

static bool make_raw(int fd, speed_t speed)
{
	struct termios settings;

	if (tcgetattr(fd, &settings) < 0)
		return false;
	cfmakeraw(&settings);
	settings.c_cflag |= CLOCAL | CREAD;
	settings.c_cflag &= ~(tcflag_t)(HUPCL | CSTOPB | CRTSCTS);
	settings.c_cc[VMIN] = 0;
	settings.c_cc[VTIME] = 0;
	return cfsetispeed(&settings, speed) == 0 && cfsetospeed(&settings, speed) == 0 &&
	       tcsetattr(fd, TCSANOW, &settings) == 0;
}

/* The same settings and locks as libserialport's, for a tty it does not know. */
static int open_plainly(struct serial *serial, speed_t speed, struct err *err)
{
	int fd = open(serial->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	int error;

	if (fd < 0)
		return open_error(serial->path, errno, err);
	if (!isatty(fd)) {
		error = ENOTTY;
		goto fail;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || ioctl(fd, TIOCEXCL) < 0 || !make_raw(fd, speed)) {
		error = errno;
		goto fail;
	}
	serial->fd = fd;
	return 0;
fail:
	close(fd);
	return open_error(serial->path, error, err);
}

/* Without it close() waits up to 30 s for octets that a hung modem will never take. Few drivers lack it; serial_close
 * discards the output first all the same. */
static void never_wait_at_close(int fd)
{
	struct serial_struct settings;

	if (ioctl(fd, TIOCGSERIAL, &settings) < 0)
		return;
	settings.closing_wait = ASYNC_CLOSING_WAIT_NONE;
	(void)ioctl(fd, TIOCSSERIAL, &settings);
}

int serial_open(const char *path, int baud, struct serial **ret_serial, struct err *err)
{
	struct serial *serial;
	struct stat status;
	speed_t speed;
	int result;

	if (!speed_of(baud, &speed))
		return err_set(
			err, EX_UNAVAILABLE, "%s: %d baud is no speed of a serial port; 115200 is usual", path, baud);
	serial = calloc(1, sizeof(*serial));
	if (!serial)
		return open_error(path, ENOMEM, err);
	if (!realpath(path, serial->path) || stat(serial->path, &status) < 0)
		result = open_error(path, errno, err);
	else if (!S_ISCHR(status.st_mode))
		result = open_error(path, ENOTTY, err);
	else if (known_to_library(serial->path))
		result = open_by_library(serial, baud, err);
	else
		result = open_plainly(serial, speed, err);
	if (result < 0) {
		free(serial);
		return -1;
	}
	never_wait_at_close(serial->fd);
	*ret_serial = serial;
	return 0;
}

int serial_fd(const struct serial *serial)
{
	return serial->fd;
}

const char *serial_path(const struct serial *serial)
{
	return serial->path;
}

void serial_close(struct serial *serial)
{
	if (!serial)
		return;
	(void)tcflush(serial->fd, TCIOFLUSH);
	if (serial->port) {
		(void)sp_close(serial->port);
		sp_free_port(serial->port);
	} else {
		(void)close(serial->fd);
	}
	free(serial);
}
