#include "tests/graph-sim/send.h"

#include "tests/graph-sim/faults.h"
#include "tests/graph-sim/journal.h"
#include "tests/graph-sim/ladder.h"
#include "tests/graph-sim/media.h"
#include "tests/graph-sim/people.h"
#include "tests/graph-sim/shape.h"
#include "tests/graph-sim/template_use.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MIN = 7, DIGITS_MAX = 15 };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

/* The digits that the platform makes of `to`: without + the business number's own country code comes first. */
static bool digits_of(const struct sim *sim, const char *to, char digits[PHONE_MAX])
{
	size_t used = 0;

	if (*to != '+')
		used = (size_t)snprintf(digits, PHONE_MAX, "%s", sim->knobs.country);
	for (; *to != '\0'; to++) {
		if (strchr("+-() ", *to) != NULL)
			continue;
		if (!isdigit((unsigned char)*to) || used >= DIGITS_MAX)
			return false;
		digits[used++] = *to;
	}
	digits[used] = '\0';
	return used >= DIGITS_MIN;
}

struct person *send_recipient(struct sim *sim, const json_t *body)
{
	char digits[PHONE_MAX];
	const char *to = text_of(body, "to"), *recipient = text_of(body, "recipient");

	if (*to != '\0')
		return digits_of(sim, to, digits) ? person_of(sim, digits) : NULL;
	return is_bsuid(recipient) ? person_of(sim, recipient) : NULL;
}

/* ---- each type ---- */

struct draft {
	struct sim *sim;
	const json_t *body, *content; /* the request, and its object of the type's name */
	const char *type;
	const struct template *template; /* NULL: free-form */
	json_t *about;
};

static bool refuse(struct reply *ret, struct reply reply)
{
	*ret = reply;
	return false;
}

static bool draft_media(struct draft *draft, struct reply *ret)
{
	const char *id = text_of(draft->content, "id"), *link = text_of(draft->content, "link");

	if ((*id == '\0') == (*link == '\0'))
		return refuse(ret, reply_errorf(100, "Param %s needs either id or link.", draft->type));
	if (*id != '\0' && media_find(draft->sim, id) == NULL)
		return refuse(ret,
			reply_errorf(100, "Param %s['id'] is not a valid whatsapp business account media attachment ID",
				draft->type));
	json_object_set_new(draft->about, "media", json_string(*id != '\0' ? id : link));
	json_object_set_new(draft->about, "text", json_string(text_of(draft->content, "caption")));
	return true;
}

static bool draft_reaction(struct draft *draft, struct reply *ret)
{
	const char *target = text_of(draft->content, "message_id");

	if (wamid_number(target, true) == 0 && wamid_number(target, false) == 0)
		return refuse(ret, reply_error(131009, "Message to react to is not known"));
	json_object_set_new(draft->about, "text", json_string(text_of(draft->content, "emoji")));
	return true;
}

