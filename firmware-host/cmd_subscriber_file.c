#include "config/clock.h"
#include "firmware-host/cli.h"
#include "firmware-host/cmd_subscriber_private.h"
#include "firmware-host/hub.h"
#include "firmware-host/private_file.h"
#include "firmware-host/progress.h"
#include "firmware-host/subscriber_csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_FIRST = 65536 };

/* ---- import ------------------------------------------------------------------------------------------------------ */

/* All of it into memory of the caller's to free; one octet more than is allowed is enough to be refused. */
static int stream_read(FILE *in, const char *name, char **ret_octets, size_t *ret_length, struct err *err)
{
	size_t room = READ_FIRST, length = 0;
	char *octets = malloc(room);

	while (octets && length <= SUBSCRIBER_CSV_MAX) {
		length += fread(octets + length, 1, room - length, in);
		if (length < room)
			break;
		char *grown = realloc(octets, room *= 2);
		if (!grown)
			free(octets);
		octets = grown;
	}
	if (!octets)
		return err_set(err, EX_OSERR, "%s: out of memory", name);
	if (ferror(in)) {
		free(octets);
		return err_set(err, EX_IOERR, "%s: cannot be read: %s", name, strerror(errno));
	}
	*ret_octets = octets;
	*ret_length = length;
	return 0;
}

static int file_read(const char *name, char **ret_octets, size_t *ret_length, struct err *err)
{
	if (strcmp(name, "-") == 0)
		return stream_read(stdin, "standard input", ret_octets, ret_length, err);
	FILE *in = fopen(name, "re");
	if (!in)
		return err_set(err, EX_NOINPUT, "%s: %s", name, strerror(errno));
	int result = stream_read(in, name, ret_octets, ret_length, err);
	fclose(in);
	return result;
}

static void bad_print(void *context, int line, const char *why)
{
	progress_clear(context);
	fprintf(stderr, "line %d: %s\n", line, why);
}

static void progress_show(void *context, int64_t done, int64_t all)
{
	progress_draw(context, done, all);
}

static void counts_print(const struct subscriber_csv_counts *counts, const struct subscriber_words *words)
{
	if (words->json) {
		printf("{\"dry_run\":%s,\"lines\":%lld,\"bad\":%lld,\"added\":%lld,\"updated\":%lld,\"unchanged\":%lld,"
		       "\"rejoined\":%lld,\"left\":%lld}\n",
			words->dry_run ? "true" : "false", (long long)counts->lines, (long long)counts->bad,
			(long long)counts->added, (long long)counts->updated, (long long)counts->unchanged,
			(long long)counts->rejoined, (long long)counts->left);
		return;
	}
	printf("%s%lld lines: %lld added, %lld updated, %lld unchanged",
		words->dry_run ? "nothing was changed; it would be " : "", (long long)counts->lines,
		(long long)counts->added, (long long)counts->updated, (long long)counts->unchanged);
	if (counts->rejoined)
		printf(", %lld brought back", (long long)counts->rejoined);
	if (counts->left)
		printf(", %lld left out because they had left (--rejoin brings back)", (long long)counts->left);
	if (counts->bad)
		printf(", %lld bad", (long long)counts->bad);
	putchar('\n');
}

int subscriber_import_file(
	const struct settings *settings, struct db *db, const struct subscriber_words *words, struct err *err)
{
	struct progress progress = progress_start("importing");
	struct subscriber_csv_import import = {
		.dry_run = words->dry_run,
		.skip_bad = words->skip_bad,
		.rejoin = words->rejoin,
		.now = clock_wall_ms(),
		.clock = hub_clock_source(),
		.who = cli_who(),
		.door = "cli",
		.bad = bad_print,
		.progress = progress_show,
		.context = &progress,
	};
	struct subscriber_csv_counts counts;
	char *octets = NULL;
	size_t length = 0;

	if (file_read(words->argument, &octets, &length, err) < 0)
		return -1;
	int result = subscriber_csv_import(db, settings, octets, length, &import, &counts, err);
	free(octets);
	progress_clear(&progress);
	if (result < 0)
		return -1;
	counts_print(&counts, words);
	return 0;
}

/* ---- export ------------------------------------------------------------------------------------------------------ */

static int export_to(void *context, FILE *out, struct err *err)
{
	int64_t rows, left_out;

	if (subscriber_csv_export(context, out, &rows, &left_out, err) < 0)
		return -1;
	if (left_out > 0)
		fprintf(stderr, "banditore: %lld people are known by WhatsApp alone and are not in the list\n",
			(long long)left_out);
	return 0;
}

int subscriber_export_file(
	const struct settings *settings, struct db *db, const struct subscriber_words *words, struct err *err)
{
	(void)settings;
	return private_file_write(words->argument, export_to, db, err);
}
