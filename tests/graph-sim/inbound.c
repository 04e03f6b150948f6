/* Messages from people, of every type the platform passes on. */
#include "tests/graph-sim/hook.h"
#include "tests/graph-sim/media.h"
#include "tests/graph-sim/people.h"
#include "tests/graph-sim/verbs.h"

#include <stdlib.h>
#include <string.h>

/* A JPEG that any decoder takes for one: one grey pixel. */
static const unsigned char picture[] = {0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 'J', 'F', 'I', 'F', 0x00, 0x01, 0x01, 0x00,
	0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0xff, 0xd9};

struct letter {
	struct sim *sim;
	struct person *person;
	char **words; /* behind the type */
	int count;
	const char *id, *at, *context;
	bool bsuid_in_from, no_contact, forwarded;
	json_t *item, *errors;
	bool no_window; /* the platform's own word, not theirs */
};

static const char *word(const struct letter *letter, int index, const char *missing)
{
	return index < letter->count ? letter->words[index] : missing;
}

static void put(struct letter *letter, const char *key, json_t *value)
{
	json_object_set_new(letter->item, key, must(value));
}

/* An optional text. */
static void put_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL && *text != '\0')
		json_object_set_new(object, key, json_string(text));
}

static void write_text(struct letter *letter)
{
	struct bytes text = {0};

	for (int i = 0; i < letter->count; i++)
		bytes_printf(&text, "%s%s", i == 0 ? "" : " ", letter->words[i]);
	bytes_put(&text, "", 1);
	put(letter, "text", json_pack("{s:s}", "body", text.at));
	bytes_free(&text);
}

static void write_media(struct letter *letter, const char *type, const char *mime)
{
	struct media *media = media_add(letter->sim, mime, picture, sizeof picture);
	json_t *object = json_pack("{s:s,s:s,s:s}", "mime_type", mime, "sha256", media->sha256_base64, "id", media->id);
	char base[64], url[400];

	snprintf(base, sizeof base, "https://127.0.0.1:%d", letter->sim->ports[1].number);
	media_url(media, base, url, sizeof url);
	json_object_set_new(object, "url", json_string(url));
	if (strcmp(type, "document") == 0)
		put_text(object, "filename", word(letter, 0, "documento.pdf"));
	if (strcmp(type, "image") == 0 || strcmp(type, "video") == 0)
		put_text(object, "caption", word(letter, 0, NULL));
	if (strcmp(type, "audio") == 0)
		json_object_set_new(object, "voice", json_boolean(strcmp(word(letter, 0, ""), "voice") == 0));
	if (strcmp(type, "sticker") == 0)
		json_object_set_new(object, "animated", json_false());
	put(letter, type, object);
}

static void write_image(struct letter *letter)
{
	write_media(letter, "image", "image/jpeg");
}

static void write_video(struct letter *letter)
{
	write_media(letter, "video", "video/mp4");
}

static void write_audio(struct letter *letter)
{
	write_media(letter, "audio", "audio/ogg; codecs=opus");
}

static void write_document(struct letter *letter)
{
	write_media(letter, "document", "application/pdf");
}

static void write_sticker(struct letter *letter)
{
	write_media(letter, "sticker", "image/webp");
}

static void write_location(struct letter *letter)
{
	json_t *object = json_pack("{s:f,s:f}", "latitude", strtod(word(letter, 0, "0"), NULL), "longitude",
		strtod(word(letter, 1, "0"), NULL));

	put_text(object, "name", word(letter, 2, NULL));
	put_text(object, "address", word(letter, 3, NULL));
	put(letter, "location", object);
}

static void write_button(struct letter *letter)
{
	put(letter, "button",
		json_pack("{s:s,s:s}", "payload", word(letter, 0, ""), "text", word(letter, 1, word(letter, 0, ""))));
}

static void write_reply(struct letter *letter)
{
	put(letter, "type", json_string("interactive"));
	put(letter, "interactive",
		json_pack("{s:s,s:{s:s,s:s}}", "type", "button_reply", "button_reply", "id", word(letter, 0, ""),
			"title", word(letter, 1, word(letter, 0, ""))));
}

static void write_list(struct letter *letter)
{
	json_t *row = json_pack("{s:s,s:s}", "id", word(letter, 0, ""), "title", word(letter, 1, word(letter, 0, "")));

	put_text(row, "description", word(letter, 2, NULL));
	put(letter, "type", json_string("interactive"));
	put(letter, "interactive", json_pack("{s:s,s:o}", "type", "list_reply", "list_reply", row));
}

/* Seen in the wild: the type without its object, and an error beside the message. */
static void write_hollow(struct letter *letter)
{
	put(letter, "type", json_string("interactive"));
	letter->errors = json_pack("[{s:i,s:s,s:s,s:{s:s}}]", "code", 131000, "title", "Something went wrong",
		"message", "Something went wrong", "error_data", "details", "Interactive content could not be loaded");
}

