#include "firmware-host/order_fields.h"

#include "firmware-host/json.h"
#include "firmware-host/named.h"
#include "firmware-host/when.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- which fields there are -------------------------------------------------------------------------------------- */

static const char *const names[] = {"until", "hazard", "zone", "from", "instruction", "contact"};
enum field { FIELD_UNTIL, FIELD_HAZARD, FIELD_ZONE, FIELD_FROM, FIELD_INSTRUCTION, FIELD_CONTACT, FIELDS };

/* Where either version of the template has the word. */
static enum texts_place place_of(const struct sheet_template *template, const char *name)
{
	enum texts_place whole = texts_pattern_place(template->text, name);
	enum texts_place brief = texts_pattern_place(template->brief, name);

	return whole > brief ? whole : brief;
}

static bool has_field(const struct sheet_template *template, enum field field)
{
	if (template->kind == MESSAGE_CLEAR && field < FIELD_INSTRUCTION)
		return false;
	if (field == FIELD_UNTIL || field == FIELD_HAZARD ||
		field == FIELD_ZONE) /* said by the headline; chooses people */
		return true;
	if (field == FIELD_INSTRUCTION && place_of(template, "brief") != TEXTS_PLACE_NONE)
		return true;
	return place_of(template, names[field]) != TEXTS_PLACE_NONE;
}

static bool needs_instruction(const struct sheet_template *template)
{
	return place_of(template, "instruction") == TEXTS_PLACE_OPEN || place_of(template, "brief") == TEXTS_PLACE_OPEN;
}

/* Nothing else can stand for it. */
static bool is_mandatory(const struct sheet_template *template, enum field field, const char *contact)
{
	if (field == FIELD_UNTIL)
		return template->kind == MESSAGE_ALERT;
	if (field == FIELD_CONTACT && contact[0])
		return false;
	if (field == FIELD_INSTRUCTION)
		return template->kind == MESSAGE_CLEAR && needs_instruction(template); /* else the hazard's */
	return place_of(template, names[field]) == TEXTS_PLACE_OPEN;
}

static const char *contact_of(const struct sheet *sheet, const struct settings *settings)
{
	return sheet->contact[0] ? sheet->contact : settings->comune.contacts;
}

/* "until (mandatory), hazard, zone" */
static void fields_tell(const struct sheet_template *template, const char *contact, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (enum field field = 0; field < FIELDS; field++)
		if (has_field(template, field) && used < size)
			used += (size_t)snprintf(out + used, size - used, "%s%s%s", used ? ", " : "", names[field],
				is_mandatory(template, field, contact) ? " (mandatory)" : "");
	if (used == 0)
		(void)snprintf(out, size, "none");
}

/* ---- as they were given ------------------------------------------------------------------------------------------ */

struct filling {
	const struct sheet *sheet;
	const struct settings *settings;
	const struct sheet_template *template;
	struct order order;
	const char *given[FIELDS]; /* of zone the last */
	const struct sheet_hazard *known;
	char hazard[64]; /* as the sheet has it, or as given */
	char zones[MESSAGE_ZONES_MAX];
	char instruction[MESSAGE_TEXT_MAX];
	struct draft_words words;
	struct err *err;
};

