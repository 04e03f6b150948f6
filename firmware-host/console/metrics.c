/* /metrics in the text format of Prometheus 0.0.4: the appliance's status as numbers. Nobody's data, and so without a login;
 * off unless console.metrics says otherwise. */
#include "firmware-host/console/console_private.h"
#include "firmware-host/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A label's value: backslash, quote and line feed are escaped. */
static void label_put(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			fputc('\\', out);
		fputs(*text == '\n' ? "\\n" : (char[]){*text, '\0'}, out);
	}
}

static void head_put(FILE *out, const char *name, const char *help)
{
	fprintf(out, "# HELP banditore_%s %s\n# TYPE banditore_%s gauge\n", name, help, name);
}

static void gauge_put(FILE *out, const char *name, const char *help, int64_t value)
{
	head_put(out, name, help);
	fprintf(out, "banditore_%s %lld\n", name, (long long)value);
}

static int64_t number_of(const json_t *json, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(json, key));
}

/* One gauge a modem; a value that is not known is left out. */
static void modems_put(FILE *out, const json_t *modems, const char *name, const char *help, const char *key)
{
	const json_t *modem;
	size_t i;

	head_put(out, name, help);
	json_array_foreach(modems, i, modem)
	{
		const json_t *value = json_object_get(modem, key);
		if (key && !json_is_integer(value))
			continue;
		fprintf(out, "banditore_%s{modem=\"", name);
		label_put(out, json_text_of(modem, "name"));
		fprintf(out, "\"} %lld\n",
			key ? (long long)json_integer_value(value)
			    : (long long)(strcmp(json_text_of(modem, "state"), "ready") == 0));
	}
}

static void groups_put(FILE *out, const json_t *object, const char *name, const char *help, const char *label)
{
	json_t *all = json_object_size(object) > 0 ? json_deep_copy(object) : NULL, *value;
	const char *key;

	head_put(out, name, help);
	json_object_foreach(all, key, value)
	{
		fprintf(out, "banditore_%s{%s=\"%s\"} %lld\n", name, label, key, (long long)json_integer_value(value));
	}
	json_decref(all);
}

static void status_put(FILE *out, const json_t *json)
{
	const json_t *modems = json_object_get(json, "modems"), *whatsapp = json_object_get(json, "whatsapp");
	const json_t *left = json_object_get(whatsapp, "left_today");

	gauge_put(out, "can_alert", "Whether an alert would leave now.",
		json_is_true(json_object_get(json, "can_alert")));
	gauge_put(out, "disk_free_mib", "Free space where the database is.", number_of(json, "disk_free_mib"));
	gauge_put(out, "clock_trusted", "Whether the clock was set by somebody who knows the time.",
		json_is_true(json_object_get(json_object_get(json, "clock"), "trusted")));
	gauge_put(out, "whatsapp_up", "Whether the WhatsApp link lives and the account may send.",
		strcmp(json_text_of(whatsapp, "state"), "up") == 0);
	if (json_is_integer(left))
		gauge_put(out, "whatsapp_left_today", "People WhatsApp still lets the comune write to first.",
			(int64_t)json_integer_value(left));
	groups_put(out, json_object_get(json, "queue"), "queue", "People still to be reached.", "kind");
	groups_put(out, json_object_get(json, "subscribers"), "subscribers", "People who asked to be told.", "group");
	modems_put(out, modems, "modem_ready", "Whether the modem can send.", NULL);
	modems_put(out, modems, "modem_signal_dbm", "Strength of the mobile network's signal.", "signal_dbm");
	modems_put(out, modems, "modem_sent_today", "SMS parts sent today.", "sent_today");
	modems_put(out, modems, "modem_budget_left", "SMS parts the SIM may still send today.", "budget_left");
}

void metrics_answer(struct call *call)
{
	const char *status = call->console->settings->console.metrics ? console_status(call->console) : NULL;
	json_t *json = status ? json_loads(status, 0, NULL) : NULL;
	char *text = NULL;
	size_t length = 0;

	if (!call->console->settings->console.metrics) {
		call_fail_missing(call);
		return;
	}
	FILE *out = open_memstream(&text, &length);
	if (out) {
		status_put(out, json);
		fclose(out);
	}
	json_decref(json);
	if (text)
		call_octets(call, "text/plain; version=0.0.4; charset=utf-8", "", text, length);
	else
		call_fail(call, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "out of memory");
}
