#include "tests/sim/scenario.h"

#include "tests/sim/base.h"
#include "tests/sim/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum moment { AT_START, AFTER_MS, AFTER_SENDS, AT_PART };

struct entry {
	enum moment moment;
	uint32_t count;	 /* milliseconds, or parts ever */
	uint32_t serial; /* of its timer */
	char *command;	 /* NULL: done */
};

struct scenario {
	struct entry entries[SCENARIO_MAX];
	size_t used;
	uint32_t serial;
};

static void complain(const char *command, const char *error)
{
	fprintf(stderr, "modem-sim: scenario: %s: %s\n", command, error);
}

/* Nobody reads its data lines, and an error must not pass unseen. */
static int run_entry(struct sim *sim, struct modem *self, struct entry *entry)
{
	char error[VERB_ERROR_MAX];
	struct bytes out = {.max = 1 << 20};
	char *command = entry->command;

	entry->command = NULL;
	int result = verb_run(sim, self, command, &out, error);
	if (result < 0)
		complain(command, error);
	bytes_free(&out);
	free(command);
	return result;
}

/* `reset` may have emptied the list meanwhile: entries live in one block that never moves, and a freed command is
 * NULL. */
static void timer_event(struct sim *sim, const struct event *event)
{
	struct entry *entry = &sim->scenario->entries[event->a];

	if (entry->command != NULL && entry->moment == AFTER_MS && entry->serial == event->b)
		run_entry(sim, NULL, entry);
}

static struct scenario *scenario_of(struct sim *sim)
{
	if (sim->scenario == NULL)
		sim->scenario = must(calloc(1, sizeof *sim->scenario));
	return sim->scenario;
}

/* A place for one more: one that is done, or a new one. NULL: full. */
static struct entry *free_entry(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->used; i++)
		if (scenario->entries[i].command == NULL)
			return &scenario->entries[i];
	return scenario->used < SCENARIO_MAX ? &scenario->entries[scenario->used++] : NULL;
}

/* Reads "after-sends 5: " into *entry and returns what follows; `line` itself when it has no moment, NULL when it is
 * broken. */
static const char *read_moment(const struct sim *sim, const char *line, struct entry *entry)
{
	static const struct {
		const char *word;
		enum moment moment;
	} moments[] = {{"after-sends ", AFTER_SENDS}, {"at-part ", AT_PART}, {"after ", AFTER_MS}};

	for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
		size_t length = strlen(moments[i].word);
		char *end;
		if (strncmp(line, moments[i].word, length) != 0)
			continue;
		bool relative = line[length] == '+';
		unsigned long count = strtoul(line + length + relative, &end, 10);
		if (end == line + length + relative || *end != ':' || count > 1000000000)
			return NULL;
		entry->moment = moments[i].moment;
		if (relative && entry->moment == AFTER_SENDS)
			count += sim->journal.accepted;
		else if (relative && entry->moment == AT_PART)
			count += sim->journal.submissions;
		entry->count = (uint32_t)count;
		return end + 1 + strspn(end + 1, " \t");
	}
	return line;
}

static void arm(struct sim *sim, struct entry *entry)
{
	struct scenario *scenario = sim->scenario;

	entry->serial = ++scenario->serial;
	struct event event = {.fire = timer_event, .a = (uint32_t)(entry - scenario->entries), .b = entry->serial};
	timer_add(sim, (int64_t)entry->count * 1000, event);
}

static int add(struct sim *sim, const char *line, bool armed)
{
	struct entry fresh = {.moment = AT_START};
	const char *command = read_moment(sim, line, &fresh);

	if (command == NULL)
		return -1;
	struct entry *entry = free_entry(scenario_of(sim));
	if (entry == NULL)
		return -1;
	*entry = fresh;
	entry->command = must(strdup(command));
	if (armed && entry->moment == AFTER_MS)
		arm(sim, entry);
	return 0;
}

bool scenario_is_timed(const char *line)
{
	return strncmp(line, "after ", 6) == 0 || strncmp(line, "after-sends ", 12) == 0 ||
	       strncmp(line, "at-part ", 8) == 0;
}

int scenario_add(struct sim *sim, const char *line)
{
	return add(sim, line, true);
}

int scenario_read(struct sim *sim, const char *path, char *error, size_t size)
{
	char line[VERB_LINE_MAX];
	unsigned number = 0;
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		snprintf(error, size, "%s: %s", path, strerror(errno));
		return -1;
	}
	while (fgets(line, sizeof line, file) != NULL) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		const char *start = line + strspn(line, " \t");
		if (*start == '\0' || *start == '#')
			continue;
		if (add(sim, start, false) < 0) {
			snprintf(error, size, "%s:%u: no moment a scenario knows, or too many lines", path, number);
			fclose(file);
			return -1;
		}
	}
	fclose(file);
	return 0;
}

int scenario_start(struct sim *sim)
{
	struct scenario *scenario = sim->scenario;

	for (size_t i = 0; scenario != NULL && i < scenario->used; i++) {
		struct entry *entry = &scenario->entries[i];
		if (entry->command == NULL)
			continue;
		if (entry->moment == AFTER_MS)
			arm(sim, entry);
		else if (entry->moment == AT_START && run_entry(sim, NULL, entry) < 0)
			return -1;
	}
	return 0;
}

static void run_counted(struct modem *m, enum moment moment, uint32_t count)
{
	struct scenario *scenario = m->sim->scenario;

	for (size_t i = 0; scenario != NULL && i < scenario->used; i++) {
		struct entry *entry = &scenario->entries[i];
		if (entry->command != NULL && entry->moment == moment && entry->count <= count)
			run_entry(m->sim, m, entry);
	}
}

void scenario_at_part(struct modem *m)
{
	run_counted(m, AT_PART, m->sim->journal.submissions);
}

void scenario_after_sends(struct modem *m)
{
	run_counted(m, AFTER_SENDS, m->sim->journal.accepted);
}

void scenario_clear(struct sim *sim)
{
	struct scenario *scenario = sim->scenario;

	for (size_t i = 0; scenario != NULL && i < scenario->used; i++) {
		free(scenario->entries[i].command);
		scenario->entries[i].command = NULL;
	}
}

void scenario_free(struct sim *sim)
{
	scenario_clear(sim);
	free(sim->scenario);
	sim->scenario = NULL;
}
