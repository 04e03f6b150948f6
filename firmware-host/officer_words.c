#include "firmware-host/officer_words.h"

#include "firmware-host/named.h"
#include "firmware-host/order.h"
#include "firmware-host/words_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOKENS_MAX = 64, /* of the header; a text behind it may have any number */
	PIN_LEAST = 4,
	PIN_MOST = 8,
	ZONE_TOKENS_MAX = 4,
	SHORT_TOKENS = 4, /* an answer with a word has no more */
	MINUTES_DAY = 24 * 60,
	HOURS_MOST = 72,
};

/* A run of octets without blanks. */
struct token {
	size_t from, until;   /* without the signs around it */
	char bare[WORD_SIZE]; /* letters and digits, in capitals without accents */
	bool used;
};

struct reading {
	const char *text;
	const struct settings *settings;
	struct token at[TOKENS_MAX];
	int count;
	size_t header_end; /* where the header ends */
	struct officer_words *ret;
};

/* ---- tokens ------------------------------------------------------------------------------------------------------ */

static bool is_blank(char octet)
{
	return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r';
}

static bool is_digit(char octet)
{
	return octet >= '0' && octet <= '9';
}

static bool is_sign(char octet)
{
	return octet != '\0' && strchr(".,;:!?()\"'-#", octet) != NULL;
}

