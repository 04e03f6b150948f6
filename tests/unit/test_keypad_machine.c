/* The keypad's state machine, path by path: what is typed, what the world answers, what the box does and says. */
#include "config/texts.h"
#include "firmware-host/keypad/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four of them first */
#include <cmocka.h>

enum { STEPS_MAX = 24, LOG_MAX = 8192, TIMEOUT_MS = 60000 };

static const char config[] =
	"comune = { name = \"Santa Fiora\"; }; zones = ( { id = \"centro\"; name = \"Centro\"; } );";

static struct settings *settings;
static struct texts *texts;
static struct sheet *sheet;

static int world_make(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(settings_read_string(config, sizeof config - 1, "/tmp/test.cfg", &settings, &err), 0);
	assert_int_equal(texts_read(NULL, false, &texts, &err), 0);
	assert_int_equal(sheet_read("/nonexistent/keypad.cfg", false, settings, &sheet, &err), 0);
	return 0;
}

static int world_end(void **state)
{
	(void)state;
	sheet_free(sheet);
	texts_free(texts);
	settings_free(settings);
	return 0;
}

/* ---- events and actions as words --------------------------------------------------------------------------------- */

static const char *const said[TEXT_COUNT] = {
	[TEXT_KEYPAD_READY] = "ready",
	[TEXT_KEYPAD_EXERCISE_READY] = "exercise",
	[TEXT_KEYPAD_NO_CODE] = "no-code",
	[TEXT_KEYPAD_MESSAGE] = "message",
	[TEXT_KEYPAD_SHORTER] = "shorter",
	[TEXT_KEYPAD_RUNNING] = "running",
	[TEXT_KEYPAD_ASK_PIN] = "ask-pin",
	[TEXT_KEYPAD_ASK_SECOND] = "ask-second",
	[TEXT_KEYPAD_PIN_WRONG] = "pin-wrong",
	[TEXT_KEYPAD_PIN_WAIT] = "pin-wait",
	[TEXT_KEYPAD_PIN_LOCKED] = "pin-locked",
	[TEXT_KEYPAD_PIN_ROLE] = "pin-role",
	[TEXT_KEYPAD_PIN_SAME] = "pin-same",
	[TEXT_KEYPAD_NO_OFFICER] = "no-officer",
	[TEXT_KEYPAD_ASK_CONFIRM] = "ask-confirm",
	[TEXT_KEYPAD_WINDOW] = "window",
	[TEXT_KEYPAD_STARTED] = "started",
	[TEXT_KEYPAD_STOPPED] = "stopped",
	[TEXT_KEYPAD_STOPPED_LATE] = "stopped-late",
	[TEXT_KEYPAD_CANCELLED] = "cancelled",
	[TEXT_KEYPAD_TIMEOUT] = "timeout",
	[TEXT_KEYPAD_PROGRESS] = "progress",
	[TEXT_KEYPAD_FINISHED] = "finished",
	[TEXT_KEYPAD_GONE] = "gone",
	[TEXT_KEYPAD_GONE_NOTHING] = "gone-nothing",
	[TEXT_KEYPAD_NOBODY] = "nobody",
	[TEXT_KEYPAD_NOTHING_TO_CLEAR] = "nothing-to-clear",
	[TEXT_KEYPAD_NOT_RUNNING] = "not-running",
	[TEXT_KEYPAD_FAULT] = "fault",
	[TEXT_KEYPAD_STOP_FAULT] = "stop-fault",
};

