#include "firmware-host/message_watch.h"

#include "config/clock.h"
#include "firmware-host/order.h"
#include "firmware-host/outlook.h"
#include "firmware-host/when.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	LOOK_MS = 250,
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	CELL_MAX = 24,
	BAR_WIDTH = 26,
	CLOCK_AT = 11, /* in RFC 3339: hh:mm:ss */
	CLOCK_LENGTH = 8,
};

/* What has been printed so far. */
struct watch {
	bool terminal;
	int64_t start_mono, line_mono; /* of the first and of the last line */
	struct message_figures line;   /* as printed last */
	enum forecast_link link;
};

/* ---- text -------------------------------------------------------------------------------------------------------- */

static const char *clock_text(int64_t ms, char out[static WHEN_TEXT_MAX])
{
	when_rfc3339(ms, out);
	memmove(out, out + CLOCK_AT, CLOCK_LENGTH);
	out[CLOCK_LENGTH] = '\0';
	return out;
}

static const char *cell(int64_t count, char out[static CELL_MAX])
{
	if (count == 0)
		return "-";
	(void)snprintf(out, CELL_MAX, "%lld", (long long)count);
	return out;
}

/* Handed over, or being so, and not proved. */
static int64_t sms_under_way(const struct message_figures *figures)
{
	return figures->sms_sending + figures->sms_sent + figures->sms_unknown;
}

static int64_t whatsapp_under_way(const struct message_figures *figures)
{
	return figures->whatsapp_sending + figures->whatsapp_accepted + figures->whatsapp_held +
	       figures->whatsapp_unknown;
}

const char *message_watch_heading(char out[static MESSAGE_WATCH_LINE_MAX])
{
	(void)snprintf(out, MESSAGE_WATCH_LINE_MAX,
		"          ---- by WhatsApp ----  ------ by SMS -------\n"
		"          queued   sent reached  queued   sent reached  reached  a second");
	return out;
}

const char *message_watch_line(
	const struct message_figures *figures, int64_t now, int64_t pace, char out[static MESSAGE_WATCH_LINE_MAX])
{
	int64_t total = figures->recipients > 0 ? figures->recipients : 1;
	int64_t wired = figures->whatsapp_delivered + figures->whatsapp_read;
	char at[WHEN_TEXT_MAX], cells[7][CELL_MAX];

	(void)snprintf(out, MESSAGE_WATCH_LINE_MAX, "%s  %6s %6s %7s  %6s %6s %7s  %5lld %% %9s", clock_text(now, at),
		cell(figures->whatsapp_queued, cells[0]), cell(whatsapp_under_way(figures), cells[1]),
		cell(wired, cells[2]), cell(figures->sms_queued, cells[3]), cell(sms_under_way(figures), cells[4]),
		cell(figures->sms_delivered, cells[5]), (long long)(figures->reached * 100 / total),
		cell(pace, cells[6]));
	return out;
}

const char *message_watch_bar(const struct message_view *view, char out[static MESSAGE_WATCH_LINE_MAX])
{
	const struct message_figures *figures = &view->figures;
	int64_t total = figures->recipients > 0 ? figures->recipients : 1;
	int64_t left = figures->sms_queued + figures->whatsapp_queued;
	int64_t under_way = figures->recipients - figures->reached - left;
	int reached = (int)(figures->reached * BAR_WIDTH / total);
	int handed = (int)((figures->recipients - left) * BAR_WIDTH / total);
	char bar[BAR_WIDTH + 1] = "", at[WHEN_TEXT_MAX] = "";

	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < reached ? '#' : i < handed ? '+' : '.';
	bar[BAR_WIDTH] = '\0';
	(void)snprintf(out, MESSAGE_WATCH_LINE_MAX, "[%s] %lld of %lld reached, %lld sent%s%s", bar,
		(long long)figures->reached, (long long)figures->recipients, (long long)(under_way > 0 ? under_way : 0),
		view->eta ? ", last " : "", view->eta ? clock_text(view->eta, at) : "");
	return out;
}

