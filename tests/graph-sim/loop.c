#include "tests/graph-sim/loop.h"

#include "tests/graph-sim/control.h"
#include "tests/graph-sim/hook.h"
#include "tests/graph-sim/journal.h"
#include "tests/graph-sim/knobs.h"
#include "tests/graph-sim/media.h"
#include "tests/graph-sim/people.h"
#include "tests/graph-sim/ports.h"
#include "tests/graph-sim/server.h"
#include "tests/graph-sim/templates.h"
#include "tests/graph-sim/tls.h"
#include "tests/graph-sim/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVENTS_MAX = 128 };

/* What is written into the directory, and taken away at the end. */
static const char *const files[] = {"url", "tls-url", "ca.pem", "token", "app-secret", "verify-token"};

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "graph-sim: %s: %s\n", what, why);
	return -1;
}

static int open_dir(struct sim *sim, const char *dir)
{
	if (!text_copy(sim->dir, sizeof sim->dir, dir))
		return fail(dir, strerror(ENAMETOOLONG));
	sim->dir_created = mkdir(dir, 0755) == 0;
	sim->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return sim->dir_fd < 0 ? fail(dir, strerror(errno)) : 0;
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
	sim->signals = (struct source){SOURCE_SIGNAL, signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), sim};
	sim->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (sim->signals.fd < 0 || sim->epoll_fd < 0 ||
		epoll_ctl(sim->epoll_fd, EPOLL_CTL_ADD, sim->signals.fd, &interest) < 0)
		return fail("epoll", strerror(errno));
	return 0;
}

static int write_file(const struct sim *sim, const char *name, const char *text)
{
	int fd = openat(sim->dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t length = strlen(text);
	bool good = fd >= 0 && write(fd, text, length) == (ssize_t)length;

	if (!good)
		fail(name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return good ? 0 : -1;
}

static int open_api(struct sim *sim, const struct loop_options *options)
{
	char url[64], tls_url[64], *ca = NULL;
	const char *why;

	if (tls_make(&ca, &sim->cert_pem, &sim->key_pem, &why) < 0)
		return fail("certificate", why);
	int result = write_file(sim, "ca.pem", ca);
	free(ca);
	if (result < 0)
		return -1;
	if (server_open(sim) < 0)
		return fail("libmicrohttpd", "a daemon did not start");
	if (port_open(sim, &sim->ports[0], options->port) < 0 || port_open(sim, &sim->ports[1], options->tls_port) < 0)
		return fail("port", strerror(errno));
	snprintf(url, sizeof url, "http://127.0.0.1:%d/v26.0", sim->ports[0].number);
	snprintf(tls_url, sizeof tls_url, "https://127.0.0.1:%d/v26.0", sim->ports[1].number);
	if (write_file(sim, "url", url) < 0 || write_file(sim, "tls-url", tls_url) < 0 ||
		write_file(sim, "token", sim->knobs.token) < 0 ||
		write_file(sim, "app-secret", sim->knobs.app_secret) < 0 ||
		write_file(sim, "verify-token", sim->knobs.verify_token) < 0)
		return -1;
	return 0;
}

static int start(struct sim *sim, const struct loop_options *options)
{
	char error[VERB_ERROR_MAX];
	struct bytes out = {0};

	for (unsigned i = 0; i < options->setting_count; i++)
		if (knobs_set(&sim->knobs, options->settings[i], error, sizeof error) < 0)
			return fail("--set", error);
	sim->rate_tokens = (double)sim->knobs.rate;
	if (open_dir(sim, options->dir) < 0 || open_signals(sim) < 0)
		return -1;
	if (journal_init(&sim->journal, options->log) < 0)
		return fail(options->log, strerror(errno));
	if (hook_open(sim) < 0)
		return fail("libcurl", "did not start");
	if (control_open(sim) < 0)
		return fail(options->dir, errno == EADDRINUSE ? "another simulator lives here" : strerror(errno));
	if (open_api(sim, options) < 0)
		return -1;
	sim->timers.now_us = sim->rate_us = mono_us();
	for (unsigned i = 0; i < options->command_count; i++)
		if (verb_run(sim, options->commands[i], &out, error) < 0) {
			bytes_free(&out);
			return fail(options->commands[i], error);
		}
	bytes_free(&out);
	printf("ready %s http://127.0.0.1:%d https://127.0.0.1:%d\n", options->dir, sim->ports[0].number,
		sim->ports[1].number);
	return fflush(stdout) == 0 ? 0 : fail("stdout", strerror(errno));
}

static void dispatch(struct sim *sim, const struct epoll_event *event)
{
	const struct source *source = event->data.ptr;

	switch (source->kind) {
	case SOURCE_SIGNAL: sim->quit = true; break;
	case SOURCE_CONTROL: control_accept(sim); break;
	case SOURCE_CLIENT: client_ready(source->of, event->events); break;
	case SOURCE_LISTEN: port_accept(sim, source->of); break;
	case SOURCE_HTTP: break; /* server_turn sees to it */
	case SOURCE_CURL: hook_ready(sim); break;
	case SOURCE_PEER: server_peer_gone(source->of); break;
	}
}

static int serve(struct sim *sim)
{
	struct epoll_event events[EVENTS_MAX];
	int http_ms = 0;

	while (!sim->quit) {
		int wait_ms = timers_wait_ms(&sim->timers);
		if (http_ms >= 0 && (wait_ms < 0 || http_ms < wait_ms))
			wait_ms = http_ms;
		int count = epoll_wait(sim->epoll_fd, events, EVENTS_MAX, wait_ms);
		if (count < 0 && errno != EINTR)
			return fail("epoll_wait", strerror(errno));
		sim->timers.now_us = mono_us();
		for (int i = 0; i < count; i++)
			dispatch(sim, &events[i]);
		timers_run(&sim->timers, sim);
		http_ms = server_turn(sim);
		moments_run(sim);
		hook_turn(sim);
		clients_turn(sim);
	}
	return 0;
}

static void finish(struct sim *sim)
{
	server_close(sim);
	port_close(&sim->ports[0]);
	port_close(&sim->ports[1]);
	hook_close(sim);
	control_close(sim);
	timers_forget(&sim->timers, true);
	moments_forget(sim);
	journal_finish(&sim->journal);
	people_forget(sim);
	templates_forget(sim);
	media_forget(sim);
	for (size_t i = 0; sim->dir_fd >= 0 && i < sizeof files / sizeof files[0]; i++)
		unlinkat(sim->dir_fd, files[i], 0);
	if (sim->dir_fd >= 0)
		close(sim->dir_fd);
	if (sim->signals.fd >= 0)
		close(sim->signals.fd);
	if (sim->epoll_fd >= 0)
		close(sim->epoll_fd);
	if (sim->dir_created)
		rmdir(sim->dir);
	free(sim->key_pem);
	free(sim->cert_pem);
	free(sim);
}

int loop_run(const struct loop_options *options)
{
	struct sim *sim = must(calloc(1, sizeof *sim));

	if (sodium_init() < 0) {
		free(sim);
		return EXIT_FAILURE;
	}
	knobs_defaults(&sim->knobs);
	sim->random = 1;
	sim->epoll_fd = sim->dir_fd = sim->journal.log_fd = sim->signals.fd = sim->control.fd = -1;
	sim->ports[0].listen.fd = sim->ports[1].listen.fd = -1;
	text_copy(sim->health, sizeof sim->health, "AVAILABLE");
	text_copy(sim->quality, sizeof sim->quality, "GREEN");
	int result = start(sim, options);
	if (result == 0)
		result = serve(sim);
	finish(sim);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
