#include "firmware-host/order.h"

#include "config/value.h"
#include "firmware-host/named.h"
#include "firmware-host/order_template.h"
#include "firmware-host/when.h"
#include "modem/bearer.h"
#include "modem/segment.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { SECOND_MS = 1000, COMPOSED_MAX = MESSAGE_TEXT_MAX };

enum message_colour order_colour(const char *word)
{
	static const struct {
		const char *word;
		enum message_colour colour;
	} words[] = {
		{"yellow", COLOUR_YELLOW},
		{"giallo", COLOUR_YELLOW},
		{"gialla", COLOUR_YELLOW},
		{"orange", COLOUR_ORANGE},
		{"arancione", COLOUR_ORANGE},
		{"arancio", COLOUR_ORANGE},
		{"red", COLOUR_RED},
		{"rosso", COLOUR_RED},
		{"rossa", COLOUR_RED},
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcasecmp(words[i].word, word) == 0)
			return words[i].colour;
	}
	return COLOUR_NONE;
}

const char *order_colour_to_string(enum message_colour colour)
{
	switch (colour) {
	case COLOUR_NONE: return "";
	case COLOUR_YELLOW: return "yellow";
	case COLOUR_ORANGE: return "orange";
	case COLOUR_RED: return "red";
	}
	return "";
}

const char *order_kind_to_string(enum message_kind kind)
{
	switch (kind) {
	case MESSAGE_ALERT: return "alert";
	case MESSAGE_CLEAR: return "clear";
	case MESSAGE_NEWS: return "news";
	case MESSAGE_REPLY: return "reply";
	}
	return "";
}

static const char *colour_text(const struct texts *texts, enum message_colour colour)
{
	switch (colour) {
	case COLOUR_NONE: return "";
	case COLOUR_YELLOW: return texts_get(texts, TEXT_COLOUR_YELLOW);
	case COLOUR_ORANGE: return texts_get(texts, TEXT_COLOUR_ORANGE);
	case COLOUR_RED: return texts_get(texts, TEXT_COLOUR_RED);
	}
	return "";
}

/* An alert without a colour is as urgent as its phase. */
static enum message_priority priority_of(const struct message *message)
{
	if (message->kind == MESSAGE_NEWS)
		return PRIORITY_NEWS;
	if (message->kind == MESSAGE_REPLY)
		return PRIORITY_REPLY;
	if (message->exercise)
		return PRIORITY_EXERCISE;
	if (message->colour == COLOUR_NONE && strcmp(message->phase, "alarm") == 0)
		return PRIORITY_RED;
	if (message->colour == COLOUR_NONE && strcmp(message->phase, "prealarm") == 0)
		return PRIORITY_ORANGE;
	return message->colour == COLOUR_RED	  ? PRIORITY_RED
	       : message->colour == COLOUR_ORANGE ? PRIORITY_ORANGE
						  : PRIORITY_YELLOW;
}

/* ---- checking ---------------------------------------------------------------------------------------------------- */

static int named_refuse(
	const char *what, const struct settings_named *list, int count, const char *word, struct err *err)
{
	char known[256] = "";
	size_t used = 0;

	for (int i = 0; i < count && used + 2 < sizeof known; i++) {
		int wrote = snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", list[i].id);
		used += wrote > 0 ? (size_t)wrote : 0;
	}
	return err_set(err, EX_DATAERR, "there is no %s \"%s\"; the configuration has: %s", what, word,
		count ? known : "none");
}

static int zones_fill(
	const struct order *order, const struct settings *settings, struct message *message, struct err *err)
{
	size_t used = 0;

	for (int i = 0; i < order->zone_count; i++) {
		const struct settings_named *zone = named_find(settings->zones, settings->zone_count, order->zones[i]);
		if (!zone)
			return named_refuse("zone", settings->zones, settings->zone_count, order->zones[i], err);
		size_t length = strlen(zone->id);
		if (used + length + 2 > sizeof message->zones)
			return err_set(err, EX_DATAERR, "too many zones; leave --zone out to reach everybody");
		used += (size_t)snprintf(
			message->zones + used, sizeof message->zones - used, "%s%s", used ? "|" : "", zone->id);
	}
	return 0;
}

static int times_fill(const struct order *order, const struct settings *settings, int64_t now, struct message *message,
	struct err *err)
{
	int64_t life = order->kind == MESSAGE_NEWS ? settings->news.expires_after_s : settings->alert.expires_after_s;
	const char *refused = order->at ? when_read(order->at, now, &message->not_before) : NULL;

