/* Identity, radio, clock (27.007 5, 7, 8). */
#include "tests/sim/base.h"
#include "tests/sim/commands.h"
#include "tests/sim/modem.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void settings_reset(struct modem *m)
{
	int cfun = m->settings.cfun;

	m->settings = (struct settings){
		.cfun = cfun,
		.cmgf = m->personality->text_after_reset,
		.csmp = {17, 167, 0, 0},
		.memory = {MEMORY_SM, MEMORY_SM, MEMORY_SM},
		.cscs = "GSM",
		.cscb = "0,\"\",\"\"",
	};
	if (m->personality->prefers_me)
		m->settings.memory[0] = m->settings.memory[1] = m->settings.memory[2] = MEMORY_ME;
	m->dialogue.cmee = 0;
}

/* A setting that is one number from 0 to max. */
static struct answer number_setting(
	struct modem *m, const char *name, int *value, int max, enum at_form form, const char *args)
{
	if (form == AT_TEST)
		say(m, "%s: (0-%d)", name, max);
	else if (form == AT_READ)
		say(m, "%s: %d", name, *value);
	if (form == AT_TEST || form == AT_READ)
		return answer_ok();
	int wanted = arg_number(&args, 0);
	if (wanted < 0 || wanted > max)
		return answer_cme(3);
	*value = wanted;
	return answer_ok();
}

static struct answer say_or_ok(struct modem *m, enum at_form form, const char *line)
{
	if (form == AT_SET || form == AT_READ)
		return answer_error();
	if (form == AT_RUN)
		say(m, "%s", line);
	return answer_ok();
}

static struct answer run_cgmi(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	return say_or_ok(m, form, m->personality->manufacturer);
}

static struct answer run_cgmm(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	return say_or_ok(m, form, m->personality->model);
}

static struct answer run_cgmr(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	return say_or_ok(m, form, m->personality->revision);
}

static struct answer run_cgsn(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	if (form == AT_SET) { /* AT+CGSN=1: the IMEI in its own form */
		say(m, "+CGSN: \"%s\"", m->knobs.imei);
		return answer_ok();
	}
	return say_or_ok(m, form, m->knobs.imei);
}

static struct answer run_i(struct modem *m, enum at_form form, const char *args)
{
	(void)form;
	(void)args;
	say(m, "Manufacturer: %s", m->personality->manufacturer);
	say(m, "Model: %s", m->personality->model);
	say(m, "Revision: %s", m->personality->revision);
	say(m, "IMEI: %s", m->knobs.imei);
	return answer_ok();
}

static struct answer run_cmee(struct modem *m, enum at_form form, const char *args)
{
	return number_setting(m, "+CMEE", &m->dialogue.cmee, 2, form, args);
}

static struct answer run_cscs(struct modem *m, enum at_form form, const char *args)
{
	char charset[8];

	if (form == AT_TEST)
		say(m, "+CSCS: (\"GSM\",\"IRA\",\"UCS2\")");
	else if (form == AT_READ)
		say(m, "+CSCS: \"%s\"", m->settings.cscs);
	if (form != AT_SET)
		return answer_ok();
	arg_text(&args, charset, sizeof charset);
	if (strcmp(charset, "GSM") != 0 && strcmp(charset, "IRA") != 0 && strcmp(charset, "UCS2") != 0)
		return answer_cme(3);
	text_copy(m->settings.cscs, sizeof m->settings.cscs, charset);
	return answer_ok();
}

static void reboot_event(struct sim *sim, const struct event *event)
{
	(void)sim;
	modem_reboot(event->modem, event->a != 0);
}

static struct answer set_cfun(struct modem *m, int fun, bool reset)
{
	if (fun != 0 && fun != 1 && fun != 4)
		return answer_cme(3);
	if (reset) {
		timer_add_modem(m, 0, reboot_event, m->knobs.usb != 0, 0);
		return answer_ok();
	}
	m->settings.cfun = fun;
	if (fun != 1)
		modem_register(m, REG_IDLE);
	else if (m->sim_open && !modem_is_registered(m))
		modem_open_sim(m);
	if (fun == 0 && m->pin_asked)
		m->sim_open = false;
	return answer_ok();
}

