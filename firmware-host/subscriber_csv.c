#include "firmware-host/subscriber_csv.h"

#include "config/clock.h"
#include "db/audit.h"
#include "db/subscriber.h"
#include "firmware-host/csv.h"
#include "firmware-host/named.h"
#include "firmware-host/when.h"
#include "modem/phone.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DAY_MS = 86400000, WHY_MAX = 160 };

enum column { PHONE, NAME, CHANNEL, ZONE, TOPICS, LANGUAGE, CONSENT_AT, CONSENT_NOTE, COLUMNS };

static const struct {
	const char *name, *italian;
} columns[COLUMNS] = {
	[PHONE] = {"phone", "telefono"},
	[NAME] = {"name", "nome"},
	[CHANNEL] = {"channel", "canale"},
	[ZONE] = {"zone", "zona"},
	[TOPICS] = {"topics", "argomenti"},
	[LANGUAGE] = {"language", "lingua"},
	[CONSENT_AT] = {"consent_at", "consenso_del"},
	[CONSENT_NOTE] = {"consent_note", "consenso_nota"},
};

/* One line, checked. */
struct row {
	struct subscriber fields;
	bool channel_given; /* "auto" was written, not left out */
	char consent_at[40], consent_note[512];
};

/* The numbers seen so far, by open addressing: an E.164 number fits 50 bits. */
struct numbers {
	struct {
		uint64_t number; /* 0: free */
		int line;
	} * slots;
	size_t room, used; /* room is a power of two */
};

struct reading {
	const struct settings *settings;
	const struct subscriber_csv_import *import;
	struct csv csv;
	const char *octets;
	int64_t length, told; /* of the file; progress told so far, both passes together */
	int places[COLUMNS];  /* index of each column in a record; -1: not there */
	int header_count;
	struct numbers numbers;
	uint8_t *good; /* by record; the first pass's verdicts, for the second */
	size_t records, room;
	char why[WHY_MAX];
};

/* ---- header ------------------------------------------------------------------------------------------------------ */

static const char *trim(const char *field, char *out, size_t size)
{
	field = csv_unguard(field);
	field += strspn(field, " \t");
	size_t length = strlen(field);
	while (length > 0 && strchr(" \t", field[length - 1]))
		length--;
	snprintf(out, size, "%.*s", (int)(length < size ? length : size - 1), field);
	return out;
}

static int header_read(struct reading *reading, struct err *err)
{
	struct csv *csv = &reading->csv;
	char word[64];

	for (int i = 0; i < COLUMNS; i++)
		reading->places[i] = -1;
	int got = csv_read(csv);
	if (got < 0)
		return err_set(err, EX_DATAERR, "line %d: the header: %s", csv->line, csv->why);
	if (got == 0)
		return err_set(
			err, EX_DATAERR, "the file is empty; its first line must name the columns: phone, name…");
	reading->header_count = csv->count;
	for (int i = 0; i < csv->count; i++) {
		int found = 0;
		trim(csv->fields[i], word, sizeof word);
		if (!word[0])
			continue;
		while (found < COLUMNS && strcasecmp(word, columns[found].name) != 0 &&
			strcasecmp(word, columns[found].italian) != 0)
			found++;
		if (found == COLUMNS)
			return err_set(err, EX_DATAERR,
				"line %d: unknown column \"%s\"; take it out, or name it one of: phone, name, channel, "
				"zone, topics,"
				" language, consent_at, consent_note",
				csv->line, word);
		if (reading->places[found] >= 0)
			return err_set(err, EX_DATAERR, "line %d: the column \"%s\" is there twice", csv->line, word);
		reading->places[found] = i;
	}
	if (reading->places[PHONE] < 0)
		return err_set(err, EX_DATAERR,
			"line %d: no column is named \"phone\"; the first line must name the columns", csv->line);
	return 0;
}

/* ---- one line ---------------------------------------------------------------------------------------------------- */

