#include "modem/cbs.h"

#include "modem/gsm7.h"

#include <string.h>

/* 23.038 §5: languages of the coding groups 0000 and 0010. */
static const char *const languages[] = {
	"de", "en", "it", "fr", "es", "nl", "sv", "da", "pt", "fi", "no", "el", "tr", "hu", "pl", ""};
static const char *const more_languages[] = {"cs", "he", "ar", "ru", "is"};

enum language_prefix { PREFIX_NONE, PREFIX_GSM7, PREFIX_UCS2 };

/* Sets alphabet and language; returns how the content begins. */
static enum language_prefix coding_read(struct cbs_page *page)
{
	uint8_t low = page->dcs & 15;
	const char *language = "";
	enum language_prefix prefix = PREFIX_NONE;

	page->alphabet = PDU_GSM7;
	switch (page->dcs >> 4) {
	case 0x0: language = languages[low]; break;
	case 0x1:
		if (low == 0)
			prefix = PREFIX_GSM7;
		if (low == 1) {
			prefix = PREFIX_UCS2;
			page->alphabet = PDU_UCS2;
		}
		break;
	case 0x2:
		if (low < sizeof more_languages / sizeof *more_languages)
			language = more_languages[low];
		break;
	case 0x4:
	case 0x5:
	case 0x6:
	case 0x7:
	case 0x9:
		if ((low & 12) == 4)
			page->alphabet = PDU_8BIT;
		if ((low & 12) == 8)
			page->alphabet = PDU_UCS2;
		if (page->dcs >> 4 == 6 || page->dcs >> 4 == 7)
			page->alphabet = PDU_8BIT; /* compressed: nobody sends it, and it is no text as it stands */
		break;
	case 0xF:
		if (low & 4)
			page->alphabet = PDU_8BIT;
		break;
	default: break; /* reserved groups read as GSM-7 */
	}
	memcpy(page->language, language, strlen(language) + 1);
	return prefix;
}

/* The two letters of a language told by the content itself; anything else than letters is no language. */
static void language_take(const uint8_t *letters, struct cbs_page *page)
{
	char language[3] = {(char)letters[0], (char)letters[1], '\0'};

	if (strspn(language, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2)
		memcpy(page->language, language, sizeof language);
}

static void octets_take(const uint8_t *octets, size_t count, struct cbs_page *page)
{
	page->length = (uint8_t)count;
	memcpy(page->content, octets, count);

	/* §5: what is left of a page is filled with CR. */
	if (page->alphabet == PDU_UCS2)
		while (page->length >= 2 && page->content[page->length - 2] == 0 &&
			page->content[page->length - 1] == GSM7_CR)
			page->length = (uint8_t)(page->length - 2);
}

static void septets_take(const uint8_t *octets, size_t count, bool has_language, struct cbs_page *page)
{
	uint8_t septets[CBS_SEPTETS_MAX];
	size_t length = gsm7_capacity(count, 0);
	size_t begin = has_language ? 3 : 0; /* two letters and a CR */

	gsm7_unpack(octets, 0, septets, length);
	if (begin > length)
		begin = length;
	if (begin == 3)
		language_take(septets, page);
	while (length > begin && septets[length - 1] == GSM7_CR)
		length--;
	page->length = (uint8_t)(length - begin);
	memcpy(page->content, septets + begin, page->length);
}

const char *cbs_read(const uint8_t *octets, size_t length, struct cbs_page *ret_page)
{
	if (length <= CBS_HEADER_OCTETS)
		return "a broadcast page without content";

	struct cbs_page page = {
		.serial = (uint16_t)(octets[0] << 8 | octets[1]),
		.channel = (uint16_t)(octets[2] << 8 | octets[3]),
		.dcs = octets[4],
		.page = octets[5] >> 4,
		.pages = octets[5] & 15,
	};
	page.scope = (uint8_t)(page.serial >> 14);
	page.code = page.serial >> 4 & 0x3FF;
	page.update = page.serial & 15;

	/* §9.4.1.2.4: 0000 in either half is to be read as page 1 of 1. */
	if (page.page == 0 || page.pages == 0) {
		page.page = 1;
		page.pages = 1;
	}
	if (page.page > page.pages)
		return "a broadcast page beyond the last";

	size_t count = length - CBS_HEADER_OCTETS;
	const uint8_t *content = octets + CBS_HEADER_OCTETS;
	if (count > CBS_CONTENT_OCTETS)
		count = CBS_CONTENT_OCTETS;

	enum language_prefix prefix = coding_read(&page);
	if (prefix == PREFIX_UCS2 && count >= 2) {
		uint8_t letters[2];

		gsm7_unpack(content, 0, letters, 2);
		language_take(letters, &page);
		content += 2;
		count -= 2;
	}
	if (page.alphabet == PDU_GSM7)
		septets_take(content, count, prefix == PREFIX_GSM7, &page);
	else
		octets_take(content, count, &page);
	*ret_page = page;
	return NULL;
}

static void page_put(const struct cbs_page *page, bool *escape, uint16_t *high, struct utf8_out *out)
{
	if (page->alphabet == PDU_GSM7)
		gsm7_read(page->content, page->length, GSM7_DEFAULT, GSM7_DEFAULT, escape, out);
	else if (page->alphabet == PDU_UCS2)
		utf16_read(page->content, page->length, high, out);
}

int cbs_text(const struct cbs_page *page, char out[CBS_PAGE_TEXT_MAX])
{
	struct utf8_out text;
	bool escape = false;
	uint16_t high = 0;

	utf8_out_init(&text, out, CBS_PAGE_TEXT_MAX);
	page_put(page, &escape, &high, &text);
	gsm7_finish(&escape, &text);
	utf16_finish(&high, &text);
	return (int)text.length;
}

bool cbs_same(const struct cbs_page *one, const struct cbs_page *other)
{
	return one->channel == other->channel && one->serial == other->serial && one->pages == other->pages;
}

bool cbs_is_update(const struct cbs_page *kept, const struct cbs_page *fresh)
{
	unsigned ahead = (fresh->update - kept->update) & 15u;

	return kept->channel == fresh->channel && kept->scope == fresh->scope && kept->code == fresh->code &&
	       ahead >= 1 && ahead <= 8;
}

int cbs_join(const struct cbs_page *const *pages, unsigned count, char *out, size_t size)
{
	const struct cbs_page *by_number[CBS_PAGES_MAX + 1] = {NULL};
	struct utf8_out text;
	bool escape = false;
	uint16_t high = 0;
	int missing = 0;

	if (count == 0 || size == 0)
		return -1;
	for (unsigned i = 0; i < count; i++)
		if (by_number[pages[i]->page] == NULL)
			by_number[pages[i]->page] = pages[i];

	utf8_out_init(&text, out, size);
	for (unsigned number = 1; number <= pages[0]->pages; number++) {
		if (by_number[number] != NULL) {
			page_put(by_number[number], &escape, &high, &text);
			continue;
		}
		missing++;
		gsm7_finish(&escape, &text);
		utf16_finish(&high, &text);
		utf8_put_string(&text, "[\u2026]");
	}
	gsm7_finish(&escape, &text);
	utf16_finish(&high, &text);
	return missing;
}
