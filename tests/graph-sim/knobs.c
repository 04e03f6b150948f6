#include "tests/graph-sim/knobs.h"

#include <stdlib.h>
#include <string.h>

struct knob {
	const char *key;
	size_t offset, size; /* size 0: a number */
	long min, max;
	const char *initial, *help;
	const char *words; /* names of the numbers from 0, or of the texts allowed; NULL: none */
};

#define NUMBER(member, min, max, initial, help)                                           \
	{                                                                                 \
#member, offsetof(struct knobs, member), 0, min, max, initial, help, NULL \
	}
#define TEXT(member, initial, help)                                                                                   \
	{                                                                                                             \
#member, offsetof(struct knobs, member), sizeof((struct knobs *)0)->member, 0, 0, initial, help, NULL \
	}

enum { HOUR_MS = 3600000, WEEK_MS = 7 * 24 * HOUR_MS };

static const struct knob knobs[] = {
	TEXT(token, "EAAsimulated", "bearer token of the API"),
	TEXT(app_secret, "test_app_secret", "signs the webhooks"),
	TEXT(verify_token, "test_verify_token", "hub.verify_token of the handshake"),
	TEXT(pnid, "106300000000001", "phone number id"),
	TEXT(waba, "104200000000001", "business account id"),
	TEXT(business, "101100000000001", "portfolio id"),
	TEXT(app, "102200000000001", "app id"),
	TEXT(number, "390564000000", "the business number's digits"),
	TEXT(country, "39", "put before a recipient without +"),
	TEXT(name, "Comune di prova", "verified name"),
	TEXT(pin, "", "two-step PIN of `register`; empty: any six digits"),
	TEXT(callback, "", "URL webhooks go to; empty: nobody has subscribed"),
	TEXT(callback_ca, "", "CA file for an https callback; `none`: not verified"),
	NUMBER(latency, 0, HOUR_MS, "20", "ms until a request is answered"),
	NUMBER(jitter, 0, HOUR_MS, "0", "ms the latency varies either way"),
	NUMBER(sent, -1, WEEK_MS, "50", "ms from acceptance to the status sent; off"),
	NUMBER(delivered, -1, WEEK_MS, "200", "the same for delivered"),
	NUMBER(read, -1, WEEK_MS, "off", "the same for read"),
	NUMBER(spread, 0, HOUR_MS, "0", "ms each status may come later"),
	NUMBER(sent_percent, 0, 100, "100", "probability that the ladder gets so far"),
	NUMBER(delivered_percent, 0, 100, "100", "the same"),
	NUMBER(read_percent, 0, 100, "100", "the same"),
	NUMBER(skip_delivered, 0, 100, "0", "percent of reads that come without delivered"),
	NUMBER(batch, 1, 1000, "50", "updates in one POST at most"),
	NUMBER(batch_ms, 0, HOUR_MS, "5", "ms an update waits for others"),
	NUMBER(merge, 0, 1, "0", "1: statuses that follow each other share one `value`"),
	NUMBER(posts, 1, 64, "4", "POSTs at once"),
	NUMBER(duplicate, 0, 100, "0", "percent of updates that come twice"),
	NUMBER(reorder, 0, 100, "0", "percent of updates that come up to reorder_ms late"),
	NUMBER(reorder_ms, 1, HOUR_MS, "500", ""),
	NUMBER(lose, 0, 100, "0", "percent of updates that never come"),
	NUMBER(milliseconds, 0, 1, "0", "1: timestamps in milliseconds"),
	NUMBER(post_timeout, 1, HOUR_MS, "10000", "ms a POST may take"),
	NUMBER(retry, 1, HOUR_MS, "200", "ms to the first retry, doubled each time"),
	NUMBER(retry_max, 1, WEEK_MS, "60000", "ms between retries at most"),
	NUMBER(retry_for, 0, WEEK_MS, "129600000", "ms after which a POST is given up"),
	NUMBER(rate, 0, 1000000, "0", "messages a second, beyond: 130429; 0: no limit"),
	NUMBER(pair, 0, HOUR_MS, "0", "ms between messages to one person, beyond: 131056; 0: no limit"),
	NUMBER(pair_burst, 1, 1000, "45", "messages to one person at once"),
	NUMBER(tier, 0, 1000000, "0", "people a day outside their window; 0: no limit"),
	NUMBER(tier_code, 1, 999999, "131048", "the refusal beyond the tier"),
	{"window", offsetof(struct knobs, window), 0, WINDOW_OFF, WINDOW_REFUSE, "failed",
		"free-form text outside the window: off (goes), failed (status 131047), refuse (at once)",
		"off failed refuse"},
	NUMBER(window_hours, 0, 1000, "24", "how long it is open after a message"),
	NUMBER(hidden, 0, 100, "0", "percent of people whose number webhooks do not show"),
	{"moderation", offsetof(struct knobs, moderation), sizeof((struct knobs *)0)->moderation, 0, 0, "approve",
		"of new templates: approve, reject, marketing (approved as such) or manual",
		"approve reject marketing manual"},
	NUMBER(moderation_ms, 0, WEEK_MS, "50", "how long it takes"),
};

