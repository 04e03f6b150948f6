/* What a comune can set: the configuration as the rest of the program reads it.
 *
 * The one table of options (options.c) says for each key its type, unit, range, default and help; reading, checking,
 * `config check --print`, the commented example and the manual all come from it. Values below are always in range.
 * A struct settings is immutable once read; SIGHUP reads a new one. Any thread may read it. */
#ifndef BANDITORE_SETTINGS_H
#define BANDITORE_SETTINGS_H

#include "config/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	SETTINGS_MODEMS_MAX = 16,
	SETTINGS_TOPICS_MAX = 64,
	SETTINGS_ZONES_MAX = 128,
	SETTINGS_OFFICES_MAX = 32,
	SETTINGS_STAFF_MAX = 32,
	SETTINGS_CLOSURES_MAX = 64,
	SETTINGS_STRING_MAX = 256, /* octets of any one string with its NUL */
	SETTINGS_ID_MAX = 32,
	SETTINGS_MONEY = 100000, /* in one of the currency: rates go below a hundredth of a cent */
};

enum settings_mode { MODE_TWO_WAY, MODE_ONE_WAY };
enum settings_news_sms { NEWS_SMS_NEVER, NEWS_SMS_ONLY, NEWS_SMS_FALLBACK };
enum settings_at_once { AT_ONCE_NEVER, AT_ONCE_RED, AT_ONCE_ORANGE, AT_ONCE_YELLOW };
enum settings_beep { BEEP_AUTO, BEEP_OFF, BEEP_BELL, BEEP_AUDIO };
enum settings_calls { CALLS_REJECT, CALLS_ANSWER, CALLS_IGNORE };

/* Local time of day, both ends in minutes after midnight; from == until: none. May pass midnight. */
struct settings_hours {
	int32_t from_min, until_min;
};

struct settings_modem {
	char name[SETTINGS_ID_MAX];
	char port[SETTINGS_STRING_MAX];	 /* "auto", a path, or a pattern of paths as for the shell */
	char imei[24];			 /* only this modem, wherever it is plugged; empty: any */
	char pin[16];			 /* empty: none */
	char number[32];		 /* own number, E.164; empty: not known */
	char smsc[32];			 /* service centre to set where the SIM has none; empty: leave it */
	char trace[SETTINGS_STRING_MAX]; /* file for the wire trace; empty: none */
	enum settings_calls calls;
	int32_t baud;
	int32_t send_timeout_s; /* silence after Ctrl-Z until the outcome is called unknown */
	bool roaming;		/* may send while roaming */
	struct {
		int32_t day, month;	  /* segments; 0: no limit */
		int32_t recipients_month; /* distinct people; 0: no limit */
		int32_t alert_reserve;	  /* segments of the day's limit that only alerts may use */
	} budget;
};

struct settings_named {
	char id[SETTINGS_ID_MAX];
	char name[SETTINGS_STRING_MAX];
	char aliases[SETTINGS_STRING_MAX]; /* comma separated; zones only */
};

struct settings_office {
	char id[SETTINGS_ID_MAX];
	char name[SETTINGS_STRING_MAX];
	char hours[SETTINGS_STRING_MAX]; /* value_to_opening; "": takes no appointments */
	int32_t slot_minutes;
};

struct settings_person {
	char name[SETTINGS_STRING_MAX];
	char phone[32]; /* E.164 */
};

/* Days on which appointments are not taken, both ends included. */
struct settings_closure {
	char from[12], until[12];     /* "2026-12-24" */
	char office[SETTINGS_ID_MAX]; /* ""; all */
};