	if (refused)
		return err_set(err, EX_DATAERR, "--at %s: %s", order->at, refused);
	if (order->at && message->not_before < now - 60 * SECOND_MS)
		return err_set(err, EX_DATAERR, "--at %s is past; leave it out to send now", order->at);
	int64_t start = message->not_before > now ? message->not_before : now;
	refused = order->until ? when_read(order->until, start, &message->until_at) : NULL;
	if (refused)
		return err_set(err, EX_DATAERR, "--until %s: %s", order->until, refused);
	if (order->until && message->until_at <= start)
		return err_set(
			err, EX_DATAERR, "--until %s is past when the message leaves; give a later time", order->until);
	message->created_at = now;
	message->expires_at = start + life * SECOND_MS;
	if (order->until && (message->until_at < message->expires_at || order->kind == MESSAGE_NEWS))
		message->expires_at = message->until_at;
	return 0;
}

/* ---- composing --------------------------------------------------------------------------------------------------- */

const char *order_phase_text(const struct texts *texts, const char *phase)
{
	if (*phase == '\0')
		return "";
	if (strcmp(phase, "attention") == 0)
		return texts_get(texts, TEXT_PHASE_ATTENTION);
	if (strcmp(phase, "prealarm") == 0)
		return texts_get(texts, TEXT_PHASE_PREALARM);
	return texts_get(texts, TEXT_PHASE_ALARM);
}

/* A piece that is there only when it has something to say. */
static void piece_fill(
	const struct texts *texts, enum text_id id, const char *name, const char *value, char *out, size_t size)
{
	const struct text_value values[] = {{name, value}};

	out[0] = '\0';
	if (*value)
		texts_fill(texts, id, values, 1, out, size);
}

void order_words(const struct message *message, const struct texts *texts, struct order_words *ret)
{
	char spoken[WHEN_TEXT_MAX] = "";

	if (message->kind == MESSAGE_ALERT && message->until_at)
		when_spoken(texts, message->until_at, message->created_at, spoken);
	ret->colour = colour_text(texts, message->colour);
	piece_fill(texts, TEXT_ALERT_HAZARD, "hazard", message->hazard, ret->hazard, sizeof ret->hazard);
	piece_fill(texts, TEXT_ALERT_PHASE, "phase", order_phase_text(texts, message->phase), ret->phase,
		sizeof ret->phase);
	piece_fill(texts, TEXT_ALERT_UNTIL, "until", spoken, ret->until, sizeof ret->until);
}

static int text_fill(const struct order *order, const struct settings *settings, const struct texts *texts,
	const struct message *message, char out[COMPOSED_MAX], struct err *err)
{
	struct order_words words;
	char plain[COMPOSED_MAX];
	const struct settings_named *topic =
		order->topic ? named_find(settings->topics, settings->topic_count, order->topic) : NULL;

	order_words(message, texts, &words);
	const char *said = order->text && *order->text ? order->text : texts_get(texts, TEXT_CLEAR_DEFAULT);
	const struct text_value values[] = {
		{"comune", settings->comune.name},
		{"service", settings->comune.service},
		{"colour", words.colour},
		{"hazard", order->kind == MESSAGE_CLEAR ? message->hazard : words.hazard},
		{"phase", words.phase},
		{"until", words.until},
		{"topic", topic ? topic->name : ""},
		{"text", said},
	};
	enum text_id id = order->kind == MESSAGE_ALERT	 ? (message->about ? TEXT_UPDATE : TEXT_ALERT)
			  : order->kind == MESSAGE_CLEAR ? TEXT_CLEAR
							 : TEXT_NEWS;
	int length = texts_fill(texts, id, values, sizeof values / sizeof *values, plain, sizeof plain);
	if (length >= 0 && message->exercise) {
		const struct text_value wrapped[] = {{"text", plain}, {"comune", settings->comune.name}};
		length = texts_fill(texts, TEXT_EXERCISE, wrapped, 2, out, COMPOSED_MAX);
	} else if (length >= 0) {
		memcpy(out, plain, (size_t)length + 1);
	}
	if (length < 0)
		return err_set(err, EX_DATAERR, "the text is longer than %d octets; shorten it", COMPOSED_MAX - 1);
	return 0;
}

