/* The commands that make a modem misbehave. */
#include "tests/sim/base.h"
#include "tests/sim/dialogue.h"
#include "tests/sim/faults.h"
#include "tests/sim/modem.h"
#include "tests/sim/port.h"
#include "tests/sim/storage.h"
#include "tests/sim/verbs.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT_MAX = 1000000, MS_MAX = 3600000 };

/* error MODEM cms|cme|plain CODE|off … */
static int run_error(const struct verb_call *call)
{
	struct error_rule rule = {.used = true, .left = 1};
	const char *kind = call->words[2];
	long number;

	if (strcmp(kind, "off") == 0) {
		memset(call->modem->faults.errors, 0, sizeof call->modem->faults.errors);
		return 0;
	}
	rule.kind = strcmp(kind, "cms") == 0 ? 's' : strcmp(kind, "cme") == 0 ? 'e' : '-';
	if (rule.kind == '-' && strcmp(kind, "plain") != 0)
		return verb_fail(call, "cms, cme, plain or off, not '%s'", kind);
	int at = 3;
	if (rule.kind != '-') {
		if (call->count < 4 || !verb_number(call, 3, 0, 0, 9999, &number))
			return verb_fail(call, "which code?");
		rule.code = (int)number;
		at = 4;
	}
	for (; at < call->count; at++) {
		const char *key = call->words[at];
		const char *value = at + 1 < call->count ? call->words[at + 1] : "";
		if (strcmp(key, "prompt") == 0)
			rule.at_prompt = true;
		else if (strcmp(key, "for") == 0 && text_copy(rule.prefix, sizeof rule.prefix, value))
			at++;
		else if (strcmp(key, "on") == 0 && text_copy(rule.command, sizeof rule.command, value))
			at++;
		else if (strcmp(key, "count") == 0 && strcmp(value, "all") == 0)
			rule.left = -1, at++;
		else if (strcmp(key, "count") == 0 && verb_number(call, at + 1, 0, 1, COUNT_MAX, &number))
			rule.left = (int)number, at++;
		else
			return verb_fail(call, "not understood: '%s'", key);
	}
	return faults_add(call->modem, &rule) ? 0 : verb_fail(call, "too many error rules");
}

static int run_no_prompt(const struct verb_call *call)
{
	long count;

	if (!verb_number(call, 2, 1, 0, COUNT_MAX, &count))
		return -1;
	call->modem->faults.no_prompts = (int)count;
	return 0;
}

static int run_before_prompt(const struct verb_call *call)
{
	struct faults *f = &call->modem->faults;
	long count;

	if (!verb_number(call, 3, 1, 0, COUNT_MAX, &count))
		return -1;
	text_copy(f->before_prompt, sizeof f->before_prompt, call->words[2]);
	f->before_prompt_left = (int)count;
	return 0;
}

static int run_before_result(const struct verb_call *call)
{
	struct faults *f = &call->modem->faults;
	long count;

	if (!verb_number(call, 3, 1, 0, COUNT_MAX, &count))
		return -1;
	text_copy(f->before_result, sizeof f->before_result, call->words[2]);
	f->before_result_left = (int)count;
	return 0;
}

/* hang MODEM [now | ctrl-z [N] [lost] | answer] */
static int run_hang(const struct verb_call *call)
{
	struct faults *f = &call->modem->faults;
	const char *when = call->count > 2 ? call->words[2] : "now";
	long count = 1;

	if (strcmp(when, "now") == 0) {
		modem_hang(call->modem);
		return 0;
	}
	if (strcmp(when, "answer") == 0) {
		f->cut_answer = CUT_HANG;
		return 0;
	}
	if (strcmp(when, "ctrl-z") != 0)
		return verb_fail(call, "now, ctrl-z or answer, not '%s'", when);
	f->hang_loses = strcmp(call->words[call->count - 1], "lost") == 0;
	if (call->count - f->hang_loses > 3 && !verb_number(call, 3, 1, 1, COUNT_MAX, &count))
		return -1;
	f->hang_after_submissions = (int)count;
	return 0;
}