/* The cell without spaces around; NULL with a reason when it does not fit or holds a control character. */
static const char *cell_take(struct reading *reading, enum column column, char *out, size_t size)
{
	int place = reading->places[column];
	const char *field = place >= 0 && place < reading->csv.count ? reading->csv.fields[place] : "";

	if (strlen(csv_unguard(field)) >= size) {
		snprintf(reading->why, WHY_MAX, "%s is too long: %zu octets at most", columns[column].name, size - 1);
		return NULL;
	}
	trim(field, out, size);
	for (const char *at = out; *at; at++) {
		if ((unsigned char)*at >= ' ' && *at != 0x7F)
			continue;
		if (column == CONSENT_NOTE && strchr("\n\r\t", *at)) /* the words of an SMS may have lines */
			continue;
		snprintf(reading->why, WHY_MAX, "%s holds a line break or control character", columns[column].name);
		return NULL;
	}
	return out;
}

/* RFC 3339, a date, or a date as Italian spreadsheets write it: 31/12/2026. */
static const char *consent_at_check(const char *text, int64_t now)
{
	int day, month, year, used = 0;
	char iso[32];
	int64_t at;

	if (sscanf(text, "%2d/%2d/%4d%n", &day, &month, &year, &used) == 3 && text[used] == '\0') {
		if (day < 1 || day > 31 || month < 1 || month > 12 || year < 1000)
			return "no such day";
		snprintf(iso, sizeof iso, "%04d-%02d-%02d", year, month, day);
		text = iso;
	}
	if (!strchr(text, '-'))
		return "not a date";
	const char *why = when_read(text, now, &at);
	if (why)
		return why;
	return at > now + DAY_MS ? "in the future" : NULL;
}

static bool language_read(char language[8])
{
	size_t length = strlen(language);

	for (size_t i = 0; i < length; i++) {
		if (language[i] >= 'A' && language[i] <= 'Z')
			language[i] = (char)(language[i] + 'a' - 'A');
		if (language[i] < 'a' || language[i] > 'z')
			return false;
	}
	return length == 0 || length == 2 || length == 3;
}

static const char *phone_take(struct reading *reading, struct row *row)
{
	char text[64], phone[PHONE_MAX];

	if (!cell_take(reading, PHONE, text, sizeof text))
		return reading->why;
	if (!text[0])
		return "phone is missing";
	const char *why = phone_read(text, reading->settings->comune.country, phone);
	if (why) {
		snprintf(reading->why, WHY_MAX, "phone \"%s\": %s", text, why);
		return reading->why;
	}
	memcpy(row->fields.phone, phone, sizeof phone);
	return NULL;
}

static const char *places_take(struct reading *reading, struct row *row)
{
	const struct settings *settings = reading->settings;
	char text[1024];

	if (!cell_take(reading, ZONE, text, SETTINGS_STRING_MAX))
		return reading->why;
	const struct settings_named *named = text[0] ? named_find(settings->zones, settings->zone_count, text) : NULL;
	const char *zone = named ? named->id : text[0] ? NULL : "";
	if (!zone) {
		snprintf(reading->why, WHY_MAX, "unknown zone \"%.60s\"", text);
		return reading->why;
	}
	snprintf(row->fields.zone, sizeof row->fields.zone, "%s", zone);
	if (!cell_take(reading, TOPICS, text, sizeof text))
		return reading->why;
	return subscriber_csv_topics(settings, text, row->fields.topics, sizeof row->fields.topics, reading->why);
}

static const char *row_take(struct reading *reading, struct row *row)
{
	char channel[32];
	int number;

	memset(row, 0, sizeof *row);
	if (reading->csv.count > reading->header_count)
		return "more fields than the header has";
	const char *why = phone_take(reading, row);
	if (why)
		return why;
	if (!cell_take(reading, NAME, row->fields.name, sizeof row->fields.name) ||
		!cell_take(reading, CHANNEL, channel, sizeof channel) ||
		!cell_take(reading, LANGUAGE, row->fields.language, sizeof row->fields.language) ||
		!cell_take(reading, CONSENT_AT, row->consent_at, sizeof row->consent_at) ||
		!cell_take(reading, CONSENT_NOTE, row->consent_note, sizeof row->consent_note))
		return reading->why;
	if (!subscriber_csv_channel(channel, &number)) {
		snprintf(reading->why, WHY_MAX, "unknown channel \"%s\"; it is whatsapp, sms or auto", channel);
		return reading->why;
	}
	row->fields.channel = (enum subscriber_channel)number;
	row->channel_given = channel[0] != '\0';
	if (!language_read(row->fields.language))
		return "language is not a code such as it or de";
	why = row->consent_at[0] ? consent_at_check(row->consent_at, reading->import->now) : NULL;
	if (why) {
		snprintf(reading->why, WHY_MAX, "consent_at \"%s\": %s", row->consent_at, why);
		return reading->why;
	}
	return places_take(reading, row);
}