static void log_add(char *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void log_add(char *log, const char *format, ...)
{
	size_t used = strlen(log);
	va_list args;

	va_start(args, format);
	vsnprintf(log + used, LOG_MAX - used, format, args);
	va_end(args);
}

/* Beeps and the LED are looked at apart. */
static void action_log(const struct machine_action *action, char *log)
{
	const struct sheet_meaning *meaning = &action->meaning;

	switch (action->act) {
	case ACT_SAY:
		if (action->id == TEXT_COUNT)
			log_add(log, "told:%s ", action->text);
		else
			log_add(log, "say:%s ", said[action->id] ? said[action->id] : "?");
		break;
	case ACT_DRAFT:
		if (meaning->act == SHEET_CLEAR)
			log_add(log, "draft:clear ");
		else
			log_add(log, "draft:%s%s%s ", meaning->hazard->code, meaning->exercise ? ",exercise" : "",
				action->brief ? ",brief" : "");
		break;
	case ACT_DROP: log_add(log, "drop "); break;
	case ACT_CHECK_PIN: log_add(log, "pin:%s ", action->text); break;
	case ACT_KEEP:
		if (action->second)
			log_add(log, "keep:%lld+%lld ", (long long)action->number, (long long)action->second);
		else
			log_add(log, "keep:%lld ", (long long)action->number);
		break;
	case ACT_STOP: log_add(log, "stop:%lld ", (long long)action->number); break;
	case ACT_LEFT: log_add(log, "left:%lld ", (long long)action->number); break;
	case ACT_STATUS: log_add(log, "status "); break;
	case ACT_VOLUME: log_add(log, "volume:%lld ", (long long)action->number); break;
	case ACT_RESULT:
		log_add(log, "result:%s ", machine_result_to_string((enum machine_result)action->number));
		break;
	case ACT_BEEP:
	case ACT_LED: break;
	}
}

static int key_named(const char *name)
{
	static const struct {
		const char *name;
		int key;
	} keys[] = {{"enter", MACHINE_ENTER}, {"erase", MACHINE_ERASE}, {"cancel", MACHINE_CANCEL}};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(keys[i].name, name) == 0)
			return keys[i].key;
	assert_int_equal(strlen(name), 1);
	return name[0];
}

static void drafted_read(const char *words, struct machine_event *event)
{
	event->kind = EVENT_DRAFTED;
	event->text = "READBACK";
	event->draft.message = "TEXT";
	event->draft.segments = strstr(words, "long") ? 2 : 1;
	event->draft.brief_segments = strstr(words, "long") ? 1 : 0;
	event->draft.red = strstr(words, "red") != NULL;
	event->draft.running = strstr(words, "running") ? 3 : 0;
	event->draft.warning = strstr(words, "cannot") ? "CANNOT" : NULL;
}

static void pin_read(const char *words, struct machine_event *event)
{
	static char name[32];
	int officer = 0, wait = 0;

	event->kind = EVENT_PIN_JUDGED;
	event->pin.may_order = !strstr(words, "no-order");
	event->pin.may_confirm = !strstr(words, "no-confirm");
	if (sscanf(words, "right %d %31s", &officer, name) == 2)
		event->pin.verdict = VERDICT_RIGHT;
	else if (sscanf(words, "wrong %d", &wait) == 1)
		event->pin.verdict = VERDICT_WRONG;
	else if (sscanf(words, "wait %d", &wait) == 1)
		event->pin.verdict = VERDICT_WAIT;
	else if (sscanf(words, "locked %d", &wait) == 1)
		event->pin.verdict = VERDICT_LOCKED;
	else if (strcmp(words, "nobody") == 0)
		event->pin.verdict = VERDICT_NOBODY;
	else if (strcmp(words, "fault") == 0)
		event->pin.verdict = VERDICT_FAULT;
	else
		fail_msg("pin %s", words);
	event->pin.officer = officer;
	event->pin.name = name;
	event->pin.wait_ms = wait;
}

static bool answer_read(const char *words, struct machine_event *event)
{
	long long a = 0, b = 0, c = 0;

	if (sscanf(words, "kept %lld %lld %lld", &a, &b, &c) == 3) {
		event->kind = EVENT_KEPT;
		event->kept.id = a;
		event->kept.recipients = b;
		event->kept.left_ms = c;
		event->kept.stopped_box = strstr(words, "down") != NULL;
	} else if (sscanf(words, "stopped %lld", &a) == 1) {
		event->kind = EVENT_STOPPED;
		event->stopped.sent = a;
	} else if (strcmp(words, "stop failed") == 0) {
		event->kind = EVENT_STOPPED;
		event->stopped.failed = true;
	} else if (sscanf(words, "progress %lld %lld/%lld", &a, &b, &c) == 3) {
		event->kind = EVENT_PROGRESS;
		event->progress.id = a;
		event->progress.reached = b;
		event->progress.recipients = c;
		event->progress.done = strstr(words, "done") != NULL;
	} else {
		return false;
	}
	return true;
}

