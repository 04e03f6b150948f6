#include "tests/graph-sim/journal.h"

#include "tests/graph-sim/people.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int journal_init(struct journal *journal, const char *log_path)
{
	journal->log_fd = -1;
	journal->mark_us = mono_us();
	if (log_path == NULL)
		return 0;
	journal->log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	return journal->log_fd < 0 ? -1 : 0;
}

void journal_clear(struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++) {
		free(journal->messages[i].about);
		free(journal->messages[i].opaque);
	}
	journal->count = 0;
}

void journal_finish(struct journal *journal)
{
	journal_clear(journal);
	if (journal->log_fd >= 0)
		close(journal->log_fd);
	free(journal->messages);
}

const char *status_name(enum status status)
{
	switch (status) {
	case STATUS_ACCEPTED: return "accepted";
	case STATUS_SENT: return "sent";
	case STATUS_DELIVERED: return "delivered";
	case STATUS_READ: return "read";
	case STATUS_FAILED: return "failed";
	case STATUSES: break;
	}
	return "?";
}

static void put_json_text(struct bytes *out, const char *text)
{
	json_t *string = json_string(text);
	char *dumped = must(json_dumps(must(string), JSON_ENCODE_ANY | JSON_COMPACT));

	bytes_text(out, dumped);
	free(dumped);
	json_decref(string);
}

void journal_line(const struct message *m, struct bytes *out)
{
	bytes_printf(out, "{\"n\":%u,\"to\":\"%s%s\",\"user_id\":\"%s\",\"by_bsuid\":%s,%s,\"opaque\":", m->number,
		m->person->phone[0] != '\0' ? "+" : "", m->person->phone, m->person->bsuid,
		m->by_bsuid ? "true" : "false", m->about);
	if (m->opaque == NULL)
		bytes_text(out, "null");
	else
		put_json_text(out, m->opaque);
	bytes_printf(out, ",\"id\":\"%s\",\"status\":\"%s\",\"held\":%s,\"answered\":%s,\"ms\":%lld,\"us\":%lld}\n",
		m->id, status_name(m->status), m->held ? "true" : "false", m->answered ? "true" : "false",
		(long long)(m->us / 1000), (long long)m->us);
}

/* One write, so that what a killed program leaves behind is whole lines. */
static void log_message(const struct journal *journal, const struct message *message)
{
	struct bytes line = {0};

	journal_line(message, &line);
	if (write(journal->log_fd, line.at, line.used) != (ssize_t)line.used) {
		fprintf(stderr, "graph-sim: log: %s\n", strerror(errno));
		exit(EXIT_FAILURE);
	}
	bytes_free(&line);
}

static void count_second(struct figures *f, int64_t us)
{
	if (f->second != us / 1000000) {
		f->second = us / 1000000;
		f->this_second = 0;
	}
	f->this_second++;
	if (f->this_second > f->peak_second)
		f->peak_second = f->this_second;
	if (f->first_us == 0)
		f->first_us = us;
	f->last_us = us;
}

struct message *journal_add(struct sim *sim, const struct message *message)
{
	struct journal *journal = &sim->journal;
	struct timespec now;

	if (journal->count == journal->size) {
		journal->size = journal->size == 0 ? 1024 : journal->size * 2;
		journal->messages = must(realloc(journal->messages, journal->size * sizeof *journal->messages));
	}
	struct message *kept = &journal->messages[journal->count++];
	*kept = *message;
	clock_gettime(CLOCK_REALTIME, &now);
	kept->us = mono_us();
	kept->wall_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	kept->number = (uint32_t)++journal->accepted;
	wamid_write(kept->id, kept->person, false, kept->number);
	journal->last_us = kept->us;
	journal->figures.messages++;
	count_second(&journal->figures, kept->us);
	if (journal->log_fd >= 0)
		log_message(journal, kept);
	return kept;
}

struct message *journal_message(struct journal *journal, uint32_t number)
{
	uint64_t first = journal->accepted - journal->count + 1;

	return number < first || number > journal->accepted ? NULL : &journal->messages[number - first];
}

void journal_refused(struct journal *journal, int code)
{
	struct figures *f = &journal->figures;

	f->refused++;
	for (unsigned i = 0; i < CODES_MAX; i++)
		if (f->codes[i].code == code || f->codes[i].count == 0) {
			f->codes[i].code = code;
			f->codes[i].count++;
			return;
		}
}

void journal_mark(struct journal *journal)
{
	journal->figures = (struct figures){0};
	journal->mark_us = mono_us();
}

/* ---- per recipient ---- */

static int compare_messages(const void *a, const void *b)
{
	const struct message *left = *(struct message *const *)a, *right = *(struct message *const *)b;

	if (left->person != right->person)
		return left->person->number < right->person->number ? -1 : 1;
	return left->content < right->content ? -1 : left->content > right->content;
}