/* ---- first pass: every line is looked at ------------------------------------------------------------------------- */

static uint64_t *numbers_slot(struct numbers *numbers, uint64_t number, int **ret_line)
{
	size_t slot = (size_t)(number * 0x9E3779B97F4A7C15u >> 20) & (numbers->room - 1);

	while (numbers->slots[slot].number != 0 && numbers->slots[slot].number != number)
		slot = (slot + 1) & (numbers->room - 1);
	*ret_line = &numbers->slots[slot].line;
	return &numbers->slots[slot].number;
}

static bool numbers_grow(struct numbers *numbers)
{
	struct numbers grown = {.room = numbers->room ? numbers->room * 2 : 1024};
	int *line;

	grown.slots = calloc(grown.room, sizeof *grown.slots);
	if (!grown.slots)
		return false;
	for (size_t i = 0; i < numbers->room; i++) {
		if (numbers->slots[i].number == 0)
			continue;
		*numbers_slot(&grown, numbers->slots[i].number, &line) = numbers->slots[i].number;
		*line = numbers->slots[i].line;
		grown.used++;
	}
	free(numbers->slots);
	*numbers = grown;
	return true;
}

/* The line this number was on before, 0 if on none, -1 without memory. */
static int numbers_add(struct numbers *numbers, const char *phone, int line)
{
	int *known;

	if (numbers->used * 2 >= numbers->room && !numbers_grow(numbers))
		return -1;
	uint64_t number = strtoull(phone + 1, NULL, 10);
	uint64_t *slot = numbers_slot(numbers, number, &known);
	if (*slot != 0)
		return *known;
	*slot = number;
	*known = line;
	numbers->used++;
	return 0;
}

static bool verdict_keep(struct reading *reading, bool good)
{
	if (reading->records == reading->room) {
		size_t room = reading->room ? reading->room * 2 : 4096;
		uint8_t *grown = realloc(reading->good, room);
		if (!grown)
			return false;
		reading->good = grown;
		reading->room = room;
	}
	reading->good[reading->records++] = good;
	return true;
}

static void progress_tell(struct reading *reading, int pass)
{
	int64_t all = reading->length * 2;
	int64_t done = reading->length * pass + (reading->csv.next - reading->octets);

	if (!reading->import->progress || (done < all && done - reading->told < all / 100))
		return;
	reading->told = done;
	reading->import->progress(reading->import->context, done, all);
}

/* What is wrong with the record just read; NULL: nothing. */
static const char *record_check(struct reading *reading, int got, struct row *row)
{
	if (got < 0)
		return reading->csv.why;
	const char *why = row_take(reading, row);
	if (why)
		return why;
	int before = numbers_add(&reading->numbers, row->fields.phone, reading->csv.line);
	if (before == 0)
		return NULL;
	snprintf(reading->why, WHY_MAX, "the same number as on line %d", before);
	return before < 0 ? "out of memory" : reading->why;
}

static int pass_check(struct reading *reading, struct subscriber_csv_counts *ret, struct err *err)
{
	struct row row;
	int got;

	while ((got = csv_read(&reading->csv)) != 0) {
		const char *why = record_check(reading, got, &row);
		if (!verdict_keep(reading, !why))
			return err_set(err, EX_OSERR, "out of memory");
		ret->lines++;
		ret->bad += why != NULL;
		if (why && reading->import->bad)
			reading->import->bad(reading->import->context, reading->csv.line, why);
		progress_tell(reading, 0);
	}
	if (ret->bad == 0 || reading->import->skip_bad)
		return 0;
	return err_set(err, EX_DATAERR,
		"%lld of %lld lines are bad: nothing was imported; correct them, or give --skip-bad to leave them out",
		(long long)ret->bad, (long long)ret->lines);
}