/* An event in words: see the table. Keys may be several: "keys 303114201 enter". */
static void event_do(struct machine *machine, const char *words, int64_t *now, char *log)
{
	struct machine_actions *actions = calloc(1, sizeof *actions);
	struct machine_event event = {0};
	char copy[64], *next = NULL;
	int ms;

	assert_non_null(actions);
	snprintf(copy, sizeof copy, "%s", words);
	if (strncmp(words, "keys ", 5) == 0) {
		for (char *word = strtok_r(copy + 5, " ", &next); word; word = strtok_r(NULL, " ", &next)) {
			bool digits = word[strspn(word, "0123456789*+-")] == '\0';
			for (const char *at = word; *at; at = digits ? at + 1 : "") {
				event = (struct machine_event){.kind = EVENT_KEY, .now = *now};
				event.key = digits ? *at : key_named(word);
				machine_step(machine, &event, actions);
				for (int i = 0; i < actions->count; i++)
					action_log(&actions->list[i], log);
			}
		}
		free(actions);
		return;
	}
	if (strncmp(words, "line", 4) == 0) {
		event.kind = EVENT_LINE;
		event.text = words[4] ? words + 5 : "";
	} else if (sscanf(words, "after %d", &ms) == 1) {
		*now += ms;
		event.kind = EVENT_TIME;
	} else if (strncmp(words, "drafted", 7) == 0) {
		drafted_read(words, &event);
	} else if (strncmp(words, "refused ", 8) == 0) {
		event.kind = EVENT_REFUSED;
		for (int id = 0; id < TEXT_COUNT; id++)
			if (said[id] && strcmp(said[id], words + 8) == 0)
				event.refusal = (enum text_id)id;
	} else if (strncmp(words, "pin ", 4) == 0) {
		pin_read(words + 4, &event);
	} else if (strncmp(words, "told ", 5) == 0) {
		event.kind = EVENT_TOLD;
		event.text = words + 5;
	} else if (!answer_read(words, &event)) {
		event.kind = strcmp(words, "gone") == 0	  ? EVENT_GONE
			     : strcmp(words, "back") == 0 ? EVENT_BACK
							  : EVENT_END;
		if (event.kind == EVENT_END)
			assert_string_equal(words, "end");
	}
	event.now = *now;
	machine_step(machine, &event, actions);
	for (int i = 0; i < actions->count; i++)
		action_log(&actions->list[i], log);
	free(actions);
}

/* ---- the paths --------------------------------------------------------------------------------------------------- */

#define TO_PIN                                                      \
	{"line 03", "draft:03 "},                                   \
	{                                                           \
		"drafted", "told:READBACK say:message say:ask-pin " \
	}
#define TO_CONFIRM                                      \
	TO_PIN, {"line 4711", "pin:4711 "},             \
	{                                               \
		"pin right 1 Mario", "say:ask-confirm " \
	}
#define TO_WINDOW                                 \
	TO_CONFIRM, {"line 1", "keep:1 "},        \
	{                                         \
		"kept 5 412 10000", "say:window " \
	}
#define TO_SENT                                              \
	TO_WINDOW, {"after 9999", ""},                       \
	{                                                    \
		"after 1", "left:5 say:started result:sent " \
	}
#define RED                                                             \
	{"line 02", "draft:02 "},                                       \
	{                                                               \
		"drafted red", "told:READBACK say:message say:ask-pin " \
	}

