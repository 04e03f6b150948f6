#include "firmware-host/citizen.h"

#include "db/subscriber.h"
#include "firmware-host/log.h"
#include "modem/phone.h"
#include "modem/segment.h"

#include <stdio.h>
#include <string.h>

enum {
	WORDS_MAX = 256,
	REPLY_LIFE_MS = 24 * 60 * 60 * 1000,
};

/* The accented capital or small letter of Latin-1 (UTF-8 C3 xx) without its accent; 0: not a letter. */
static char letter_bare(unsigned char second)
{
	static const char bare[] = "AAAAAAACEEEEIIIIDNOOOOO\0OUUUUY\0\0AAAAAAACEEEEIIIIDNOOOOO\0OUUUUY\0Y";

	return second >= 0x80 && second < 0xC0 ? bare[second - 0x80] : 0;
}

/* "«Attiva», Comune  Amico!" → "ATTIVA COMUNE AMICO": letters and digits in capitals, everything else one blank. */
static void words_normalise(const char *text, char out[WORDS_MAX])
{
	size_t used = 0;

	for (const unsigned char *at = (const unsigned char *)text; *at && used + 1 < WORDS_MAX; at++) {
		char letter = 0;
		if (*at >= 'a' && *at <= 'z')
			letter = (char)(*at - 'a' + 'A');
		else if ((*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9'))
			letter = (char)*at;
		else if (*at == 0xC3 && at[1])
			letter = letter_bare(*++at);
		else if ((*at == 0xCC || *at == 0xCD) && at[1]) { /* a combining accent, as some keyboards send */
			at++;
			continue;
		}
		if (letter)
			out[used++] = letter;
		else if (used > 0 && out[used - 1] != ' ')
			out[used++] = ' ';
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

static bool rest_is_polite(const char *rest, const char *service)
{
	size_t length = strlen(service);

	while (*rest == ' ')
		rest++;
	if (length > 0 && strncmp(rest, service, length) == 0 && (rest[length] == ' ' || rest[length] == '\0'))
		rest += length;
	while (*rest == ' ')
		rest++;
	return *rest == '\0' || strcmp(rest, "GRAZIE") == 0;
}

enum citizen_word citizen_read(const char *text, const char *service)
{
	static const struct {
		const char *word;
		enum citizen_word means;
	} table[] = {
		{"DISATTIVA", WORD_LEAVE},
		{"STOP", WORD_LEAVE},
		{"CANCELLAMI", WORD_LEAVE},
		{"BASTA", WORD_LEAVE},
		{"ATTIVA", WORD_JOIN},
		{"ISCRIVIMI", WORD_JOIN},
	};
	char words[WORDS_MAX] = "", name[WORDS_MAX] = "";
	const char *start = words;

	words_normalise(text, words);
	words_normalise(service, name);
	if (strncmp(start, "GRAZIE ", 7) == 0)
		start += 7;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		size_t length = strlen(table[i].word);
		if (strncmp(start, table[i].word, length) == 0 && (start[length] == ' ' || start[length] == '\0'))
			return rest_is_polite(start + length, name) ? table[i].means : WORD_NONE;
	}
	return WORD_NONE;
}

/* A citizen with the address their answer goes to. */
struct asker {
	const struct citizen_from *from;
	char address[OUTBOX_ADDRESS_MAX];
	const char *words;
	int64_t now;
};

static int reply_queue(struct hub *hub, const struct asker *asker, int64_t subscriber, enum text_id id, struct err *err)
{
	const struct settings *settings = hub->settings;
	const struct text_value values[] = {
		{"comune", settings->comune.name},
		{"service", settings->comune.service},
		{"privacy_url", settings->comune.privacy_url},
		{"contacts", settings->comune.contacts},
	};
	char text[TEXTS_TEXT_MAX * 2], folded[TEXTS_TEXT_MAX * 3];
	unsigned changed;
	int64_t message;

	/* What the citizen asked for is done whether or not it can be answered. */
	if (texts_fill(hub->texts, id, values, sizeof values / sizeof *values, text, sizeof text) < 0) {
		log_line(LOG_ERROR, "a reply is longer than %zu octets and was not sent; shorten it in the texts",
			sizeof text);
		return 0;
	}
	const char *sent =
		settings->sms.fold && fold_italian(text, folded, sizeof folded, &changed) >= 0 ? folded : text;
	/* WhatsApp carries every character; where it cannot, this very text goes by SMS. */
	const char *kept = asker->from->channel == OUTBOX_SMS ? sent : text;
	int segments = segment_count(kept, NULL);
	if (segments < 1 || segments > BEARER_SEGMENTS_MAX) {
		log_line(LOG_ERROR, "a reply needs %d SMS and was not sent; shorten it in the texts", segments);
		return 0;
	}
	struct message_reply reply = {
		.subscriber_id = subscriber,
		.channel = asker->from->channel,
		.address = asker->address,
		.text = kept,
		.segments = segments,
		.expires_at = asker->now + REPLY_LIFE_MS,
	};
	return message_create_reply(hub->db, &reply, asker->now, &message, err);
}

static void consent_fill(struct consent *consent, const char *action, const struct asker *asker)
{
	*consent = (struct consent){.at = asker->now};
	snprintf(consent->clock, sizeof consent->clock, "%s", hub_clock_source());
	snprintf(consent->action, sizeof consent->action, "%s", action);
	snprintf(consent->channel, sizeof consent->channel, "%s",
		asker->from->channel == OUTBOX_SMS ? "sms" : "whatsapp");
	snprintf(consent->words, sizeof consent->words, "%s", asker->words);
}

static int citizen_join(struct hub *hub, const struct asker *asker, const char **ret_answer, struct err *err)
{
	bool whatsapp = asker->from->channel == OUTBOX_WHATSAPP;
	struct subscriber fields = {.channel = CHANNEL_AUTO};
	struct consent consent;
	int64_t id;
	int was;

	snprintf(fields.phone, sizeof fields.phone, "%s", asker->address[0] == '+' ? asker->address : "");
	snprintf(fields.whatsapp_id, sizeof fields.whatsapp_id, "%s", asker->from->user);
	consent_fill(&consent, "given", asker);
	if (subscriber_join(hub->db, &fields, &consent, asker->now, &id, &was, err) != 0)
		return -1;
	if (whatsapp && subscriber_seen_wired(hub->db, id, asker->from->user, fields.phone, asker->now, err) != 0)
		return -1;
	*ret_answer = was == SUBSCRIBER_ACTIVE ? "already joined" : "joined";
	return reply_queue(hub, asker, id, was == SUBSCRIBER_ACTIVE ? TEXT_WELCOME_BACK : TEXT_WELCOME, err);
}

/* 1: somebody left, 0: nobody known so was subscribed, -1. */
static int leave_as(struct hub *hub, const struct asker *asker, const char *user, const char *phone, struct err *err)
{
	struct subscriber who;
	struct consent consent;
	int cancelled;

	int found = subscriber_find_wired(hub->db, user, phone, &who, err);
	if (found < 0)
		return -1;
	if (found == 0 || who.state != SUBSCRIBER_ACTIVE)
		return 0;
	consent_fill(&consent, "withdrawn", asker);
	return subscriber_leave(hub->db, who.id, &consent, asker->now, &cancelled, err) != 0 ? -1 : 1;
}

/* User id and number may be known as two people: both leave. */
static int citizen_leave(struct hub *hub, const struct asker *asker, const char **ret_answer, struct err *err)
{
	int by_user = leave_as(hub, asker, asker->from->user, "", err);
	int by_phone = by_user < 0 ? -1 : leave_as(hub, asker, "", asker->address[0] == '+' ? asker->address : "", err);

	if (by_phone < 0)
		return -1;
	if (by_user + by_phone == 0) {
		*ret_answer = "was not subscribed";
		return reply_queue(hub, asker, 0, TEXT_NOT_SUBSCRIBED, err);
	}
	*ret_answer = "left";
	return reply_queue(hub, asker, 0, TEXT_GOODBYE, err);
}

/* Where the answer goes: false for who cannot be answered. */
static bool asker_fill(
	const struct hub *hub, const struct citizen_from *from, const char *words, int64_t now, struct asker *asker)
{
	char phone[PHONE_MAX];

	*asker = (struct asker){.from = from, .words = words, .now = now};
	if (from->channel == OUTBOX_WHATSAPP) {
		snprintf(asker->address, sizeof asker->address, "%s", from->phone[0] ? from->phone : from->user);
		return asker->address[0] != '\0';
	}
	if (!phone_is_repliable(from->address) ||
		phone_read(from->address, hub->settings->comune.country, phone) != NULL)
		return false;
	snprintf(asker->address, sizeof asker->address, "%s", phone);
	return true;
}

int citizen_answer(struct hub *hub, const struct citizen_from *from, const char *text, int64_t now,
	const char **ret_answer, struct err *err)
{
	char masked[PHONE_MAX + 8];
	struct asker asker;

	*ret_answer = "none";
	enum citizen_word word = citizen_read(text, hub->settings->comune.service);
	if (word == WORD_NONE || !asker_fill(hub, from, text, now, &asker))
		return 0;
	int result = word == WORD_JOIN ? citizen_join(hub, &asker, ret_answer, err)
				       : citizen_leave(hub, &asker, ret_answer, err);
	phone_mask(asker.address[0] == '+' ? asker.address : "", masked);
	if (result == 0)
		log_line(LOG_INFO, "%s: %s", masked[0] ? masked : "a WhatsApp user", *ret_answer);
	return result;
}
