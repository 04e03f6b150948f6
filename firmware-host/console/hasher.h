/* Passwords judged and hashed beside the console's thread: 60 ms of argon2id each, one after the other, so that whoever
 * guesses takes one core's time at most and 64 MiB once, and nobody else waits for it.
 *
 * One worker thread and a SOCK_SEQPACKET pair; jobs and answers are fixed-size messages by value. At most HASHER_JOBS_MAX
 * are with it at once. */
#ifndef BANDITORE_CONSOLE_HASHER_H
#define BANDITORE_CONSOLE_HASHER_H

#include "config/err.h"
#include "db/officer.h"
#include "db/operator.h"

enum { HASHER_JOBS_MAX = 4 };

enum hasher_task {
	HASHER_JUDGE, /* is `password` that of `hash`? */
	HASHER_MAKE,  /* the hash of `password` */
	HASHER_PIN,   /* whose PIN is `password`, among pins.candidates? */
};

struct hasher_job {
	uint64_t token; /* goes back with the answer */
	enum hasher_task task;
	char password[OPERATOR_PASSWORD_MAX];
	char hash[OPERATOR_HASH_MAX]; /* JUDGE; "": one that nothing matches, which takes as long */
	struct officer_try pins;      /* PIN */
};

struct hasher_answer {
	uint64_t token;
	bool right;		      /* JUDGE; MAKE: it was made */
	int64_t officer;	      /* PIN: an officer's id; 0: nobody's */
	char hash[OPERATOR_HASH_MAX]; /* MAKE */
};

/* Starts the thread (detached, all signals blocked). *ret_fd: the console's end, non-blocking, close-on-exec; closing it
 * ends the thread after the job in hand. EX_OSERR. */
int hasher_start(int *ret_fd, struct err *err);

/* 0; -EAGAIN: no room; another negative errno. The caller keeps count of what is there, and wipes the job. */
int hasher_ask(int fd, const struct hasher_job *job);
int hasher_hear(int fd, struct hasher_answer *ret_answer); /* 0; -EAGAIN: nothing there; another negative errno */

#endif
