#include "firmware-host/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int secret_check(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_set(err, EX_CONFIG, "%s cannot be read: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, EX_CONFIG, "%s is no plain file; write the secret into one", path);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return err_set(
			err, EX_CONFIG, "%s holds a secret and others may read it; run: chmod 600 %s", path, path);
	return 0;
}

/* Octets read, which may be size for a file that is longer; -1. */
static ssize_t secret_load(int fd, char *out, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while (length < size && (got = read(fd, out + length, size - length)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		length += (size_t)got;
	}
	return (ssize_t)length;
}

static int secret_trim(char *out, ssize_t length, size_t size, const char *path, const char *key, struct err *err)
{
	static const char blank[] = " \t\r\n";

	if (length < 0)
		return err_set(err, EX_CONFIG, "%s cannot be read: %s", path, strerror(errno));
	if ((size_t)length == size)
		return err_set(err, EX_CONFIG, "%s is too long for %s; it must hold the secret alone", path, key);
	out[length] = '\0';
	size_t first = strspn(out, blank), word = strcspn(out + first, blank);
	if (word == 0)
		return err_set(err, EX_CONFIG, "%s is empty; write the secret of %s into it", path, key);
	if (strlen(out) != (size_t)length || out[first + word + strspn(out + first + word, blank)] != '\0')
		return err_set(err, EX_CONFIG, "%s holds more than one word; it must hold the secret alone", path);
	memmove(out, out + first, word);
	explicit_bzero(out + word, size - word);
	return 0;
}

int secret_read(const char *path, const char *key, char *out, size_t size, struct err *err)
{
	if (!*path)
		return err_set(err, EX_CONFIG, "%s is not set; name a file of mode 600 that holds it", key);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, EX_CONFIG, "%s cannot be read: %s; correct %s", path, strerror(errno), key);
	int result = secret_check(fd, path, err);
	if (result == 0)
		result = secret_trim(out, secret_load(fd, out, size), size, path, key, err);
	close(fd);
	if (result != 0)
		explicit_bzero(out, size);
	return result;
}
