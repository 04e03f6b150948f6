#include "tests/graph-sim/control.h"

#include "tests/graph-sim/hook.h"
#include "tests/graph-sim/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAIT_MS = 60000 };

enum wait_for { WAIT_NOTHING, WAIT_SENT, WAIT_REQUESTS, WAIT_UPDATES, WAIT_QUIET, WAIT_IDLE, WAIT_VERIFY };

struct client {
	struct source source;
	struct client *next;
	struct sim *sim;
	char in[VERB_LINE_MAX];
	size_t in_length;
	struct bytes out;
	bool ended; /* the other side will say no more */
	enum wait_for wait;
	uint64_t wait_count; /* or microseconds of quiet */
	int64_t wait_start_us, wait_deadline_us;
};

/* The path through /proc keeps sun_path short whatever the directory's length. */
static void address_of(int dir_fd, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/control", dir_fd);
}

int control_open(struct sim *sim)
{
	struct sockaddr_un address;
	struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &sim->control};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	address_of(sim->dir_fd, &address);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
		close(fd);
		errno = EADDRINUSE;
		return -1;
	}
	unlinkat(sim->dir_fd, "control", 0);
	sim->control = (struct source){SOURCE_CONTROL, fd, sim};
	if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 16) == 0 &&
		epoll_ctl(sim->epoll_fd, EPOLL_CTL_ADD, fd, &interest) == 0)
		return 0;
	int saved = errno;
	close(fd);
	sim->control.fd = -1;
	errno = saved;
	return -1;
}

static void client_free(struct client *client)
{
	struct client **link = &client->sim->clients;

	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	close(client->source.fd);
	bytes_free(&client->out);
	free(client);
}

void control_close(struct sim *sim)
{
	while (sim->clients != NULL)
		client_free(sim->clients);
	if (sim->control.fd < 0)
		return;
	close(sim->control.fd);
	unlinkat(sim->dir_fd, "control", 0);
	sim->control.fd = -1;
}

void control_accept(struct sim *sim)
{
	int fd = accept4(sim->control.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	struct client *client = must(calloc(1, sizeof *client));
	client->source = (struct source){SOURCE_CLIENT, fd, client};
	client->sim = sim;
	client->next = sim->clients;
	sim->clients = client;
	struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &client->source};
	if (epoll_ctl(sim->epoll_fd, EPOLL_CTL_ADD, fd, &interest) < 0)
		client_free(client);
}

static void answer(struct client *client, const char *error)
{
	if (error == NULL)
		bytes_text(&client->out, "ok\n");
	else
		bytes_printf(&client->out, "error: %s\n", error);
}

/* ---- wait ---- */

/* Fires so that the loop turns when a wait may be over. */
static void nudge(struct sim *sim, const struct event *event)
{
	(void)sim;
	(void)event;
}

static void turn_after(struct client *client, int64_t us)
{
	timer_add(&client->sim->timers, us, (struct event){.fire = nudge, .stays = true});
}

static void wait_from_now(struct client *client, enum wait_for kind, uint64_t count, long timeout_ms)
{
	client->wait = kind;
	client->wait_count = count;
	client->wait_start_us = mono_us();
	client->wait_deadline_us = client->wait_start_us + timeout_ms * 1000;
	turn_after(client, timeout_ms * 1000);
}

/* wait sent|requests|updates N|+N [MS], wait quiet MS [MS], wait idle [MS] */
static int start_wait(struct client *client, const struct verb_call *call)
{
	static const char *const names[] = {[WAIT_SENT] = "sent",
		[WAIT_REQUESTS] = "requests",
		[WAIT_UPDATES] = "updates",
		[WAIT_QUIET] = "quiet",
		[WAIT_IDLE] = "idle"};
	const struct journal *journal = &client->sim->journal;
	const uint64_t now[] = {[WAIT_SENT] = journal->accepted,
		[WAIT_REQUESTS] = journal->requests,
		[WAIT_UPDATES] = journal->updates_ok,
		[WAIT_QUIET] = 0};
	enum wait_for kind = WAIT_NOTHING;
	long number, timeout_ms;

	for (unsigned i = WAIT_SENT; call->count > 1 && i <= WAIT_IDLE; i++)
		if (strcmp(names[i], call->words[1]) == 0)
			kind = (enum wait_for)i;
	if (kind == WAIT_IDLE) {
		if (!verb_number(call, 2, WAIT_MS, 0, 86400000, &timeout_ms))
			return -1;
		wait_from_now(client, kind, 0, timeout_ms);
		return 0;
	}
	if (kind == WAIT_NOTHING || call->count < 3)
		return verb_fail(
			call, "usage: wait sent|requests|updates N|+N [MS], wait quiet MS [MS], wait idle [MS]");
	if (!verb_number(call, 2, 0, 0, 1000000000, &number) ||
		!verb_number(call, 3, WAIT_MS, 0, 86400000, &timeout_ms))
		return -1;
	uint64_t count = (uint64_t)number + (call->words[2][0] == '+' ? now[kind] : 0);
	wait_from_now(client, kind, kind == WAIT_QUIET ? count * 1000 : count, timeout_ms);
	if (kind == WAIT_QUIET)
		turn_after(client, number * 1000);
	return 0;
}

