/* What the API says when it refuses. The code decides; titles, subcodes and HTTP statuses change under one's feet. */
#include "modem/graph.h"

#include "modem/utf.h"

#include <stdio.h>
#include <string.h>

enum {
	NUMBER_MIN = 7, /* digits that may be somebody's number */
	WORD_MAX = 24,	/* a longer word may be a token */
	HOUR_S = 3600,
	SOON_S = 10,
};

/* clang-format off: a table */
#define ROW(code_, class_, ...)                                                                      \
	{                                                                                            \
		.code = (code_), .class = (class_), .inbound = GRAPH_INBOUND, .meaning = __VA_ARGS__ \
	}

const struct graph_code graph_codes[] = {
	ROW(0, GRAPH_ACCOUNT, "the token is not valid, or has expired; make a new one"),
	ROW(1, GRAPH_RETRY, "the request or the server failed", .tries = 3),
	ROW(2, GRAPH_RETRY, "the service is down or overloaded", .after_s = 30),
	ROW(3, GRAPH_ACCOUNT, "the app lacks a permission; check it on Meta's page"),
	ROW(4, GRAPH_RETRY, "the app asks too often", .after_s = 60, .all = true),
	ROW(10, GRAPH_ACCOUNT, "a permission is missing; give it to the system user"),
	ROW(33, GRAPH_ACCOUNT, "the phone number id is wrong or deleted; correct whatsapp.phone_number_id"),
	ROW(100, GRAPH_PAYLOAD, "a parameter is not valid"),
	ROW(190, GRAPH_ACCOUNT, "the token has expired; make a new one"),
	ROW(200, GRAPH_ACCOUNT, "a permission is missing; give it to the system user", .until = 299),
	ROW(368, GRAPH_ACCOUNT, "the account is restricted for breaking a policy"),
	ROW(80007, GRAPH_RETRY, "the business account asks too often", .after_s = 60, .all = true),
	ROW(130429, GRAPH_RETRY, "more messages a second than the number may send", .after_s = 2, .all = true),
	ROW(130472, GRAPH_RECIPIENT_MARKETING, "the person is in an experiment without marketing messages"),
	ROW(130497, GRAPH_RECIPIENT, "the account may not write to that country"),
	ROW(131000, GRAPH_RETRY, "it failed, no reason told", .tries = 2),
	ROW(131005, GRAPH_ACCOUNT, "access denied; check the system user's permissions"),
	ROW(131008, GRAPH_PAYLOAD, "a parameter is missing"),
	ROW(131009, GRAPH_PAYLOAD, "a parameter's value is not valid"),
	ROW(131016, GRAPH_RETRY, "not available for now", .after_s = 30),
	ROW(131021, GRAPH_RECIPIENT, "the recipient is the sender"),
	ROW(131026, GRAPH_RECIPIENT, "not reachable by WhatsApp"),
	ROW(131030, GRAPH_ACCOUNT, "a test number, and the recipient is not on its list; use the comune's own number"),
	ROW(131031, GRAPH_ACCOUNT, "the account is locked"),
	ROW(131037, GRAPH_ACCOUNT, "the number's display name is not approved"),
	ROW(131042, GRAPH_ACCOUNT, "the payment method is missing or refused"),
	ROW(131045, GRAPH_ACCOUNT, "the number is not registered; register it again"),
	ROW(131047, GRAPH_WINDOW, "more than 24 hours since the person wrote"),
	ROW(131048, GRAPH_ACCOUNT, "restricted because people blocked or reported the number", .after_s = 2 * HOUR_S),
	ROW(131049, GRAPH_RETRY, "Meta chose not to deliver marketing to this person", .after_s = 24 * HOUR_S),
	ROW(131050, GRAPH_RECIPIENT_MARKETING, "the person stopped marketing messages"),
	ROW(131051, GRAPH_PAYLOAD, "the message's type is not supported"),
	{.code = 131052,
		.class = GRAPH_INBOUND,
		.inbound = GRAPH_INBOUND,
		.meaning = "what the person sent could not be fetched"},
	ROW(131053, GRAPH_RETRY, "the file could not be uploaded", .tries = 1),
	ROW(131055, GRAPH_PAYLOAD, "this way is for marketing messages only"),
	ROW(131056, GRAPH_RETRY_PAIR, "too many messages to the same person", .after_s = 1),
	ROW(131057, GRAPH_RETRY, "the account is in maintenance", .after_s = 60, .all = true),
	ROW(131061, GRAPH_TEMPLATE, "the template has a maximum price and cannot go this way"),
	ROW(131062, GRAPH_PAYLOAD, "this message cannot go to a user id; use the number"),
	ROW(131063, GRAPH_TEMPLATE, "marketing templates are switched off for this account"),
	ROW(131064, GRAPH_ACCOUNT, "the messaging limit is used up for misused template categories"),
	ROW(132000, GRAPH_TEMPLATE, "the template has another number of parameters"),
	ROW(132001, GRAPH_TEMPLATE, "the template does not exist in this language or is not approved"),
	ROW(132005, GRAPH_TEMPLATE, "the template with its parameters is too long"),
	ROW(132007, GRAPH_TEMPLATE, "the template's content breaks a policy"),
	ROW(132008, GRAPH_TEMPLATE, "a parameter's value does not fit the template"),
	ROW(132012, GRAPH_TEMPLATE, "a parameter's format does not fit the template"),
	ROW(132015, GRAPH_TEMPLATE, "the template is paused"),
	ROW(132016, GRAPH_TEMPLATE, "the template is disabled for good; make a new one"),
	ROW(132018, GRAPH_PAYLOAD, "a parameter holds a line break, a tab or many spaces"),
	ROW(132068, GRAPH_TEMPLATE, "the flow is blocked"),
	ROW(132069, GRAPH_TEMPLATE, "the flow is throttled"),
	ROW(133000, GRAPH_ACCOUNT, "the number's deregistration is incomplete; deregister and register it again"),
	ROW(133004, GRAPH_RETRY, "the server is not available for now", .after_s = 30),
	ROW(133005, GRAPH_ACCOUNT, "the two-step PIN is wrong"),
	ROW(133006, GRAPH_ACCOUNT, "the number must be verified first"),
	ROW(133008, GRAPH_ACCOUNT, "the two-step PIN was wrong too often"),
	ROW(133009, GRAPH_ACCOUNT, "the two-step PIN was given too fast"),
	ROW(133010, GRAPH_ACCOUNT, "the number is not registered; register it"),
	ROW(133015, GRAPH_ACCOUNT, "the number was just deleted; wait five minutes and register it", .after_s = 300),
	ROW(133016, GRAPH_ACCOUNT, "the number was registered too often; wait three days", .after_s = 72 * HOUR_S),
	ROW(134100, GRAPH_PAYLOAD, "this way is for marketing messages only"),
	ROW(134101, GRAPH_RETRY, "the template is still being taken over", .after_s = 600),
	ROW(134102, GRAPH_ACCOUNT, "the account may not use the marketing interface"),
	ROW(135000, GRAPH_PAYLOAD, "a parameter is not valid"),
	ROW(137000, GRAPH_RECIPIENT, "the person's identity has changed and must be confirmed again"),
	ROW(147001, GRAPH_ACCOUNT, "the business's username is at fault", .until = 147005),
};
/* clang-format on */
const size_t graph_codes_count = sizeof graph_codes / sizeof *graph_codes;