static bool draft_buttons(const json_t *action, struct reply *ret)
{
	const json_t *buttons = json_object_get(action, "buttons"), *button, *other;
	size_t i, k;

	if (json_array_size(buttons) == 0)
		return refuse(ret,
			reply_error(131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3"));
	json_array_foreach(buttons, i, button)
	{
		if (strcmp(text_of(button, "type"), "reply") != 0)
			return refuse(ret, reply_error(131009, "Button type invalid"));
		json_array_foreach(buttons, k, other)
		{
			const json_t *a = json_object_get(button, "reply"), *b = json_object_get(other, "reply");
			if (i != k && (strcmp(text_of(a, "title"), text_of(b, "title")) == 0 ||
					      strcmp(text_of(a, "id"), text_of(b, "id")) == 0))
				return refuse(ret, reply_error(131009, "Duplicated title or id found in buttons"));
		}
	}
	return true;
}

static bool draft_list(const json_t *action, struct reply *ret)
{
	const json_t *sections = json_object_get(action, "sections"), *section;
	size_t i, rows = 0;

	if (*text_of(action, "button") == '\0' || json_array_size(sections) == 0)
		return refuse(ret, reply_error(131009, "A list needs button and sections"));
	json_array_foreach(sections, i, section)
	{
		rows += json_array_size(json_object_get(section, "rows"));
		if (json_array_size(sections) > 1 && *text_of(section, "title") == '\0')
			return refuse(ret, reply_error(131009, "Section title is required when there are several"));
	}
	if (rows > 10)
		return refuse(ret, reply_error(131009, "Total row count exceed max allowed count: 10"));
	return true;
}

static bool draft_interactive(struct draft *draft, struct reply *ret)
{
	const char *type = text_of(draft->content, "type");
	const json_t *action = json_object_get(draft->content, "action");
	const char *text = text_of(json_object_get(draft->content, "body"), "text"), *name = text_of(action, "name");
	size_t limit = 1024;

	json_object_set_new(draft->about, "interactive", json_string(type));
	json_object_set_new(draft->about, "text", json_string(text));
	json_object_set_new(draft->about, "action", json_deep_copy(action));
	if (strcmp(type, "button") == 0) {
		if (!draft_buttons(action, ret))
			return false;
	} else if (strcmp(type, "list") == 0) {
		limit = 4096;
		if (!draft_list(action, ret))
			return false;
	} else if (strcmp(type, "location_request_message") == 0) {
		if (strcmp(name, "send_location") != 0)
			return refuse(ret, reply_error(131009, "action name must be send_location"));
	} else if (strcmp(type, "request_contact_info") == 0) {
		if (strcmp(name, "request_contact_info") != 0)
			return refuse(ret, reply_error(131009, "action name must be request_contact_info"));
	} else if (strcmp(type, "cta_url") != 0) {
		return refuse(ret, reply_errorf(131009, "Interactive type %.60s is not supported", type));
	}
	if (text_characters(text) > limit)
		return refuse(
			ret, reply_errorf(131009, "Body text length invalid. Min length: 1, Max length: %zu", limit));
	return true;
}

static bool draft_text(struct draft *draft, struct reply *ret)
{
	(void)ret;
	json_object_set_new(draft->about, "text", json_string(text_of(draft->content, "body")));
	return true;
}

static bool draft_template(struct draft *draft, struct reply *ret)
{
	draft->template = template_use(draft->sim, draft->content, draft->about, ret);
	return draft->template != NULL;
}

static bool draft_other(struct draft *draft, struct reply *ret)
{
	(void)ret;
	json_object_set_new(draft->about, "content", json_deep_copy(draft->content));
	return true;
}

static const struct {
	const char *type;
	bool (*draft)(struct draft *draft, struct reply *ret);
} types[] = {
	{"text", draft_text},
	{"template", draft_template},
	{"interactive", draft_interactive},
	{"image", draft_media},
	{"document", draft_media},
	{"audio", draft_media},
	{"video", draft_media},
	{"sticker", draft_media},
	{"location", draft_other},
	{"contacts", draft_other},
	{"reaction", draft_reaction},
};

static bool draft_content(struct draft *draft, struct reply *ret)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (strcmp(types[i].type, draft->type) != 0)
			continue;
		draft->content = json_object_get(draft->body, draft->type);
		if (draft->content == NULL)
			return refuse(ret, reply_errorf(100, "The parameter %s is required.", draft->type));
		json_object_set_new(draft->about, "type", json_string(draft->type));
		return types[i].draft(draft, ret);
	}
	return refuse(ret, reply_errorf(131051, "Message type %.60s is not supported", draft->type));
}

/* ---- acceptance ---- */

static uint64_t hash_of(const char *text)
{
	uint64_t hash = 14695981039346656037u;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return hash;
}

static struct reply answer(const struct draft *draft, const struct message *message)
{
	const char *to = text_of(draft->body, "to");
	json_t *contact = json_pack("{s:s}", "input", *to != '\0' ? to : text_of(draft->body, "recipient"));
	json_t *accepted = json_pack("{s:s}", "id", message->id);

	if (*to != '\0')
		json_object_set_new(contact, "wa_id", json_string(message->person->phone));
	else
		json_object_set_new(contact, "user_id", json_string(message->person->bsuid));
	if (draft->template != NULL)
		json_object_set_new(accepted, "message_status",
			json_string(message->held ? "held_for_quality_assessment" : "accepted"));
	struct reply reply = reply_json(json_pack(
		"{s:s,s:[o],s:[o]}", "messaging_product", "whatsapp", "contacts", contact, "messages", accepted));
	reply.message = message->number;
	return reply;
}

