#include "firmware-host/http_guests.h"

#include "config/clock.h"

#include <stdlib.h>
#include <sys/socket.h>

int http_guests_init(
	struct http_guests *guests, const struct microhttpd_library *mhd, unsigned max, int request_ms, int idle_ms)
{
	*guests = (struct http_guests){
		.mhd = mhd, .max = max, .request_ms = request_ms, .idle_ms = idle_ms, .sweep = INT64_MAX};
	guests->places = calloc(max, sizeof *guests->places);
	return guests->places ? 0 : -1;
}

void http_guests_free(struct http_guests *guests)
{
	free(guests->places);
	guests->places = NULL;
}

struct http_guest *http_guests_of(const struct http_guests *guests, struct MHD_Connection *connection)
{
	return guests->mhd->get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void deadline_set(struct http_guests *guests, struct http_guest *guest, int64_t deadline)
{
	guest->deadline = deadline;
	if (deadline < guests->sweep)
		guests->sweep = deadline;
}

void http_guest_shut(struct http_guest *guest)
{
	(void)shutdown(guest->fd, SHUT_RDWR);
	guest->deadline = INT64_MAX;
}

/* So that those who come always find room. */
static void oldest_shut(struct http_guests *guests)
{
	struct http_guest *oldest = NULL;

	for (unsigned i = 0; i < guests->max; i++) {
		struct http_guest *guest = &guests->places[i];
		if (guest->there && guest->deadline != INT64_MAX && (!oldest || guest->since < oldest->since))
			oldest = guest;
	}
	if (oldest)
		http_guest_shut(oldest);
}

void http_guests_sweep(struct http_guests *guests, int64_t now)
{
	if (now < guests->sweep)
		return;
	guests->sweep = INT64_MAX;
	for (unsigned i = 0; i < guests->max; i++) {
		struct http_guest *guest = &guests->places[i];
		if (guest->there && guest->deadline <= now)
			http_guest_shut(guest);
		else if (guest->there && guest->deadline < guests->sweep)
			guests->sweep = guest->deadline;
	}
}

static struct http_guest *guest_add(struct http_guests *guests, struct MHD_Connection *connection)
{
	struct http_guest *guest = guests->places, *end = guests->places + guests->max;

	while (guest < end && guest->there)
		guest++;
	if (guest == end)
		return NULL;
	*guest = (struct http_guest){.there = true, .since = ++guests->starts_and_answers};
	guest->fd = guests->mhd->get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	deadline_set(guests, guest, clock_mono_ms() + guests->request_ms);
	guests->count++;
	return guest;
}

void http_guests_changed(
	void *of, struct MHD_Connection *connection, void **of_connection, enum MHD_ConnectionNotificationCode what)
{
	struct http_guests *guests = of;
	struct http_guest *guest = *of_connection;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*of_connection = guest_add(guests, connection);
		if (guests->count == guests->max)
			oldest_shut(guests);
	} else if (guest) {
		/* There is room again: it listens again when it runs again. */
		guests->again = guests->again || guests->count == guests->max;
		guests->count--;
		guest->there = false;
		*of_connection = NULL;
	}
}

void http_guest_begins(struct http_guests *guests, struct http_guest *guest)
{
	if (guest->again && guest->deadline != INT64_MAX)
		deadline_set(guests, guest, clock_mono_ms() + guests->request_ms);
}

void http_guest_waits(struct http_guest *guest)
{
	guest->deadline = INT64_MAX;
}

void http_guest_is_told(struct http_guests *guests, struct http_guest *guest, int within_ms)
{
	deadline_set(guests, guest, clock_mono_ms() + within_ms);
}

void http_guest_ends(struct http_guests *guests, struct http_guest *guest)
{
	guest->again = true;
	guest->since = ++guests->starts_and_answers;
	deadline_set(guests, guest, clock_mono_ms() + guests->idle_ms);
}

int http_guests_timeout(const struct http_guests *guests, struct MHD_Daemon *daemon)
{
	MHD_UNSIGNED_LONG_LONG theirs;
	int ours = guests->sweep == INT64_MAX ? -1 : clock_left_ms(guests->sweep);

	if (guests->again)
		return 0;
	if (guests->mhd->get_timeout(daemon, &theirs) != MHD_YES)
		return ours;
	return ours < 0 || theirs < (unsigned)ours ? (int)theirs : ours;
}
