#include "modem/graph_media.h"

#include "config/clock.h"
#include "modem/graph_ask.h"
#include "modem/graph_http.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_MS = 10000, HOPS_MAX = 5, URLS_MAX = 2, HTTP_NOT_FOUND = 404 };

_Static_assert(GRAPH_SHA256_OCTETS == crypto_hash_sha256_BYTES, "the hash of libsodium");

/* ---- what WhatsApp takes ----------------------------------------------------------------------------------------- */

#define OFFICE "application/vnd.openxmlformats-officedocument."

bool graph_media_kind(const char *type, enum bearer_content *ret_content, size_t *ret_max)
{
	static const struct {
		const char *type;
		enum bearer_content content;
	} kinds[] = {
		{"image/jpeg", BEARER_IMAGE},
		{"image/png", BEARER_IMAGE},
		{"application/pdf", BEARER_DOCUMENT},
		{"text/plain", BEARER_DOCUMENT},
		{"application/msword", BEARER_DOCUMENT},
		{"application/vnd.ms-excel", BEARER_DOCUMENT},
		{"application/vnd.ms-powerpoint", BEARER_DOCUMENT},
		{OFFICE "wordprocessingml.document", BEARER_DOCUMENT},
		{OFFICE "spreadsheetml.sheet", BEARER_DOCUMENT},
		{OFFICE "presentationml.presentation", BEARER_DOCUMENT},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcasecmp(kinds[i].type, type) != 0)
			continue;
		*ret_content = kinds[i].content;
		*ret_max = kinds[i].content == BEARER_IMAGE ? GRAPH_IMAGE_MAX : GRAPH_DOCUMENT_MAX;
		return true;
	}
	return false;
}

/* ---- whom the token may be shown --------------------------------------------------------------------------------- */

/* "scheme://host:port" of an address, as its length; 0: none that could be read in one way only. */
static size_t origin_length(const char *url)
{
	const char *host = strstr(url, "://");

	if (!host)
		return 0;
	host += 3;
	size_t length = strcspn(host, "/?#");
	size_t plain = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]");
	return length > 0 && plain >= length ? (size_t)(host - url) + length : 0;
}

static bool is_below(const char *host, size_t length, const char *domain)
{
	size_t own = strlen(domain);

	if (length < own || strncasecmp(host + length - own, domain, own) != 0)
		return false;
	return length == own || host[length - own - 1] == '.';
}

bool graph_media_is_trusted(const char *url, const char *api)
{
	static const char tls[] = "https://";
	static const char *const domains[] = {"facebook.com", "fbsbx.com", "whatsapp.net"};
	size_t origin = origin_length(url);

	if (origin == 0 || !graph_http_is_private(url))
		return false;
	if (origin == origin_length(api) && strncasecmp(url, api, origin) == 0)
		return true;
	if (strncmp(url, tls, sizeof tls - 1) != 0)
		return false;
	for (size_t i = 0; i < sizeof domains / sizeof *domains; i++)
		if (is_below(url + sizeof tls - 1, origin - (sizeof tls - 1), domains[i]))
			return true;
	return false;
}

/* ---- up ---------------------------------------------------------------------------------------------------------- */

static int account_open(const struct graph_account *account, struct graph_http **ret_http, struct err *err)
{
	struct graph_http_config config = {.token = account->token,
		.ca_file = account->ca_file,
		.connect_ms = CONNECT_MS,
		.total_ms = CONNECT_MS,
		.in_flight_max = 2};

	return graph_http_new(&config, ret_http, err);
}

static int file_check(const struct graph_media_file *file, size_t *ret_length, struct err *err)
{
	enum bearer_content content;
	struct stat status;
	size_t max;

	if (!graph_media_kind(file->type, &content, &max))
		return err_set(err, EX_DATAERR,
			"WhatsApp takes no file of type %.60s; send JPEG, PNG, PDF, text or an office document",
			file->type);
	if (fstat(file->fd, &status) != 0 || !S_ISREG(status.st_mode))
		return err_set(err, EX_DATAERR, "%.100s is no regular file", file->name);
	if (status.st_size == 0)
		return err_set(err, EX_DATAERR, "%.100s is empty", file->name);
	if ((uintmax_t)status.st_size > max)
		return err_set(err, EX_DATAERR, "%.100s is larger than the %zu MiB WhatsApp takes; make it smaller",
			file->name, max / (1024 * 1024));
	*ret_length = (size_t)status.st_size;
	return 0;
}

int graph_media_upload(const struct graph_account *account, const struct graph_media_file *file, int64_t deadline,
	char ret_id[GRAPH_MEDIA_ID_MAX], struct err *err)
{
	char path[128], url[GRAPH_URL_MAX];
	struct graph_http_file form = {.field = "messaging_product",
		.value = "whatsapp",
		.name = file->name,
		.type = file->type,
		.fd = file->fd};
	struct graph_http_request request = {.url = url, .file = &form};
	struct graph_http_answer answer;
	struct graph_http *http;

	if (file_check(file, &form.length, err) != 0 || account_open(account, &http, err) != 0)
		return -1;
	(void)snprintf(path, sizeof path, "%s/media", account->phone_number_id);
	graph_http_url(account->api, path, url);
	int result = graph_ask(http, &request, deadline, &answer, err);
	if (result == 0 && !graph_media_id_read(answer.body, answer.length, ret_id))
		result = err_set(err, EX_UNAVAILABLE, "WhatsApp's answer is not understood; try again");
	graph_http_free(http);
	return result;
}

/* ---- down -------------------------------------------------------------------------------------------------------- */

struct fetching {
	int fd, error;
	size_t length, max;
	bool too_long;
	crypto_hash_sha256_state hash;
};

