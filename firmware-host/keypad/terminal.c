#include "firmware-host/keypad/terminal.h"

#include "firmware-host/keypad/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum { END_OF_TRANSMISSION = 4 /* Ctrl-D */, RUB_OUT = 127 };

void terminal_open(struct terminal *terminal, int fd)
{
	struct termios raw;

	*terminal = (struct terminal){.fd = fd, .keys = tcgetattr(fd, &terminal->before) == 0};
	if (!terminal->keys) {
		(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		return;
	}
	(void)tcgetattr(fd, &terminal->before);
	raw = terminal->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	(void)tcsetattr(fd, TCSANOW, &raw);
}

void terminal_close(struct terminal *terminal)
{
	if (terminal->keys)
		(void)tcsetattr(terminal->fd, TCSANOW, &terminal->before);
	sodium_memzero(terminal->line, sizeof terminal->line);
}

static int key_of(char octet)
{
	if ((octet >= '0' && octet <= '9') || octet == MACHINE_AGAIN || octet == MACHINE_LOUDER ||
		octet == MACHINE_QUIETER || octet == MACHINE_CANCEL)
		return octet;
	if (octet == '\n' || octet == '\r')
		return MACHINE_ENTER;
	if (octet == RUB_OUT || octet == '\b' || octet == '.')
		return MACHINE_ERASE;
	if (octet == '/')
		return MACHINE_CANCEL;
	return 0;
}

int terminal_keys(struct terminal *terminal, int keys[TERMINAL_KEYS_MAX])
{
	char octets[TERMINAL_KEYS_MAX];
	ssize_t got = read(terminal->fd, octets, sizeof octets);
	int count = 0;

	if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
		terminal->ended = true;
	for (ssize_t i = 0; i < got; i++) {
		int key = key_of(octets[i]);
		if (octets[i] == END_OF_TRANSMISSION)
			terminal->ended = true;
		else if (key != 0)
			keys[count++] = key;
	}
	sodium_memzero(octets, sizeof octets);
	return count;
}

static void line_take(struct terminal *terminal, char out[TERMINAL_LINE_MAX])
{
	const char *start = terminal->line;

	if (terminal->length >= TERMINAL_LINE_MAX) {
		memcpy(out, "?", 2);
	} else {
		terminal->line[terminal->length] = '\0';
		start += strspn(start, " \t\r");
		size_t length = strlen(start);
		while (length > 0 && strchr(" \t\r", start[length - 1]))
			length--;
		memcpy(out, start, length);
		out[length] = '\0';
	}
	sodium_memzero(terminal->line, sizeof terminal->line);
	terminal->length = 0;
}

/* Octet by octet: what stands behind the line waits in the pipe, not here. */
bool terminal_line(struct terminal *terminal, char out[TERMINAL_LINE_MAX])
{
	char octet;
	ssize_t got;

	while ((got = read(terminal->fd, &octet, 1)) == 1) {
		if (octet == '\n') {
			line_take(terminal, out);
			return true;
		}
		if (terminal->length + 1 < TERMINAL_LINE_MAX && octet != '\0')
			terminal->line[terminal->length++] = octet;
		else
			terminal->length = TERMINAL_LINE_MAX;
	}
	if (got == 0 || (errno != EAGAIN && errno != EINTR))
		terminal->ended = true;
	return false;
}
