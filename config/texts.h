/* Every sentence a citizen or an officer reads, in Italian, from texts.it.cfg; what the file leaves out is built in.
 *
 * A text holds placeholders in braces: "{comune}: ALLERTA {colour}. {text}". A part in brackets, "[ Privacy: {url}]", is
 * left out when one of its placeholders is empty; brackets do not nest. "{{", "}}", "[[" and "]]" stand for the sign. Which
 * placeholders each text may hold, and which it must, is part of the table in texts.c and is checked when the file is
 * read, so that a slip is found at the start and not in an alert. */
#ifndef BANDITORE_TEXTS_H
#define BANDITORE_TEXTS_H

#include "config/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { TEXTS_TEXT_MAX = 1024, TEXTS_VALUES_MAX = 12 };

/* In round brackets: the placeholders a text must hold; "says 112": it must send emergencies there. */
enum text_id {
	TEXT_ALERT, /* {comune} {service} {colour} {hazard} {phase} {until} ({text}); the middle three as below */
	TEXT_ALERT_HAZARD, /* " per {hazard}" ({hazard}): what {hazard} above becomes when one is given, else nothing */
	TEXT_ALERT_PHASE,  /* ", fase di {phase}" ({phase}): likewise */
	TEXT_ALERT_UNTIL,  /* ", fino alle {until}" ({until}): likewise; {until} is a time with its date where needed */
	TEXT_WHEN_TOMORROW, /* such a time: ({time}) */
	TEXT_WHEN_DATE,	    /* ({time} {date}) */
	TEXT_UPDATE,	    /* of an alert: as TEXT_ALERT; says AGGIORNAMENTO */
	TEXT_CLEAR, /* {comune} {service} {hazard} {colour} ({text}); {hazard} is what the alert was for, without "per" */
	TEXT_CLEAR_DEFAULT,  /* the {text} of a clear that has none */
	TEXT_NEWS,	     /* {comune} {service} {topic} ({text}) */
	TEXT_BOTH_LANGUAGES, /* ({first} {second}): one text behind the other */
	TEXT_EXERCISE,	     /* ({text}): says ESERCITAZIONE at both ends, which is checked */
	TEXT_COLOUR_YELLOW,
	TEXT_COLOUR_ORANGE,
	TEXT_COLOUR_RED,
	TEXT_PHASE_ATTENTION,
	TEXT_PHASE_PREALARM,
	TEXT_PHASE_ALARM,
	TEXT_WELCOME,	      /* {comune} {service} {privacy_url} {contacts} */
	TEXT_WELCOME_BACK,    /* already a subscriber; as TEXT_WELCOME */
	TEXT_GOODBYE,	      /* {comune} {service} {contacts} */
	TEXT_NOT_SUBSCRIBED,  /* asks to leave without having joined; as TEXT_GOODBYE */
	TEXT_WELCOME_ONE_WAY, /* as TEXT_WELCOME, where the comune reads no messages */
	TEXT_CALL_WELCOME,    /* joined by a missed call; as TEXT_WELCOME */
	TEXT_ASK_NUMBER,      /* {comune} {service} {contacts}: a WhatsApp user whose number is not visible */
	TEXT_NUMBER_KEPT,     /* ({phone}) {service} */
	TEXT_NUMBER_UNCLEAR,  /* {service} */
	TEXT_STATUS,	      /* {service} {zone} {topics} {channel}; {topics} also as topics_all or topics_nothing */
	TEXT_TOPICS_ALL,
	TEXT_TOPICS_NOTHING,
	TEXT_LIST_ITEM,	       /* ({number} {name}): a row of a numbered list; rows are joined by ", " */
	TEXT_TOPICS,	       /* ({topics}) {service}: the numbered list */
	TEXT_TOPICS_ON,	       /* in WhatsApp's list, under a topic that is received; a tap changes it */
	TEXT_TOPICS_OFF,       /* likewise, that is not */
	TEXT_LIST_MORE,	       /* the last row of a list that goes on */
	TEXT_TOPICS_CHANGED,   /* ({topics}) {service} */
	TEXT_TOPICS_UNKNOWN,   /* {text} {service} */
	TEXT_ZONE_SET,	       /* ({zone}) {service} */
	TEXT_ZONE_UNKNOWN,     /* ({zones}) {text} {example} {service}; also asked for without a name */
	TEXT_ZONE_NONE,	       /* {service}: the settings have none */
	TEXT_LANGUAGE_SET,     /* {service}: in the new language */
	TEXT_LANGUAGE_UNKNOWN, /* ({languages}) {service} */
	TEXT_LANGUAGE_NAME,    /* this file's own language */
	TEXT_PRIVACY, /* ({phone}) {name} {zone} {topics} {joined} {channel} {reports} {appointments}, the two as digits;
		       * {comune} {service} {privacy_url} {contacts} */
	TEXT_PRIVACY_HIDDEN, /* what {phone} becomes in it when WhatsApp hides the number */
	TEXT_PRIVACY_NONE,   /* {days} {comune} {service} {privacy_url} {contacts}: not a subscriber */
	TEXT_HELP,	     /* {comune} {service} {contacts}; says 112 */
	TEXT_HELP_ONE_WAY,   /* likewise */
	TEXT_HINT_JOIN,	     /* {service}: said beside the answer where joining may have been meant */
	TEXT_HINT_LEAVE,     /* likewise */
	TEXT_HINT_TOPICS,    /* likewise */
	TEXT_HINT_HELP,	     /* likewise */
	TEXT_REPORT_ASK,     /* {service}: SEGNALA alone; says 112 */
	TEXT_REPORT_ACK,     /* ({number}) {service} {contacts}; says 112 */
	TEXT_REPORT_ADDED,   /* ({number}) {service}; says 112 */
	TEXT_REPORT_STATE,   /* ({number} {state}) {office} {service}; {state} is one of the following */
	TEXT_REPORT_STATE_NEW,
	TEXT_REPORT_STATE_ASSIGNED,
	TEXT_REPORT_STATE_ANSWERED,
	TEXT_REPORT_STATE_CLOSED,
	TEXT_REPORT_CLOSED,	      /* ({number}) {text} {comune} {service} {office} */
	TEXT_REPORT_UNKNOWN,	      /* ({number}) {service} */
	TEXT_APPOINTMENT_OFFICE,      /* ({offices}) {service}: the numbered list */
	TEXT_APPOINTMENT_SLOT,	      /* ({number} {date} {time}) {weekday}: a free slot in a list */
	TEXT_APPOINTMENT_MORE,	      /* the row that shows later slots */
	TEXT_APPOINTMENT_SLOTS,	      /* ({slots}) {office} {service} */
	TEXT_APPOINTMENT_CONFIRM,     /* ({when}) {office} {service} */
	TEXT_APPOINTMENT_BOOKED,      /* ({when}) {office} {service} {contacts} */
	TEXT_APPOINTMENT_CANCELLED,   /* ({when}) {office} {service} */
	TEXT_APPOINTMENT_NONE_FREE,   /* {office} {service} {contacts} */
	TEXT_APPOINTMENT_TAKEN,	      /* ({slots}) {office} {service} */
	TEXT_APPOINTMENT_NONE,	      /* {service}: nothing to move or cancel */
	TEXT_APPOINTMENT_STOPPED,     /* {service}: the answer was NO */
	TEXT_APPOINTMENT_NOT_OFFERED, /* {service} {contacts}: the settings have no office */
	TEXT_APPOINTMENT_WHICH,	      /* ({slots}) {service}: of several appointments, to move or cancel */
	TEXT_APPOINTMENT_ENOUGH,      /* ({total}) {service}: has as many as one person may */
	TEXT_APPOINTMENT_NO_COMES,    /* behind the reminder's: what to answer who cannot come */
	TEXT_CHOICE_UNKNOWN,	      /* ({total}) {service} */
	TEXT_POINTER,		      /* {comune} {service} {contacts}: one-way; says 112 */
	TEXT_REPEAT,		      /* ({text}) {when} {service} */
	TEXT_REPEAT_NONE,	      /* {service} */
	TEXT_UNREADABLE,	      /* {comune} {service} {contacts}; says 112 */
	TEXT_TRY_LATER,		      /* {comune} {service} {contacts}; says 112 */
	TEXT_SURVEY,		      /* ({text}) {service}: a question behind a piece of news */
	TEXT_SURVEY_THANKS,	      /* ({number}) {service} */
	TEXT_BUTTON_JOIN,	      /* WhatsApp's buttons, at most 20 characters each; the last opens a list */
	TEXT_BUTTON_LEAVE,
	TEXT_BUTTON_STATUS,
	TEXT_BUTTON_TOPICS,
	TEXT_BUTTON_ZONE,
	TEXT_BUTTON_REPORT,
	TEXT_BUTTON_APPOINTMENT,
	TEXT_BUTTON_MOVE,
	TEXT_BUTTON_CANCEL,
	TEXT_BUTTON_MORE,
	TEXT_BUTTON_PRIVACY,
	TEXT_BUTTON_REPEAT,
	TEXT_BUTTON_HELP,
	TEXT_BUTTON_YES,
	TEXT_BUTTON_NO,
	TEXT_BUTTON_CHOOSE,
	TEXT_WORDS_JOIN, /* words citizens may write beside those the program knows, separated by commas */
	TEXT_WORDS_LEAVE,
	TEXT_WORDS_STATUS,
	TEXT_WORDS_TOPICS,
	TEXT_WORDS_ZONE,
	TEXT_WORDS_REPORT,
	TEXT_WORDS_APPOINTMENT,
	TEXT_WORDS_MOVE,
	TEXT_WORDS_CANCEL,
	TEXT_WORDS_PRIVACY,
	TEXT_WORDS_REPEAT,
	TEXT_WORDS_HELP,
	TEXT_WORDS_YES,
	TEXT_WORDS_NO,
	TEXT_CAN_ALERT,	   /* the box's one sentence: {ready} {total} modems */
	TEXT_CANNOT_ALERT, /* ({why}), one of the following, each with {modem} */
	TEXT_WHY_STARTING,
	TEXT_WHY_SEARCHING,
	TEXT_WHY_SIM,
	TEXT_WHY_PIN,
	TEXT_WHY_HUNG,
	TEXT_WHY_GONE,
	TEXT_WHY_BUDGET,
	TEXT_WHY_BARRED,  /* the network refuses this SIM's messages for now */
	TEXT_WHY_REFUSED, /* the WhatsApp account may not send */
	TEXT_WHY_NO_MODEM,
	TEXT_WHY_DISK,
	TEXT_WHY_NOT_RUNNING,
	TEXT_TEMPLATE_ALERT, /* the bodies of the WhatsApp templates: {comune} {service} {contacts} {alert} {text} */
	TEXT_TEMPLATE_ALERT_EXAMPLE, /* a {text} to show whoever examines the template */
	TEXT_TEMPLATE_CLEAR,
	TEXT_TEMPLATE_CLEAR_EXAMPLE,
	TEXT_TEMPLATE_NEWS, /* {topic} in place of {alert} */
	TEXT_TEMPLATE_NEWS_EXAMPLE,
	TEXT_TEMPLATE_HAZARD_EXAMPLE,
	TEXT_NOTICE_WHATSAPP, /* to staff, by SMS: {comune} {service} */
	TEXT_NOTICE_WHATSAPP_WELL,
	TEXT_NOTICE_TEMPLATE,
	TEXT_NOTICE_TEMPLATE_WELL,
	TEXT_TEMPLATE_ALERT_PLAIN,    /* the beginning of {alert} where an alert has neither colour nor hazard */
	TEXT_TEMPLATE_EXERCISE_ALERT, /* ({alert}): what {alert} becomes in an exercise; begins with ESERCITAZIONE */
	TEXT_TEMPLATE_EXERCISE_TEXT,  /* ({text}): likewise; ends with ESERCITAZIONE */
	TEXT_TEMPLATE_UPDATE_TEXT,    /* ({text}): what {text} becomes in an update; says AGGIORNAMENTO */
	/* What the keypad says to the officer; {when} is one of the three below it, {zone} a name or "everybody". */
	TEXT_KEYPAD_READY,
	TEXT_KEYPAD_EXERCISE_READY,
	TEXT_KEYPAD_EXERCISE,
	TEXT_KEYPAD_NO_CODE,	    /* {code} */
	TEXT_KEYPAD_READBACK,	    /* {exercise} {colour} {hazard} {phase} {when} {zone} ({recipients}) */
	TEXT_KEYPAD_READBACK_CLEAR, /* {exercise} {hazard} {id} ({recipients}) */
	TEXT_KEYPAD_MESSAGE,	    /* {parts} ({text}) */
	TEXT_KEYPAD_SHORTER,	    /* ({parts}) */
	TEXT_KEYPAD_TODAY,
	TEXT_KEYPAD_TOMORROW,
	TEXT_KEYPAD_UNTIL, /* ({until}) */
	TEXT_KEYPAD_EVERYBODY,
	TEXT_KEYPAD_RUNNING, /* {id} */
	TEXT_KEYPAD_ASK_PIN,
	TEXT_KEYPAD_ASK_SECOND, /* {officer} */
	TEXT_KEYPAD_PIN_WRONG,	/* {seconds} */
	TEXT_KEYPAD_PIN_WAIT,	/* {seconds} */
	TEXT_KEYPAD_PIN_LOCKED, /* {minutes} */
	TEXT_KEYPAD_PIN_ROLE,	/* {officer} */
	TEXT_KEYPAD_PIN_SAME,	/* {officer} */
	TEXT_KEYPAD_NO_OFFICER,
	TEXT_KEYPAD_ASK_CONFIRM,  /* {officer} */
	TEXT_KEYPAD_WINDOW,	  /* {id} {recipients} ({seconds}) */
	TEXT_KEYPAD_STARTED,	  /* {id} {recipients} */
	TEXT_KEYPAD_STOPPED,	  /* {id} */
	TEXT_KEYPAD_STOPPED_LATE, /* {id} {sent} */
	TEXT_KEYPAD_CANCELLED,
	TEXT_KEYPAD_TIMEOUT,
	TEXT_KEYPAD_PROGRESS, /* {id} {recipients} ({reached}) */
	TEXT_KEYPAD_FINISHED, /* {id} {recipients} ({reached}) */
	TEXT_KEYPAD_GONE,
	TEXT_KEYPAD_GONE_NOTHING,
	TEXT_KEYPAD_NOBODY,
	TEXT_KEYPAD_NOTHING_TO_CLEAR,
	TEXT_KEYPAD_NOT_RUNNING,
	TEXT_KEYPAD_FAULT,
	TEXT_KEYPAD_STOP_FAULT,	    /* {id} */
	TEXT_KEYPAD_VOLUME,	    /* {volume} */
	TEXT_REPORT_REPLY,	    /* an office answers a report: {comune} {office} ({number} {text}) */
	TEXT_APPOINTMENT_WHEN,	    /* what {when} below becomes: ({weekday} {date} {time}) */
	TEXT_APPOINTMENT_WEEKDAYS,  /* Monday to Sunday, a comma between two */
	TEXT_APPOINTMENT_CONFIRMED, /* {comune} {number} {contacts} {text} ({office} {when}); so the next three */
	TEXT_APPOINTMENT_MOVED,
	TEXT_APPOINTMENT_DECLINED,
	TEXT_APPOINTMENT_REMINDER,
	/* The words of the keypad's sheet on paper. */
	TEXT_SHEET_TITLE, /* {comune} */
	TEXT_SHEET_STEP_CODE,
	TEXT_SHEET_STEP_READ,
	TEXT_SHEET_STEP_PIN,
	TEXT_SHEET_STEP_CONFIRM,
	TEXT_SHEET_STEP_STOP, /* {seconds} */
	TEXT_SHEET_WHOLE,
	TEXT_SHEET_COLOUR,
	TEXT_SHEET_RISK,
	TEXT_SHEET_PHASE,
	TEXT_SHEET_FROM,
	TEXT_SHEET_UNTIL,
	TEXT_SHEET_LIST,
	TEXT_SHEET_NONE,
	TEXT_SHEET_NO_PHASE,
	TEXT_SHEET_GREEN,
	TEXT_SHEET_HOURS_RANGE,
	TEXT_SHEET_SEE_BELOW,
	TEXT_SHEET_RISKS,
	TEXT_SHEET_SHORT,
	TEXT_SHEET_HOURS, /* {hours} */
	TEXT_SHEET_COMMANDS,
	TEXT_SHEET_CLEAR,
	TEXT_SHEET_EXERCISE,
	TEXT_SHEET_STATUS,
	TEXT_SHEET_REPEAT,
	TEXT_SHEET_LOUDER,
	TEXT_SHEET_QUIETER,
	TEXT_SHEET_EXAMPLE, /* {code} {text} */
	TEXT_SHEET_KEYS,
	/* To officers who order by telephone. */
	TEXT_OFFICER_READBACK,	  /* ({summary} {text} {word}) {warning} {parts} {minutes} */
	TEXT_OFFICER_CUT,	  /* behind a {text} too long to be read back whole */
	TEXT_OFFICER_ASK_SECOND,  /* to the second officer: {officer} ({summary} {text} {word}) {minutes} */
	TEXT_OFFICER_WAIT_SECOND, /* to the first: {officers} {minutes} */
	TEXT_OFFICER_NO_SECOND,
	TEXT_OFFICER_STARTED,	/* ({id}) {recipients} */
	TEXT_OFFICER_CANCELLED, /* stopped by somebody else: ({id}) {reached} {recipients} */
	TEXT_OFFICER_EXPIRED,	/* {minutes} {summary} */
	TEXT_OFFICER_WORD_WRONG,
	TEXT_OFFICER_WORD_OVER,
	TEXT_OFFICER_WORD_LATE,
	TEXT_OFFICER_WORD_USED,	   /* ({id}) */
	TEXT_OFFICER_WORD_MISSING, /* confirms without the word */
	TEXT_OFFICER_WORD_NO_PIN,  /* the second officer left the PIN out: {word} */
	TEXT_OFFICER_PIN_WRONG,	   /* {seconds} */
	TEXT_OFFICER_PIN_LOCKED,   /* {minutes} */
	TEXT_OFFICER_PIN_NONE,
	TEXT_OFFICER_ROLE,
	TEXT_OFFICER_MISSING, /* ({what}), one of those below */
	TEXT_OFFICER_WHAT_PIN,
	TEXT_OFFICER_WHAT_COLOUR,
	TEXT_OFFICER_WHAT_UNTIL,
	TEXT_OFFICER_WHAT_TEXT,
	TEXT_OFFICER_REFUSED,
	TEXT_OFFICER_NO_MESSAGE, /* {id} */
	TEXT_OFFICER_BUSY,
	TEXT_OFFICER_RESTARTED,
	TEXT_OFFICER_STATUS, /* ({status}) {running} */
	TEXT_DRILL,	     /* what an exercise says where nobody writes a text */
	/* The box's own test, and what the staff are told of it and of a box that cannot alert. */
	TEXT_SELFTEST_SMS,	  /* to itself: ({code}) {service} */
	TEXT_SELFTEST_GOOD,	  /* {when} */
	TEXT_SELFTEST_BAD,	  /* ({why}) {when} */
	TEXT_SELFTEST_WHY_UNSENT, /* {modem}; so the next */
	TEXT_SELFTEST_WHY_LOST,
	TEXT_SELFTEST_WHY_NUMBER,
	TEXT_SELFTEST_WHY_WHATSAPP,
	TEXT_SELFTEST_WHY_DISK,
	TEXT_SELFTEST_WHY_CLOCK,
	TEXT_SELFTEST_WHY_BATTERY, /* {percent} */
	TEXT_SELFTEST_WHY_DATABASE,
	TEXT_NOTICE_CANNOT_ALERT, /* ({why}) {comune} {service} {when}; so the next three */
	TEXT_NOTICE_CAN_ALERT,
	TEXT_NOTICE_SELFTEST,
	TEXT_NOTICE_SELFTEST_WELL,
	TEXT_COUNT
};

