#include "tests/sim/verbs.h"

#include "tests/sim/base.h"
#include "tests/sim/calls.h"
#include "tests/sim/dialogue.h"
#include "tests/sim/faults.h"
#include "tests/sim/journal.h"
#include "tests/sim/knobs.h"
#include "tests/sim/modem.h"
#include "tests/sim/network.h"
#include "tests/sim/scenario.h"
#include "tests/sim/storage.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int verb_fail(const struct verb_call *call, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(call->error, VERB_ERROR_MAX, format, arguments);
	va_end(arguments);
	return -1;
}

bool verb_number(const struct verb_call *call, int index, long missing, long min, long max, long *ret)
{
	char *end;

	if (index >= call->count) {
		*ret = missing;
		return true;
	}
	long value = strtol(call->words[index], &end, 10);
	if (*call->words[index] == '\0' || *end != '\0' || value < min || value > max) {
		verb_fail(call, "a number from %ld to %ld, not '%s'", min, max, call->words[index]);
		return false;
	}
	*ret = value;
	return true;
}

const char *verb_option(const struct verb_call *call, int from, const char *key)
{
	for (int i = from; i + 1 < call->count; i++)
		if (strcmp(call->words[i], key) == 0)
			return call->words[i + 1];
	return NULL;
}

/* ---- words ---- */

/* The octet an escape at *at stands for; *at moves behind it. -1: none such. */
static int unescape(const char **at)
{
	static const char names[] = "nrt\"\\", values[] = "\n\r\t\"\\";
	const char *name = **at == '\0' ? NULL : strchr(names, **at);
	unsigned value;

	if (name != NULL) {
		*at += 1;
		return values[name - names];
	}
	if (**at != 'x' || sscanf(*at + 1, "%2x", &value) != 1 || strspn(*at + 1, "0123456789abcdefABCDEF") < 2)
		return -1;
	*at += 3;
	return (int)value;
}

int verb_words(const char *line, char buffer[VERB_LINE_MAX], char *words[VERB_WORDS_MAX])
{
	int count = 0;
	char *out = buffer;

	for (line += strspn(line, " \t\r"); *line != '\0'; line += strspn(line, " \t\r")) {
		bool quoted = false;
		if (count == VERB_WORDS_MAX || strlen(line) + (size_t)(out - buffer) + 2 > VERB_LINE_MAX)
			return -1;
		words[count++] = out;
		for (; *line != '\0' && (quoted || strchr(" \t\r", *line) == NULL);) {
			char c = *line++;
			int escaped = c;
			if (c == '"') {
				quoted = !quoted;
				continue;
			}
			if (quoted && c == '\\' && (escaped = unescape(&line)) < 0)
				return -1;
			*out++ = (char)escaped;
		}
		if (quoted)
			return -1;
		*out++ = '\0';
	}
	return count;
}

/* ---- traffic ---- */

/* The parts in the order asked for, "2,1,3"; those not named follow, unless they are withheld. */
static void offer_parts(
	struct modem *m, char hex[SIM_PARTS_MAX][SIM_HEX_MAX], int parts, const char *order, bool only, bool twice)
{
	bool done[SIM_PARTS_MAX] = {false};

	for (const char *at = order; at != NULL && *at != '\0'; at += strcspn(at, ","), at += *at == ',') {
		int part = atoi(at);
		if (part < 1 || part > parts)
			continue;
		network_offer(m, hex[part - 1]);
		done[part - 1] = true;
	}
	for (int i = 0; i < parts; i++)
		if (!done[i] && !only)
			network_offer(m, hex[i]);
	for (int i = 0; twice && i < parts; i++)
		if (done[i] || !only)
			network_offer(m, hex[i]);
}

