#include "firmware-host/ask_secret.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Octet by octet: what follows the line stays for whoever reads stdin next. */
static int line_read(char *out, size_t size, const char *what, struct err *err)
{
	size_t length = 0;
	char octet;

	out[0] = '\0';
	while (read(STDIN_FILENO, &octet, 1) == 1 && octet != '\n') {
		if (octet == '\0' || length + 1 >= size)
			return err_set(err, EX_DATAERR,
				"the %s is too long, or no text; write it alone on the first line", what);
		out[length++] = octet;
		out[length] = '\0';
	}
	if (length > 0 && out[length - 1] == '\r')
		out[--length] = '\0';
	if (length == 0)
		return err_set(
			err, EX_DATAERR, "no %s was given; type it, or write it on the first line of stdin", what);
	return 0;
}

static int terminal_ask(const char *what, const char *again, char *out, size_t size, struct err *err)
{
	struct termios before, quiet;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return err_set(err, EX_IOERR, "the terminal cannot be told to hide the %s", what);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL;
	fprintf(stderr, "%s%s: ", what, again);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	int result = line_read(out, size, what, err);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	return result;
}

int ask_secret(const char *what, char *out, size_t size, struct err *err)
{
	char second[256];

	if (!isatty(STDIN_FILENO))
		return line_read(out, size, what, err);
	int result = terminal_ask(what, "", out, size, err);
	if (result == 0)
		result = terminal_ask(what, ", once more", second, sizeof second, err);
	if (result == 0 && strcmp(out, second) != 0)
		result = err_set(err, EX_DATAERR, "the two differ; try again");
	sodium_memzero(second, sizeof second);
	return result;
}