static bool piece_write(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, data, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		data += written;
		length -= (size_t)written;
	}
	return true;
}

static bool piece_take(void *context, const char *data, size_t length)
{
	struct fetching *fetching = context;

	fetching->too_long = length > fetching->max - fetching->length;
	if (fetching->too_long)
		return false;
	if (!piece_write(fetching->fd, data, length)) {
		fetching->error = errno;
		return false;
	}
	fetching->length += length;
	crypto_hash_sha256_update(&fetching->hash, (const unsigned char *)data, length);
	return true;
}

static int too_large(const struct graph_media_wanted *wanted, struct err *err)
{
	return err_set(err, EX_DATAERR, "the file is larger than the %zu octets that are kept", wanted->max);
}

static int describe(struct graph_http *http, const struct graph_account *account,
	const struct graph_media_wanted *wanted, int64_t deadline, struct graph_media *ret_media, struct err *err)
{
	char path[GRAPH_MEDIA_ID_MAX + 128], url[GRAPH_URL_MAX];
	struct graph_http_request request = {.url = url};
	struct graph_http_answer answer;

	if (!graph_media_id_is(wanted->id))
		return err_set(err, EX_DATAERR, "this is no id of a file of WhatsApp's");
	(void)snprintf(path, sizeof path, "%s?phone_number_id=%s", wanted->id, account->phone_number_id);
	graph_http_url(account->api, path, url);
	if (graph_ask(http, &request, deadline, &answer, err) != 0)
		return -1;
	if (!graph_media_read(answer.body, answer.length, ret_media))
		return err_set(err, EX_UNAVAILABLE, "WhatsApp's answer is not understood; try again");
	if (ret_media->size > 0 && (uintmax_t)ret_media->size > wanted->max)
		return too_large(wanted, err);
	return 0;
}

static bool may_follow(const char *url, const char *api)
{
	return strncmp(url, "https://", 8) == 0 || (graph_http_is_private(url) && strncmp(api, "http://", 7) == 0);
}

/* Returns the status of what answered last, or -1. */
static int download(struct graph_http *http, const struct graph_account *account, const char *start, int64_t deadline,
	struct fetching *fetching, struct err *err)
{
	char url[GRAPH_URL_MAX];
	struct graph_http_request request = {.url = url, .sink = piece_take, .sink_context = fetching};
	struct graph_http_answer answer;

	(void)snprintf(url, sizeof url, "%s", start);
	for (int hop = 0; hop < HOPS_MAX; hop++) {
		if (!may_follow(url, account->api))
			return err_set(err, EX_UNAVAILABLE, "the file is kept where it cannot be fetched safely");
		request.anonymous = !graph_media_is_trusted(url, account->api);
		if (graph_ask(http, &request, deadline, &answer, err) == 0)
			return answer.status;
		if (answer.status < 300 || answer.status >= 400 || !*answer.location)
			return answer.status > 0 ? answer.status : -1;
		if (strlen(answer.location) >= sizeof url)
			return err_set(err, EX_UNAVAILABLE, "the file's address is too long");
		(void)snprintf(url, sizeof url, "%s", answer.location);
	}
	return err_set(err, EX_UNAVAILABLE, "the file is sent from one address to the next without end");
}

bool graph_media_hash_is(const unsigned char hash[GRAPH_SHA256_OCTETS], const char *told)
{
	char text[GRAPH_MEDIA_HASH_MAX];

	if (strlen(told) == (size_t)GRAPH_SHA256_OCTETS * 2)
		return strcasecmp(sodium_bin2hex(text, sizeof text, hash, GRAPH_SHA256_OCTETS), told) == 0;
	sodium_bin2base64(text, sizeof text, hash, GRAPH_SHA256_OCTETS, sodium_base64_VARIANT_ORIGINAL);
	if (strcmp(text, told) == 0)
		return true;
	sodium_bin2base64(text, sizeof text, hash, GRAPH_SHA256_OCTETS, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	return strcmp(text, told) == 0;
}

static int fetched_check(const struct fetching *fetching, const struct graph_media_wanted *wanted,
	const struct graph_media *media, struct err *err)
{
	unsigned char hash[GRAPH_SHA256_OCTETS];
	crypto_hash_sha256_state state = fetching->hash;
	const char *told = wanted->sha256 && *wanted->sha256 ? wanted->sha256 : media->sha256;

	crypto_hash_sha256_final(&state, hash);
	if (*told && !graph_media_hash_is(hash, told))
		return err_set(err, EX_TEMPFAIL, "the file that came is not the one that was sent; fetch it again");
	return 0;
}

int graph_media_fetch(const struct graph_account *account, const struct graph_media_wanted *wanted, int64_t deadline,
	struct graph_media *ret_media, struct err *err)
{
	struct fetching fetching = {.fd = wanted->fd, .max = wanted->max};
	struct graph_http *http;
	int status = HTTP_NOT_FOUND;

	if (account_open(account, &http, err) != 0)
		return -1;
	crypto_hash_sha256_init(&fetching.hash);
	/* An address that is no longer known may have been too old: the API gives a new one. */
	for (int i = 0; i < URLS_MAX && status == HTTP_NOT_FOUND; i++) {
		status = describe(http, account, wanted, deadline, ret_media, err);
		if (status == 0)
			status = download(http, account, ret_media->url, deadline, &fetching, err);
	}
	graph_http_free(http);
	if (fetching.too_long)
		return too_large(wanted, err);
	if (fetching.error)
		return err_set(err, EX_IOERR, "the file cannot be kept: %s", strerror(fetching.error));
	if (status < 200 || status >= 300)
		return -1;
	ret_media->size = (int64_t)fetching.length;
	return fetched_check(&fetching, wanted, ret_media, err);
}