static const struct path {
	const char *name;
	bool two_officers;
	struct {
		const char *event, *actions;
	} steps[STEPS_MAX];
	enum machine_state end;
} paths[] = {
	{"the right path, by lines", false, {TO_SENT}, MACHINE_READY},
	{"the right path, by keys", false,
		{{"keys 303114201 enter", "draft:03 "}, {"drafted", "told:READBACK say:message say:ask-pin "},
			{"keys 4711 enter", "pin:4711 "}, {"pin right 1 Mario", "say:ask-confirm "},
			{"keys 1", "keep:1 "}, {"kept 5 412 10000", "say:window "}, {"keys enter", ""},
			{"after 10000", "left:5 say:started result:sent "}},
		MACHINE_READY},
	{"a code that does not exist", false, {{"line 12345", "say:no-code result:no-code "}}, MACHINE_READY},
	{"a code with letters", false, {{"line 03a", "say:no-code result:no-code "}}, MACHINE_READY},
	{"a line too long for any code", false, {{"line 303114201303114201303114201", "say:no-code result:no-code "}},
		MACHINE_READY},
	{"an empty line, ENTER alone", false, {{"line", ""}, {"keys enter enter", ""}}, MACHINE_READY},
	{"green is nothing that is sent", false, {{"line 103114201", "say:no-code result:no-code "}}, MACHINE_READY},
	{"too many digits spoil the line", false, {{"keys 30311420130311420 enter", "say:no-code result:no-code "}},
		MACHINE_READY},
	{"a slip erased", false, {{"keys 04 erase 3 enter", "draft:03 "}}, MACHINE_DRAFTING},
	{"a slip cancelled", false, {{"keys 30311 cancel", "say:ready "}, {"keys 03 enter", "draft:03 "}},
		MACHINE_DRAFTING},
	{"nobody would get it", false,
		{{"line 03", "draft:03 "}, {"refused nobody", "drop say:nobody result:refused "}}, MACHINE_READY},
	{"the draft fails", false, {{"line 03", "draft:03 "}, {"refused fault", "drop say:fault result:fault "}},
		MACHINE_READY},
	{"the box cannot alert now", false,
		{{"line 03", "draft:03 "}, {"drafted cannot", "told:READBACK say:message told:CANNOT say:ask-pin "}},
		MACHINE_PIN},
	{"keys while the box thinks", false,
		{{"line 03", "draft:03 "}, {"keys 1 enter 0 cancel", ""}, {"line 4711", ""}, {"after 99999999", ""}},
		MACHINE_DRAFTING},
	{"the short version and back", false,
		{{"line 03", "draft:03 "}, {"drafted long", "told:READBACK say:message say:shorter say:ask-pin "},
			{"line 8", "draft:03,brief "}, {"drafted", "told:READBACK say:message say:ask-pin "},
			{"line 8", "draft:03 "}},
		MACHINE_DRAFTING},
	{"no short version of an all-clear", false,
		{{"line 99", "draft:clear "}, {"drafted", "told:READBACK say:message say:ask-pin "},
			{"line 8", "say:ask-pin result:wrong-pin "}},
		MACHINE_PIN},

	/* the PIN */
	{"what can be no PIN loses no try", false,
		{TO_PIN, {"line 471", "say:ask-pin result:wrong-pin "},
			{"line 471129384", "say:ask-pin result:wrong-pin "},
			{"line 47a1", "say:ask-pin result:wrong-pin "}, {"line", "say:ask-pin result:wrong-pin "}},
		MACHINE_PIN},
	{"a wrong PIN, then the right one", false,
		{TO_PIN, {"line 1111", "pin:1111 "}, {"pin wrong 2000", "say:pin-wrong result:wrong-pin "},
			{"line 4711", "say:pin-wait result:wrong-pin "}, {"after 2000", ""}, {"line 4711", "pin:4711 "},
			{"pin right 1 Mario", "say:ask-confirm "}},
		MACHINE_CONFIRM},
	{"too soon, as the door knows", false,
		{TO_PIN, {"line 4711", "pin:4711 "}, {"pin wait 3000", "say:pin-wait result:wrong-pin "}}, MACHINE_PIN},
	{"the lock", false,
		{TO_PIN, {"line 1111", "pin:1111 "}, {"pin locked 300000", "drop say:pin-locked result:locked "}},
		MACHINE_READY},
	{"nobody has a PIN", false,
		{TO_PIN, {"line 1111", "pin:1111 "}, {"pin nobody", "drop say:no-officer result:refused "}},
		MACHINE_READY},
	{"the check fails", false, {TO_PIN, {"line 1111", "pin:1111 "}, {"pin fault", "drop say:fault result:fault "}},
		MACHINE_READY},
	{"who may only confirm does not order", false,
		{TO_PIN, {"line 4711", "pin:4711 "}, {"pin right 2 Anna no-order", "say:pin-role result:wrong-pin "}},
		MACHINE_PIN},
	{"0 instead of a PIN", false, {TO_PIN, {"line 0", "drop say:cancelled result:cancelled "}}, MACHINE_READY},
	{"cancel instead of a PIN", false, {TO_PIN, {"keys 47 cancel", "drop say:cancelled result:cancelled "}},
		MACHINE_READY},
	{"no PIN comes", false, {TO_PIN, {"after 59999", ""}, {"after 1", "drop say:timeout result:timeout "}},
		MACHINE_READY},
	{"each key gives time", false,
		{TO_PIN, {"after 59999", ""}, {"keys 4", ""}, {"after 59999", ""}, {"keys 711 enter", "pin:4711 "}},
		MACHINE_CHECKING},
	{"a wait longer than the patience", false,
		{TO_PIN, {"line 1111", "pin:1111 "}, {"pin wrong 90000", "say:pin-wrong result:wrong-pin "},
			{"after 149999", ""}, {"after 1", "drop say:timeout result:timeout "}},
		MACHINE_READY},

	/* two officers */
	{"red with two officers", true,
		{RED, {"line 4711", "pin:4711 "}, {"pin right 1 Mario", "say:ask-second "}, {"line 0815", "pin:0815 "},
			{"pin right 2 Anna", "say:ask-confirm "}, {"line 1", "keep:1+2 "}},
		MACHINE_KEEPING},
	{"the same officer twice", true,
		{RED, {"line 4711", "pin:4711 "}, {"pin right 1 Mario", "say:ask-second "}, {"line 4711", "pin:4711 "},
			{"pin right 1 Mario", "say:pin-same result:wrong-pin "}},
		MACHINE_SECOND},
	{"a second who may not confirm", true,
		{RED, {"line 4711", "pin:4711 "}, {"pin right 1 Mario", "say:ask-second "}, {"line 0815", "pin:0815 "},
			{"pin right 2 Anna no-confirm", "say:pin-role result:wrong-pin "}},
		MACHINE_SECOND},
	{"no second comes", true,
		{RED, {"line 4711", "pin:4711 "}, {"pin right 1 Mario", "say:ask-second "},
			{"after 60000", "drop say:timeout result:timeout "}},
		MACHINE_READY},
	{"the second's PIN is wrong until the lock", true,
		{RED, {"line 4711", "pin:4711 "}, {"pin right 1 Mario", "say:ask-second "}, {"line 1111", "pin:1111 "},
			{"pin wrong 1000", "say:pin-wrong result:wrong-pin "}, {"after 1000", ""},
			{"line 2222", "pin:2222 "}, {"pin locked 300000", "drop say:pin-locked result:locked "}},
		MACHINE_READY},
	{"two officers, but not red", true, {TO_CONFIRM}, MACHINE_CONFIRM},
	{"red, but one officer is enough", false,
		{RED, {"line 4711", "pin:4711 "}, {"pin right 1 Mario", "say:ask-confirm "}}, MACHINE_CONFIRM},

	/* the confirm digit */
	{"0 at the end", false, {TO_CONFIRM, {"line 0", "drop say:cancelled result:cancelled "}}, MACHINE_READY},
	{"0 by key, without ENTER", false, {TO_CONFIRM, {"keys 0", "drop say:cancelled result:cancelled "}},
		MACHINE_READY},
	{"erase and cancel say no", false, {TO_CONFIRM, {"keys erase", "drop say:cancelled result:cancelled "}},
		MACHINE_READY},
	{"another digit is neither", false,
		{TO_CONFIRM, {"keys 2", "say:ask-confirm "}, {"line 11", "say:ask-confirm "},
			{"line yes", "say:ask-confirm "}, {"keys enter", ""}},
		MACHINE_CONFIRM},
	{"nothing is confirmed", false, {TO_CONFIRM, {"after 60000", "drop say:timeout result:timeout "}},
		MACHINE_READY},
	{"keeping fails", false, {TO_CONFIRM, {"line 1", "keep:1 "}, {"refused fault", "drop say:fault result:fault "}},
		MACHINE_READY},
	{"no appliance runs", false,
		{TO_CONFIRM, {"line 1", "keep:1 "}, {"kept 5 412 10000 down", "say:window say:not-running "}},
		MACHINE_WINDOW},

	/* the window */
	{"0 stops", false, {TO_WINDOW, {"keys 0", "stop:5 "}, {"stopped 0", "say:stopped result:stopped "}},
		MACHINE_READY},
	{"0 as a line stops", false, {TO_WINDOW, {"line 0", "stop:5 "}, {"stopped 0", "say:stopped result:stopped "}},
		MACHINE_READY},
	{"erase stops", false, {TO_WINDOW, {"keys erase", "stop:5 "}}, MACHINE_STOPPING},
	{"cancel stops", false, {TO_WINDOW, {"keys cancel", "stop:5 "}}, MACHINE_STOPPING},
	{"other keys do not", false, {TO_WINDOW, {"keys 1234567 enter 89", ""}, {"line 1", ""}}, MACHINE_WINDOW},
	{"0 twice", false,
		{TO_WINDOW, {"keys 0", "stop:5 "}, {"keys 0", ""}, {"stopped 0", "say:stopped result:stopped "}},
		MACHINE_READY},
	{"some had left", false, {TO_WINDOW, {"keys 0", "stop:5 "}, {"stopped 3", "say:stopped-late result:stopped "}},
		MACHINE_READY},
	{"stopping fails, and is tried again", false,
		{TO_WINDOW, {"keys 0", "stop:5 "}, {"stop failed", "say:stop-fault "}, {"keys 0", "stop:5 "},
			{"stopped 0", "say:stopped result:stopped "}},
		MACHINE_READY},
	{"stopping fails until it has left", false,
		{TO_WINDOW, {"keys 0", "stop:5 "}, {"after 10000", ""}, {"stop failed", "say:stop-fault "},
			{"after 0", "left:5 say:started result:sent "}},
		MACHINE_READY},
	{"a window that was open before the process began", false,
		{{"kept 5 412 4000", "say:window "}, {"keys 0", "stop:5 "},
			{"stopped 0", "say:stopped result:stopped "}},
		MACHINE_READY},

	/* afterwards */
	{"progress in steps of a tenth", false,
		{TO_SENT, {"progress 5 20/412", ""}, {"progress 5 42/412", "say:progress "}, {"progress 5 80/412", ""},
			{"progress 5 412/412 done", "say:finished "}, {"progress 5 412/412 done", ""}},
		MACHINE_READY},
	{"another message's progress", false, {TO_SENT, {"progress 4 400/412", ""}}, MACHINE_READY},
	{"a second alert during the first", false,
		{TO_SENT, {"keys 09", ""}, {"progress 5 412/412", ""}, {"keys enter", "draft:09 "},
			{"drafted running", "told:READBACK say:message say:running say:ask-pin "},
			{"progress 5 412/412", ""}, {"line 4711", "pin:4711 "},
			{"pin right 1 Mario", "say:ask-confirm "}, {"line 1", "keep:1 "},
			{"kept 6 80 10000", "say:window "}, {"progress 5 412/412 done", ""},
			{"after 10000", "left:6 say:started result:sent "}, {"progress 6 80/80 done", "say:finished "}},
		MACHINE_READY},
	{"the all-clear", false,
		{TO_SENT, {"line 99", "draft:clear "}, {"drafted", "told:READBACK say:message say:ask-pin "},
			{"line 4711", "pin:4711 "}, {"pin right 1 Mario", "say:ask-confirm "}, {"line 1", "keep:1 "},
			{"kept 6 412 10000", "say:window "}, {"after 10000", "left:6 say:started result:sent "}},
		MACHINE_READY},
	{"nothing to clear", false,
		{{"line 99", "draft:clear "},
			{"refused nothing-to-clear", "drop say:nothing-to-clear result:refused "}},
		MACHINE_READY},

	/* commands */
	{"an exercise, before its code", false, {{"line 9803", "draft:03,exercise "}}, MACHINE_DRAFTING},
	{"an exercise, before a whole code", false, {{"line 98303114201", "draft:03,exercise "}}, MACHINE_DRAFTING},
	{"an exercise, alone", false, {{"line 98", "say:exercise "}, {"line 03", "draft:03,exercise "}},
		MACHINE_DRAFTING},
	{"an exercise is for the next code only", false,
		{{"line 98", "say:exercise "}, {"line 03", "draft:03,exercise "},
			{"drafted", "told:READBACK say:message say:ask-pin "},
			{"line 0", "drop say:cancelled result:cancelled "}, {"line 03", "draft:03 "}},
		MACHINE_DRAFTING},
	{"an exercise forgotten", false, {{"line 98", "say:exercise "}, {"after 60000", ""}, {"line 03", "draft:03 "}},
		MACHINE_DRAFTING},
	{"no exercise of an all-clear", false,
		{{"line 98", "say:exercise "}, {"line 99", "say:no-code result:no-code "},
			{"line 9899", "say:no-code result:no-code "}},
		MACHINE_READY},
	{"the short version of an exercise stays one", false,
		{{"line 9803", "draft:03,exercise "},
			{"drafted long", "told:READBACK say:message say:shorter say:ask-pin "},
			{"line 8", "draft:03,exercise,brief "}},
		MACHINE_DRAFTING},
	{"status", false, {{"line 97", "status result:done "}, {"told fine", "told:fine "}}, MACHINE_READY},
	{"volume", false,
		{{"line 95", "volume:1 result:done "}, {"line 94", "volume:-1 result:done "},
			{"keys +-", "volume:1 volume:-1 "}},
		MACHINE_READY},
	{"repeat", false,
		{{"told fine", "told:fine "}, {"line 96", "told:fine result:done "}, {"keys *", "told:fine "}},
		MACHINE_READY},
	{"repeat while an order is open", false,
		{TO_PIN, {"keys *", "told:READBACK Messaggio, 1 SMS a persona: TEXT PIN e INVIO. "}}, MACHINE_PIN},

	/* the pad, the end */
	{"unplugged before the PIN", false,
		{TO_PIN, {"gone", "drop say:gone-nothing result:gone "}, {"back", "say:ready "}}, MACHINE_READY},
	{"unplugged before the confirm digit", false, {TO_CONFIRM, {"gone", "drop say:gone-nothing result:gone "}},
		MACHINE_READY},
	{"unplugged in the window: it was confirmed", false,
		{TO_WINDOW, {"gone", "say:gone "}, {"back", "say:window "},
			{"after 10000", "left:5 say:started result:sent "}},
		MACHINE_READY},
	{"unplugged in the middle of a code", false,
		{{"keys 3031", ""}, {"gone", "say:gone "}, {"back", "say:ready "},
			{"keys 14201 enter", "say:no-code result:no-code "}},
		MACHINE_READY},
	{"the input ends at once", false, {{"end", ""}}, MACHINE_READY},
	{"the input ends before the PIN", false, {TO_PIN, {"end", "drop say:cancelled result:ended "}}, MACHINE_READY},
	{"the input ends before the confirm digit", false, {TO_CONFIRM, {"end", "drop say:cancelled result:ended "}},
		MACHINE_READY},
	{"the input ends in the window: it was confirmed", false, {TO_WINDOW, {"end", "left:5 result:sent "}},
		MACHINE_READY},
	{"answers nobody waits for", false,
		{{"drafted", ""}, {"pin right 1 Mario", ""}, {"refused nobody", ""}, {"stopped 0", ""},
			{"progress 0 5/5 done", ""}},
		MACHINE_READY},
};

