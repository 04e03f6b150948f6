#include "firmware-host/console/certificate.h"

#include "firmware-host/console/certificate_make.h"
#include "firmware-host/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t renew_before_ms = INT64_C(30) * 24 * 60 * 60 * 1000;

static bool is_own(const struct settings *settings)
{
	return strcmp(settings->console.tls, "auto") == 0;
}

bool certificate_path(const struct settings *settings, char *out, size_t size)
{
	int length = is_own(settings) ? snprintf(out, size, "%s.console.pem", settings->database)
				      : snprintf(out, size, "%s", settings->console.tls);

	return length >= 0 && (size_t)length < size;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static int pem_check(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(err, EX_CONFIG, "%s is no plain file; console.tls wants one", path);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return err_set(err, EX_CONFIG, "%s holds a key and others may read it; run: chmod 600 %s", path, path);
	if (st.st_size <= 0 || st.st_size > CERTIFICATE_PEM_MAX)
		return err_set(err, EX_CONFIG, "%s is no file with a certificate and its key", path);
	return 0;
}

/* 0 read, 1 there is none, -1. */
static int pem_read(const char *path, char **ret_pem, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0)
		return err_set(err, EX_CONFIG, "%s: %s; correct console.tls", path, strerror(errno));
	char *pem = calloc(1, CERTIFICATE_PEM_MAX + 1);
	int result = pem ? pem_check(fd, path, err) : err_set(err, EX_OSERR, "out of memory");
	if (result == 0 && read(fd, pem, CERTIFICATE_PEM_MAX) <= 0)
		result = err_set(err, EX_IOERR, "%s: cannot be read: %s", path, strerror(errno));
	close(fd);
	if (result == 0 && (!strstr(pem, "-----BEGIN CERTIFICATE-----") || !strstr(pem, "PRIVATE KEY-----")))
		result = err_set(err, EX_CONFIG,
			"%s lacks a certificate or its key; console.tls wants both in one PEM file", path);
	if (result != 0) {
		free(pem);
		return -1;
	}
	*ret_pem = pem;
	return 0;
}

static void pem_free(char *pem)
{
	if (pem)
		sodium_memzero(pem, strlen(pem));
	free(pem);
}

static int pem_write(void *context, FILE *out, struct err *err)
{
	if (fputs(context, out) == EOF)
		return err_set(err, EX_IOERR, "the certificate could not be written; is the disk full?");
	return 0;
}

static int own_make(const char *path, const char *before, int64_t now, char **ret_pem, struct err *err)
{
	char *pem = calloc(1, CERTIFICATE_PEM_MAX + 1);
	int result = pem ? certificate_make(before, now, pem, CERTIFICATE_PEM_MAX, err)
			 : err_set(err, EX_OSERR, "out of memory");

	if (result == 0)
		result = private_file_write(path, pem_write, pem, err);
	if (result != 0) {
		pem_free(pem);
		return -1;
	}
	*ret_pem = pem;
	return 0;
}

int certificate_load(const struct settings *settings, int64_t now, char **ret_pem, struct err *err)
{
	char path[SETTINGS_STRING_MAX + 32], *pem = NULL;

	if (!certificate_path(settings, path, sizeof path))
		return err_set(err, EX_CONFIG, "the database's path is too long for a certificate beside it");
	int found = pem_read(path, &pem, err);
	if (found < 0)
		return -1;
	if (found == 0 && (!is_own(settings) || certificate_end(pem) - now > renew_before_ms)) {
		*ret_pem = pem;
		return 0;
	}
	if (!is_own(settings))
		return err_set(err, EX_CONFIG, "%s is not there; correct console.tls, or set it to \"auto\"", path);
	int result = own_make(path, pem, now, ret_pem, err);
	pem_free(pem);
	return result;
}

/* ---- fingerprint ------------------------------------------------------------------------------------------------- */

bool certificate_fingerprint(const char *pem, char out[CERTIFICATE_FINGERPRINT_MAX])
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
	unsigned char hash[crypto_hash_sha256_BYTES];
	const char *mark = strstr(pem, begin), *from = mark ? mark + sizeof begin - 1 : NULL;
	const char *until = from ? strstr(from, end) : NULL;
	size_t length = 0, used = 0;

	out[0] = '\0';
	if (!until)
		return false;
	unsigned char *octets = malloc((size_t)(until - from));
	if (!octets ||
		sodium_base642bin(octets, (size_t)(until - from), from, (size_t)(until - from), " \r\n\t", &length,
			NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
		length == 0) {
		free(octets);
		return false;
	}
	crypto_hash_sha256(hash, octets, length);
	free(octets);
	for (size_t i = 0; i < sizeof hash; i++)
		used += (size_t)snprintf(out + used, CERTIFICATE_FINGERPRINT_MAX - used, i ? ":%02X" : "%02X", hash[i]);
	return true;
}

void certificate_fingerprint_of(const struct settings *settings, char out[CERTIFICATE_FINGERPRINT_MAX])
{
	char path[SETTINGS_STRING_MAX + 32], *pem = NULL;
	struct err ignored;

	out[0] = '\0';
	if (strcmp(settings->console.tls, "off") == 0 || !certificate_path(settings, path, sizeof path) ||
		pem_read(path, &pem, &ignored) != 0)
		return;
	(void)certificate_fingerprint(pem, out);
	pem_free(pem);
}
