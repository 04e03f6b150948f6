/* A walk through a body: entry, change, list, item; at each stop one event. */
#include "firmware-host/webhook/webhook_private.h"
#include "modem/utf.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* A body of 1,000 updates has some 40,000 values. More than this and reading it would take more memory than the box
	 * gives to a thing of that length. */
	VALUES_MAX = 200000,
	CONTACTS_SEARCHED = 1000, /* updates of one body, so contacts too */
	PHONE_DIGITS_MIN = 5,
	PHONE_DIGITS_MAX = 15,
};

static const int64_t time_is_ms = 100000000000, time_max_ms = 100000000000000;

struct webhook_reader {
	json_t *root; /* NULL: the whole body is the one UNKNOWN event */
	const char *body;
	size_t length;
	const char *phone_number_id;
	size_t entry, change, list, item; /* the next stop */
	unsigned told;			  /* events of this change */
	bool done;
};

/* What is read item by item. */
static const struct {
	const char *field, *list;
	bool (*read)(const json_t *value, const json_t *item, size_t index, struct webhook_event *event);
} lists[] = {
	{"messages", "messages", webhook_read_message},
	{"messages", "statuses", webhook_read_status},
	{"messages", "errors", webhook_read_error},
	{"user_preferences", "user_preferences", webhook_read_preference},
};

enum { LISTS = sizeof lists / sizeof *lists };

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

static void octets_take(const char *text, size_t length, char *out, size_t size)
{
	const char *end = text + length;
	struct utf8_out taken;

	utf8_out_init(&taken, out, size);
	while (text < end && !taken.full) {
		if (*text == '\0') {
			utf8_put(&taken, UTF_REPLACEMENT);
			text++;
		} else {
			utf8_put(&taken, utf8_next(&text));
		}
	}
}

void webhook_text_take(const json_t *string, char *out, size_t size)
{
	const char *text = json_string_value(string);

	octets_take(text ? text : "", json_string_length(string), out, size);
}

void webhook_id_take(const json_t *string, char *out, size_t size)
{
	if (json_string_length(string) >= size)
		out[0] = '\0';
	else
		webhook_text_take(string, out, size);
}

int64_t webhook_time_of(const json_t *time)
{
	const char *text = json_string_value(time);
	int64_t value = json_integer_value(time);
	char *end;

	if (text) {
		value = strtoll(text, &end, 10);
		if (end == text || *end)
			return 0;
	}
	if (value <= 0 || value > time_max_ms)
		return 0;
	return value >= time_is_ms ? value : value * 1000;
}

static bool is_user_id(const char *text)
{
	size_t length = strlen(text);

	return length > 3 && length < BEARER_USER_MAX && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2 &&
	       text[2] == '.' &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.") == length;
}

void webhook_person_take(const json_t *id, struct webhook_person *person)
{
	const char *text = json_string_value(id);

	if (!text || strlen(text) != json_string_length(id))
		return;
	if (is_user_id(text)) {
		if (!person->user[0])
			memcpy(person->user, text, strlen(text) + 1);
		return;
	}
	text += *text == '+';
	size_t digits = strspn(text, "0123456789");
	if (text[digits] || digits < PHONE_DIGITS_MIN || digits > PHONE_DIGITS_MAX || person->phone[0])
		return;
	person->phone[0] = '+';
	memcpy(person->phone + 1, text, digits + 1);
}

static bool is_of(const json_t *id, const struct webhook_person *person)
{
	const char *text = json_string_value(id);

	if (!text || !*text)
		return false;
	return (person->phone[0] && strcmp(person->phone + 1, text) == 0) || strcmp(person->user, text) == 0;
}

static const json_t *contact_find(const json_t *value, size_t index, const struct webhook_person *person)
{
	const json_t *contacts = json_object_get(value, "contacts");
	size_t count = json_array_size(contacts);

	/* Where nothing can be compared, a lone contact beside a lone item is that item's. */
	if (!person->phone[0] && !person->user[0])
		return count == 1 && json_array_size(json_object_get(value, "messages")) +
						       json_array_size(json_object_get(value, "statuses")) ==
					       1
			       ? json_array_get(contacts, 0)
			       : NULL;
	/* Mostly the contacts are in the order of the items. */
	for (size_t i = 0; i < count && i < CONTACTS_SEARCHED; i++) {
		const json_t *contact = json_array_get(contacts, (index + i) % count);
		if (is_of(json_object_get(contact, "wa_id"), person) ||
			is_of(json_object_get(contact, "user_id"), person))
			return contact;
	}
	return NULL;
}

