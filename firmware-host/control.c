#include "firmware-host/control.h"

#include "config/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* sun_path holds 108 octets and a database may lie deeper: the folder is opened and named through /proc/self/fd. */
static int address_of(const char *database, struct sockaddr_un *address, int *ret_folder)
{
	const char *slash = strrchr(database, '/');
	const char *name = slash ? slash + 1 : database;
	char folder[PATH_MAX];

	if (slash)
		snprintf(folder, sizeof folder, "%.*s", slash == database ? 1 : (int)(slash - database), database);
	else
		snprintf(folder, sizeof folder, ".");
	*ret_folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_folder < 0)
		return -1;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	int length =
		snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s.control", *ret_folder, name);
	if (length < 0 || (size_t)length >= sizeof address->sun_path) {
		close(*ret_folder);
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

static int lock_take(const char *database, int *ret_lock, struct err *err)
{
	char path[PATH_MAX];
	char holder[32] = "";

	snprintf(path, sizeof path, "%s.lock", database);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return err_set(
			err, EX_CANTCREAT, "%s: %s; create the folder, or correct `database`", path, strerror(errno));
	if (fd < 0)
		return err_set(err, EX_NOPERM, "%s: %s; give the appliance's user the folder", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		ssize_t got = read(fd, holder, sizeof holder - 1);
		holder[got > 0 ? got : 0] = '\0';
		holder[strcspn(holder, "\n")] = '\0';
		close(fd);
		return err_set(err, EX_TEMPFAIL, "an appliance already runs on %s (process %s); stop it first",
			database, holder[0] ? holder : "unknown");
	}
	int length = snprintf(holder, sizeof holder, "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) != 0 || write(fd, holder, (size_t)length) != length) {
		int why = errno;
		close(fd);
		return err_set(err, EX_IOERR, "%s: %s; is the disk full?", path, strerror(why));
	}
	*ret_lock = fd;
	return 0;
}

int control_listen(const char *database, int *ret_lock, int *ret_socket, struct err *err)
{
	struct sockaddr_un address;
	int folder, lock;

	if (lock_take(database, &lock, err) != 0)
		return -1;
	if (address_of(database, &address, &folder) != 0) {
		int why = errno;
		close(lock);
		return err_set(err, EX_CANTCREAT, "%s.control: %s", database, strerror(why));
	}
	unlink(address.sun_path); /* left by a kill: the lock says nobody owns it */
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0177);
	bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 16) == 0;
	int why = errno;
	umask(mask);
	close(folder);
	if (!bound) {
		if (fd >= 0)
			close(fd);
		close(lock);
		return err_set(
			err, EX_CANTCREAT, "%s.control: %s; the folder must be writable", database, strerror(why));
	}
	*ret_lock = lock;
	*ret_socket = fd;
	return 0;
}

void control_remove(const char *database)
{
	struct sockaddr_un address;
	int folder;

	if (address_of(database, &address, &folder) != 0)
		return;
	unlink(address.sun_path);
	close(folder);
}

int control_connect(const char *database, int *ret_fd, struct err *err)
{
	struct sockaddr_un address;
	int folder;

	if (address_of(database, &address, &folder) != 0)
		return err_set(err, EX_UNAVAILABLE, "%s.control: %s; start the appliance with: banditore run", database,
			strerror(errno));
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool connected = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
	int why = errno;
	close(folder);
	if (connected) {
		*ret_fd = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	if (why == EACCES || why == EPERM)
		return err_set(err, EX_NOPERM, "%s.control: %s; run the command as the appliance's user", database,
			strerror(why));
	return err_set(err, EX_UNAVAILABLE, "the appliance is not running; start it with: banditore run");
}

/* "!69 text" */
static int refusal_read(const char *packet, struct err *err)
{
	char *rest;
	long status = strtol(packet + 1, &rest, 10);

	return err_set(
		err, status > 0 && status < 256 ? (int)status : EX_UNAVAILABLE, "%s", *rest == ' ' ? rest + 1 : rest);
}

int control_ask(const char *database, const char *request, int timeout_ms,
	void (*each)(void *context, const char *data), void *context, struct err *err)
{
	int fd;

	if (control_connect(database, &fd, err) != 0)
		return -1;
	char *packet = malloc(CONTROL_PACKET_MAX + 1);
	int result = packet ? 0 : err_set(err, EX_OSERR, "out of memory");
	if (result == 0 && send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		result = err_set(err, EX_UNAVAILABLE, "the appliance does not listen: %s", strerror(errno));
	int64_t deadline = clock_mono_ms() + timeout_ms;
	while (result == 0) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int polled = poll(&ready, 1, clock_left_ms(deadline));
		ssize_t got = polled > 0 ? recv(fd, packet, CONTROL_PACKET_MAX, 0) : -1;
		if (polled < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			result = err_set(err, EX_UNAVAILABLE,
				"the appliance gave no answer within %d s; see: banditore status", timeout_ms / 1000);
			break;
		}
		packet[got] = '\0';
		if (packet[0] == '.')
			break;
		if (packet[0] == '!')
			result = refusal_read(packet, err);
		else if (each)
			each(context, packet + 1);
	}
	free(packet);
	close(fd);
	return result;
}

static void text_keep(void *context, const char *data)
{
	char **text = context;

	free(*text);
	*text = strdup(data);
}

int control_ask_text(const char *database, const char *request, int timeout_ms, char **ret_text, struct err *err)
{
	*ret_text = NULL;
	if (control_ask(database, request, timeout_ms, text_keep, ret_text, err) == 0)
		return 0;
	free(*ret_text);
	*ret_text = NULL;
	return -1;
}

bool control_poke(const char *database)
{
	struct err ignored;
	int fd;

	if (control_connect(database, &fd, &ignored) != 0)
		return false;
	bool told = send(fd, "poke", 4, MSG_NOSIGNAL) == 4;
	close(fd);
	return told;
}