struct texts;

/* path NULL, or absent while `required` is false: the built-in Italian. Fails with EX_CONFIG, file, line and remedy for an
 * unknown key, a wrong type, a text too long or a placeholder that text may not hold. Blocks for the file's reading. */
int texts_read(const char *path, bool required, struct texts **ret_texts, struct err *err);

/* The same from memory, as if it were the file `path`. The text need not end in NUL. */
int texts_read_string(const char *text, size_t length, const char *path, struct texts **ret_texts, struct err *err);

void texts_free(struct texts *texts);

/* The pattern as it stands; never NULL. For a text without placeholders, such as a colour, that is the text. */
const char *texts_get(const struct texts *texts, enum text_id id);

/* ---- other languages ---------------------------------------------------------------------------------------------- */

enum { TEXTS_LANGUAGES_MAX = 8 }; /* the Italian ones among them */

struct texts_languages;

/* Reads the files texts.XX.cfg, XX an ISO 639 code, that stand in the folder of `path`, the file of the Italian texts,
 * which is left out. A sentence a file lacks is the Italian one, as `italian` has it, which is borrowed and must outlive
 * the result. No such folder or file: Italian alone. Fails as texts_read, and with EX_CONFIG for too many. Blocks for the
 * files' reading. */
int texts_languages_read(
	const char *path, const struct texts *italian, struct texts_languages **ret_languages, struct err *err);
