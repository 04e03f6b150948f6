#include "config/texts.h"

#include "config/source.h"
#include "config/value.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* texts.it.cfg as the Makefile makes it into octets. */
#include "texts_it_cfg.inc"

enum {
	PLACEHOLDER_MAX = 32,
	BUTTON_MAX = 20, /* characters of a WhatsApp button; GRAPH_TITLE_MAX in modem/ */
};

struct text_row {
	const char *key;
	const char *must; /* placeholders the text must hold: "text|until"; "": none */
	const char *may;  /* and others it may */
};

struct texts {
	char text[TEXT_COUNT][TEXTS_TEXT_MAX];
};

static const struct text_row table[TEXT_COUNT] = {
	[TEXT_ALERT] = {"alert", "text", "comune|service|colour|hazard|phase|until"},
	[TEXT_ALERT_HAZARD] = {"alert_hazard", "hazard", ""},
	[TEXT_ALERT_PHASE] = {"alert_phase", "phase", ""},
	[TEXT_ALERT_UNTIL] = {"alert_until", "until", ""},
	[TEXT_WHEN_TOMORROW] = {"when_tomorrow", "time", ""},
	[TEXT_WHEN_DATE] = {"when_date", "time|date", ""},
	[TEXT_UPDATE] = {"update", "text", "comune|service|colour|hazard|phase|until"},
	[TEXT_CLEAR] = {"clear", "text", "comune|service|hazard|colour"},
	[TEXT_CLEAR_DEFAULT] = {"clear_default", "", ""},
	[TEXT_NEWS] = {"news", "text", "comune|service|topic"},
	[TEXT_BOTH_LANGUAGES] = {"both_languages", "first|second", ""},
	[TEXT_EXERCISE] = {"exercise", "text", ""},
	[TEXT_COLOUR_YELLOW] = {"colour_yellow", "", ""},
	[TEXT_COLOUR_ORANGE] = {"colour_orange", "", ""},
	[TEXT_COLOUR_RED] = {"colour_red", "", ""},
	[TEXT_PHASE_ATTENTION] = {"phase_attention", "", ""},
	[TEXT_PHASE_PREALARM] = {"phase_prealarm", "", ""},
	[TEXT_PHASE_ALARM] = {"phase_alarm", "", ""},
	[TEXT_WELCOME] = {"welcome", "", "comune|service|privacy_url|contacts"},
	[TEXT_WELCOME_BACK] = {"welcome_back", "", "comune|service|privacy_url|contacts"},
	[TEXT_GOODBYE] = {"goodbye", "", "comune|service|contacts"},
	[TEXT_NOT_SUBSCRIBED] = {"not_subscribed", "", "comune|service|contacts"},
	[TEXT_WELCOME_ONE_WAY] = {"welcome_one_way", "", "comune|service|privacy_url|contacts"},
	[TEXT_CALL_WELCOME] = {"call_welcome", "", "comune|service|privacy_url|contacts"},
	[TEXT_ASK_NUMBER] = {"ask_number", "", "comune|service|contacts"},
	[TEXT_NUMBER_KEPT] = {"number_kept", "phone", "service"},
	[TEXT_NUMBER_UNCLEAR] = {"number_unclear", "", "service"},
	[TEXT_STATUS] = {"status", "", "service|zone|topics|channel"},
	[TEXT_TOPICS_ALL] = {"topics_all", "", ""},
	[TEXT_TOPICS_NOTHING] = {"topics_nothing", "", ""},
	[TEXT_LIST_ITEM] = {"list_item", "number|name", ""},
	[TEXT_TOPICS] = {"topics", "topics", "service"},
	[TEXT_TOPICS_ON] = {"topics_on", "", ""},
	[TEXT_TOPICS_OFF] = {"topics_off", "", ""},
	[TEXT_LIST_MORE] = {"list_more", "", ""},
	[TEXT_TOPICS_CHANGED] = {"topics_changed", "topics", "service"},
	[TEXT_TOPICS_UNKNOWN] = {"topics_unknown", "", "text|service"},
	[TEXT_ZONE_SET] = {"zone_set", "zone", "service"},
	[TEXT_ZONE_UNKNOWN] = {"zone_unknown", "zones", "text|example|service"},
	[TEXT_ZONE_NONE] = {"zone_none", "", "service"},
	[TEXT_LANGUAGE_SET] = {"language_set", "", "service"},
	[TEXT_LANGUAGE_UNKNOWN] = {"language_unknown", "languages", "service"},
	[TEXT_LANGUAGE_NAME] = {"language_name", "", ""},
	[TEXT_PRIVACY] = {"privacy", "phone",
		"comune|service|name|zone|topics|joined|channel|reports|appointments|privacy_url|contacts"},
	[TEXT_PRIVACY_HIDDEN] = {"privacy_hidden", "", ""},
	[TEXT_PRIVACY_NONE] = {"privacy_none", "", "comune|service|days|privacy_url|contacts"},
	[TEXT_HELP] = {"help", "", "comune|service|contacts"},
	[TEXT_HELP_ONE_WAY] = {"help_one_way", "", "comune|service|contacts"},
	[TEXT_HINT_JOIN] = {"hint_join", "", "service"},
	[TEXT_HINT_LEAVE] = {"hint_leave", "", "service"},
	[TEXT_HINT_TOPICS] = {"hint_topics", "", "service"},
	[TEXT_HINT_HELP] = {"hint_help", "", "service"},
	[TEXT_REPORT_ASK] = {"report_ask", "", "service"},
	[TEXT_REPORT_ACK] = {"report_ack", "number", "service|contacts"},
	[TEXT_REPORT_ADDED] = {"report_added", "number", "service"},
	[TEXT_REPORT_STATE] = {"report_state", "number|state", "office|service"},
	[TEXT_REPORT_STATE_NEW] = {"report_state_new", "", ""},
	[TEXT_REPORT_STATE_ASSIGNED] = {"report_state_assigned", "", ""},
	[TEXT_REPORT_STATE_ANSWERED] = {"report_state_answered", "", ""},
	[TEXT_REPORT_STATE_CLOSED] = {"report_state_closed", "", ""},
	[TEXT_REPORT_CLOSED] = {"report_closed", "number", "comune|service|office|text"},
	[TEXT_REPORT_UNKNOWN] = {"report_unknown", "number", "service"},
	[TEXT_APPOINTMENT_OFFICE] = {"appointment_office", "offices", "service"},
	[TEXT_APPOINTMENT_SLOT] = {"appointment_slot", "number|date|time", "weekday"},
	[TEXT_APPOINTMENT_MORE] = {"appointment_more", "", ""},
	[TEXT_APPOINTMENT_SLOTS] = {"appointment_slots", "slots", "office|service"},
	[TEXT_APPOINTMENT_CONFIRM] = {"appointment_confirm", "when", "office|service"},
	[TEXT_APPOINTMENT_BOOKED] = {"appointment_booked", "when", "office|service|contacts"},
	[TEXT_APPOINTMENT_CANCELLED] = {"appointment_cancelled", "when", "office|service"},
	[TEXT_APPOINTMENT_NONE_FREE] = {"appointment_none_free", "", "office|service|contacts"},
	[TEXT_APPOINTMENT_TAKEN] = {"appointment_taken", "slots", "office|service"},
	[TEXT_APPOINTMENT_NONE] = {"appointment_none", "", "service"},
	[TEXT_APPOINTMENT_STOPPED] = {"appointment_stopped", "", "service"},
	[TEXT_APPOINTMENT_NOT_OFFERED] = {"appointment_not_offered", "", "service|contacts"},
	[TEXT_APPOINTMENT_WHICH] = {"appointment_which", "slots", "service"},
	[TEXT_APPOINTMENT_ENOUGH] = {"appointment_enough", "total", "service"},
	[TEXT_APPOINTMENT_NO_COMES] = {"appointment_no_comes", "", ""},
	[TEXT_CHOICE_UNKNOWN] = {"choice_unknown", "total", "service"},
	[TEXT_POINTER] = {"pointer", "", "comune|service|contacts"},
	[TEXT_REPEAT] = {"repeat", "text", "when|service"},
	[TEXT_REPEAT_NONE] = {"repeat_none", "", "service"},
	[TEXT_UNREADABLE] = {"unreadable", "", "comune|service|contacts"},
	[TEXT_TRY_LATER] = {"try_later", "", "comune|service|contacts"},
	[TEXT_SURVEY] = {"survey", "text", "service"},
	[TEXT_SURVEY_THANKS] = {"survey_thanks", "number", "service"},
	[TEXT_BUTTON_JOIN] = {"button_join", "", ""},
	[TEXT_BUTTON_LEAVE] = {"button_leave", "", ""},
	[TEXT_BUTTON_STATUS] = {"button_status", "", ""},
	[TEXT_BUTTON_TOPICS] = {"button_topics", "", ""},
	[TEXT_BUTTON_ZONE] = {"button_zone", "", ""},
	[TEXT_BUTTON_REPORT] = {"button_report", "", ""},
	[TEXT_BUTTON_APPOINTMENT] = {"button_appointment", "", ""},
	[TEXT_BUTTON_MOVE] = {"button_move", "", ""},
	[TEXT_BUTTON_CANCEL] = {"button_cancel", "", ""},
	[TEXT_BUTTON_MORE] = {"button_more", "", ""},
	[TEXT_BUTTON_PRIVACY] = {"button_privacy", "", ""},
	[TEXT_BUTTON_REPEAT] = {"button_repeat", "", ""},
	[TEXT_BUTTON_HELP] = {"button_help", "", ""},
	[TEXT_BUTTON_YES] = {"button_yes", "", ""},
	[TEXT_BUTTON_NO] = {"button_no", "", ""},
	[TEXT_BUTTON_CHOOSE] = {"button_choose", "", ""},
	[TEXT_WORDS_JOIN] = {"words_join", "", ""},
	[TEXT_WORDS_LEAVE] = {"words_leave", "", ""},
	[TEXT_WORDS_STATUS] = {"words_status", "", ""},
	[TEXT_WORDS_TOPICS] = {"words_topics", "", ""},
	[TEXT_WORDS_ZONE] = {"words_zone", "", ""},
	[TEXT_WORDS_REPORT] = {"words_report", "", ""},
	[TEXT_WORDS_APPOINTMENT] = {"words_appointment", "", ""},
	[TEXT_WORDS_MOVE] = {"words_move", "", ""},
	[TEXT_WORDS_CANCEL] = {"words_cancel", "", ""},
	[TEXT_WORDS_PRIVACY] = {"words_privacy", "", ""},
	[TEXT_WORDS_REPEAT] = {"words_repeat", "", ""},
	[TEXT_WORDS_HELP] = {"words_help", "", ""},
	[TEXT_WORDS_YES] = {"words_yes", "", ""},
	[TEXT_WORDS_NO] = {"words_no", "", ""},
	[TEXT_CAN_ALERT] = {"can_alert", "", "ready|total"},
	[TEXT_CANNOT_ALERT] = {"cannot_alert", "why", ""},
	[TEXT_WHY_STARTING] = {"why_starting", "", "modem"},
	[TEXT_WHY_SEARCHING] = {"why_searching", "", "modem"},
	[TEXT_WHY_SIM] = {"why_sim", "", "modem"},
	[TEXT_WHY_PIN] = {"why_pin", "", "modem"},
	[TEXT_WHY_HUNG] = {"why_hung", "", "modem"},
	[TEXT_WHY_GONE] = {"why_gone", "", "modem"},
	[TEXT_WHY_BUDGET] = {"why_budget", "", "modem"},
	[TEXT_WHY_BARRED] = {"why_barred", "", "modem"},
	[TEXT_WHY_REFUSED] = {"why_refused", "", "modem"},
	[TEXT_WHY_NO_MODEM] = {"why_no_modem", "", "modem"},
	[TEXT_WHY_DISK] = {"why_disk", "", "modem"},
	[TEXT_WHY_NOT_RUNNING] = {"why_not_running", "", "modem"},
	[TEXT_TEMPLATE_ALERT] = {"template_alert", "text", "comune|service|contacts|alert"},
	[TEXT_TEMPLATE_ALERT_EXAMPLE] = {"template_alert_example", "", ""},
	[TEXT_TEMPLATE_CLEAR] = {"template_clear", "text", "comune|service|contacts|alert"},
	[TEXT_TEMPLATE_CLEAR_EXAMPLE] = {"template_clear_example", "", ""},
	[TEXT_TEMPLATE_NEWS] = {"template_news", "text", "comune|service|contacts|topic"},
	[TEXT_TEMPLATE_NEWS_EXAMPLE] = {"template_news_example", "", ""},
	[TEXT_TEMPLATE_HAZARD_EXAMPLE] = {"template_hazard_example", "", ""},
	[TEXT_NOTICE_WHATSAPP] = {"notice_whatsapp", "", "comune|service"},
	[TEXT_NOTICE_WHATSAPP_WELL] = {"notice_whatsapp_well", "", "comune|service"},
	[TEXT_NOTICE_TEMPLATE] = {"notice_template", "", "comune|service"},
	[TEXT_NOTICE_TEMPLATE_WELL] = {"notice_template_well", "", "comune|service"},
	[TEXT_TEMPLATE_ALERT_PLAIN] = {"template_alert_plain", "", ""},
	[TEXT_TEMPLATE_EXERCISE_ALERT] = {"template_exercise_alert", "alert", ""},
	[TEXT_TEMPLATE_EXERCISE_TEXT] = {"template_exercise_text", "text", ""},
	[TEXT_TEMPLATE_UPDATE_TEXT] = {"template_update_text", "text", ""},
	[TEXT_KEYPAD_READY] = {"keypad_ready", "", ""},
	[TEXT_KEYPAD_EXERCISE_READY] = {"keypad_exercise_ready", "", ""},
	[TEXT_KEYPAD_EXERCISE] = {"keypad_exercise", "", ""},
	[TEXT_KEYPAD_NO_CODE] = {"keypad_no_code", "", "code"},
	[TEXT_KEYPAD_READBACK] = {"keypad_readback", "recipients", "exercise|colour|hazard|phase|when|zone"},
	[TEXT_KEYPAD_READBACK_CLEAR] = {"keypad_readback_clear", "recipients", "exercise|hazard|id"},
	[TEXT_KEYPAD_MESSAGE] = {"keypad_message", "text", "parts"},
	[TEXT_KEYPAD_SHORTER] = {"keypad_shorter", "parts", ""},
	[TEXT_KEYPAD_TODAY] = {"keypad_today", "", ""},
	[TEXT_KEYPAD_TOMORROW] = {"keypad_tomorrow", "", ""},
	[TEXT_KEYPAD_UNTIL] = {"keypad_until", "until", ""},
	[TEXT_KEYPAD_EVERYBODY] = {"keypad_everybody", "", ""},
	[TEXT_KEYPAD_RUNNING] = {"keypad_running", "", "id"},
	[TEXT_KEYPAD_ASK_PIN] = {"keypad_ask_pin", "", ""},
	[TEXT_KEYPAD_ASK_SECOND] = {"keypad_ask_second", "", "officer"},
	[TEXT_KEYPAD_PIN_WRONG] = {"keypad_pin_wrong", "", "seconds"},
	[TEXT_KEYPAD_PIN_WAIT] = {"keypad_pin_wait", "", "seconds"},
	[TEXT_KEYPAD_PIN_LOCKED] = {"keypad_pin_locked", "", "minutes"},
	[TEXT_KEYPAD_PIN_ROLE] = {"keypad_pin_role", "", "officer"},
	[TEXT_KEYPAD_PIN_SAME] = {"keypad_pin_same", "", "officer"},
	[TEXT_KEYPAD_NO_OFFICER] = {"keypad_no_officer", "", ""},
	[TEXT_KEYPAD_ASK_CONFIRM] = {"keypad_ask_confirm", "", "officer"},
	[TEXT_KEYPAD_WINDOW] = {"keypad_window", "seconds", "id|recipients"},
	[TEXT_KEYPAD_STARTED] = {"keypad_started", "", "id|recipients"},
	[TEXT_KEYPAD_STOPPED] = {"keypad_stopped", "", "id"},
	[TEXT_KEYPAD_STOPPED_LATE] = {"keypad_stopped_late", "", "id|sent"},
	[TEXT_KEYPAD_CANCELLED] = {"keypad_cancelled", "", ""},
	[TEXT_KEYPAD_TIMEOUT] = {"keypad_timeout", "", ""},
	[TEXT_KEYPAD_PROGRESS] = {"keypad_progress", "reached", "id|recipients"},
	[TEXT_KEYPAD_FINISHED] = {"keypad_finished", "reached", "id|recipients"},
	[TEXT_KEYPAD_GONE] = {"keypad_gone", "", ""},
	[TEXT_KEYPAD_GONE_NOTHING] = {"keypad_gone_nothing", "", ""},
	[TEXT_KEYPAD_NOBODY] = {"keypad_nobody", "", ""},
	[TEXT_KEYPAD_NOTHING_TO_CLEAR] = {"keypad_nothing_to_clear", "", ""},
	[TEXT_KEYPAD_NOT_RUNNING] = {"keypad_not_running", "", ""},
	[TEXT_KEYPAD_FAULT] = {"keypad_fault", "", ""},
	[TEXT_KEYPAD_STOP_FAULT] = {"keypad_stop_fault", "", "id"},
	[TEXT_KEYPAD_VOLUME] = {"keypad_volume", "", "volume"},
	[TEXT_REPORT_REPLY] = {"report_reply", "number|text", "comune|office"},
	[TEXT_APPOINTMENT_WHEN] = {"appointment_when", "weekday|date|time", ""},
	[TEXT_APPOINTMENT_WEEKDAYS] = {"appointment_weekdays", "", ""},
	[TEXT_APPOINTMENT_CONFIRMED] = {"appointment_confirmed", "office|when", "comune|number|contacts|text"},
	[TEXT_APPOINTMENT_MOVED] = {"appointment_moved", "office|when", "comune|number|contacts|text"},
	[TEXT_APPOINTMENT_DECLINED] = {"appointment_declined", "office|when", "comune|number|contacts|text"},
	[TEXT_APPOINTMENT_REMINDER] = {"appointment_reminder", "office|when", "comune|number|contacts|text"},
	[TEXT_SHEET_TITLE] = {"sheet_title", "", "comune"},
	[TEXT_SHEET_STEP_CODE] = {"sheet_step_code", "", ""},
	[TEXT_SHEET_STEP_READ] = {"sheet_step_read", "", ""},
	[TEXT_SHEET_STEP_PIN] = {"sheet_step_pin", "", ""},
	[TEXT_SHEET_STEP_CONFIRM] = {"sheet_step_confirm", "", ""},
	[TEXT_SHEET_STEP_STOP] = {"sheet_step_stop", "", "seconds"},
	[TEXT_SHEET_WHOLE] = {"sheet_whole", "", ""},
	[TEXT_SHEET_COLOUR] = {"sheet_colour", "", ""},
	[TEXT_SHEET_RISK] = {"sheet_risk", "", ""},
	[TEXT_SHEET_PHASE] = {"sheet_phase", "", ""},
	[TEXT_SHEET_FROM] = {"sheet_from", "", ""},
	[TEXT_SHEET_UNTIL] = {"sheet_until", "", ""},
	[TEXT_SHEET_LIST] = {"sheet_list", "", ""},
	[TEXT_SHEET_NONE] = {"sheet_none", "", ""},
	[TEXT_SHEET_NO_PHASE] = {"sheet_no_phase", "", ""},
	[TEXT_SHEET_GREEN] = {"sheet_green", "", ""},
	[TEXT_SHEET_HOURS_RANGE] = {"sheet_hours_range", "", ""},
	[TEXT_SHEET_SEE_BELOW] = {"sheet_see_below", "", ""},
	[TEXT_SHEET_RISKS] = {"sheet_risks", "", ""},
	[TEXT_SHEET_SHORT] = {"sheet_short", "", ""},
	[TEXT_SHEET_HOURS] = {"sheet_hours", "", "hours"},
	[TEXT_SHEET_COMMANDS] = {"sheet_commands", "", ""},
	[TEXT_SHEET_CLEAR] = {"sheet_clear", "", ""},
	[TEXT_SHEET_EXERCISE] = {"sheet_exercise", "", ""},
	[TEXT_SHEET_STATUS] = {"sheet_status", "", ""},
	[TEXT_SHEET_REPEAT] = {"sheet_repeat", "", ""},
	[TEXT_SHEET_LOUDER] = {"sheet_louder", "", ""},
	[TEXT_SHEET_QUIETER] = {"sheet_quieter", "", ""},
	[TEXT_SHEET_EXAMPLE] = {"sheet_example", "", "code|text"},
	[TEXT_SHEET_KEYS] = {"sheet_keys", "", ""},
	[TEXT_OFFICER_READBACK] = {"officer_readback", "summary|text|word", "warning|parts|minutes"},
	[TEXT_OFFICER_CUT] = {"officer_cut", "", ""},
	[TEXT_OFFICER_ASK_SECOND] = {"officer_ask_second", "summary|text|word", "officer|minutes"},
	[TEXT_OFFICER_WAIT_SECOND] = {"officer_wait_second", "", "officers|minutes"},
	[TEXT_OFFICER_NO_SECOND] = {"officer_no_second", "", ""},
	[TEXT_OFFICER_STARTED] = {"officer_started", "id", "recipients"},
	[TEXT_OFFICER_CANCELLED] = {"officer_cancelled", "id", "reached|recipients"},
	[TEXT_OFFICER_EXPIRED] = {"officer_expired", "", "minutes|summary"},
	[TEXT_OFFICER_WORD_WRONG] = {"officer_word_wrong", "", ""},
	[TEXT_OFFICER_WORD_OVER] = {"officer_word_over", "", ""},
	[TEXT_OFFICER_WORD_LATE] = {"officer_word_late", "", ""},
	[TEXT_OFFICER_WORD_USED] = {"officer_word_used", "id", ""},
	[TEXT_OFFICER_WORD_MISSING] = {"officer_word_missing", "", ""},
	[TEXT_OFFICER_WORD_NO_PIN] = {"officer_word_no_pin", "", "word"},
	[TEXT_OFFICER_PIN_WRONG] = {"officer_pin_wrong", "", "seconds"},
	[TEXT_OFFICER_PIN_LOCKED] = {"officer_pin_locked", "", "minutes"},
	[TEXT_OFFICER_PIN_NONE] = {"officer_pin_none", "", ""},
	[TEXT_OFFICER_ROLE] = {"officer_role", "", ""},
	[TEXT_OFFICER_MISSING] = {"officer_missing", "what", ""},
	[TEXT_OFFICER_WHAT_PIN] = {"officer_what_pin", "", ""},
	[TEXT_OFFICER_WHAT_COLOUR] = {"officer_what_colour", "", ""},
	[TEXT_OFFICER_WHAT_UNTIL] = {"officer_what_until", "", ""},
	[TEXT_OFFICER_WHAT_TEXT] = {"officer_what_text", "", ""},
	[TEXT_OFFICER_REFUSED] = {"officer_refused", "", ""},
	[TEXT_OFFICER_NO_MESSAGE] = {"officer_no_message", "", "id"},
	[TEXT_OFFICER_BUSY] = {"officer_busy", "", ""},
	[TEXT_OFFICER_RESTARTED] = {"officer_restarted", "", ""},
	[TEXT_OFFICER_STATUS] = {"officer_status", "status", "running"},
	[TEXT_DRILL] = {"drill", "", ""},
	[TEXT_SELFTEST_SMS] = {"selftest_sms", "code", "service"},
	[TEXT_SELFTEST_GOOD] = {"selftest_good", "", "when"},
	[TEXT_SELFTEST_BAD] = {"selftest_bad", "why", "when"},
	[TEXT_SELFTEST_WHY_UNSENT] = {"selftest_why_unsent", "", "modem"},
	[TEXT_SELFTEST_WHY_LOST] = {"selftest_why_lost", "", "modem"},
	[TEXT_SELFTEST_WHY_NUMBER] = {"selftest_why_number", "", "modem"},
	[TEXT_SELFTEST_WHY_WHATSAPP] = {"selftest_why_whatsapp", "", ""},
	[TEXT_SELFTEST_WHY_DISK] = {"selftest_why_disk", "", ""},
	[TEXT_SELFTEST_WHY_CLOCK] = {"selftest_why_clock", "", ""},
	[TEXT_SELFTEST_WHY_BATTERY] = {"selftest_why_battery", "", "percent"},
	[TEXT_SELFTEST_WHY_DATABASE] = {"selftest_why_database", "", ""},
	[TEXT_NOTICE_CANNOT_ALERT] = {"notice_cannot_alert", "why", "comune|service|when"},
	[TEXT_NOTICE_CAN_ALERT] = {"notice_can_alert", "", "comune|service|when|why"},
	[TEXT_NOTICE_SELFTEST] = {"notice_selftest", "why", "comune|service|when"},
	[TEXT_NOTICE_SELFTEST_WELL] = {"notice_selftest_well", "", "comune|service|when|why"},
};

