#include "modem/phone.h"

#include "modem/utf.h"

#include <stdio.h>
#include <string.h>

enum {
	E164_LEAST = 7, /* country and subscriber's number together */
	E164_MOST = 15,
	DIGITS_MAX = 24, /* kept while reading: 15, an international prefix, and enough to say "too long" */
	NATIONAL_LEAST = 6,
};

/* What people, spreadsheets and address books put between digits: blanks of every width, hyphens, and the invisible marks
 * of writing direction that come along when a contact is copied. */
static bool is_separator(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '.' || c == '-' || c == '/' || c == '(' ||
	       c == ')' || c == 0xA0 || c == 0xAD || (c >= 0x2000 && c <= 0x2015) || (c >= 0x202A && c <= 0x202F) ||
	       (c >= 0x205F && c <= 0x2069) || c == 0x2212 || c == 0x3000 || c == 0xFEFF;
}

static bool is_letter(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c < 0x2000);
}

struct digits {
	bool plus;
	unsigned length;
	char text[DIGITS_MAX + 1];
};

/* Leaves digits and a leading '+'. A "(0)" behind an international prefix says "not from abroad" and is dropped; but in
 * Italy the 0 stays. Returns NULL or why not. */
static const char *digits_read(const char *text, struct digits *digits)
{
	uint32_t c;

	*digits = (struct digits){0};
	for (const char *at = text; (c = utf8_next(&at)) != 0;) {
		bool abroad = digits->plus || strncmp(digits->text, "00", 2) == 0;
		const char *country = digits->text + (digits->plus ? 0 : 2);

		if (c == '(' && strncmp(at, "0)", 2) == 0 && abroad && strcmp(country, "39") != 0) {
			at += 2;
			continue;
		}
		if (is_separator(c))
			continue;
		if (c == '+' && digits->length == 0 && !digits->plus) {
			digits->plus = true;
			continue;
		}
		if (c == '+')
			return "has a + inside";
		if (is_letter(c))
			return "has a letter";
		if (c < '0' || c > '9')
			return "has a character that no number has";
		if (digits->length == DIGITS_MAX)
			return "too long";
		digits->text[digits->length++] = (char)c;
	}
	return digits->length == 0 ? "no number" : NULL;
}

/* Subscribers' numbers in Italy: mobiles begin with 3 and have 9 or 10 digits; geographic ones begin with 0, which belongs
 * to the number at home and from abroad, and have 6 to 11 (AGCOM del. 8/15/CIR). */
static const char *italian_check(const char *national)
{
	size_t length = strlen(national);

	if (national[0] == '3')
		return length < 9 ? "too short" : length > 10 ? "too long" : NULL;
	if (national[0] != '0' && length < NATIONAL_LEAST)
		return "a short or emergency number, not a subscriber's";
	if (national[0] != '0')
		return "neither a mobile nor a landline number in Italy";
	if (national[1] == '3' && length == 11)
		return "a mobile number takes no 0 in front in Italy";
	if (national[1] == '0')
		return "begins with too many zeros";
	return length < 6 ? "too short" : length > 11 ? "too long" : NULL;
}

static const char *international_check(const char *digits)
{
	size_t length = strlen(digits);

	if (digits[0] == '\0')
		return "too short";
	if (digits[0] == '0')
		return "no country's prefix begins with 0";
	if (strncmp(digits, "39", 2) == 0)
		return italian_check(digits + 2);
	return length < E164_LEAST ? "too short" : length > E164_MOST ? "too long" : NULL;
}

/* How a country dials. Italy, San Marino and the Vatican drop no trunk prefix; the plans that differ from "0" within and
 * "00" to abroad are few, and "00" is understood everywhere, as people copy numbers from each other. */
struct plan {
	const char *country;
	const char *trunk;  /* dialled before a national number at home and left out from abroad */
	const char *abroad; /* besides "00" */
};

static struct plan plan_of(const char *country)
{
	static const struct plan plans[] = {{"39", "", "00"}, {"378", "", "00"}, {"379", "", "00"}, {"1", "1", "011"},
		{"7", "8", "810"}, {"36", "06", "00"}};

