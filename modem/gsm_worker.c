/* The thread: finds the port, sets the modem up, serves, recovers. */
#include "modem/gsm_worker.h"

#include "config/clock.h"
#include "modem/gsm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	STACK_OCTETS = 256 * 1024,
	RESETS_MAX = 10, /* set up so often, never for long: the modem is sick. A healthy one that boots says four times
	                       * that it is ready for something more */
	RESETS_CALM_MS = 60000,
};

const struct gsm_timings gsm_timings_default = {
	.tries = 4,
	.command = 5000,
	.sim = 15000,
	.store = 15000,
	.list = 60000,
	.list_all = 300000,
	.prompt = 10000,
	.radio = 20000,
	.operators = 120000,
	.pin = 30000,
	.ussd_ok = 20000,
	.ussd = 90000,
	.again = 1000,
	.answer = 30000,
	.kept = 10000,
	.sweep = 45000,
	.sweep_poll = 10000,
	.watch = 30000,
	.watch_busy = 60000,
	.search = 2000,
	.patience = 2000,
	.assert_again = 20 * 60000,
	.ring = 4000,
	.caller = 60000,
	.talk = 5000,
	.unregistered = 5 * 60000,
	.cycle = 10 * 60000,
	.radio_off = 3000,
	.reopen = 2000,
	.restart = 5000,
	.backoff = 120000,
	.backoff_try = 5000,
	.healthy = 30 * 60000,
	.mute = 30000,
	.prefer = 15000,
	.settle = 500,
};

void gsm_end(struct gsm *g, enum gsm_end end)
{
	if (g->end == GSM_ON || end == GSM_STOP)
		g->end = end;
}

void gsm_due(struct gsm *g, enum gsm_chore chore, int64_t when)
{
	/* "Now" is not "before everything": but a call that rings may keep messages from leaving. */
	if (when == 0 && chore != CHORE_CALL)
		when = clock_mono_ms();
	if (when < g->due[chore])
		g->due[chore] = when;
}

/* ---- waiting and serving ---- */

void gsm_attend_once(struct gsm *g, int64_t deadline)
{
	struct pollfd hub = {.fd = g->hub, .events = POLLIN};

	if (!g->at)
		(void)poll(&hub, 1, clock_left_ms(deadline));
	else if (at_wait(g->at, g->hub, deadline) < 0)
		gsm_end(g, GSM_LOST);
	gsm_asks(g);
	gsm_unsolicited(g);
	if (g->job_count && g->at && g->status.state != BEARER_HUNG)
		gsm_service_step(g);
	else if (g->job_count)
		gsm_service_refuse(g, g->status.why);
}

void gsm_attend(struct gsm *g, int64_t deadline)
{
	while (g->end == GSM_ON && clock_left_ms(deadline) > 0)
		gsm_attend_once(g, deadline);
}

static void chore_run(struct gsm *g, enum gsm_chore chore)
{
	switch (chore) {
	case CHORE_CALL: gsm_call_step(g); break;
	case CHORE_DELETE: gsm_receive_delete(g); break;
	case CHORE_SERVICE: gsm_service_step(g); break;
	case CHORE_SWEEP: gsm_receive_sweep(g); break;
	case CHORE_RETELL: gsm_receive_retell(g); break;
	case CHORE_WATCH: gsm_watch_step(g); break;
	case CHORE_USSD: gsm_ussd_expired(g); break;
	case CHORE_ASSERT: gsm_assert_step(g); break;
	case CHORE_COUNT: break;
	}
}

/* Runs the most urgent chore that was due at `when`. False: there was none. */
static bool chore_due(struct gsm *g, int64_t when)
{
	for (enum gsm_chore chore = 0; chore < CHORE_COUNT; chore++) {
		if (g->due[chore] > when)
			continue;
		chore_run(g, chore);
		return true;
	}
	return false;
}

static int64_t chore_next(const struct gsm *g)
{
	int64_t next = GSM_NEVER;

	for (int chore = 0; chore < CHORE_COUNT; chore++)
		if (g->due[chore] < next)
			next = g->due[chore];
	return next;
}

/* A send goes before everything, but for one chore between two sends that has waited long enough. */
static void serve(struct gsm *g)
{
	bool chore_allowed = false;

	g->serving = true;
	while (g->end == GSM_ON) {
		gsm_asks(g);
		gsm_unsolicited(g);
		if (g->end != GSM_ON)
			break;

		int64_t now = clock_mono_ms();
		if (g->send_waiting && chore_allowed && chore_due(g, now - g->timings.patience)) {
			chore_allowed = false;
			continue;
		}
		if (g->send_waiting) {
			gsm_call_make_way(g);
			gsm_send(g);
			chore_allowed = true;
			continue;
		}
		if (chore_due(g, now))
			continue;
		if (at_wait(g->at, g->hub, chore_next(g)) < 0)
			gsm_end(g, GSM_LOST);
	}
	g->serving = false;
}

