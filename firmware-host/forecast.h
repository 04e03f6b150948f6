/* How long until everybody is reached, by SMS and by WhatsApp, what that costs, and what does not fit. Pure; any thread.
 *
 * It is an upper estimate, and can be held against what the bench measures. It assumes
 * - modems: each goes on at its measured pace (FORECAST_SEGMENT_S where there is none) with FORECAST_MARGIN on top for what
 *   lies between two messages, leaves when its SIM's limit is reached, and ends with one whole segment;
 * - WhatsApp: whatsapp.rate or the measured pace, whichever is less (FORECAST_PACE where there is none); who does not fit the
 *   account's limit goes by SMS from the start (alerts) or waits (news);
 * - falling back: of those WhatsApp takes, `share` are not proved in time; each of these joins the queue of SMS fallback_after
 *   behind their own send, behind the SMS-only people still in it;
 * - a dead link: noticed FORECAST_NOTICE_S after the start, at once where it is known; from then on everybody who has a
 *   number goes by SMS;
 * - reached means: accepted by the mobile network, or proved by WhatsApp, whose proofs are taken to come at once.
 * It does not know what breaks on the way: a modem that is pulled out, a congested cell, a cut in the middle (which lies
 * between the two ways below). */
#ifndef BANDITORE_FORECAST_H
#define BANDITORE_FORECAST_H

#include "config/settings.h"

#define FORECAST_SEGMENT_S 4.0	/* of one SMS over 2G or LTE, overhead included, as peers and users report it */
#define FORECAST_MARGIN	   0.03 /* of the time of a segment */
#define FORECAST_PACE	   20.0 /* messages a second: the least a number is given */
#define FORECAST_SHARE	   0.2	/* of those WhatsApp takes: telephones off, without data, or asleep */
#define FORECAST_NOTICE_S  3

enum {
	FORECAST_MODEMS_MAX = SETTINGS_MODEMS_MAX,
	FORECAST_QUANTILES = 4, /* 50, 90, 99, 100 % */
};
extern const int forecast_quantiles[FORECAST_QUANTILES]; /* in per cent */

/* As it was last heard of. */
enum forecast_link {
	FORECAST_OFF,	  /* not enabled: everybody goes by SMS */
	FORECAST_UP,	  /* the link lives and the account may send */
	FORECAST_DOWN,	  /* it does not, or was never heard of */
	FORECAST_REFUSED, /* the account may not send */
};
const char *forecast_link_to_string(enum forecast_link link); /* "off", "up", "down", "refused" */

struct forecast_modem {
	double seconds_per_segment; /* measured; 0: not yet */
	int64_t left;		    /* segments its SIM may still send today; INT64_MAX: no limit */
};

/* What the box has. */
struct forecast_means {
	struct forecast_modem modems[FORECAST_MODEMS_MAX]; /* those ready */
	int modem_count;
	bool modems_measured; /* at least one */
	enum forecast_link link;
	double pace;	     /* messages a second by WhatsApp, measured; 0: not yet */
	int32_t rate;	     /* whatsapp.rate */
	int64_t limit_left;  /* people the account may still write to today; INT64_MAX: no limit */
	double share;	     /* 0 to 1: of those WhatsApp takes, expected to need an SMS */
	bool share_measured; /* at least in part */
	int32_t fallback_after_s;
	int32_t price_sms, price_whatsapp; /* 1/SETTINGS_MONEY of the currency; 0: not told */
};

/* What is to be sent, or still is. */
struct forecast_work {
	int64_t sms_segments;	  /* by SMS in any case */
	int64_t whatsapp_people;  /* by WhatsApp, not handed over yet */
	int64_t whatsapp_free;	  /* of these, who cost the account's limit nothing */
	int64_t whatsapp_waiting; /* handed over and not proved */
	int64_t whatsapp_only;	  /* of whatsapp_people, who have no number: no SMS reaches them */
	int64_t falling_most;	  /* no more than so many are expected to fall back; INT64_MAX: as many as share says */
	int32_t parts;		  /* SMS segments for one person */
	bool fallback;		  /* whom WhatsApp cannot reach goes by SMS: alerts, all-clears, news.sms = fallback */
	bool spill;		  /* who does not fit the limit goes by SMS: alerts, all-clears */
};

/* The end of one way it can go. */
struct forecast_way {
	int64_t segments;	 /* of SMS */
	int64_t segments_short;	 /* of these, beyond what the SIMs may send today */
	int64_t whatsapp_people; /* who are sent a WhatsApp message */
	int64_t over_limit;	 /* by SMS, or waiting, because the account's limit is reached */
	int64_t left_over;	 /* people nobody reaches for now: news that wait, or WhatsApp only and the link dead */
	int64_t sms_seconds;	 /* until the network has the last SMS that fits; 0: none */
	int64_t whatsapp_seconds;    /* until the API has the last message; 0: none */
	int64_t seconds;	     /* until everybody who can be is reached */
	int64_t cost_low, cost_high; /* 1/SETTINGS_MONEY, of what has a price */
	/* Until so many per cent of all people are reached, ms; -1: not today. Where no proof is ever missing this may end
	 * before `seconds`, which waits for the last to be due. */
	int64_t reach_ms[FORECAST_QUANTILES];
};

struct forecast {
	struct forecast_way alive, dead; /* the link all the time, and not at all; equal without WhatsApp */
	enum forecast_link link;	 /* as the means have it */
	int64_t sim_left;		 /* segments all SIMs together may send today; INT64_MAX: no limit */
	double seconds_per_segment;	 /* of one modem, the mean */
	double pace;			 /* of WhatsApp, as reckoned with */
	int64_t cost_low, cost_high;	 /* of both ways */
};

/* modem_count 0 counts as one modem of FORECAST_SEGMENT_S without a limit. */
void forecast_make(const struct forecast_means *means, const struct forecast_work *work, struct forecast *ret);

/* The way the link's state asks for. */
const struct forecast_way *forecast_now(const struct forecast *forecast);

#endif
