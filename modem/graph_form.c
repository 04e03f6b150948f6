#include "modem/graph_form.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reading {
	int fd;
	off_t at, end;
};

static size_t file_read(char *buffer, size_t size, size_t count, void *context)
{
	struct reading *reading = context;
	size_t room = size * count, left = (size_t)(reading->end - reading->at);
	ssize_t got;

	do
		got = pread(reading->fd, buffer, room < left ? room : left, reading->at);
	while (got < 0 && errno == EINTR);
	if (got < 0 || (got == 0 && left > 0)) /* shorter than it was said to be */
		return CURL_READFUNC_ABORT;
	reading->at += got;
	return (size_t)got;
}

/* A file may be sent again from any place: an upload nobody refers to does no harm. */
static int file_seek(void *context, curl_off_t offset, int origin)
{
	struct reading *reading = context;

	if (origin != SEEK_SET || offset < 0 || offset > reading->end)
		return CURL_SEEKFUNC_FAIL;
	reading->at = offset;
	return CURL_SEEKFUNC_OK;
}

static bool file_put(const struct curl_library *curl, curl_mimepart *part, const struct graph_http_file *file)
{
	struct reading *reading = part ? malloc(sizeof *reading) : NULL;

	if (!reading)
		return false;
	*reading = (struct reading){.fd = file->fd, .end = (off_t)file->length};
	if (curl->mime_data_cb(part, (curl_off_t)file->length, file_read, file_seek, free, reading) != CURLE_OK) {
		free(reading);
		return false;
	}
	return curl->mime_name(part, "file") == CURLE_OK && curl->mime_filename(part, file->name) == CURLE_OK &&
	       curl->mime_type(part, file->type) == CURLE_OK;
}

curl_mime *graph_form_make(const struct curl_library *curl, CURL *easy, const struct graph_http_file *file)
{
	curl_mime *form = curl->mime_init(easy);
	curl_mimepart *field = form ? curl->mime_addpart(form) : NULL;

	if (field && curl->mime_name(field, file->field) == CURLE_OK &&
		curl->mime_data(field, file->value, strlen(file->value)) == CURLE_OK &&
		file_put(curl, curl->mime_addpart(form), file))
		return form;
	curl->mime_free(form);
	return NULL;
}
