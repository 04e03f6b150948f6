/* The WhatsApp Cloud API's language (Meta's Graph API): what is asked of it and what it answers. Pure; any thread.
 *
 *	graph_request.c   a message to one person, as the JSON the API takes
 *	graph_content.c   the same from a bearer's SEND
 *	graph_answer.c    what the API says of a message it took, of media, and of its own health
 *	graph_error.c     what it says when it refuses, and what that means for us
 *	graph_template.c  creating templates and reading their state
 *
 * Texts handed over by pointer stay the caller's; JSON texts handed back are to be freed. */
#ifndef BANDITORE_GRAPH_H
#define BANDITORE_GRAPH_H

#include "config/err.h"
#include "modem/bearer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The API's limits, in characters unless said otherwise. */
enum {
	GRAPH_PARAMETERS_MAX = 10,
	GRAPH_BODY_MAX = 1024, /* of templates with their parameters, buttons and captions */
	GRAPH_TEXT_MAX = 4096, /* of free text and lists */
	GRAPH_HEADER_MAX = 60, /* of headers and footers */
	GRAPH_BUTTONS_MAX = 3,
	GRAPH_ROWS_MAX = 10,
	GRAPH_TITLE_MAX = 20,	  /* of a button, and of what opens a list */
	GRAPH_ROW_TITLE_MAX = 24, /* of a list's row */
	GRAPH_ROW_WORDS_MAX = 72, /* of its description */
	GRAPH_BUTTON_ID_MAX = 256,
	GRAPH_ROW_ID_MAX = 200,
	GRAPH_CALLBACK_MAX = 512,
	GRAPH_MEDIA_ID_MAX = 64,   /* octets with the NUL; ids of media are decimal numbers */
	GRAPH_FILE_NAME_MAX = 240, /* our own bound: the API tells none */
};

/* As people count: UTF-16 units, which is never less than what the API counts. */
size_t graph_characters(const char *text);

/* ---- requests ---- */

struct graph_parameter {
	const char *name; /* NULL: by position; all of a message are the same in that */
	const char *value;
};

struct graph_choice {
	const char *id; /* comes back when the person chooses it */
	const char *title;
	const char *words; /* under the title of a list's row; NULL: none */
};

struct graph_message {
	enum bearer_content content;
	const char *to;	      /* E.164 with '+'; NULL or "": by user id */
	const char *user;     /* user id; not used when `to` is given */
	const char *callback; /* comes back in every status of the message; NULL: none */
	const char *reply_to; /* id of the message quoted; for BEARER_MARK_READ, of the one read; NULL: none */
	bool typing;	      /* BEARER_MARK_READ: and show that an answer is being written */

	const char *template, *language;
	const char *body; /* the template's own body, to measure the whole; NULL: not known */
	struct graph_parameter parameters[GRAPH_PARAMETERS_MAX];
	int parameter_count;

	const char *text;	     /* all but templates; of media, what stands under them: NULL or "": nothing */
	const char *media;	     /* images and documents: the id its upload gave */
	const char *file_name;	     /* of a document, as the person sees it; NULL or "": none */
	const char *header, *footer; /* buttons and lists; NULL: none */
	const char *opener;	     /* what opens a list */
	struct graph_choice choices[GRAPH_ROWS_MAX];
	int choice_count;
};

/* The request's body. Line breaks, tabs and more than four spaces in a template's parameter, which the API refuses, become
 * one space. Fails with EX_DATAERR for what the API would refuse: an empty parameter, a text too long, two buttons of one
 * title, a number without its '+'. */
int graph_request(const struct graph_message *message, char **ret_body, struct err *err);

/* A template's parameter as it is sent: see graph_request. Never longer than the value. */
void graph_parameter_fold(const char *value, char *out, size_t size);

/* The body of a template with its parameters in place, in characters. */
size_t graph_hydrated(const char *body, const struct graph_parameter *parameters, int count);

/* The request for a bearer's SEND: its text is cut into fields as enum bearer_content says. */
int graph_request_of_send(const struct bearer_send *send, const char *text, char **ret_body, struct err *err);

/* biz_opaque_callback_data of a delivery's attempt: "d:DELIVERY:ATTEMPT", and back. False: not one of ours. */
enum { GRAPH_CALLBACK_OWN_MAX = 40 };
void graph_callback_write(int64_t delivery, int32_t attempt, char out[GRAPH_CALLBACK_OWN_MAX]);
bool graph_callback_read(const char *text, int64_t *ret_delivery, int32_t *ret_attempt);

/* ---- answers ---- */