/* Both languages, one behind the other. */
static int second_add(const struct order *order, const struct settings *settings, const struct texts *texts,
	struct message *message, struct err *err)
{
	const struct order_second *second = order->second;
	struct message other = *message;
	struct order said = *order;
	char joined[COMPOSED_MAX];

	said.text = second->text;
	(void)snprintf(other.hazard, sizeof other.hazard, "%s", second->hazard);
	if (text_fill(&said, settings, second->texts, &other, other.text, err) != 0)
		return -1;
	const struct text_value values[] = {{"first", message->text}, {"second", other.text}};
	if (texts_fill(texts, TEXT_BOTH_LANGUAGES, values, 2, joined, sizeof joined) < 0)
		return err_set(err, EX_DATAERR, "the text is longer than %d octets; shorten it", COMPOSED_MAX - 1);
	memcpy(message->text, joined, sizeof message->text);
	return 0;
}

/* Folding is worth it only where it spares UCS-2: a text that stays UCS-2 keeps its own characters. */
static void text_fold(const struct order *order, const struct settings *settings, struct message *message,
	struct order_measure *measure)
{
	enum pdu_alphabet before, after;
	char folded[COMPOSED_MAX];
	unsigned changed = 0;

	snprintf(measure->original, sizeof measure->original, "%s", message->text);
	measure->rewritten = 0;
	if (order->keep_characters || !settings->sms.fold)
		return;
	if (segment_count(message->text, &before) < 0 || before == PDU_GSM7)
		return;
	if (fold_italian(message->text, folded, sizeof folded, &changed) < 0)
		return;
	if (segment_count(folded, &after) < 0 || after != PDU_GSM7)
		return;
	memcpy(message->text, folded, strlen(folded) + 1);
	measure->rewritten = changed;
}

static int text_measure(
	const struct settings *settings, struct message *message, struct order_measure *measure, struct err *err)
{
	struct segment_text units;
	int most =
		settings->alert.segments_max < BEARER_SEGMENTS_MAX ? settings->alert.segments_max : BEARER_SEGMENTS_MAX;

	measure->segments = segment_count(message->text, &measure->alphabet);
	if (measure->segments < 0 || measure->segments > most)
		return err_set(err, EX_DATAERR,
			"the text needs %s%d SMS for each person and %d are allowed (alert.segments_max)%s",
			measure->segments < 0 ? "more than " : "", measure->segments < 0 ? 255 : measure->segments,
			most,
			measure->alphabet == PDU_UCS2 ? "; a character outside GSM-7 makes each hold 67 instead of 153"
						      : "; shorten it");
	if (segment_text_read(message->text, &units) != 0)
		return err_set(err, EX_OSERR, "out of memory");
	measure->units = (int)units.units;
	segment_text_free(&units);
	message->segments = measure->segments;
	return 0;
}

/* Line ends and tabs are all the control characters a text may hold: a telephone cannot show the others. */
static int words_check(const char *what, const char *text, struct err *err)
{
	size_t bad;

	if (!text)
		return 0;
	if (!value_is_utf8(text, strlen(text), &bad))
		return err_set(err, EX_DATAERR,
			"%s is not UTF-8 at octet %zu; set the terminal, or convert the file, to UTF-8", what, bad + 1);
	for (const char *at = text; *at; at++) {
		if (((unsigned char)*at < ' ' && !strchr("\n\r\t", *at)) || *at == 0x7F)
			return err_set(err, EX_DATAERR, "%s holds the control character %02X at octet %zu; take it out",
				what, (unsigned char)*at, (size_t)(at - text) + 1);
	}
	return 0;
}

/* What is asked for by an option must mean something for this kind of message: nobody may believe that an all-clear went
 * to one zone only. */
static int options_check(const struct order *order, const struct message *about, struct err *err)
{
	bool alert = order->kind == MESSAGE_ALERT, clear = order->kind == MESSAGE_CLEAR, update = alert && about;
	const char *strange = !alert && order->colour		 ? "--colour"
			      : !alert && order->hazard		 ? "--hazard"
			      : !alert && order->phase		 ? "--phase"
			      : !alert && order->exercise	 ? "--exercise"
			      : (alert || clear) && order->topic ? "--topic"
			      : about && order->zone_count > 0	 ? "--zone"
			      : about && order->at		 ? "--at"
			      : clear && order->until		 ? "--until"
								 : NULL;

	if (!strange)
		return 0;
	return err_set(err, EX_USAGE, "%s means nothing for %s; leave it out", strange,
		clear	 ? "an all-clear, which goes to those the alert was for"
		: update ? "an update, which goes at once to those the alert was for"
		: alert	 ? "an alert"
			 : "news");
}

