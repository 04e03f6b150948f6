/* What citizens sent beside words: photos, recordings, documents. Fetched from WhatsApp within the seven days it keeps them,
 * kept in a folder of their own under a name of ours, never opened. */
#include "firmware-host/cli.h"

#include "config/clock.h"
#include "db/report.h"
#include "firmware-host/caretaker.h"
#include "firmware-host/control.h"
#include "firmware-host/media_type.h"
#include "firmware-host/secret.h"
#include "modem/graph_http.h"
#include "modem/graph_media.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	AT_ONCE = 16,
	DEADLINE_MS = 120 * 1000,
	MIB = 1024 * 1024,
	FOLDER_MAX = 4200,
	PATH_ROOM = FOLDER_MAX + REPORT_PATH_MAX + 2
};

static const char help[] =
	"usage: banditore media fetch\n\n"
	"Fetches the photos, recordings and documents of citizens' reports that are still at WhatsApp. The\n"
	"appliance does this by itself. Ends with 75 when some could not be had for now.\n";

struct fetch {
	struct cli *cli;
	char folder[FOLDER_MAX];
	char token[GRAPH_TOKEN_MAX];
	struct graph_account account;
	struct report_item items[AT_ONCE];
	int count;
};

static bool item_take(void *context, const struct report_item *item)
{
	struct fetch *fetch = context;

	fetch->items[fetch->count] = *item;
	fetch->items[fetch->count].text = "";
	return ++fetch->count < AT_ONCE;
}

static int hash_file(int fd, char out[65], int64_t *ret_size, struct err *err)
{
	unsigned char buffer[16 * 1024], hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	ssize_t got;

	crypto_hash_sha256_init(&state);
	*ret_size = 0;
	if (lseek(fd, 0, SEEK_SET) != 0)
		return err_set(err, EX_IOERR, "what was fetched cannot be read again: %s", strerror(errno));
	while ((got = read(fd, buffer, sizeof buffer)) > 0) {
		crypto_hash_sha256_update(&state, buffer, (unsigned long long)got);
		*ret_size += got;
	}
	if (got < 0)
		return err_set(err, EX_IOERR, "what was fetched cannot be read again: %s", strerror(errno));
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(out, 65, hash, sizeof hash);
	return 0;
}

static int item_settle(struct fetch *fetch, struct report_item *item, struct err *err)
{
	struct db *db = fetch->cli->db;

	if (db_begin(db, err) != 0)
		return -1;
	if (report_media_settle(db, item, err) < 0 || db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	return 0;
}

static int item_refuse(struct fetch *fetch, struct report_item *item, struct err *err)
{
	item->media = MEDIA_REFUSED;
	item->path[0] = '\0';
	return item_settle(fetch, item, err);
}

/* Written under its final name, which nobody looks at before the database does, and synced before that. */
static int item_fetch(struct fetch *fetch, struct report_item *item, size_t most, struct err *err)
{
	char path[PATH_ROOM];
	struct graph_media media;

	snprintf(item->path, sizeof item->path, "%lld.%s", (long long)item->id, media_type_of(item->mime)->ending);
	snprintf(path, sizeof path, "%s/%s", fetch->folder, item->path);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_set(err, EX_CANTCREAT, "%s cannot be written: %s", path, strerror(errno));
	const struct graph_media_wanted wanted = {.id = item->media_id, .max = most, .sha256 = item->sha256, .fd = fd};
	int result = graph_media_fetch(&fetch->account, &wanted, clock_mono_ms() + DEADLINE_MS, &media, err);
	if (result == 0)
		result = hash_file(fd, item->sha256, &item->size, err);
	if (result == 0 && fsync(fd) != 0)
		result = err_set(err, EX_IOERR, "%s cannot be written: %s", path, strerror(errno));
	close(fd);
	if (result == 0) {
		if (media.type[0])
			snprintf(item->mime, sizeof item->mime, "%s", media.type);
		item->media = MEDIA_KEPT;
		result = item_settle(fetch, item, err);
	}
	if (result != 0)
		unlink(path);
	return result;
}

/* One after the other; what cannot be had for now stays wanted, what never will be is refused. */
static int fetch_all(struct fetch *fetch, struct err *err)
{
	const struct settings *settings = fetch->cli->settings;
	struct err last = {0};
	int64_t total;

	for (int i = 0; i < fetch->count; i++) {
		struct report_item *item = &fetch->items[i];
		if (report_media_total(fetch->cli->db, &total, err) < 0)
			return -1;
		int64_t room = (int64_t)settings->reports.media_total_mib * MIB - total;
		int64_t most = (int64_t)settings->reports.media_max_mib * MIB;
		if (most == 0 || room < most || item->size > most) {
			if (item_refuse(fetch, item, err) != 0)
				return -1;
			continue;
		}
		if (item_fetch(fetch, item, (size_t)most, err) == 0)
			continue;
		/* Too large, or WhatsApp does not know it any more. */
		if (err->status == EX_DATAERR || err->status == EX_REFUSED) {
			if (item_refuse(fetch, item, err) != 0)
				return -1;
			continue;
		}
		last = *err;
		if (err->status == EX_UNAVAILABLE || err->status == EX_CONFIG)
			break;
	}
	if (last.text[0] == '\0')
		return 0;
	*err = last;
	if (err->status != EX_CONFIG)
		err->status = EX_TEMPFAIL;
	return -1;
}

static int fetch_open(struct fetch *fetch, struct err *err)
{
	const struct settings *settings = fetch->cli->settings;

	if (!caretaker_media_folder(settings->database, fetch->folder, sizeof fetch->folder))
		return err_set(err, EX_CONFIG, "the path of the database is too long");
	if (mkdir(fetch->folder, 0700) != 0 && errno != EEXIST)
		return err_set(err, EX_CANTCREAT, "%s cannot be made: %s", fetch->folder, strerror(errno));
	if (secret_read(settings->whatsapp.token_file, "whatsapp.token_file", fetch->token, sizeof fetch->token, err) !=
		0)
		return -1;
	fetch->account = (struct graph_account){.api = settings->whatsapp.api,
		.phone_number_id = settings->whatsapp.phone_number_id,
		.ca_file = settings->whatsapp.ca_file,
		.token = fetch->token};
	(void)signal(SIGPIPE, SIG_IGN);
	return 0;
}

int cmd_media(struct cli *cli, int argc, char **argv, struct err *err)
{
	static struct fetch fetch;

	if (cli_help(argc, argv, help))
		return 0;
	if (argc != 2 || strcmp(argv[1], "fetch") != 0)
		return err_set(err, EX_USAGE, "say: banditore media fetch");
	fetch = (struct fetch){.cli = cli};
	if (cli_db(cli, false, err) != 0)
		return -1;
	if (report_media_wanted(cli->db, AT_ONCE, item_take, &fetch, err) < 0)
		return -1;
	if (fetch.count == 0)
		return 0;
	int result = fetch_open(&fetch, err);
	if (result == 0)
		result = fetch_all(&fetch, err);
	sodium_memzero(fetch.token, sizeof fetch.token);
	control_poke(cli->settings->database);
	return result;
}
