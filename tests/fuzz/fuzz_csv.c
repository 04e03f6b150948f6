/* The CSV reader and the subscriber import from any octets: bounds hold, every broken line has a reason, what was read
 * is written and reads back the same, and an import that only looks changes nothing. */
#include "db/db.h"
#include "firmware-host/csv.h"
#include "firmware-host/subscriber_csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static char *record_write(const struct csv *csv, size_t *ret_length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_length);

	require(out != NULL);
	csv_write(out, "a,b;c", true); /* a first line with ',', so that ',' is what separates */
	csv_write_end(out);
	for (int i = 0; i < csv->count; i++)
		csv_write(out, csv->fields[i], i == 0);
	csv_write(out, "end", false);
	csv_write_end(out);
	require(fclose(out) == 0);
	return text;
}

static void record_round_trip(const struct csv *csv)
{
	static struct csv again;
	size_t length;
	char *text = record_write(csv, &length);

	csv_open(&again, text, length);
	again.separator = ',';
	require(csv_read(&again) == 1);
	int got = csv_read(&again);
	/* The guards and one field more may pass the bounds. */
	bool bounded = csv->count == CSV_FIELDS_MAX || csv->used + (size_t)csv->count + 8 >= CSV_RECORD_MAX;
	require(got == 1 || (bounded && got == -1));
	for (int i = 0; got == 1 && i < csv->count; i++)
		require(strcmp(csv_unguard(again.fields[i]), csv->fields[i]) == 0);
	free(text);
}

static void bad_hear(void *context, int line, const char *why)
{
	int64_t *bad = context;

	require(line >= 1 && why && why[0] && strlen(why) < 160);
	++*bad;
}

/* Its files are gone from the folder at once; the open descriptors keep them. */
static struct db *scratch(void)
{
	static struct db *db;
	char folder[] = "/tmp/banditore-fuzz-csv-XXXXXX", path[64];
	static const char *const names[] = {"a.db", "a.db-wal", "a.db-shm"};
	struct err err;

	if (db)
		return db;
	require(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/%s", folder, names[0]);
	require(db_open(path, true, &db, &err) == 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	require(rmdir(folder) == 0);
	return db;
}

static void import_look(const uint8_t *data, size_t size)
{
	static const struct settings settings = {
		.comune = {.country = "39"},
		.zones = {{"centro", "Città", "piazza,borgo"}},
		.zone_count = 1,
		.topics = {{"scuole", "Scuole", ""}, {"viabilita", "Viabilità", ""}},
		.topic_count = 2,
	};
	int64_t bad = 0;
	struct subscriber_csv_import import = {.dry_run = true,
		.now = 1795000000000,
		.clock = "none",
		.who = "fuzz",
		.bad = bad_hear,
		.context = &bad};
	struct subscriber_csv_counts counts;
	struct err err = {0};

	import.skip_bad = size % 2;
	int result = subscriber_csv_import(scratch(), &settings, (const char *)data, size, &import, &counts, &err);
	require(counts.bad == bad && counts.bad <= counts.lines);
	if (result < 0)
		require(err.status == EX_DATAERR && err.text[0]);
	else
		require(counts.added + counts.bad == counts.lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct csv csv;
	int got, line = 0;

	csv_open(&csv, (const char *)data, size);
	while ((got = csv_read(&csv)) != 0) {
		require(csv.line > line);
		line = csv.line;
		if (got < 0) {
			require(csv.why && csv.why[0]);
			continue;
		}
		require(csv.count >= 1 && csv.count <= CSV_FIELDS_MAX && csv.used <= CSV_RECORD_MAX);
		record_round_trip(&csv);
	}
	import_look(data, size);
	return 0;
}
