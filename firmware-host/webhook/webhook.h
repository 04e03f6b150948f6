/* The webhook: where WhatsApp tells what became of messages and what citizens write.
 *
 * One worker thread owns the listener (whatsapp.webhook, path /webhook), the spool and the parser. A POST whose signature is
 * right is appended to the spool and synced before it is answered with 200; then it is cut into events, each a fixed-size
 * message by value over a SOCK_SEQPACKET pair, as bearers do. The hub keeps an event in its transaction and says KEPT after
 * the commit; what was not kept when the box stops is told again at the next start. So: at least once, in any order.
 * Deduplication is the hub's: by message id, and by the rank of a status. At most WEBHOOK_UNKEPT_MAX events are with the
 * hub at once; the rest waits on disk.
 *
 *	webhook.c               the thread and its pair
 *	webhook_http.c          the listener: handshake, signature, bounds
 *	webhook_spool.c         raw bodies on disk until their events are kept
 *	webhook_read.c          from a body to events; pure
 *	webhook_read_message.c  one message, one status
 *	webhook_read_account.c  templates, the account, preferences
 *
 * Facts: Meta's pages webhooks/create-webhook-endpoint, webhooks/reference, business-scoped-user-ids (2026). */
#ifndef BANDITORE_WEBHOOK_H
#define BANDITORE_WEBHOOK_H

#include "config/err.h"
#include "modem/bearer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WEBHOOK_TEXT_MAX = 16400, /* 4,096 characters of any kind in UTF-8 */
	WEBHOOK_NAME_MAX = 128,
	WEBHOOK_MEDIA_MAX = 64,
	WEBHOOK_MIME_MAX = 96,
	WEBHOOK_CHOICE_MAX = 260, /* the id of a button or of a list's row, a quick reply's payload */
	WEBHOOK_WORD_MAX = 64,
	WEBHOOK_BODY_MAX = 3 * 1024 * 1024, /* as Meta promises; longer ones are refused unread */
	WEBHOOK_UNKEPT_MAX = 256,
};

enum webhook_event_type {
	WEBHOOK_STATUS,	    /* what became of a message of ours */
	WEBHOOK_MESSAGE,    /* a person wrote, chose, sent a picture… */
	WEBHOOK_MOVED,	    /* a person has another number or user id */
	WEBHOOK_PREFERENCE, /* a person stopped, or allows again, marketing messages */
	WEBHOOK_TEMPLATE,   /* a template's status, quality or category changed */
	WEBHOOK_ACCOUNT,    /* account, number, limits, errors without a message */
	WEBHOOK_UNKNOWN,    /* none of these: kept and shown */
	WEBHOOK_TROUBLE,    /* of the door itself: when it begins, then hourly; its token is 0 and no KEPT is due */
};

/* In the order of their rank; FAILED is apart: final unless a later DELIVERED or READ proves otherwise. */
enum webhook_status { WEBHOOK_SENT, WEBHOOK_DELIVERED, WEBHOOK_READ, WEBHOOK_FAILED };

enum webhook_content {
	WEBHOOK_TEXT,
	WEBHOOK_BUTTON, /* of a template: text, payload in `choice` */
	WEBHOOK_REPLY,	/* of our buttons or list: title in `text`, id in `choice` */
	WEBHOOK_IMAGE,
	WEBHOOK_AUDIO,
	WEBHOOK_VIDEO,
	WEBHOOK_DOCUMENT,
	WEBHOOK_STICKER,
	WEBHOOK_LOCATION, /* name and address, if any, in `text` */
	WEBHOOK_PHONE,	  /* the person's own number, given when we asked for it: in `shared_phone` */
	WEBHOOK_CARD,	  /* somebody's card; its names and numbers in `text`; proves nothing */
	WEBHOOK_REACTION, /* emoji in `text` ("": taken back) to the message `reply_to` */
	WEBHOOK_OTHER,	  /* order, edit, revoke, unsupported, a type not yet known: its name in `text` */
};

struct webhook_person {
	char phone[BEARER_ADDRESS_MAX]; /* E.164 with '+'; "" when WhatsApp hides it */
	char user[BEARER_USER_MAX];	/* user id; "" in webhooks of the old shape */
	char name[WEBHOOK_NAME_MAX];	/* as the person calls themselves; "" */
};