static const char *link_text(enum forecast_link link)
{
	switch (link) {
	case FORECAST_OFF: return "WhatsApp is not enabled: everybody goes by SMS";
	case FORECAST_UP: return "WhatsApp is up";
	case FORECAST_DOWN: return "WhatsApp is down: SMS takes over";
	case FORECAST_REFUSED: return "WhatsApp refuses the account: SMS takes over";
	}
	return "";
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

static bool figures_moved(const struct message_figures *one, const struct message_figures *other)
{
	return memcmp(one, other, sizeof *one) != 0;
}

/* Each second of the first minute, then less often: a long alert does not fill the terminal's memory. */
static int64_t line_every_ms(int64_t elapsed)
{
	if (elapsed < MINUTE_MS)
		return SECOND_MS;
	return elapsed < 10 * (int64_t)MINUTE_MS ? 10 * (int64_t)SECOND_MS : MINUTE_MS;
}

static void above_bar(const struct watch *watch, const char *text)
{
	printf("%s%s\n", watch->terminal ? "\r\033[K" : "", text);
}

static void watch_begin(struct watch *watch, const struct settings *settings, const struct message_view *view)
{
	const struct message *message = &view->message;
	char heading[MESSAGE_WATCH_LINE_MAX];

	watch->start_mono = clock_mono_ms();
	watch->link = settings->whatsapp.enabled ? FORECAST_UP : FORECAST_OFF;
	printf("%s %lld%s%s%s, %lld people\n%s\n", order_kind_to_string(message->kind), (long long)message->id,
		message->colour ? ", " : "", order_colour_to_string(message->colour),
		message->exercise ? ", exercise" : "", (long long)view->figures.recipients,
		message_watch_heading(heading));
}

static void watch_print(struct watch *watch, const struct message_view *view, enum forecast_link link, bool final)
{
	int64_t mono = clock_mono_ms(), since = mono - watch->line_mono;
	int64_t pace = 0;
	char line[MESSAGE_WATCH_LINE_MAX];

	if (link != watch->link)
		above_bar(watch, link_text(link));
	watch->link = link;
	bool due = watch->line_mono == 0 || since >= line_every_ms(mono - watch->start_mono);
	if ((due || final) && figures_moved(&watch->line, &view->figures)) {
		if (watch->line_mono != 0 && since > 0)
			pace = (view->figures.reached - watch->line.reached) * SECOND_MS / since;
		above_bar(watch, message_watch_line(&view->figures, clock_wall_ms(), pace, line));
		watch->line = view->figures;
		watch->line_mono = mono;
	}
	if (watch->terminal && !final)
		printf("\r\033[K%s", message_watch_bar(view, line));
	fflush(stdout);
}

static void watch_end(const struct watch *watch, const struct message_view *view)
{
	const struct message_figures *figures = &view->figures;
	int64_t wired = figures->whatsapp_delivered + figures->whatsapp_read;

	printf("%s%s: %lld of %lld reached, %lld of them by WhatsApp; %lld SMS segments\n",
		watch->terminal ? "\r\033[K" : "", view->state, (long long)figures->reached,
		(long long)figures->recipients, (long long)wired, (long long)figures->segments_sent);
}

static bool state_is_final(const char *state)
{
	return strcmp(state, "done") == 0 || strcmp(state, "cancelled") == 0 || strcmp(state, "expired") == 0;
}

int message_watch(const struct settings *settings, struct db *db, struct message_view *view, struct err *err)
{
	struct watch watch = {.terminal = isatty(STDOUT_FILENO) == 1};
	int64_t id = view->message.id;
	enum forecast_link link;

	watch_begin(&watch, settings, view);
	for (;;) {
		bool final = state_is_final(view->state);
		if (outlook_link(settings, db, &link, err) != 0)
			return -1;
		watch_print(&watch, view, link, final);
		if (final)
			break;
		poll(NULL, 0, LOOK_MS);
		if (message_view_read(db, settings, id, clock_wall_ms(), view, err) < 0)
			return -1;
	}
	watch_end(&watch, view);
	return 0;
}
