/* The bearer contract: what stands between the hub and whatever carries a message to one person.
 *
 * A bearer is one worker thread of linear, deadline-bounded code: a GSM modem today, the WhatsApp Cloud API or an HTTP
 * gateway tomorrow. The hub owns the database, the policy and the clock on the wall; a bearer owns its port or its
 * connections and nothing else. They share no memory. Each holds one end of a SOCK_SEQPACKET pair and passes whole
 * messages by value: `struct bearer_ask` down, `struct bearer_tell` up. One packet is one message.
 *
 * What a bearer is asked
 *   SEND     carry one *segment* (what one AT+CMGS or one HTTP request carries; a bearer without segments has one).
 *            The hub asks only a bearer that said READY, and never a second time before `slots` (in its status) allows:
 *            a modem has one slot. The intent is on disk before the ask leaves the hub.
 *   KEPT     what RECEIVED brought under this token is committed: now it may be deleted at its source.
 *   PIN      the answer to WANTS_PIN; an empty text means: none, do not try.
 *   COMMAND, USSD  for a technician: run it between two messages, answer with REPLY.
 *   STOP     end. The bearer may still tell, for two seconds, what became of what was in flight, and closes its end. The
 *            hub does not wait for a thread that is stuck.
 *
 * What a bearer answers
 *   RESULT   exactly one for each SEND, with an outcome below. A bearer MUST answer within its own stated time-out, even
 *            when its port has gone; it MUST NOT repeat a send by itself once the last octet may have left the box; and
 *            MUST NOT say ACCEPTED without the network's word.
 *   RECEIVED something arrived: an SMS, a status report, a broadcast page, as raw octets. Told again until KEPT.
 *   CALL     somebody rang.
 *   STATUS   at every change of state, of signal (coarsely) and of identity; the first within a second of the start.
 *   WANTS_PIN  the SIM is locked and more than one attempt is left.
 *   REPLY    lines of the answer to COMMAND or USSD; the last has `last` set.
 *
 * When a bearer is down
 *   It says so by STATUS with a state other than READY and a reason, keeps trying by itself with back-off, and says READY
 *   when it is well. Work given to others meanwhile is not its business. A SEND it holds is answered at once with
 *   NOT_SENT, or UNKNOWN when the message may have left. A bearer that neither answers nor speaks for `patience` seconds
 *   is declared hung by the hub and routed around; its late answers are still heard.
 *
 * Sizes are stated here once. Times are milliseconds of the monotonic clock unless named `_s` (seconds). */
#ifndef BANDITORE_BEARER_H
#define BANDITORE_BEARER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BEARER_NAME_MAX = 32,	  /* "m1", "whatsapp" */
	BEARER_ADDRESS_MAX = 32,  /* E.164 is 16 with '+'; TP-DA holds 20 digits */
	BEARER_USER_MAX = 144,	  /* a user id: two letters, perhaps ".ENT", '.', 128 letters and digits */
	BEARER_ID_MAX = 192,	  /* the network's name of a message: a wamid */
	BEARER_TEMPLATE_MAX = 64, /* as whatsapp.templates.* of the settings */
	BEARER_LANGUAGE_MAX = 16,
	BEARER_TEXT_MAX = 4096, /* octets of UTF-8 with the NUL: ten concatenated segments of any alphabet */
	BEARER_OCTETS_MAX =
		272, /* the longest PDU with its SMSC field is 12 + 164; status reports padded by modems are longer */
	BEARER_WHY_MAX = 160,
	BEARER_PATH_MAX = 128,
	BEARER_SEGMENTS_MAX = 10, /* of one message; more is refused when the message is composed */
};

/* What became of one segment. The order is that of certainty. */
enum bearer_outcome {
	BEARER_ACCEPTED, /* the network took it (or already had it) */
	BEARER_NOT_SENT, /* it did not leave the box and nobody is to blame but this bearer, for now: any bearer may try at once */
	BEARER_RETRY_SOON,    /* the network refused for a passing reason: the same bearer again in seconds */
	BEARER_RETRY_LATER,   /* the network refused; congestion or outage: again after minutes, or by another bearer */
	BEARER_BAD_RECIPIENT, /* permanent for this person */
	BEARER_BAD_MESSAGE,   /* permanent for this text as encoded */
	BEARER_BARRED,	      /* this bearer's contract, SIM or account cannot send: another bearer, and tell staff */
	BEARER_UNKNOWN,	      /* it may have left: settled by a receipt or by policy, never by a blind repeat */
	BEARER_HELD, /* the network took it and keeps it back for now; it may yet come, or be dropped: an alert does not wait */
	BEARER_BAD_TEMPLATE, /* permanent for this template, whoever it goes to, until staff act: another bearer, and tell staff */
};

enum bearer_state {
	BEARER_STARTING,  /* opening, identifying, setting up */
	BEARER_SEARCHING, /* set up, not registered on a network */
	BEARER_READY,
	BEARER_SIM,  /* no SIM, blocked (PUK), failed or barred */
	BEARER_PIN,  /* locked, and no PIN that may be tried */
	BEARER_HUNG, /* does not answer; being recovered */
	BEARER_GONE, /* no port, no link */
	BEARER_REFUSED, /* the link lives and the account may not send, until staff act or a limit ends; tried again slowly */
};

enum bearer_ask_type {
	BEARER_ASK_SEND,
	BEARER_ASK_KEPT,
	BEARER_ASK_PIN,
	BEARER_ASK_COMMAND,
	BEARER_ASK_USSD,
	BEARER_ASK_STOP
};