const struct graph_code *graph_code_find(int32_t code)
{
	static const struct graph_code unknown = {.code = -1,
		.class = GRAPH_RETRY,
		.inbound = GRAPH_INBOUND,
		.tries = 1,
		.meaning = "a code this box does not know"};

	for (size_t i = 0; i < graph_codes_count; i++) {
		const struct graph_code *row = &graph_codes[i];
		if (code >= row->code && code <= (row->until ? row->until : row->code))
			return row;
	}
	return &unknown;
}

const char *graph_class_to_string(enum graph_class class)
{
	switch (class) {
	case GRAPH_RETRY: return "retry";
	case GRAPH_RETRY_PAIR: return "retry pair";
	case GRAPH_RECIPIENT: return "recipient";
	case GRAPH_RECIPIENT_MARKETING: return "recipient, marketing";
	case GRAPH_TEMPLATE: return "template";
	case GRAPH_ACCOUNT: return "account";
	case GRAPH_PAYLOAD: return "payload";
	case GRAPH_WINDOW: return "window";
	case GRAPH_INBOUND: return "inbound";
	}
	return "unknown";
}

enum bearer_outcome graph_outcome(const struct graph_code *code)
{
	switch (code->class) {
	case GRAPH_RETRY: return code->after_s > SOON_S ? BEARER_RETRY_LATER : BEARER_RETRY_SOON;
	case GRAPH_RETRY_PAIR: return BEARER_RETRY_SOON;
	case GRAPH_RECIPIENT:
	case GRAPH_RECIPIENT_MARKETING: return BEARER_BAD_RECIPIENT;
	case GRAPH_TEMPLATE: return BEARER_BAD_TEMPLATE;
	case GRAPH_ACCOUNT: return BEARER_BARRED;
	case GRAPH_PAYLOAD:
	case GRAPH_WINDOW:
	case GRAPH_INBOUND: return BEARER_BAD_MESSAGE;
	}
	return BEARER_BAD_MESSAGE;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static size_t word_length(const char *text)
{
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
}

/* A number as people write it: digits with single spaces, dots or dashes between. */
static size_t number_length(const char *text, size_t *ret_digits)
{
	size_t length = 0;

	*ret_digits = 0;
	for (;;) {
		size_t digits = strspn(text + length, "0123456789");
		if (digits == 0)
			return length;
		*ret_digits += digits;
		length += digits;
		if (!strchr(" .-", text[length]) || text[length] == '\0' || text[length + 1] < '0' ||
			text[length + 1] > '9')
			return length;
		length++;
	}
}

void graph_mask(const char *text, char *out, size_t size)
{
	struct utf8_out masked;

	utf8_out_init(&masked, out, size);
	while (*text) {
		size_t digits, number = number_length(text, &digits), word = word_length(text);
		if (digits >= NUMBER_MIN || word > WORD_MAX) {
			utf8_put(&masked, 0x2026);
			text += word > WORD_MAX ? word : number;
			continue;
		}
		uint32_t code_point = utf8_next(&text);
		utf8_put(&masked, code_point < ' ' || code_point == 0x7f ? ' ' : code_point);
	}
}

static int32_t int_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	json_int_t number = json_integer_value(value);

