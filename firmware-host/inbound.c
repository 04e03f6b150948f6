#include "firmware-host/inbound.h"

#include "firmware-host/citizen.h"
#include "firmware-host/log.h"
#include "firmware-host/officer_orders.h"
#include "firmware-host/outcome.h"
#include "firmware-host/selftest.h"
#include "modem/concat.h"
#include "modem/pdu.h"
#include "modem/phone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PARTS_MAX = 255,
	PARTS_KEPT_MS = 24 * 60 * 60 * 1000,
	PID_TYPE_0 = 0x40, /* 23.040 §9.2.3.9: acknowledged and discarded */
};

struct arrival {
	const char *bearer, *sim;
	const uint8_t *octets;
	int length;
	int64_t now;
};

static int inbound_keep(struct hub *hub, const struct arrival *arrival, const struct pdu *pdu, const char *kind,
	const char *text, bool raw, int64_t *ret_id, struct err *err)
{
	struct inbox_message message = {
		.at = arrival->now,
		.sent_at = pdu && pdu->time.valid ? pdu->time.seconds * 1000 : 0,
		.text = text,
		.text_length = (int)strlen(text),
		.raw = raw ? arrival->octets : NULL,
		.raw_length = raw ? arrival->length : 0,
	};

	snprintf(message.kind, sizeof message.kind, "%s", kind);
	snprintf(message.bearer, sizeof message.bearer, "%s", arrival->bearer);
	snprintf(message.sender, sizeof message.sender, "%s", pdu ? pdu->address.text : "");
	snprintf(message.answer, sizeof message.answer, "none");
	return inbox_add(hub->db, &message, ret_id, err);
}

/* A whole message: kept, then decided upon. */
static int inbound_message(
	struct hub *hub, const struct arrival *arrival, const struct pdu *pdu, char *text, struct err *err)
{
	struct citizen_from from = {.channel = OUTBOX_SMS,
		.address = pdu->address.text,
		.phone = "",
		.user = "",
		.name = "",
		.sent_at = pdu->time.valid ? pdu->time.seconds * 1000 : 0,
		.languages = hub->languages};
	struct officer_speaks officer;
	const char *answer;
	int64_t id;
	char masked[PHONE_MAX + 32];

	if (officer_orders_hear(hub, &from, text, &officer, err) != 0 ||
		inbound_keep(hub, arrival, pdu, "sms", text, false, &id, err) != 0)
		return -1;
	phone_mask(pdu->address.text, masked);
	log_line(LOG_INFO, "%s: SMS from %s", arrival->bearer, masked);
	from.inbox_id = id;
	int taken = selftest_heard(hub->db, pdu->address.text, text, err);
	answer = "selftest";
	if (taken == 0)
		taken = officer_orders_take(hub, &officer, text, arrival->now, &answer, err);
	officer_orders_forget(&officer);
	if (taken < 0 || (taken == 0 && citizen_answer(hub, &from, text, arrival->now, &answer, err) != 0))
		return -1;
	return strcmp(answer, "none") == 0 ? 0 : inbox_set_answer(hub->db, id, answer, err);
}

struct parts {
	struct inbox_part kept[PARTS_MAX];
	struct pdu pdus[PARTS_MAX];
	const struct pdu *list[PARTS_MAX];
	int64_t ids[PARTS_MAX];
	int count;
	char text[CONCAT_TEXT_MAX];
};

static void parts_decode(struct parts *parts)
{
	int good = 0;

	for (int i = 0; i < parts->count; i++) {
		parts->ids[i] = parts->kept[i].id;
		if (pdu_decode(parts->kept[i].octets, (size_t)parts->kept[i].length, PDU_SMSC_GUESS, false,
			    &parts->pdus[good]) == NULL) {
			parts->list[good] = &parts->pdus[good];
			good++;
		}
	}
}

/* What there is of a group is shown, with a gap for what is missing. */
static int parts_close(struct hub *hub, const struct arrival *arrival, struct parts *parts, struct err *err)
{
	int64_t id;

	parts_decode(parts);
	bool joined = concat_join(parts->list, (unsigned)parts->count, parts->text, sizeof parts->text) >= 0;
	if (joined)
		(void)officer_orders_mask(hub, parts->list[0]->address.text, parts->text);
	if (joined && inbound_keep(hub, arrival, parts->list[0], "incomplete", parts->text, false, &id, err) != 0)
		return -1;
	return inbox_parts_remove(hub->db, parts->ids, parts->count, err);
}

static int part_load(
	struct hub *hub, const struct arrival *arrival, const struct pdu *pdu, struct parts *parts, struct err *err)
{
	parts->count = inbox_parts(hub->db, arrival->sim, pdu->address.text, pdu->concat.reference, pdu->concat.bits,
		pdu->concat.total, parts->kept, PARTS_MAX, err);
	return parts->count < 0 ? -1 : 0;
}