/* ---- a pattern, piece by piece ----------------------------------------------------------------------------------- */

enum piece_kind {
	PIECE_END,
	PIECE_OCTET,
	PIECE_PLACEHOLDER,
	PIECE_OPEN, /* of an optional part */
	PIECE_CLOSE,
	PIECE_BROKEN /* a brace without its partner, or a name too long */
};

struct piece {
	enum piece_kind kind;
	char octet;
	char name[PLACEHOLDER_MAX];
};

/* Takes the next piece off *pattern. */
static struct piece piece_take(const char **pattern)
{
	struct piece piece = {.kind = PIECE_OCTET, .octet = **pattern};
	size_t length;

	if (piece.octet == '\0') {
		piece.kind = PIECE_END;
		return piece;
	}
	++*pattern;
	if (!strchr("{}[]", piece.octet))
		return piece;
	if (**pattern == piece.octet) { /* doubled: the sign itself */
		++*pattern;
		return piece;
	}

	piece.kind = piece.octet == '[' ? PIECE_OPEN : piece.octet == ']' ? PIECE_CLOSE : PIECE_BROKEN;
	if (piece.octet != '{')
		return piece;
	length = strspn(*pattern, "abcdefghijklmnopqrstuvwxyz_");
	if (length == 0 || length >= sizeof piece.name || (*pattern)[length] != '}')
		return piece;
	memcpy(piece.name, *pattern, length);
	piece.name[length] = '\0';
	piece.kind = PIECE_PLACEHOLDER;
	*pattern += length + 1;
	return piece;
}

