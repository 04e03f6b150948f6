#include "tests/sim/network.h"

#include "tests/sim/base.h"
#include "tests/sim/dialogue.h"
#include "tests/sim/faults.h"
#include "tests/sim/journal.h"
#include "tests/sim/modem.h"
#include "tests/sim/port.h"
#include "tests/sim/scenario.h"
#include "tests/sim/sim_alphabet.h"
#include "tests/sim/storage.h"

#include <stdlib.h>
#include <string.h>

enum {
	CMS_NO_SERVICE = 331,
	CMS_NETWORK_TIMEOUT = 332,
	ACKNOWLEDGE_MS = 15000, /* for AT+CNMA; then the modem stops routing (27.005 3.4.4) */
};

/* ---- submissions ---- */

static const struct report_rule *report_rule_for(const struct modem *m, const char *to)
{
	const struct report_rule *best = NULL;

	for (unsigned i = 0; i < SIM_RULES_MAX; i++) {
		const struct report_rule *rule = &m->reports[i];
		if (rule->used && strncmp(rule->prefix, to, strlen(rule->prefix)) == 0 &&
			(best == NULL || strlen(rule->prefix) > strlen(best->prefix)))
			best = rule;
	}
	return best;
}

static void report_event(struct sim *sim, const struct event *event)
{
	const struct part *part = journal_part(&sim->journal, event->a);
	struct sim_submit submit;
	char hex[SIM_HEX_MAX];

	if (part == NULL || sim_submit_read(part->tpdu, part->length, &submit) != 0)
		return;
	sim_report_write(
		&(struct sim_report){
			.smsc = event->modem->knobs.smsc,
			.reference = part->reference,
			.address = submit.address,
			.address_length = submit.address_length,
			.accepted = part->accepted,
			.discharged = time(NULL),
			.zone_quarters = zone_quarters(),
			.status = (uint8_t)event->b,
		},
		hex);
	network_offer(event->modem, hex);
}

static void schedule_reports(struct modem *m, const struct sim_submit *submit, uint32_t part)
{
	const struct knobs *k = &m->knobs;
	struct report_rule rule = {.delay = k->report,
		.probability = k->report_probability,
		.status = {(uint8_t)k->report_status},
		.count = 1};
	const struct report_rule *own = report_rule_for(m, submit->to);

	if (own != NULL)
		rule = *own;
	if (!submit->wants_report || rule.delay < 0 || (int)chance(m->sim, 100) >= rule.probability)
		return;
	for (unsigned i = 0; i < rule.count; i++) {
		int64_t after_ms = (int64_t)rule.delay * (i + 1) + chance(m->sim, (uint32_t)k->report_jitter + 1);
		struct event event = {.fire = report_event, .modem = m, .a = part, .b = rule.status[i]};
		timer_add(m->sim, after_ms * 1000, event);
	}
}

/* The network takes the part: from here it counts as sent. Returns its TP-MR. */
static unsigned accept_part(struct modem *m)
{
	struct flight *f = &m->flight;
	uint8_t reference = m->reference++;

	m->figures.accepted++;
	uint32_t number = journal_add(m, f, reference);
	schedule_reports(m, &f->submit, number);
	return reference;
}

static void late_answer(struct sim *sim, const struct event *event)
{
	(void)sim;
	say(event->modem, "+CMGS: %u", event->a);
	dialogue_say_result(event->modem, answer_ok());
	port_flush(event->modem);
}

/* The answer's first half, then silence or no port at all. */
static void cut_answer(struct modem *m, size_t before)
{
	m->out.used = before + (m->out.used - before) / 2;
	m->faults.cut_output = m->faults.cut_answer;
	m->faults.cut_answer = CUT_NONE;
}

static void land(struct modem *m)
{
	struct flight *f = &m->flight;
	struct answer answer = answer_ok();
	unsigned reference = 0;
	size_t before = m->out.used;

	if (f->error_kind == '\0' && !modem_is_registered(m)) {
		f->error_kind = 's';
		f->error_code = CMS_NETWORK_TIMEOUT;
	}
	if (f->error_kind != '\0') {
		m->figures.refused++;
		answer = f->error_kind == 's'	? answer_cms(f->error_code)
			 : f->error_kind == 'e' ? answer_cme(f->error_code)
						: answer_error();
	} else if (!f->lost) {
		reference = accept_part(m);
	}
	if (f->hangs) {
		modem_hang(m);
		return;
	}
	if (!f->answered) {
		dialogue_finish(m, (struct answer){ANSWER_NOTHING, 0});
		return;
	}
	if (f->error_kind == '\0')
		say(m, "%s: %u", f->from_slot >= 0 ? "+CMSS" : "+CMGS", reference);
	dialogue_finish(m, answer);
	if (m->faults.cut_answer != CUT_NONE)
		cut_answer(m, before);
	port_flush(m);

	m->result_us = mono_us();
	m->figures.last_result_us = m->result_us;
	m->figures.network_us += m->result_us - f->ctrlz_us;
	m->figures.busy_us += m->result_us - m->cmgs_us;
}