/* sms MODEM FROM [--order 2,1 | --only 2,1] [--duplicate] [--class N] [--ref N] [--ref16] TEXT… */
static int run_sms(const struct verb_call *call)
{
	char hex[SIM_PARTS_MAX][SIM_HEX_MAX], text[VERB_LINE_MAX] = "";
	struct sim_deliver deliver = {.smsc = call->modem->knobs.smsc,
		.from = call->words[2],
		.text = text,
		.when = time(NULL),
		.zone_quarters = zone_quarters(),
		.message_class = -1,
		.reference = chance(call->sim, 65536)};
	const char *order = NULL;
	bool only = false, twice = false;
	size_t used = 0;
	int i = 3;

	for (; i < call->count && strncmp(call->words[i], "--", 2) == 0; i++) {
		const char *key = call->words[i] + 2;
		bool takes_value = strcmp(key, "order") == 0 || strcmp(key, "only") == 0 || strcmp(key, "class") == 0 ||
				   strcmp(key, "ref") == 0;
		if (takes_value && ++i == call->count)
			return verb_fail(call, "--%s needs a value", key);
		if (strcmp(key, "order") == 0 || strcmp(key, "only") == 0)
			order = call->words[i], only = strcmp(key, "only") == 0;
		else if (strcmp(key, "class") == 0)
			deliver.message_class = atoi(call->words[i]) & 3;
		else if (strcmp(key, "ref") == 0)
			deliver.reference = (unsigned)atoi(call->words[i]);
		else if (strcmp(key, "ref16") == 0)
			deliver.wide_reference = true;
		else if (strcmp(key, "duplicate") == 0)
			twice = true;
		else
			return verb_fail(call, "unknown option --%s", key);
	}
	for (int first = i; i < call->count; i++)
		used += (size_t)snprintf(
			text + used, sizeof text - used, "%s%s", i == first ? "" : " ", call->words[i]);
	int parts = sim_deliver_write(&deliver, hex);
	if (parts < 0)
		return verb_fail(call, "bad sender, bad UTF-8, or more than %d parts", SIM_PARTS_MAX);
	offer_parts(call->modem, hex, parts, order, only, twice);
	return 0;
}

static int run_raw(const struct verb_call *call)
{
	network_offer(call->modem, call->words[2]);
	return 0;
}

static int run_line(const struct verb_call *call)
{
	urc(call->modem, "%s", call->words[2]);
	return 0;
}

static int run_call(const struct verb_call *call)
{
	long rings;

	if (!verb_number(call, 3, 6, 1, 100, &rings))
		return -1;
	if (strlen(call->words[2]) >= SIM_NUMBER_MAX)
		return verb_fail(call, "number too long");
	return call_offer(call->modem, call->words[2], (int)rings) ? 0 : verb_fail(call, "busy or out of reach");
}

/* "00" or "30,00" into a rule. */
static bool read_statuses(struct report_rule *rule, const char *list)
{
	char *end;

	rule->count = 0;
	for (; rule->count < sizeof rule->status; list = end + 1) {
		unsigned long status = strtoul(list, &end, 16);
		if (end == list || end - list > 2)
			return false;
		rule->status[rule->count++] = (uint8_t)status;
		if (*end == '\0')
			return true;
		if (*end != ',')
			return false;
	}
	return false;
}

static int set_report_rule(const struct verb_call *call, const struct report_rule *rule)
{
	struct report_rule *free_rule = NULL;

	for (unsigned i = 0; i < SIM_RULES_MAX; i++) {
		struct report_rule *other = &call->modem->reports[i];
		if (other->used && strcmp(other->prefix, rule->prefix) == 0) {
			*other = *rule;
			return 0;
		}
		if (!other->used && free_rule == NULL)
			free_rule = other;
	}
	if (free_rule == NULL)
		return verb_fail(call, "too many report rules");
	*free_rule = *rule;
	return 0;
}