void texts_languages_free(struct texts_languages *languages); /* NULL is allowed */

/* Italian is number 0. *ret_code, if given, is "it", "de" and so on. */
int texts_languages_count(const struct texts_languages *languages);
const struct texts *texts_languages_get(const struct texts_languages *languages, int index, const char **ret_code);

/* The texts of a language; Italian where there are none of it. Never NULL. */
const struct texts *texts_in(const struct texts_languages *languages, const char *code);

/* As texts_read_string, over `base` in place of the built-in texts. */
int texts_read_string_over(const struct texts *base, const char *text, size_t length, const char *path,
	struct texts **ret_texts, struct err *err);

/* ---- filling ------------------------------------------------------------------------------------------------------- */

struct text_value {
	const char *name;  /* without braces */
	const char *value; /* inserted as it is; a placeholder inside it stays text */
};

/* Writes the text with its placeholders filled, NUL-terminated, into out. Returns its length in octets, or -1 when it
 * does not fit (out then holds a cut at a character's edge). A placeholder without a value, or with NULL for one, becomes
 * empty. */
int texts_fill(const struct texts *texts, enum text_id id, const struct text_value *values, size_t count, char *out,
	size_t size);

/* The same for a pattern of another file, such as the keypad's sheet. texts_pattern_check fails with EX_CONFIG, file, line
 * and remedy; `must`: a placeholder the pattern must hold ("": none), `may`: others it may, "zone|from". */
int texts_pattern_fill(const char *pattern, const struct text_value *values, size_t count, char *out, size_t size);
int texts_pattern_check(const char *pattern, const char *key, const char *must, const char *may, const char *path,
	int line, struct err *err);

/* Where a pattern that is right has the placeholder; outside the brackets wins. */
enum texts_place { TEXTS_PLACE_NONE, TEXTS_PLACE_BRACKETS, TEXTS_PLACE_OPEN };
enum texts_place texts_pattern_place(const char *pattern, const char *name);

#endif