static void land_and_tell(struct modem *m)
{
	uint32_t accepted = m->sim->journal.accepted;

	land(m);
	if (m->sim->journal.accepted != accepted)
		scenario_after_sends(m);
}

static void land_event(struct sim *sim, const struct event *event)
{
	(void)sim;
	land_and_tell(event->modem);
}

/* What the faults have in store for this one. */
static void decide(struct modem *m)
{
	struct flight *f = &m->flight;
	struct faults *faults = &m->faults;
	struct answer refusal;

	if (!modem_is_registered(m)) {
		f->error_kind = 's';
		f->error_code = CMS_NO_SERVICE;
	} else if (faults_refuse(m, NULL, f->submit.to, false, &refusal)) {
		f->error_kind = refusal.kind == ANSWER_CMS ? 's' : refusal.kind == ANSWER_CME ? 'e' : '-';
		f->error_code = refusal.code;
	}
	if (faults->hang_after_submissions > 0 && --faults->hang_after_submissions == 0) {
		f->hangs = true;
		f->lost = faults->hang_loses;
		f->answered = false;
	} else if (faults->mute_submissions > 0) {
		faults->mute_submissions--;
		f->lost = faults->mute_loses;
		f->answered = false;
	}
}

void network_submit(struct modem *m, const uint8_t *tpdu, size_t length, const struct sim_submit *submit, int slot)
{
	struct faults *faults = &m->faults;
	struct flight *f = &m->flight;
	uint32_t epoch = m->epoch;

	*f = (struct flight){
		.length = length, .submit = *submit, .ctrlz_us = mono_us(), .answered = true, .from_slot = slot};
	memcpy(f->tpdu, tpdu, length);
	m->figures.submissions++;
	m->sim->journal.submissions++;
	scenario_at_part(m);
	if (m->epoch != epoch)
		return; /* the scenario has unplugged it or made it hang */

	decide(m);
	if (faults->before_result_left > 0) {
		faults->before_result_left--;
		say_raw_line(m, faults->before_result);
	}
	if (f->answered && f->error_kind == '\0' && faults->late_count > 0) {
		faults->late_count--;
		timer_add_modem(m, (int64_t)faults->late_ms * 1000, late_answer, accept_part(m), 0);
		dialogue_finish(m, (struct answer){ANSWER_NOTHING, 0});
		scenario_after_sends(m);
		return;
	}

	const struct knobs *k = &m->knobs;
	int latency = k->latency;
	if (k->jitter > 0)
		latency += (int)chance(m->sim, 2 * (uint32_t)k->jitter + 1) - k->jitter;
	if (latency > 0)
		timer_add_modem(m, f->ctrlz_us - m->sim->now_us + (int64_t)latency * 1000, land_event, 0, 0);
	else
		land_and_tell(m);
}

/* ---- messages for the modem ---- */

static bool is_report(const char *hex)
{
	struct sim_shown shown;

	return sim_shown_read(hex, &shown) && shown.type == 2;
}

/* The message class, or -1 (23.038 4). */
static int class_of(const char *hex)
{
	struct sim_shown shown;

	if (!sim_shown_read(hex, &shown))
		return -1;
	bool has_class = (shown.dcs & 0xf0) == 0xf0 || (shown.dcs & 0x90) == 0x10;
	return has_class ? shown.dcs & 3 : -1;
}

static void acknowledge_timeout(struct sim *sim, const struct event *event)
{
	struct modem *m = event->modem;

	(void)sim;
	if (m->unacknowledged == NULL || m->unacknowledged_serial != event->a)
		return;
	m->settings.cnmi[1] = m->settings.cnmi[3] = 0;
	network_acknowledge(m, false);
}

