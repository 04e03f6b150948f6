/* `modem-sim ctl` and `graph-sim ctl`: one command to a running simulator. */
#include "tests/sim/base.h"
#include "tests/sim/control.h"
#include "tests/sim/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { START_MS = 3000, RETRY_MS = 10, EXIT_REFUSED = 1, EXIT_NOBODY = 2 };

/* A simulator just started may not listen yet. */
static int connect_control(const char *dir)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int64_t deadline = mono_us() + START_MS * 1000;

	for (;;) {
		int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/control", dir_fd);
		bool done = dir_fd >= 0 && fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
		int saved = errno;
		if (dir_fd >= 0)
			close(dir_fd);
		if (done)
			return fd;
		if (fd >= 0)
			close(fd);
		errno = saved;
		if (mono_us() > deadline || (saved != ENOENT && saved != ECONNREFUSED))
			return -1;
		nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000}, NULL);
	}
}

/* Joins the words so that verb_words takes them apart again as they are; a single one is a whole command line
 * already. */
static bool join(int count, char **words, char line[VERB_LINE_MAX])
{
	size_t used = 0;

	for (int i = 0; i < count; i++) {
		bool quote = count > 1 && (words[i][0] == '\0' || strpbrk(words[i], " \t\r\n\"\\") != NULL);
		if (used + 2 * strlen(words[i]) + 5 > VERB_LINE_MAX)
			return false;
		if (i > 0)
			line[used++] = ' ';
		if (quote)
			line[used++] = '"';
		for (const char *at = words[i]; *at != '\0'; at++) {
			if (quote && strchr("\"\\\n\r\t", *at) != NULL)
				line[used++] = '\\';
			line[used++] = !quote ? *at : *at == '\n' ? 'n' : *at == '\r' ? 'r' : *at == '\t' ? 't' : *at;
		}
		if (quote)
			line[used++] = '"';
	}
	line[used++] = '\n';
	line[used] = '\0';
	return true;
}

/* Prints all but the last line, which is the verdict. */
static int print_answer(FILE *in)
{
	char *line = NULL, *last = NULL;
	size_t size = 0, last_size = 0;
	int status = EXIT_NOBODY;

	while (getline(&line, &size, in) > 0) {
		if (last != NULL && last[0] != '\0')
			fputs(last, stdout);
		char *swap = last;
		size_t swap_size = last_size;
		last = line;
		last_size = size;
		line = swap;
		size = swap_size;
	}
	if (last != NULL && strcmp(last, "ok\n") == 0) {
		status = 0;
	} else if (last != NULL && strncmp(last, "error: ", 7) == 0) {
		fputs(last + 7, stderr);
		status = EXIT_REFUSED;
	} else {
		fprintf(stderr, "%s: the simulator ended before it answered\n", program_invocation_short_name);
	}
	free(line);
	free(last);
	return status;
}

int control_client(const char *dir, int count, char **words)
{
	char line[VERB_LINE_MAX];

	if (!join(count, words, line)) {
		fprintf(stderr, "%s: command too long\n", program_invocation_short_name);
		return EXIT_REFUSED;
	}
	int fd = connect_control(dir);
	if (fd < 0) {
		fprintf(stderr, "%s: %s/control: %s\n", program_invocation_short_name, dir, strerror(errno));
		return EXIT_NOBODY;
	}
	FILE *in = must(fdopen(fd, "r"));
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		fprintf(stderr, "%s: %s\n", program_invocation_short_name, strerror(errno));
	shutdown(fd, SHUT_WR);
	int status = print_answer(in);
	fclose(in);
	return status;
}