enum { KNOBS = sizeof knobs / sizeof knobs[0], KEY_MAX = 32 };

/* The place of `word` among words, -1: not there. */
static int word_place(const char *words, const char *word)
{
	size_t length = strlen(word);
	int place = 0;

	for (const char *at = words; *at != '\0'; place++) {
		size_t next = strcspn(at, " ");
		if (next == length && strncmp(at, word, length) == 0)
			return place;
		at += next + (at[next] == ' ');
	}
	return -1;
}

static bool apply(struct knobs *values, const struct knob *knob, const char *value)
{
	char *place = (char *)values + knob->offset, *end;
	int word = knob->words == NULL ? -1 : word_place(knob->words, value);

	if (knob->words != NULL && word < 0)
		return false;
	if (knob->size > 0)
		return strlen(value) < knob->size && text_copy(place, knob->size, value);
	long number = strtol(value, &end, 10);
	bool whole = *value != '\0' && *end == '\0';
	if (knob->words != NULL || (knob->min < 0 && strcmp(value, "off") == 0)) {
		number = word;
		whole = true;
	}
	if (!whole || number < knob->min || number > knob->max)
		return false;
	memcpy(place, &number, sizeof number);
	return true;
}

void knobs_defaults(struct knobs *values)
{
	for (unsigned i = 0; i < KNOBS; i++)
		apply(values, &knobs[i], knobs[i].initial);
}

int knobs_set(struct knobs *values, const char *assignment, char *error, size_t size)
{
	size_t length = strcspn(assignment, "=");

	for (unsigned i = 0; assignment[length] == '=' && i < KNOBS; i++) {
		if (strlen(knobs[i].key) != length || strncmp(knobs[i].key, assignment, length) != 0)
			continue;
		if (apply(values, &knobs[i], assignment + length + 1))
			return 0;
		snprintf(error, size, "bad value: %.100s", assignment);
		return -1;
	}
	snprintf(error, size, "unknown setting: %.100s", assignment);
	return -1;
}

void knobs_help(FILE *out)
{
	for (unsigned i = 0; i < KNOBS; i++)
		fprintf(out, "  %-18s %s%s(%s)\n", knobs[i].key, knobs[i].help, *knobs[i].help == '\0' ? "" : " ",
			knobs[i].initial);
}

json_t *knobs_json(const struct knobs *values)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < KNOBS; i++) {
		const char *place = (const char *)values + knobs[i].offset;
		long number = 0;
		if (knobs[i].offset <= offsetof(struct knobs, verify_token))
			continue;
		if (knobs[i].size == 0)
			memcpy(&number, place, sizeof number);
		json_object_set_new(
			object, knobs[i].key, knobs[i].size > 0 ? json_string(place) : json_integer(number));
	}
	return object;
}
