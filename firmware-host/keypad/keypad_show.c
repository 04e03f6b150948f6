/* What the officer sees, and what a script gets. */
#include "firmware-host/keypad/keypad.h"

#include "firmware-host/json.h"
#include "firmware-host/order.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* With --json stdout is for the script. */
static FILE *out_of(const struct keypad *keypad)
{
	return keypad->json ? stderr : stdout;
}

void keypad_show(struct keypad *keypad, const char *text)
{
	FILE *out = out_of(keypad);
	bool terminal = isatty(fileno(out));

	fprintf(out, "%s%s\n", terminal ? "\r\033[K" : "", text);
	fflush(out);
	if (keypad->console_fd >= 0)
		dprintf(keypad->console_fd, "%s\r\n", text);
}

void keypad_show_prompt(struct keypad *keypad)
{
	char digits[SHEET_CODE_MAX];
	FILE *out = out_of(keypad);

	if (keypad->script || !isatty(fileno(out)))
		return;
	machine_prompt(&keypad->machine, digits);
	fprintf(out, "\r\033[K> %s", digits);
	fflush(out);
}

static bool result_is_good(enum machine_result result)
{
	return result == RESULT_DONE || result == RESULT_SENT;
}

static void result_json(const struct keypad *keypad, enum machine_result result)
{
	bool kept = keypad->kept.id != 0 && (result == RESULT_SENT || result == RESULT_STOPPED);
	const struct message *message = &keypad->kept;
	json_t *json = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "result", machine_result_to_string(result),
		"id", kept ? json_integer((json_int_t)message->id) : json_null(), "kind",
		kept ? json_string(order_kind_to_string(message->kind)) : json_null(), "recipients",
		kept ? json_integer(message->recipients) : json_null(), "exercise",
		kept ? json_boolean(message->exercise) : json_null(), "officer",
		kept ? json_text(keypad->who) : json_null(), "text", kept ? json_text(message->text) : json_null());

	json_print(json);
	fflush(stdout);
	json_decref(json);
}

/* A script is told once for each order, and reads no further when one went wrong: its next line was meant for another
 * question. */
void keypad_show_result(struct keypad *keypad, enum machine_result result)
{
	keypad->has_result = true;
	keypad->result = result;
	if (keypad->json)
		result_json(keypad, result);
	if (keypad->script && !result_is_good(result))
		keypad->over = true;
}

int keypad_exit(const struct keypad *keypad, struct err *err)
{
	if (!keypad->script)
		return 0;
	if (!keypad->has_result)
		return err_set(err, EX_DATAERR, "nothing was typed; write the code, the PIN and 1 on a line each");
	switch (keypad->result) {
	case RESULT_DONE:
	case RESULT_SENT: return 0;
	case RESULT_STOPPED: return err_set(err, EX_REFUSED, "message %lld was stopped", (long long)keypad->kept.id);
	case RESULT_CANCELLED: return err_set(err, EX_REFUSED, "cancelled; nothing was sent");
	case RESULT_NO_CODE:
		return err_set(err, EX_DATAERR,
			"the sheet has no such code; nothing was sent; print it: banditore keypad sheet");
	case RESULT_REFUSED: return err_set(err, EX_REFUSED, "refused, see the line above; nothing was sent");
	case RESULT_WRONG_PIN: return err_set(err, EX_NOPERM, "the PIN was not taken; nothing was sent");
	case RESULT_LOCKED:
		return err_set(
			err, EX_TEMPFAIL, "too many wrong PINs; wait, or: banditore officer unlock; nothing was sent");
	case RESULT_TIMEOUT: return err_set(err, EX_REFUSED, "no line came in time; nothing was sent");
	case RESULT_GONE: return err_set(err, EX_REFUSED, "the keypad was unplugged; nothing was sent");
	case RESULT_ENDED:
		return err_set(err, EX_REFUSED, "the input ended before the confirm digit; nothing was sent");
	case RESULT_FAULT:
		return err_set(err, EX_UNAVAILABLE, "%s; nothing was sent",
			keypad->trouble[0] ? keypad->trouble : "something failed");
	}
	return 0;
}
