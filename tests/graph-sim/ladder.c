#include "tests/graph-sim/ladder.h"

#include "tests/graph-sim/faults.h"
#include "tests/graph-sim/hook.h"
#include "tests/graph-sim/journal.h"
#include "tests/graph-sim/people.h"
#include "tests/graph-sim/reply.h"

#include <string.h>

static void set_pricing(json_t *item, const struct message *message)
{
	json_object_set_new(item, "pricing",
		json_pack("{s:b,s:s,s:s,s:s}", "billable", 1, "pricing_model", "PMP", "type", "regular", "category",
			message->category));
}

static bool is_shown(enum status status)
{
	return status == STATUS_DELIVERED || status == STATUS_READ;
}

void ladder_tell(struct sim *sim, struct message *message, enum status status, int code, const char *details)
{
	const struct person *person = message->person;
	char timestamp[32];
	json_t *item = json_pack("{s:s,s:s,s:s}", "id", message->id, "status", status_name(status), "timestamp",
		hook_timestamp(sim, timestamp));
	bool first_shown = !is_shown(message->status);

	if (!person->hidden && person->phone[0] != '\0')
		json_object_set_new(item, "recipient_id", json_string(person->phone));
	if (status != STATUS_FAILED || message->by_bsuid)
		json_object_set_new(item, "recipient_user_id", json_string(person->bsuid));
	if (message->opaque != NULL)
		json_object_set_new(item, "biz_opaque_callback_data", json_string(message->opaque));
	if (status == STATUS_SENT || (is_shown(status) && first_shown))
		set_pricing(item, message);
	if (status == STATUS_FAILED)
		json_object_set_new(item, "errors", json_pack("[o]", error_webhook(code, details)));
	if (status > message->status || message->status == STATUS_FAILED)
		message->status = status;
	sim->journal.figures.statuses[status]++;
	hook_update(
		sim, UPDATE_STATUS, item, status == STATUS_FAILED ? NULL : person_contact(person, is_shown(status)));
}

static void fire_status(struct sim *sim, const struct event *event)
{
	struct message *message = journal_message(&sim->journal, event->a);

	if (message != NULL)
		ladder_tell(sim, message, (enum status)event->b, 0, NULL);
}

static void fire_failure(struct sim *sim, const struct event *event)
{
	struct message *message = journal_message(&sim->journal, event->a);

	if (message != NULL)
		ladder_tell(sim, message, STATUS_FAILED, (int)event->b, NULL);
}

void ladder_fail(struct sim *sim, const struct message *message, int code, long after_ms)
{
	timer_add(&sim->timers, (int64_t)after_ms * 1000,
		(struct event){.fire = fire_failure, .a = message->number, .b = (uint32_t)code});
}

/* The longest prefix wins; without one the settings do. */
static struct ladder ladder_of(const struct sim *sim, const struct person *person)
{
	struct ladder best = {.sent = sim->knobs.sent, .delivered = sim->knobs.delivered, .read = sim->knobs.read};

	for (unsigned i = 0; i < sim->ladder_count; i++) {
		const struct ladder *other = &sim->ladders[i];
		if (person_matches(person, other->prefix) && strlen(other->prefix) > strlen(best.prefix))
			best = *other;
	}
	return best;
}

void ladder_start(struct sim *sim, const struct message *message)
{
	struct ladder ladder = ladder_of(sim, message->person);
	const struct {
		enum status status;
		long after_ms, percent;
	} steps[] = {{STATUS_SENT, ladder.sent, sim->knobs.sent_percent},
		{STATUS_DELIVERED, ladder.delivered, sim->knobs.delivered_percent},
		{STATUS_READ, ladder.read, sim->knobs.read_percent}};
	struct fault fault;
	long due_ms = 0;

	if (fault_take(&sim->faults, FAULT_FAIL, message->person, NULL, &fault) &&
		(long)chance(&sim->random, 100) < fault.percent) {
		ladder_fail(sim, message, fault.code, fault.ms);
		return;
	}
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		if (steps[i].after_ms < 0)
			continue;
		if (message->reaction && steps[i].status != STATUS_SENT)
			return;
		if ((long)chance(&sim->random, 100) >= steps[i].percent)
			return;
		long at_ms = steps[i].after_ms + (long)chance(&sim->random, (uint32_t)sim->knobs.spread + 1);
		due_ms = at_ms > due_ms ? at_ms : due_ms;
		bool skip = steps[i].status == STATUS_DELIVERED && ladder.read >= 0 &&
			    (long)chance(&sim->random, 100) < sim->knobs.skip_delivered;
		if (!skip)
			timer_add(&sim->timers, due_ms * 1000,
				(struct event){
					.fire = fire_status, .a = message->number, .b = (uint32_t)steps[i].status});
	}
}

unsigned ladder_release(struct sim *sim, bool drop)
{
	unsigned released = 0;

	for (size_t i = 0; i < sim->journal.count; i++) {
		struct message *message = &sim->journal.messages[i];
		if (!message->held)
			continue;
		message->held = false;
		released++;
		if (drop)
			ladder_fail(sim, message, 132015, 0);
		else
			ladder_start(sim, message);
	}
	return released;
}