/* The kept messages by person and content; the caller frees it. */
static struct message **sorted(const struct journal *journal)
{
	struct message **rows = must(calloc(journal->count + 1, sizeof *rows));

	for (size_t i = 0; i < journal->count; i++)
		rows[i] = &journal->messages[i];
	qsort(rows, journal->count, sizeof *rows, compare_messages);
	return rows;
}

struct recipient {
	const struct person *person;
	unsigned messages, copies, delivered, failed;
};

static bool next_recipient(struct message *const *rows, size_t count, size_t *at, struct recipient *ret)
{
	unsigned run = 0;
	size_t i = *at;

	if (i == count)
		return false;
	*ret = (struct recipient){.person = rows[i]->person};
	for (; i < count && rows[i]->person == ret->person; i++) {
		run = i > *at && rows[i]->content == rows[i - 1]->content ? run + 1 : 1;
		if (run > ret->copies)
			ret->copies = run;
		ret->messages++;
		ret->delivered += rows[i]->status == STATUS_DELIVERED || rows[i]->status == STATUS_READ;
		ret->failed += rows[i]->status == STATUS_FAILED;
	}
	*at = i;
	return true;
}

void journal_recipients(const struct sim *sim, struct bytes *out)
{
	struct message **rows = sorted(&sim->journal);
	size_t at = 0;

	for (struct recipient r; next_recipient(rows, sim->journal.count, &at, &r);)
		bytes_printf(out,
			"{\"to\":\"%s%s\",\"user_id\":\"%s\",\"messages\":%u,\"copies\":%u,\"delivered\":%u,\"failed\":"
			"%u}\n",
			r.person->phone[0] != '\0' ? "+" : "", r.person->phone, r.person->bsuid, r.messages, r.copies,
			r.delivered, r.failed);
	free(rows);
}

/* ---- figures ---- */

static void set(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

static json_t *webhook_stats(const struct figures *f)
{
	json_t *object = json_object();

	set(object, "posts", f->posts);
	set(object, "ok", f->posts_ok);
	set(object, "failed", f->posts_failed);
	set(object, "updates", f->updates);
	set(object, "updates_ok", f->updates_ok);
	set(object, "updates_lost", f->updates_lost);
	set(object, "duplicates", f->duplicates);
	set(object, "reordered", f->reordered);
	set(object, "largest_batch", f->largest_batch);
	return object;
}

static void set_recipients(const struct sim *sim, json_t *object)
{
	struct message **rows = sorted(&sim->journal);
	uint64_t recipients = 0, repeated = 0;
	size_t at = 0;

	for (struct recipient r; next_recipient(rows, sim->journal.count, &at, &r); recipients++)
		repeated += r.copies > 1;
	free(rows);
	set(object, "recipients", recipients);
	set(object, "repeated", repeated);
}

json_t *journal_stats(const struct sim *sim)
{
	static const char *const links[] = {"up", "refuse", "blackhole", "reset"};
	const struct figures *f = &sim->journal.figures;
	json_t *object = json_object(), *codes = json_object(), *statuses = json_object();
	char code[16];

	for (unsigned i = 0; i < CODES_MAX && f->codes[i].count > 0; i++) {
		snprintf(code, sizeof code, "%d", f->codes[i].code);
		set(codes, code, f->codes[i].count);
	}
	for (enum status status = STATUS_SENT; status < STATUSES; status++)
		set(statuses, status_name(status), f->statuses[status]);
	set(object, "accepted_ever", sim->journal.accepted);
	set(object, "kept", sim->journal.count);
	set(object, "requests", f->requests);
	set(object, "messages", f->messages);
	set(object, "refused", f->refused);
	json_object_set_new(object, "codes", codes);
	json_object_set_new(object, "statuses", statuses);
	set(object, "inbound", f->inbound);
	set(object, "answers_lost", f->answers_lost);
	set(object, "hung_up", f->hung_up);
	set(object, "unanswered", f->unanswered);
	set(object, "redirected", f->redirected);
	set(object, "tokens_leaked", f->leaked);
	set(object, "connections", f->connections);
	set(object, "connections_cut", f->connections_cut);
	set(object, "media_up", f->media_up);
	set(object, "media_down", f->media_down);
	set(object, "people_today", sim->people.counted);
	json_object_set_new(object, "webhooks", webhook_stats(f));
	json_object_set_new(object, "link", json_string(links[sim->link]));
	set(object, "first_us", (uint64_t)f->first_us);
	set(object, "last_us", (uint64_t)f->last_us);
	set(object, "mark_us", (uint64_t)sim->journal.mark_us);
	set(object, "peak_second", f->peak_second);
	double seconds = (double)(f->last_us - f->first_us) / 1e6;
	json_object_set_new(object, "per_second", json_real(seconds > 0 ? (double)(f->messages - 1) / seconds : 0.0));
	set_recipients(sim, object);
	return object;
}
