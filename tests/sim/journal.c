#include "tests/sim/journal.h"

#include "tests/sim/base.h"
#include "tests/sim/sim_alphabet.h"
#include "tests/sim/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 4096 };

int journal_init(struct journal *journal, const char *log_path)
{
	journal->log_fd = -1;
	journal->mark_us = mono_us();
	if (log_path == NULL)
		return 0;
	journal->log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	return journal->log_fd < 0 ? -1 : 0;
}

void journal_finish(struct journal *journal)
{
	if (journal->log_fd >= 0)
		close(journal->log_fd);
	free(journal->parts);
	*journal = (struct journal){.log_fd = -1};
}

/* Room for one more; at the limit the older half goes. */
static void make_room(struct journal *journal)
{
	if (journal->count < journal->size)
		return;
	if (journal->size == JOURNAL_MAX) {
		journal->count -= JOURNAL_MAX / 2;
		memmove(journal->parts, journal->parts + JOURNAL_MAX / 2, journal->count * sizeof *journal->parts);
		return;
	}
	journal->size = journal->size == 0 ? 256 : journal->size * 2;
	if (journal->size > JOURNAL_MAX)
		journal->size = JOURNAL_MAX;
	journal->parts = must(realloc(journal->parts, journal->size * sizeof *journal->parts));
}

/* One write, so that what a killed program leaves behind is whole lines. */
static void log_part(const struct sim *sim, const struct part *part)
{
	char line[LOG_LINE_MAX];
	size_t length = journal_line(sim, part, line, sizeof line - 1);

	line[length++] = '\n';
	if (write(sim->journal.log_fd, line, length) != (ssize_t)length) {
		fprintf(stderr, "modem-sim: log: %s\n", strerror(errno));
		exit(EXIT_FAILURE);
	}
}

uint32_t journal_add(struct modem *m, const struct flight *flight, uint8_t reference)
{
	struct journal *journal = &m->sim->journal;

	make_room(journal);
	struct part *part = &journal->parts[journal->count++];
	*part = (struct part){
		.us = mono_us(),
		.number = ++journal->accepted,
		.modem = (uint8_t)m->index,
		.reference = reference,
		.length = (uint8_t)flight->length,
		.answered = flight->answered,
		.accepted = time(NULL),
	};
	memcpy(part->tpdu, flight->tpdu, flight->length);
	journal->last_us = part->us;
	if (journal->log_fd >= 0)
		log_part(m->sim, part);
	return part->number;
}

uint32_t journal_first(const struct journal *journal)
{
	return journal->accepted - (uint32_t)journal->count + 1;
}

const struct part *journal_part(const struct journal *journal, uint32_t number)
{
	uint32_t first = journal_first(journal);

	if (number < first || number > journal->accepted)
		return NULL;
	return &journal->parts[number - first];
}

size_t journal_line(const struct sim *sim, const struct part *part, char *line, size_t size)
{
	struct sim_submit submit = {0};
	char hex[SIM_HEX_MAX];

	sim_submit_read(part->tpdu, part->length, &submit);
	sim_hex_write(part->tpdu, part->length, hex);
	json_t *concat = submit.parts == 0 ? json_null()
					   : json_pack("{s:i,s:i,s:i}", "ref", (int)submit.reference, "parts",
						     (int)submit.parts, "part", (int)submit.part);
	json_t *object = json_pack("{s:i,s:s,s:s,s:s,s:o,s:i,s:b,s:b,s:I,s:I,s:s}", "n", (int)part->number, "modem",
		sim->modems[part->modem]->name, "to", submit.to, "text", submit.text, "concat", concat, "mr",
		(int)part->reference, "report", (int)submit.wants_report, "answered", (int)part->answered, "ms",
		(json_int_t)(part->us / 1000), "us", (json_int_t)part->us, "pdu", hex);
	size_t length = json_dumpb(must(object), line, size, JSON_COMPACT);
	json_decref(object);
	return length > size ? 0 : length;
}

