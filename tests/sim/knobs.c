#include "tests/sim/knobs.h"

#include "tests/sim/base.h"
#include "tests/sim/modem.h"
#include "tests/sim/personality.h"

#include <stdlib.h>
#include <string.h>

enum knob_type {
	KNOB_NUMBER,
	KNOB_HEX,
	KNOB_TEXT, /* max is its size */
	KNOB_WORD, /* one of `words`, its place is the value */
};

static const char echo_words[] = "normal sticky double";
static const char report_words[] = "off"; /* -1, or a number */

struct knob {
	const char *key;
	enum knob_type type;
	size_t offset;
	long min, max;
	const char *help;
};

#define NUMBER(key, member, min, max, help)                                      \
	{                                                                        \
		key, KNOB_NUMBER, offsetof(struct knobs, member), min, max, help \
	}
#define TEXT(key, member, help)                                                                            \
	{                                                                                                  \
		key, KNOB_TEXT, offsetof(struct knobs, member), 0, sizeof((struct knobs *)0)->member, help \
	}

enum { HOUR_MS = 3600000 };

static const struct knob knobs[] = {
	NUMBER("latency", latency, 0, HOUR_MS, "ms the network takes to answer a submission (200)"),
	NUMBER("jitter", jitter, 0, HOUR_MS, "ms the latency varies either way"),
	NUMBER("prompt", prompt, 0, HOUR_MS, "ms from AT+CMGS to its prompt"),
	NUMBER("command", command, 0, HOUR_MS, "ms before any command is treated"),
	NUMBER("slow", slow, 0, 10000, "ms for each octet sent, one at a time"),
	NUMBER("boot", boot, 0, HOUR_MS, "ms from power to the boot lines (2000)"),
	NUMBER("attach", attach, 0, HOUR_MS, "ms from open SIM to registration"),
	NUMBER("sim-busy", sim_busy, 0, HOUR_MS, "ms of +CME ERROR: 14 after boot"),
	NUMBER("ring", ring, 10, HOUR_MS, "ms between two rings (5000)"),
	NUMBER("report", report, -1, HOUR_MS, "ms to the delivery report, or off (off)"),
	NUMBER("report-jitter", report_jitter, 0, HOUR_MS, "ms the report may come later"),
	NUMBER("report-probability", report_probability, 0, 100, "percent of reports that come at all (100)"),
	{"report-status", KNOB_HEX, offsetof(struct knobs, report_status), 0, 255,
		"TP-ST of the report, hexadecimal (00)"},
	NUMBER("ussd-delay", ussd_delay, 0, HOUR_MS, "ms to +CUSD (500)"),
	NUMBER("signal", signal, 0, 199, "+CSQ (18)"),
	{"echo", KNOB_WORD, offsetof(struct knobs, echo), 0, 2, "normal, sticky (ATE0 in vain) or double"},
	NUMBER("registration", registration, 0, 5, "+CREG where boot and AT+COPS=0 lead (1)"),
	NUMBER("usb", usb, 0, 1, "AT+CFUN=1,1 makes the port vanish (1)"),
	NUMBER("sim", sim_present, 0, 1, "a SIM is inserted (1)"),
	NUMBER("pin-tries", pin_tries, 0, 3, "PIN tries left (3)"),
	NUMBER("puk-tries", puk_tries, 0, 10, "PUK tries left (10)"),
	NUMBER("sm", sm_size, 1, SIM_SLOTS_MAX, "places in the SIM's store (50)"),
	NUMBER("me", me_size, 1, SIM_SLOTS_MAX, "places in the modem's store (100)"),
	TEXT("pin", pin, "the PIN, asked from the next start on; empty: none"),
	TEXT("puk", puk, "the PUK (12345678)"),
	TEXT("number", number, "its own number"),
	TEXT("smsc", smsc, "service centre in the SIM; empty: none"),
	TEXT("operator", operator_name, "operator's name"),
	TEXT("operator-code", operator_code, "MCC and MNC"),
	TEXT("imei", imei, "IMEI"),
	TEXT("imsi", imsi, "IMSI"),
	TEXT("iccid", iccid, "ICCID"),
	TEXT("ussd", ussd, "the text of +CUSD"),
};