/* reports MODEM on|off|STATUS[,STATUS] [for PREFIX] [after MS] [probability P] */
static int run_reports(const struct verb_call *call)
{
	struct knobs *k = &call->modem->knobs;
	const char *what = call->words[2], *option;
	struct report_rule rule = {
		.used = true, .count = 1, .delay = k->report < 0 ? 500 : k->report, .probability = 100};

	if ((option = verb_option(call, 3, "after")) != NULL)
		rule.delay = atoi(option);
	if ((option = verb_option(call, 3, "probability")) != NULL)
		rule.probability = atoi(option);
	if (strcmp(what, "off") == 0)
		rule.delay = -1;
	else if (strcmp(what, "on") != 0 && !read_statuses(&rule, what))
		return verb_fail(call, "on, off or TP-ST in hexadecimal, not '%s'", what);
	option = verb_option(call, 3, "for");
	if (option != NULL && !text_copy(rule.prefix, sizeof rule.prefix, option))
		return verb_fail(call, "prefix too long");
	if (option == NULL) /* for everybody: what the prefixes said is gone as well */
		memset(call->modem->reports, 0, sizeof call->modem->reports);
	if (option == NULL && rule.count == 1) {
		k->report = rule.delay;
		k->report_probability = rule.probability;
		k->report_status = rule.status[0];
		return 0;
	}
	return set_report_rule(call, &rule);
}

static int run_set(const struct verb_call *call)
{
	for (int i = 2; i < call->count; i++)
		if (knobs_set(call->modem, call->words[i], call->error, VERB_ERROR_MAX) < 0)
			return -1;
	return 0;
}

static int run_ussd(const struct verb_call *call)
{
	if (!text_copy(call->modem->knobs.ussd, sizeof call->modem->knobs.ussd, call->words[2]))
		return verb_fail(call, "text too long");
	return 0;
}

/* ---- figures ---- */

static int run_stats(const struct verb_call *call)
{
	json_t *stats = journal_stats(call->sim);
	char *text = must(json_dumps(stats, JSON_COMPACT | JSON_REAL_PRECISION(9)));

	bytes_put(call->out, text, strlen(text));
	bytes_put(call->out, "\n", 1);
	free(text);
	json_decref(stats);
	return 0;
}

static int run_recipients(const struct verb_call *call)
{
	journal_recipients(call->sim, call->out);
	return 0;
}

static int run_modems(const struct verb_call *call)
{
	for (unsigned i = 0; i < call->sim->modem_count; i++) {
		const struct modem *m = call->sim->modems[i];
		char line[256];
		json_t *object = must(json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:b,s:i,s:i}", "name", m->name, "tty", m->tty,
			"personality", m->personality->name, "number", m->knobs.number, "plugged", m->fd >= 0,
			"booting", (int)m->booting, "hung", (int)m->faults.hung, "registration", m->registration,
			"pin_tries", m->knobs.pin_tries));
		size_t length = json_dumpb(object, line, sizeof line - 1, JSON_COMPACT);
		json_decref(object);
		if (length >= sizeof line)
			return verb_fail(call, "%s does not fit a line", m->name);
		line[length++] = '\n';
		bytes_put(call->out, line, length);
	}
	return 0;
}

static int run_mark(const struct verb_call *call)
{
	journal_mark(call->sim);
	return 0;
}

static int run_reset(const struct verb_call *call)
{
	struct sim *sim = call->sim;

	scenario_clear(sim);
	journal_clear(&sim->journal);
	journal_mark(sim);
	for (unsigned i = 0; i < sim->modem_count; i++) {
		struct modem *m = sim->modems[i];
		faults_clear(m);
		m->flood.end_us = m->flood.next_us;
		modem_unhang(m);
		network_forget(m);
		memset(m->reports, 0, sizeof m->reports);
		for (unsigned memory = 0; memory < MEMORIES; memory++)
			memory_fill(m, (enum memory)memory, 0, memory_size(m, (enum memory)memory));
	}
	return 0;
}

static int run_quit(const struct verb_call *call)
{
	call->sim->quit = true;
	return 0;
}