static void path_walk(const struct path *path)
{
	const struct machine_policy policy = {TIMEOUT_MS, path->two_officers};
	struct machine *machine = calloc(1, sizeof *machine);
	int64_t now = 1000000;

	assert_non_null(machine);
	machine_init(machine, sheet, texts, &policy);
	for (int i = 0; i < STEPS_MAX && path->steps[i].event; i++) {
		char log[LOG_MAX] = "";
		event_do(machine, path->steps[i].event, &now, log);
		if (strcmp(log, path->steps[i].actions) != 0)
			fail_msg("%s, \"%s\":\n  wanted %s\n  got    %s", path->name, path->steps[i].event,
				path->steps[i].actions, log);
	}
	if (machine->state != path->end)
		fail_msg("%s ends in %s, not %s", path->name, machine_state_to_string(machine->state),
			machine_state_to_string(path->end));
	free(machine);
}

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		path_walk(&paths[i]);
}

/* ---- what the table does not show -------------------------------------------------------------------------------- */

static struct machine_actions actions;

/* The first of its kind; one without anything in it where there is none. */
static const struct machine_action *find(enum machine_act act)
{
	static const struct machine_action none = {.number = -1};

	for (int i = 0; i < actions.count; i++)
		if (actions.list[i].act == act)
			return &actions.list[i];
	return &none;
}

