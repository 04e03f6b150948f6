/* Any octets as an answer of the WhatsApp Cloud API: bounds hold, what is told is one line without a number, and what
 * reads as a text can be sent as one. */
#include "modem/graph.h"
#include "modem/graph_template.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_masked(const char *text)
{
	int digits = 0;

	for (; *text; text++) {
		require((unsigned char)*text >= ' ' && *text != 0x7f);
		digits = *text >= '0' && *text <= '9' ? digits + 1 : 0;
		require(digits < 7);
	}
}

static void read_all(const char *body, size_t size)
{
	struct graph_sent sent;
	struct graph_media media;
	struct graph_error error;
	char why[BEARER_WHY_MAX], told[256], id[GRAPH_MEDIA_ID_MAX];

	if (graph_sent_read(body, size, &sent))
		require(strlen(sent.id) < sizeof sent.id && strlen(sent.user) < sizeof sent.user);
	(void)graph_success_read(body, size);
	(void)graph_is_answer(body, size);
	if (graph_media_read(body, size, &media))
		require(strlen(media.url) < sizeof media.url && media.size >= -1);
	if (graph_media_id_read(body, size, id))
		require(graph_media_id_is(id));
	(void)graph_health_read(body, size, why);
	require(strlen(why) < sizeof why);
	if (graph_error_read(body, size, &error)) {
		require(error.code >= 0 && graph_code_find(error.code)->meaning);
		require_masked(error.details);
		require_masked(error.message);
		graph_error_tell(&error, told, sizeof told);
		require(strlen(told) < sizeof told);
	}
}

static void read_templates(const char *body, size_t size)
{
	struct graph_template *templates = NULL, one;
	char after[GRAPH_CURSOR_MAX];
	int count = graph_template_page(body, size, &templates, 0, after);

	for (int i = 0; i < count; i++)
		(void)graph_template_is_usable(&templates[i]);
	require(strpbrk(after, "&?# /") == NULL);
	(void)graph_template_one(body, size, &one);
	free(templates);
}

/* The same octets as a SEND's text. */
static void send_all(const char *text)
{
	struct bearer_send send = {
		.delivery = 1, .attempt = 1, .to = "+393331234567", .template = "t", .language = "it"};
	struct err err;
	char *body;

	for (send.content = BEARER_TEXT; send.content <= BEARER_DOCUMENT; send.content++) {
		if (graph_request_of_send(&send, text, &body, &err) != 0) {
			require(err.status == EX_DATAERR && err.text[0]);
			continue;
		}
		json_t *json = json_loads(body, 0, NULL);
		require(json != NULL);
		json_decref(json);
		free(body);
	}
}

static void fold(const char *text)
{
	char out[BEARER_TEXT_MAX], again[BEARER_TEXT_MAX];

	graph_parameter_fold(text, out, sizeof out);
	require(!strpbrk(out, "\n\r\t") && !strstr(out, "     ") && graph_characters(out) <= graph_characters(text));
	graph_parameter_fold(out, again, sizeof again);
	require(strcmp(out, again) == 0 || strlen(out) > sizeof out - 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	int64_t delivery;
	int32_t attempt;

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	read_all(text, size);
	read_templates(text, size);
	(void)graph_callback_read(text, &delivery, &attempt);
	if (size < BEARER_TEXT_MAX) {
		send_all(text);
		fold(text);
	}
	free(text);
	return 0;
}
