#include "tests/sim/loop.h"

#include "tests/sim/base.h"
#include "tests/sim/control.h"
#include "tests/sim/journal.h"
#include "tests/sim/knobs.h"
#include "tests/sim/modem.h"
#include "tests/sim/port.h"
#include "tests/sim/scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVENTS_MAX = 64 };

static int fail(const char *what)
{
	fprintf(stderr, "modem-sim: %s: %s\n", what,
		errno == EADDRINUSE ? "another simulator lives here" : strerror(errno));
	return -1;
}

static int open_dir(struct sim *sim, const char *dir)
{
	if (!text_copy(sim->dir, sizeof sim->dir, dir)) {
		errno = ENAMETOOLONG;
		return fail(dir);
	}
	sim->dir_created = mkdir(dir, 0755) == 0;
	sim->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return sim->dir_fd < 0 ? fail(dir) : 0;
}

static int open_signals(struct sim *sim)
{
	struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &sim->signals};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	sim->signals = (struct source){SOURCE_SIGNAL, sim};
	sim->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	sim->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (sim->signal_fd < 0 || sim->epoll_fd < 0 ||
		epoll_ctl(sim->epoll_fd, EPOLL_CTL_ADD, sim->signal_fd, &interest) < 0)
		return fail("epoll");
	return 0;
}

static int open_modems(struct sim *sim, const struct loop_options *options)
{
	char error[256];

	for (unsigned i = 0; i < options->modem_count; i++) {
		struct modem *m = modem_new(sim, i);
		sim->modems[sim->modem_count++] = m;
		if (knobs_set(m, options->modems[i], error, sizeof error) < 0) {
			fprintf(stderr, "modem-sim: --modem %s: %s\n", options->modems[i], error);
			return -1;
		}
		for (unsigned k = 0; k < i; k++)
			if (strcmp(sim->modems[k]->name, m->name) == 0 || strcmp(sim->modems[k]->tty, m->tty) == 0) {
				fprintf(stderr, "modem-sim: --modem %s: name or tty twice\n", options->modems[i]);
				return -1;
			}
		modem_settle(m);
		if (port_open(m) < 0)
			return fail("pseudo-terminal");
	}
	return 0;
}

static int start(struct sim *sim, const struct loop_options *options)
{
	char error[512];

	if (open_dir(sim, options->dir) < 0 || open_signals(sim) < 0)
		return -1;
	if (control_open(sim) < 0)
		return fail(options->dir);
	if (journal_init(&sim->journal, options->log) < 0)
		return fail(options->log);
	sim->now_us = mono_us();
	if (open_modems(sim, options) < 0)
		return -1;
	for (unsigned i = 0; i < options->scenario_count; i++)
		if (scenario_read(sim, options->scenarios[i], error, sizeof error) < 0) {
			fprintf(stderr, "modem-sim: %s\n", error);
			return -1;
		}
	return scenario_start(sim);
}

static void dispatch(struct sim *sim, const struct epoll_event *event)
{
	const struct source *source = event->data.ptr;

	switch (source->kind) {
	case SOURCE_SIGNAL: sim->quit = true; break;
	case SOURCE_LISTENER: control_accept(sim); break;
	case SOURCE_CLIENT: client_ready(source->of, event->events); break;
	case SOURCE_MODEM:
		port_ready(source->of, event->events);
		port_flush(source->of);
		break;
	}
}

static int serve(struct sim *sim)
{
	struct epoll_event events[EVENTS_MAX];

	while (!sim->quit) {
		int count = epoll_wait(sim->epoll_fd, events, EVENTS_MAX, timers_wait_ms(sim));
		if (count < 0 && errno != EINTR)
			return fail("epoll_wait");
		sim->now_us = mono_us();
		for (int i = 0; i < count; i++)
			dispatch(sim, &events[i]);
		timers_run(sim);
		for (unsigned i = 0; i < sim->modem_count; i++)
			port_flush(sim->modems[i]);
		clients_turn(sim);
	}
	return 0;
}

static void finish(struct sim *sim)
{
	control_close(sim);
	for (unsigned i = 0; i < sim->modem_count; i++)
		modem_free(sim->modems[i]);
	scenario_free(sim);
	timers_forget(sim);
	journal_finish(&sim->journal);
	if (sim->dir_fd >= 0)
		close(sim->dir_fd);
	if (sim->signal_fd >= 0)
		close(sim->signal_fd);
	if (sim->epoll_fd >= 0)
		close(sim->epoll_fd);
	if (sim->dir_created)
		rmdir(sim->dir);
	free(sim);
}

int loop_run(const struct loop_options *options)
{
	struct sim *sim = must(calloc(1, sizeof *sim));

	sim->epoll_fd = sim->signal_fd = sim->control_fd = sim->dir_fd = sim->journal.log_fd = -1;
	sim->random = 1;
	int result = start(sim, options);
	if (result == 0) {
		printf("ready %s\n", options->dir);
		fflush(stdout);
		result = serve(sim);
	}
	finish(sim);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