static bool all_digits(const char *text)
{
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static void token_fill(const char *text, size_t from, size_t until, struct token *ret)
{
	char piece[WORD_SIZE * 2];

	while (from < until && is_sign(text[from]))
		from++;
	while (until > from && is_sign(text[until - 1]))
		until--;
	*ret = (struct token){.from = from, .until = until};
	(void)snprintf(piece, sizeof piece, "%.*s", (int)(until - from), text + from);
	(void)words_compact(piece, ret->bare);
}

/* Cuts text from `from` until before `until`. */
static void tokens_cut(struct reading *reading, size_t from, size_t until)
{
	reading->count = 0;
	while (from < until && reading->count < TOKENS_MAX) {
		while (from < until && is_blank(reading->text[from]))
			from++;
		size_t end = from;
		while (end < until && !is_blank(reading->text[end]))
			end++;
		if (end > from)
			token_fill(reading->text, from, end, &reading->at[reading->count]);
		if (end > from && reading->at[reading->count].until > reading->at[reading->count].from)
			reading->count++;
		from = end;
	}
}

/* ---- the PIN ----------------------------------------------------------------------------------------------------- */

/* 4 to 8 digits, or as many asterisks where they have been masked; 0: neither. `text` need not end there. */
static size_t pin_length(const char *text, size_t length)
{
	size_t digits = 0, masked = 0;

	for (size_t i = 0; i < length; i++) {
		digits += is_digit(text[i]);
		masked += text[i] == '*';
	}
	return length >= PIN_LEAST && length <= PIN_MOST && (digits == length || masked == length) ? length : 0;
}

/* The last word of all, be it "4711", "4711." or "PIN:4711". */
static void pin_find(const char *text, struct officer_words *ret)
{
	size_t until = strlen(text), from;

	while (until > 0 && (is_blank(text[until - 1]) || is_sign(text[until - 1])))
		until--;
	for (from = until; from > 0 && (is_digit(text[from - 1]) || text[from - 1] == '*');)
		from--;
	size_t before = from;
	while (before > 0 && is_sign(text[before - 1]))
		before--;
	bool named = before >= 3 && (text[before - 1] | 0x20) == 'n' && (text[before - 2] | 0x20) == 'i' &&
		     (text[before - 3] | 0x20) == 'p';
	bool alone = from == 0 || is_blank(text[from - 1]) || text[from - 1] == ':' || text[from - 1] == '(' || named;
	if (!alone || pin_length(text + from, until - from) == 0)
		return;
	ret->has_pin = true;
	ret->pin_from = from;
	ret->pin_until = until;
	if (text[from] != '*')
		(void)snprintf(ret->pin, sizeof ret->pin, "%.*s", (int)(until - from), text + from);
}

/* Where what is not the PIN ends. */
static size_t pin_before(const char *text, const struct officer_words *words)
{
	size_t end = words->has_pin ? words->pin_from : strlen(text);

	while (end > 0 &&
		(is_blank(text[end - 1]) || (words->has_pin && is_sign(text[end - 1]) && text[end - 1] != '.' &&
						    text[end - 1] != '!' && text[end - 1] != '?')))
		end--;
	if (words->has_pin && end >= 3 && (end == 3 || is_blank(text[end - 4])) && (text[end - 3] | 0x20) == 'p' &&
		(text[end - 2] | 0x20) == 'i' && (text[end - 1] | 0x20) == 'n')
		end -= 3;
	while (end > 0 && is_blank(text[end - 1]))
		end--;
	return end;
}

bool officer_words_mask(char *text, const struct officer_words *words, bool officer)
{
	bool order = words->verb == OFFICER_ALERT || words->verb == OFFICER_CLEAR || words->verb == OFFICER_CANCEL;
	bool masked = false;

	if (words->has_pin && (order || officer)) {
		memset(text + words->pin_from, '*', words->pin_until - words->pin_from);
		masked = true;
	}
	if (!officer || (order && words->has_pin))
		return masked;
	for (size_t from = 0, until; text[from]; from = until) {
		for (until = from; is_digit(text[until]);)
			until++;
		bool after_digit_sign =
			from >= 2 && (text[from - 1] == ',' || text[from - 1] == '.') && is_digit(text[from - 2]);
		if (until - from >= PIN_LEAST && until - from <= PIN_MOST && !after_digit_sign &&
			(from == 0 || text[from - 1] != '+')) {
			memset(text + from, '*', until - from);
			masked = true;
		}
		until += until == from;
	}
	return masked;
}

/* ---- what the header says ---------------------------------------------------------------------------------------- */

static bool token_is(const struct token *token, const char *words)
{
	size_t length = strlen(token->bare);

	for (const char *at = words; length > 0 && (at = strstr(at, token->bare)) != NULL; at += length) {
		if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	}
	return false;
}

static void colour_take(struct reading *reading)
{
	static const struct {
		const char *words;
		enum message_colour colour;
	} colours[] = {
		{"GIALLA GIALLO GIALA", COLOUR_YELLOW},
		{"ARANCIONE ARANCIO ARANCIONI ARANCONE", COLOUR_ORANGE},
		{"ROSSA ROSSO", COLOUR_RED},
	};

	for (int i = 0; i < reading->count; i++) {
		for (size_t c = 0; c < sizeof colours / sizeof *colours; c++) {
			if (reading->ret->colour != COLOUR_NONE || !token_is(&reading->at[i], colours[c].words))
				continue;
			reading->ret->colour = colours[c].colour;
			reading->at[i].used = true;
		}
	}
}

/* "fase di ALLARME", "PREALLARME" */
static void phase_take(struct reading *reading)
{
	static const struct {
		const char *words, *phase;
	} phases[] = {
		{"ATTENZIONE", "attention"},
		{"PREALLARME PREALARME", "prealarm"},
		{"ALLARME ALARME", "alarm"},
	};

	for (int i = 0; i < reading->count; i++) {
		struct token *token = &reading->at[i];
		for (size_t p = 0; p < sizeof phases / sizeof *phases; p++) {
			if (token->used || reading->ret->phase || !token_is(token, phases[p].words))
				continue;
			reading->ret->phase = phases[p].phase;
			token->used = true;
			if (i > 0 && token_is(&reading->at[i - 1], "DI"))
				reading->at[--i].used = true;
			if (i > 0 && token_is(&reading->at[i - 1], "FASE"))
				reading->at[--i].used = true;
			return;
		}
	}
}

/* "20", "20:30", "20.30", "h20": minutes after midnight; -1: no time. */
static int minute_of(const char *text, const struct token *token)
{
	size_t at = token->from;
	int hour = 0, minute = 0, digits = 0;

	if ((text[at] | 0x20) == 'h')
		at++;
	for (; at < token->until && is_digit(text[at]) && digits < 3; at++, digits++)
		hour = hour * 10 + (text[at] - '0');
	if (digits == 0 || digits > 2)
		return -1;
	if (at < token->until && strchr(":.,hH", text[at]) && text[at] != '\0')
		at++;
	if (at < token->until) {
		if (token->until - at != 2 || !is_digit(text[at]) || !is_digit(text[at + 1]))
			return -1;
		minute = (text[at] - '0') * 10 + (text[at + 1] - '0');
	}
	return hour * 60 + minute <= MINUTES_DAY && minute < 60 ? hour * 60 + minute : -1;
}

/* "fino alle ore 20:30 di domani", "fino a mezzanotte". The token behind it, 0: there is none. */
static int until_take(struct reading *reading, int at)
{
	struct officer_words *ret = reading->ret;
	int first = at++;

	for (; at < reading->count && ret->until_minute < 0; at++) {
		const struct token *token = &reading->at[at];
		if (token_is(token, "DOMANI"))
			ret->tomorrow = true;
		else if (token_is(token, "MEZZANOTTE"))
			ret->until_minute = MINUTES_DAY;
		else if (token_is(token, "MEZZOGIORNO"))
			ret->until_minute = MINUTES_DAY / 2;
		else if (!token_is(token, "A AL ALL ALLE LE ORE ORA OGGI DI STASERA STANOTTE"))
			ret->until_minute = minute_of(reading->text, token);
		else
			continue;
		if (ret->until_minute < 0 && !ret->tomorrow)
			return 0;
	}
	if (ret->until_minute < 0)
		return 0;
	if (at < reading->count && token_is(&reading->at[at], "DI") && at + 1 < reading->count &&
		token_is(&reading->at[at + 1], "DOMANI OGGI"))
		at++;
	if (at < reading->count && token_is(&reading->at[at], "DOMANI OGGI"))
		ret->tomorrow = token_is(&reading->at[at++], "DOMANI") || ret->tomorrow;
	for (int i = first; i < at; i++)
		reading->at[i].used = true;
	return at;
}

/* "per 3 ore", "per 1 ora". As until_take. */
static int hours_take(struct reading *reading, int at)
{
	if (at + 2 >= reading->count || !all_digits(reading->at[at + 1].bare) ||
		!token_is(&reading->at[at + 2], "ORE ORA H"))
		return 0;
	long hours = strtol(reading->at[at + 1].bare, NULL, 10);
	if (hours < 1 || hours > HOURS_MOST)
		return 0;
	reading->ret->hours = (int)hours;
	for (int i = at; i < at + 3; i++)
		reading->at[i].used = true;
	return at + 3;
}

/* Returns the token behind the time. */
static int time_take(struct reading *reading)
{
	for (int i = 0; i < reading->count; i++) {
		int behind = token_is(&reading->at[i], "FINO SINO ENTRO FINOA FINOALLE") ? until_take(reading, i)
			     : token_is(&reading->at[i], "PER")				 ? hours_take(reading, i)
											 : 0;
		if (behind > 0)
			return behind;
	}
	return 0;
}

/* The longest run of words here that is a zone's id, name or alias. 0: none. */
static int zone_at(struct reading *reading, int at)
{
	char name[SETTINGS_STRING_MAX];
	int most = reading->count - at < ZONE_TOKENS_MAX ? reading->count - at : ZONE_TOKENS_MAX;

	for (int length = most; length > 0; length--) {
		bool free = true;
		for (int i = at; i < at + length; i++)
			free = free && !reading->at[i].used;
		const struct token *first = &reading->at[at], *last = &reading->at[at + length - 1];
		size_t octets = last->until - first->from;
		if (!free || octets >= sizeof name)
			continue;
		(void)snprintf(name, sizeof name, "%.*s", (int)octets, reading->text + first->from);
		const struct settings_named *zone =
			named_find(reading->settings->zones, reading->settings->zone_count, name);
		if (!zone)
			continue;
		reading->ret->zones[reading->ret->zone_count++] = zone->id;
		return length;
	}
	return 0;
}

static void zones_take(struct reading *reading)
{
	for (int i = 0; i < reading->count && reading->ret->zone_count < OFFICER_WORDS_ZONES_MAX; i++) {
		int length = zone_at(reading, i);
		for (int k = i; k < i + length; k++)
			reading->at[k].used = true;
		if (length > 0 && i > 0 && token_is(&reading->at[i - 1], "A IN E ZONA ZONE FRAZIONE FRAZIONI LOCALITA"))
			reading->at[i - 1].used = true;
		i += length > 0 ? length - 1 : 0;
	}
}

/* What nothing else has taken, without the little words at its ends. */
static void hazard_take(struct reading *reading)
{
	static const char glue[] = "PER DI A IN E CON FASE ZONA FRAZIONE LOCALITA METEO CODICE RISCHIO DEL DELLA";
	char *out = reading->ret->hazard;
	int first = 0, last = reading->count;
	size_t used = 0;

	while (first < last && (reading->at[first].used || token_is(&reading->at[first], glue)))
		first++;
	while (last > first && (reading->at[last - 1].used || token_is(&reading->at[last - 1], glue)))
		last--;
	for (int i = first; i < last; i++) {
		const struct token *token = &reading->at[i];
		size_t length = token->until - token->from;
		if (token->used)
			continue;
		if (used + length + 2 > OFFICER_WORDS_HAZARD_MAX)
			return;
		used += (size_t)snprintf(out + used, OFFICER_WORDS_HAZARD_MAX - used, "%s%.*s", used ? " " : "",
			(int)length, reading->text + token->from);
	}
}

/* ---- an alert ---------------------------------------------------------------------------------------------------- */

/* The first colon that is not within a time; `end`: there is none. */
static size_t colon_find(const char *text, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++) {
		bool within = i > 0 && is_digit(text[i - 1]) && is_digit(text[i + 1]) && is_digit(text[i + 2]) &&
			      !is_digit(text[i + 3]);
		if (text[i] == ':' && !within)
			return i;
	}
	return end;
}

