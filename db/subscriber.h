/* The people who asked to be told, and the ledger that proves it. */
#ifndef BANDITORE_SUBSCRIBER_H
#define BANDITORE_SUBSCRIBER_H

#include "db/db.h"

enum subscriber_channel { CHANNEL_AUTO, CHANNEL_SMS, CHANNEL_WHATSAPP };
enum subscriber_state { SUBSCRIBER_ACTIVE = 1, SUBSCRIBER_LEFT = 2 };

struct subscriber {
	int64_t id;	       /* 0: none */
	char phone[24];	       /* E.164; "" when only a WhatsApp identity is known */
	char whatsapp_id[136]; /* business-scoped user id; "" */
	char name[128];
	enum subscriber_channel channel;
	char zone[32];	  /* id of a zone; "": not known, so told about every zone */
	char topics[512]; /* "a|b"; "" means all */
	char language[8];
	enum subscriber_state state;
	int64_t joined_at, left_at;  /* 0: never */
	int64_t whatsapp_at;	     /* wrote by WhatsApp last: for 24 h from then free text reaches them; 0: never */
	int64_t whatsapp_refused_at; /* WhatsApp said that it does not reach them; 0: it never did */
	bool marketing_stopped;	     /* told WhatsApp so: no news that way */
	bool news;		     /* consents to news; read only, the ledger's last word */
};

/* One row of the consent ledger (GDPR art. 7.1), append-only. */
struct consent {
	int64_t at;	   /* when, by this box */
	char clock[8];	   /* which clock said so: ntp, rtc, network, sms, none */
	char purpose[8];   /* "alerts" (public task), "news" (consent); "" where a function writes both */
	char action[12];   /* "given", "withdrawn" */
	char channel[16];  /* sms, whatsapp, import, operator, call */
	char words[512];   /* exactly as received, or the import's consent_note */
	char given_at[40]; /* import: consent_at as written; else "" */
	char notice[32];   /* version of the privacy notice */
};

/* 1 found, 0 not, -1 error. By phone (E.164) or by id. */
int subscriber_find(struct db *db, const char *phone, struct subscriber *ret, struct err *err);
int subscriber_get(struct db *db, int64_t id, struct subscriber *ret, struct err *err);

/* By WhatsApp user id, else by phone; either may be "". */
int subscriber_find_wired(struct db *db, const char *user, const char *phone, struct subscriber *ret, struct err *err);

/* A known person has shown up on WhatsApp under this user id and phone ("": hidden): fills in what was not known, and
 * `at`, when they wrote, if they did (0: not). A half that belongs to somebody else stays there. Needs a transaction. */
int subscriber_seen_wired(struct db *db, int64_t id, const char *user, const char *phone, int64_t at, struct err *err);

/* Their user id is another now, and their number `phone`, or, "", one that is hidden: then the old one, which may be
 * somebody else's soon, is no longer written to. Needs a transaction. */
int subscriber_move(struct db *db, int64_t id, const char *user, const char *phone, struct err *err);

/* `gone`, known to WhatsApp alone, proves to be `id`, known by their number: one person from here on, who has joined if
 * either had, with what `gone` chose before what `id` did. Ledger, messages, reports and appointments of both are
 * theirs. Needs a transaction. */
int subscriber_unite(struct db *db, int64_t id, int64_t gone, struct err *err);

/* WhatsApp does not reach them (at 0: it does after all). Needs a transaction. */
int subscriber_refused(struct db *db, int64_t id, int64_t at, struct err *err);
int subscriber_stop_marketing(struct db *db, int64_t id, bool stopped, struct err *err);

/* Adds, or brings back who had left, and writes the ledger (both purposes "given"; consent's own purpose and action are
 * not looked at). *ret_was: the state before (0: new). On an active subscriber only non-empty fields are changed (AUTO
 * counts as empty), and the ledger gets a row only when consent's purpose is not "": that purpose, with its action.
 * Found by phone, else by WhatsApp identity. Needs a transaction. */
int subscriber_join(struct db *db, const struct subscriber *fields, const struct consent *consent, int64_t now,
	int64_t *ret_id, int *ret_was, struct err *err);

/* Makes name, channel, zone, topics and language what they are in *fields, empty or not. Needs a transaction. */
int subscriber_update(struct db *db, int64_t id, const struct subscriber *fields, struct err *err);

/* Marks as left, writes the ledger, cancels everything still queued for the person on every channel (architecture §5).
 * *ret_cancelled: queued messages withdrawn. Who had left already stays as is, 0 withdrawn. Needs a transaction. */
int subscriber_leave(
	struct db *db, int64_t id, const struct consent *consent, int64_t now, int *ret_cancelled, struct err *err);

/* Erases the person (GDPR art. 17): row, texts received, addresses in outbox and inbox, what their reports and appointments
 * say (whose number, office and dates stay). What stays of the person is a keyed hash of the number
 * (crypto_generichash, key kept in the database) with the ledger's dates. Cancels what is queued, and appointments to
 * come. Needs a transaction. Old pages stay in the write-ahead log until db_scrub, files until retention_litter is
 * cleared. */
int subscriber_forget(struct db *db, int64_t id, int64_t now, struct err *err);

/* Did somebody with this number leave or get erased before? 1, 0, -1. Import asks, so that nobody is brought back. */
int subscriber_has_left(struct db *db, const char *phone, struct err *err);

/* Reached by WhatsApp while that is enabled, else by SMS: as message_create decides. Who was not found there is tried again
 * after SUBSCRIBER_REFUSED_MS. */
enum { SUBSCRIBER_REFUSED_MS = 604800000 };
bool subscriber_by_whatsapp(const struct subscriber *subscriber, int64_t now);

struct subscriber_counts {
	int64_t active, whatsapp, sms; /* sms: active people who are reached by SMS only */
};
int subscriber_count(struct db *db, bool whatsapp_enabled, struct subscriber_counts *ret, struct err *err);

/* The functions below hold a read transaction while they call `each`, which may ask the database anything but the same
 * list again. first_consent is NULL where the ledger has none "given".
 *
 * Calls `each` for every subscriber in order of id (left ones too when `all`); stops when it returns false. */
int subscriber_each(struct db *db, bool all,
	bool (*each)(void *context, const struct subscriber *subscriber, const struct consent *first_consent),
	void *context, struct err *err);
int consent_each(struct db *db, int64_t subscriber_id, bool (*each)(void *context, const struct consent *consent),
	void *context, struct err *err);

#endif
