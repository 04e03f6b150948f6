#include "modem/bearer.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

const char *bearer_state_to_string(enum bearer_state state)
{
	switch (state) {
	case BEARER_STARTING: return "starting";
	case BEARER_SEARCHING: return "searching";
	case BEARER_READY: return "ready";
	case BEARER_SIM: return "sim";
	case BEARER_PIN: return "pin";
	case BEARER_HUNG: return "hung";
	case BEARER_GONE: return "gone";
	case BEARER_REFUSED: return "refused";
	}
	return "unknown";
}

const char *bearer_outcome_to_string(enum bearer_outcome outcome)
{
	switch (outcome) {
	case BEARER_ACCEPTED: return "accepted";
	case BEARER_NOT_SENT: return "not sent";
	case BEARER_RETRY_SOON: return "retry soon";
	case BEARER_RETRY_LATER: return "retry later";
	case BEARER_BAD_RECIPIENT: return "bad recipient";
	case BEARER_BAD_MESSAGE: return "bad message";
	case BEARER_BARRED: return "barred";
	case BEARER_UNKNOWN: return "unknown";
	case BEARER_HELD: return "held";
	case BEARER_BAD_TEMPLATE: return "bad template";
	}
	return "unknown";
}

static int packet_write(int fd, const void *packet, size_t size)
{
	ssize_t written;

	do
		written = send(fd, packet, size, MSG_NOSIGNAL);
	while (written < 0 && errno == EINTR);
	if (written == (ssize_t)size)
		return 0;
	if (written >= 0)
		return -EMSGSIZE;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return -EAGAIN;
	return errno == ECONNRESET || errno == ENOTCONN ? -EPIPE : -errno;
}

/* Octets of the packet, or a negative errno. What the packet did not fill is zero. */
static ssize_t packet_read(int fd, void *packet, size_t size)
{
	ssize_t got;

	do
		got = recv(fd, packet, size, MSG_TRUNC);
	while (got < 0 && errno == EINTR);
	if (got == 0)
		return -EPIPE;
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return -EAGAIN;
	if (got < 0)
		return errno == ECONNRESET || errno == ENOTCONN ? -EPIPE : -errno;
	if ((size_t)got > size)
		return -EMSGSIZE;

	memset((char *)packet + got, 0, size - (size_t)got);
	return got;
}

int bearer_ask_write(int fd, const struct bearer_ask *ask)
{
	size_t text = strnlen(ask->text, sizeof(ask->text) - 1);

	return packet_write(fd, ask, offsetof(struct bearer_ask, text) + text + 1);
}

int bearer_ask_read(int fd, struct bearer_ask *ret_ask)
{
	ssize_t got = packet_read(fd, ret_ask, sizeof(*ret_ask));

	if (got < 0)
		return (int)got;
	if ((size_t)got <= offsetof(struct bearer_ask, text))
		return -EBADMSG;

	ret_ask->text[sizeof(ret_ask->text) - 1] = '\0';
	return 0;
}

static size_t tell_size(const struct bearer_tell *tell)
{
	switch (tell->type) {
	case BEARER_TELL_STATUS: return offsetof(struct bearer_tell, status) + sizeof(tell->status);
	case BEARER_TELL_RESULT: return offsetof(struct bearer_tell, result) + sizeof(tell->result);
	case BEARER_TELL_RECEIVED:
		if (tell->received.length > sizeof(tell->received.octets))
			return 0;
		return offsetof(struct bearer_tell, received.octets) + tell->received.length;
	case BEARER_TELL_CALL: return offsetof(struct bearer_tell, call) + sizeof(tell->call);
	case BEARER_TELL_WANTS_PIN: return offsetof(struct bearer_tell, wants_pin) + sizeof(tell->wants_pin);
	case BEARER_TELL_REPLY:
		return offsetof(struct bearer_tell, reply) + strnlen(tell->reply.text, sizeof(tell->reply.text) - 1) +
		       1;
	}
	return 0;
}

int bearer_tell_write(int fd, const struct bearer_tell *tell)
{
	size_t size = tell_size(tell);

	return size == 0 ? -EINVAL : packet_write(fd, tell, size);
}

int bearer_tell_read(int fd, struct bearer_tell *ret_tell)
{
	ssize_t got = packet_read(fd, ret_tell, sizeof(*ret_tell));

	if (got < 0)
		return (int)got;
	/* The length is read from the packet itself only after the fixed part is known to be there. */
	if ((size_t)got < offsetof(struct bearer_tell, status) + sizeof(ret_tell->reply.text[0]))
		return -EBADMSG;
	if (tell_size(ret_tell) == 0 || (ret_tell->type != BEARER_TELL_REPLY && (size_t)got != tell_size(ret_tell)))
		return -EBADMSG;

	if (ret_tell->type == BEARER_TELL_REPLY)
		ret_tell->reply.text[sizeof(ret_tell->reply.text) - 1] = '\0';
	return 0;
}
