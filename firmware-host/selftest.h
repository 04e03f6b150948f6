/* The box tests itself: an SMS from each modem that is ready comes back to the box, WhatsApp answers, disk, clock, battery and
 * database are well. What was found is remembered and told as part of `status`.
 *
 * It runs as a command beside the appliance, which sends and receives for it: the codes it waits for are in the database,
 * and selftest_heard notes those that arrive. A SIM's own number is modems[].number, or what the SIM says (AT+CNUM), or what
 * its SMS showed when it came back; it is remembered by SIM. */
#ifndef BANDITORE_SELFTEST_H
#define BANDITORE_SELFTEST_H

#include "config/settings.h"
#include "config/texts.h"
#include "db/db.h"

#include <jansson.h>

enum {
	SELFTEST_CODE_MAX = 8,
	SELFTEST_WAIT_S = 120, /* for the SMS to come back */
	SELFTEST_DISK_MIB = 100,
	SELFTEST_BATTERY_PERCENT = 50, /* less, and on battery, is told */
};

struct selftest_battery {
	bool present;
	bool discharging;
	int percent; /* of the emptiest; -1: it does not tell */
};

/* From a folder like /sys/class/power_supply. Batteries of devices that are plugged in (a mouse) do not count. */
void selftest_battery_read(const char *folder, struct selftest_battery *ret);

/* Runs all of it; needs the appliance (EX_UNAVAILABLE without it) and takes up to wait_s. `power`: the folder above. Makes
 * transactions of its own. *ret is the result, the caller's to free:
 * {"at":"RFC 3339","ok","why":"Italian, no full stop","loopback":[{"modem","to","ok","seconds","error"}],"whatsapp":{"ok",
 *  "state"},"disk":{"ok","free_mib"},"clock":{"ok","source"},"battery":{"ok","percent","discharging"} or null,
 *  "database":{"ok","error"}}. loopback is empty where no number is known, or an alert is being sent. */
int selftest_run(struct db *db, const struct settings *settings, const struct texts *texts, const char *power,
	int wait_s, json_t **ret, struct err *err);

/* The last result; NULL: none. The caller's to free. */
json_t *selftest_last(struct db *db);

/* Adds "Prova delle 09:00: riuscita." behind a blank to the sentence; nothing where there was no test within two days. */
void selftest_sentence_add(struct db *db, const struct texts *texts, int64_t now, char *out, size_t size);

/* An SMS came: is it one the test waits for? 1: it was noted, and nobody else is to hear of it; 0; -1. Needs a transaction. */
int selftest_heard(struct db *db, const char *sender, const char *text, struct err *err);

/* Is the daily test due: after its hour, and not run today? `now` in the process's time zone. */
bool selftest_is_due(struct db *db, const struct settings *settings, int64_t now);

#endif