enum { GRAPH_MEDIA_URL_MAX = 1024, GRAPH_MEDIA_TYPE_MAX = 96, GRAPH_MEDIA_HASH_MAX = 72 };

enum graph_status { GRAPH_ACCEPTED, GRAPH_HELD, GRAPH_PAUSED };

struct graph_sent {
	char id[BEARER_ID_MAX]; /* "" when it is longer than that: its statuses are known by their callback data */
	char wa_id[BEARER_ADDRESS_MAX]; /* digits without '+'; empty for a user id */
	char user[BEARER_USER_MAX];	/* empty: not told */
	enum graph_status status;
};

/* False: no answer of the API's to a message, though it may come with status 200 (a captive portal, a proxy). */
bool graph_sent_read(const char *body, size_t length, struct graph_sent *ret_sent);
bool graph_success_read(const char *body, size_t length); /* {"success":true} */

/* What the API says of a medium it keeps. */
struct graph_media {
	char url[GRAPH_MEDIA_URL_MAX]; /* for five minutes */
	char type[GRAPH_MEDIA_TYPE_MAX];
	char sha256[GRAPH_MEDIA_HASH_MAX]; /* hexadecimal or base64, as told; "": not told */
	int64_t size;			   /* octets; -1: not told */
};

/* False: no such answer, or an address longer than any. */
bool graph_media_read(const char *body, size_t length, struct graph_media *ret_media);

/* The answer to an upload. False: none, or no number. */
bool graph_media_id_read(const char *body, size_t length, char ret_id[GRAPH_MEDIA_ID_MAX]);
bool graph_media_id_is(const char *id); /* a decimal number of fitting length */

/* Is it the API at all that answers: an object with an id, a health or an error? */
bool graph_is_answer(const char *body, size_t length);

enum graph_health { GRAPH_HEALTH_UNKNOWN, GRAPH_AVAILABLE, GRAPH_LIMITED, GRAPH_BLOCKED };

/* The answer to ?fields=health_status: the whole, and the first error or remark in the API's words. UNKNOWN: not such an
 * answer. */
enum graph_health graph_health_read(const char *body, size_t length, char why[BEARER_WHY_MAX]);

/* ---- errors ---- */

enum graph_class {
	GRAPH_RETRY,		   /* later, with back-off */
	GRAPH_RETRY_PAIR,	   /* too many to this one person: later, to them only */
	GRAPH_RECIPIENT,	   /* WhatsApp does not reach this person */
	GRAPH_RECIPIENT_MARKETING, /* nor with marketing; utility messages still do */
	GRAPH_TEMPLATE,		   /* this template cannot be sent until staff act */
	GRAPH_ACCOUNT,		   /* nothing can be sent until staff act */
	GRAPH_PAYLOAD,		   /* we asked wrongly */
	GRAPH_WINDOW,		   /* more than 24 h since the person wrote: only a template reaches them */
	GRAPH_INBOUND,		   /* a remark on something that came in */
};

struct graph_code {
	int32_t code, until; /* the last of a range; 0: this code only */
	enum graph_class class;
	enum graph_class inbound; /* what it means on a message that came in */
	int32_t after_s;	  /* how long to leave what the class names alone; 0: the usual back-off */
	int8_t tries;		  /* GRAPH_RETRY: so often, then it is given up; 0: while the message lives */
	bool all;		  /* GRAPH_RETRY: everything waits, not this message only */
	const char *meaning;
};

/* Never NULL: an unknown code has a row of its own, tried once more. */
const struct graph_code *graph_code_find(int32_t code);
extern const struct graph_code graph_codes[];
extern const size_t graph_codes_count;

const char *graph_class_to_string(enum graph_class class);
enum bearer_outcome graph_outcome(const struct graph_code *code);

struct graph_error {
	int32_t code, subcode;
	bool transient;
	char message[256], details[256]; /* in the API's words, without what looks like a number or a token */
	char trace[40];			 /* what the API's support asks for */
};

/* A refusal's body. False: not one of the API's. */
bool graph_error_read(const char *body, size_t length, struct graph_error *ret_error);

/* One error object, as in a refusal or in a status's `errors`. False: it has no code. */
bool graph_error_of(const json_t *object, struct graph_error *ret_error);

/* "131026 not reachable by WhatsApp: details", for a result or a log. */
void graph_error_tell(const struct graph_error *error, char *out, size_t size);

/* Copies a foreign text for a person's eyes: numbers of seven digits and more, words as long as a token and control
 * characters become "…"; what is not UTF-8 becomes U+FFFD. */
void graph_mask(const char *text, char *out, size_t size);

#endif
