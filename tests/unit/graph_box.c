#include "tests/unit/graph_box.h"

#include "config/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { READY_MS = 20000, LINE_MAX_OCTETS = 16384 };

static void line_read(const struct graph_box *box, const char *name, char *out, size_t size)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", box->dir, name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(out, (int)size, file));
	out[strcspn(out, "\n")] = '\0';
	fclose(file);
}

/* Its one line of output says that all its files are there. */
static void ready_await(int output)
{
	int64_t deadline = clock_mono_ms() + READY_MS;
	char octet = '\0';

	while (octet != '\n') {
		struct pollfd fd = {.fd = output, .events = POLLIN};
		assert_int_equal(poll(&fd, 1, clock_left_ms(deadline)), 1);
		assert_int_equal(read(output, &octet, 1), 1);
	}
	close(output);
}

static void program_run(const struct graph_box *box, const char *settings, int output)
{
	if (dup2(output, STDOUT_FILENO) < 0)
		_exit(1);
	if (settings)
		execl(box->program, box->program, "--dir", box->dir, "--set", settings, "--die-with-parent", NULL);
	else
		execl(box->program, box->program, "--dir", box->dir, "--die-with-parent", NULL);
	_exit(1);
}

bool graph_box_open(struct graph_box *box, const char *settings)
{
	const char *build = getenv("B");
	int output[2];

	memset(box, 0, sizeof *box);
	snprintf(box->program, sizeof box->program, "%s/graph-sim", build ? build : "build");
	if (access(box->program, X_OK) != 0)
		return false;
	snprintf(box->dir, sizeof box->dir, "/tmp/banditore-graph.XXXXXX");
	assert_non_null(mkdtemp(box->dir));
	assert_int_equal(pipe2(output, O_CLOEXEC), 0);
	box->pid = fork();
	assert_true(box->pid >= 0);
	if (box->pid == 0)
		program_run(box, settings, output[1]);
	close(output[1]);
	ready_await(output[0]);
	line_read(box, "url", box->url, sizeof box->url);
	line_read(box, "tls-url", box->tls_url, sizeof box->tls_url);
	line_read(box, "token", box->token, sizeof box->token);
	snprintf(box->ca_file, sizeof box->ca_file, "%s/ca.pem", box->dir);
	return true;
}

void graph_box_close(struct graph_box *box)
{
	if (box->pid <= 0)
		return;
	kill(box->pid, SIGTERM);
	waitpid(box->pid, NULL, 0);
	rmdir(box->dir);
	box->pid = 0;
}

json_t *graph_box_ask(const struct graph_box *box, const char *command)
{
	static char line[LINE_MAX_OCTETS];
	char shell[512];
	json_t *lines = json_array();

	snprintf(shell, sizeof shell, "'%s' ctl '%s' %s", box->program, box->dir, command);
	FILE *pipe = popen(shell, "r");
	assert_non_null(pipe);
	while (fgets(line, sizeof line, pipe))
		json_array_append_new(lines, json_loads(line, 0, NULL));
	assert_int_equal(pclose(pipe), 0);
	return lines;
}

void graph_box_do(const struct graph_box *box, const char *command)
{
	json_decref(graph_box_ask(box, command));
}
