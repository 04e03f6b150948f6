#include "tests/graph-sim/verbs.h"

#include "tests/graph-sim/hook.h"
#include "tests/graph-sim/journal.h"
#include "tests/graph-sim/knobs.h"
#include "tests/graph-sim/media.h"
#include "tests/graph-sim/people.h"
#include "tests/graph-sim/ports.h"
#include "tests/graph-sim/templates.h"

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

static bool read_number(const struct verb_call *call, const char *word, long min, long max, long *ret)
{
	char *end;
	long value = strtol(word, &end, 10);

	if (*word == '\0' || *end != '\0' || value < min || value > max) {
		verb_fail(call, "a number from %ld to %ld, not '%.60s'", min, max, word);
		return false;
	}
	*ret = value;
	return true;
}

bool verb_number(const struct verb_call *call, int index, long missing, long min, long max, long *ret)
{
	if (index < call->count)
		return read_number(call, call->words[index], min, max, ret);
	*ret = missing;
	return true;
}

const char *verb_option(const struct verb_call *call, int from, const char *key)
{
	for (int i = from; i + 1 < call->count; i++)
		if (strcmp(call->words[i], key) == 0)
			return call->words[i + 1];
	return NULL;
}

bool verb_option_number(
	const struct verb_call *call, int from, const char *key, long missing, long min, long max, long *ret)
{
	const char *value = verb_option(call, from, key);

	if (value != NULL)
		return read_number(call, value, min, max, ret);
	*ret = missing;
	return true;
}

bool verb_has(const struct verb_call *call, int from, const char *word)
{
	for (int i = from; i < call->count; i++)
		if (strcmp(call->words[i], word) == 0)
			return true;
	return false;
}

struct person *verb_person(const struct verb_call *call, const char *word)
{
	const char *digits = word + (*word == '+');

	if (is_bsuid(word))
		return person_of(call->sim, word);
	if (strlen(digits) >= 5 && strlen(digits) <= 15 && digits[strspn(digits, "0123456789")] == '\0')
		return person_of(call->sim, digits);
	verb_fail(call, "neither a number nor a user id: '%.60s'", word);
	return NULL;
}

/* ---- words ---- */

static int unescape(char c)
{
	static const char names[] = "nrt\"\\", values[] = "\n\r\t\"\\";
	const char *name = c == '\0' ? NULL : strchr(names, c);

	return name == NULL ? -1 : values[name - names];
}

int verb_words(const char *line, char *buffer, char *words[VERB_WORDS_MAX])
{
	int count = 0;
	char *out = buffer;

	for (line += strspn(line, " \t\r"); *line != '\0'; line += strspn(line, " \t\r")) {
		bool quoted = false;
		if (count == VERB_WORDS_MAX || strlen(line) + (size_t)(out - buffer) + 2 > VERB_LINE_MAX)
			return -1;
		words[count++] = out;
		for (; *line != '\0' && (quoted || strchr(" \t\r", *line) == NULL);) {
			int c = *line++;
			if (c == '"') {
				quoted = !quoted;
				continue;
			}
			if (quoted && c == '\\' && (c = unescape(*line++)) < 0)
				return -1;
			*out++ = (char)c;
		}
		if (quoted)
			return -1;
		*out++ = '\0';
	}
	return count;
}

/* ---- general commands ---- */

static int put_json(const struct verb_call *call, json_t *json)
{
	char *text = must(json_dumps(must(json), JSON_COMPACT | JSON_REAL_PRECISION(9)));

	bytes_printf(call->out, "%s\n", text);
	free(text);
	json_decref(json);
	return 0;
}

static int run_set(const struct verb_call *call)
{
	for (int i = 1; i < call->count; i++)
		if (knobs_set(&call->sim->knobs, call->words[i], call->error, VERB_ERROR_MAX) < 0)
			return -1;
	return 0;
}

static int run_settings(const struct verb_call *call)
{
	return put_json(call, knobs_json(&call->sim->knobs));
}

static int run_limits(const struct verb_call *call)
{
	struct knobs *k = &call->sim->knobs;
	bool real = strcmp(call->words[1], "real") == 0;

	if (!real && strcmp(call->words[1], "off") != 0)
		return verb_fail(call, "real or off, not '%s'", call->words[1]);
	k->rate = real ? 80 : 0;
	k->pair = real ? 6000 : 0;
	k->tier = real ? 250 : 0;
	return 0;
}

static int run_stats(const struct verb_call *call)
{
	return put_json(call, journal_stats(call->sim));
}

/* [since N], also for `webhooks` */
static bool read_since(const struct verb_call *call, long *ret)
{
	return verb_option_number(call, 1, "since", 0, 0, 1000000000, ret);
}

static int run_sent(const struct verb_call *call)
{
	const struct journal *journal = &call->sim->journal;
	long since;

	if (!read_since(call, &since))
		return -1;
	for (size_t i = 0; i < journal->count; i++)
		if (journal->messages[i].number > (unsigned long)since)
			journal_line(&journal->messages[i], call->out);
	return 0;
}

static int run_webhooks(const struct verb_call *call)
{
	long since;

	if (!read_since(call, &since))
		return -1;
	hook_journal(call->sim, (uint32_t)since, call->out);
	return 0;
}

static int run_recipients(const struct verb_call *call)
{
	journal_recipients(call->sim, call->out);
	return 0;
}

static int run_mark(const struct verb_call *call)
{
	journal_mark(&call->sim->journal);
	return 0;
}