/* ---- second pass: the good ones are written ---------------------------------------------------------------------- */

static void row_overlay(const struct row *row, struct subscriber *known)
{
	if (row->fields.name[0])
		memcpy(known->name, row->fields.name, sizeof known->name);
	if (row->channel_given)
		known->channel = row->fields.channel;
	if (row->fields.zone[0])
		memcpy(known->zone, row->fields.zone, sizeof known->zone);
	if (row->fields.topics[0])
		memcpy(known->topics, row->fields.topics, sizeof known->topics);
	if (row->fields.language[0])
		memcpy(known->language, row->fields.language, sizeof known->language);
}

static bool subscriber_is_same(const struct subscriber *one, const struct subscriber *other)
{
	return strcmp(one->name, other->name) == 0 && one->channel == other->channel &&
	       strcmp(one->zone, other->zone) == 0 && strcmp(one->topics, other->topics) == 0 &&
	       strcmp(one->language, other->language) == 0;
}

static int row_join(struct reading *reading, struct db *db, const struct row *row, struct err *err)
{
	struct consent consent = {.channel = "import"};
	int64_t id;
	int was;

	if (reading->import->dry_run)
		return 0;
	snprintf(consent.clock, sizeof consent.clock, "%s", reading->import->clock);
	memcpy(consent.given_at, row->consent_at, sizeof consent.given_at);
	memcpy(consent.words, row->consent_note, sizeof consent.words);
	return subscriber_join(db, &row->fields, &consent, reading->import->now, &id, &was, err);
}

static int row_write(struct reading *reading, struct db *db, const struct row *row, struct subscriber_csv_counts *ret,
	struct err *err)
{
	struct subscriber known = {0}, wanted;
	int left = 0;
	int found = subscriber_find(db, row->fields.phone, &known, err);

	if (found == 0)
		left = subscriber_has_left(db, row->fields.phone, err);
	if (found < 0 || left < 0)
		return -1;
	left = left || (found && known.state == SUBSCRIBER_LEFT);
	if (left && !reading->import->rejoin) {
		ret->left++;
		return 0;
	}
	wanted = known;
	row_overlay(row, &wanted);
	bool same = found && subscriber_is_same(&known, &wanted);
	if (!found || left) {
		ret->rejoined += left;
		ret->added += !left;
		if (row_join(reading, db, row, err) < 0)
			return -1;
	} else {
		ret->updated += !same;
		ret->unchanged += same;
	}
	if (!found || same || reading->import->dry_run)
		return 0;
	return subscriber_update(db, known.id, &wanted, err);
}

static int audit_import(struct db *db, const struct subscriber_csv_import *import,
	const struct subscriber_csv_counts *counts, struct err *err)
{
	char detail[160];

	snprintf(detail, sizeof detail, "%lld added, %lld updated, %lld rejoined, %lld left, %lld bad",
		(long long)counts->added, (long long)counts->updated, (long long)counts->rejoined,
		(long long)counts->left, (long long)counts->bad);
	return audit_add(db, import->now, import->clock, import->who, import->door, "import", detail, err);
}

/* So that whoever else writes is not kept waiting for all of a long list: they poll for the lock, and find it free half of
 * the time. */
static int batch_end(struct db *db, int64_t *since_mono, struct err *err)
{
	if (db_commit(db, err) < 0)
		return -1;
	(void)poll(NULL, 0, (int)(clock_mono_ms() - *since_mono) + 1);
	*since_mono = clock_mono_ms();
	return db_begin(db, err);
}

