/* The drill that is really sent: to the staff, each step with its time. */
#include "config/clock.h"
#include "db/audit.h"
#include "db/limit.h"
#include "db/outbox.h"
#include "firmware-host/cli.h"
#include "firmware-host/control.h"
#include "firmware-host/drill.h"
#include "firmware-host/hub.h"
#include "firmware-host/json.h"
#include "firmware-host/progress.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENDS_MAX = 2 * SETTINGS_STAFF_MAX, LOOK_MS = 100, SECOND_MS = 1000 };

/* One message to one person; times are wall clock, 0: not yet. */
struct send {
	const struct settings_person *person;
	enum outbox_channel channel;
	int64_t message;
	int64_t begun, taken, reached;
	enum outbox_state state;
	char bearer[32], error[96];
};

struct trial {
	struct db *db;
	const struct settings *settings;
	struct send sends[SENDS_MAX];
	int count;
	int64_t now, kept; /* before and after the commit */
};

static int send_add(struct trial *trial, const struct settings_person *person, enum outbox_channel channel,
	const struct message *message, struct err *err)
{
	struct send *send = &trial->sends[trial->count];
	struct message_reply reply = {
		.channel = channel,
		.address = person->phone,
		.text = message->text,
		.segments = message->segments,
		.expires_at = message->expires_at,
	};

	*send = (struct send){.person = person, .channel = channel};
	if (message_create_reply(trial->db, &reply, trial->now, &send->message, err) != 0)
		return -1;
	trial->count++;
	return 0;
}

static int staff_add(struct trial *trial, const struct message *message, struct err *err)
{
	const struct settings *settings = trial->settings;

	for (int i = 0; i < settings->staff_count; i++) {
		const struct settings_person *person = &settings->staff[i];
		if (send_add(trial, person, OUTBOX_SMS, message, err) != 0)
			return -1;
		int open = settings->whatsapp.enabled ? limit_window(trial->db, person->phone, trial->now, err) : 0;
		if (open < 0 || (open > 0 && send_add(trial, person, OUTBOX_WHATSAPP, message, err) != 0))
			return -1;
	}
	return audit_add(
		trial->db, trial->now, hub_clock_source(), cli_who(), "cli", "drill", "sent to the staff", err);
}

/* ---- watching ---------------------------------------------------------------------------------------------------- */

static bool send_look(void *context, const struct outbox_row *row, bool reached, const char *error,
	const struct attempt *attempts, int count)
{
	struct send *send = context;

	send->state = row->state;
	(void)snprintf(send->error, sizeof send->error, "%s", error);
	if (count == 0)
		return false;
	const struct attempt *last = &attempts[count - 1];
	send->begun = attempts[0].at;
	(void)snprintf(send->bearer, sizeof send->bearer, "%s", last->bearer);
	if (send->taken == 0 && (row->state == OUTBOX_SENT || reached))
		send->taken = clock_wall_ms();
	if (send->reached == 0 && row->state == OUTBOX_DELIVERED)
		send->reached = clock_wall_ms();
	return false;
}

static bool send_is_over(const struct send *send)
{
	return send->state == OUTBOX_DELIVERED || send->state == OUTBOX_FAILED || send->state == OUTBOX_CANCELLED;
}

static int trial_watch(struct trial *trial, int wait_s, struct err *err)
{
	struct progress progress = progress_start("waiting");
	int64_t deadline = clock_mono_ms() + (int64_t)wait_s * SECOND_MS;

	for (int over = 0; over < trial->count && clock_left_ms(deadline) > 0;) {
		over = 0;
		for (int i = 0; i < trial->count; i++) {
			struct send *send = &trial->sends[i];
			if (!send_is_over(send) && outbox_each(trial->db, send->message, send_look, send, err) != 0)
				return -1;
			over += send_is_over(send);
		}
		progress_draw(&progress, over, trial->count);
		if (over < trial->count)
			poll(NULL, 0, LOOK_MS);
	}
	progress_clear(&progress);
	return 0;
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

static const char *channel_name(enum outbox_channel channel)
{
	return channel == OUTBOX_SMS ? "sms" : "whatsapp";
}

static json_t *since_json(const struct trial *trial, int64_t at)
{
	return at == 0 ? json_null() : json_real((double)(at - trial->now) / SECOND_MS);
}

static void trial_json(const struct trial *trial)
{
	json_t *list = json_array();

	for (int i = 0; i < trial->count; i++) {
		const struct send *send = &trial->sends[i];
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "name", send->person->name, "phone",
				      send->person->phone, "channel", channel_name(send->channel), "bearer",
				      send->bearer, "begun", since_json(trial, send->begun), "taken",
				      since_json(trial, send->taken), "delivered", since_json(trial, send->reached),
				      "error", send->error[0] ? json_text(send->error) : json_null()));
	}
	json_t *json = json_pack("{s:f, s:o}", "kept", (double)(trial->kept - trial->now) / SECOND_MS, "staff", list);
	json_print(json);
	json_decref(json);
}

static void since_print(const char *what, const struct trial *trial, int64_t at)
{
	if (at != 0)
		printf(", %s %.1f s", what, (double)(at - trial->now) / SECOND_MS);
}

static void trial_print(const struct trial *trial)
{
	printf("kept after %.3f s\n", (double)(trial->kept - trial->now) / SECOND_MS);
	for (int i = 0; i < trial->count; i++) {
		const struct send *send = &trial->sends[i];
		printf("%-20s %-8s", send->person->name, send->bearer[0] ? send->bearer : channel_name(send->channel));
		if (send->begun == 0)
			printf(", nobody has taken it yet");
		since_print("begun", trial, send->begun);
		since_print("taken by the network", trial, send->taken);
		since_print("on the telephone", trial, send->reached);
		printf("%s%s\n", send->error[0] ? ": " : "", send->error);
	}
}

static int trial_judge(const struct trial *trial, struct err *err)
{
	int missing = 0;

	for (int i = 0; i < trial->count; i++)
		missing += trial->sends[i].taken == 0;
	if (missing == 0)
		return 0;
	return err_set(err, EX_UNAVAILABLE,
		"%d of %d messages to the staff were not taken in time; see: banditore status", missing, trial->count);
}

int drill_staff(struct db *db, const struct settings *settings, const struct message *message, int wait_s, bool json,
	struct err *err)
{
	struct trial trial = {.db = db, .settings = settings};
	char *status = NULL;

	if (settings->staff_count == 0)
		return err_set(err, EX_CONFIG, "the configuration has no staff; add people to staff = ( … )");
	if (control_ask_text(settings->database, "status", SECOND_MS, &status, err) != 0)
		return -1;
	free(status);
	trial.now = clock_wall_ms();
	if (db_begin(db, err) != 0)
		return -1;
	if (staff_add(&trial, message, err) != 0 || db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	trial.kept = clock_wall_ms();
	(void)control_poke(settings->database);
	if (trial_watch(&trial, wait_s, err) != 0)
		return -1;
	if (json)
		trial_json(&trial);
	else
		trial_print(&trial);
	return trial_judge(&trial, err);
}