static struct reply accept_draft(struct draft *draft, struct person *person)
{
	struct sim *sim = draft->sim;
	const char *opaque = json_string_value(json_object_get(draft->body, "biz_opaque_callback_data"));
	char *about = must(json_dumps(draft->about, JSON_COMPACT));
	struct fault hold;
	struct message message = {
		.person = person,
		.about = about,
		.opaque = opaque == NULL ? NULL : must(strdup(opaque)),
		.content = hash_of(about),
		.category = draft->template == NULL ? "service" : template_category(draft->template),
		.by_bsuid = *text_of(draft->body, "to") == '\0',
		.in_window = window_is_open(sim, person),
		.reaction = strcmp(draft->type, "reaction") == 0,
	};
	size_t length = strlen(about); /* the braces go: what is kept are members */
	about[length - 1] = '\0';
	memmove(about, about + 1, length - 1);
	message.held = draft->template != NULL && fault_take(&sim->faults, FAULT_HOLD, person, NULL, &hold);
	struct message *kept = journal_add(sim, &message);
	if (draft->template == NULL && !message.in_window && sim->knobs.window == WINDOW_FAILED)
		ladder_fail(sim, kept, 131047, sim->knobs.sent < 0 ? 0 : sim->knobs.sent);
	else if (!message.held)
		ladder_start(sim, kept);
	return answer(draft, kept);
}

static struct reply send_checked(struct draft *draft, struct person *person)
{
	struct sim *sim = draft->sim;
	struct fault fault;
	struct reply reply;

	if (fault_take(&sim->faults, FAULT_ERROR, person, "messages", &fault))
		return reply_error(fault.code, fault.details[0] != '\0' ? fault.details : NULL);
	if (!draft_content(draft, &reply))
		return reply;
	bool in_window = window_is_open(sim, person);
	if (draft->template == NULL && !in_window && sim->knobs.window == WINDOW_REFUSE)
		return reply_error(131047, "More than 24 hours have passed since the recipient last replied");
	int refusal = limits_refuse(sim, person, in_window);
	if (refusal != 0)
		return reply_error(refusal, NULL);
	return accept_draft(draft, person);
}

static struct reply mark_read(const json_t *body)
{
	struct reply reply;

	if (!shape_check(body, send_read, "", &reply))
		return reply;
	if (strcmp(text_of(body, "status"), "read") != 0)
		return reply_error(100, "Param status must be one of {READ}");
	if (wamid_number(text_of(body, "message_id"), true) == 0)
		return reply_error(131009, "Message ID is not known");
	const json_t *typing = json_object_get(body, "typing_indicator");
	if (typing != NULL && strcmp(text_of(typing, "type"), "text") != 0)
		return reply_error(100, "Param typing_indicator['type'] must be one of {TEXT}");
	return reply_success();
}

struct reply send_request(struct sim *sim, const json_t *body)
{
	struct draft draft = {.sim = sim, .body = body};
	struct reply reply;

	if (json_object_get(body, "status") != NULL)
		return mark_read(body);
	if (!shape_check(body, send_message, "", &reply))
		return reply;
	if (strcmp(text_of(body, "messaging_product"), "whatsapp") != 0)
		return reply_error(100, "Param messaging_product must be one of {WHATSAPP}");
	const char *kind = text_of(body, "recipient_type");
	if (*kind != '\0' && strcmp(kind, "individual") != 0)
		return reply_error(100, "Param recipient_type must be one of {INDIVIDUAL}: groups are not simulated");
	if (*text_of(body, "to") == '\0' && *text_of(body, "recipient") == '\0')
		return reply_error(100, "The parameter to is required.");
	struct person *person = send_recipient(sim, body);
	if (person == NULL)
		return reply_error(131009, "Recipient is neither a phone number nor a user id");
	if (strcmp(person->phone, sim->knobs.number) == 0)
		return reply_error(131021, NULL);
	draft.type = json_object_get(body, "type") == NULL ? "text" : text_of(body, "type");
	draft.about = json_object();
	if (json_object_get(body, "context") != NULL)
		json_object_set_new(
			draft.about, "context", json_string(text_of(json_object_get(body, "context"), "message_id")));
	reply = send_checked(&draft, person);
	json_decref(draft.about);
	return reply;
}
