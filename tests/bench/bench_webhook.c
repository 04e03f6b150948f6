/* The webhook under a flood on loopback: so many POSTs a second, asked by one thread over kept-alive connections.
 *
 *	bench_webhook FOLDER [SECONDS [RATE]]
 *
 * A line for each case: what was asked and answered a second, the answers' statuses, the time of an answer (median, 99th in a
 * hundred), the webhook thread's processor time for each request, by how much a thread that wants to run each millisecond
 * (what else the hub does) was late at most, and the process's peak memory, with the flood's own thread in it. The spool is in
 * FOLDER, so its disk is measured too. */
#include "config/clock.h"
#include "firmware-host/webhook/webhook_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 64, REQUEST_OCTETS = 1024, TIMES_MAX = 400000, HUB_TURN_EVENTS = 256 };

static const char secret[] = "bench_secret";

enum flood { FLOOD_WRONG, FLOOD_MISSING, FLOOD_SIGNED };

struct client {
	int fd;
	int64_t asked_us; /* 0: idle */
};

struct bench {
	enum flood flood;
	uint16_t port;
	int hub, epoll_fd;
	struct client clients[CONNECTIONS];
	int64_t times[TIMES_MAX];
	size_t answers;
	unsigned count_200, count_401, count_other;
	uint64_t number;
	atomic_bool stop;
	atomic_uint events;
	int64_t late_us;
	pthread_t hub_thread, tick_thread;
};

static struct bench bench;

static void die(const char *what)
{
	fprintf(stderr, "bench_webhook: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t us_of(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static int64_t thread_cpu_us(pthread_t thread)
{
	clockid_t id;

	return pthread_getcpuclockid(thread, &id) == 0 ? us_of(id) : 0;
}

static long memory_kib(void)
{
	long kib = 0;
	char line[128];
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof line, file))
		(void)sscanf(line, "VmHWM: %ld", &kib);
	if (file)
		fclose(file);
	return kib;
}

/* ---- what the hub does ------------------------------------------------------------------------------------------- */

static void *hub_main(void *argument)
{
	static struct webhook_event event;
	uint64_t tokens[HUB_TURN_EVENTS];
	struct pollfd hub = {.fd = bench.hub, .events = POLLIN};

	while (!bench.stop) {
		int count = 0, result = 0;
		poll(&hub, 1, 100);
		while (count < HUB_TURN_EVENTS && (result = webhook_event_read(bench.hub, &event)) == 0)
			if (event.token)
				tokens[count++] = event.token;
		if (result == -EPIPE)
			break;
		for (int i = 0; i < count; i++)
			(void)webhook_kept(bench.hub, tokens[i]);
		bench.events += (unsigned)count;
	}
	return argument;
}

static void *tick_main(void *argument)
{
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	for (int64_t due = us_of(CLOCK_MONOTONIC) + 1000; !bench.stop; due += 1000) {
		struct timespec until = {.tv_sec = due / 1000000, .tv_nsec = due % 1000000 * 1000};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		int64_t now = us_of(CLOCK_MONOTONIC);
		if (now - due > bench.late_us)
			bench.late_us = now - due;
		if (now > due)
			due = now;
	}
	return argument;
}

/* ---- the flood --------------------------------------------------------------------------------------------------- */

static void client_connect(struct client *client)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(bench.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event interest = {.events = EPOLLIN, .data.ptr = client};
	const int on = 1;

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0)
		die("connect");
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	epoll_ctl(bench.epoll_fd, EPOLL_CTL_ADD, client->fd, &interest);
	client->asked_us = 0;
}

static size_t request_write(char out[REQUEST_OCTETS])
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char body[512], hex[65], header[128] = "";

	int length = snprintf(body, sizeof body,
		"{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\","
		"\"value\":{\"statuses\":[{\"id\":\"wamid.%llu\",\"status\":\"delivered\",\"timestamp\":\"1793000020\","
		"\"recipient_id\":\"393331234567\",\"biz_opaque_callback_data\":\"d:%llu:1\",\"pricing\":{\"type\":"
		"\"regular\",\"category\":\"utility\"}}]}}]}]}",
		(unsigned long long)bench.number, (unsigned long long)bench.number + 1);
	bench.number++;
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, (size_t)length);
	crypto_auth_hmacsha256_final(&state, mac);
	mac[0] ^= bench.flood == FLOOD_WRONG;
	sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
	if (bench.flood != FLOOD_MISSING)
		snprintf(header, sizeof header, "X-Hub-Signature-256: sha256=%s\r\n", hex);
	return (size_t)snprintf(out, REQUEST_OCTETS,
		"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s",
		header, length, body);
}

static bool client_ask(struct client *client, int64_t now)
{
	char request[REQUEST_OCTETS];
	size_t length;

	if (client->asked_us)
		return false;
	length = request_write(request);
	client->asked_us = now;
	if (send(client->fd, request, length, MSG_NOSIGNAL) == (ssize_t)length)
		return true;
	close(client->fd);
	client_connect(client);
	return false;
}

