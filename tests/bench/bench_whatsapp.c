/* What the WhatsApp worker does: messages/s with its slots always full, memory, processor time for each message.
 *
 *	bench_whatsapp API TOKEN_FILE CA_FILE PHONE_NUMBER_ID RATE MESSAGES
 *
 * Prints: messages/s, resident MiB at the peak, MiB the worker added, processor ms for each message, messages not accepted.
 * The rate is counted from the answer after the first full slots to the last one, so neither the first connections nor the
 * first burst are in it. */
#include "config/clock.h"
#include "modem/whatsapp_worker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SILENCE_MS = 20000, THOUSAND = 1000 };

struct run {
	int fd, slots, asked, answered, bad, total;
	int64_t first, last;
};

static void die(const char *why)
{
	fprintf(stderr, "bench_whatsapp: %s\n", why);
	exit(1);
}

static double memory_mib(const char *name)
{
	long kib = 0;
	char line[128];
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtol(line + strlen(name) + 1, NULL, 10);
	if (file)
		fclose(file);
	return (double)kib / 1024;
}

static double processor_ms(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec * THOUSAND + (double)used.tv_nsec / 1000000;
}

static void line_read(const char *path, char *out, size_t size)
{
	FILE *file = fopen(path, "r");

	if (!file || !fgets(out, (int)size, file))
		die("the token's file cannot be read");
	out[strcspn(out, "\n")] = '\0';
	fclose(file);
}

/* False: the worker is behind with hearing. */
static bool ask(struct run *run)
{
	static struct bearer_ask send = {.type = BEARER_ASK_SEND,
		.send = {.attempt = 1, .content = BEARER_TEXT},
		.text = "Allerta arancione per temporali dalle 18:00. Restate lontani da torrenti e sottopassi."};

	send.send.delivery = run->asked + 1;
	(void)snprintf(send.send.to, sizeof send.send.to, "+39333%07d", run->asked);
	int result = bearer_ask_write(run->fd, &send);
	if (result != 0 && result != -EAGAIN)
		die("the worker has gone");
	run->asked += result == 0;
	return result == 0;
}

static void hear(struct run *run, const struct bearer_tell *tell)
{
	if (tell->type == BEARER_TELL_STATUS) {
		run->slots = tell->status.state == BEARER_READY ? tell->status.slots : 0;
		if (run->slots == 0)
			fprintf(stderr, "bench_whatsapp: %s\n", tell->status.why);
	}
	if (tell->type != BEARER_TELL_RESULT)
		return;
	if (tell->result.outcome != BEARER_ACCEPTED && run->bad++ == 0)
		fprintf(stderr, "bench_whatsapp: %s\n", tell->result.error);
	run->last = clock_mono_ms();
	if (++run->answered == run->slots)
		run->first = run->last;
}

static void run_all(struct run *run)
{
	struct bearer_tell tell;

	while (run->answered < run->total) {
		struct pollfd fd = {.fd = run->fd, .events = POLLIN};
		int got = 0;

		while (run->asked < run->total && run->asked - run->answered < run->slots) {
			if (ask(run))
				continue;
			fd.events |= POLLOUT;
			break;
		}
		if (poll(&fd, 1, SILENCE_MS) <= 0)
			die("nothing comes any more");
		while ((got = bearer_tell_read(run->fd, &tell)) == 0)
			hear(run, &tell);
		if (got == -EPIPE)
			die("the worker has gone");
	}
}

int main(int argc, char **argv)
{
	struct whatsapp_worker_config config = {.name = "whatsapp"};
	struct run run = {0};
	struct err err;

	if (argc != 7)
		die("usage: bench_whatsapp API TOKEN_FILE CA_FILE PHONE_NUMBER_ID RATE MESSAGES");
	(void)snprintf(config.api, sizeof config.api, "%s", argv[1]);
	line_read(argv[2], config.token, sizeof config.token);
	(void)snprintf(config.ca_file, sizeof config.ca_file, "%s", argv[3]);
	(void)snprintf(config.phone_number_id, sizeof config.phone_number_id, "%s", argv[4]);
	config.rate = (int32_t)strtol(argv[5], NULL, 10);
	run.total = (int)strtol(argv[6], NULL, 10);

	double memory = memory_mib("VmRSS");
	if (whatsapp_worker_start(&config, &run.fd, &err) != 0)
		die(err.text);
	double processor = processor_ms();
	run_all(&run);
	processor = processor_ms() - processor;
	double peak = memory_mib("VmHWM");
	printf("%.2f %.1f %.1f %.3f %d\n",
		(double)(run.answered - run.slots) * THOUSAND / (double)(run.last - run.first), peak, peak - memory,
		processor / run.answered, run.bad);
	return 0;
}