static struct answer run_cfun(struct modem *m, enum at_form form, const char *args)
{
	const char *all = "+CFUN: (0,1,4),(0,1)";

	if (form == AT_TEST || (form == AT_READ && m->personality->cfun_test_form))
		say(m, "%s", form == AT_TEST ? all : "+CFUN: (0-1,4-7),(0-1)");
	else if (form == AT_READ)
		say(m, "+CFUN: %d", m->settings.cfun);
	if (form != AT_SET)
		return answer_ok();
	int fun = arg_number(&args, 1);
	return set_cfun(m, fun, arg_number(&args, 0) == 1);
}

static struct answer run_creset(struct modem *m, enum at_form form, const char *args)
{
	(void)form;
	(void)args;
	return set_cfun(m, 1, true);
}

/* +CREG, +CGREG and +CEREG differ in their names. */
static struct answer registration(struct modem *m, const char *name, int *mode, enum at_form form, const char *args)
{
	if (form != AT_READ)
		return number_setting(m, name, mode, 2, form, args);
	if (*mode == 2 && modem_is_registered(m))
		say(m, "%s: 2,%d,\"5E25\",\"0100701\",%d", name, m->registration, m->personality->lte ? 7 : 0);
	else
		say(m, "%s: %d,%d", name, *mode, m->registration);
	return answer_ok();
}

static struct answer run_creg(struct modem *m, enum at_form form, const char *args)
{
	return registration(m, "+CREG", &m->settings.creg, form, args);
}

static struct answer run_cgreg(struct modem *m, enum at_form form, const char *args)
{
	return registration(m, "+CGREG", &m->settings.cgreg, form, args);
}

static struct answer run_cereg(struct modem *m, enum at_form form, const char *args)
{
	return registration(m, "+CEREG", &m->settings.cereg, form, args);
}

static struct answer set_cops(struct modem *m, const char *args)
{
	int mode = arg_number(&args, 0);
	int format = arg_number(&args, m->settings.cops_format);

	if (mode < 0 || mode > 4 || format < 0 || format > 2)
		return answer_cme(3);
	m->settings.cops_format = format;
	if (mode == 3)
		return answer_ok();
	m->settings.cops_mode = mode;
	modem_register(m, mode == 2 || !m->sim_open ? REG_IDLE : m->knobs.registration);
	return answer_ok();
}

static struct answer run_cops(struct modem *m, enum at_form form, const char *args)
{
	const struct knobs *k = &m->knobs;
	bool numeric = m->settings.cops_format == 2;

	if (form == AT_SET)
		return set_cops(m, args);
	if (form == AT_TEST)
		say(m, "+COPS: (2,\"%s\",\"%s\",\"%s\",7),,(0-4),(0-2)", k->operator_name, k->operator_name,
			k->operator_code);
	else if (!modem_is_registered(m))
		say(m, "+COPS: %d", m->settings.cops_mode);
	else
		say(m, "+COPS: %d,%d,\"%s\",%d", m->settings.cops_mode, m->settings.cops_format,
			numeric ? k->operator_code : k->operator_name, m->personality->lte ? 7 : 0);
	return answer_ok();
}

static struct answer run_csq(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	say(m, form == AT_TEST ? "+CSQ: (0-31,99),(0-7,99)" : "+CSQ: %d,99", m->knobs.signal);
	return answer_ok();
}

static struct answer run_cesq(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	(void)form;
	/* RSRP of an LTE cell about as good as the +CSQ told (27.007 8.69). */
	int rsrp = m->knobs.signal > 31 ? 255 : m->knobs.signal * 2 + 8;
	say(m, "+CESQ: 99,99,255,255,20,%d", rsrp);
	return answer_ok();
}