struct webhook_event {
	uint64_t token; /* goes back with KEPT; never 0 but for TROUBLE */
	enum webhook_event_type type;
	int64_t at;		      /* ms since 1970 as WhatsApp says; 0: not told */
	int64_t received;	      /* ms since 1970 by this box's clock, when its POST was kept */
	char id[BEARER_ID_MAX];	      /* STATUS: our message's; MESSAGE: theirs; cut ids are told as "" */
	struct webhook_person person; /* STATUS: to whom; others: who. PREFERENCE, MOVED too */
	enum webhook_status status;
	int64_t delivery; /* STATUS: from our callback data; 0: not told */
	int32_t attempt;
	int32_t code;	   /* the API's error code on a status, a message or the account; 0: none. TROUBLE: how often */
	char error[160];   /* its words, masked (graph_error_tell) */
	char category[32]; /* STATUS: what it was charged as ("utility", "marketing", "service"…); "": not told.
				TEMPLATE: the category Meta will move it to; "": none announced */
	bool free_of_charge; /* STATUS: free_customer_service or free_entry_point */
	enum webhook_content content;
	char reply_to[BEARER_ID_MAX];
	char choice[WEBHOOK_CHOICE_MAX];
	char media[WEBHOOK_MEDIA_MAX]; /* id to fetch it by within 7 days */
	char mime[WEBHOOK_MIME_MAX];
	char sha256[64]; /* base64 as told; "" */
	char file[WEBHOOK_NAME_MAX];
	double latitude, longitude;
	char shared_phone[BEARER_ADDRESS_MAX];
	char previous_user[BEARER_USER_MAX];	 /* MOVED */
	char previous_phone[BEARER_ADDRESS_MAX]; /* MOVED: the number that wrote until now */
	bool stop;				 /* PREFERENCE: marketing is stopped; false: allowed again */
	char template[BEARER_TEMPLATE_MAX], language[BEARER_LANGUAGE_MAX]; /* TEMPLATE */
	/* The webhook's field: "messages", "message_template_status_update", "account_update"…; "": none. */
	char field[48];
	/* TEMPLATE: the event, score or category it has now. ACCOUNT: the event, decision or limit; "errors" for errors
	 * without a message. TROUBLE: "signature" (it is wrong: a stranger's, or our app secret is), "disk" (the spool
	 * cannot be written), "full" (it holds all it may). */
	char word[WEBHOOK_WORD_MAX];
	char remark[256]; /* TEMPLATE, ACCOUNT, TROUBLE: the reason as one line, masked */
	/* MESSAGE: text or caption. UNKNOWN: the piece's JSON, cut at a character's edge. */
	char text[WEBHOOK_TEXT_MAX];
};

struct webhook_config {
	char listen[64];	  /* "127.0.0.1:8081" or "[::1]:8081" */
	char spool[256];	  /* folder; made, mode 0700, when absent */
	char app_secret[128];	  /* key of the signature */
	char verify_token[128];	  /* of the handshake */
	char phone_number_id[64]; /* messages and statuses of other numbers are told as UNKNOWN; "": any */
};

/* Starts the thread (detached, all signals blocked, nicer than the others so that a flood slows none of them). *ret_fd: the
 * hub's end, non-blocking, close-on-exec; closing it ends the thread. The configuration is copied; the caller wipes its
 * secrets. Fails with EX_CONFIG (the address cannot be bound, the spool cannot be made, there is no app secret),
 * EX_UNAVAILABLE (no libmicrohttpd) or EX_OSERR. Blocks only for opening these. */
int webhook_start(const struct webhook_config *config, int *ret_fd, struct err *err);

/* Hub's end. 0; -EAGAIN nothing there, or no room; -EPIPE the thread has ended; -EBADMSG not a packet of ours. KEPT may be
 * said in any order, once a token. The pair has room for KEPT of all events that are with the hub. */
int webhook_event_read(int fd, struct webhook_event *ret_event);
int webhook_kept(int fd, uint64_t token);

#endif