static void text_set(struct reading *reading, size_t from, size_t until)
{
	while (from < until && (is_blank(reading->text[from]) || reading->text[from] == ':'))
		from++;
	while (until > from && is_blank(reading->text[until - 1]))
		until--;
	reading->ret->text = reading->text + from;
	reading->ret->text_length = until - from;
}

/* Digits alone between the command and the PIN, however they are grouped: a code. */
static bool code_take(struct reading *reading)
{
	char code[OFFICER_WORDS_CODE_MAX] = "";
	size_t used = 0;

	for (int i = 0; i < reading->count; i++) {
		const struct token *token = &reading->at[i];
		if (i == 0 && token_is(token, "CODICE"))
			continue;
		if (!all_digits(token->bare) || strlen(token->bare) + used + 1 > sizeof code)
			return false;
		used += (size_t)snprintf(code + used, sizeof code - used, "%s", token->bare);
	}
	memcpy(reading->ret->code, code, sizeof code);
	return used > 0;
}

static void alert_read(struct reading *reading, size_t from)
{
	size_t end = pin_before(reading->text, reading->ret);

	reading->ret->verb = OFFICER_ALERT;
	if (end < from)
		end = from;
	tokens_cut(reading, from, end);
	if (code_take(reading))
		return;
	size_t colon = colon_find(reading->text, from, end);
	tokens_cut(reading, from, colon);
	colour_take(reading);
	phase_take(reading);
	int behind = time_take(reading);
	if (colon < end) {
		text_set(reading, colon + 1, end);
	} else if (behind > 0 && behind < reading->count) { /* no colon: what follows the time */
		text_set(reading, reading->at[behind].from, end);
		reading->count = behind;
	}
	zones_take(reading);
	hazard_take(reading);
}

