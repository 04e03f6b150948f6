/* POSTs and handshakes in libcurl's hands. */
#include "tests/graph-sim/hook_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static size_t hear(char *data, size_t size, size_t count, void *of)
{
	struct post *post = of;
	size_t room = sizeof post->said - 1 - post->said_length, length = size * count;

	memcpy(post->said + post->said_length, data, length < room ? length : room);
	post->said_length += length < room ? length : room;
	return length;
}

static void set_common(const struct sim *sim, struct post *post, const char *url)
{
	const char *ca = sim->knobs.callback_ca;

	post->easy = must(curl_easy_init());
	curl_easy_setopt(post->easy, CURLOPT_URL, url);
	curl_easy_setopt(post->easy, CURLOPT_PRIVATE, post);
	curl_easy_setopt(post->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(post->easy, CURLOPT_TIMEOUT_MS, sim->knobs.post_timeout);
	curl_easy_setopt(post->easy, CURLOPT_USERAGENT, "facebookexternalua");
	curl_easy_setopt(post->easy, CURLOPT_WRITEFUNCTION, hear);
	curl_easy_setopt(post->easy, CURLOPT_WRITEDATA, post);
	if (strcmp(ca, "none") == 0) {
		curl_easy_setopt(post->easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(post->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	} else if (*ca != '\0') {
		curl_easy_setopt(post->easy, CURLOPT_CAINFO, ca);
	}
}

static bool takes(long *left)
{
	if (*left == 0)
		return false;
	if (*left > 0)
		--*left;
	return true;
}

void post_start(struct sim *sim, struct post *post)
{
	char hex[65], header[96];
	struct faults *faults = &sim->faults;

	hook_sign(sim->knobs.app_secret, post->body, post->length, hex);
	if (takes(&faults->sign_bad))
		hex[0] = hex[0] == '0' ? '1' : '0';
	snprintf(header, sizeof header, "X-Hub-Signature-256: sha256=%s", hex);
	post->headers = curl_slist_append(NULL, "Content-Type: application/json");
	post->headers = curl_slist_append(post->headers, "Expect:");
	if (!takes(&faults->sign_missing))
		post->headers = curl_slist_append(post->headers, header);
	set_common(sim, post, sim->knobs.callback);
	curl_easy_setopt(post->easy, CURLOPT_HTTPHEADER, post->headers);
	curl_easy_setopt(post->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->length);
	curl_easy_setopt(post->easy, CURLOPT_POSTFIELDS, post->body);
	post->state = POST_FLYING;
	post->attempts++;
	post->start_us = mono_us();
	post->said_length = 0;
	sim->hook->flying++;
	sim->journal.figures.posts++;
	curl_multi_add_handle(sim->hook->multi, post->easy);
}

void post_land(struct sim *sim, struct post *post)
{
	curl_multi_remove_handle(sim->hook->multi, post->easy);
	curl_easy_cleanup(post->easy);
	curl_slist_free_all(post->headers);
	post->easy = NULL;
	post->headers = NULL;
	if (!post->handshake)
		sim->hook->flying--;
}

static void finish_post(struct sim *sim, struct post *post)
{
	post->state = POST_DONE;
	post->end_us = mono_us();
	sim->hook->unfinished--;
	if (post->length <= KEPT_BODY)
		return;
	free(post->body);
	post->body = NULL;
}

static struct post *post_find(const struct sim *sim, uint32_t number)
{
	struct post *post = sim->hook->posts;

	while (post != NULL && post->number != number)
		post = post->next;
	return post;
}

static void fire_retry(struct sim *sim, const struct event *event)
{
	struct post *post = post_find(sim, event->a);

	if (post != NULL && post->state == POST_WAITING)
		post->state = POST_READY;
}

static void retry_later(struct sim *sim, struct post *post)
{
	long after_ms = sim->knobs.retry;

	for (unsigned i = 1; i < post->attempts && after_ms < sim->knobs.retry_max; i++)
		after_ms *= 2;
	if (after_ms > sim->knobs.retry_max)
		after_ms = sim->knobs.retry_max;
	if (sim->timers.now_us + after_ms * 1000 - post->first_us > sim->knobs.retry_for * 1000) {
		post->http = GIVEN_UP;
		sim->journal.figures.updates_lost += post->updates;
		finish_post(sim, post);
		return;
	}
	post->state = POST_WAITING;
	timer_add(&sim->timers, after_ms * 1000, (struct event){.fire = fire_retry, .a = post->number});
}

/* ---- the handshake ---- */

void hook_verify(struct sim *sim, const char *url, const char *token, hook_done *done, void *of)
{
	struct hook *hook = sim->hook;
	struct post *post = must(calloc(1, sizeof *post));
	char *escaped = must(curl_easy_escape(NULL, token, 0)), asked[1200];

	post->handshake = true;
	post->done = done;
	post->of = of;
	post->number = 1000000000u + chance(&sim->random, 1000000000);
	snprintf(asked, sizeof asked, "%s%chub.mode=subscribe&hub.challenge=%u&hub.verify_token=%s", url,
		strchr(url, '?') == NULL ? '?' : '&', post->number, escaped);
	curl_free(escaped);
	set_common(sim, post, asked);
	post->next = hook->handshakes;
	hook->handshakes = post;
	hook->verifying++;
	curl_multi_add_handle(hook->multi, post->easy);
}

static void finish_handshake(struct sim *sim, struct post *post, CURLcode result)
{
	struct hook *hook = sim->hook;
	struct post **link = &hook->handshakes;
	char challenge[16];

	post->said[post->said_length] = '\0';
	snprintf(challenge, sizeof challenge, "%u", post->number);
	if (result != CURLE_OK)
		snprintf(hook->verdict, sizeof hook->verdict, "no answer: %s", curl_easy_strerror(result));
	else if (post->http != 200)
		snprintf(hook->verdict, sizeof hook->verdict, "the callback answered %d", post->http);
	else if (strcmp(post->said, challenge) != 0)
		snprintf(hook->verdict, sizeof hook->verdict, "the challenge did not come back");
	else
		hook->verdict[0] = '\0';
	hook->verifying--;
	while (*link != post)
		link = &(*link)->next;
	*link = post->next;
	if (post->done != NULL)
		post->done(sim, post->of, hook->verdict[0] == '\0', hook->verdict);
	free(post);
}

bool hook_verifying(const struct sim *sim)
{
	return sim->hook->verifying > 0;
}

const char *hook_verdict(const struct sim *sim)
{
	return sim->hook->verdict[0] == '\0' ? NULL : sim->hook->verdict;
}

/* ---- the loop ---- */

static void take_results(struct sim *sim)
{
	struct figures *figures = &sim->journal.figures;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(sim->hook->multi, &left)) != NULL) {
		struct post *post = NULL;
		CURLcode result = message->data.result;
		long http = 0;
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&post);
		curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &http);
		post->http = result == CURLE_OK ? (int)http : 0;
		post_land(sim, post);
		if (post->handshake) {
			finish_handshake(sim, post, result);
			continue;
		}
		if (post->http == 200) {
			figures->posts_ok++;
			figures->updates_ok += post->updates;
			sim->journal.updates_ok += post->updates;
			finish_post(sim, post);
			continue;
		}
		figures->posts_failed++;
		retry_later(sim, post);
	}
}