/* ---- per recipient ---- */

struct copy {
	char to[SIM_NUMBER_MAX];
	uint8_t hash[8];
};

static int compare_copies(const void *a, const void *b)
{
	const struct copy *left = a, *right = b;
	int order = strcmp(left->to, right->to);

	return order != 0 ? order : memcmp(left->hash, right->hash, sizeof left->hash);
}

/* The kept parts sorted by recipient and content; `modem` < 0: of all. The caller frees it. */
static struct copy *sorted_copies(const struct sim *sim, int modem, size_t *ret_count)
{
	const struct journal *journal = &sim->journal;
	struct copy *copies = must(calloc(journal->count + 1, sizeof *copies));
	size_t count = 0;

	for (size_t i = 0; i < journal->count; i++) {
		struct sim_submit submit;
		const struct part *part = &journal->parts[i];
		if ((modem >= 0 && part->modem != modem) || sim_submit_read(part->tpdu, part->length, &submit) != 0)
			continue;
		memcpy(copies[count].to, submit.to, sizeof submit.to);
		memcpy(copies[count++].hash, submit.body_hash, sizeof submit.body_hash);
	}
	qsort(copies, count, sizeof *copies, compare_copies);
	*ret_count = count;
	return copies;
}

struct recipient {
	const char *to;
	unsigned parts, copies;
};

/* The next recipient of a sorted list at *at, which moves on. */
static bool next_recipient(const struct copy *copies, size_t count, size_t *at, struct recipient *ret)
{
	if (*at == count)
		return false;
	*ret = (struct recipient){.to = copies[*at].to};
	unsigned run = 0;
	for (size_t i = *at; i < count && strcmp(copies[i].to, ret->to) == 0; i++) {
		bool same = i > *at && memcmp(copies[i].hash, copies[i - 1].hash, sizeof copies[i].hash) == 0;
		run = same ? run + 1 : 1;
		if (run > ret->copies)
			ret->copies = run;
		ret->parts++;
	}
	*at += ret->parts;
	return true;
}

void journal_recipients(const struct sim *sim, struct bytes *out)
{
	size_t count, at = 0;
	struct copy *copies = sorted_copies(sim, -1, &count);

	for (struct recipient r; next_recipient(copies, count, &at, &r);) {
		char line[128];
		json_t *object =
			must(json_pack("{s:s,s:i,s:i}", "to", r.to, "parts", (int)r.parts, "copies", (int)r.copies));
		size_t length = json_dumpb(object, line, sizeof line - 1, JSON_COMPACT);
		json_decref(object);
		line[length++] = '\n';
		bytes_put(out, line, length);
	}
	free(copies);
}

/* {"recipients": how many, "repeated": with a part sent more than once, "per_recipient": {"parts": recipients}}. */
static json_t *recipients_stats(const struct sim *sim, int modem)
{
	size_t count, at = 0;
	struct copy *copies = sorted_copies(sim, modem, &count);
	json_t *histogram = json_object();
	int recipients = 0, repeated = 0;

	for (struct recipient r; next_recipient(copies, count, &at, &r); recipients++) {
		char key[16];
		snprintf(key, sizeof key, "%u", r.parts);
		json_object_set_new(
			histogram, key, json_integer(json_integer_value(json_object_get(histogram, key)) + 1));
		repeated += r.copies > 1;
	}
	free(copies);
	return must(
		json_pack("{s:i,s:i,s:o}", "recipients", recipients, "repeated", repeated, "per_recipient", histogram));
}

/* ---- figures ---- */

static void set(json_t *object, const char *key, int64_t value)
{
	json_object_set_new(object, key, json_integer(value));
}

static void set_ms(json_t *object, const char *key, int64_t us)
{
	json_object_set_new(object, key, json_real((double)us / 1000.0));
}

