#include "tests/graph-sim/route.h"

#include "tests/graph-sim/faults.h"
#include "tests/graph-sim/journal.h"
#include "tests/graph-sim/media.h"
#include "tests/graph-sim/send.h"
#include "tests/graph-sim/templates.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum node { NODE_PHONE, NODE_WABA, NODE_TEMPLATE, NODE_MEDIA, NODE_NONE };

struct address {
	enum node node;
	char id[ID_MAX * 2], edge[64];
};

static const char *query(const struct call *call, const char *key)
{
	return call->query(call->request, key);
}

/* ---- handlers ---- */

/* What faults do to a message before and after it is treated. */
static struct reply send_message_faulty(struct call *call, const json_t *body)
{
	struct sim *sim = call->sim;
	const struct person *person = send_recipient(sim, body);
	struct fault hangup, slow, silent;
	struct reply cut = {.cut = CUT_BEFORE, .code = -1};
	bool hangs_up = fault_take(&sim->faults, FAULT_HANGUP, person, NULL, &hangup);

	if (hangs_up)
		sim->journal.figures.hung_up++;
	if (hangs_up && hangup.lost)
		return cut;
	struct reply reply = send_request(sim, body);
	if (fault_take(&sim->faults, FAULT_SLOW, person, NULL, &slow))
		reply.slow_ms = slow.ms;
	if (hangs_up)
		reply.cut = CUT_MIDDLE;
	if (reply.message != 0 && fault_take(&sim->faults, FAULT_NO_ANSWER, person, NULL, &silent)) {
		reply.cut = CUT_NEVER;
		sim->journal.figures.unanswered++;
	}
	return reply;
}

static struct reply phone_media(struct call *call, const json_t *body)
{
	const char *product = call->product[0] != '\0' ? call->product : query(call, "messaging_product");

	(void)body;
	return media_upload(call->sim, product, call->mime, call->file.at, call->file.length);
}

static struct reply phone_read(struct call *call, const json_t *body)
{
	(void)body;
	return phone_get(call->sim, query(call, "fields"));
}

static struct reply phone_register_on(struct call *call, const json_t *body)
{
	return phone_register(call->sim, body, true);
}

static struct reply phone_register_off(struct call *call, const json_t *body)
{
	return phone_register(call->sim, body, false);
}

static struct reply contact_book_delete(struct call *call, const json_t *body)
{
	(void)body;
	return query(call, "bsuid") == NULL ? reply_error(100, "The parameter bsuid is required.") : reply_success();
}

static struct reply waba_read(struct call *call, const json_t *body)
{
	(void)body;
	return waba_get(call->sim, query(call, "fields"));
}

static struct reply waba_phones_read(struct call *call, const json_t *body)
{
	(void)body;
	return waba_phones(call->sim);
}

static struct reply subscribed_read(struct call *call, const json_t *body)
{
	(void)body;
	return subscribed_get(call->sim);
}

static struct reply subscribed_remove(struct call *call, const json_t *body)
{
	(void)body;
	return subscribed_delete(call->sim);
}

static const char *template_argument(void *of, const char *key)
{
	return query(of, key);
}

static struct reply waba_templates(struct call *call, const json_t *body)
{
	char base[1024];

	(void)body;
	snprintf(base, sizeof base, "%s%s", call->base, call->path);
	return templates_list(call->sim, template_argument, call, base);
}

static struct reply waba_template_create(struct call *call, const json_t *body)
{
	return templates_create(call->sim, body);
}

static struct reply waba_template_delete(struct call *call, const json_t *body)
{
	(void)body;
	return templates_delete(call->sim, query(call, "name"), query(call, "hsm_id"));
}

static const struct {
	enum node node;
	const char *method, *edge;
	bool json; /* the body is an object */
	struct reply (*handle)(struct call *call, const json_t *body);
} handlers[] = {
	{NODE_PHONE, "POST", "messages", true, send_message_faulty},
	{NODE_PHONE, "POST", "media", false, phone_media},
	{NODE_PHONE, "GET", "", false, phone_read},
	{NODE_PHONE, "POST", "", true, phone_set},
	{NODE_PHONE, "POST", "register", true, phone_register_on},
	{NODE_PHONE, "POST", "deregister", false, phone_register_off},
	{NODE_PHONE, "DELETE", "contact_book", false, contact_book_delete},
	{NODE_WABA, "GET", "", false, waba_read},
	{NODE_WABA, "GET", "phone_numbers", false, waba_phones_read},
	{NODE_WABA, "GET", "message_templates", false, waba_templates},
	{NODE_WABA, "POST", "message_templates", true, waba_template_create},
	{NODE_WABA, "DELETE", "message_templates", false, waba_template_delete},
	{NODE_WABA, "GET", "subscribed_apps", false, subscribed_read},
	{NODE_WABA, "POST", "subscribed_apps", false, subscribed_set},
	{NODE_WABA, "DELETE", "subscribed_apps", false, subscribed_remove},
};

/* ---- addresses ---- */

static struct reply template_or_media(struct call *call, const struct address *address, const json_t *body)
{
	struct template *template = template_by_id(call->sim, address->id);
	struct media *media = media_find(call->sim, address->id);
	bool get = strcmp(call->method, "GET") == 0, post = strcmp(call->method, "POST") == 0;

