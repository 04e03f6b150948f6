#include "firmware-host/appointment_view.h"

#include "firmware-host/appointment_notice.h"
#include "firmware-host/csv.h"
#include "firmware-host/ics.h"
#include "firmware-host/json.h"
#include "firmware-host/shown.h"
#include "firmware-host/when.h"

#include <string.h>

enum { SAFE_MAX = 3 * APPOINTMENT_NOTE_MAX };

const char *appointment_view_state(enum appointment_state state)
{
	static const char *const states[] = {
		"", "offered", "booked", "confirmed", "moved", "declined", "cancelled", "done"};

	return states[state];
}

static const char *channel_of(const struct appointment *appointment)
{
	return appointment->who.channel == CHANNEL_WHATSAPP ? "whatsapp" : "sms";
}

static json_t *words_json(const char *text)
{
	return json_written(text, strlen(text));
}

json_t *appointment_view_json(const struct appointment *appointment)
{
	char start[WHEN_TEXT_MAX], created[WHEN_TEXT_MAX], reminded[WHEN_TEXT_MAX];

	return json_pack("{s:I, s:s, s:s, s:s, s:i, s:o, s:s, s:o, s:o, s:s, s:o}", "id", (json_int_t)appointment->id,
		"state", appointment_view_state(appointment->state), "office", appointment->office, "start",
		when_rfc3339(appointment->start, start), "minutes", appointment->minutes, "from",
		words_json(appointment->who.address), "channel", channel_of(appointment), "name",
		words_json(appointment->name), "note", words_json(appointment->note), "created",
		when_rfc3339(appointment->created_at, created), "reminded",
		appointment->reminder_sent ? json_string(when_rfc3339(appointment->reminder_sent, reminded))
					   : json_null());
}

void appointment_view_line(const struct appointment *appointment, FILE *out)
{
	char at[WHEN_TEXT_MAX];

	fprintf(out, "%5lld  %.16s  %3d min  %-9s  %-12s  ", (long long)appointment->id,
		when_rfc3339(appointment->start, at), appointment->minutes, appointment_view_state(appointment->state),
		appointment->office);
	shown_line(out, appointment->who.address, 20);
	fputs("  ", out);
	shown_line(out, appointment->name, 30);
	fputs(appointment->note[0] ? ": " : "", out);
	shown_line(out, appointment->note, 60);
	fputc('\n', out);
}

void appointment_view_csv_head(FILE *out)
{
	static const char *const names[] = {
		"number", "state", "office", "start", "minutes", "from", "channel", "name", "note"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		csv_write(out, names[i], i == 0);
	csv_write_end(out);
}

void appointment_view_csv(const struct appointment *appointment, FILE *out)
{
	char text[SAFE_MAX];

	snprintf(text, sizeof text, "%lld", (long long)appointment->id);
	csv_write(out, text, true);
	csv_write(out, appointment_view_state(appointment->state), false);
	csv_write(out, appointment->office, false);
	csv_write(out, when_rfc3339(appointment->start, text), false);
	snprintf(text, sizeof text, "%d", appointment->minutes);
	csv_write(out, text, false);
	csv_write(out, shown_text(appointment->who.address, text, sizeof text), false);
	csv_write(out, channel_of(appointment), false);
	csv_write(out, shown_text(appointment->name, text, sizeof text), false);
	csv_write(out, shown_text(appointment->note, text, sizeof text), false);
	csv_write_end(out);
}

static enum ics_status status_of(enum appointment_state state)
{
	switch (state) {
	case APPOINTMENT_OFFERED:
	case APPOINTMENT_BOOKED: return ICS_TENTATIVE;
	case APPOINTMENT_CONFIRMED:
	case APPOINTMENT_MOVED:
	case APPOINTMENT_DONE: return ICS_CONFIRMED;
	case APPOINTMENT_DECLINED:
	case APPOINTMENT_CANCELLED: return ICS_CANCELLED;
	}
	return ICS_TENTATIVE;
}

void appointment_view_event(const struct db *db, const struct settings *settings, const struct appointment *appointment,
	int64_t now, FILE *out)
{
	const char *person = appointment->name[0] ? appointment->name : appointment->who.address;
	char uid[APPOINTMENT_UID_MAX], summary[SETTINGS_STRING_MAX + APPOINTMENT_NAME_MAX + 160];
	char description[APPOINTMENT_NOTE_MAX + 256];

	appointment_uid(db, appointment->id, uid);
	snprintf(summary, sizeof summary, "%s%s%s", appointment_notice_office(settings, appointment->office),
		person[0] ? ": " : "", person);
	snprintf(description, sizeof description, "%s%s%s (%lld)", appointment->note, appointment->note[0] ? "\n" : "",
		appointment->who.address, (long long)appointment->id);
	ics_event(out,
		&(struct ics_event){.uid = uid,
			.start = appointment->start,
			.minutes = appointment->minutes,
			.sequence = appointment->sequence,
			.created = appointment->created_at,
			.changed = appointment->changed_at,
			.status = status_of(appointment->state),
			.summary = summary,
			.description = description,
			.location = settings->comune.name},
		settings->comune.name, now);
}
