/* Reports (segnalazioni): what a citizen writes that is no command, numbered, for an office to answer.
 *
 *   new ──assign──▶ assigned ──reply──▶ answered ──close──▶ closed
 * Each step may be left out; a reply to a closed one opens it again, and so does nothing else. What one person sends
 * within some minutes is one report. A duplicate is folded by hand: it is closed and points at the one it repeats, whose
 * replies go to its sender too.
 *
 * Texts are kept octet by octet as they came and may hold anything: whoever shows them makes them harmless (shown.h).
 * All writers need a transaction; times as in db.h. A row that does not exist is 0 found, never an error. */
#ifndef BANDITORE_REPORT_H
#define BANDITORE_REPORT_H

#include "db/correspondent.h"

enum {
	REPORT_OFFICE_MAX = 32,
	REPORT_WHO_MAX = 64,
	REPORT_SUMMARY_MAX = 256,
	REPORT_ITEMS_MAX = 200,	  /* of one report: what comes beyond begins another */
	REPORT_TEXT_MAX = 65536,  /* octets of an item's or an event's text; longer is EX_DATAERR */
	REPORT_PATH_MAX = 128,	  /* within the folder of media */
	REPORT_MEDIA_ID_MAX = 128 /* of the channel's own name for a medium */
};

enum report_state { REPORT_NEW = 1, REPORT_ASSIGNED, REPORT_ANSWERED, REPORT_CLOSED };

struct report {
	int64_t id;
	struct correspondent from;
	enum report_state state;
	int64_t created_at, last_at;	/* of the first and the last item */
	int64_t answered_at, closed_at; /* the first reply; 0: not yet */
	int64_t duplicate_of;		/* 0: of none */
	int32_t items;
	char office[REPORT_OFFICE_MAX];	  /* id; "": none yet */
	char summary[REPORT_SUMMARY_MAX]; /* the first text's beginning, as written; "" */
};

enum report_item_kind { REPORT_TEXT = 1, REPORT_MEDIA, REPORT_LOCATION };

/* wanted: still to be fetched; kept: the file is at `path`; refused: too large, of no allowed kind, or the channel no
 * longer has it; gone: deleted in time. */
enum report_media_state { MEDIA_NONE, MEDIA_WANTED, MEDIA_KEPT, MEDIA_REFUSED, MEDIA_GONE };

struct report_item {
	int64_t id, report_id, at;
	int64_t inbox_id; /* 0: none */
	enum report_item_kind kind;
	const char *text; /* the words, a medium's caption, a place's name; need not end in NUL when written. Read: the
			   * handle's, valid during the call, with a NUL behind it */
	int32_t text_length;
	enum report_media_state media; /* MEDIA_NONE unless kind is REPORT_MEDIA */
	int64_t size;		       /* octets; 0: not known */
	double latitude, longitude;    /* degrees */
	char media_id[REPORT_MEDIA_ID_MAX];
	char path[REPORT_PATH_MAX]; /* one item's alone; "" unless kept */
	char sha256[65];	    /* hexadecimal */
	char mime[128];		    /* as the channel says */
};

/* Keeps the item: with the sender's open report when its last item is not older than join_ms (and it holds fewer than
 * REPORT_ITEMS_MAX), else as a report of its own. One that was answered becomes new or assigned again. Of *item everything
 * but id, report_id and at is read. *ret_new: it is the first of its report, which wants an acknowledgement. */
int report_write(struct db *db, const struct correspondent *from, const struct report_item *item, int64_t join_ms,
	int64_t now, int64_t *ret_report, int64_t *ret_item, bool *ret_new, struct err *err);

/* Keeps the item with that report, whatever its age. 1, 0 no such report, -1. */
int report_append(
	struct db *db, int64_t id, const struct report_item *item, int64_t now, int64_t *ret_item, struct err *err);

int report_get(struct db *db, int64_t id, struct report *ret, struct err *err); /* 1, 0, -1 */

struct report_filter {
	unsigned states;       /* bits 1 << state; 0: any */
	const char *office;    /* NULL: any */
	const char *address;   /* of the sender; NULL: any */
	int64_t duplicates_of; /* 0: any */
	bool no_duplicates;
};

/* The newest first, at most `limit`; stops when `each` returns false. `each` may ask the database anything but the same
 * list again; that holds for the two below as well. */
int report_each(struct db *db, const struct report_filter *filter, int limit,
	bool (*each)(void *context, const struct report *report), void *context, struct err *err);

/* In the order they came. */
int report_item_each(struct db *db, int64_t id, bool (*each)(void *context, const struct report_item *item),
	void *context, struct err *err);

/* What was done about it, in order: the history. */
enum report_act {
	REPORT_ACT_OPENED = 1,
	REPORT_ACT_ASSIGNED,
	REPORT_ACT_REPLIED,
	REPORT_ACT_CLOSED,
	REPORT_ACT_FOLDED
};

struct report_event {
	int64_t at;
	enum report_act act;
	char who[REPORT_WHO_MAX];
	const char *text;   /* a reply's words, an office's id, a note; valid during the call */
	int64_t message_id; /* of a reply; 0 */
};
int report_event_each(struct db *db, int64_t id, bool (*each)(void *context, const struct report_event *event),
	void *context, struct err *err);

/* Each 1 done, 0 no such report, -1 error. Assigning a closed one leaves it closed. */
int report_assign(struct db *db, int64_t id, const char *office, const char *who, int64_t now, struct err *err);
/* Notes what the office answered; message_id: how it left (message.h). */
int report_reply(
	struct db *db, int64_t id, const char *who, const char *text, int64_t message_id, int64_t now, struct err *err);
int report_close(struct db *db, int64_t id, const char *who, const char *note, int64_t now, struct err *err);

/* Closes `id` as a duplicate of `into`; what was folded into `id` goes along. EX_REFUSED with the remedy: into itself, or
 * into one that is a duplicate. */
int report_fold(struct db *db, int64_t id, int64_t into, const char *who, int64_t now, struct err *err);

/* Media that are still to be fetched, in order of arrival. */
int report_media_wanted(struct db *db, int limit, bool (*each)(void *context, const struct report_item *item),
	void *context, struct err *err);

/* Says what became of one: kept with path, sha256, size and mime (EX_DATAERR for a path that is not a plain file name),
 * or refused. 1, 0 it is not wanted (any more), -1. */
int report_media_settle(struct db *db, const struct report_item *item, struct err *err);

/* Octets of all media kept. */
int report_media_total(struct db *db, int64_t *ret_octets, struct err *err);

#endif
