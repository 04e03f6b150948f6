/* Images and documents to and from the WhatsApp Cloud API, one at a time, for work beside the hub. Each function blocks
 * until its deadline at most; any thread that blocks SIGPIPE or ignores it.
 *
 * The token goes to the API's own host and, over TLS, to the hosts on which Meta keeps media (facebook.com, fbsbx.com,
 * whatsapp.net and what is below them); a redirect elsewhere is followed without it.
 *
 * Facts: Meta's page business-phone-numbers/media (2026). */
#ifndef BANDITORE_GRAPH_MEDIA_H
#define BANDITORE_GRAPH_MEDIA_H

#include "config/err.h"
#include "modem/graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRAPH_IMAGE_MAX = 5 * 1024 * 1024, GRAPH_DOCUMENT_MAX = 100 * 1024 * 1024 }; /* octets */

/* What stays the caller's while a function runs. */
struct graph_account {
	const char *api; /* with its version */
	const char *phone_number_id;
	const char *ca_file; /* NULL or "": the system's */
	const char *token;
};

/* What this MIME type is sent as, BEARER_IMAGE or BEARER_DOCUMENT, and the most of it in octets. False: WhatsApp does not
 * take it. */
bool graph_media_kind(const char *type, enum bearer_content *ret_content, size_t *ret_max);

/* Uploads a regular file from its beginning; `name` is what the person sees. The id is good for 30 days. Fails with
 * EX_DATAERR for a type, a size or a file WhatsApp does not take, else as graph_ask. */
struct graph_media_file {
	int fd;
	const char *name, *type;
};
int graph_media_upload(const struct graph_account *account, const struct graph_media_file *file, int64_t deadline,
	char ret_id[GRAPH_MEDIA_ID_MAX], struct err *err);

/* Fetches a medium that a webhook named and writes it to `fd` where that stands. When it fails, what was written is to be
 * thrown away. Fails with EX_DATAERR when it is larger than `max`, EX_TEMPFAIL when what came is not what was sent (its
 * hash), EX_IOERR when it cannot be written, else as graph_ask. */
struct graph_media_wanted {
	const char *id;
	size_t max; /* octets */
	const char *
		sha256; /* as the webhook told it, base64 or hexadecimal; NULL or "": as the API tells it, if it does */
	int fd;
};
int graph_media_fetch(const struct graph_account *account, const struct graph_media_wanted *wanted, int64_t deadline,
	struct graph_media *ret_media, struct err *err);

/* May the token of the account at `api` go to this address? */
bool graph_media_is_trusted(const char *url, const char *api);

/* Is this the hash told, be it in base64 or hexadecimal? */
enum { GRAPH_SHA256_OCTETS = 32 };
bool graph_media_hash_is(const unsigned char hash[GRAPH_SHA256_OCTETS], const char *told);

#endif