	if (template != NULL && get && address->edge[0] == '\0')
		return template_get(template, query(call, "fields"));
	if (template != NULL && post && address->edge[0] == '\0' && body != NULL)
		return template_edit(call->sim, template, body);
	if (template != NULL && post && strcmp(address->edge, "unpause") == 0)
		return template_unpause(call->sim, template);
	if (media != NULL && get && address->edge[0] == '\0')
		return media_describe(call->sim, media, call->base);
	if (media != NULL && strcmp(call->method, "DELETE") == 0 && address->edge[0] == '\0')
		return media_delete(call->sim, address->id);
	return reply_unknown_object(address->id);
}

/* /v26.0/ID[/edge]. False: not such a path. */
static bool read_path(struct call *call, struct address *ret)
{
	const struct knobs *knobs = &call->sim->knobs;
	const char *at = call->path + 1;
	size_t length = strcspn(at, "/");
	size_t digits = strspn(at + 1, "0123456789");

	if (*at != 'v' || digits == 0 || at[1 + digits] != '.' || !isdigit((unsigned char)at[2 + digits]) ||
		length >= sizeof call->version || at[length] != '/')
		return false;
	snprintf(call->version, sizeof call->version, "%.*s", (int)length, at);
	at += length + 1;
	length = strcspn(at, "/");
	snprintf(ret->id, sizeof ret->id, "%.*s", (int)length, at);
	at += length + (at[length] == '/');
	length = strcspn(at, "/");
	if (length >= sizeof ret->edge || (at[length] == '/' && at[length + 1] != '\0'))
		return false;
	snprintf(ret->edge, sizeof ret->edge, "%.*s", (int)length, at);
	ret->node = strcmp(ret->id, knobs->pnid) == 0	? NODE_PHONE
		    : strcmp(ret->id, knobs->waba) == 0 ? NODE_WABA
							: NODE_NONE;
	return true;
}

static bool is_authorized(const struct call *call)
{
	const char *token = call->sim->knobs.token, *argument = query(call, "access_token");

	if (call->authorization != NULL && strncasecmp(call->authorization, "Bearer ", 7) == 0)
		return strcmp(call->authorization + 7, token) == 0;
	return argument != NULL && strcmp(argument, token) == 0;
}

/* What `error … on PLACE` calls it. */
static const char *place_of(const struct address *address)
{
	if (strcmp(address->edge, "messages") == 0)
		return NULL; /* there the recipient counts; send.c asks */
	if (strcmp(address->edge, "media") == 0)
		return "media";
	return strcmp(address->edge, "message_templates") == 0 ? "templates" : "account";
}

static struct reply dispatch(struct call *call, const struct address *address)
{
	json_t *body = call->body.at == NULL ? NULL : json_loadb(call->body.at, call->body.length, 0, NULL);
	struct reply reply = {0};
	bool found = false;

	if (!json_is_object(body)) {
		json_decref(body);
		body = NULL;
	}
	for (size_t i = 0; !found && i < sizeof handlers / sizeof handlers[0]; i++) {
		if (handlers[i].node != address->node || strcmp(handlers[i].method, call->method) != 0 ||
			strcmp(handlers[i].edge, address->edge) != 0)
			continue;
		found = true;
		reply = handlers[i].json && body == NULL ? reply_error(100, "The body is no JSON object")
							 : handlers[i].handle(call, body);
	}
	if (!found && address->node == NODE_NONE)
		reply = template_or_media(call, address, body);
	else if (!found)
		reply = reply_errorf(100, "Unsupported %s request on %s", call->method, address->edge);
	json_decref(body);
	return reply;
}

/* Where a redirect of ours leads: whoever follows it with the token has let it leak. */
static struct reply elsewhere(struct call *call)
{
	if (call->authorization != NULL)
		call->sim->journal.figures.leaked++;
	return reply_json(json_pack("{s:s}", "elsewhere", "nothing to see"));
}

static struct reply redirect(struct call *call, const struct fault *fault)
{
	struct reply reply = reply_json(json_object());

	reply.http = fault->code;
	snprintf(reply.location, sizeof reply.location, "http://localhost:%d/elsewhere", call->sim->ports[0].number);
	call->sim->journal.figures.redirected++;
	return reply;
}

static struct reply route_graph(struct call *call)
{
	struct sim *sim = call->sim;
	struct address address = {.node = NODE_NONE};
	struct fault fault;

	if (!read_path(call, &address))
		return reply_errorf(2500, "Unknown path components: %.200s", call->path);
	if (fault_take(&sim->faults, FAULT_REDIRECT, NULL, NULL, &fault))
		return redirect(call, &fault);
	if (!is_authorized(call))
		return reply_error(190, NULL);
	const char *place = place_of(&address);
	if (place != NULL && fault_take(&sim->faults, FAULT_ERROR, NULL, place, &fault))
		return reply_error(fault.code, fault.details[0] != '\0' ? fault.details : NULL);
	return dispatch(call, &address);
}

struct reply route(struct call *call)
{
	struct sim *sim = call->sim;
	struct reply reply;

	text_copy(call->version, sizeof call->version, "v26.0");
	if (strcmp(call->path, "/elsewhere") == 0)
		return elsewhere(call);
	sim->journal.requests++;
	sim->journal.figures.requests++;
	if (strcmp(call->path, "/whatsapp_business/attachments/") == 0)
		reply = is_authorized(call) ? media_download(sim, query(call, "mid"), query(call, "hash"))
					    : reply_error(190, NULL);
	else
		reply = route_graph(call);
	if (reply.code >= 0)
		journal_refused(&sim->journal, reply.code);
	return reply;
}