static bool word_among(const char *words, const char *word)
{
	size_t length = strlen(word), step;

	for (; *words; words += step + (words[step] == '|')) {
		step = strcspn(words, "|");
		if (step == length && memcmp(words, word, length) == 0)
			return true;
	}
	return false;
}

enum texts_place texts_pattern_place(const char *pattern, const char *name)
{
	enum texts_place place = TEXTS_PLACE_NONE, here = TEXTS_PLACE_OPEN;
	struct piece piece;

	while ((piece = piece_take(&pattern)).kind != PIECE_END) {
		if (piece.kind == PIECE_OPEN)
			here = TEXTS_PLACE_BRACKETS;
		if (piece.kind == PIECE_CLOSE)
			here = TEXTS_PLACE_OPEN;
		if (piece.kind == PIECE_PLACEHOLDER && strcmp(piece.name, name) == 0 && here > place)
			place = here;
	}
	return place;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int text_check_octets(const char *text, const char *key, const char *path, int line, struct err *err)
{
	size_t length = strlen(text);

	if (length >= TEXTS_TEXT_MAX)
		return source_fail(err, path, line, "%s is too long (%zu octets); shorten it to %d", key, length,
			TEXTS_TEXT_MAX - 1);
	if (!value_is_given(text))
		return source_fail(
			err, path, line, "%s is empty; write a sentence, or remove it for the built-in one", key);
	if (!value_is_utf8(text, length, NULL))
		return source_fail(err, path, line, "%s is not valid UTF-8; write it without \\x", key);
	for (const char *p = text; *p; p++)
		if (((unsigned char)*p < ' ' && *p != '\n') || *p == 0x7f)
			return source_fail(err, path, line, "%s holds a control character; take it out", key);
	return 0;
}

/* Texts that must send emergencies to 112: who gets them may be waiting for help. */
static const char says_112[] = "help|help_one_way|report_ask|report_ack|report_added|pointer|unreadable|try_later";

/* Nobody may take an exercise for a real alert, wherever they begin or stop reading. */
static bool says_exercise(const char *text)
{
	static const char word[] = "ESERCITAZIONE";
	size_t length = strlen(text), needed = sizeof word - 1;

	return length > needed && strncmp(text, word, needed) == 0 && strcmp(text + length - needed, word) == 0;
}

/* What a text must say, and be short enough for. */
static int text_check_said(const char *text, const struct text_row *row, const char *path, int line, struct err *err)
{
	size_t characters = 0;

	if (word_among(says_112, row->key) && !strstr(text, "112"))
		return source_fail(
			err, path, line, "%s does not say 112; whoever is in danger must read it there", row->key);
	if (strcmp(row->key, "exercise") == 0 && !says_exercise(text))
		return source_fail(err, path, line, "%s must begin and end with ESERCITAZIONE", row->key);
	for (const char *at = text; *at; at++)
		characters += ((unsigned char)*at & 0xC0) != 0x80;
	if (strncmp(row->key, "button_", 7) == 0 && characters > BUTTON_MAX)
		return source_fail(err, path, line, "%s is too long (%zu characters); shorten it to %d", row->key,
			characters, BUTTON_MAX);
	return 0;
}

static int text_check_pattern(const char *text, const struct text_row *row, const char *path, int line, struct err *err)
{
	const char *pattern = text;
	bool within = false;
	struct piece piece;

	while ((piece = piece_take(&pattern)).kind != PIECE_END) {
		if (piece.kind == PIECE_BROKEN)
			return source_fail(err, path, line,
				"%s has a '%c' that is no placeholder such as {text}; write %c%c for the sign itself",
				row->key, piece.octet, piece.octet, piece.octet);
		if (piece.kind == PIECE_PLACEHOLDER && !word_among(row->must, piece.name) &&
			!word_among(row->may, piece.name))
			return source_fail(err, path, line, "%s cannot hold {%s}; it may hold: %s%s%s", row->key,
				piece.name, row->must[0] || row->may[0] ? row->must : "none",
				row->must[0] && row->may[0] ? "|" : "", row->may);
		if (piece.kind != PIECE_OPEN && piece.kind != PIECE_CLOSE)
			continue;
		if (within == (piece.kind == PIECE_OPEN))
			return source_fail(err, path, line,
				"%s has a '%c' without its partner; write %c%c for the sign itself", row->key,
				piece.octet, piece.octet, piece.octet);
		within = !within;
	}
	if (within)
		return source_fail(
			err, path, line, "%s has a '[' without its ']'; write [[ for the sign itself", row->key);
	for (const char *must = row->must; *must; must += strcspn(must, "|"), must += *must == '|') {
		char name[PLACEHOLDER_MAX];

		(void)snprintf(name, sizeof name, "%.*s", (int)strcspn(must, "|"), must);
		if (texts_pattern_place(text, name) == TEXTS_PLACE_NONE)
			return source_fail(
				err, path, line, "%s does not hold {%s}; put it where it belongs", row->key, name);
	}
	return text_check_said(text, row, path, line, err);
}

static int fail_unknown(const char *name, const char *path, int line, struct err *err)
{
	int best = (int)strlen(name) / 3 + 2, distance;
	const char *nearest = NULL;

	for (int i = 0; i < TEXT_COUNT; i++) {
		distance = source_distance(table[i].key, name);
		if (distance < best) {
			best = distance;
			nearest = table[i].key;
		}
	}
	if (nearest)
		return source_fail(err, path, line, "unknown text %.60s; did you mean %s?", name, nearest);
	return source_fail(err, path, line, "unknown text %.60s; remove it", name);
}

static int text_read(struct texts *texts, const config_setting_t *setting, const char *path, struct err *err)
{
	const char *name = config_setting_name(setting), *text;
	int line = source_line(setting);

	for (int i = 0; i < TEXT_COUNT; i++) {
		if (strcmp(table[i].key, name) != 0)
			continue;
		if (config_setting_type(setting) != CONFIG_TYPE_STRING)
			return source_fail(err, path, line, "%s must be a string, not %s; write %s = \"...\";", name,
				source_type(setting), name);
		text = config_setting_get_string(setting);
		if (text_check_octets(text, name, path, line, err) != 0 ||
			text_check_pattern(text, &table[i], path, line, err) != 0)
			return -1;
		memcpy(texts->text[i], text, strlen(text) + 1);
		return 0;
	}
	return fail_unknown(name, path, line, err);
}

/* Puts what the text holds over what *texts has. */
static int texts_overlay(struct texts *texts, const char *text, size_t length, const char *path, struct err *err)
{
	config_t config;
	const config_setting_t *root;
	int status = source_parse(&config, text, length, path, err);

	root = config_root_setting(&config);
	for (int i = 0; status == 0 && i < config_setting_length(root); i++)
		status = text_read(texts, config_setting_get_elem(root, (unsigned)i), path, err);
	config_destroy(&config);
	return status;
}

int texts_read_string_over(const struct texts *base, const char *text, size_t length, const char *path,
	struct texts **ret_texts, struct err *err)
{
	struct texts *texts = malloc(sizeof *texts);

