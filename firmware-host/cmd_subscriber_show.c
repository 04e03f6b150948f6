#include "firmware-host/cmd_subscriber_private.h"
#include "firmware-host/json.h"
#include "firmware-host/subscriber_csv.h"
#include "firmware-host/subscriber_view.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <string.h>

/* What a citizen wrote may hold anything: a terminal gets no control characters. */
static void text_print(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 0x7F ? ' ' : *text);
}

static bool consent_print(void *context, const struct consent *consent)
{
	char at[WHEN_TEXT_MAX];

	(void)context;
	printf("  %s (%s)  %-6s  %-9s  by %s%s%s", when_rfc3339(consent->at, at), consent->clock, consent->purpose,
		consent->action, consent->channel, consent->given_at[0] ? ", given " : "", consent->given_at);
	if (consent->words[0]) {
		fputs(": ", stdout);
		text_print(consent->words);
	}
	putchar('\n');
	return true;
}

static int show_json(struct db *db, const struct subscriber *person, struct err *err)
{
	json_t *json = NULL;

	if (subscriber_view_json_whole(db, person, &json, err) < 0)
		return -1;
	json_print(json);
	json_decref(json);
	return 0;
}

int subscriber_show(
	const struct settings *settings, struct db *db, const struct subscriber_words *words, struct err *err)
{
	struct subscriber person;
	char joined[WHEN_TEXT_MAX], left[WHEN_TEXT_MAX];

	if (subscriber_of_words(settings, db, words->argument, &person, err) < 0)
		return -1;
	if (words->json)
		return show_json(db, &person, err);
	printf("%s  ", person.phone);
	text_print(person.name);
	printf("\n  channel  %s\n  zone     %s\n  topics   %s\n  language %s\n  joined   %s\n",
		subscriber_csv_channel_to_string((int)person.channel), person.zone[0] ? person.zone : "not known",
		person.topics[0] ? person.topics : "all", person.language[0] ? person.language : "not known",
		when_rfc3339(person.joined_at, joined));
	if (person.state == SUBSCRIBER_LEFT)
		printf("  left     %s\n", when_rfc3339(person.left_at, left));
	puts("consents");
	return consent_each(db, person.id, consent_print, NULL, err);
}

/* ---- list -------------------------------------------------------------------------------------------------------- */

struct listing {
	struct db *db;
	struct err *err;
	bool json, failed;
	int64_t count;
};

/* One object at a time: the list of a large comune need not fit in memory. */
static bool row_json(struct listing *listing, const struct subscriber *subscriber)
{
	json_t *json = NULL;

	if (subscriber_view_json_whole(listing->db, subscriber, &json, listing->err) < 0) {
		listing->failed = true;
		return false;
	}
	fputs(listing->count > 0 ? ",\n" : "[", stdout);
	json_dumpf(json, stdout, JSON_COMPACT);
	json_decref(json);
	return true;
}

static bool row_list(void *context, const struct subscriber *subscriber, const struct consent *first_consent)
{
	struct listing *listing = context;

	(void)first_consent;
	if (listing->json && !row_json(listing, subscriber))
		return false;
	listing->count++;
	if (listing->json)
		return !ferror(stdout);
	printf("%-16s %-4s %-8s %-16s ", subscriber->phone[0] ? subscriber->phone : "(no phone)",
		subscriber->state == SUBSCRIBER_LEFT ? "left" : "",
		subscriber_csv_channel_to_string((int)subscriber->channel), subscriber->zone);
	text_print(subscriber->name);
	putchar('\n');
	return !ferror(stdout);
}

int subscriber_list(
	const struct settings *settings, struct db *db, const struct subscriber_words *words, struct err *err)
{
	struct listing listing = {.db = db, .err = err, .json = words->json};

	(void)settings;
	if (subscriber_each(db, words->all, row_list, &listing, err) < 0 || listing.failed)
		return -1;
	if (words->json)
		puts(listing.count > 0 ? "]" : "[]");
	return 0;
}
