#include "firmware-host/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 1024 };

static _Atomic int log_threshold = LOG_INFO;

void log_set_level(enum log_level level)
{
	log_threshold = (int)level;
}

void log_line(enum log_level level, const char *format, ...)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	int kept = errno;
	char line[LOG_LINE_MAX];
	va_list arguments;

	if ((int)level > log_threshold)
		return;
	int used = snprintf(line, sizeof line, "%s: ", names[level]);
	va_start(arguments, format);
	int more = vsnprintf(line + used, sizeof line - (size_t)used - 1, format, arguments);
	va_end(arguments);
	if (more < 0)
		return;
	size_t length = strlen(line);
	line[length++] = '\n';
	/* A log that cannot be written must not stop an alert. */
	ssize_t written = write(STDERR_FILENO, line, length);
	(void)written;
	errno = kept;
}
