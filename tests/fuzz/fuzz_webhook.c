/* Any octets as a webhook's body: bounds hold, every text is UTF-8 in one piece, what is told to logs is masked, and there
 * are never more events than the body has room for. And as a signature: none fits. */
#include "firmware-host/webhook/webhook_private.h"
#include "modem/utf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Whole and well-formed within its array. */
static void require_text(const char *text, size_t size)
{
	require(memchr(text, '\0', size) != NULL);
	for (const char *at = text; *at;) {
		const char *start = at;
		if (utf8_next(&at) == UTF_REPLACEMENT)
			require(strncmp(start, "\xef\xbf\xbd", 3) == 0);
	}
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

static void require_phone(const char *phone)
{
	size_t digits = phone[0] ? strspn(phone + 1, "0123456789") : 0;

	require(!phone[0] || (phone[0] == '+' && digits >= 5 && digits <= 15 && phone[1 + digits] == '\0'));
}

static void require_event(const struct webhook_event *e)
{
	require(e->type <= WEBHOOK_UNKNOWN && e->status <= WEBHOOK_FAILED && e->content <= WEBHOOK_OTHER);
	require(e->at >= 0 && e->token == 0 && e->received == 0 && e->delivery >= 0 && e->code >= 0);
	require_text(e->id, sizeof e->id);
	require_text(e->person.user, sizeof e->person.user);
	require_text(e->person.name, sizeof e->person.name);
	require_text(e->choice, sizeof e->choice);
	require_text(e->reply_to, sizeof e->reply_to);
	require_text(e->media, sizeof e->media);
	require_text(e->mime, sizeof e->mime);
	require_text(e->sha256, sizeof e->sha256);
	require_text(e->file, sizeof e->file);
	require_text(e->template, sizeof e->template);
	require_text(e->language, sizeof e->language);
	require_text(e->field, sizeof e->field);
	require_text(e->word, sizeof e->word);
	require_text(e->text, sizeof e->text);
	require_text(e->error, sizeof e->error);
	require_text(e->remark, sizeof e->remark);
	require_masked(e->error + strspn(e->error, "0123456789")); /* behind the code */
	require_phone(e->person.phone);
	require_phone(e->shared_phone);
	require_phone(e->previous_phone);
	require(e->latitude >= -90 && e->latitude <= 90 && e->longitude >= -180 && e->longitude <= 180);
	if (e->type == WEBHOOK_MESSAGE || e->type == WEBHOOK_MOVED || e->type == WEBHOOK_PREFERENCE)
		require(e->person.phone[0] || e->person.user[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct webhook_event event;
	char *body = malloc(size + 1);
	size_t events = 0;

	require(body != NULL);
	memcpy(body, data, size);
	body[size] = '\0';
	require(!webhook_signature_is_good(body, "segreto", data, size));
	struct webhook_reader *reader = webhook_reader_new(body, size, "1063");
	require(reader != NULL);
	for (; webhook_reader_next(reader, &event); events++)
		require_event(&event);
	require(events <= size + 1);
	webhook_reader_free(reader);
	free(body);
	return 0;
}
