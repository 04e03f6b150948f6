/* What the files of the WhatsApp worker share.
 *
 *	whatsapp_worker.c  the thread: asks in, requests out, answers in, results out
 *	whatsapp_send.c    one send, from the ask to its result
 *	whatsapp_link.c    whether the link and the account live: from answers, probes and the kernel's routes
 *	whatsapp_pace.c    how fast may be sent */
#ifndef BANDITORE_WHATSAPP_H
#define BANDITORE_WHATSAPP_H

#include "modem/graph.h"
#include "modem/graph_http.h"
#include "modem/whatsapp_pace.h"
#include "modem/whatsapp_worker.h"

#include <stdbool.h>

/* Milliseconds. A dead link that swallows everything is known suspect + probe after the first request it swallowed, one that
 * refuses or resets at once, a route that goes away at once. */
struct whatsapp_timings {
	int connect, total;
	int suspect;	/* no answer at all for so long while requests are out: the link is in doubt, and probed */
	int probe;	/* so long may a probe take */
	int idle;	/* a probe so long after the last answer */
	int down_first; /* after the link went down a probe, then twice as long each time */
	int down_max;
	int refused; /* a refused account is tried again */
	int grow;    /* between two requests more at once */
	int hold;    /* asked to slow down for no longer than this, what waits goes on waiting */
	int stop;    /* what is in flight at the end gets so long to be answered */
};
extern const struct whatsapp_timings whatsapp_timings_default;

/* Where the kernel is asked for a route to: the API as it was last reached, and the world. */
enum { WHATSAPP_ROUTE_PEER, WHATSAPP_ROUTE_V4, WHATSAPP_ROUTE_V6, WHATSAPP_ROUTE_COUNT };

enum whatsapp_item_state { ITEM_FREE, ITEM_WAITING, ITEM_OUT };

/* One SEND in hand. */
struct whatsapp_item {
	enum whatsapp_item_state state;
	int64_t delivery;
	int32_t attempt;
	uint8_t segment;
	bool mark_read;
	char to[BEARER_USER_MAX]; /* number or user id */
	char *body;
	int64_t started;
};

struct whatsapp {
	struct whatsapp_worker_config config;
	struct whatsapp_timings timings;
	int hub;
	struct graph_http *http;
	bool stop;
	char url_messages[GRAPH_URL_MAX], url_health[GRAPH_URL_MAX], url_alive[GRAPH_URL_MAX];
	struct bearer_tell tell;
	struct bearer_status status, told;
	bool told_once;

	struct whatsapp_item items[WHATSAPP_SLOTS_MAX];
	int waiting[WHATSAPP_SLOTS_MAX], waiting_first, waiting_count; /* ring of items, oldest first */
	int slots, connections, out;
	int most;	  /* requests at once, for now: where each needs its own connection these grow by and by */
	int64_t most_due; /* may grow */
	struct pace pace;
	struct pairs pairs;
	int64_t hold_until; /* everything waits */

	bool up;			  /* the link */
	bool doubt;			  /* it may be down: nothing new leaves until something is answered */
	bool trial;			  /* one message at a time until one is accepted: the account was refused */
	bool multiplexed;		  /* many requests share a connection */
	int64_t answered;		  /* when the API last answered anything */
	int watch;			  /* link_watch_open's; negative: none, the probes must do */
	char peer[GRAPH_HTTP_PEER_MAX];	  /* what answered the last probe; "": nothing yet */
	int routes[WHATSAPP_ROUTE_COUNT]; /* interface to each; 0: none; negative: not known */
	bool probing;
	uint64_t probe_id;
	int64_t probe_due, probe_started, probe_end;
	int down_pause;
	int64_t refused_until; /* 0: the account is not refused */
	char refused_why[BEARER_WHY_MAX];
};

/* ---- whatsapp_worker.c ---- */
int whatsapp_worker_start_with(const struct whatsapp_worker_config *config, const struct whatsapp_timings *timings,
	int *ret_fd, struct err *err);
void whatsapp_tell(struct whatsapp *w);	       /* w->tell */
void whatsapp_tell_status(struct whatsapp *w); /* when it has changed */

/* ---- whatsapp_send.c ---- */
void whatsapp_send_take(struct whatsapp *w, const struct bearer_ask *ask);
void whatsapp_send_start(struct whatsapp *w);			/* what may go now */
int64_t whatsapp_send_next(const struct whatsapp *w);		/* when the next may */
int64_t whatsapp_send_oldest(const struct whatsapp *w);		/* start of the oldest in flight; INT64_MAX: none */
void whatsapp_send_refuse(struct whatsapp *w, const char *why); /* what waits is given back */
void whatsapp_send_answer(struct whatsapp *w, const struct graph_http_answer *answer);

/* ---- whatsapp_link.c ---- */
enum { WHATSAPP_PROBE_ID = WHATSAPP_SLOTS_MAX }; /* the first; each probe has its own */
void whatsapp_link_open(struct whatsapp *w);
void whatsapp_link_routes(struct whatsapp *w);	      /* the kernel told of a change */
void whatsapp_link_doubt(struct whatsapp *w);	      /* a connection was lost: the link is probed now */
void whatsapp_link_step(struct whatsapp *w);	      /* probes when it is time */
int64_t whatsapp_link_next(const struct whatsapp *w); /* when to step again */
void whatsapp_link_answer(struct whatsapp *w, const struct graph_http_answer *answer); /* of a probe */
void whatsapp_link_lives(struct whatsapp *w);					       /* the API answered */
void whatsapp_link_down(struct whatsapp *w, const char *why);
void whatsapp_link_refused(struct whatsapp *w, int64_t for_ms, bool passing, const char *why);
void whatsapp_link_foreign(struct whatsapp *w, int http_status); /* an answer, but not the API's */
void whatsapp_link_proved(struct whatsapp *w);			 /* a message was accepted */

#endif