/* Straight to the line: lost if nobody listens, unless AT+CSMS=1 makes the modem wait for AT+CNMA. */
static bool deliver_directly(struct modem *m, const char *hex, bool report)
{
	const struct personality *p = m->personality;
	struct sim_shown shown = {0};
	char header[160];

	if (m->unacknowledged != NULL)
		return false;
	if (m->settings.cmgf == 0) {
		snprintf(header, sizeof header, report ? "+CDS: %s%zu" : "+CMT: %s%zu",
			report ? (p->no_stat ? "," : "") : (p->alpha[0] != '\0' ? "\"\"," : ","), sim_tpdu_length(hex));
		urc_pair(m, header, hex);
	} else if (sim_shown_read(hex, &shown) && report) {
		urc(m, "+CDS: %u,%u,\"%s\",145,\"%s\",\"%s\",%u", shown.first_octet, shown.reference, shown.number,
			shown.stamp, shown.stamp, shown.status);
	} else {
		snprintf(header, sizeof header, "+CMT: \"%s\",,\"%s\"", shown.number, shown.stamp);
		urc_pair(m, header, shown.text);
	}
	if (m->settings.csms == 1) {
		m->unacknowledged = must(strdup(hex));
		m->unacknowledged_report = report;
		timer_add_modem(m, ACKNOWLEDGE_MS * 1000, acknowledge_timeout, ++m->unacknowledged_serial, 0);
	}
	return true;
}

static bool store(struct modem *m, enum memory memory, const char *hex, const char *prefix)
{
	int index = memory_add(m, memory, hex, 0);

	if (index < 0) {
		if (m->personality->full != NULL && !m->full_told)
			urc(m, "%s", m->personality->full);
		m->full_told = true;
		return false;
	}
	m->full_told = false;
	if (prefix != NULL)
		urc(m, "%s: \"%s\",%d", prefix, memory_name(memory), index);
	return true;
}

static bool deliver_report(struct modem *m, const char *hex)
{
	enum memory memory = m->settings.memory[2];
	int mode = m->settings.cnmi[3];

	if (mode == 0) {
		m->figures.reports_lost++;
		return true;
	}
	if (mode == 2) {
		memory_find(m, "SR", &memory);
		if (!store(m, memory, hex, "+CDSI"))
			return false;
	} else if (!deliver_directly(m, hex, true)) {
		return false;
	}
	m->figures.reports++;
	m->sim->journal.reports++;
	return true;
}

static bool deliver_message(struct modem *m, const char *hex)
{
	int mode = m->settings.cnmi[1];
	int class = class_of(hex);
	bool direct = (mode == 2 && class != 2) || (mode == 3 && class == 3) || (mode > 0 && class == 0);

	if (direct ? !deliver_directly(m, hex, false)
		   : !store(m, m->settings.memory[2], hex, mode == 0 ? NULL : "+CMTI"))
		return false;
	m->figures.incoming++;
	return true;
}

static bool hand_over(struct modem *m, const char *hex, bool report)
{
	if (!modem_is_reachable(m))
		return false;
	return report ? deliver_report(m, hex) : deliver_message(m, hex);
}

static void keep(struct modem *m, const char *hex, bool report)
{
	if (m->backlog_count == SIM_BACKLOG_MAX)
		return;
	if (m->backlog_count == m->backlog_size) {
		m->backlog_size = m->backlog_size == 0 ? 16 : m->backlog_size * 2;
		m->backlog = must(realloc(m->backlog, m->backlog_size * sizeof *m->backlog));
	}
	m->backlog[m->backlog_count++] = (struct backlog_item){must(strdup(hex)), report};
	m->backlog_of[report]++;
}

void network_offer(struct modem *m, const char *hex)
{
	bool report = is_report(hex);

	if (m->backlog_of[report] > 0 || !hand_over(m, hex, report))
		keep(m, hex, report);
}

void network_retry(struct modem *m)
{
	bool stuck[2] = {false, false}; /* a full store keeps messages back, not reports */
	size_t kept = 0;

	for (size_t i = 0; i < m->backlog_count; i++) {
		struct backlog_item item = m->backlog[i];
		if (!stuck[item.report] && hand_over(m, item.hex, item.report)) {
			free(item.hex);
			m->backlog_of[item.report]--;
			continue;
		}
		stuck[item.report] = true;
		m->backlog[kept++] = item;
	}
	m->backlog_count = kept;
}

void network_forget(struct modem *m)
{
	for (size_t i = 0; i < m->backlog_count; i++)
		free(m->backlog[i].hex);
	free(m->backlog);
	m->backlog = NULL;
	m->backlog_count = m->backlog_size = m->backlog_of[0] = m->backlog_of[1] = 0;
	free(m->unacknowledged);
	m->unacknowledged = NULL;
}

bool network_acknowledge(struct modem *m, bool taken)
{
	char *hex = m->unacknowledged;

	if (hex == NULL)
		return false;
	m->unacknowledged = NULL;
	if (!taken)
		keep(m, hex, m->unacknowledged_report);
	free(hex);
	if (taken)
		network_retry(m);
	return true;
}