static void write_reaction(struct letter *letter)
{
	json_t *object = json_pack("{s:s}", "message_id", word(letter, 0, ""));

	put_text(object, "emoji", word(letter, 1, NULL));
	put(letter, "reaction", object);
}

static json_t *phones(const char *digits)
{
	char shown[PHONE_MAX + 2];

	digits += *digits == '+';
	snprintf(shown, sizeof shown, "+%s", digits);
	return json_pack("[{s:s,s:s,s:s}]", "phone", shown, "wa_id", digits, "type", "CELL");
}

/* The answer to a request for contact information: one's own number. */
static void write_own_contact(struct letter *letter)
{
	put(letter, "type", json_string("contacts"));
	put(letter, "contacts",
		json_pack("[{s:s,s:o}]", "origin", "contact_request", "phones",
			phones(word(letter, 0, letter->person->phone))));
	letter->person->hidden = false;
}

/* Somebody's card. */
static void write_contacts(struct letter *letter)
{
	const char *name = word(letter, 1, "Bruno Bassi");

	put(letter, "contacts",
		json_pack("[{s:s,s:{s:s,s:s},s:o,s:s}]", "origin", "other", "name", "formatted_name", name,
			"first_name", name, "phones", phones(word(letter, 0, "+393330000000")), "vcard",
			"BEGIN:VCARD\nVERSION:3.0\nEND:VCARD"));
}

static void write_unsupported(struct letter *letter)
{
	put(letter, "errors",
		json_pack("[{s:i,s:s,s:s,s:{s:s}}]", "code", 131051, "title", "Message type unknown", "message",
			"Message type unknown", "error_data", "details", "Message type is currently not supported."));
	put(letter, "unsupported", json_pack("{s:s}", "type", word(letter, 0, "poll")));
}

static void write_order(struct letter *letter)
{
	put(letter, "order",
		json_pack("{s:s,s:s,s:[{s:s,s:i,s:f,s:s}]}", "catalog_id", "1", "text", word(letter, 0, ""),
			"product_items", "product_retailer_id", "a", "quantity", 1, "item_price", 1.5, "currency",
			"EUR"));
}

/* Another number: the person keeps their history, the BSUID is new as well. */
static void write_system(struct letter *letter)
{
	struct person *person = letter->person;
	const char *number = word(letter, 0, "");
	char old_bsuid[BSUID_MAX], old_phone[PHONE_MAX], bsuid[BSUID_MAX], body[400];
	json_t *system = json_object();

	number += *number == '+';
	text_copy(old_bsuid, sizeof old_bsuid, person->bsuid);
	text_copy(old_phone, sizeof old_phone, person->phone);
	snprintf(bsuid, sizeof bsuid, "%.2s.%09u%09u", old_bsuid, 100000000 + chance(&letter->sim->random, 900000000),
		chance(&letter->sim->random, 1000000000));
	person_set_bsuid(letter->sim, person, bsuid);
	if (*number != '\0')
		person_set_phone(letter->sim, person, number);
	snprintf(body, sizeof body, "User %.80s changed from %s to %s", person->name,
		person->hidden ? old_bsuid : old_phone, person->hidden ? person->bsuid : person->phone);
	put_text(system, "body", body);
	if (!person->hidden)
		put_text(system, "wa_id", person->phone);
	put_text(system, "user_id", person->bsuid);
	put_text(system, "previous_user_id", old_bsuid);
	put_text(system, "type", person->hidden ? "user_changed_user_id" : "user_changed_number");
	put(letter, "system", system);
	if (!person->hidden)
		put(letter, "from", json_string(old_phone));
	put(letter, "from_user_id", json_string(old_bsuid));
	letter->no_contact = true;
	letter->no_window = true;
}

/* Members as they are, over whatever else the message has. */
static void write_raw(struct letter *letter)
{
	json_t *members = json_loads(word(letter, 0, "{}"), 0, NULL);

	if (members != NULL)
		json_object_update(letter->item, members);
	json_decref(members);
}

static const struct {
	const char *type;
	void (*write)(struct letter *letter);
	const char *usage;
} types[] = {
	{"text", write_text, "TEXT…"},
	{"image", write_image, "[CAPTION]"},
	{"video", write_video, "[CAPTION]"},
	{"audio", write_audio, "[voice]"},
	{"document", write_document, "[FILENAME]"},
	{"sticker", write_sticker, ""},
	{"location", write_location, "LATITUDE LONGITUDE [NAME [ADDRESS]]"},
	{"button", write_button, "PAYLOAD [TEXT]: of a template"},
	{"reply", write_reply, "ID [TITLE]: a reply button"},
	{"list", write_list, "ID [TITLE [DESCRIPTION]]: a row of a list"},
	{"interactive-hollow", write_hollow, ": without its object, with value.errors"},
	{"reaction", write_reaction, "WAMID [EMOJI]; without: removed"},
	{"contact-info", write_own_contact, "[PHONE]: the answer to request_contact_info"},
	{"contacts", write_contacts, "PHONE [NAME]: somebody's card"},
	{"system", write_system, "NEW_PHONE: they changed number"},
	{"unsupported", write_unsupported, "[TYPE]"},
	{"order", write_order, "[TEXT]"},
	{"raw", write_raw, "JSON: members of the message"},
};