struct settings {
	struct {
		char name[SETTINGS_STRING_MAX], service[SETTINGS_STRING_MAX], country[8];
		enum settings_mode mode;
		char privacy_url[SETTINGS_STRING_MAX], contacts[SETTINGS_STRING_MAX], timezone[64];
		char second_language[8];  /* "de"; "": none */
		char privacy_version[32]; /* of the notice, kept with each consent */
	} comune;
	char database
		[SETTINGS_STRING_MAX]; /* this and all other paths: absolute, resolved against the file's directory */
	char texts[SETTINGS_STRING_MAX];
	bool texts_given; /* false: the default name, whose absence is no fault */
	struct settings_modem modems[SETTINGS_MODEMS_MAX];
	int32_t modem_count; /* 0: every AT port found is used */
	struct {
		bool enabled;
		char api[SETTINGS_STRING_MAX], phone_number_id[64], business_account_id[64];
		char token_file[SETTINGS_STRING_MAX], app_secret_file[SETTINGS_STRING_MAX],
			verify_token_file[SETTINGS_STRING_MAX];
		char ca_file[SETTINGS_STRING_MAX], webhook[64];
		int32_t rate, recipients_per_day;
		struct {
			char alert[64], clear[64], news[64], language[16];
		} templates;
	} whatsapp;
	struct {
		int32_t fallback_after_s, expires_after_s;
		enum settings_at_once at_once; /* from this colour on, the SMS does not wait for WhatsApp's proof */
		int32_t unknown_after_s; /* an alert of unknown outcome waits so long for its receipt, then is sent again, marked */
		int32_t segments_max;	/* a longer text is refused */
		int32_t unable_after_s; /* the staff hears that the box cannot alert when that has lasted so long */
		bool two_officers;	/* a red one needs a second officer's PIN */
	} alert;
	struct {
		enum settings_news_sms sms;
		struct settings_hours quiet;
		int32_t expires_after_s;
	} news;
	struct {
		int32_t validity_s;    /* how long the network may try to deliver one SMS */
		int32_t report_wait_s; /* a message counts as done when its last sent SMS is so old and still unreported */
		bool fold;	       /* fold È to E' and the like where that spares UCS-2 */
	} sms;
	struct {
		int32_t sms; /* of one SMS part; these three in 1/SETTINGS_MONEY, 0: not told */
		int32_t whatsapp_alert, whatsapp_news; /* of one message delivered; all-clears cost as alerts */
		char currency[4];
	} costs;
	struct {
		char listen[64];	       /* "": there is no console */
		char tls[SETTINGS_STRING_MAX]; /* "auto", "off", or the path of a certificate with its key */
		bool metrics;		       /* /metrics is there, for whoever reaches it */
	} console;
	struct settings_named topics[SETTINGS_TOPICS_MAX], zones[SETTINGS_ZONES_MAX];
	int32_t topic_count, zone_count;
	struct settings_office offices[SETTINGS_OFFICES_MAX];
	int32_t office_count;
	struct settings_person staff[SETTINGS_STAFF_MAX]; /* told when the box is ill and when it is well again */
	int32_t staff_count;
	struct settings_closure closures[SETTINGS_CLOSURES_MAX];
	int32_t closure_count;
	struct {
		int32_t lead_min;      /* from now to the first place offered */
		int32_t days_ahead;    /* the last day offered */
		int32_t offers;	       /* places offered at once, at most */
		int32_t reminder_hour; /* of the day before, local; -1: none */
		int32_t retention_days;
		bool holidays; /* Italian public holidays are closures */
	} appointments;
	struct {
		int32_t join_min; /* what one person sends within so long is one report */
		int32_t media_max_mib, media_total_mib;
		int32_t media_days, retention_days; /* after closing; 0: kept for ever */
	} reports;
	struct {
		int32_t retention_days; /* 0: kept for ever */
	} inbox;
	struct {
		bool missed_call_joins;
		int32_t replies_hour, replies_day; /* to one person */
		int32_t replies_minute;		   /* of the whole box; 0: no limit */
		int32_t stale_hours;		   /* what was sent longer ago is kept and not answered */
		int32_t question_min;		   /* how long a question stays open */
		int32_t pointer_hours; /* one-way: between two pointers to the usual channels, for one person */
	} citizens;
	struct {
		int32_t confirm_min; /* for the one-time word of an order by telephone */
	} officers;
	struct {
		int32_t hour; /* local; -1: never */
	} selftest;
	struct {
		char device[SETTINGS_STRING_MAX], sheet[SETTINGS_STRING_MAX];
		bool sheet_given; /* false: the default name, whose absence is no fault */
		int32_t stop_window_s, timeout_s;
		char speech[SETTINGS_STRING_MAX]; /* "auto", "off", or a program that takes espeak-ng's options */
		int32_t volume;			  /* percent, at the start */
		enum settings_beep beep;
		char led[SETTINGS_STRING_MAX];	   /* a name under /sys/class/leds, or such a folder; empty: none */
		char console[SETTINGS_STRING_MAX]; /* a text console to write on as well; empty: none */
	} keypad;
};

/* Reads and checks the file. Fails with EX_CONFIG and "FILE:LINE: what is wrong; what to do", naming the nearest known
 * key for a misspelt one; the first fault of the file is the one told. Blocks for the file's reading. The caller frees with settings_free. */
int settings_read(const char *path, struct settings **ret_settings, struct err *err);
void settings_free(struct settings *settings); /* NULL is allowed */

/* The same from memory, as if it were the file `path`: errors call it so, and relative paths resolve against its directory.
 * The text need not end in NUL. */
int settings_read_string(
	const char *text, size_t length, const char *path, struct settings **ret_settings, struct err *err);

/* Hands each() one English line for every setting that is allowed but ill-advised, such as a PIN in a file all may read.
 * `path` is the file the settings came from. Blocks for a stat(2) of it. */
void settings_warnings(const struct settings *settings, const char *path, void (*each)(void *context, const char *line),
	void *context);

/* The effective configuration, in libconfig's own syntax: what is printed can be read back and is equal. A PIN is shown as
 * "****", which reading refuses rather than have it tried on the SIM. */
void settings_print(const struct settings *settings, FILE *out);

/* The commented example and the manual's table, from the table of options. The example takes 150 KiB of stack. */
void settings_print_example(FILE *out);
void settings_print_manual(FILE *out);

#endif
