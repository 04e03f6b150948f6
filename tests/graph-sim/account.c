/* The phone number, the business account, and who has subscribed to their webhooks. */
#include "tests/graph-sim/hook.h"
#include "tests/graph-sim/route.h"
#include "tests/graph-sim/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REGISTRATIONS_MAX = 10, URI_MAX = 200 };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

/* ---- reading ---- */

static json_t *entity(const struct sim *sim, const char *type, const char *id, bool sick)
{
	json_t *object = json_pack(
		"{s:s,s:s,s:s}", "entity_type", type, "id", id, "can_send_message", sick ? sim->health : "AVAILABLE");

	if (sick && sim->health_code != 0)
		json_object_set_new(object, "errors",
			json_pack("[{s:i,s:s,s:s}]", "error_code", sim->health_code, "error_description",
				error_title(sim->health_code), "possible_solution", sim->health_text));
	return object;
}

static json_t *health(const struct sim *sim)
{
	const struct knobs *k = &sim->knobs;
	bool sick = strcmp(sim->health, "AVAILABLE") != 0;

	return json_pack("{s:s,s:[o,o,o,o]}", "can_send_message", sim->health, "entities",
		entity(sim, "PHONE_NUMBER", k->pnid, sick), entity(sim, "WABA", k->waba, false),
		entity(sim, "BUSINESS", k->business, false), entity(sim, "APP", k->app, false));
}

static json_t *tier(const struct sim *sim)
{
	static const long sizes[] = {250, 2000, 10000, 100000};
	static const char *const names[] = {"TIER_250", "TIER_2K", "TIER_10K", "TIER_100K"};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		if (sim->knobs.tier > 0 && sim->knobs.tier <= sizes[i])
			return json_string(names[i]);
	return json_string("TIER_UNLIMITED");
}

static json_t *phone_field(const struct sim *sim, const char *field)
{
	const struct {
		const char *name, *value;
	} texts[] = {{"id", sim->knobs.pnid}, {"verified_name", sim->knobs.name}, {"quality_rating", sim->quality},
		{"code_verification_status", "VERIFIED"}, {"platform_type", "CLOUD_API"}, {"status", "CONNECTED"},
		{"name_status", "APPROVED"}, {"account_mode", "LIVE"}};
	char shown[PHONE_MAX + 2];

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(texts[i].name, field) == 0)
			return json_string(texts[i].value);
	snprintf(shown, sizeof shown, "+%s", sim->knobs.number);
	if (strcmp(field, "display_phone_number") == 0)
		return json_string(shown);
	if (strcmp(field, "throughput") == 0)
		return json_pack("{s:s}", "level", sim->knobs.rate > 80 ? "HIGH" : "STANDARD");
	if (strcmp(field, "health_status") == 0)
		return health(sim);
	if (strcmp(field, "whatsapp_business_manager_messaging_limit") == 0)
		return tier(sim);
	if (strcmp(field, "webhook_configuration") == 0)
		return json_pack("{s:s}", "phone_number", sim->knobs.callback);
	return NULL;
}

static json_t *waba_field(const struct sim *sim, const char *field)
{
	const struct {
		const char *name, *value;
	} texts[] = {{"id", sim->knobs.waba}, {"name", sim->knobs.name}, {"currency", "EUR"}, {"timezone_id", "70"},
		{"message_template_namespace", "simulated_namespace"}, {"account_review_status", "APPROVED"},
		{"country", "IT"}};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(texts[i].name, field) == 0)
			return json_string(texts[i].value);
	return strcmp(field, "health_status") == 0 ? health(sim) : NULL;
}

static struct reply read_fields(const struct sim *sim, const char *fields, const char *type,
	json_t *(*field_of)(const struct sim *sim, const char *field))
{
	json_t *object = json_object();
	char field[80];

	for (const char *at = fields; *at != '\0';) {
		size_t length = strcspn(at, ",");
		snprintf(field, sizeof field, "%.*s", (int)length, at);
		json_t *value = field_of(sim, field);
		if (value == NULL) {
			json_decref(object);
			return reply_errorf(
				100, "Tried accessing nonexisting field (%.60s) on node type (%s)", field, type);
		}
		json_object_set_new(object, field, value);
		at += length + (at[length] == ',');
	}
	if (json_object_get(object, "id") == NULL)
		json_object_set_new(object, "id", field_of(sim, "id"));
	return reply_json(object);
}