void hook_ready(struct sim *sim)
{
	enum { EVENTS = 64 };
	struct epoll_event events[EVENTS];
	int running, count = epoll_wait(sim->hook->ready.fd, events, EVENTS, 0);

	for (int i = 0; i < count; i++) {
		uint32_t what = events[i].events;
		int mask = (what & EPOLLIN ? CURL_CSELECT_IN : 0) | (what & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
			   (what & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
		curl_multi_socket_action(sim->hook->multi, events[i].data.fd, mask, &running);
	}
}

/* libcurl's sockets have an epoll of their own, by number: one may close while the events of a turn are dealt out. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *of, void *known)
{
	static char registered;
	struct sim *sim = of;
	struct epoll_event interest = {0};

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(sim->hook->ready.fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	interest.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
	interest.data.fd = fd;
	epoll_ctl(sim->hook->ready.fd, known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &interest);
	curl_multi_assign(sim->hook->multi, fd, &registered);
	return 0;
}

static void curl_due(struct sim *sim, const struct event *event)
{
	(void)sim;
	(void)event;
}

static int on_timer(CURLM *multi, long timeout_ms, void *of)
{
	struct sim *sim = of;

	(void)multi;
	sim->hook->curl_due_us = timeout_ms < 0 ? -1 : mono_us() + timeout_ms * 1000;
	if (timeout_ms >= 0)
		timer_add(&sim->timers, sim->hook->curl_due_us - sim->timers.now_us,
			(struct event){.fire = curl_due, .stays = true});
	return 0;
}

void post_results(struct sim *sim)
{
	struct hook *hook = sim->hook;
	int running;

	if (hook->curl_due_us >= 0 && hook->curl_due_us <= sim->timers.now_us) {
		hook->curl_due_us = -1;
		curl_multi_socket_action(hook->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	take_results(sim);
}

int post_open(struct sim *sim)
{
	struct hook *hook = sim->hook;
	struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &hook->ready};

	hook->curl_due_us = -1;
	hook->ready = (struct source){SOURCE_CURL, epoll_create1(EPOLL_CLOEXEC), sim};
	if (hook->ready.fd < 0 || epoll_ctl(sim->epoll_fd, EPOLL_CTL_ADD, hook->ready.fd, &interest) < 0)
		return -1;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (hook->multi = curl_multi_init()) == NULL)
		return -1;
	curl_multi_setopt(hook->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(hook->multi, CURLMOPT_SOCKETDATA, sim);
	curl_multi_setopt(hook->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(hook->multi, CURLMOPT_TIMERDATA, sim);
	return 0;
}

void post_close(struct sim *sim)
{
	if (sim->hook->multi != NULL)
		curl_multi_cleanup(sim->hook->multi);
	if (sim->hook->ready.fd >= 0)
		close(sim->hook->ready.fd);
	curl_global_cleanup();
}
