/* What a citizen may ask about themselves: how they stand, what is held, the last message again, what one can write. */
#include "firmware-host/citizen/talk.h"

#include "db/message.h"
#include "firmware-host/shown.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- status -------------------------------------------------------------------------------------------------------- */

static const char *channel_of(const struct talk *talk)
{
	bool wired = talk->hub->settings->whatsapp.enabled && subscriber_by_whatsapp(&talk->person, talk->now);

	return wired ? "WhatsApp" : "SMS";
}

int status_hear(struct talk *talk, struct err *err)
{
	char names[TALK_LIST_MAX];
	struct talk_choice buttons[3];
	int count = 0;

	talk->done = "status";
	if (!talk->active)
		return not_subscribed(talk, err);
	const struct text_value values[] = {
		{"zone", zone_name(talk)}, {"topics", topics_names(talk, names)}, {"channel", channel_of(talk)}};
	buttons[count++] = talk_button(talk, TEXT_BUTTON_TOPICS, "topics");
	if (talk->hub->settings->zone_count > 0)
		buttons[count++] = talk_button(talk, TEXT_BUTTON_ZONE, "zone");
	buttons[count++] = talk_button(talk, TEXT_BUTTON_LEAVE, "leave");
	return talk_offer(talk, TEXT_STATUS, values, 3, buttons, count, err);
}

/* ---- privacy ------------------------------------------------------------------------------------------------------- */

static void day_put(int64_t ms, char out[16])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm local = {0};

	out[0] = '\0';
	if (ms > 0 && localtime_r(&seconds, &local))
		strftime(out, 16, "%d/%m/%Y", &local);
}

static void count_put(int64_t count, char out[24])
{
	out[0] = '\0';
	if (count > 0)
		snprintf(out, 24, "%lld", (long long)count);
}

static int privacy_none(struct talk *talk, struct err *err)
{
	char days[24];
	const struct text_value values[] = {{"days", days}};

	count_put(talk->hub->settings->inbox.retention_days, days);
	return talk_say(talk, TEXT_PRIVACY_NONE, values, 1, err);
}

int privacy_hear(struct talk *talk, struct err *err)
{
	struct correspondent who = talk->who;
	char joined[16], reports[24], appointments[24], name[sizeof talk->person.name * 2], topics[TALK_LIST_MAX];
	const char *phone = talk->person.phone[0] ? talk->person.phone : talk->who.address;
	int64_t report_count = 0, appointment_count = 0;

	talk->done = "privacy";
	who.subscriber_id = talk->person.id;
	if (correspondent_held(talk->hub->db, &who, talk->now, &report_count, &appointment_count, err) != 0)
		return -1;
	if (talk->person.id == 0 && report_count == 0 && appointment_count == 0)
		return privacy_none(talk, err);
	day_put(talk->person.joined_at, joined);
	count_put(report_count, reports);
	count_put(appointment_count, appointments);
	const struct text_value values[] = {
		{"phone", phone[0] == '+' ? phone : texts_get(talk->texts, TEXT_PRIVACY_HIDDEN)},
		{"name", talk_is_wired(talk) ? shown_text(talk->person.name, name, sizeof name)
					     : talk_echo(talk, talk->person.name, strlen(talk->person.name), name)},
		{"zone", zone_name(talk)},
		{"topics", talk->active ? topics_names(talk, topics) : ""},
		{"joined", joined},
		{"channel", talk->person.id != 0 ? channel_of(talk) : ""},
		{"reports", reports},
		{"appointments", appointments},
	};
	return talk_say(talk, TEXT_PRIVACY, values, sizeof values / sizeof *values, err);
}

/* ---- the last message again ---------------------------------------------------------------------------------------- */

int repeat_hear(struct talk *talk, struct err *err)
{
	struct message message;
	char when[WHEN_TEXT_MAX];

	talk->done = "repeat";
	int found = talk->person.id != 0 ? message_last_to(talk->hub->db, talk->person.id, &message, err) : 0;
	if (found < 0)
		return -1;
	if (found == 0)
		return talk_say(talk, TEXT_REPEAT_NONE, NULL, 0, err);
	const struct text_value values[] = {
		{"text", message.text}, {"when", when_spoken(talk->texts, message.created_at, talk->now, when)}};
	return talk_say(talk, TEXT_REPEAT, values, 2, err);
}

/* ---- help ---------------------------------------------------------------------------------------------------------- */

int help_hear(struct talk *talk, struct err *err)
{
	const struct settings *settings = talk->hub->settings;
	const struct {
		enum text_id title;
		const char *id;
		bool is;
	} all[] = {
		{TEXT_BUTTON_JOIN, "join", !talk->active},
		{TEXT_BUTTON_REPORT, "report", true},
		{TEXT_BUTTON_APPOINTMENT, "appointment", settings->office_count > 0},
		{TEXT_BUTTON_TOPICS, "topics", talk->active},
		{TEXT_BUTTON_ZONE, "zone", talk->active && settings->zone_count > 0},
		{TEXT_BUTTON_STATUS, "status", talk->active},
		{TEXT_BUTTON_REPEAT, "repeat", talk->active},
		{TEXT_BUTTON_PRIVACY, "privacy", true},
		{TEXT_BUTTON_LEAVE, "leave", talk->active},
	};
	struct talk_choice rows[TALK_CHOICES_MAX];
	int count = 0;

	talk->done = "help";
	if (settings->comune.mode == MODE_ONE_WAY) {
		rows[0] = talk_button(
			talk, talk->active ? TEXT_BUTTON_LEAVE : TEXT_BUTTON_JOIN, talk->active ? "leave" : "join");
		return talk_offer(talk, TEXT_HELP_ONE_WAY, NULL, 0, rows, 1, err);
	}
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].is)
			rows[count++] = talk_button(talk, all[i].title, all[i].id);
	return talk_offer(talk, TEXT_HELP, NULL, 0, rows, count, err);
}
