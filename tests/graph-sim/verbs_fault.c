/* Faults on demand, the link, and what becomes of statuses. */
#include "tests/graph-sim/faults.h"
#include "tests/graph-sim/journal.h"
#include "tests/graph-sim/ladder.h"
#include "tests/graph-sim/people.h"
#include "tests/graph-sim/ports.h"
#include "tests/graph-sim/verbs.h"

#include <stdlib.h>
#include <string.h>

enum { HOUR_MS = 3600000, MANY = 1000000000 };

/* [count N|all] [for PREFIX] behind words[from]. */
static bool read_scope(const struct verb_call *call, int from, long missing, struct scope *ret)
{
	const char *prefix = verb_option(call, from, "for"), *count = verb_option(call, from, "count");

	if (prefix != NULL && !text_copy(ret->prefix, sizeof ret->prefix, prefix))
		return verb_fail(call, "prefix too long") == 0;
	ret->left = missing;
	if (count != NULL && strcmp(count, "all") == 0)
		ret->left = -1;
	else if (!verb_option_number(call, from, "count", missing, 1, MANY, &ret->left))
		return false;
	return true;
}

static int keep(const struct verb_call *call, enum fault_kind kind, const struct fault *fault)
{
	return fault_add(&call->sim->faults, kind, fault) ? 0 : verb_fail(call, "too many rules");
}

static bool is_off(const struct verb_call *call, enum fault_kind kind)
{
	if (call->count < 2 || strcmp(call->words[1], "off") != 0)
		return false;
	faults_clear(&call->sim->faults, kind);
	return true;
}

/* error CODE [count N|all] [for PREFIX] [details TEXT] [on messages|media|templates|account] | off */
static int run_error(const struct verb_call *call)
{
	struct fault fault = {.on = "messages"};
	const char *details = verb_option(call, 2, "details"), *on = verb_option(call, 2, "on");
	long code;

	if (is_off(call, FAULT_ERROR))
		return 0;
	if (!verb_number(call, 1, 0, 0, 999999, &code) || !read_scope(call, 2, -1, &fault.scope))
		return -1;
	fault.code = (int)code;
	if (details != NULL)
		text_copy(fault.details, sizeof fault.details, details);
	if (on != NULL)
		text_copy(fault.on, sizeof fault.on, on);
	return keep(call, FAULT_ERROR, &fault);
}

/* fail CODE [count N|all] [for PREFIX] [after MS] [probability P] | off */
static int run_fail(const struct verb_call *call)
{
	struct fault fault = {0};
	long code, sent = call->sim->knobs.sent < 0 ? 50 : call->sim->knobs.sent;

	if (is_off(call, FAULT_FAIL))
		return 0;
	if (!verb_number(call, 1, 0, 0, 999999, &code) || !read_scope(call, 2, -1, &fault.scope) ||
		!verb_option_number(call, 2, "after", sent, 0, MANY, &fault.ms) ||
		!verb_option_number(call, 2, "probability", 100, 0, 100, &fault.percent))
		return -1;
	fault.code = (int)code;
	return keep(call, FAULT_FAIL, &fault);
}

/* hold [count N|all] [for PREFIX] | off | release | drop */
static int run_hold(const struct verb_call *call)
{
	struct fault fault = {0};

	if (is_off(call, FAULT_HOLD))
		return 0;
	if (call->count > 1 && (strcmp(call->words[1], "release") == 0 || strcmp(call->words[1], "drop") == 0)) {
		faults_clear(&call->sim->faults, FAULT_HOLD);
		bytes_printf(call->out, "%u\n", ladder_release(call->sim, strcmp(call->words[1], "drop") == 0));
		return 0;
	}
	return read_scope(call, 1, -1, &fault.scope) ? keep(call, FAULT_HOLD, &fault) : -1;
}

static int run_slow(const struct verb_call *call)
{
	struct fault fault = {0};

	if (is_off(call, FAULT_SLOW))
		return 0;
	if (!verb_number(call, 1, 0, 0, HOUR_MS, &fault.ms) || !read_scope(call, 2, 1, &fault.scope))
		return -1;
	return keep(call, FAULT_SLOW, &fault);
}

static int run_hangup(const struct verb_call *call)
{
	struct fault fault = {.lost = verb_has(call, 1, "lost")};

	if (is_off(call, FAULT_HANGUP))
		return 0;
	return read_scope(call, 1, 1, &fault.scope) ? keep(call, FAULT_HANGUP, &fault) : -1;
}

static int run_no_answer(const struct verb_call *call)
{
	struct fault fault = {0};

	if (is_off(call, FAULT_NO_ANSWER))
		return 0;
	return read_scope(call, 1, 1, &fault.scope) ? keep(call, FAULT_NO_ANSWER, &fault) : -1;
}

static int run_redirect(const struct verb_call *call)
{
	struct fault fault = {0};
	long code;

	if (is_off(call, FAULT_REDIRECT))
		return 0;
	if (!verb_option_number(call, 1, "status", 307, 300, 399, &code) || !read_scope(call, 1, 1, &fault.scope))
		return -1;
	fault.code = (int)code;
	return keep(call, FAULT_REDIRECT, &fault);
}

static int run_sign(const struct verb_call *call)
{
	struct faults *faults = &call->sim->faults;
	long count;

	if (!verb_option_number(call, 2, "count", -1, 1, MANY, &count))
		return -1;
	if (strcmp(call->words[1], "bad") == 0)
		faults->sign_bad = count;
	else if (strcmp(call->words[1], "missing") == 0)
		faults->sign_missing = count;
	else if (strcmp(call->words[1], "good") == 0)
		faults->sign_bad = faults->sign_missing = 0;
	else
		return verb_fail(call, "good, bad or missing, not '%s'", call->words[1]);
	return 0;
}

