#include "firmware-host/appointment_desk.h"

#include "db/audit.h"
#include "firmware-host/appointment_notice.h"
#include "firmware-host/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60 * 1000 };

static int desk_get(const struct appointment_desk *desk, int64_t id, struct appointment *ret, struct err *err)
{
	int found = appointment_get(desk->db, id, ret, err);

	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, EX_REFUSED, "there is no appointment %lld; see: banditore appointment list --all",
			(long long)id);
	if (!appointment_is_active(ret->state))
		return err_set(err, EX_REFUSED, "appointment %lld is over or was called off", (long long)id);
	return 0;
}

/* Audited and told. A transaction that is open still, after a refusal for lack of a way, may go on. */
static int desk_tell(const struct appointment_desk *desk, const char *act, enum text_id text,
	const struct appointment *appointment, const char *more, struct err *ret_untold, struct err *err)
{
	char detail[64];

	snprintf(detail, sizeof detail, "appointment %lld", (long long)appointment->id);
	if (audit_add(desk->db, desk->now, hub_clock_source(), desk->who, desk->door, act, detail, err) != 0)
		return -1;
	*ret_untold = (struct err){0};
	if (appointment_notice_send(
		    desk->db, desk->settings, desk->texts, text, appointment, more, desk->now, ret_untold) == 0)
		return 0;
	if (ret_untold->status == EX_UNAVAILABLE && db_in_transaction(desk->db))
		return 0;
	*err = *ret_untold;
	return -1;
}

static int desk_set(const struct appointment_desk *desk, int64_t id, enum appointment_state state, const char *act,
	enum text_id text, const char *more, struct err *ret_untold, struct err *err)
{
	struct appointment appointment;

	if (desk_get(desk, id, &appointment, err) != 0 || appointment_set(desk->db, id, state, desk->now, err) < 0)
		return -1;
	return desk_tell(desk, act, text, &appointment, more, ret_untold, err);
}

int appointment_desk_confirm(
	const struct appointment_desk *desk, int64_t id, const char *more, struct err *ret_untold, struct err *err)
{
	return desk_set(desk, id, APPOINTMENT_CONFIRMED, "appointment confirm", TEXT_APPOINTMENT_CONFIRMED, more,
		ret_untold, err);
}

int appointment_desk_decline(
	const struct appointment_desk *desk, int64_t id, const char *more, struct err *ret_untold, struct err *err)
{
	return desk_set(desk, id, APPOINTMENT_DECLINED, "appointment decline", TEXT_APPOINTMENT_DECLINED, more,
		ret_untold, err);
}

/* ---- times ------------------------------------------------------------------------------------------------------- */

int appointment_desk_slots(struct db *db, const struct settings *settings, const struct settings_office *office,
	bool lead, int64_t now, struct slots *ret_slots, struct appointment_span **ret_spans, struct err *err)
{
	struct appointment_span *spans = calloc(SLOTS_SPANS_MAX, sizeof *spans);

	if (!spans)
		return err_set(err, EX_OSERR, "out of memory");
	int count = appointment_spans(db, office->id, now, slots_horizon(settings, now), spans, SLOTS_SPANS_MAX, err);
	if (count < 0) {
		free(spans);
		return -1;
	}
	*ret_slots = (struct slots){.settings = settings,
		.office = office,
		.booked = spans,
		.booked_count = count,
		.now = now - (lead ? 0 : (int64_t)settings->appointments.lead_min * MINUTE_MS)};
	*ret_spans = spans;
	return 0;
}

/* Whether the office takes appointments at that time at all: what is booked is left to the one who writes. */
static int time_check(
	const struct appointment_desk *desk, const char *office_id, int64_t start, bool anyway, struct err *err)
{
	const struct settings_office *office = slots_office(desk->settings, office_id);
	struct slots slots = {.settings = desk->settings,
		.office = office,
		.now = desk->now - (int64_t)desk->settings->appointments.lead_min * MINUTE_MS};

	if (start <= desk->now)
		return err_set(err, EX_DATAERR, "that time is past; give one to come");
	if (anyway || (office && slots_is_free(&slots, start)))
		return 0;
	return err_set(err, EX_DATAERR,
		"that is none of the office's times; see: banditore appointment free %s, or give --anyway", office_id);
}

static int fail_taken(struct err *err)
{
	return err_set(err, EX_REFUSED, "somebody has that time already; see: banditore appointment free");
}

int appointment_desk_move(const struct appointment_desk *desk, int64_t id, int64_t start, bool anyway, const char *more,
	struct err *ret_untold, struct err *err)
{
	struct appointment appointment;

	if (desk_get(desk, id, &appointment, err) != 0 || time_check(desk, appointment.office, start, anyway, err) != 0)
		return -1;
	int moved = appointment_move(desk->db, id, start, appointment.minutes, APPOINTMENT_MOVED, desk->now, err);
	if (moved <= 0)
		return moved < 0 ? -1 : fail_taken(err);
	appointment.start = start;
	return desk_tell(desk, "appointment move", TEXT_APPOINTMENT_MOVED, &appointment, more, ret_untold, err);
}

int appointment_desk_add(const struct appointment_desk *desk, struct appointment *appointment, bool anyway,
	struct err *ret_untold, struct err *err)
{
	const struct settings_office *office = slots_office(desk->settings, appointment->office);

	if (!office)
		return err_set(
			err, EX_DATAERR, "there is no office \"%.60s\" in the configuration", appointment->office);
	snprintf(appointment->office, sizeof appointment->office, "%s", office->id);
	if (time_check(desk, office->id, appointment->start, anyway, err) != 0)
		return -1;
	appointment->minutes = office->slot_minutes;
	appointment->state = APPOINTMENT_BOOKED;
	int booked = appointment_book(desk->db, appointment, desk->now, err);
	if (booked <= 0)
		return booked < 0 ? -1 : fail_taken(err);
	if (appointment_set(desk->db, appointment->id, APPOINTMENT_CONFIRMED, desk->now, err) < 0)
		return -1;
	return desk_tell(desk, "appointment add", TEXT_APPOINTMENT_CONFIRMED, appointment, "", ret_untold, err);
}
