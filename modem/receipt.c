#include "modem/receipt.h"

#include <string.h>

enum {
	DIGITS_LEAST = 6,	 /* shorter tails do not tell people apart */
	BEFORE_S = 2 * 86400,	 /* a report's SCTS may be so much later than our send: the longest validity we use */
	AFTER_S = 5 * 60,	 /* and so much earlier, as clocks differ */
	ZONE_ERROR_S = 3600,	 /* service centres have been an hour wrong around the change to summer time */
	PLAUSIBLE_S = 946684800, /* 2000-01-01: an earlier time comes from a clock that was never set */
};

static bool is_number(const char *text)
{
	if (*text == '+')
		text++;
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* The digits that count: without '+', international prefix and trunk zero, which one side may have and the other not. */
static const char *significant(const char *number)
{
	if (*number == '+')
		number++;
	return number + strspn(number, "0");
}

bool receipt_same_number(const char *one, const char *other)
{
	if (strcmp(one, other) == 0)
		return one[0] != '\0';
	if (!is_number(one) || !is_number(other))
		return false;

	const char *a = significant(one);
	const char *b = significant(other);
	size_t a_length = strlen(a);
	size_t b_length = strlen(b);
	size_t tail = a_length < b_length ? a_length : b_length;
	return tail >= DIGITS_LEAST && strcmp(a + a_length - tail, b + b_length - tail) == 0;
}

static bool in_time(const struct pdu *report, const struct receipt_candidate *candidate)
{
	if (!report->time.valid || report->time.seconds < PLAUSIBLE_S || candidate->sent_s < PLAUSIBLE_S)
		return true;

	int64_t later = report->time.seconds - candidate->sent_s;
	return later <= BEFORE_S + ZONE_ERROR_S && later >= -(AFTER_S + ZONE_ERROR_S);
}

static bool could_be(const struct pdu *report, const struct receipt_candidate *candidate)
{
	bool usable = is_number(report->address.text);

	if (candidate->mr >= 0 && candidate->mr != report->mr)
		return false;
	if (candidate->mr < 0 && !usable)
		return false; /* neither reference nor number: any report would do */
	if (usable && !receipt_same_number(report->address.text, candidate->to))
		return false;
	return in_time(report, candidate);
}

/* A known reference goes before an unknown one, then the newer, then the one made later. */
static bool is_better(const struct receipt_candidate *one, const struct receipt_candidate *other)
{
	if ((one->mr >= 0) != (other->mr >= 0))
		return one->mr >= 0;
	if (one->sent_s != other->sent_s)
		return one->sent_s > other->sent_s;
	return one->id > other->id;
}

int receipt_match(const struct pdu *report, const struct receipt_candidate *candidates, unsigned count)
{
	int best = -1;

	if (report->type != PDU_STATUS_REPORT)
		return -1;
	for (unsigned i = 0; i < count; i++)
		if (could_be(report, &candidates[i]) && (best < 0 || is_better(&candidates[i], &candidates[best])))
			best = (int)i;
	return best;
}