static void set_counters(json_t *object, const struct modem *m)
{
	const struct figures *f = &m->figures;
	const struct {
		const char *key;
		uint64_t value;
	} counters[] = {{"submissions", f->submissions}, {"accepted", f->accepted}, {"refused", f->refused},
		{"prompts", f->prompts}, {"aborted", f->aborted}, {"commands", f->commands},
		{"octets_lost", f->octets_lost}, {"octets_early", f->octets_early}, {"octets_dropped", m->out.dropped},
		{"reports", f->reports}, {"reports_lost", f->reports_lost}, {"incoming", f->incoming},
		{"calls", f->calls}, {"calls_rejected", f->calls_rejected}, {"calls_answered", f->calls_answered},
		{"calls_missed", f->calls_missed}, {"backlog", m->backlog_count}};

	for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
		set(object, counters[i].key, (int64_t)counters[i].value);
}

static json_t *modem_stats(const struct modem *m)
{
	const struct figures *f = &m->figures;
	int64_t window_us =
		f->last_result_us > f->first_cmgs_us && f->first_cmgs_us > 0 ? f->last_result_us - f->first_cmgs_us : 0;
	json_t *object = must(json_pack("{s:s,s:s,s:b,s:b,s:i}", "name", m->name, "tty", m->tty, "plugged", m->fd >= 0,
		"hung", (int)m->faults.hung, "registration", m->registration));

	set_counters(object, m);
	set_ms(object, "network_ms", f->network_us);
	set_ms(object, "busy_ms", f->busy_us);
	set_ms(object, "window_ms", window_us);
	json_object_set_new(
		object, "utilisation", json_real(window_us > 0 ? (double)f->network_us / (double)window_us : 0.0));
	set_ms(object, "gap_min_ms", f->gap_min_us);
	set_ms(object, "gap_max_ms", f->gap_max_us);
	set_ms(object, "gap_mean_ms", f->gaps > 0 ? f->gap_sum_us / (int64_t)f->gaps : 0);
	set(object, "first_cmgs_us", f->first_cmgs_us);
	set_ms(object, "first_cmgs_ms", f->first_cmgs_us > 0 ? f->first_cmgs_us - m->sim->journal.mark_us : -1000);
	for (unsigned i = 0; i < MEMORIES; i++) {
		json_t *pair = json_pack("[i,i]", memory_used(m, (enum memory)i), memory_size(m, (enum memory)i));
		json_object_set_new(object, memory_name((enum memory)i), pair);
	}
	json_object_update_new(object, recipients_stats(m->sim, (int)m->index));
	return object;
}

json_t *journal_stats(const struct sim *sim)
{
	json_t *modems = json_array();
	int64_t first_us = 0;

	for (unsigned i = 0; i < sim->modem_count; i++) {
		int64_t us = sim->modems[i]->figures.first_cmgs_us;
		if (us > 0 && (first_us == 0 || us < first_us))
			first_us = us;
		json_array_append_new(modems, modem_stats(sim->modems[i]));
	}
	json_t *object = must(json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "accepted_ever", (json_int_t)sim->journal.accepted,
		"submissions_ever", (json_int_t)sim->journal.submissions, "reports_ever",
		(json_int_t)sim->journal.reports, "kept", (json_int_t)sim->journal.count, "now_us",
		(json_int_t)mono_us(), "mark_us", (json_int_t)sim->journal.mark_us));
	set(object, "first_cmgs_us", first_us);
	set_ms(object, "first_cmgs_ms", first_us > 0 ? first_us - sim->journal.mark_us : -1000);
	json_object_update_new(object, recipients_stats(sim, -1));
	json_object_set_new(object, "modems", modems);
	return object;
}

void journal_mark(struct sim *sim)
{
	sim->journal.mark_us = mono_us();
	for (unsigned i = 0; i < sim->modem_count; i++) {
		sim->modems[i]->figures = (struct figures){0};
		sim->modems[i]->result_us = 0; /* no gap reaches over the mark */
	}
}

void journal_clear(struct journal *journal)
{
	journal->count = 0;
}