	if (!texts)
		return err_set(err, EX_OSERR, "%s: out of memory; free some and try again", path);
	memcpy(texts, base, sizeof *texts);
	if (texts_overlay(texts, text, length, path, err) != 0) {
		free(texts);
		return -1;
	}
	*ret_texts = texts;
	return 0;
}

int texts_read_string(const char *text, size_t length, const char *path, struct texts **ret_texts, struct err *err)
{
	struct texts *built_in = calloc(1, sizeof *built_in);
	int status;

	if (!built_in)
		return err_set(err, EX_OSERR, "%s: out of memory; free some and try again", path);
	status = texts_overlay(built_in, texts_it_cfg, sizeof texts_it_cfg - 1, "built-in texts", err);
	if (status == 0)
		status = texts_read_string_over(built_in, text, length, path, ret_texts, err);
	free(built_in);
	return status;
}

int texts_read(const char *path, bool required, struct texts **ret_texts, struct err *err)
{
	char *text;
	size_t length;
	int status;

	if (!path || (!required && access(path, F_OK) != 0 && errno == ENOENT))
		return texts_read_string("", 0, "built-in texts", ret_texts, err);
	if (source_load(path, "name the right file as texts in the configuration, or none for the built-in ones", &text,
		    &length, err) != 0)
		return -1;
	status = texts_read_string(text, length, path, ret_texts, err);
	free(text);
	return status;
}

void texts_free(struct texts *texts)
{
	free(texts);
}

/* ---- use --------------------------------------------------------------------------------------------------------- */

const char *texts_get(const struct texts *texts, enum text_id id)
{
	return texts->text[id];
}

static const char *value_find(const struct text_value *values, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(values[i].name, name) == 0)
			return values[i].value ? values[i].value : "";
	return "";
}

