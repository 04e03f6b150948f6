/* What a webhook says: the envelope around the updates, escaped and signed as the platform does it. */
#include "tests/graph-sim/hook.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

char *hook_escape(json_t *json)
{
	char *text =
		must(json_dumps(must(json), JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ESCAPE_SLASH | JSON_ENCODE_ANY));

	json_decref(json);
	for (char *at = text; *at != '\0'; at++) {
		if (*at != '\\')
			continue;
		at++;
		for (int i = 1; *at == 'u' && i <= 4; i++)
			at[i] = (char)tolower((unsigned char)at[i]);
	}
	return text;
}

void hook_sign(const char *secret, const void *body, size_t length, char hex[65])
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(&state, body, length);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2hex(hex, 65, mac, sizeof mac);
}

/* How many of the updates from `first` share one `value`. */
static unsigned run_length(const struct sim *sim, const struct update *first)
{
	unsigned count = 1;

	if (sim->knobs.merge == 0 || first->errors != NULL)
		return 1;
	for (const struct update *u = first->next; u != NULL && u->kind == first->kind && u->errors == NULL;
		u = u->next)
		count++;
	return count;
}

static void put_value(const struct sim *sim, const struct update *first, unsigned count, struct bytes *out)
{
	const char *key = first->kind == UPDATE_STATUS ? "statuses" : "messages";
	const struct update *u = first;
	unsigned contacts = 0;

	bytes_printf(out,
		"{\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"%s\","
		"\"phone_number_id\":\"%s\"}",
		sim->knobs.number, sim->knobs.pnid);
	for (unsigned i = 0; i < count; i++, u = u->next)
		if (u->contact != NULL)
			bytes_printf(out, "%s%s", contacts++ == 0 ? ",\"contacts\":[" : ",", u->contact);
	bytes_text(out, contacts > 0 ? "]" : "");
	bytes_printf(out, ",\"%s\":[", key);
	u = first;
	for (unsigned i = 0; i < count; i++, u = u->next)
		bytes_printf(out, "%s%s", i == 0 ? "" : ",", u->item);
	bytes_text(out, "]");
	if (first->errors != NULL)
		bytes_printf(out, ",\"errors\":%s", first->errors);
	bytes_text(out, "},\"field\":\"messages\"}");
}

/* Messages and statuses that follow each other are changes of one entry; each event is an entry with its time. */
void hook_body(const struct sim *sim, const struct update *first, struct bytes *out)
{
	bool open = false;

	bytes_text(out, "{\"object\":\"whatsapp_business_account\",\"entry\":[");
	for (const struct update *u = first; u != NULL;) {
		if (u->kind == UPDATE_EVENT) {
			bytes_printf(out,
				"%s%s{\"id\":\"%s\",\"time\":%lld,\"changes\":[{\"value\":%s,\"field\":\"%s\"}]}",
				open ? "]}" : "", u == first ? "" : ",", sim->knobs.waba, (long long)hook_seconds(),
				u->item, u->field);
			open = false;
			u = u->next;
			continue;
		}
		if (open)
			bytes_text(out, ",");
		else
			bytes_printf(out, "%s{\"id\":\"%s\",\"changes\":[", u == first ? "" : ",", sim->knobs.waba);
		open = true;
		unsigned count = run_length(sim, u);
		put_value(sim, u, count, out);
		while (count-- > 0)
			u = u->next;
	}
	bytes_text(out, open ? "]}]}" : "]}");
}
