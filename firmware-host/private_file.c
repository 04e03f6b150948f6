#include "firmware-host/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int private_file_write(
	const char *name, int (*write)(void *context, FILE *out, struct err *err), void *context, struct err *err)
{
	char path[PATH_MAX];

	if (!name || strcmp(name, "-") == 0)
		return write(context, stdout, err);
	if (snprintf(path, sizeof path, "%s.XXXXXX", name) >= (int)sizeof path)
		return err_set(err, EX_CANTCREAT, "the name of the file is too long");
	int fd = mkostemp(path, O_CLOEXEC);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!out) {
		err_set(err, EX_CANTCREAT, "%s: cannot be created: %s", name, strerror(errno));
		if (fd >= 0) {
			close(fd);
			unlink(path);
		}
		return -1;
	}
	int result = write(context, out, err);
	if (result == 0 && (fflush(out) != 0 || fsync(fd) < 0))
		result = err_set(err, EX_IOERR, "%s: cannot be written: %s", name, strerror(errno));
	fclose(out);
	if (result == 0 && rename(path, name) < 0)
		result = err_set(err, EX_CANTCREAT, "%s: cannot be created: %s", name, strerror(errno));
	if (result < 0)
		unlink(path);
	return result;
}