/* Whether the optional part that starts here has an empty placeholder. */
static bool part_is_empty(const char *pattern, const struct text_value *values, size_t count)
{
	struct piece piece;

	while ((piece = piece_take(&pattern)).kind != PIECE_END && piece.kind != PIECE_CLOSE)
		if (piece.kind == PIECE_PLACEHOLDER && *value_find(values, count, piece.name) == '\0')
			return true;
	return false;
}

static const char *part_skip(const char *pattern)
{
	struct piece piece;

	do
		piece = piece_take(&pattern);
	while (piece.kind != PIECE_CLOSE && piece.kind != PIECE_END);
	return pattern;
}

/* Takes a character that lost its end to the cut away altogether. */
static void cut_tidy(char *out, size_t length)
{
	size_t bad;

	if (!value_is_utf8(out, length, &bad))
		out[bad] = '\0';
}

int texts_pattern_fill(const char *pattern, const struct text_value *values, size_t count, char *out, size_t size)
{
	const char *from;
	size_t used = 0, length;
	struct piece piece;

	while ((piece = piece_take(&pattern)).kind != PIECE_END) {
		if (piece.kind == PIECE_OPEN && part_is_empty(pattern, values, count))
			pattern = part_skip(pattern);
		if (piece.kind == PIECE_OPEN || piece.kind == PIECE_CLOSE)
			continue;
		from = piece.kind == PIECE_PLACEHOLDER ? value_find(values, count, piece.name) : &piece.octet;
		length = piece.kind == PIECE_PLACEHOLDER ? strlen(from) : 1;
		if (length > size - 1 - used) {
			memcpy(out + used, from, size - 1 - used);
			out[size - 1] = '\0';
			cut_tidy(out, size - 1);
			return -1;
		}
		memcpy(out + used, from, length);
		used += length;
	}
	out[used] = '\0';
	return (int)used;
}

int texts_fill(const struct texts *texts, enum text_id id, const struct text_value *values, size_t count, char *out,
	size_t size)
{
	return texts_pattern_fill(texts->text[id], values, count, out, size);
}

int texts_pattern_check(const char *pattern, const char *key, const char *must, const char *may, const char *path,
	int line, struct err *err)
{
	const struct text_row row = {key, must, may};

	if (text_check_octets(pattern, key, path, line, err) != 0)
		return -1;
	return text_check_pattern(pattern, &row, path, line, err);
}