static struct answer run_cclk(struct modem *m, enum at_form form, const char *args)
{
	time_t now = time(NULL);
	struct tm tm;
	int zone = zone_quarters();

	(void)args;
	if (form != AT_READ)
		return answer_ok();
	localtime_r(&now, &tm);
	say(m, "+CCLK: \"%02d/%02d/%02d,%02d:%02d:%02d%c%02d\"", tm.tm_year % 100, tm.tm_mon + 1, tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec, zone < 0 ? '-' : '+', zone < 0 ? -zone : zone);
	return answer_ok();
}

static struct answer run_cbc(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	if (form == AT_RUN)
		say(m, "+CBC: 0,100,4012");
	return answer_ok();
}

static struct answer run_cgatt(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	if (form == AT_READ)
		say(m, "+CGATT: %d", modem_is_registered(m));
	return answer_ok();
}

static struct answer run_cpas(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	if (form == AT_RUN)
		say(m, "+CPAS: %d", m->call.from[0] == '\0' ? 0 : m->call.answered ? 4 : 3);
	return answer_ok();
}

static void say_name(struct modem *m, const char *name)
{
	if (name[0] == '+')
		say(m, "AT%s", name);
}

static struct answer run_clac(struct modem *m, enum at_form form, const char *args)
{
	(void)args;
	if (m->personality->clac_hangs)
		return answer_later(); /* until the next reset: E3531 */
	if (form == AT_RUN)
		command_names(m, say_name);
	return answer_ok();
}

static struct answer run_ok(struct modem *m, enum at_form form, const char *args)
{
	(void)m;
	(void)form;
	(void)args;
	return answer_ok();
}

static struct answer run_gcap(struct modem *m, enum at_form form, const char *args)
{
	(void)form;
	(void)args;
	say(m, "+GCAP: +CGSM");
	return answer_ok();
}

const struct at_command commands_general[] = {
	{"I", NEEDS_NOTHING, run_i},
	{"+CGMI", NEEDS_NOTHING, run_cgmi},
	{"+GMI", NEEDS_NOTHING, run_cgmi},
	{"+CGMM", NEEDS_NOTHING, run_cgmm},
	{"+GMM", NEEDS_NOTHING, run_cgmm},
	{"+CGMR", NEEDS_NOTHING, run_cgmr},
	{"+GMR", NEEDS_NOTHING, run_cgmr},
	{"+CGSN", NEEDS_NOTHING, run_cgsn},
	{"+GSN", NEEDS_NOTHING, run_cgsn},
	{"+GCAP", NEEDS_NOTHING, run_gcap},
	{"+CMEE", NEEDS_NOTHING, run_cmee},
	{"+CSCS", NEEDS_NOTHING, run_cscs},
	{"+CFUN", NEEDS_NOTHING, run_cfun},
	{"+CRESET", NEEDS_NOTHING, run_creset},
	{"+CREG", NEEDS_NOTHING, run_creg},
	{"+CGREG", NEEDS_NOTHING, run_cgreg},
	{"+CEREG", NEEDS_NOTHING, run_cereg},
	{"+COPS", NEEDS_SIM, run_cops},
	{"+CSQ", NEEDS_NOTHING, run_csq},
	{"+CESQ", NEEDS_NOTHING, run_cesq},
	{"+CCLK", NEEDS_NOTHING, run_cclk},
	{"+CTZU", NEEDS_NOTHING, run_ok},
	{"+CTZR", NEEDS_NOTHING, run_ok},
	{"+CBC", NEEDS_NOTHING, run_cbc},
	{"+CGATT", NEEDS_SIM, run_cgatt},
	{"+CPAS", NEEDS_NOTHING, run_cpas},
	{"+CLAC", NEEDS_NOTHING, run_clac},
	{"+IPR", NEEDS_NOTHING, run_ok},
	{"+IFC", NEEDS_NOTHING, run_ok},
	{"+ICF", NEEDS_NOTHING, run_ok},
	{NULL, NEEDS_NOTHING, NULL},
};
