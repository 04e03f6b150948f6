#include "tests/unit/net_box.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool text_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t length = (ssize_t)strlen(text);

	if (fd < 0)
		return false;
	bool written = write(fd, text, (size_t)length) == length;
	close(fd);
	return written;
}

/* Root in a user namespace of its own, where the system lets anybody have one. */
static bool user_open(void)
{
	char map[64];

	snprintf(map, sizeof map, "0 %u 1", (unsigned)getuid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && text_write("/proc/self/setgroups", "deny") &&
	       text_write("/proc/self/uid_map", map);
}

const char *net_box_open(void)
{
	if (access("/usr/sbin/ip", X_OK) != 0 && access("/sbin/ip", X_OK) != 0 && access("/usr/bin/ip", X_OK) != 0)
		return "iproute2 is not installed";
	if (unshare(CLONE_NEWNET) != 0 && !user_open())
		return "no network namespace may be made here";
	return NULL;
}

void net_box_ip(const char *format, ...)
{
	char words[200], command[256];
	va_list list;

	va_start(list, format);
	vsnprintf(words, sizeof words, format, list);
	va_end(list);
	snprintf(command, sizeof command, "PATH=/usr/sbin:/sbin:/usr/bin:/bin ip %s", words);
	assert_int_equal(system(command), 0);
}