static void client_hear(struct client *client)
{
	char answer[1024];
	ssize_t got = recv(client->fd, answer, sizeof answer - 1, 0);
	int status;

	if (got > 12 && client->asked_us) {
		answer[got] = '\0';
		status = atoi(answer + 9);
		bench.count_200 += status == 200;
		bench.count_401 += status == 401;
		bench.count_other += status != 200 && status != 401;
		if (bench.answers < TIMES_MAX)
			bench.times[bench.answers++] = us_of(CLOCK_MONOTONIC) - client->asked_us;
		client->asked_us = 0;
	}
	if (got > 0 && bench.flood != FLOOD_MISSING)
		return;
	close(client->fd);
	client_connect(client);
}

/* Requests asked. */
static uint64_t flood(int seconds, unsigned rate)
{
	struct epoll_event ready[CONNECTIONS];
	int64_t start = us_of(CLOCK_MONOTONIC), now = start;
	uint64_t asked = 0;
	int next = 0;

	while ((now = us_of(CLOCK_MONOTONIC)) < start + seconds * 1000000LL) {
		uint64_t due = (uint64_t)(now - start) * rate / 1000000;
		for (int tried = 0; asked < due && tried < CONNECTIONS; tried++, next = (next + 1) % CONNECTIONS)
			asked += client_ask(&bench.clients[next], now);
		int count = epoll_wait(bench.epoll_fd, ready, CONNECTIONS, asked < due ? 1 : 0);
		for (int i = 0; i < count; i++)
			client_hear(ready[i].data.ptr);
	}
	return asked;
}

/* ---- a case ------------------------------------------------------------------------------------------------------ */

static int compare(const void *one, const void *other)
{
	int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;

	return (a > b) - (a < b);
}

static void row_print(const char *name, int seconds, uint64_t asked, int64_t cpu_us)
{
	size_t n = bench.answers ? bench.answers : 1;

	qsort(bench.times, bench.answers, sizeof *bench.times, compare);
	printf("%-18s asked %.0f/s, answered %.0f/s (200: %u, 401: %u, other: %u), %.2f ms, 99%%: %.2f ms, "
	       "%.1f us of processor each, others late by %.1f ms at most, %.1f MiB\n",
		name, (double)asked / seconds, (double)bench.answers / seconds, bench.count_200, bench.count_401,
		bench.count_other, (double)bench.times[n / 2] / 1000, (double)bench.times[n * 99 / 100] / 1000,
		(double)cpu_us / (double)n, (double)bench.late_us / 1000, (double)memory_kib() / 1024);
	fflush(stdout);
}

static void case_run(const char *name, enum flood kind, const struct webhook_config *config, int seconds, unsigned rate)
{
	struct err err;

	memset(&bench, 0, sizeof bench);
	bench.flood = kind;
	if (webhook_start_with(config, &webhook_limits_default, &bench.hub, &bench.port, &err) != 0) {
		fprintf(stderr, "bench_webhook: %s\n", err.text);
		exit(1);
	}
	bench.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < CONNECTIONS; i++)
		client_connect(&bench.clients[i]);
	pthread_create(&bench.hub_thread, NULL, hub_main, NULL);
	pthread_create(&bench.tick_thread, NULL, tick_main, NULL);
	int64_t cpu = us_of(CLOCK_PROCESS_CPUTIME_ID) - thread_cpu_us(pthread_self());
	uint64_t asked = flood(seconds, rate);
	/* What was accepted is told to its end. */
	for (int64_t deadline = clock_mono_ms() + 20000; bench.events < bench.count_200 && clock_left_ms(deadline);)
		poll(NULL, 0, 5);
	cpu = us_of(CLOCK_PROCESS_CPUTIME_ID) - thread_cpu_us(pthread_self()) - cpu;
	cpu -= thread_cpu_us(bench.hub_thread) + thread_cpu_us(bench.tick_thread);
	bench.stop = true;
	pthread_join(bench.hub_thread, NULL);
	pthread_join(bench.tick_thread, NULL);
	row_print(name, seconds, asked, cpu);
	for (int i = 0; i < CONNECTIONS; i++)
		close(bench.clients[i].fd);
	close(bench.epoll_fd);
	close(bench.hub);
}

int main(int argc, char **argv)
{
	struct webhook_config config = {.listen = "127.0.0.1:0"};
	int seconds = argc > 2 ? atoi(argv[2]) : 10;
	unsigned rate = argc > 3 ? (unsigned)atoi(argv[3]) : 10000;

	if (argc < 2 || seconds < 1 || rate < 1) {
		fprintf(stderr, "usage: bench_webhook FOLDER [SECONDS [RATE]]\n");
		return 64;
	}
	snprintf(config.spool, sizeof config.spool, "%s/webhook-spool", argv[1]);
	snprintf(config.app_secret, sizeof config.app_secret, "%s", secret);
	case_run("quiet", FLOOD_SIGNED, &config, seconds, 1);
	case_run("no signature", FLOOD_MISSING, &config, seconds, rate);
	case_run("wrong signature", FLOOD_WRONG, &config, seconds, rate);
	case_run("signed", FLOOD_SIGNED, &config, seconds, rate);
	return 0;
}
