#include "tests/unit/peer.h"

#include "config/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum { STEP_MS = 5000, READ_MAX = 4096 };

struct peer {
	pthread_t thread;
	int fd;
	bool socket;
	const struct peer_step *steps;
	char read[READ_MAX]; /* received and not yet expected */
	size_t count;
	char *failure;
};

static void fail(struct peer *peer, unsigned step, const char *what, const char *text, size_t length)
{
	size_t room = strlen(what) + 4 * length + 64;
	char *out = malloc(room);
	size_t used;

	if (!out || peer->failure) {
		free(out);
		return;
	}
	used = (size_t)snprintf(out, room, "step %u: %s \"", step, what);
	for (size_t i = 0; i < length; i++) {
		unsigned char octet = (unsigned char)text[i];

		used += (size_t)snprintf(
			out + used, room - used, octet < 0x20 || octet > 0x7e ? "\\x%02x" : "%c", octet);
	}
	(void)snprintf(out + used, room - used, "\"");
	peer->failure = out;
}

/* Octets read, 0 when the other side has closed, -1 when nothing came. */
static ssize_t receive(struct peer *peer, char *out, size_t size)
{
	int64_t deadline = clock_mono_ms() + STEP_MS;
	struct pollfd polled = {.fd = peer->fd, .events = POLLIN};
	ssize_t count;

	while (poll(&polled, 1, clock_left_ms(deadline)) < 0)
		if (errno != EINTR)
			return -1;
	if (polled.revents == 0)
		return -1;
	count = read(peer->fd, out, size);
	return count < 0 ? 0 : count;
}

static bool expect(struct peer *peer, unsigned step, const char *text, size_t length)
{
	while (peer->count < length) {
		ssize_t count = receive(peer, peer->read + peer->count, sizeof(peer->read) - peer->count);

		if (count <= 0) {
			fail(peer, step, count < 0 ? "nothing more came, for" : "closed, instead of", text, length);
			return false;
		}
		peer->count += (size_t)count;
		if (memcmp(peer->read, text, peer->count < length ? peer->count : length) != 0)
			break;
	}
	if (memcmp(peer->read, text, length) != 0) {
		fail(peer, step, "unexpected", peer->read, peer->count);
		return false;
	}
	peer->count -= length;
	memmove(peer->read, peer->read + length, peer->count);
	return true;
}

/* The reader may have closed: then there is nobody to send to, and that is no failure of the script; false then. */
static bool send_octets(const struct peer *peer, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t count =
			peer->socket ? send(peer->fd, text, length, MSG_NOSIGNAL) : write(peer->fd, text, length);

		if (count < 0 && errno != EINTR)
			return false;
		if (count > 0) {
			text += count;
			length -= (size_t)count;
		}
	}
	return true;
}

static void until_closed(struct peer *peer, unsigned step, bool silent)
{
	char octets[READ_MAX];
	ssize_t count;

	if (silent && peer->count > 0)
		fail(peer, step, "more than expected", peer->read, peer->count);
	while ((count = receive(peer, octets, sizeof(octets))) > 0)
		if (silent)
			fail(peer, step, "more than expected", octets, (size_t)count);
	if (count < 0)
		fail(peer, step, "not closed in time, at", "", 0);
}

/* False: the script ends here. */
static bool play(struct peer *peer, unsigned number)
{
	const struct peer_step *step = &peer->steps[number];
	size_t length = step->text && step->length == 0 ? strlen(step->text) : step->length;

	switch (step->type) {
	case PEER_END: until_closed(peer, number, true); return false;
	case PEER_IGNORE: until_closed(peer, number, false); return false;
	case PEER_HANG_UP: return false;
	case PEER_EXPECT: return expect(peer, number, step->text, length);
	case PEER_SEND: (void)send_octets(peer, step->text, length); return true;
	case PEER_DELAY: (void)poll(NULL, 0, step->number); return true;
	case PEER_SLOW:
		for (size_t i = 0; i < length && send_octets(peer, step->text + i, 1); i++)
			;
		return true;
	case PEER_REPEAT:
		for (int i = 0; i < step->number && send_octets(peer, step->text, length); i++)
			;
		return true;
	}
	return false;
}

static void *peer_thread(void *argument)
{
	struct peer *peer = argument;
	unsigned number = 0;

	while (play(peer, number))
		number++;
	close(peer->fd);
	return NULL;
}

static int open_pty(int fds[2])
{
	struct termios settings;
	const char *name;

	fds[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fds[0] < 0)
		return -1;
	name = grantpt(fds[0]) == 0 && unlockpt(fds[0]) == 0 ? ptsname(fds[0]) : NULL;
	fds[1] = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	if (fds[1] < 0 || tcgetattr(fds[1], &settings) < 0) {
		close(fds[0]);
		return -1;
	}
	cfmakeraw(&settings);
	settings.c_cc[VMIN] = settings.c_cc[VTIME] = 0;
	return tcsetattr(fds[1], TCSANOW, &settings);
}

struct peer *peer_start(enum peer_kind kind, const struct peer_step *steps, int *ret_fd)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	int fds[2];

	if (!peer)
		return NULL;
	if (kind == PEER_PTY ? open_pty(fds) < 0 : socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
		free(peer);
		return NULL;
	}
	peer->fd = fds[0];
	peer->socket = kind == PEER_PACKETS;
	peer->steps = steps;
	*ret_fd = fds[1];
	if (pthread_create(&peer->thread, NULL, peer_thread, peer) != 0) {
		close(fds[0]);
		close(fds[1]);
		free(peer);
		return NULL;
	}
	return peer;
}

char *peer_finish(struct peer *peer)
{
	char *failure;

	(void)pthread_join(peer->thread, NULL);
	failure = peer->failure;
	free(peer);
	return failure;
}