static int start_verify(struct client *client, const struct verb_call *call)
{
	const struct knobs *k = &client->sim->knobs;

	if (k->callback[0] == '\0')
		return verb_fail(call, "no callback is set");
	hook_verify(client->sim, k->callback, call->count > 1 ? call->words[1] : k->verify_token, NULL, NULL);
	wait_from_now(client, WAIT_VERIFY, 0, WAIT_MS);
	return 0;
}

static bool quiet_is_reached(struct client *client, int64_t now_us)
{
	int64_t last_us = client->sim->journal.last_us;
	int64_t since_us = last_us > client->wait_start_us ? last_us : client->wait_start_us;
	int64_t left_us = since_us + (int64_t)client->wait_count - now_us;

	if (left_us > 0 && since_us != client->wait_start_us) {
		client->wait_start_us = since_us;
		turn_after(client, left_us);
	}
	return left_us <= 0;
}

static bool is_reached(struct client *client, int64_t now_us)
{
	const struct journal *journal = &client->sim->journal;

	switch (client->wait) {
	case WAIT_NOTHING: return false;
	case WAIT_SENT: return journal->accepted >= client->wait_count;
	case WAIT_REQUESTS: return journal->requests >= client->wait_count;
	case WAIT_UPDATES: return journal->updates_ok >= client->wait_count;
	case WAIT_QUIET: return quiet_is_reached(client, now_us);
	case WAIT_IDLE: return hook_idle(client->sim);
	case WAIT_VERIFY: return !hook_verifying(client->sim);
	}
	return false;
}

static void check_wait(struct client *client)
{
	int64_t now_us = mono_us();
	bool reached = is_reached(client, now_us);

	if (!reached && now_us < client->wait_deadline_us)
		return;
	const char *verdict = client->wait == WAIT_VERIFY ? hook_verdict(client->sim) : NULL;
	client->wait = WAIT_NOTHING;
	answer(client, reached ? verdict : "timeout");
}

/* ---- the dialogue ---- */

static void run_command(struct client *client, const char *line)
{
	char error[VERB_ERROR_MAX], *words[VERB_WORDS_MAX], *buffer = must(malloc(VERB_LINE_MAX));
	struct verb_call call = {.sim = client->sim, .words = words, .out = &client->out, .error = error};
	int result;

	line += strspn(line, " \t");
	call.count = verb_words(line, buffer, words);
	if (call.count > 0 && strcmp(words[0], "wait") == 0)
		result = start_wait(client, &call);
	else if (call.count > 0 && strcmp(words[0], "verify") == 0)
		result = start_verify(client, &call);
	else
		result = verb_run(client->sim, line, &client->out, error);
	free(buffer);
	if (result < 0)
		answer(client, error);
	else if (client->wait == WAIT_NOTHING)
		answer(client, NULL);
}

/* Complete lines, one after the other; a pending `wait` keeps the next one waiting. */
static void run_lines(struct client *client)
{
	while (client->wait == WAIT_NOTHING) {
		char *end = memchr(client->in, '\n', client->in_length);
		if (end == NULL)
			return;
		*end = '\0';
		run_command(client, client->in);
		size_t taken = (size_t)(end + 1 - client->in);
		client->in_length -= taken;
		memmove(client->in, client->in + taken, client->in_length);
	}
}

static void send_out(struct client *client)
{
	while (client->out.used > 0) {
		ssize_t sent = send(client->source.fd, client->out.at, client->out.used, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EAGAIN)
			break;
		if (sent < 0) {
			client_free(client);
			return;
		}
		bytes_skip(&client->out, (size_t)sent);
	}
	if (client->ended && client->wait == WAIT_NOTHING && client->out.used == 0) {
		client_free(client);
		return;
	}
	bool deaf = client->ended || client->in_length == sizeof client->in;
	uint32_t wants = (deaf ? 0u : EPOLLIN) | (client->out.used > 0 ? EPOLLOUT : 0u);
	struct epoll_event interest = {.events = wants, .data.ptr = &client->source};
	epoll_ctl(client->sim->epoll_fd, EPOLL_CTL_MOD, client->source.fd, &interest);
}

void client_ready(struct client *client, uint32_t events)
{
	if (events & EPOLLIN && client->in_length < sizeof client->in) {
		ssize_t got = recv(
			client->source.fd, client->in + client->in_length, sizeof client->in - client->in_length, 0);
		if (got <= 0)
			client->ended = true;
		else
			client->in_length += (size_t)got;
	} else if (events & (EPOLLHUP | EPOLLERR)) {
		client_free(client);
		return;
	}
	run_lines(client);
	if (client->in_length == sizeof client->in && client->wait == WAIT_NOTHING) {
		answer(client, "line too long");
		client->in_length = 0;
		client->ended = true;
	}
	send_out(client);
}

void clients_turn(struct sim *sim)
{
	for (struct client *client = sim->clients, *next; client != NULL; client = next) {
		next = client->next;
		if (client->wait == WAIT_NOTHING)
			continue;
		check_wait(client);
		if (client->wait != WAIT_NOTHING)
			continue;
		run_lines(client);
		send_out(client);
	}
}
