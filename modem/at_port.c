#include "modem/at_port.h"

#include "config/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void at_port_init(struct at_port *port, int fd)
{
	struct stat status;
	int flags = fcntl(fd, F_GETFL);

	port->fd = fd;
	port->socket = fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
	port->gone = flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0;
}

/* Only after POLLIN: a serial port with VMIN = VTIME = 0 has a read of 0 octets also when there is merely nothing. */
static unsigned port_read(struct at_port *port)
{
	ssize_t count = read(port->fd, port->in, sizeof(port->in));

	if (count > 0) {
		port->in_used = 0;
		port->in_end = (size_t)count;
		port->octets_in += (uint64_t)count;
		return AT_PORT_INPUT;
	}
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	port->gone = true;
	return 0;
}

unsigned at_port_wait(struct at_port *port, int wake_fd, int64_t deadline)
{
	struct pollfd polled[2] = {{.fd = port->fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
	unsigned result = 0;
	int count;

	if (port->in_used < port->in_end)
		return AT_PORT_INPUT;
	do {
		count = poll(polled, wake_fd >= 0 ? 2 : 1, clock_left_ms(deadline));
	} while (count < 0 && errno == EINTR && clock_left_ms(deadline) > 0);
	if (count <= 0)
		return 0;

	if (wake_fd >= 0 && polled[1].revents)
		result = AT_PORT_WAKE;
	if (polled[0].revents & POLLIN)
		result |= port_read(port);
	else if (polled[0].revents)
		port->gone = true;
	return result;
}

static ssize_t port_write_some(const struct at_port *port, const char *octets, size_t length)
{
	if (port->socket)
		return send(port->fd, octets, length, MSG_NOSIGNAL);
	return write(port->fd, octets, length);
}

/* Room to write, before the deadline. */
static bool port_wait_room(struct at_port *port, int64_t deadline)
{
	struct pollfd polled = {.fd = port->fd, .events = POLLOUT};
	int count = poll(&polled, 1, clock_left_ms(deadline));

	if (count < 0)
		return errno == EINTR && clock_left_ms(deadline) > 0;
	if (count > 0 && !(polled.revents & POLLOUT))
		port->gone = true;
	return count > 0 && !port->gone;
}

size_t at_port_write(struct at_port *port, const char *octets, size_t length, int64_t deadline)
{
	size_t written = 0;

	while (written < length) {
		size_t chunk = length - written;
		ssize_t count;

		if (port->chunk_octets > 0 && chunk > port->chunk_octets)
			chunk = port->chunk_octets;
		count = port_write_some(port, octets + written, chunk);
		if (count < 0 && errno != EAGAIN && errno != EINTR) {
			port->gone = true;
			break;
		}
		if (count > 0) {
			written += (size_t)count;
			port->octets_out += (uint64_t)count;
			if (port->chunk_ms > 0 && written < length)
				(void)poll(NULL, 0, (int)port->chunk_ms);
		} else if (!port_wait_room(port, deadline)) {
			break;
		}
		if (written < length && clock_left_ms(deadline) == 0)
			break;
	}
	return written;
}

static const char *skip_secret(const char *text, size_t length)
{
	static const char pin[] = "AT+CPIN=";

	return length >= sizeof(pin) - 1 && strncasecmp(text, pin, sizeof(pin) - 1) == 0 ? "AT+CPIN=****" : NULL;
}

void at_port_trace(const struct at_port *port, char direction, const char *text, size_t length)
{
	int64_t now;
	const char *secret;

	if (!port->trace)
		return;
	now = clock_mono_ms();
	(void)fprintf(port->trace, "%lld.%03d %c ", (long long)(now / 1000), (int)(now % 1000), direction);
	secret = skip_secret(text, length);
	if (secret) {
		text = secret;
		length = strlen(secret);
	}
	for (size_t i = 0; i < length; i++) {
		unsigned char octet = (unsigned char)text[i];

		if (octet < 0x20 || octet >= 0x7f)
			(void)fprintf(port->trace, "\\x%02x", octet);
		else
			(void)fputc(octet, port->trace);
	}
	(void)fputc('\n', port->trace);
	(void)fflush(port->trace);
}
