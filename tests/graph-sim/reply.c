#include "tests/graph-sim/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct error_row {
	int code, http;
	bool transient;
	const char *title;
};

static const struct error_row errors[] = {
	{0, 401, false, "AuthException"},
	{1, 400, true, "An unknown error occurred"},
	{2, 503, true, "Service temporarily unavailable"},
	{3, 500, false, "Application does not have the capability to make this API call"},
	{4, 400, true, "Application request limit reached"},
	{10, 403, false, "Application does not have permission for this action"},
	{33, 400, false, "Parameter value is not valid"},
	{100, 400, false, "Invalid parameter"},
	{190, 401, false, "Invalid OAuth access token - Cannot parse access token"},
	{200, 403, false, "Permissions error"},
	{299, 403, false, "Permissions error"},
	{368, 403, false, "Temporarily blocked for policies violations"},
	{2500, 400, false, "Unknown path components"},
	{80007, 400, true, "Rate limit issues"},
	{130429, 400, true, "Rate limit hit"},
	{130472, 400, false, "User's number is part of an experiment"},
	{130497, 403, false, "Business account is restricted from messaging users in this country."},
	{131000, 500, false, "Something went wrong"},
	{131005, 403, false, "Access denied"},
	{131008, 400, false, "Required parameter is missing"},
	{131009, 400, false, "Parameter value is not valid"},
	{131016, 500, true, "Service unavailable"},
	{131021, 400, false, "Recipient cannot be sender"},
	{131026, 400, false, "Message undeliverable"},
	{131030, 400, false, "Recipient phone number not in allowed list"},
	{131031, 403, false, "Business Account locked"},
	{131037, 400, false, "WhatsApp provided number needs display name approval before message can be sent."},
	{131042, 400, false, "Business eligibility payment issue"},
	{131045, 500, false, "Message failed to send due to a phone number registration error"},
	{131047, 400, false, "Re-engagement message"},
	{131048, 400, false, "Spam rate limit hit"},
	{131049, 400, false, "This message was not delivered to maintain healthy ecosystem engagement."},
	{131050, 400, false, "User has stopped marketing messages from this business"},
	{131051, 400, false, "Unsupported message type"},
	{131052, 400, false, "Media download error"},
	{131053, 400, false, "Media upload error"},
	{131055, 400, false, "Method not allowed"},
	{131056, 400, true, "(Business Account, Consumer Account) pair rate limit hit"},
	{131057, 500, true, "Business Account is in maintenance mode"},
	{131062, 400, false, "Recipient identifier is not supported for this message"},
	{132000, 400, false, "Number of parameters does not match the expected number of params"},
	{132001, 404, false, "Template name does not exist in the translation"},
	{132005, 400, false, "Translated text too long"},
	{132007, 400, false, "Template content policy violation"},
	{132008, 400, false, "Parameter value is not valid"},
	{132012, 400, false, "Parameter format does not match format in the created template"},
	{132015, 400, false, "Template is paused"},
	{132016, 400, false, "Template is disabled"},
	{132018, 400, false, "There is an issue with the parameters in your template"},
	{132068, 400, false, "Flow is in blocked state"},
	{132069, 400, false, "Flow is in throttled state"},
	{133000, 500, false, "Incomplete deregistration"},
	{133004, 503, true, "Server is temporarily unavailable"},
	{133005, 400, false, "Two step verification PIN mismatch"},
	{133006, 400, false, "Phone number re-verification needed"},
	{133008, 400, false, "Too many two step verification PIN guesses"},
	{133009, 400, false, "Two step verification PIN guessed too fast"},
	{133010, 400, false, "Phone number not registered"},
	{133015, 400, false, "Please wait a few minutes before attempting to register this phone number"},
	{133016, 400, false, "Account register deregister rate limit exceeded"},
	{135000, 400, false, "Generic user error"},
	{137000, 400, false, "Recipient identity key hash mismatch"},
};

static const struct error_row *find(int code)
{
	static const struct error_row other = {0, 400, false, "Unknown error"};

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (errors[i].code == code)
			return &errors[i];
	return &other;
}

const char *error_title(int code)
{
	return find(code)->title;
}

struct reply reply_json(json_t *json)
{
	struct reply reply = {.http = 200, .code = -1};

	reply.body = must(json_dumps(must(json), JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ESCAPE_SLASH));
	reply.length = strlen(reply.body);
	json_decref(json);
	return reply;
}

struct reply reply_success(void)
{
	return reply_json(json_pack("{s:b}", "success", 1));
}

static struct reply make_error(int code, int subcode, const char *details)
{
	const struct error_row *row = find(code);
	const char *title = row->title;
	char message[512];

	snprintf(message, sizeof message, "(#%d) %s", code, code == 100 && details != NULL ? details : title);
	json_t *error = json_pack("{s:s,s:s,s:i,s:s}", "message", code == 190 || code == 0 ? title : message, "type",
		"OAuthException", "code", code, "fbtrace_id", "AsimulatedTrace0000001");
	if (row->transient)
		json_object_set_new(error, "is_transient", json_true());
	if (subcode != 0)
		json_object_set_new(error, "error_subcode", json_integer(subcode));
	if (details != NULL)
		json_object_set_new(error, "error_data",
			json_pack("{s:s,s:s}", "messaging_product", "whatsapp", "details", details));
	struct reply reply = reply_json(json_pack("{s:o}", "error", must(error)));
	reply.http = row->http;
	reply.code = code;
	return reply;
}

struct reply reply_error(int code, const char *details)
{
	return make_error(code, 0, details);
}

struct reply reply_subcode(int code, int subcode, const char *details)
{
	return make_error(code, subcode, details);
}

struct reply reply_errorf(int code, const char *format, ...)
{
	char *details = NULL;
	va_list arguments;

	va_start(arguments, format);
	int length = vasprintf(&details, format, arguments);
	va_end(arguments);
	must(length < 0 ? NULL : details);
	struct reply reply = make_error(code, 0, details);
	free(details);
	return reply;
}

struct reply reply_unknown_object(const char *id)
{
	char message[400];

	snprintf(message, sizeof message,
		"Unsupported request. Object with ID '%.100s' does not exist, cannot be loaded due to missing "
		"permissions, "
		"or does not support this operation.",
		id);
	struct reply reply = reply_json(json_pack("{s:{s:s,s:s,s:i,s:i,s:s}}", "error", "message", message, "type",
		"GraphMethodException", "code", 100, "error_subcode", 33, "fbtrace_id", "AsimulatedTrace0000001"));
	reply.http = 400;
	reply.code = 33;
	return reply;
}

json_t *error_webhook(int code, const char *details)
{
	return must(json_pack("{s:i,s:s,s:s,s:{s:s},s:s}", "code", code, "title", error_title(code), "message",
		error_title(code), "error_data", "details", details != NULL ? details : error_title(code), "href",
		"https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"));
}
