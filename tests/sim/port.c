#include "tests/sim/port.h"

#include "tests/sim/base.h"
#include "tests/sim/dialogue.h"
#include "tests/sim/modem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Raw mode belongs to the pair, so it can be set from the master and outlives every user. */
static int make_raw(int fd)
{
	struct termios line;

	if (tcgetattr(fd, &line) < 0)
		return -1;
	cfmakeraw(&line);
	cfsetspeed(&line, B115200);
	line.c_cflag |= CLOCAL | CREAD;
	return tcsetattr(fd, TCSANOW, &line);
}

/* The link is replaced in one step: nobody ever finds it dangling or half made. */
static int link_port(const struct modem *m)
{
	char fresh[SIM_NAME_MAX + 8];

	snprintf(fresh, sizeof fresh, ".%s.new", m->tty);
	unlinkat(m->sim->dir_fd, fresh, 0);
	if (symlinkat(m->slave, m->sim->dir_fd, fresh) < 0)
		return -1;
	return renameat(m->sim->dir_fd, fresh, m->sim->dir_fd, m->tty);
}

int port_open(struct modem *m)
{
	struct epoll_event interest = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &m->source};
	int saved;

	m->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (m->fd < 0)
		return -1;
	if (grantpt(m->fd) < 0 || unlockpt(m->fd) < 0 || ptsname_r(m->fd, m->slave, sizeof m->slave) != 0)
		goto close_master;
	if (make_raw(m->fd) < 0)
		goto close_master;

	/* The kernel tells of a hang-up only after a first user: this one is it. */
	int slave = open(m->slave, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (slave >= 0)
		close(slave);
	if (epoll_ctl(m->sim->epoll_fd, EPOLL_CTL_ADD, m->fd, &interest) < 0 || link_port(m) < 0)
		goto close_master;
	m->out.used = 0;
	m->used = m->blocked = m->trickling = false;
	return 0;

close_master:
	saved = errno;
	close(m->fd);
	m->fd = -1;
	errno = saved;
	return -1;
}

void port_close(struct modem *m)
{
	if (m->fd < 0)
		return;
	unlinkat(m->sim->dir_fd, m->tty, 0);
	close(m->fd);
	m->fd = -1;
	m->out.used = 0;
}

static bool somebody_has_it(const struct modem *m)
{
	struct pollfd master = {.fd = m->fd};

	return poll(&master, 1, 0) >= 0 && (master.revents & POLLHUP) == 0;
}

/* After its last user a real port forgets: unread octets, line settings, exclusive use. A pseudo-terminal keeps them
 * as long as its master lives. Its exclusive flag shuts us out as well when we are not root: then a fresh pair takes
 * its place. */
static void port_tidy(struct modem *m)
{
	m->used = false;
	m->out.used = 0;
	m->blocked = false;

	int slave = open(m->slave, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (slave >= 0) {
		ioctl(slave, TIOCNXCL);
		tcflush(slave, TCIFLUSH);
		make_raw(slave);
		close(slave);
		return;
	}
	if (errno != EBUSY)
		return;
	int old = m->fd;
	if (port_open(m) == 0)
		close(old);
	else
		m->fd = old;
}

void port_ready(struct modem *m, uint32_t events)
{
	char data[4096];

	if (events & EPOLLOUT)
		m->blocked = false;
	while (m->fd >= 0) {
		ssize_t got = read(m->fd, data, sizeof data);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		m->used = true;
		dialogue_feed(m, data, (size_t)got);
	}
	if (m->fd >= 0 && m->used && events & EPOLLHUP && !somebody_has_it(m))
		port_tidy(m);
}

void port_put(struct modem *m, const void *data, size_t length)
{
	if (m->fd >= 0 && !m->faults.hung && m->faults.cut_output == CUT_NONE)
		bytes_put(&m->out, data, length);
}

static void trickle(struct sim *sim, const struct event *event)
{
	(void)sim;
	event->modem->trickling = false;
	port_flush(event->modem);
}

/* All has gone out that was to go out before the cut. */
static void act_on_cut(struct modem *m)
{
	enum cut cut = m->faults.cut_output;

	m->faults.cut_output = CUT_NONE;
	if (cut == CUT_HANG)
		modem_hang(m);
	else if (cut == CUT_UNPLUG)
		modem_unplug(m);
}

void port_flush(struct modem *m)
{
	if (m->fd < 0 || m->out.used == 0 || m->blocked || m->trickling)
		return;
	if (!somebody_has_it(m)) {
		m->figures.octets_lost += m->out.used;
		m->out.used = 0;
		act_on_cut(m);
		return;
	}
	m->used = true;
	size_t length = m->knobs.slow > 0 ? 1 : m->out.used;
	ssize_t written = write(m->fd, m->out.at, length);
	if (written > 0)
		bytes_skip(&m->out, (size_t)written);
	else if (written < 0 && errno == EIO)
		m->out.used = 0;
	if (m->out.used == 0) {
		act_on_cut(m);
		return;
	}
	if (m->knobs.slow > 0 && written > 0) {
		m->trickling = true;
		timer_add_modem(m, m->knobs.slow * 1000, trickle, 0, 0);
		return;
	}
	m->blocked = true; /* until epoll tells EPOLLOUT */
}