	for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
		if (strcmp(plans[i].country, country) == 0)
			return plans[i];
	return (struct plan){country, "0", "00"};
}

/* The digits behind an international prefix, or NULL when there is none. A "+00" is somebody's doubt, not a country. */
static const char *behind_abroad(const struct digits *digits, const struct plan *plan)
{
	const char *number = digits->text;

	if (strncmp(number, "00", 2) == 0)
		return number + 2;
	if (digits->plus)
		return number;
	return strncmp(number, plan->abroad, strlen(plan->abroad)) == 0 ? number + strlen(plan->abroad) : NULL;
}

/* "39333…", as exports of address books write it: the country's prefix without its '+'. An Italian number of ten digits is
 * a mobile of the 39x series; elsewhere the length of what would be left decides. */
static bool has_bare_prefix(const char *digits, const char *country)
{
	size_t prefix = strlen(country);
	size_t length = strlen(digits);

	if (strncmp(digits, country, prefix) != 0)
		return false;
	if (strcmp(country, "39") == 0)
		return length > 10;
	return length >= prefix + 8 && length > 9 && strcmp(country, "1") != 0;
}

/* Makes "country + national" from a number without an international prefix. */
static const char *national_complete(const char *digits, const struct plan *plan, char *out, size_t size)
{
	size_t trunk = strlen(plan->trunk);

	if (has_bare_prefix(digits, plan->country)) {
		(void)snprintf(out, size, "%s", digits);
		return NULL;
	}
	if (trunk > 0 && strncmp(digits, plan->trunk, trunk) == 0)
		digits += trunk;
	if (strlen(digits) < NATIONAL_LEAST && strcmp(plan->country, "39") != 0)
		return "a short or emergency number, not a subscriber's";
	(void)snprintf(out, size, "%s%s", plan->country, digits);
	return NULL;
}

static bool is_country(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= 3 && text[0] != '0' && strspn(text, "0123456789") == length;
}

const char *phone_read(const char *text, const char *country, char out[PHONE_MAX])
{
	struct digits digits;
	char full[DIGITS_MAX + 4] = "";
	const char *why = digits_read(text, &digits);

	out[0] = '\0';
	if (why != NULL)
		return why;

	struct plan plan = plan_of(country);
	const char *number = behind_abroad(&digits, &plan);
	if (number != NULL)
		(void)snprintf(full, sizeof full, "%s", number);
	else if (!is_country(country))
		return "has no country's prefix";
	else
		why = national_complete(digits.text, &plan, full, sizeof full);
	if (why == NULL)
		why = international_check(full);
	if (why != NULL)
		return why;

	(void)snprintf(out, PHONE_MAX, "+%.15s", full);
	return NULL;
}

bool phone_is_repliable(const char *address)
{
	const char *digits = address + (address[0] == '+');
	size_t length = strlen(digits);

	return length >= E164_LEAST && length <= 20 && digits[strspn(digits, "0123456789")] == '\0';
}

void phone_mask(const char *phone, char *out)
{
	enum { HEAD = 6, HIDDEN_LEAST = 3, TAIL = 4, ALL_MAX = PHONE_MAX + 8 };
	const char *digits = phone + (phone[0] == '+');
	int length = (int)strnlen(phone, 64);

	/* A name, as businesses send with, is nobody's secret. */
	if (digits[strspn(digits, "0123456789")] != '\0') {
		struct utf8_out name;

		utf8_out_init(&name, out, ALL_MAX);
		utf8_put_string(&name, phone);
		return;
	}

	int tail = length >= TAIL + HIDDEN_LEAST ? TAIL : length / 2;
	int head = length - tail - HIDDEN_LEAST;
	head = head < 0 ? 0 : head > HEAD ? HEAD : head;
	(void)snprintf(out, ALL_MAX, "%.*s\u2022\u2022\u2022%s", head, phone, phone + strlen(phone) - (size_t)tail);
}