enum { KNOBS = sizeof knobs / sizeof knobs[0], KEY_MAX = 32, VALUE_MAX = 200 };

static int word_place(const char *words, const char *word)
{
	size_t length = strlen(word);
	int place = 0;

	for (const char *at = words; *at != '\0'; place++) {
		size_t next = strcspn(at, " ");
		if (next == length && strncmp(at, word, length) == 0)
			return place;
		at += next + (at[next] == ' ');
	}
	return -1;
}

static bool apply(struct knobs *values, const struct knob *knob, const char *value)
{
	char *end;
	char *place = (char *)values + knob->offset;

	if (knob->type == KNOB_TEXT)
		return strlen(value) < (size_t)knob->max && text_copy(place, (size_t)knob->max, value);
	long number = strtol(value, &end, knob->type == KNOB_HEX ? 16 : 10);
	bool whole = *value != '\0' && *end == '\0';
	if (knob->type == KNOB_WORD) {
		number = word_place(echo_words, value);
		whole = number >= 0;
	} else if (knob->min == -1 && word_place(report_words, value) == 0) {
		number = -1;
		whole = true;
	}
	if (!whole || number < knob->min || number > knob->max)
		return false;
	int stored = (int)number;
	memcpy(place, &stored, sizeof stored);
	return true;
}

/* The keys that are no number or text of their own. Returns 1: done, 0: another key, -1: bad value. */
static int apply_special(struct modem *m, const char *key, const char *value)
{
	if (strcmp(key, "name") == 0)
		return *value != '\0' && strpbrk(value, " *@/") == NULL && text_copy(m->name, sizeof m->name, value)
			       ? 1
			       : -1;
	if (strcmp(key, "tty") == 0 && m->fd < 0)
		return *value != '\0' && strchr(value, '/') == NULL && text_copy(m->tty, sizeof m->tty, value) ? 1 : -1;
	if (strcmp(key, "personality") != 0)
		return 0;
	const struct personality *found = personality_find(value);
	if (found == NULL)
		return -1;
	m->personality = found;
	return 1;
}

static int set_one(struct modem *m, const char *key, const char *value, char *error, size_t size)
{
	int done = apply_special(m, key, value);

	if (done > 0)
		return 0;
	for (unsigned i = 0; done == 0 && i < KNOBS; i++) {
		if (strcmp(knobs[i].key, key) != 0)
			continue;
		if (!apply(&m->knobs, &knobs[i], value)) {
			done = -1;
			break;
		}
		if (strcmp(key, "pin") == 0)
			m->pin_asked = value[0] != '\0';
		return 0;
	}
	snprintf(error, size, done < 0 ? "bad value of %s: '%s'" : "unknown setting %s=%s", key, value);
	return -1;
}

int knobs_set(struct modem *m, const char *list, char *error, size_t size)
{
	char key[KEY_MAX], value[VALUE_MAX];

	while (*list != '\0') {
		size_t length = strcspn(list, ",");
		size_t name = strcspn(list, "=,");
		if (name == length || name >= sizeof key || length - name > sizeof value) {
			snprintf(error, size, "expected key=value at '%.40s'", list);
			return -1;
		}
		snprintf(key, sizeof key, "%.*s", (int)name, list);
		snprintf(value, sizeof value, "%.*s", (int)(length - name - 1), list + name + 1);
		if (set_one(m, key, value, error, size) < 0)
			return -1;
		list += length + (list[length] == ',');
	}
	return 0;
}

void knobs_help(FILE *out)
{
	char names[256];

	personality_names(names, sizeof names);
	fprintf(out, "  %-19s %s\n", "name", "how commands call it (m1, m2, …)");
	fprintf(out, "  %-19s %s\n", "tty", "its link in the directory (ttyUSB0, …); before it is plugged");
	fprintf(out, "  %-19s %s\n", "personality", names);
	for (unsigned i = 0; i < KNOBS; i++)
		fprintf(out, "  %-19s %s\n", knobs[i].key, knobs[i].help);
}