/* What an update says no more of than the alert did. */
static void update_fill(const struct order *order, const struct message *about, int64_t now, struct message *message)
{
	memcpy(message->zones, about->zones, sizeof message->zones);
	if (order->until || about->until_at <= now)
		return;
	message->until_at = about->until_at;
	if (message->until_at < message->expires_at)
		message->expires_at = message->until_at;
}

/* The texts of a message whose fields are filled, and their measure. */
static int message_compose(const struct order *order, const struct settings *settings, const struct texts *texts,
	struct message *message, struct order_measure *measure, struct err *err)
{
	measure->second = order->second != NULL;
	measure->second_left_out = false;
	if (text_fill(order, settings, texts, message, message->text, err) != 0)
		return -1;
	if (order->second && second_add(order, settings, texts, message, err) != 0)
		return -1;
	text_fold(order, settings, message, measure);
	if (text_measure(settings, message, measure, err) != 0)
		return -1;
	if (!settings->whatsapp.enabled)
		return 0;
	return order_template_parameters(message, order->text, order->second, settings, texts, message->parameters,
		sizeof message->parameters, err);
}

int order_compose(const struct order *order, const struct settings *settings, const struct texts *texts,
	const struct message *about, int64_t now, struct message *ret_message, struct order_measure *ret_measure,
	struct err *err)
{
	*ret_message = (struct message){
		.kind = order->kind,
		.colour = about && !order->colour ? about->colour : order->colour,
		.exercise = about ? about->exercise : order->exercise,
		.stage = STAGE_OPEN,
		.about = about && about->about ? about->about
			 : about	       ? about->id
					       : 0,
	};
	if (order->kind == MESSAGE_ALERT && about && order->exercise && !about->exercise)
		return err_set(err, EX_USAGE,
			"alert %lld is a real one, so its update is no exercise; leave --exercise out",
			(long long)about->id);
	if (order->kind == MESSAGE_ALERT && !about && order->colour == COLOUR_NONE && !order->colourless)
		return err_set(err, EX_USAGE, "an alert needs its colour: --colour yellow, orange or red");
	if (order->kind != MESSAGE_CLEAR && (!order->text || order->text[strspn(order->text, " \t\r\n")] == '\0'))
		return err_set(err, EX_USAGE, "the text is missing");
	if (order->kind == MESSAGE_NEWS && !order->topic)
		return err_set(err, EX_USAGE, "news needs its topic: --topic T");

	if (options_check(order, about, err) != 0 || words_check("the text", order->text, err) != 0 ||
		words_check("--hazard", order->hazard, err) != 0)
		return -1;
	const char *hazard = order->hazard ? order->hazard : about ? about->hazard : "";
	if (strlen(hazard) >= sizeof ret_message->hazard)
		return err_set(err, EX_DATAERR, "--hazard is longer than %zu octets", sizeof ret_message->hazard - 1);
	snprintf(ret_message->hazard, sizeof ret_message->hazard, "%s", hazard);
	const char *phase = order->phase ? order->phase : about && order->kind == MESSAGE_ALERT ? about->phase : "";
	snprintf(ret_message->phase, sizeof ret_message->phase, "%s", phase);
	snprintf(ret_message->door, sizeof ret_message->door, "%s", order->door);
	if (order->topic) {
		const struct settings_named *topic = named_find(settings->topics, settings->topic_count, order->topic);
		if (!topic)
			return named_refuse("topic", settings->topics, settings->topic_count, order->topic, err);
		snprintf(ret_message->topic, sizeof ret_message->topic, "%s", topic->id);
	}
	ret_message->priority = priority_of(ret_message);
	if (zones_fill(order, settings, ret_message, err) != 0 ||
		times_fill(order, settings, now, ret_message, err) != 0)
		return -1;
	if (order->kind == MESSAGE_ALERT && about)
		update_fill(order, about, now, ret_message);
	if (message_compose(order, settings, texts, ret_message, ret_measure, err) == 0)
		return 0;
	if (!order->second || err->status != EX_DATAERR)
		return -1;
	struct order alone = *order;
	alone.second = NULL;
	if (message_compose(&alone, settings, texts, ret_message, ret_measure, err) != 0)
		return -1;
	ret_measure->second_left_out = true;
	return 0;
}