void webhook_contact_take(const json_t *value, size_t index, struct webhook_person *person)
{
	const json_t *contact = contact_find(value, index, person);

	webhook_person_take(json_object_get(contact, "wa_id"), person);
	webhook_person_take(json_object_get(contact, "user_id"), person);
	webhook_text_take(
		json_object_get(json_object_get(contact, "profile"), "name"), person->name, sizeof person->name);
}

/* ---- what is not understood -------------------------------------------------------------------------------------- */

struct dump {
	char *text;
	size_t size, length;
};

static int dump_write(const char *octets, size_t length, void *context)
{
	struct dump *dump = context;
	size_t room = dump->size - 1 - dump->length;

	memcpy(dump->text + dump->length, octets, length < room ? length : room);
	dump->length += length < room ? length : room;
	return length < room ? 0 : -1;
}

/* Where the last character begins, which may be cut. */
static size_t edge_before(const char *text, size_t length)
{
	do
		length--;
	while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80);
	return length;
}

/* The piece as JSON, as much of it as there is room for. */
static void unknown_tell(const json_t *piece, struct webhook_event *event)
{
	char text[WEBHOOK_TEXT_MAX];
	struct dump dump = {.text = text, .size = sizeof text};
	struct webhook_event unknown = {.type = WEBHOOK_UNKNOWN, .at = event->at};

	memcpy(unknown.field, event->field, sizeof unknown.field);
	(void)json_dump_callback(piece, dump_write, &dump, JSON_COMPACT | JSON_ENCODE_ANY);
	text[dump.length] = '\0';
	if (dump.length == sizeof text - 1)
		dump.length = edge_before(text, dump.length);
	octets_take(text, dump.length, unknown.text, sizeof unknown.text);
	*event = unknown;
}

/* ---- the walk ---------------------------------------------------------------------------------------------------- */

static bool is_foreign(const struct webhook_reader *reader, const json_t *value)
{
	const char *number = json_string_value(json_object_get(json_object_get(value, "metadata"), "phone_number_id"));

	return number && reader->phone_number_id[0] && strcmp(number, reader->phone_number_id) != 0;
}

static bool is_skipped(size_t list, const char *field, const json_t *value)
{
	if (strcmp(lists[list].field, field) != 0)
		return true;
	/* Errors beside messages are theirs. */
	return lists[list].read == webhook_read_error &&
	       (json_array_size(json_object_get(value, "messages")) > 0 ||
		       json_array_size(json_object_get(value, "statuses")) > 0);
}

/* The next item of the change's lists. */
static bool item_next(struct webhook_reader *reader, const json_t *value, struct webhook_event *event)
{
	for (; reader->list < LISTS; reader->list++, reader->item = 0) {
		if (is_skipped(reader->list, event->field, value))
			continue;
		const json_t *item = json_array_get(json_object_get(value, lists[reader->list].list), reader->item);
		if (!item)
			continue;
		struct webhook_event blank = *event;
		if (!lists[reader->list].read(value, item, reader->item, event)) {
			*event = blank;
			unknown_tell(item, event);
		}
		reader->item++;
		return true;
	}
	return false;
}

/* A change without items is one event by itself. */
static void whole_tell(const json_t *change, json_t *value, struct webhook_event *event)
{
	struct webhook_event blank = *event;

	if (webhook_read_template(value, event))
		return;
	*event = blank;
	if (webhook_read_account(value, event))
		return;
	*event = blank;
	unknown_tell(change, event);
}

/* False: this change has no more. */
static bool change_next(
	struct webhook_reader *reader, const json_t *entry, const json_t *change, struct webhook_event *event)
{
	json_t *value = json_object_get(change, "value");

