/* Shared by hook.c, which decides what is posted when, and hook_post.c, which posts it. */
#ifndef BANDITORE_GRAPH_SIM_HOOK_PRIVATE_H
#define BANDITORE_GRAPH_SIM_HOOK_PRIVATE_H

#include "tests/graph-sim/hook.h"

#include <curl/curl.h>

enum { KEPT_BODY = 4000, SAID_MAX = 300, CUT = -1, GIVEN_UP = -2 };

enum post_state { POST_READY, POST_FLYING, POST_WAITING, POST_DONE };

/* One POST, or a handshake. */
struct post {
	struct post *next;
	uint32_t number;
	enum post_state state;
	char *body;
	size_t length;
	unsigned updates, attempts;
	int http; /* of the last attempt; 0: no answer */
	int64_t start_us, first_us, end_us;
	CURL *easy;
	struct curl_slist *headers;
	char said[SAID_MAX]; /* the beginning of the answer */
	size_t said_length;
	hook_done *done; /* of a handshake */
	void *of;	 /* freed by `done`, or at the end */
	bool handshake;
};

struct hook {
	CURLM *multi;
	struct source ready; /* an epoll of libcurl's sockets */
	int64_t curl_due_us; /* -1: none */
	struct update *first, **last;
	unsigned waiting;
	struct post *posts, **last_post, *handshakes;
	uint32_t post_count, unfinished, flying;
	unsigned verifying;
	char verdict[SAID_MAX];
	bool nudged;
};

/* ---- hook_post.c ---- */

int post_open(struct sim *sim); /* libcurl into the loop; 0, or -1 */
void post_close(struct sim *sim);
void post_start(struct sim *sim, struct post *post);
void post_land(struct sim *sim, struct post *post); /* out of libcurl's hands, done or not */
void post_results(struct sim *sim);		    /* once a turn: takes what has been answered */

#endif