static int fields_refuse(const struct filling *filling, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fields_refuse(const struct filling *filling, const char *format, ...)
{
	char fields[160], front[192];
	va_list values;

	va_start(values, format);
	(void)vsnprintf(front, sizeof front, format, values);
	va_end(values);
	fields_tell(filling->template, contact_of(filling->sheet, filling->settings), fields, sizeof fields);
	return err_set(filling->err, EX_USAGE, "%s; the fields of %s are: %s", front, filling->template->name, fields);
}

static int field_take(struct filling *filling, const char *set)
{
	size_t length = strcspn(set, "=");
	enum field field = 0;
	char name[32];

	(void)snprintf(name, sizeof name, "%.*s", (int)length, set);
	while (field < FIELDS && strcmp(names[field], name) != 0)
		field++;
	if (field == FIELDS || !has_field(filling->template, field))
		return fields_refuse(filling, "there is no field \"%s\"", name);
	if (set[length] != '=' || set[length + 1 + strspn(set + length + 1, " ")] == '\0')
		return fields_refuse(filling, "--set %s has no value, write --set field=value", name);
	if (filling->given[field] && field != FIELD_ZONE)
		return fields_refuse(filling, "%s is given twice", name);
	filling->given[field] = set + length + 1;
	if (field != FIELD_ZONE)
		return 0;
	if (filling->order.zone_count == SETTINGS_ZONES_MAX)
		return err_set(filling->err, EX_USAGE, "too many zones; leave zone out to reach everybody");
	filling->order.zones[filling->order.zone_count++] = set + length + 1;
	return 0;
}

static int fields_take(struct filling *filling, const struct order_fields *fields)
{
	filling->given[FIELD_UNTIL] = filling->order.until;
	filling->given[FIELD_HAZARD] = filling->order.hazard;
	for (int i = 0; i < fields->set_count; i++)
		if (field_take(filling, fields->sets[i]) != 0)
			return -1;
	return 0;
}

/* ---- what they mean ---------------------------------------------------------------------------------------------- */

static int template_find(struct filling *filling, const char *name)
{
	enum message_kind kind = filling->order.kind;
	char known[256] = "";
	size_t used = 0;

	filling->template = sheet_template(filling->sheet, kind, name);
	if (filling->template)
		return 0;
	for (int i = 0; i < filling->sheet->template_count && used < sizeof known; i++)
		if (filling->sheet->templates[i].kind == kind)
			used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "",
				filling->sheet->templates[i].name);
	return err_set(filling->err, EX_USAGE, "there is no template \"%.31s\" of %s; there are: %s", name ? name : "",
		kind == MESSAGE_CLEAR ? "an all-clear" : "an alert", used ? known : "none, see keypad.cfg");
}

/* The hazard as given, else as what it is about has it; and its instruction. */
static int hazard_fill(struct filling *filling, const struct message *about)
{
	const char *name = filling->given[FIELD_HAZARD];
	const struct sheet_hazard *hazard;

	if (!name)
		name = about ? about->hazard : "";
	hazard = filling->known = sheet_hazard(filling->sheet, name);
	if (!hazard && strlen(name) >= sizeof filling->hazard)
		return err_set(filling->err, EX_DATAERR, "hazard is longer than %zu octets; shorten it",
			sizeof filling->hazard - 1);
	(void)snprintf(filling->hazard, sizeof filling->hazard, "%s", hazard ? hazard->name : name);
	filling->words.hazard = filling->hazard;
	filling->words.instruction = filling->words.brief = "";
	if (filling->given[FIELD_INSTRUCTION]) {
		filling->words.instruction = filling->words.brief = filling->given[FIELD_INSTRUCTION];
	} else if (hazard && filling->template->kind == MESSAGE_ALERT) {
		filling->words.instruction = hazard->instruction;
		filling->words.brief = hazard->brief;
	} else if (needs_instruction(filling->template)) {
		if (filling->template->kind == MESSAGE_ALERT && *name)
			return fields_refuse(
				filling, "the sheet has no hazard \"%.40s\", so the instruction must be given", name);
		return fields_refuse(filling, "instruction is missing");
	}
	if (*name && filling->order.kind == MESSAGE_ALERT)
		filling->order.hazard = filling->hazard;
	return 0;
}

/* The names of the zones, as many as are known: order_compose refuses the others. */
static void zones_fill(struct filling *filling, const struct message *about)
{
	const struct settings *settings = filling->settings;
	size_t used = 0;

	filling->zones[0] = '\0';
	if (about)
		draft_zones(settings, about->zones, filling->zones, sizeof filling->zones);
	for (int i = 0; i < filling->order.zone_count && used < sizeof filling->zones; i++) {
		const struct settings_named *zone =
			named_find(settings->zones, settings->zone_count, filling->order.zones[i]);
		if (zone)
			used += (size_t)snprintf(filling->zones + used, sizeof filling->zones - used, "%s%s",
				used ? ", " : "", zone->name);
	}
	filling->words.zone = filling->zones;
}

static int from_fill(struct filling *filling, int64_t now)
{
	const char *from = filling->given[FIELD_FROM];
	int64_t until;

	if (!from)
		return 0;
	const char *refused = when_read(from, now, &filling->words.from);
	if (refused)
		return err_set(filling->err, EX_DATAERR, "from=%.40s: %s", from, refused);
	if (filling->order.until && !when_read(filling->order.until, now, &until) && until <= filling->words.from)
		return err_set(filling->err, EX_DATAERR, "from=%.40s is not before until=%.40s; give the date too",
			from, filling->order.until);
	return 0;
}

