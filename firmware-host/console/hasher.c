#include "firmware-host/console/hasher.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STACK_OCTETS = 256 * 1024, NICE = 5 };

/* The worker's end of the pair. By value: a pointer would need an owner. */
static void *end_to_context(int fd)
{
	return (void *)(intptr_t)fd;
}

static void job_do(const struct hasher_job *job, const char *nobody, struct hasher_answer *answer)
{
	*answer = (struct hasher_answer){.token = job->token};
	switch (job->task) {
	case HASHER_JUDGE:
		answer->right =
			operator_password_matches(job->hash[0] ? job->hash : nobody, job->password) && job->hash[0];
		break;
	case HASHER_MAKE: answer->right = operator_password_hash(job->password, answer->hash) == 0; break;
	case HASHER_PIN: answer->officer = officer_try_match(&job->pins, job->password); break;
	}
}

static void *hasher_main(void *context)
{
	int fd = (int)(intptr_t)context;
	char nobody[OPERATOR_HASH_MAX] = "";
	struct hasher_answer answer;
	struct hasher_job job;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* Linux: of this thread alone */
	/* What a name that does not exist is judged by: as long as any, and matched by nothing anybody knows. */
	randombytes_buf(job.password, OPERATOR_PASSWORD_MIN);
	job.password[OPERATOR_PASSWORD_MIN] = '\0';
	(void)operator_password_hash(job.password, nobody);
	while (recv(fd, &job, sizeof job, 0) == (ssize_t)sizeof job) {
		job_do(&job, nobody, &answer);
		sodium_memzero(&job, sizeof job);
		if (send(fd, &answer, sizeof answer, MSG_NOSIGNAL) != (ssize_t)sizeof answer)
			break;
		sodium_memzero(&answer, sizeof answer);
	}
	sodium_memzero(&job, sizeof job);
	close(fd);
	return NULL;
}

static int thread_start(int fd)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;
	int result = pthread_attr_init(&attributes);

	if (result != 0)
		return result;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_OCTETS);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&thread, &attributes, hasher_main, end_to_context(fd));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return result;
}

int hasher_start(int *ret_fd, struct err *err)
{
	const int octets = HASHER_JOBS_MAX * 2 * (int)sizeof(struct hasher_job);
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, EX_OSERR, "cannot make a socket pair: %s", strerror(errno));
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets);
	int result = thread_start(pair[1]);
	if (result != 0) {
		close(pair[0]);
		close(pair[1]);
		return err_set(err, EX_OSERR, "cannot start a thread for passwords: %s", strerror(result));
	}
	*ret_fd = pair[0];
	return 0;
}

int hasher_ask(int fd, const struct hasher_job *job)
{
	return send(fd, job, sizeof *job, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof *job ? 0 : -errno;
}

int hasher_hear(int fd, struct hasher_answer *ret_answer)
{
	ssize_t got = recv(fd, ret_answer, sizeof *ret_answer, MSG_DONTWAIT);

	if (got == (ssize_t)sizeof *ret_answer)
		return 0;
	return got < 0 ? -errno : -EPIPE;
}