static int run_unhang(const struct verb_call *call)
{
	modem_unhang(call->modem);
	return 0;
}

static int run_no_answer(const struct verb_call *call)
{
	struct faults *f = &call->modem->faults;
	long count = 1;

	f->mute_loses = strcmp(call->words[call->count - 1], "lost") == 0;
	if (call->count - f->mute_loses > 2 && !verb_number(call, 2, 1, 0, COUNT_MAX, &count))
		return -1;
	f->mute_submissions = (int)count;
	return 0;
}

static int run_late_answer(const struct verb_call *call)
{
	long ms, count;

	if (!verb_number(call, 2, 0, 0, MS_MAX, &ms) || !verb_number(call, 3, 1, 0, COUNT_MAX, &count))
		return -1;
	call->modem->faults.late_ms = (int)ms;
	call->modem->faults.late_count = (int)count;
	return 0;
}

static int run_drop_mid_line(const struct verb_call *call)
{
	call->modem->faults.cut_answer = CUT_UNPLUG;
	return 0;
}

static int run_unplug(const struct verb_call *call)
{
	modem_unplug(call->modem);
	return 0;
}

static int run_plug(const struct verb_call *call)
{
	const char *tty = call->count > 2 ? call->words[2] : NULL;

	if (tty != NULL && (strchr(tty, '/') != NULL || strlen(tty) >= SIM_NAME_MAX))
		return verb_fail(call, "no name for a port: '%s'", tty);
	for (unsigned i = 0; i < call->sim->modem_count; i++) {
		const struct modem *other = call->sim->modems[i];
		if (other != call->modem && other->fd >= 0 &&
			strcmp(other->tty, tty != NULL ? tty : call->modem->tty) == 0)
			return verb_fail(call, "%s has that name", other->name);
	}
	return modem_plug(call->modem, tty) == 0 ? 0 : verb_fail(call, "cannot open a pseudo-terminal");
}

static int run_reboot(const struct verb_call *call)
{
	bool vanish = call->count > 2 && strcmp(call->words[2], "vanish") == 0;

	if (call->modem->fd < 0)
		return verb_fail(call, "not plugged");
	modem_reboot(call->modem, vanish);
	return 0;
}

static int run_register(const struct verb_call *call)
{
	static const struct {
		const char *word;
		int registration;
	} words[] = {{"idle", REG_IDLE}, {"home", REG_HOME}, {"searching", REG_SEARCHING}, {"denied", REG_DENIED},
		{"roaming", REG_ROAMING}};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(words[i].word, call->words[2]) != 0)
			continue;
		call->modem->knobs.registration = words[i].registration;
		if (call->modem->sim_open && call->modem->settings.cfun == 1)
			modem_register(call->modem, words[i].registration);
		return 0;
	}
	return verb_fail(call, "home, searching, denied, roaming or idle, not '%s'", call->words[2]);
}

static int run_signal(const struct verb_call *call)
{
	long csq;

	if (!verb_number(call, 2, 0, 0, 199, &csq))
		return -1;
	call->modem->knobs.signal = (int)csq;
	return 0;
}

static int run_garbage(const struct verb_call *call)
{
	long octets;

	if (!verb_number(call, 2, 0, 1, SIM_OUTPUT_MAX, &octets))
		return -1;
	for (long i = 0; i < octets; i++) {
		uint8_t octet = (uint8_t)chance(call->sim, 256);
		port_put(call->modem, &octet, 1);
	}
	return 0;
}

static void flood_event(struct sim *sim, const struct event *event)
{
	struct modem *m = event->modem;
	struct flood *f = &m->flood;

	for (; f->next_us <= sim->now_us && f->next_us < f->end_us; f->next_us += f->step_us)
		urc(m, "%s", f->line);
	if (f->next_us < f->end_us)
		timer_add_modem(m, f->next_us - sim->now_us, flood_event, 0, 0);
	else
		*f = (struct flood){0};
}

