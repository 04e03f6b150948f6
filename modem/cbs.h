/* Cell broadcast (23.041 §9.4.1, 23.038 §5): pages, their joining, and the lists of topics AT+CSCB takes. Pure. */
#ifndef BANDITORE_CBS_H
#define BANDITORE_CBS_H

#include "modem/pdu.h"

enum {
	CBS_HEADER_OCTETS = 6,
	CBS_CONTENT_OCTETS = 82,
	CBS_SEPTETS_MAX = 93,
	CBS_PAGES_MAX = 15,
	CBS_PAGE_TEXT_MAX = CBS_SEPTETS_MAX * 3 + 1,
	CBS_TEXT_MAX = CBS_PAGES_MAX * CBS_SEPTETS_MAX * 3 + 1,
	CBS_RANGES_MAX = 32,
};

struct cbs_page {
	uint16_t serial;  /* as sent: scope, code and update number */
	uint8_t scope;	  /* geographical scope 0…3 */
	uint16_t code;	  /* message code 0…1023 */
	uint8_t update;	  /* update number 0…15 */
	uint16_t channel; /* message identifier */
	uint8_t dcs;
	uint8_t page, pages;	    /* page 1…pages */
	enum pdu_alphabet alphabet; /* PDU_8BIT: data without text */
	char language[3];	    /* ISO 639: "it"; "" when not told */
	uint8_t length;		    /* units of content without language and padding: septets, or octets */
	uint8_t content[CBS_SEPTETS_MAX];
};

/* Reads one page. Returns NULL, or why it is refused (a constant string). A page number of 0 reads as the only page. */
const char *cbs_read(const uint8_t *octets, size_t length, struct cbs_page *ret_page);

/* The text of one page as UTF-8; "" for data. Returns its length. */
int cbs_text(const struct cbs_page *page, char out[CBS_PAGE_TEXT_MAX]);

/* Are two pages parts of one message? Same channel, serial number and number of pages. */
bool cbs_same(const struct cbs_page *one, const struct cbs_page *other);

/* Does `fresh` replace what `kept` belongs to? Same channel, scope and code, and a later update number: they go round, so
 * that up to 8 ahead is later. Otherwise equal pages are a repetition, others a different message. */
bool cbs_is_update(const struct cbs_page *kept, const struct cbs_page *fresh);

/* Joins pages of one message given in any order and repeated; a missing page reads "[…]". Returns the pages missing, or -1
 * when count is 0. */
int cbs_join(const struct cbs_page *const *pages, unsigned count, char *out, size_t size);

/* What an alert's channel means (23.041 §9.4.1.2.2). */
enum cbs_level {
	CBS_OTHER,
	CBS_LEVEL_1,
	CBS_LEVEL_2,
	CBS_LEVEL_3,
	CBS_LEVEL_4,
	CBS_AMBER,
	CBS_MONTHLY_TEST,
	CBS_EXERCISE,
	CBS_OPERATOR,
	CBS_LOCAL_TEST,
	CBS_GEOFENCING,
	CBS_INFO,
};
enum cbs_level cbs_level(uint16_t channel, bool *ret_additional_language);
const char *cbs_level_to_string(enum cbs_level level); /* "EU-Alert level 1"… */

struct cbs_range {
	uint16_t from, to;
};

/* Reads "4370-4400, 6400" into sorted, joined ranges, none above `highest`. Returns their number, or -1: not such a list,
 * a number too high, a range that runs backwards, or more than CBS_RANGES_MAX. "" is an empty list. */
int cbs_ranges_read(const char *text, uint16_t highest, struct cbs_range ret_ranges[CBS_RANGES_MAX]);

/* Writes them as AT+CSCB wants them: "4370-4400,6400". out has 12 octets a range and one more. */
void cbs_ranges_write(const struct cbs_range *ranges, unsigned count, char *out);

#endif