	return json_is_integer(value) && number >= 0 && number <= INT32_MAX ? (int32_t)number : -1;
}

static void words_take(const json_t *value, char *out, size_t size)
{
	const char *text = json_string_value(value);

	graph_mask(text ? text : "", out, size);
}

bool graph_error_of(const json_t *object, struct graph_error *ret_error)
{
	const json_t *data = json_object_get(object, "error_data"), *message = json_object_get(object, "message");

	memset(ret_error, 0, sizeof *ret_error);
	ret_error->code = int_of(object, "code");
	if (ret_error->code < 0)
		return false;
	ret_error->subcode = int_of(object, "error_subcode");
	ret_error->transient = json_is_true(json_object_get(object, "is_transient"));
	words_take(message ? message : json_object_get(object, "title"), ret_error->message, sizeof ret_error->message);
	/* Its details, or where templates are managed a sentence for people. */
	const json_t *details = json_is_object(data) ? json_object_get(data, "details") : data;
	words_take(details ? details : json_object_get(object, "error_user_msg"), ret_error->details,
		sizeof ret_error->details);
	const char *trace = json_string_value(json_object_get(object, "fbtrace_id"));
	if (trace && strlen(trace) < sizeof ret_error->trace && trace[word_length(trace)] == '\0')
		(void)snprintf(ret_error->trace, sizeof ret_error->trace, "%s", trace);
	return true;
}

bool graph_error_read(const char *body, size_t length, struct graph_error *ret_error)
{
	json_t *answer = body ? json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
	bool is_error = graph_error_of(json_object_get(answer, "error"), ret_error);

	json_decref(answer);
	return is_error;
}

void graph_error_tell(const struct graph_error *error, char *out, size_t size)
{
	const char *said = error->details[0] ? error->details : error->message;
	struct utf8_out text;
	char code[16];

	(void)snprintf(code, sizeof code, "%d ", error->code);
	utf8_out_init(&text, out, size);
	utf8_put_string(&text, code);
	utf8_put_string(&text, graph_code_find(error->code)->meaning);
	if (said[0]) {
		utf8_put_string(&text, ": ");
		utf8_put_string(&text, said);
	}
}