/* ---- the other commands ------------------------------------------------------------------------------------------ */

/* "[ALLARME] [ALLERTA] [n] [: text]" behind CESSATO and ANNULLA. False: it says something else, as a citizen would. */
static bool about_read(struct reading *reading, size_t from, enum officer_verb verb)
{
	size_t end = pin_before(reading->text, reading->ret);
	size_t colon = verb == OFFICER_CLEAR ? colon_find(reading->text, from, end < from ? from : end) : end;

	tokens_cut(reading, from, colon < end ? colon : end);
	for (int i = 0; i < reading->count; i++) {
		const struct token *token = &reading->at[i];
		if (all_digits(token->bare) && strlen(token->bare) < 10 && reading->ret->number == 0)
			reading->ret->number = strtoll(token->bare, NULL, 10);
		else if (!token_is(token, "ALLARME ALLERTA L LA LALLERTA N NUMERO ORDINE"))
			return false;
	}
	if (colon < end)
		text_set(reading, colon + 1, end);
	reading->ret->verb = verb;
	return true;
}

/* "girasole", "Confermo girasole!", "girasole 4711", "NO" */
static void short_read(struct reading *reading)
{
	struct officer_words *ret = reading->ret;
	size_t end = pin_before(reading->text, ret);
	bool confirms = false;

	tokens_cut(reading, 0, end);
	if (reading->count == 0 || reading->count > SHORT_TOKENS)
		return;
	if (reading->count == 1 && !ret->has_pin && token_is(&reading->at[0], "NO ANNULLA ANNULLO")) {
		ret->verb = OFFICER_DROP;
		return;
	}
	for (int i = 0; i < reading->count; i++) {
		const struct token *token = &reading->at[i];
		if (token_is(token, "CONFERMO CONFERMA SI OK PAROLA LA DI INVIA")) {
			confirms = confirms || !token_is(token, "LA DI");
			continue;
		}
		if (ret->word[0] || strlen(token->bare) >= sizeof ret->word ||
			token->bare[strspn(token->bare, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0') {
			ret->word[0] = '\0';
			return;
		}
		(void)snprintf(ret->word, sizeof ret->word, "%s", token->bare);
	}
	if (ret->word[0] || confirms)
		ret->verb = OFFICER_WORD;
}

static bool verb_is(const struct token *token, const char *verb)
{
	return words_distance(token->bare, verb, words_slack(strlen(verb))) <= words_slack(strlen(verb));
}

void officer_words_read(const char *text, const struct settings *settings, struct officer_words *ret)
{
	struct reading reading = {.text = text, .settings = settings, .ret = ret};
	int at = 0;

	*ret = (struct officer_words){.until_minute = -1, .text = text};
	pin_find(text, ret);
	tokens_cut(&reading, 0, strlen(text));
	if (reading.count == 0)
		return;
	const struct token *token = &reading.at[0];
	if (verb_is(token, "ESERCITAZIONE")) {
		ret->exercise = true;
		at = reading.count > 1 && verb_is(&reading.at[1], "ALLERTA");
		alert_read(&reading, reading.at[at].until);
	} else if (verb_is(token, "ALLERTA")) {
		at = reading.count > 1 && verb_is(&reading.at[1], "ESERCITAZIONE");
		ret->exercise = at == 1;
		alert_read(&reading, reading.at[at].until);
	} else if (verb_is(token, "CESSATO")) {
		(void)about_read(&reading, token->until, OFFICER_CLEAR);
	} else if (verb_is(token, "ANNULLA") && (ret->has_pin || reading.count > 1)) {
		(void)about_read(&reading, token->until, OFFICER_CANCEL);
	} else if ((reading.count == 2 && strcmp(token->bare, "STATO") == 0 && verb_is(&reading.at[1], "BOX")) ||
		   (reading.count == 1 && strcmp(token->bare, "STATOBOX") == 0)) {
		ret->verb = OFFICER_STATUS;
	} else {
		short_read(&reading);
	}
}