static int inbound_part(
	struct hub *hub, const struct arrival *arrival, const struct pdu *pdu, struct parts *parts, struct err *err)
{
	if (part_load(hub, arrival, pdu, parts, err) != 0)
		return -1;
	parts_decode(parts);
	for (int i = 0; i < parts->count; i++) {
		if (!concat_is_reuse(&parts->pdus[i], pdu))
			continue;
		if (parts_close(hub, arrival, parts, err) != 0)
			return -1;
		break;
	}
	if (inbox_part_add(hub->db, arrival->sim, pdu->address.text, pdu->concat.reference, pdu->concat.bits,
		    pdu->concat.total, pdu->concat.seq, arrival->octets, arrival->length, arrival->now, err) != 0) {
		int64_t id;
		if (err->status != EX_UNAVAILABLE)
			return -1;
		/* Too many open groups: somebody floods the box. The part is kept by itself and lost for joining only. */
		char text[PDU_TEXT_MAX];
		pdu_text(pdu, text);
		bool secret = officer_orders_mask(hub, pdu->address.text, text);
		return inbound_keep(hub, arrival, pdu, "incomplete", text, !secret, &id, err);
	}
	if (part_load(hub, arrival, pdu, parts, err) != 0)
		return -1;
	parts_decode(parts);
	if (concat_join(parts->list, (unsigned)parts->count, parts->text, sizeof parts->text) != 0)
		return 0;
	if (inbound_message(hub, arrival, pdu, parts->text, err) != 0)
		return -1;
	return inbox_parts_remove(hub->db, parts->ids, parts->count, err);
}

static int inbound_report(struct hub *hub, const struct arrival *arrival, const struct pdu *pdu, struct err *err)
{
	bool matched;

	if (outcome_receipt(hub->db, arrival->sim, pdu, arrival->now, &matched, err) != 0)
		return -1;
	if (!matched)
		log_line(LOG_DEBUG, "%s: a status report (reference %u, status %02X) is about nothing we wait for",
			arrival->bearer, pdu->mr, pdu->status);
	return 0;
}

static int inbound_deliver(struct hub *hub, const struct arrival *arrival, const struct pdu *pdu, struct err *err)
{
	char text[PDU_TEXT_MAX];
	int64_t id;

	if (pdu->pid == PID_TYPE_0)
		return 0;
	if (pdu->ports || pdu->alphabet == PDU_8BIT || pdu->compressed)
		return inbound_keep(hub, arrival, pdu, "data", "", true, &id, err);
	if (pdu->concat.bits == 0 || pdu->concat.total <= 1) {
		pdu_text(pdu, text);
		return inbound_message(hub, arrival, pdu, text, err);
	}
	struct parts *parts = malloc(sizeof *parts);
	if (!parts)
		return err_set(err, EX_OSERR, "out of memory");
	int result = inbound_part(hub, arrival, pdu, parts, err);
	free(parts);
	return result;
}

int inbound_octets(struct hub *hub, const char *bearer, const char *sim, const uint8_t *octets, int length,
	bool damaged, int64_t now, struct err *err)
{
	struct arrival arrival = {.bearer = bearer, .sim = sim, .octets = octets, .length = length, .now = now};
	struct pdu pdu;
	int64_t id;
	const char *refused =
		damaged ? "not hexadecimal" : pdu_decode(octets, (size_t)length, PDU_SMSC_GUESS, false, &pdu);

	/* Reports carry no text and are idempotent: remembering each would cost two pages of disk a message. */
	if (!refused && pdu.type == PDU_STATUS_REPORT)
		return inbound_report(hub, &arrival, &pdu, err);
	if (!refused && pdu.type == PDU_SUBMIT)
		return 0; /* stored by some other host */

	int fresh = inbox_fresh(hub->db, sim, octets, length, now, err);
	if (fresh <= 0)
		return fresh;
	if (refused) {
		log_line(LOG_WARN,
			"%s: something arrived that cannot be read (%s); kept as it is: banditore inbox list", bearer,
			refused);
		return inbound_keep(hub, &arrival, NULL, "undecodable", "", true, &id, err);
	}
	return inbound_deliver(hub, &arrival, &pdu, err);
}

int inbound_call(struct hub *hub, const char *bearer, const char *from, int64_t now, struct err *err)
{
	struct inbox_message message = {.at = now, .text = ""};
	struct citizen_from caller = {.channel = OUTBOX_SMS,
		.address = from,
		.phone = "",
		.user = "",
		.name = "",
		.languages = hub->languages};
	char masked[PHONE_MAX + 32];
	const char *answer;
	int64_t id;

	snprintf(message.kind, sizeof message.kind, "call");
	snprintf(message.bearer, sizeof message.bearer, "%s", bearer);
	snprintf(message.sender, sizeof message.sender, "%s", from);
	snprintf(message.answer, sizeof message.answer, "none");
	phone_mask(from, masked);
	log_line(LOG_INFO, "%s: call from %s", bearer, from[0] ? masked : "a withheld number");
	if (inbox_add(hub->db, &message, &id, err) != 0 || citizen_called(hub, &caller, now, &answer, err) != 0)
		return -1;
	return strcmp(answer, "none") == 0 ? 0 : inbox_set_answer(hub->db, id, answer, err);
}

int inbound_flush_stale(struct hub *hub, int64_t now, struct err *err)
{
	struct parts *parts = malloc(sizeof *parts);
	char sim[24];

	if (!parts)
		return err_set(err, EX_OSERR, "out of memory");
	int result = 0;
	for (int groups = 0; groups < 16 && result == 0; groups++) {
		parts->count = inbox_parts_stale(hub->db, now - PARTS_KEPT_MS, sim, parts->kept, PARTS_MAX, err);
		if (parts->count <= 0) {
			result = parts->count;
			break;
		}
		struct arrival arrival = {.bearer = "", .sim = sim, .now = now};
		result = parts_close(hub, &arrival, parts, err);
	}
	free(parts);
	return result < 0 ? -1 : 0;
}
