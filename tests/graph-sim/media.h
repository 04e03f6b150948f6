/* Media, both ways. */
#ifndef BANDITORE_GRAPH_SIM_MEDIA_H
#define BANDITORE_GRAPH_SIM_MEDIA_H

#include "tests/graph-sim/reply.h"

struct media *media_find(const struct sim *sim, const char *id);

/* Keeps a copy of the octets. */
struct media *media_add(struct sim *sim, const char *mime, const void *data, size_t length);

/* POST /{phone number id}/media; NULL where the form lacked it. */
struct reply media_upload(struct sim *sim, const char *product, const char *mime, const void *data, size_t length);

/* GET /{media id}: with a URL under `base` that lives five minutes. */
struct reply media_describe(struct sim *sim, struct media *media, const char *base);

/* GET of that URL. */
struct reply media_download(struct sim *sim, const char *id, const char *key);

struct reply media_delete(struct sim *sim, const char *id);
void media_url(const struct media *media, const char *base, char *url, size_t size);
void media_forget(struct sim *sim);

#endif