static int run_reset(const struct verb_call *call)
{
	struct sim *sim = call->sim;

	if (sim->link != LINK_UP)
		link_set(sim, LINK_UP, true, true);
	timers_forget(&sim->timers, false);
	moments_forget(sim);
	hook_forget(sim);
	journal_clear(&sim->journal);
	journal_mark(&sim->journal);
	people_forget(sim);
	templates_forget(sim);
	media_forget(sim);
	sim->faults = (struct faults){0};
	sim->ladder_count = 0;
	sim->registrations = 0;
	sim->rate_tokens = (double)sim->knobs.rate;
	text_copy(sim->health, sizeof sim->health, "AVAILABLE");
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
	{"set", 2, run_set, "KEY=VALUE…"},
	{"settings", 1, run_settings, ": one line of JSON"},
	{"limits", 2, run_limits, "real|off: 80 a second, one in 6 s to one person (45 at once), 250 people a day"},
	{"stats", 1, run_stats, ": one line of JSON, figures since the mark"},
	{"sent", 1, run_sent, "[since N]: a line of JSON for each accepted message"},
	{"recipients", 1, run_recipients,
		": a line of JSON for each person: messages, and copies of the most repeated one"},
	{"webhooks", 1, run_webhooks, "[since N]: a line of JSON for each of the last 2,000 POSTs"},
	{"mark", 1, run_mark, ": figures start anew"},
	{"reset", 1, run_reset, ": messages, people, templates, media, faults, moments forgotten; settings stay"},
	{"quit", 1, run_quit, ""},
	{"help", 1, run_help, ""},
	{NULL, 0, NULL, NULL},
};

static const struct verb *find(const char *name)
{
	static const struct verb *const tables[] = {verbs, verbs_fault, verbs_world};

	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (const struct verb *v = tables[t]; v->name != NULL; v++)
			if (strcmp(v->name, name) == 0)
				return v;
	return NULL;
}

void verbs_help(FILE *out)
{
	static const struct verb *const tables[] = {verbs, verbs_fault, verbs_world};

	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (const struct verb *v = tables[t]; v->name != NULL; v++) {
			fprintf(out, "  %s%s%s\n", v->name, *v->usage == ':' || *v->usage == '\0' ? "" : " ", v->usage);
			if (strcmp(v->name, "in") == 0)
				inbound_help(out);
		}
	fprintf(out, "  verify [TOKEN]: the GET handshake with the callback\n"
		     "  wait sent|requests|updates N|+N [MS]: until so many ever, or more from now\n"
		     "  wait quiet MS [MS]: until no message has come for so long\n"
		     "  wait idle [MS]: until no webhook waits\n"
		     "  after MS: COMMAND | after-sends N|+N: COMMAND\n");
}

/* ---- moments ---- */

static void run_now(struct sim *sim, const char *line)
{
	char error[VERB_ERROR_MAX];
	struct bytes out = {0};

	if (verb_run(sim, line, &out, error) < 0)
		fprintf(stderr, "graph-sim: %s: %s\n", line, error);
	bytes_free(&out);
}

static void fire_line(struct sim *sim, const struct event *event)
{
	run_now(sim, event->of);
	free(event->of);
}

/* "after MS: COMMAND" and "after-sends N: COMMAND". 1: kept, 0: not such a line, -1: broken. */
static int keep_moment(struct sim *sim, const char *line)
{
	long number;
	int taken = 0;

	if (sscanf(line, "after %ld: %n", &number, &taken) == 1 && taken > 0) {
		timer_add(&sim->timers, number * 1000,
			(struct event){.fire = fire_line, .drop = free, .of = must(strdup(line + taken))});
		return 1;
	}
	if (strncmp(line, "after-sends ", 12) != 0)
		return strncmp(line, "after ", 6) == 0 ? -1 : 0;
	if (sscanf(line + 12, "%ld: %n", &number, &taken) != 1 || taken == 0 || sim->moment_count == RULES_MAX)
		return -1;
	uint64_t from = line[12] == '+' ? sim->journal.accepted : 0;
	sim->moments[sim->moment_count++] =
		(struct moment){.after_sends = from + (uint64_t)number, .line = must(strdup(line + 12 + taken))};
	return 1;
}

void moments_run(struct sim *sim)
{
	for (unsigned i = 0; i < sim->moment_count; i++) {
		if (sim->moments[i].after_sends > sim->journal.accepted)
			continue;
		char *line = sim->moments[i].line;
		sim->moments[i--] = sim->moments[--sim->moment_count];
		run_now(sim, line);
		free(line);
	}
}

void moments_forget(struct sim *sim)
{
	while (sim->moment_count > 0)
		free(sim->moments[--sim->moment_count].line);
}

int verb_run(struct sim *sim, const char *line, struct bytes *out, char error[VERB_ERROR_MAX])
{
	char *words[VERB_WORDS_MAX];
	struct verb_call call = {.sim = sim, .words = words, .out = out, .error = error};
	int kept = keep_moment(sim, line);

	if (kept != 0)
		return kept > 0 ? 0 : verb_fail(&call, "after MS: COMMAND, or after-sends N: COMMAND; or too many");
	char *buffer = must(malloc(VERB_LINE_MAX));
	int result = 0;
	call.count = verb_words(line, buffer, words);
	const struct verb *verb = call.count > 0 ? find(words[0]) : NULL;
	if (call.count < 0)
		result = verb_fail(&call, "a quote or an escape is broken, or the line is too long");
	else if (call.count > 0 && verb == NULL)
		result = verb_fail(&call, "unknown command '%.60s', try help", words[0]);
	else if (verb != NULL && call.count < verb->least)
		result = verb_fail(&call, "usage: %s %.300s", verb->name, verb->usage);
	else if (verb != NULL)
		result = verb->run(&call);
	free(buffer);
	return result;
}