/* link down [refuse|blackhole|reset] [api|webhooks] | up */
static int run_link(const struct verb_call *call)
{
	static const char *const names[] = {"up", "refuse", "blackhole", "reset"};
	bool api = !verb_has(call, 2, "webhooks"), hooks = !verb_has(call, 2, "api");
	enum link_state state = LINK_REFUSE;

	if (strcmp(call->words[1], "up") == 0) {
		link_set(call->sim, LINK_UP, true, true);
		return 0;
	}
	if (strcmp(call->words[1], "down") != 0)
		return verb_fail(call, "up or down, not '%s'", call->words[1]);
	for (int i = 2; i < call->count; i++) {
		bool known = strcmp(call->words[i], "api") == 0 || strcmp(call->words[i], "webhooks") == 0;
		for (unsigned k = LINK_REFUSE; k <= LINK_RESET; k++)
			if (strcmp(names[k], call->words[i]) == 0) {
				state = (enum link_state)k;
				known = true;
			}
		if (!known)
			return verb_fail(call, "refuse, blackhole, reset, api or webhooks, not '%s'", call->words[i]);
	}
	link_set(call->sim, state, api, hooks);
	return 0;
}

/* MS, or `off` */
static bool read_step(const struct verb_call *call, const char *key, long missing, long *ret)
{
	const char *value = verb_option(call, 1, key);

	if (value != NULL && strcmp(value, "off") == 0) {
		*ret = -1;
		return true;
	}
	return verb_option_number(call, 1, key, missing, 0, MANY, ret);
}

/* ladder for PREFIX [sent MS|off] [delivered MS|off] [read MS|off] | off */
static int run_ladder(const struct verb_call *call)
{
	const struct knobs *k = &call->sim->knobs;
	const char *prefix = verb_option(call, 1, "for");
	struct ladder ladder = {0};
	unsigned i = 0;

	if (strcmp(call->words[1], "off") == 0) {
		call->sim->ladder_count = 0;
		return 0;
	}
	if (prefix == NULL || !text_copy(ladder.prefix, sizeof ladder.prefix, prefix))
		return verb_fail(
			call, "usage: ladder for PREFIX [sent MS|off] [delivered MS|off] [read MS|off], ladder off");
	if (!read_step(call, "sent", k->sent, &ladder.sent) ||
		!read_step(call, "delivered", k->delivered, &ladder.delivered) ||
		!read_step(call, "read", k->read, &ladder.read))
		return -1;
	while (i < call->sim->ladder_count && strcmp(call->sim->ladders[i].prefix, ladder.prefix) != 0)
		i++;
	if (i == RULES_MAX)
		return verb_fail(call, "too many rules");
	call->sim->ladders[i] = ladder;
	if (i == call->sim->ladder_count)
		call->sim->ladder_count++;
	return 0;
}

/* status N|WAMID sent|delivered|read|failed [CODE [DETAILS]] */
static int run_status(const struct verb_call *call)
{
	uint32_t number = wamid_number(call->words[1], false);
	long code;

	if (number == 0)
		number = (uint32_t)strtoul(call->words[1], NULL, 10);
	struct message *message = journal_message(&call->sim->journal, number);
	if (message == NULL)
		return verb_fail(call, "no message '%s'", call->words[1]);
	if (!verb_number(call, 3, 131000, 0, 999999, &code))
		return -1;
	for (enum status status = STATUS_SENT; status < STATUSES; status++)
		if (strcmp(status_name(status), call->words[2]) == 0) {
			ladder_tell(call->sim, message, status, (int)code, call->count > 4 ? call->words[4] : NULL);
			return 0;
		}
	return verb_fail(call, "sent, delivered, read or failed, not '%s'", call->words[2]);
}

static int run_heal(const struct verb_call *call)
{
	call->sim->faults = (struct faults){0};
	call->sim->ladder_count = 0;
	text_copy(call->sim->health, sizeof call->sim->health, "AVAILABLE");
	if (call->sim->link != LINK_UP)
		link_set(call->sim, LINK_UP, true, true);
	return 0;
}

const struct verb verbs_fault[] = {
	{"error", 2, run_error,
		"CODE [count N|all] [for PREFIX] [details TEXT] [on messages|media|templates|account] | off: refused "
		"at once"},
	{"fail", 2, run_fail,
		"CODE [count N|all] [for PREFIX] [after MS] [probability P] | off: accepted, then failed"},
	{"hold", 1, run_hold,
		"[count N|all] [for PREFIX] | off | release | drop: templates held for quality assessment"},
	{"slow", 2, run_slow, "MS [count N|all] [for PREFIX] | off: answers that much later"},
	{"hangup", 1, run_hangup, "[count N|all] [for PREFIX] [lost] | off: in mid answer; lost: before it counts"},
	{"no-answer", 1, run_no_answer, "[count N|all] [for PREFIX] | off: accepted, never answered"},
	{"redirect", 1, run_redirect, "[count N|all] [status 3xx] | off: to another host; `tokens_leaked` counts"},
	{"sign", 2, run_sign, "good | bad|missing [count N]: the webhooks' signature"},
	{"link", 2, run_link, "up | down [refuse|blackhole|reset] [api|webhooks]"},
	{"ladder", 2, run_ladder, "for PREFIX [sent MS|off] [delivered MS|off] [read MS|off] | off"},
	{"status", 3, run_status, "N|WAMID sent|delivered|read|failed [CODE [DETAILS]]: now, whatever came before"},
	{"heal", 1, run_heal, ": all faults off, the link up"},
	{NULL, 0, NULL, NULL},
};
