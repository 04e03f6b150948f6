#include "firmware-host/caretaker.h"

#include "db/appointment.h"
#include "db/retention.h"
#include "firmware-host/appointment_notice.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DAY_MS = 24 * 60 * 60 * 1000, ROWS_MAX = 500, FILES_MAX = 64 };

int caretaker_minute(
	struct db *db, const struct settings *settings, const struct texts *texts, int64_t now, struct err *err)
{
	if (appointment_finish(db, now, err) < 0)
		return -1;
	return appointment_notice_remind(db, settings, texts, now, err) < 0 ? -1 : 0;
}

int caretaker_hour(struct db *db, const struct settings *settings, int64_t now, bool *ret_more, struct err *err)
{
	const struct retention_policy policy = {
		.inbox = (int64_t)settings->inbox.retention_days * DAY_MS,
		.reports = (int64_t)settings->reports.retention_days * DAY_MS,
		.media = (int64_t)settings->reports.media_days * DAY_MS,
		.appointments = (int64_t)settings->appointments.retention_days * DAY_MS,
	};
	struct retention_done done = {0};

	int result = retention_run(db, &policy, now, ROWS_MAX, &done, err);
	*ret_more = done.more;
	return result;
}

bool caretaker_media_folder(const char *database, char *out, size_t size)
{
	return snprintf(out, size, "%s.media", database) < (int)size;
}

/* Whether the file is gone. A name with a way out of the folder is never followed. */
static bool file_remove(const char *folder, const char *name)
{
	char path[PATH_MAX];

	if (strchr(name, '/') || snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
		return false;
	return unlink(path) == 0 || errno == ENOENT;
}

int caretaker_sweep(struct db *db, const char *database, struct err *err)
{
	char names[FILES_MAX][REPORT_PATH_MAX], folder[PATH_MAX];
	const char *stuck = NULL;
	int count = retention_litter(db, names, FILES_MAX, err);

	if (count <= 0)
		return count;
	if (!caretaker_media_folder(database, folder, sizeof folder))
		return err_set(err, EX_CONFIG, "the path of the database is too long");
	if (db_begin(db, err) != 0)
		return -1;
	for (int i = 0; i < count; i++) {
		if (!file_remove(folder, names[i])) {
			stuck = names[i];
		} else if (retention_litter_gone(db, names[i], err) != 0) {
			db_rollback(db);
			return -1;
		}
	}
	if (db_commit(db, err) != 0)
		return -1;
	if (stuck)
		return err_set(err, EX_IOERR, "%s/%s cannot be deleted; check the rights of the folder", folder, stuck);
	return 0;
}