enum { TYPES = sizeof types / sizeof types[0] };

void inbound_help(FILE *out)
{
	for (unsigned i = 0; i < TYPES; i++)
		fprintf(out, "    %s %s\n", types[i].type, types[i].usage);
}

static void add_context(const struct letter *letter)
{
	json_t *context = json_object();

	if (letter->context != NULL) {
		put_text(context, "from", letter->sim->knobs.number);
		put_text(context, "id", letter->context);
	}
	if (letter->forwarded)
		json_object_set_new(context, "forwarded", json_true());
	if (json_object_size(context) > 0)
		json_object_set(letter->item, "context", context);
	json_decref(context);
}

static void deliver(struct letter *letter, unsigned type)
{
	struct sim *sim = letter->sim;
	struct person *person = letter->person;
	char id[WAMID_MAX], timestamp[32];

	wamid_write(id, person, true, ++sim->next_inbound);
	letter->item = must(json_pack("{s:s,s:s,s:s,s:s}", "from_user_id", person->bsuid, "id",
		letter->id != NULL ? letter->id : id, "timestamp",
		letter->at != NULL ? letter->at : hook_timestamp(sim, timestamp), "type", types[type].type));
	if (letter->bsuid_in_from)
		put_text(letter->item, "from", person->bsuid);
	else if (!person->hidden)
		put_text(letter->item, "from", person->phone);
	add_context(letter);
	letter->errors = NULL;
	types[type].write(letter);
	if (!letter->no_window)
		person->window_end_us = sim->timers.now_us + sim->knobs.window_hours * 3600 * 1000000;
	sim->journal.figures.inbound++;
	hook_message(sim, letter->item, letter->no_contact ? NULL : person_contact(person, true), letter->errors);
}

/* The person whose number is `step` above the first's. */
static struct person *neighbour(struct sim *sim, struct person *first, long step)
{
	char digits[PHONE_MAX];

	if (step == 0 || first->phone[0] == '\0')
		return first;
	snprintf(digits, sizeof digits, "%0*llu", (int)strlen(first->phone),
		strtoull(first->phone, NULL, 10) + (unsigned long long)step);
	return person_of(sim, digits);
}

/* Takes an option from the words; how many words it was, 0: none, -1: error told. */
static int take_option(const struct verb_call *call, int i, struct letter *letter, long *people, long *copies)
{
	const char *key = call->words[i];
	const char *value = i + 1 < call->count ? call->words[i + 1] : NULL;
	const struct {
		const char *key;
		const char **place;
	} texts[] = {{"--id", &letter->id}, {"--at", &letter->at}, {"--context", &letter->context}};
	const struct {
		const char *key;
		bool *place;
	} flags[] = {{"--bsuid-only", &letter->person->hidden}, {"--bsuid-in-from", &letter->bsuid_in_from},
		{"--no-contact", &letter->no_contact}, {"--forwarded", &letter->forwarded}};

	if (strncmp(key, "--", 2) != 0)
		return 0;
	for (size_t k = 0; k < sizeof flags / sizeof flags[0]; k++)
		if (strcmp(flags[k].key, key) == 0) {
			*flags[k].place = true;
			return 1;
		}
	if (value == NULL)
		return verb_fail(call, "unknown option %s, or its value is missing", key);
	for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
		if (strcmp(texts[k].key, key) == 0) {
			*texts[k].place = value;
			return 2;
		}
	if (strcmp(key, "--people") == 0)
		return verb_number(call, i + 1, 1, 1, 1000000, people) ? 2 : -1;
	if (strcmp(key, "--copies") == 0)
		return verb_number(call, i + 1, 1, 1, 1000000, copies) ? 2 : -1;
	return verb_fail(call, "unknown option %s", key);
}

int inbound_run(const struct verb_call *call)
{
	struct letter letter = {.sim = call->sim};
	long people = 1, copies = 1;
	int i = 2;

	letter.person = verb_person(call, call->words[1]);
	if (letter.person == NULL)
		return -1;
	for (int taken; i < call->count && (taken = take_option(call, i, &letter, &people, &copies)) != 0; i += taken)
		if (taken < 0)
			return -1;
	for (unsigned type = 0; i < call->count && type < TYPES; type++) {
		if (strcmp(types[type].type, call->words[i]) != 0)
			continue;
		letter.words = call->words + i + 1;
		letter.count = call->count - i - 1;
		struct person *first = letter.person;
		for (long n = 0; n < people * copies; n++) {
			letter.person = neighbour(call->sim, first, n % people);
			deliver(&letter, type);
		}
		return 0;
	}
	return verb_fail(call, "unknown type '%s', try help", i < call->count ? call->words[i] : "");
}
