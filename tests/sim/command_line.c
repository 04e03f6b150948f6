/* A command line taken apart (V.250 5.4): basic commands follow each other, extended ones are joined by ';'. */
#include "tests/sim/base.h"
#include "tests/sim/commands.h"
#include "tests/sim/faults.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_OCTETS = 24 };

static const struct at_command *const tables[] = {
	commands_general, commands_sim, commands_sms, commands_submit, commands_call};

enum { TABLES = sizeof tables / sizeof tables[0] };

static const struct at_command *find(const char *name)
{
	for (unsigned t = 0; t < TABLES; t++)
		for (const struct at_command *c = tables[t]; c->name != NULL; c++)
			if (strcasecmp(c->name, name) == 0)
				return c;
	return NULL;
}

void command_names(struct modem *m, void (*each)(struct modem *m, const char *name))
{
	for (unsigned t = 0; t < TABLES; t++)
		for (const struct at_command *c = tables[t]; c->name != NULL; c++)
			each(m, c->name);
}

int arg_number(const char **args, int missing)
{
	const char *at = *args + strspn(*args, " \"");
	char *end;
	long value = strtol(at, &end, 10);

	if (end == at)
		value = *at == ',' || *at == '\0' ? missing : -1;
	else if (value < INT_MIN || value > INT_MAX)
		value = -1;
	at = end + strcspn(end, ",");
	*args = *at == ',' ? at + 1 : at;
	return (int)value;
}

bool arg_text(const char **args, char *text, size_t size)
{
	const char *at = *args + strspn(*args, " ");
	bool quoted = *at == '"';
	size_t length;

	text[0] = '\0';
	if (*at == '\0')
		return false;
	at += quoted;
	length = strcspn(at, quoted ? "\"" : ",");
	size_t kept = length < size ? length : size - 1;
	memcpy(text, at, kept);
	text[kept] = '\0';
	at += length;
	at += strcspn(at, ",");
	*args = *at == ',' ? at + 1 : at;
	return true;
}

/* What keeps the SIM from being asked: 27.007 9.2.1 and 27.005 3.2.5 say the same under two numbers. */
static struct answer check_need(const struct modem *m, enum at_need need)
{
	int cme = 0, cms = 0;

	if (!m->knobs.sim_present) {
		cme = 10;
		cms = 310;
	} else if (m->pin_asked && m->knobs.pin_tries == 0) {
		cme = 12;
		cms = 316;
	} else if (!m->sim_open) {
		cme = 11;
		cms = 311;
	} else if (m->sim_busy) {
		cme = 14;
		cms = 314;
	}
	if (need == NEEDS_NOTHING || cme == 0)
		return answer_ok();
	return need == NEEDS_SIM ? answer_cme(cme) : answer_cms(cms);
}

static bool is_accepted_by_vendor(const struct modem *m, const char *name)
{
	const char *at = m->personality->accepted;
	size_t length = strlen(name);

	while ((at = strcasestr(at, name)) != NULL) {
		if (at[length] == ' ' || at[length] == '\0')
			return true;
		at += length;
	}
	return false;
}

/* Other makers' ways to say the same, understood only by their own models. */
static bool is_foreign(const struct modem *m, const char *name)
{
	static const char *const ccid[] = {"^ICCID", "+ICCID", "+QCCID", "+CICCID", "#CCID"};
	static const char *const counters[] = {"^CPIN", "+SPIC", "+QPINC", "+UPINCNT", "+CPNNUM", "#PCT", "+CPINR"};
	const char *own_counter = m->personality->pin_counter;

	for (size_t i = 0; i < sizeof ccid / sizeof ccid[0]; i++)
		if (strcasecmp(ccid[i], name) == 0)
			return strcasecmp(m->personality->ccid, name) != 0;
	for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
		if (strcasecmp(counters[i], name) == 0)
			return own_counter == NULL || strcasecmp(own_counter, name) != 0;
	return strcasecmp(name, "+CEREG") == 0 || strcasecmp(name, "+CESQ") == 0 ? !m->personality->lte : false;
}

static struct answer run_command(struct modem *m, const char *name, enum at_form form, const char *args)
{
	const struct at_command *command = find(name);
	struct answer answer;

	if (command != NULL && is_foreign(m, name))
		command = NULL;
	if (command == NULL && is_accepted_by_vendor(m, name))
		return answer_ok();
	if (command == NULL)
		return m->personality->cme_for_unknown ? answer_cme(3) : answer_error();
	if (faults_refuse(m, name, NULL, false, &answer))
		return answer;
	answer = form == AT_TEST ? answer_ok() : check_need(m, command->need);
	if (answer.kind != ANSWER_OK)
		return answer;
	return command->run(m, form, args);
}

/* One extended command at *text, which moves behind it. */
static struct answer run_extended(struct modem *m, const char **text)
{
	char name[NAME_MAX_OCTETS], args[SIM_LINE_MAX];
	size_t length = 1 + strcspn(*text + 1, "=?; ");
	enum at_form form = AT_RUN;

	snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), *text);
	*text += length;
	*text += strspn(*text, " ");
	if (**text == '=') {
		*text += 1;
		form = **text == '?' ? AT_TEST : AT_SET;
	} else if (**text == '?') {
		form = AT_READ;
	}

	bool quoted = false;
	size_t end = 0;
	for (; (*text)[end] != '\0' && ((*text)[end] != ';' || quoted); end++)
		quoted ^= (*text)[end] == '"';
	snprintf(args, sizeof args, "%.*s", (int)end, *text);
	*text += end;
	if (**text == ';')
		*text += 1;
	return run_command(m, name, form, form == AT_SET ? args : "");
}

/* E, V, Q, Z, I, H, A, D, and the others that a modem without a telephone line only nods to. */
static struct answer run_basic(struct modem *m, const char **text)
{
	struct dialogue *d = &m->dialogue;
	bool ampersand = **text == '&';
	*text += ampersand;
	int letter = toupper((unsigned char)**text);

	if (letter == '\0')
		return answer_error();
	*text += 1;
	if (letter == 'D' && !ampersand) { /* the rest is the number */
		*text += strlen(*text);
		return run_command(m, "D", AT_RUN, "");
	}
	char *end;
	long value = strtol(*text, &end, 10);
	*text = end;
	if (letter == 'S') {
		*text += strspn(*text, "=?0123456789");
		return answer_ok();
	}
	if (ampersand) {
		if (letter == 'F')
			settings_reset(m);
		return strchr("FCDKWVSRY", letter) != NULL ? answer_ok() : answer_error();
	}
	switch (letter) {
	case 'E': d->echo = value != 0 || m->knobs.echo == ECHO_STICKY; return answer_ok();
	case 'V': d->verbose = value != 0; return answer_ok();
	case 'Q': d->quiet = value != 0; return answer_ok();
	case 'Z': settings_reset(m); return answer_ok();
	case 'H': return run_command(m, "H", AT_RUN, "");
	case 'A': return run_command(m, "A", AT_RUN, "");
	case 'I': return run_command(m, "I", AT_RUN, "");
	default: return strchr("LMXTP", letter) != NULL ? answer_ok() : answer_error();
	}
}

struct answer command_line_run(struct modem *m, const char *text)
{
	struct answer answer = answer_ok();

	while (answer.kind == ANSWER_OK) {
		text += strspn(text, " ;");
		if (*text == '\0')
			break;
		if (isalpha((unsigned char)*text) || *text == '&')
			answer = run_basic(m, &text);
		else
			answer = run_extended(m, &text);
	}
	return answer;
}