/* ---- the thread ---- */

/* What comes after the dialogue ended. A SEND that still waits is answered first, so that others take it. */
static void ended(struct gsm *g)
{
	enum gsm_end end = g->end;

	if (end == GSM_STOP)
		return;
	if (end == GSM_LOST) {
		gsm_close(g);
		g->lost = clock_mono_ms();
	}
	g->end = GSM_ON;
	if (g->up_since && clock_mono_ms() - g->up_since > RESETS_CALM_MS)
		g->resets = 0;
	if (end == GSM_RESET && ++g->resets >= RESETS_MAX)
		end = GSM_HUNG;

	switch (end) {
	case GSM_LOST: gsm_state(g, BEARER_GONE, "the modem was unplugged, or its port has gone"); break;
	case GSM_RESET: gsm_state(g, BEARER_STARTING, "the modem restarted: it is set up again"); break;
	case GSM_HUNG:
		gsm_state(g, BEARER_HUNG, "%s", g->mute_now ? "the modem does not answer" : "the modem fails");
		break;
	case GSM_ON:
	case GSM_STOP: break;
	}
	gsm_send_refuse(g, g->status.why);
	if (end == GSM_RESET)
		gsm_attend(g, clock_mono_ms() + g->timings.settle);
	if (end == GSM_HUNG)
		gsm_recover(g);
}

static void run(struct gsm *g)
{
	gsm_state(g, BEARER_STARTING, "looking for the modem");
	while (g->end != GSM_STOP) {
		g->end = GSM_ON;
		if (!g->at && !gsm_open(g)) {
			gsm_attend(g, clock_mono_ms() + g->timings.again);
			continue;
		}
		gsm_bringup(g);
		if (g->end == GSM_ON)
			serve(g);
		ended(g);
	}
}

static void worker_free(struct gsm *g)
{
	gsm_close(g);
	if (g->trace)
		fclose(g->trace);
	close(g->hub);
	explicit_bzero(g, sizeof(*g));
	free(g);
}

static void *worker_main(void *argument)
{
	struct gsm *g = argument;

	run(g);
	worker_free(g);
	return NULL;
}

static struct gsm *worker_new(const struct gsm_worker_config *config, const struct gsm_timings *timings, int hub)
{
	struct gsm *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->config = *config;
	g->timings = *timings;
	g->hub = hub;
	g->device_lock = -1;
	g->store_read = g->reference = -1;
	g->quirks = quirks_find("", "", 0, 0);
	g->status.slots = 1;
	g->status.patience_s = gsm_patience_s(g);
	for (int chore = 0; chore < CHORE_COUNT; chore++)
		g->due[chore] = GSM_NEVER;
	return g;
}

/* Mode 0600: the trace holds people's numbers and messages. */
static int trace_open(struct gsm *g, struct err *err)
{
	int fd;

	if (!g->config.trace[0])
		return 0;
	fd = open(g->config.trace, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	g->trace = fd < 0 ? NULL : fdopen(fd, "a");
	if (g->trace) {
		setvbuf(g->trace, NULL, _IOLBF, 0);
		return 0;
	}
	if (fd >= 0)
		close(fd);
	return err_set(err, EX_CANTCREAT, "cannot write the trace %s: %s; give another file or none", g->config.trace,
		strerror(errno));
}

static int thread_start(struct gsm *g, struct err *err)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;
	int result = pthread_attr_init(&attributes);

	if (result != 0)
		return err_set(
			err, EX_OSERR, "cannot start a thread for modem %s: %s", g->config.name, strerror(result));

	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_OCTETS);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&thread, &attributes, worker_main, g);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (result != 0)
		return err_set(
			err, EX_OSERR, "cannot start a thread for modem %s: %s", g->config.name, strerror(result));
	return 0;
}

int gsm_worker_start_with(
	const struct gsm_worker_config *config, const struct gsm_timings *timings, int *ret_fd, struct err *err)
{
	struct gsm *g = NULL;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return err_set(err, EX_OSERR, "cannot make a socket pair: %s", strerror(errno));
	g = worker_new(config, timings, pair[1]);
	if (!g) {
		err_set(err, EX_OSERR, "out of memory");
		goto fail_pair;
	}
	if (trace_open(g, err) < 0 || thread_start(g, err) < 0)
		goto fail_worker;

	*ret_fd = pair[0];
	return 0;

fail_worker:
	if (g->trace)
		fclose(g->trace);
	free(g);
fail_pair:
	close(pair[0]);
	close(pair[1]);
	return -1;
}

int gsm_worker_start(const struct gsm_worker_config *config, int *ret_fd, struct err *err)
{
	return gsm_worker_start_with(config, &gsm_timings_default, ret_fd, err);
}