/* flood MODEM LINE PER_SECOND SECONDS */
static int run_flood(const struct verb_call *call)
{
	struct flood *f = &call->modem->flood;
	long rate, seconds;

	if (!verb_number(call, 3, 0, 1, 100000, &rate) || !verb_number(call, 4, 0, 1, 3600, &seconds))
		return -1;
	bool running = f->end_us != 0;
	text_copy(f->line, sizeof f->line, call->words[2]);
	f->next_us = call->sim->now_us;
	f->end_us = f->next_us + seconds * 1000000;
	f->step_us = 1000000 / rate;
	if (!running)
		timer_add_modem(call->modem, 0, flood_event, 0, 0);
	return 0;
}

/* storage MODEM [SM|ME] USED/TOTAL */
static int run_storage(const struct verb_call *call)
{
	enum memory memory = call->modem->settings.memory[2];
	const char *sizes = call->words[call->count - 1];
	int used, total, end = 0;

	if (call->count > 3 && !memory_find(call->modem, call->words[2], &memory))
		return verb_fail(call, "no such memory: '%s'", call->words[2]);
	if (sscanf(sizes, "%d/%d%n", &used, &total, &end) != 2 || sizes[end] != '\0' || used < 0 || total < 1 ||
		used > total || total > SIM_SLOTS_MAX)
		return verb_fail(call, "used/total, total up to %d, not '%s'", SIM_SLOTS_MAX, sizes);
	memory_fill(call->modem, memory, used, total);
	return 0;
}

static int run_heal(const struct verb_call *call)
{
	faults_clear(call->modem);
	call->modem->flood.end_us = call->modem->flood.next_us;
	modem_unhang(call->modem);
	return 0;
}

const struct verb verbs_fault[] = {
	{"error", true, 3, run_error,
		"MODEM cms|cme CODE [count N|all] [for PREFIX] [prompt] [on COMMAND] | MODEM plain … | MODEM off"},
	{"no-prompt", true, 2, run_no_prompt, "MODEM [N]: AT+CMGS waits for its PDU without showing '> '"},
	{"urc-before-prompt", true, 3, run_before_prompt, "MODEM LINE [N]: between AT+CMGS and its prompt"},
	{"urc-before-result", true, 3, run_before_result, "MODEM LINE [N]: between Ctrl-Z and +CMGS"},
	{"hang", true, 2, run_hang,
		"MODEM [now | ctrl-z [N] [lost] | answer]: at once, at the Nth Ctrl-Z from now, or half way"},
	{"unhang", true, 2, run_unhang, "MODEM"},
	{"no-answer", true, 2, run_no_answer, "MODEM [N] [lost]: submissions without final result; the modem lives on"},
	{"late-answer", true, 3, run_late_answer,
		"MODEM MS [N]: +CMGS comes MS after Ctrl-Z, other commands meanwhile"},
	{"drop-mid-line", true, 2, run_drop_mid_line, "MODEM: unplugged half way through the next submission's answer"},
	{"unplug", true, 2, run_unplug, "MODEM"},
	{"plug", true, 2, run_plug, "MODEM [TTY]: back, under another name; boots"},
	{"reboot", true, 2, run_reboot, "MODEM [vanish]: resets itself, by losing its port or in silence"},
	{"register", true, 3, run_register, "MODEM home|searching|denied|roaming|idle"},
	{"signal", true, 3, run_signal, "MODEM CSQ"},
	{"garbage", true, 3, run_garbage, "MODEM OCTETS"},
	{"flood", true, 5, run_flood, "MODEM LINE PER_SECOND SECONDS"},
	{"storage", true, 3, run_storage, "MODEM [SM|ME] USED/TOTAL"},
	{"heal", true, 2, run_heal, "MODEM: all faults off"},
	{NULL, false, 0, NULL, NULL},
};
