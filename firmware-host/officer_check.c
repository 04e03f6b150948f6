#include "firmware-host/officer_check.h"

#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STACK_OCTETS = 256 * 1024 };

struct job {
	int fd;
	struct officer_checked checked;
	char pin[OFFICER_PIN_MAX + 1];
};

void officer_checks_init(struct officer_checks *checks)
{
	for (int i = 0; i < OFFICER_CHECKS_MAX; i++)
		checks->at[i].fd = -1;
}

void officer_checks_free(struct officer_checks *checks)
{
	for (int i = 0; i < OFFICER_CHECKS_MAX; i++) {
		if (checks->at[i].fd >= 0)
			close(checks->at[i].fd);
		checks->at[i].fd = -1;
	}
}

bool officer_checks_free_slot(const struct officer_checks *checks)
{
	for (int i = 0; i < OFFICER_CHECKS_MAX; i++) {
		if (checks->at[i].fd < 0)
			return true;
	}
	return false;
}

static void *job_run(void *context)
{
	struct job *job = context;

	job->checked.matched = officer_try_match(&job->checked.attempt, job->pin);
	/* Nobody hears it when the box has stopped: the order is then asked for again. */
	(void)send(job->fd, &job->checked, sizeof job->checked, MSG_NOSIGNAL);
	close(job->fd);
	sodium_memzero(job, sizeof *job);
	free(job);
	return NULL;
}

static int job_start(struct job *job)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;

	if (pthread_attr_init(&attributes) != 0)
		return -1;
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attributes, STACK_OCTETS);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	int result = pthread_create(&thread, &attributes, job_run, job);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return result == 0 ? 0 : -1;
}

int officer_check_start(struct officer_checks *checks, int64_t token, const struct officer_try *attempt,
	const char *pin, struct err *err)
{
	int slot = 0, pair[2];

	while (slot < OFFICER_CHECKS_MAX && checks->at[slot].fd >= 0)
		slot++;
	struct job *job = slot < OFFICER_CHECKS_MAX ? calloc(1, sizeof *job) : NULL;
	if (!job)
		return err_set(err, EX_OSERR, "no room for another check of a PIN");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
		free(job);
		return err_set(err, EX_OSERR, "no socket for the check of a PIN");
	}
	job->fd = pair[1];
	job->checked.token = token;
	job->checked.attempt = *attempt;
	(void)snprintf(job->pin, sizeof job->pin, "%s", pin);
	if (job_start(job) != 0) {
		close(pair[0]);
		close(pair[1]);
		sodium_memzero(job, sizeof *job);
		free(job);
		return err_set(err, EX_OSERR, "no thread for the check of a PIN");
	}
	checks->at[slot].fd = pair[0];
	checks->at[slot].token = token;
	return 0;
}

bool officer_check_is_running(const struct officer_checks *checks, int64_t token)
{
	for (int i = 0; i < OFFICER_CHECKS_MAX; i++) {
		if (checks->at[i].fd >= 0 && checks->at[i].token == token)
			return true;
	}
	return false;
}

bool officer_check_take(struct officer_checks *checks, struct officer_checked *ret)
{
	for (int i = 0; i < OFFICER_CHECKS_MAX; i++) {
		if (checks->at[i].fd < 0)
			continue;
		ssize_t got = recv(checks->at[i].fd, ret, sizeof *ret, MSG_DONTWAIT);
		if (got < 0) /* not yet */
			continue;
		close(checks->at[i].fd);
		checks->at[i].fd = -1;
		if (got == (ssize_t)sizeof *ret)
			return true;
	}
	return false;
}