static void step(struct machine *machine, struct machine_event event)
{
	machine_step(machine, &event, &actions);
}

static void test_sentences(void **state)
{
	const struct machine_policy policy = {TIMEOUT_MS, false};
	struct machine machine;
	struct machine_event event = {.kind = EVENT_DRAFTED, .now = 1};

	(void)state;
	machine_init(&machine, sheet, texts, &policy);
	step(&machine, (struct machine_event){.kind = EVENT_LINE, .now = 1, .text = "4711"});
	assert_string_equal(find(ACT_SAY)->text, "Il codice non esiste: non è partito nulla."); /* it may be a PIN */
	step(&machine, (struct machine_event){.kind = EVENT_LINE, .now = 1, .text = "123"});
	assert_string_equal(find(ACT_SAY)->text, "Il codice 123 non esiste: non è partito nulla.");
	assert_int_equal(find(ACT_BEEP)->number, BEEP_WRONG);
	step(&machine, (struct machine_event){.kind = EVENT_LINE, .now = 1, .text = "303114201"});
	assert_int_equal(find(ACT_LED)->number, LED_SLOW);
	assert_int_equal(find(ACT_DRAFT)->meaning.colour, COLOUR_ORANGE);
	assert_string_equal(find(ACT_DRAFT)->meaning.zone ? find(ACT_DRAFT)->meaning.zone : "", "centro");
	assert_string_equal(find(ACT_DRAFT)->meaning.phase ? find(ACT_DRAFT)->meaning.phase : "", "attention");
	event.text = "ALLERTA";
	event.draft.message = "Testo";
	event.draft.segments = 1;
	machine_step(&machine, &event, &actions);
	step(&machine, (struct machine_event){.kind = EVENT_LINE, .now = 1, .text = "4711"});
	event = (struct machine_event){.kind = EVENT_PIN_JUDGED, .now = 1};
	event.pin.verdict = VERDICT_WRONG;
	event.pin.wait_ms = 1001;
	machine_step(&machine, &event, &actions);
	assert_string_equal(find(ACT_SAY)->text, "PIN errato. Riprova tra 2 s.");
	step(&machine, (struct machine_event){.kind = EVENT_LINE, .now = 1500, .text = "4711"});
	event.now = 1500;
	event.pin.verdict = VERDICT_RIGHT;
	event.pin.may_order = true;
	event.pin.name = "Mario Rossi";
	event.pin.officer = 1;
	machine_step(&machine, &event, &actions);
	assert_string_equal(find(ACT_SAY)->text, "Mario Rossi: 1 invia, 0 annulla.");
	step(&machine, (struct machine_event){.kind = EVENT_KEY, .now = 1500, .key = '1'});
	event = (struct machine_event){.kind = EVENT_KEPT, .now = 2000};
	event.kept.id = 17;
	event.kept.recipients = 412;
	event.kept.left_ms = 10000;
	machine_step(&machine, &event, &actions);
	assert_string_equal(
		find(ACT_SAY)->text, "Confermato, numero 17: parte tra 10 secondi a 412 persone. Premi 0 per fermare.");
	assert_int_equal(find(ACT_LED)->number, LED_FAST);

	/* A tick each second, and the deadline never behind the window's end. */
	int ticks = 0;
	for (int64_t now = machine.deadline; machine.state == MACHINE_WINDOW; now = machine.deadline) {
		assert_in_range(now, 2000, 12000);
		step(&machine, (struct machine_event){.kind = EVENT_TIME, .now = now});
		ticks += machine.state == MACHINE_WINDOW && find(ACT_BEEP)->number == BEEP_TICK;
	}
	assert_int_equal(ticks, 10);
	assert_int_equal(find(ACT_LED)->number, LED_ON);
	assert_string_equal(find(ACT_SAY)->text, "Partito: numero 17, 412 persone.");
}