struct reply phone_get(struct sim *sim, const char *fields)
{
	return read_fields(sim,
		fields != NULL ? fields
			       : "verified_name,code_verification_status,display_phone_number,quality_rating,platform_"
				 "type,throughput,id",
		"WhatsAppBusinessPhoneNumber", phone_field);
}

struct reply waba_get(struct sim *sim, const char *fields)
{
	return read_fields(sim, fields != NULL ? fields : "id,name,timezone_id,message_template_namespace",
		"WhatsAppBusinessAccount", waba_field);
}

struct reply waba_phones(struct sim *sim)
{
	return reply_json(json_pack("{s:[{s:o,s:o,s:o,s:o}]}", "data", "verified_name",
		phone_field(sim, "verified_name"), "display_phone_number", phone_field(sim, "display_phone_number"),
		"quality_rating", phone_field(sim, "quality_rating"), "id", phone_field(sim, "id")));
}

/* ---- setting up ---- */

struct reply phone_register(struct sim *sim, const json_t *body, bool on)
{
	const char *pin = text_of(body, "pin"), *wanted = sim->knobs.pin;

	if (++sim->registrations > REGISTRATIONS_MAX)
		return reply_error(133016, NULL);
	if (!on)
		return reply_success();
	if (strcmp(text_of(body, "messaging_product"), "whatsapp") != 0)
		return reply_error(100, "The parameter messaging_product is required.");
	if (strlen(pin) != 6 || strspn(pin, "0123456789") != 6)
		return reply_error(100, "Param pin must be 6 digits long.");
	if (*wanted != '\0' && strcmp(pin, wanted) != 0)
		return reply_error(133005, NULL);
	return reply_success();
}

/* A callback waits here for its handshake. */
struct subscription {
	struct request *request;
	char url[256], token[128];
};

static void verified(struct sim *sim, void *of, bool good, const char *why)
{
	struct subscription *subscription = of;

	if (good) {
		text_copy(sim->knobs.callback, sizeof sim->knobs.callback, subscription->url);
		text_copy(sim->knobs.verify_token, sizeof sim->knobs.verify_token, subscription->token);
	}
	server_answer(subscription->request,
		good ? reply_success() : reply_subcode(100, 2200, why)); /* (#2200) callback verification failed */
	free(subscription);
}

static struct reply subscribe(struct call *call, const json_t *configuration)
{
	const char *url = text_of(configuration, "override_callback_uri"),
		   *token = text_of(configuration, "verify_token");
	struct reply later = {.later = true, .code = -1};

	if (*url == '\0')
		return reply_success();
	if (strlen(url) > URI_MAX || strncmp(url, "http", 4) != 0 || *token == '\0')
		return reply_error(100, "override_callback_uri: a URL of at most 200 characters, with verify_token");
	struct subscription *subscription = must(calloc(1, sizeof *subscription));
	subscription->request = call->request;
	text_copy(subscription->url, sizeof subscription->url, url);
	text_copy(subscription->token, sizeof subscription->token, token);
	hook_verify(call->sim, url, token, verified, subscription);
	return later;
}

struct reply phone_set(struct call *call, const json_t *body)
{
	const json_t *configuration = json_object_get(body, "webhook_configuration");

	if (configuration == NULL)
		return reply_error(100, "The parameter webhook_configuration is required.");
	return subscribe(call, configuration);
}

struct reply subscribed_set(struct call *call, const json_t *body)
{
	return subscribe(call, body);
}

struct reply subscribed_get(struct sim *sim)
{
	json_t *app = json_pack("{s:{s:s,s:s,s:s}}", "whatsapp_business_api_data", "id", sim->knobs.app, "name",
		"graph-sim", "link", "https://www.facebook.com/games/?app_id=0");

	if (sim->knobs.callback[0] == '\0') {
		json_decref(app);
		return reply_json(json_pack("{s:[]}", "data"));
	}
	json_object_set_new(app, "override_callback_uri", json_string(sim->knobs.callback));
	return reply_json(json_pack("{s:[o]}", "data", app));
}

struct reply subscribed_delete(struct sim *sim)
{
	sim->knobs.callback[0] = '\0';
	return reply_success();
}