	event->at = webhook_time_of(json_object_get(entry, "time"));
	webhook_text_take(json_object_get(change, "field"), event->field, sizeof event->field);
	if (!json_is_object(value) || is_foreign(reader, value)) {
		if (reader->told > 0)
			return false;
		unknown_tell(change, event);
	} else if (!item_next(reader, value, event)) {
		if (reader->told > 0)
			return false;
		whole_tell(change, value, event);
	}
	reader->told++;
	return true;
}

static void change_leave(struct webhook_reader *reader)
{
	reader->list = reader->item = reader->told = 0;
}

bool webhook_reader_next(struct webhook_reader *reader, struct webhook_event *ret_event)
{
	const json_t *entries = json_object_get(reader->root, "entry"), *entry, *changes, *change;

	memset(ret_event, 0, sizeof *ret_event);
	if (!reader->root) {
		bool told = reader->done;
		reader->done = true;
		ret_event->type = WEBHOOK_UNKNOWN;
		octets_take(reader->body, reader->length, ret_event->text, sizeof ret_event->text);
		return !told;
	}
	for (; (entry = json_array_get(entries, reader->entry)) != NULL; reader->entry++, reader->change = 0) {
		changes = json_object_get(entry, "changes");
		if (!json_is_array(changes)) {
			unknown_tell(entry, ret_event);
			reader->entry++;
			return true;
		}
		for (; (change = json_array_get(changes, reader->change)) != NULL; reader->change++) {
			if (change_next(reader, entry, change, ret_event))
				return true;
			memset(ret_event, 0, sizeof *ret_event);
			change_leave(reader);
		}
	}
	return false;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static bool has_too_many_values(const char *body, size_t length)
{
	size_t values = 0;
	bool in_string = false;

	for (size_t i = 0; i < length; i++) {
		if (in_string && body[i] == '\\')
			i++;
		else if (body[i] == '"')
			in_string = !in_string;
		else if (!in_string && (body[i] == ',' || body[i] == '[' || body[i] == '{'))
			values++;
	}
	return values > VALUES_MAX;
}

/* The code unit of "\uXXXX" at `at`, or -1. */
static long escape_of(const char *at, const char *end)
{
	char digits[5] = {0};

	if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	memcpy(digits, at + 2, 4);
	return strspn(digits, "0123456789abcdefABCDEF") == 4 ? strtol(digits, NULL, 16) : -1;
}

/* A text cut between the halves of an emoji, or an octet that is not UTF-8, must not cost the 999 others of its batch. */
static void body_mend(char *body, size_t length)
{
	char *end = body + length;

	for (char *at = body; at < end;) {
		long unit = escape_of(at, end), next = unit >= 0 ? escape_of(at + 6, end) : -1;
		if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
			at += 12;
		} else if (unit >= 0) {
			if (unit >= 0xd800 && unit < 0xe000)
				memcpy(at + 2, "fffd", 4);
			at += 6;
		} else if (*at == '\\' || !((unsigned char)*at & 0x80)) {
			at += *at == '\\' ? 2 : 1;
		} else {
			const char *behind = at;
			if (utf8_next(&behind) == UTF_REPLACEMENT && strncmp(at, "\xef\xbf\xbd", 3) != 0)
				memset(at, '?', (size_t)(behind - at));
			at += behind - at;
		}
	}
}

static json_t *body_load(char *body, size_t length)
{
	json_t *root;

	if (length > WEBHOOK_BODY_MAX || has_too_many_values(body, length))
		return NULL;
	root = json_loadb(body, length, JSON_ALLOW_NUL, NULL);
	if (!root) {
		body_mend(body, length);
		root = json_loadb(body, length, JSON_ALLOW_NUL, NULL);
	}
	const char *object = json_string_value(json_object_get(root, "object"));
	if (object && strcmp(object, "whatsapp_business_account") == 0 && json_is_array(json_object_get(root, "entry")))
		return root;
	json_decref(root);
	return NULL;
}

struct webhook_reader *webhook_reader_new(char *body, size_t length, const char *phone_number_id)
{
	struct webhook_reader *reader = calloc(1, sizeof *reader);

	if (!reader)
		return NULL;
	reader->body = body;
	reader->length = length;
	reader->phone_number_id = phone_number_id;
	reader->root = body_load(body, length);
	return reader;
}

void webhook_reader_free(struct webhook_reader *reader)
{
	if (!reader)
		return;
	json_decref(reader->root);
	free(reader);
}
