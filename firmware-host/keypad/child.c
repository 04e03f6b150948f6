#include "firmware-host/keypad/child.h"

#include "config/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_LENGTH_MAX = 512 };

/* A file in memory takes any length without a reader. */
static int input_make(const void *input, size_t length)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	if (write(fd, input, length) != (ssize_t)length || lseek(fd, 0, SEEK_SET) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int spawn(pid_t *ret_pid, const char *const argv[], int input)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	/* execve's own prototype takes no const, and changes nothing. */
	int failed = posix_spawnp(
		ret_pid, argv[0], &actions, &attributes, (char *const *)(uintptr_t)(const void *)argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

bool child_start(struct child *child, const char *const argv[], const void *input, size_t length, int timeout_ms)
{
	child_stop(child);
	int fd = input_make(input, length);
	if (fd < 0)
		return false;
	int failed = spawn(&child->pid, argv, fd);
	close(fd);
	if (failed != 0)
		child->pid = 0;
	child->deadline = clock_mono_ms() + timeout_ms;
	return failed == 0;
}

bool child_tick(struct child *child)
{
	if (child->pid == 0)
		return false;
	if (waitpid(child->pid, &child->status, WNOHANG) != 0) {
		child->pid = 0;
		return false;
	}
	if (clock_mono_ms() < child->deadline)
		return true;
	child_stop(child);
	child->status = -1;
	return false;
}

/* After SIGKILL the wait is as short as the kernel's own clearing up. */
void child_stop(struct child *child)
{
	if (child->pid == 0)
		return;
	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	child->pid = 0;
}

bool child_find(const char *name)
{
	const char *folders = getenv("PATH");
	char path[PATH_LENGTH_MAX];

	while (folders && *folders) {
		size_t length = strcspn(folders, ":");
		int written = snprintf(path, sizeof path, "%.*s/%s", (int)length, folders, name);
		if (written > 0 && (size_t)written < sizeof path && access(path, X_OK) == 0)
			return true;
		folders += length + (folders[length] == ':');
	}
	return false;
}
