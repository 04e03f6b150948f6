#include "firmware-host/subscriber_desk.h"

#include "db/audit.h"
#include "db/correspondent.h"
#include "firmware-host/caretaker.h"
#include "firmware-host/hub.h"
#include "firmware-host/named.h"
#include "firmware-host/subscriber_csv.h"
#include "modem/phone.h"

#include <stdio.h>
#include <string.h>

int subscriber_desk_phone(const struct settings *settings, const char *text, char *out, struct err *err)
{
	const char *why = phone_read(text, settings->comune.country, out);

	return why ? err_set(err, EX_DATAERR, "\"%.60s\" is no telephone number: %s", text, why) : 0;
}

static int text_copy(const char *what, const char *text, char *out, size_t size, struct err *err)
{
	if (!text)
		return 0;
	if (strlen(text) >= size)
		return err_set(err, EX_DATAERR, "%s is too long: %zu octets at most", what, size - 1);
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7F)
			return err_set(err, EX_DATAERR, "%s holds a control character", what);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int fields_fill(
	const struct settings *settings, const struct subscriber_wish *wish, struct subscriber *fields, struct err *err)
{
	char why[160];
	int channel = CHANNEL_AUTO;

	if (subscriber_desk_phone(settings, wish->phone, fields->phone, err) < 0 ||
		text_copy("name", wish->name, fields->name, sizeof fields->name, err) < 0 ||
		text_copy("language", wish->language, fields->language, sizeof fields->language, err) < 0)
		return -1;
	if (wish->channel && !subscriber_csv_channel(wish->channel, &channel))
		return err_set(
			err, EX_DATAERR, "unknown channel \"%.60s\"; it is whatsapp, sms or auto", wish->channel);
	fields->channel = (enum subscriber_channel)channel;
	if (wish->zone && wish->zone[0]) {
		const struct settings_named *zone = named_find(settings->zones, settings->zone_count, wish->zone);
		if (!zone)
			return err_set(err, EX_DATAERR,
				"unknown zone \"%.60s\"; the configuration names those there are", wish->zone);
		memcpy(fields->zone, zone->id, sizeof fields->zone);
	}
	if (wish->topics && subscriber_csv_topics(settings, wish->topics, fields->topics, sizeof fields->topics, why))
		return err_set(err, EX_DATAERR, "%s; the configuration names those there are", why);
	return 0;
}

/* What is given holds, an empty word and "auto" too, whatever was known. */
static int fields_enforce(struct db *db, int64_t id, const struct subscriber_wish *wish,
	const struct subscriber *fields, struct subscriber *ret, struct err *err)
{
	if (subscriber_get(db, id, ret, err) < 0)
		return -1;
	if (wish->name)
		memcpy(ret->name, fields->name, sizeof ret->name);
	if (wish->channel)
		ret->channel = fields->channel;
	if (wish->zone)
		memcpy(ret->zone, fields->zone, sizeof ret->zone);
	if (wish->topics)
		memcpy(ret->topics, fields->topics, sizeof ret->topics);
	if (wish->language)
		memcpy(ret->language, fields->language, sizeof ret->language);
	return subscriber_update(db, id, ret, err);
}

static void consent_by_operator(struct consent *consent)
{
	memset(consent, 0, sizeof *consent);
	snprintf(consent->clock, sizeof consent->clock, "%s", hub_clock_source());
	snprintf(consent->channel, sizeof consent->channel, "operator");
}

static int audit_person(const struct subscriber_desk *desk, const char *act, const char *address, struct err *err)
{
	char masked[PHONE_MAX + 8] = "a WhatsApp user";

	if (address[0] == '+' && strlen(address) < PHONE_MAX)
		phone_mask(address, masked);
	return audit_add(desk->db, desk->now, hub_clock_source(), desk->who, desk->door, act, masked, err);
}

int subscriber_desk_add(const struct subscriber_desk *desk, const struct subscriber_wish *wish, struct subscriber *ret,
	int *ret_was, struct err *err)
{
	struct subscriber fields = {0};
	struct consent consent;
	int64_t id;

	consent_by_operator(&consent);
	if (fields_fill(desk->settings, wish, &fields, err) < 0 ||
		text_copy("note", wish->note, consent.words, sizeof consent.words, err) < 0)
		return -1;
	if (db_begin(desk->db, err) < 0)
		return -1;
	if (subscriber_join(desk->db, &fields, &consent, desk->now, &id, ret_was, err) < 0 ||
		fields_enforce(desk->db, id, wish, &fields, ret, err) < 0 ||
		audit_person(desk, "subscriber add", fields.phone, err) < 0 || db_commit(desk->db, err) < 0) {
		db_rollback(desk->db);
		return -1;
	}
	return 0;
}

int subscriber_desk_leave(
	const struct subscriber_desk *desk, const struct subscriber *person, int *ret_cancelled, struct err *err)
{
	struct consent consent;

	*ret_cancelled = 0;
	if (person->state == SUBSCRIBER_LEFT)
		return err_set(err, EX_REFUSED, "%s had left already", person->phone);
	consent_by_operator(&consent);
	if (db_begin(desk->db, err) < 0)
		return -1;
	if (subscriber_leave(desk->db, person->id, &consent, desk->now, ret_cancelled, err) < 0 ||
		audit_person(desk, "subscriber remove", person->phone, err) < 0 || db_commit(desk->db, err) < 0) {
		db_rollback(desk->db);
		return -1;
	}
	return 0;
}

/* Who is no subscriber may have written: then that is erased. */
static int person_erase(struct db *db, int64_t id, const char *address, int64_t now, struct err *err)
{
	int rows = 0;

	if (id != 0)
		return subscriber_forget(db, id, now, err);
	if (correspondent_forget(db, address, now, &rows, err) < 0)
		return -1;
	if (rows > 0)
		return 0;
	return err_set(err, EX_REFUSED, "nobody has the number %s; see: banditore subscriber list --all", address);
}

int subscriber_desk_forget(
	const struct subscriber_desk *desk, int64_t id, const char *address, const char **ret_later, struct err *err)
{
	struct err later;

	*ret_later = NULL;
	if (db_begin(desk->db, err) < 0)
		return -1;
	if (person_erase(desk->db, id, address, desk->now, err) < 0 ||
		audit_person(desk, "subscriber forget", address, err) < 0 || db_commit(desk->db, err) < 0) {
		db_rollback(desk->db);
		return -1;
	}
	/* The log of writes may still hold it, and files of media be in use; that delays them, and is no failure. */
	if (caretaker_sweep(desk->db, desk->settings->database, &later) < 0)
		*ret_later = "files of media are deleted later";
	if (db_scrub(desk->db, &later) < 0)
		*ret_later = "the write-ahead log is in use and is emptied later";
	return 0;
}