int order_fields_compose(const struct order *order, const struct order_fields *fields, const struct sheet *sheet,
	const struct settings *settings, const struct texts *texts, const struct message *about, int64_t now,
	struct draft *ret, struct err *err)
{
	struct filling filling = {.sheet = sheet, .settings = settings, .order = *order, .err = err};

	if (order->text && order->text[strspn(order->text, " \t\r\n")])
		return err_set(
			err, EX_USAGE, "a template says the text; leave the text out, or give it as instruction");
	if (template_find(&filling, fields->template) != 0 || fields_take(&filling, fields) != 0 ||
		hazard_fill(&filling, about) != 0)
		return -1;
	filling.order.until = filling.given[FIELD_UNTIL];
	if (filling.template->kind == MESSAGE_ALERT && !about && !filling.order.until)
		return fields_refuse(&filling, "until is missing: an alert says until when it lasts");
	zones_fill(&filling, about);
	if (from_fill(&filling, now) != 0)
		return -1;
	filling.words.template = filling.template;
	filling.words.contact =
		filling.given[FIELD_CONTACT] ? filling.given[FIELD_CONTACT] : contact_of(sheet, settings);
	struct draft_words second;
	if (draft_second(sheet, &filling.words, filling.known, filling.given[FIELD_INSTRUCTION] != NULL, &second)) {
		if (filling.given[FIELD_CONTACT])
			second.contact = filling.given[FIELD_CONTACT];
		filling.words.second = &second;
		filling.words.second_texts = sheet->second->texts;
	}
	*ret = (struct draft){.from_now = filling.words.from == 0, .from = filling.words.from};
	if (draft_order(&filling.order, &filling.words, settings, texts, about, fields->brief, now, ret, err) != 0)
		return -1;
	ret->until = ret->message.until_at;
	return 0;
}

/* ---- the list ---------------------------------------------------------------------------------------------------- */

void order_fields_print(const struct sheet *sheet, const struct settings *settings, enum message_kind kind)
{
	char fields[160];

	for (int i = 0; i < sheet->template_count; i++) {
		const struct sheet_template *template = &sheet->templates[i];
		if (template->kind != kind)
			continue;
		fields_tell(template, contact_of(sheet, settings), fields, sizeof fields);
		printf("%s: %s\n  %s\n", template->name, fields, template->text);
		if (template->brief[0])
			printf("  short: %s\n", template->brief);
	}
	if (kind != MESSAGE_ALERT)
		return;
	printf("\nhazards, which bring their instruction:\n");
	for (int i = 0; i < sheet->hazard_count; i++)
		printf("  %s  %-32s %s\n", sheet->hazards[i].code, sheet->hazards[i].name,
			sheet->hazards[i].instruction);
}

static json_t *field_default(enum message_kind kind, enum field field, const char *contact)
{
	if (field == FIELD_CONTACT && contact[0])
		return json_text(contact);
	if (field == FIELD_INSTRUCTION && kind == MESSAGE_ALERT)
		return json_string("the hazard's");
	return json_null();
}

static json_t *template_json(const struct sheet_template *template, const char *contact)
{
	json_t *fields = json_array();

	for (enum field field = 0; field < FIELDS; field++)
		if (has_field(template, field))
			json_array_append_new(fields, json_pack("{s:s, s:b, s:o}", "name", names[field], "mandatory",
							      is_mandatory(template, field, contact), "default",
							      field_default(template->kind, field, contact)));
	return json_pack("{s:o, s:s, s:o, s:o, s:o}", "name", json_text(template->name), "kind",
		order_kind_to_string(template->kind), "text", json_text(template->text), "brief",
		template->brief[0] ? json_text(template->brief) : json_null(), "fields", fields);
}

json_t *order_fields_json(const struct sheet *sheet, const struct settings *settings, enum message_kind kind)
{
	json_t *templates = json_array(), *hazards = json_array();

	for (int i = 0; i < sheet->template_count; i++)
		if (sheet->templates[i].kind == kind)
			json_array_append_new(
				templates, template_json(&sheet->templates[i], contact_of(sheet, settings)));
	for (int i = 0; i < sheet->hazard_count; i++) {
		const struct sheet_hazard *hazard = &sheet->hazards[i];
		json_array_append_new(hazards,
			json_pack("{s:s, s:o, s:o, s:o}", "code", hazard->code, "name", json_text(hazard->name),
				"instruction", json_text(hazard->instruction), "brief", json_text(hazard->brief)));
	}
	return json_pack("{s:o, s:o}", "templates", templates, "hazards", hazards);
}