static int pass_write(struct reading *reading, struct db *db, struct subscriber_csv_counts *ret, struct err *err)
{
	const int batch = reading->import->dry_run ? 0 : reading->import->batch;
	int64_t since_mono = clock_mono_ms();
	struct row row;
	size_t record = 0;
	int got;

	csv_open(&reading->csv, reading->octets, (size_t)reading->length);
	(void)csv_read(&reading->csv); /* the header, read before */
	while ((got = csv_read(&reading->csv)) != 0) {
		bool good = reading->good[record++];
		progress_tell(reading, 1);
		if (!good)
			continue;
		if (got < 0 || row_take(reading, &row))
			return err_set(err, EX_SOFTWARE, "line %d was good and is not any more", reading->csv.line);
		if (row_write(reading, db, &row, ret, err) < 0)
			return -1;
		if (batch > 0 && record % (size_t)batch == 0 && batch_end(db, &since_mono, err) < 0)
			return -1;
	}
	return reading->import->dry_run ? 0 : audit_import(db, reading->import, ret, err);
}

static int import_write(struct reading *reading, struct db *db, struct subscriber_csv_counts *ret, struct err *err)
{
	struct subscriber_csv_counts counts = *ret;

	if (reading->import->dry_run)
		return pass_write(reading, db, ret, err);
	if (db_begin(db, err) < 0)
		return -1;
	if (pass_write(reading, db, &counts, err) < 0 || db_commit(db, err) < 0) {
		db_rollback(db);
		return -1;
	}
	*ret = counts;
	return 0;
}

int subscriber_csv_import(struct db *db, const struct settings *settings, const char *octets, size_t length,
	const struct subscriber_csv_import *import, struct subscriber_csv_counts *ret, struct err *err)
{
	memset(ret, 0, sizeof *ret);
	if (length > SUBSCRIBER_CSV_MAX)
		return err_set(
			err, EX_DATAERR, "more than %d MiB: no subscriber list", SUBSCRIBER_CSV_MAX / 1024 / 1024);
	struct reading *reading = calloc(1, sizeof *reading);
	if (!reading)
		return err_set(err, EX_OSERR, "out of memory");
	reading->settings = settings;
	reading->import = import;
	reading->octets = octets;
	reading->length = (int64_t)length;
	csv_open(&reading->csv, octets, length);

	int result = header_read(reading, err);
	if (result == 0)
		result = pass_check(reading, ret, err);
	if (result == 0)
		result = import_write(reading, db, ret, err);
	free(reading->numbers.slots);
	free(reading->good);
	free(reading);
	return result;
}

/* ---- export ------------------------------------------------------------------------------------------------------ */

struct exporting {
	FILE *out;
	int64_t rows, left_out;
};

static bool row_export(void *context, const struct subscriber *subscriber, const struct consent *first_consent)
{
	struct exporting *exporting = context;
	char at[WHEN_TEXT_MAX] = "";

	if (!subscriber->phone[0]) {
		exporting->left_out++;
		return true;
	}
	if (first_consent && !first_consent->given_at[0])
		when_rfc3339(first_consent->at, at);
	const char *cells[COLUMNS] = {
		[PHONE] = subscriber->phone,
		[NAME] = subscriber->name,
		[CHANNEL] = subscriber_csv_channel_to_string((int)subscriber->channel),
		[ZONE] = subscriber->zone,
		[TOPICS] = subscriber->topics,
		[LANGUAGE] = subscriber->language,
		[CONSENT_AT] = first_consent && first_consent->given_at[0] ? first_consent->given_at : at,
		[CONSENT_NOTE] = first_consent ? first_consent->words : "",
	};
	for (int i = 0; i < COLUMNS; i++)
		csv_write(exporting->out, cells[i], i == 0);
	csv_write_end(exporting->out);
	exporting->rows++;
	return !ferror(exporting->out);
}

int subscriber_csv_export(struct db *db, FILE *out, int64_t *ret_rows, int64_t *ret_left_out, struct err *err)
{
	struct exporting exporting = {.out = out};

	for (int i = 0; i < COLUMNS; i++)
		csv_write(out, columns[i].name, i == 0);
	csv_write_end(out);
	if (subscriber_each(db, false, row_export, &exporting, err) < 0)
		return -1;
	if (fflush(out) != 0 || ferror(out))
		return err_set(err, EX_IOERR, "the list could not be written; is the disk full or the pipe closed?");
	*ret_rows = exporting.rows;
	*ret_left_out = exporting.left_out;
	return 0;
}