enum bearer_tell_type {
	BEARER_TELL_STATUS,
	BEARER_TELL_RESULT,
	BEARER_TELL_RECEIVED,
	BEARER_TELL_CALL,
	BEARER_TELL_WANTS_PIN,
	BEARER_TELL_REPLY
};

/* What a SEND's text holds. A modem carries plain text only; the others are for bearers without segments. Fields are
 * separated by BEARER_FIELD, the parts of one field by BEARER_PART; neither occurs in a text. */
enum bearer_content {
	BEARER_TEXT,		 /* the text as it is */
	BEARER_TEMPLATE,	 /* the values of `template`'s parameters: "value" by position, or "name PART value" */
	BEARER_BUTTONS,		 /* the text, then each button: "id PART title" */
	BEARER_LIST,		 /* the text, what opens the list, then each row: "id PART title [PART description]" */
	BEARER_REQUEST_LOCATION, /* the text that asks where the person is */
	BEARER_REQUEST_PHONE,	 /* the text that asks for the person's number */
	BEARER_MARK_READ,	 /* the id of the message that was read; `to` is not looked at */
	BEARER_IMAGE,		 /* the id of the uploaded image, what stands under it (may be empty) */
	BEARER_DOCUMENT, /* the id of the uploaded file, what stands under it (may be empty) [, the file's name] */
};

#define BEARER_FIELD "\x1f"
#define BEARER_PART  "\x1e"

/* One segment of one delivery. */
struct bearer_send {
	int64_t delivery;	     /* outbox row; comes back in the result */
	int32_t attempt;	     /* number of the attempt within the delivery; comes back too */
	uint8_t segment;	     /* 0-based */
	uint8_t reference;	     /* concatenation reference; used when the text needs more than one segment */
	bool report;		     /* ask the network for a delivery report */
	bool flash;		     /* class 0 */
	bool more;		     /* another segment or message follows closely */
	uint32_t validity_s;	     /* how long the network may try; 0: the network's default */
	char to[BEARER_ADDRESS_MAX]; /* E.164 with '+'; empty where only the user id is known */
	char user[BEARER_USER_MAX];  /* user id of a person without a known number; empty: none */
	enum bearer_content content;
	char template[BEARER_TEMPLATE_MAX];
	char language[BEARER_LANGUAGE_MAX]; /* of the template, as "it" or "en_US" */
};

struct bearer_ask {
	enum bearer_ask_type type;
	uint32_t token;		    /* KEPT: of the RECEIVED; COMMAND, USSD: comes back in REPLY */
	struct bearer_send send;    /* SEND only */
	char text[BEARER_TEXT_MAX]; /* SEND: the whole message, UTF-8, already folded; PIN, COMMAND, USSD: the string */
};

struct bearer_result {
	int64_t delivery;
	int32_t attempt;
	enum bearer_outcome outcome;
	int16_t reference; /* TP-MR the network's answer gave, or -1 */
	uint8_t segment;
	bool receipt;		/* a delivery receipt may be expected */
	int32_t elapsed_ms;	/* from the first octet to the answer */
	char error[64];		/* "+CMS ERROR: 38 network out of order"; empty when accepted */
	int32_t code;		/* the API's error code, see modem/graph.h; 0: none */
	char id[BEARER_ID_MAX]; /* accepted or held: the network's name of the message, which its receipts carry */
};

struct bearer_status {
	enum bearer_state state;
	uint16_t slots;		    /* sends it takes at once; a modem: 1 */
	bool receipts;		    /* it delivers receipts */
	bool passing;		    /* REFUSED: for a limit that ends by itself; staff need not act */
	int16_t signal_dbm;	    /* 0: unknown */
	uint32_t patience_s;	    /* longest silence while it holds a send */
	char why[BEARER_WHY_MAX];   /* empty when READY */
	char port[BEARER_PATH_MAX]; /* as opened, symbolic links resolved */
	char manufacturer[32], model[32];
	char imei[20];	    /* empty: not told yet */
	char sim[24];	    /* ICCID, or IMSI where the modem hides it; key of budgets and report matching */
	char network[32];   /* operator's name */
	char technology[8]; /* "2G", "3G", "LTE", "5G" or empty */
};

struct bearer_tell {
	enum bearer_tell_type type;
	uint32_t token; /* RECEIVED, REPLY */
	bool last;	/* REPLY: no more lines */
	union {
		struct bearer_status status;
		struct bearer_result result;
		struct {
			uint16_t length;
			bool damaged;			   /* not even hexadecimal: octets hold the line's text */
			uint8_t octets[BEARER_OCTETS_MAX]; /* with the SMSC field, as the modem gave it */
		} received;
		struct {
			char from[BEARER_ADDRESS_MAX];
		} call; /* empty: withheld */
		struct {
			char sim[24];
			int8_t attempts_left;
		} wants_pin; /* -1: the modem does not tell */
		struct {
			char text[512];
		} reply;
	};
};

/* "ready", "searching"… as in `status --json`; never NULL. */
const char *bearer_state_to_string(enum bearer_state state);
const char *bearer_outcome_to_string(enum bearer_outcome outcome);

/* Whole packets over the pair. Both return 0, or a negative errno: -EAGAIN when it would block (non-blocking end only),
 * -EPIPE when the other side has gone. Only the octets in use are copied. */
int bearer_ask_write(int fd, const struct bearer_ask *ask);
int bearer_ask_read(int fd, struct bearer_ask *ret_ask);
int bearer_tell_write(int fd, const struct bearer_tell *tell);
int bearer_tell_read(int fd, struct bearer_tell *ret_tell);

#endif