static int run_help(const struct verb_call *call)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = must(open_memstream(&text, &length));

	verbs_help(out);
	fclose(out);
	bytes_put(call->out, text, length);
	free(text);
	return 0;
}

static const struct verb verbs[] = {
	{"sms", true, 4, run_sms,
		"MODEM FROM [--order 2,1 | --only 2,1] [--duplicate] [--class N] [--ref N] [--ref16] TEXT…"},
	{"raw", true, 3, run_raw, "MODEM HEX: a PDU with SMSC field, as it is"},
	{"line", true, 3, run_line, "MODEM LINE: unsolicited"},
	{"call", true, 3, run_call, "MODEM FROM [RINGS]; FROM - withheld"},
	{"reports", true, 3, run_reports, "MODEM on|off|ST[,ST] [for PREFIX] [after MS] [probability PERCENT]"},
	{"set", true, 3, run_set, "MODEM KEY=VALUE[,…]"},
	{"ussd", true, 3, run_ussd, "MODEM TEXT"},
	{"modems", false, 1, run_modems, "a line of JSON for each"},
	{"stats", false, 1, run_stats, "one line of JSON, figures since the mark"},
	{"recipients", false, 1, run_recipients, "a line of JSON for each: parts, and copies of the most repeated one"},
	{"mark", false, 1, run_mark, "figures start anew"},
	{"reset", false, 1, run_reset, "faults, parts, stores, figures and scenario forgotten"},
	{"quit", false, 1, run_quit, ""},
	{"help", false, 1, run_help, ""},
	{NULL, false, 0, NULL, NULL},
};

static const struct verb *find(const char *name)
{
	for (const struct verb *v = verbs; v->name != NULL; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	for (const struct verb *v = verbs_fault; v->name != NULL; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

/* Once, or for every modem when it is '*'. */
static int run_with_modem(const struct verb *verb, struct verb_call *call, struct modem *self)
{
	const char *name = call->words[1];
	int result = 0;

	if (strcmp(name, "*") != 0) {
		call->modem = strcmp(name, "@") == 0 ? self : modem_find(call->sim, name);
		return call->modem != NULL ? verb->run(call) : verb_fail(call, "no modem '%s'", name);
	}
	for (unsigned i = 0; i < call->sim->modem_count && result == 0; i++) {
		call->modem = call->sim->modems[i];
		result = verb->run(call);
	}
	return result;
}

int verb_run(struct sim *sim, struct modem *self, const char *line, struct bytes *out, char error[VERB_ERROR_MAX])
{
	char buffer[VERB_LINE_MAX];
	char *words[VERB_WORDS_MAX];
	struct verb_call call = {.sim = sim, .words = words, .out = out, .error = error};

	call.count = verb_words(line, buffer, words);
	if (call.count == 0)
		return 0;
	if (call.count < 0)
		return verb_fail(&call, "a quote or an escape is broken, or the line is too long");
	const struct verb *verb = find(words[0]);
	if (verb == NULL)
		return verb_fail(&call, "unknown command '%s', try help", words[0]);
	if (call.count < verb->least)
		return verb_fail(&call, "usage: %s %s", verb->name, verb->usage);
	return verb->with_modem ? run_with_modem(verb, &call, self) : verb->run(&call);
}

void verbs_help(FILE *out)
{
	for (const struct verb *v = verbs; v->name != NULL; v++)
		fprintf(out, "  %s %s\n", v->name, v->usage);
	fprintf(out, "  sent [since N]: a line of JSON for each accepted part after number N\n"
		     "  wait sent|reports|submissions N|+N [MS]: until that many ever, or more from now\n"
		     "  wait quiet MS [TIMEOUT_MS]: until no part has come for MS\n"
		     "  after MS: COMMAND | after-sends N: COMMAND | at-part N: COMMAND (N or +N)\n");
	for (const struct verb *v = verbs_fault; v->name != NULL; v++)
		fprintf(out, "  %s %s\n", v->name, v->usage);
}
