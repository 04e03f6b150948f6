#include "tests/sim/modem.h"

#include "tests/sim/base.h"
#include "tests/sim/calls.h"
#include "tests/sim/commands.h"
#include "tests/sim/dialogue.h"
#include "tests/sim/faults.h"
#include "tests/sim/network.h"
#include "tests/sim/personality.h"
#include "tests/sim/port.h"
#include "tests/sim/storage.h"

#include <stdlib.h>
#include <string.h>

/* The check digit of IMEI and ICCID (ISO/IEC 7812-1 annex B). */
static char luhn(const char *digits)
{
	int sum = 0;
	size_t length = strlen(digits);

	for (size_t i = 0; i < length; i++) {
		int digit = digits[length - 1 - i] - '0';
		if (i % 2 == 0)
			digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	return (char)('0' + (10 - sum % 10) % 10);
}

static void set_identity(struct modem *m)
{
	static const struct {
		const char *name, *code, *smsc, *iccid;
	} operators[] = {{"TIM", "22201", "+393359609600", "893901"},
		{"vodafone IT", "22210", "+393492000200", "893910"}, {"WINDTRE", "22288", "+393205858500", "893988"},
		{"Iliad", "22250", "+393519999660", "893950"}};
	struct knobs *k = &m->knobs;
	unsigned which = m->index % 4, serial = m->index + 1;

	text_copy(k->operator_name, sizeof k->operator_name, operators[which].name);
	text_copy(k->operator_code, sizeof k->operator_code, operators[which].code);
	text_copy(k->smsc, sizeof k->smsc, operators[which].smsc);
	snprintf(k->number, sizeof k->number, "+3933300000%02u", serial % 100);
	snprintf(k->imsi, sizeof k->imsi, "%s%010u", operators[which].code, serial);
	snprintf(k->imei, sizeof k->imei, "86123403%06u", serial);
	snprintf(k->iccid, sizeof k->iccid, "%s%012u", operators[which].iccid, serial);
	k->imei[14] = luhn(k->imei);
	k->iccid[18] = luhn(k->iccid);
}

struct modem *modem_new(struct sim *sim, unsigned index)
{
	struct modem *m = must(calloc(1, sizeof *m));

	m->sim = sim;
	m->source = (struct source){SOURCE_MODEM, m};
	m->index = index;
	m->fd = -1;
	m->epoch = 1;
	m->out.max = SIM_OUTPUT_MAX;
	m->personality = personality_find("generic");
	snprintf(m->name, sizeof m->name, "m%u", index + 1);
	snprintf(m->tty, sizeof m->tty, "ttyUSB%u", index);
	m->knobs = (struct knobs){
		.latency = 200,
		.report = -1,
		.report_probability = 100,
		.boot = 2000,
		.ring = 5000,
		.ussd_delay = 500,
		.signal = 18,
		.registration = REG_HOME,
		.usb = 1,
		.pin_tries = 3,
		.puk_tries = 10,
		.sim_present = 1,
		.sm_size = 50,
		.me_size = 100,
		.puk = "12345678",
		.ussd = "Credito residuo: 12,34 EUR",
	};
	set_identity(m);
	return m;
}

void modem_free(struct modem *m)
{
	port_close(m);
	network_forget(m);
	for (unsigned memory = 0; memory < MEMORIES; memory++)
		for (unsigned i = 0; i < SIM_SLOTS_MAX; i++)
			slot_clear(&m->slots[memory][i]);
	bytes_free(&m->out);
	bytes_free(&m->dialogue.held);
	free(m);
}

bool modem_is_registered(const struct modem *m)
{
	return m->registration == REG_HOME || m->registration == REG_ROAMING;
}

bool modem_is_reachable(const struct modem *m)
{
	return m->fd >= 0 && !m->booting && !m->faults.hung && m->sim_open && modem_is_registered(m);
}

static void tell_registration(struct modem *m, const char *prefix, int mode)
{
	if (mode == 1 || !modem_is_registered(m)) {
		if (mode > 0)
			urc(m, "%s: %d", prefix, m->registration);
	} else if (mode == 2) {
		urc(m, "%s: %d,\"5E25\",\"0100701\",%d", prefix, m->registration, m->personality->lte ? 7 : 0);
	}
}

void modem_register(struct modem *m, int registration)
{
	bool changed = registration != m->registration;

	m->registration = registration;
	if (changed) {
		tell_registration(m, "+CREG", m->settings.creg);
		tell_registration(m, "+CGREG", m->settings.cgreg);
		tell_registration(m, "+CEREG", m->settings.cereg);
	}
	if (modem_is_reachable(m))
		network_retry(m);
}

static void attach_event(struct sim *sim, const struct event *event)
{
	struct modem *m = event->modem;

	(void)sim;
	if (m->settings.cfun == 1 && m->settings.cops_mode != 2)
		modem_register(m, m->knobs.registration);
}

static void sim_ready_event(struct sim *sim, const struct event *event)
{
	(void)sim;
	event->modem->sim_busy = false;
}

void modem_open_sim(struct modem *m)
{
	m->sim_open = true;
	urc(m, "%s", m->personality->ready);
	if (m->knobs.sim_busy > 0) {
		m->sim_busy = true;
		timer_add_modem(m, m->knobs.sim_busy * 1000, sim_ready_event, 0, 0);
	}
	if (m->registration == REG_IDLE)
		m->registration = REG_SEARCHING;
	timer_add_modem(m, m->knobs.attach * 1000, attach_event, 0, 0);
}

/* All that is volatile goes; what the old epoch had planned is void. */
static void forget(struct modem *m)
{
	m->epoch++;
	m->out.used = 0;
	m->blocked = m->trickling = false;
	m->sim_open = m->sim_busy = m->booting = false;
	m->registration = REG_IDLE;
	m->faults.hung = false;
	m->faults.cut_output = CUT_NONE;
	m->call = (struct call){0};
	m->flood = (struct flood){0};
	network_acknowledge(m, false);
	dialogue_reset(m);
	settings_reset(m);
	m->settings.cfun = 1;
}

void modem_settle(struct modem *m)
{
	forget(m);
	if (!m->knobs.sim_present || m->pin_asked)
		return;
	m->sim_open = true;
	m->registration = m->knobs.registration;
}

static void boot_event(struct sim *sim, const struct event *event)
{
	struct modem *m = event->modem;

	(void)sim;
	if (m->fd < 0 && port_open(m) < 0) {
		perror("modem-sim: pseudo-terminal");
		return;
	}
	m->booting = false;
	urc(m, "%s", m->personality->boot);
	if (!m->knobs.sim_present)
		return;
	if (m->pin_asked)
		urc(m, "+CPIN: SIM PIN");
	else
		modem_open_sim(m);
}

void modem_unplug(struct modem *m)
{
	forget(m);
	port_close(m);
}

int modem_plug(struct modem *m, const char *tty)
{
	if (m->fd >= 0)
		modem_unplug(m);
	if (tty != NULL)
		text_copy(m->tty, sizeof m->tty, tty);
	forget(m);
	if (port_open(m) < 0)
		return -1;
	m->booting = true;
	timer_add_modem(m, m->knobs.boot * 1000, boot_event, 0, 0);
	return 0;
}

void modem_reboot(struct modem *m, bool vanish)
{
	port_flush(m);
	if (vanish)
		port_close(m);
	forget(m);
	m->booting = true;
	timer_add_modem(m, m->knobs.boot * 1000, boot_event, 0, 0);
}

void modem_hang(struct modem *m)
{
	m->epoch++;
	m->out.used = 0;
	m->trickling = false;
	m->faults.hung = true;
}

void modem_unhang(struct modem *m)
{
	struct dialogue *d = &m->dialogue;

	if (!m->faults.hung)
		return;
	m->faults.hung = false;
	d->state = DIALOGUE_COMMAND;
	d->line_length = 0;
	d->input_head = d->input_tail = 0;
	d->held.used = 0;
	m->call = (struct call){0};
	m->flood = (struct flood){0};
	if (m->booting || (m->sim_open && m->registration == REG_SEARCHING)) /* what the old epoch had planned */
		timer_add_modem(m, m->booting ? m->knobs.boot * 1000 : 0, m->booting ? boot_event : attach_event, 0, 0);
	network_acknowledge(m, false);
	m->sim_busy = false;
	if (modem_is_reachable(m))
		network_retry(m);
}

struct modem *modem_find(struct sim *sim, const char *name)
{
	for (unsigned i = 0; i < sim->modem_count; i++)
		if (strcmp(sim->modems[i]->name, name) == 0 || strcmp(sim->modems[i]->tty, name) == 0)
			return sim->modems[i];
	return NULL;
}