/* A PIN is never shown, and nothing of it stays behind. */
static void test_pin_is_hidden(void **state)
{
	const struct machine_policy policy = {TIMEOUT_MS, false};
	struct machine machine;
	struct machine_event event = {.kind = EVENT_DRAFTED, .now = 1, .text = "x"};
	char prompt[SHEET_CODE_MAX];

	(void)state;
	machine_init(&machine, sheet, texts, &policy);
	step(&machine, (struct machine_event){.kind = EVENT_KEY, .now = 1, .key = '0'});
	machine_prompt(&machine, prompt);
	assert_string_equal(prompt, "0");
	step(&machine, (struct machine_event){.kind = EVENT_KEY, .now = 1, .key = '3'});
	step(&machine, (struct machine_event){.kind = EVENT_KEY, .now = 1, .key = MACHINE_ENTER});
	event.draft.message = "y";
	machine_step(&machine, &event, &actions);
	for (const char *pin = "4711"; *pin; pin++)
		step(&machine, (struct machine_event){.kind = EVENT_KEY, .now = 1, .key = *pin});
	machine_prompt(&machine, prompt);
	assert_string_equal(prompt, "****");
	step(&machine, (struct machine_event){.kind = EVENT_KEY, .now = 1, .key = MACHINE_ENTER});
	assert_string_equal(find(ACT_CHECK_PIN)->text, "4711");
	for (size_t i = 0; i + 4 <= sizeof machine; i++)
		assert_memory_not_equal((const char *)&machine + i, "4711", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_pin_is_hidden),
	};

	return cmocka_run_group_tests(tests, world_make, world_end);
}
