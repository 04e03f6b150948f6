/* The keypad's state machine: what an officer types becomes what the box does. Pure: no clock, no database, no device.
 *
 * An event goes in, actions come out; what an action asks of the world comes back as another event (…ED below), also when
 * it failed. Until then keys are taken for a slip and ignored. The path of an order:
 *
 *	READY  code ENTER → DRAFT → DRAFTING → read-back → PIN
 *	PIN    digits ENTER → CHECK_PIN → CHECKING → CONFIRM (or SECOND, a second officer's PIN, first)
 *	CONFIRM  1 → KEEP → KEEPING → WINDOW        0 → READY
 *	WINDOW   0 → STOP → STOPPING → READY        time → LEFT → READY, and progress is told
 *
 * Nothing is kept before the confirm digit, so what is lost until then (power, pad, process) was not sent. KEEP keeps the
 * message at once, to leave when the window has passed, so what is lost after it does not hold it up. Times are
 * clock_mono_ms. */
#ifndef BANDITORE_MACHINE_H
#define BANDITORE_MACHINE_H

#include "config/texts.h"
#include "firmware-host/keypad/sheet.h"

enum {
	MACHINE_TEXT_MAX = 4608, /* a read-back holds a whole message */
	MACHINE_ACTIONS_MAX = 10,
	MACHINE_NAME_MAX = 64,
};

enum machine_state {
	MACHINE_READY,
	MACHINE_DRAFTING,
	MACHINE_PIN,
	MACHINE_CHECKING,
	MACHINE_SECOND,
	MACHINE_SECOND_CHECKING,
	MACHINE_CONFIRM,
	MACHINE_KEEPING,
	MACHINE_WINDOW,
	MACHINE_STOPPING,
};

/* Keys beside the digits '0' to '9'. */
enum machine_key {
	MACHINE_ENTER = '\n',
	MACHINE_ERASE = '\b', /* the last digit */
	MACHINE_CANCEL = '\033',
	MACHINE_AGAIN = '*', /* says the last thing again */
	MACHINE_LOUDER = '+',
	MACHINE_QUIETER = '-',
};

enum machine_event_kind {
	EVENT_KEY,
	EVENT_LINE, /* what was typed before ENTER, all at once */
	EVENT_TIME, /* the deadline, or just so */
	EVENT_END,  /* no more input will come */
	EVENT_GONE, /* the pad was unplugged */
	EVENT_BACK,
	EVENT_DRAFTED,
	EVENT_REFUSED, /* the draft, or keeping it */
	EVENT_PIN_JUDGED,
	EVENT_KEPT, /* in READY: one kept before the process began, whose window is still open */
	EVENT_STOPPED,
	EVENT_PROGRESS,
	EVENT_TOLD, /* the status of the box, to be said */
};

enum machine_verdict {
	VERDICT_RIGHT,
	VERDICT_WRONG,	/* next try in wait_ms */
	VERDICT_WAIT,	/* not looked at, next try in wait_ms */
	VERDICT_LOCKED, /* for wait_ms */
	VERDICT_NOBODY, /* no officer has a PIN */
	VERDICT_FAULT,
};

struct machine_event {
	enum machine_event_kind kind;
	int64_t now;
	int key;	  /* KEY */
	const char *text; /* LINE; TOLD; DRAFTED: the summary */
	struct {
		const char *message;	      /* the text that will leave */
		const char *warning;	      /* why the box cannot alert now; NULL or "": it can */
		int segments, brief_segments; /* for each person; of the short version, 0: it would spare none */
		bool red;
		int64_t running; /* an alert still under way; 0: none */
	} draft;
	enum text_id refusal; /* REFUSED */
	struct {
		enum machine_verdict verdict;
		int64_t officer; /* RIGHT */
		const char *name;
		bool may_order, may_confirm;
		int64_t wait_ms;
	} pin;
	struct {
		int64_t id, recipients, left_ms; /* until it leaves */
		bool stopped_box;		 /* no appliance runs */
	} kept;
	struct {
		bool failed;
		int64_t sent; /* had left already */
	} stopped;
	struct {
		int64_t id, reached, recipients;
		bool done;
	} progress;
};

enum machine_act {
	ACT_SAY,       /* `text`, which is `id` filled in */
	ACT_DRAFT,     /* compose `meaning`, an alert or an all-clear; `brief`: the short version */
	ACT_DROP,      /* the draft is not wanted any more */
	ACT_CHECK_PIN, /* `text`; wipe it */
	ACT_KEEP,      /* the draft, by officer `number` and, where not 0, officer `second` */
	ACT_STOP,      /* message `number` */
	ACT_LEFT,      /* message `number` has left its window */
	ACT_STATUS,    /* tell how the box is */
	ACT_VOLUME,    /* `number` steps up, or down */
	ACT_BEEP,      /* enum machine_beep in `number` */
	ACT_LED,       /* enum machine_led in `number` */
	ACT_RESULT,    /* enum machine_result in `number`: what a script acts on */
};

enum machine_beep { BEEP_KEY, BEEP_ASK, BEEP_WRONG, BEEP_TICK, BEEP_SENT, BEEP_STOPPED };
enum machine_led {
	LED_OFF,
	LED_SLOW,
	LED_FAST,
	LED_ON
}; /* idle; waits for a digit; the window; an alert is under way */

enum machine_result {
	RESULT_DONE, /* a command that orders nothing */
	RESULT_SENT,
	RESULT_STOPPED,
	RESULT_CANCELLED,
	RESULT_NO_CODE,
	RESULT_REFUSED, /* nobody would get it, nothing to clear */
	RESULT_WRONG_PIN,
	RESULT_LOCKED,
	RESULT_TIMEOUT,
	RESULT_GONE,
	RESULT_ENDED, /* the input, before the confirm digit */
	RESULT_FAULT,
};

struct machine_action {
	enum machine_act act;
	enum text_id id; /* SAY; TEXT_COUNT: a text told by the world */
	int64_t number, second;
	struct sheet_meaning meaning;
	bool brief;
	char text[MACHINE_TEXT_MAX];
};

struct machine_actions {
	int count;
	struct machine_action list[MACHINE_ACTIONS_MAX];
};

struct machine_policy {
	int64_t timeout_ms; /* without a key an order is dropped */
	bool two_officers;  /* for red */
};

struct machine {
	const struct sheet *sheet;
	const struct texts *texts;
	struct machine_policy policy;
	enum machine_state state;
	int64_t deadline; /* an EVENT_TIME is wanted then; 0: none */
	char digits[SHEET_CODE_MAX];
	bool exercise; /* the next code is one */
	struct sheet_meaning meaning;
	bool brief, red;
	int64_t pin_open; /* no PIN is looked at before; 0: now */
	int64_t officer, second;
	char officer_name[MACHINE_NAME_MAX];
	int64_t kept, recipients, window_end;
	int64_t running, told; /* the message whose progress is told, and how many were reached when it was last told */
	char said[MACHINE_TEXT_MAX];
};

/* sheet and texts must outlive it. */
void machine_init(struct machine *machine, const struct sheet *sheet, const struct texts *texts,
	const struct machine_policy *policy);

/* One step. *ret holds no more than MACHINE_ACTIONS_MAX actions, to be done in order. */
void machine_step(struct machine *machine, const struct machine_event *event, struct machine_actions *ret);

/* What stands on the officer's line: the digits typed, a PIN as asterisks. */
void machine_prompt(const struct machine *machine, char out[SHEET_CODE_MAX]);

const char *machine_result_to_string(enum machine_result result); /* "sent"… */
const char *machine_state_to_string(enum machine_state state);

#endif
