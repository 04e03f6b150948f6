#include "tests/graph-sim/people.h"

#include <ctype.h>
#include <search.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_phone(const void *a, const void *b)
{
	return strcmp(((const struct person *)a)->phone, ((const struct person *)b)->phone);
}

static int by_bsuid(const void *a, const void *b)
{
	return strcmp(((const struct person *)a)->bsuid, ((const struct person *)b)->bsuid);
}

bool is_bsuid(const char *text)
{
	if (!isupper((unsigned char)text[0]) || !isupper((unsigned char)text[1]) || text[2] != '.')
		return false;
	text += strncmp(text + 3, "ENT.", 4) == 0 ? 7 : 3;
	size_t length = strlen(text);
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]))
			return false;
	return length > 0 && length <= 128;
}

struct person *person_find(const struct sim *sim, const char *id)
{
	struct person key = {0};
	bool bsuid = strchr(id, '.') != NULL;

	if (!text_copy(bsuid ? key.bsuid : key.phone, bsuid ? sizeof key.bsuid : sizeof key.phone, id))
		return NULL;
	void *const *found =
		bsuid ? tfind(&key, &sim->people.by_bsuid, by_bsuid) : tfind(&key, &sim->people.by_phone, by_phone);
	return found == NULL ? NULL : *found;
}

struct person *person_of(struct sim *sim, const char *id)
{
	struct person *person = person_find(sim, id);

	if (person != NULL)
		return person;
	person = must(calloc(1, sizeof *person));
	person->number = ++sim->people.count;
	person->next = sim->people.first;
	sim->people.first = person;
	snprintf(person->name, sizeof person->name, "Persona %u", person->number);
	if (strchr(id, '.') != NULL) {
		person->hidden = true;
		person_set_bsuid(sim, person, id);
		return person;
	}
	char bsuid[BSUID_MAX];
	uint64_t random = 88172645463325252u + strtoull(id, NULL, 10);
	uint32_t high = chance(&random, 900000000), low = chance(&random, 1000000000);
	snprintf(bsuid, sizeof bsuid, "IT.%09u%09u", high + 100000000, low);
	person_set_phone(sim, person, id);
	person_set_bsuid(sim, person, bsuid);
	person->hidden = (long)chance(&random, 100) < sim->knobs.hidden;
	return person;
}

bool person_set_phone(struct sim *sim, struct person *person, const char *phone)
{
	if (strlen(phone) >= sizeof person->phone || (*phone != '\0' && person_find(sim, phone) != NULL))
		return false;
	if (person->phone[0] != '\0')
		tdelete(person, &sim->people.by_phone, by_phone);
	text_copy(person->phone, sizeof person->phone, phone);
	if (*phone != '\0')
		must(tsearch(person, &sim->people.by_phone, by_phone));
	return true;
}

bool person_set_bsuid(struct sim *sim, struct person *person, const char *bsuid)
{
	if (!is_bsuid(bsuid) || person_find(sim, bsuid) != NULL)
		return false;
	if (person->bsuid[0] != '\0')
		tdelete(person, &sim->people.by_bsuid, by_bsuid);
	text_copy(person->bsuid, sizeof person->bsuid, bsuid);
	must(tsearch(person, &sim->people.by_bsuid, by_bsuid));
	return true;
}

bool person_matches(const struct person *person, const char *prefix)
{
	prefix += *prefix == '+';
	return strncmp(person->phone, prefix, strlen(prefix)) == 0 ||
	       strncmp(person->bsuid, prefix, strlen(prefix)) == 0;
}

json_t *person_contact(const struct person *person, bool with_username)
{
	json_t *profile = json_pack("{s:s}", "name", person->name);
	json_t *contact = must(json_pack("{s:o}", "profile", must(profile)));

	if (with_username && person->username[0] != '\0')
		json_object_set_new(profile, "username", json_string(person->username));
	if (!person->hidden && person->phone[0] != '\0')
		json_object_set_new(contact, "wa_id", json_string(person->phone));
	json_object_set_new(contact, "user_id", json_string(person->bsuid));
	return contact;
}

static void keep(void *person)
{
	(void)person;
}

void people_forget(struct sim *sim)
{
	tdestroy(sim->people.by_phone, keep);
	tdestroy(sim->people.by_bsuid, keep);
	for (struct person *person = sim->people.first, *next; person != NULL; person = next) {
		next = person->next;
		free(person);
	}
	sim->people = (struct people){0};
}

/* ---- wamids ---- */

enum { SERIAL_DIGITS = 18, OWN_DIGITS = 8 };

/* The real ones: 1C 18 length digits, 15 02 00 11 (12: inbound), 18 12 and 18 hexadecimal digits, 00; in base64. */
void wamid_write(char wamid[WAMID_MAX], const struct person *person, bool inbound, uint32_t number)
{
	unsigned char octets[64];
	char serial[SERIAL_DIGITS + 1];
	const char *who = person->phone[0] != '\0' ? person->phone : person->bsuid;
	size_t length = strlen(who) > 15 ? 15 : strlen(who), used = 0;
	uint64_t random = number * 2654435761u + 1u;
	uint32_t high = chance(&random, 65536), low = chance(&random, INT_MAX);

	snprintf(serial, sizeof serial, "%02X%08X%08X", high & 0xffu, low, number);
	octets[used++] = 0x1c;
	octets[used++] = 0x18;
	octets[used++] = (unsigned char)length;
	memcpy(octets + used, who, length);
	used += length;
	memcpy(octets + used, inbound ? "\x15\x02\x00\x12\x18\x12" : "\x15\x02\x00\x11\x18\x12", 6);
	used += 6;
	memcpy(octets + used, serial, SERIAL_DIGITS);
	used += SERIAL_DIGITS;
	octets[used++] = 0;
	memcpy(wamid, "wamid.", 7);
	sodium_bin2base64(wamid + 6, WAMID_MAX - 6, octets, used, sodium_base64_VARIANT_ORIGINAL);
}

uint32_t wamid_number(const char *wamid, bool inbound)
{
	unsigned char octets[64];
	size_t used = 0;

	if (strncmp(wamid, "wamid.", 6) != 0 ||
		sodium_base642bin(octets, sizeof octets, wamid + 6, strlen(wamid + 6), NULL, &used, NULL,
			sodium_base64_VARIANT_ORIGINAL) != 0 ||
		used < SERIAL_DIGITS + 10)
		return 0;
	size_t kind = used - 1 - SERIAL_DIGITS - 3;
	if (octets[kind] != (inbound ? 0x12 : 0x11))
		return 0;
	char digits[OWN_DIGITS + 1] = "";
	memcpy(digits, octets + used - 1 - OWN_DIGITS, OWN_DIGITS);
	return (uint32_t)strtoul(digits, NULL, 16);
}
