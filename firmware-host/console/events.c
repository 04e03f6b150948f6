/* Live figures of a message: server-sent events (HTML Living Standard, 9.2). A stream tells the figures when it begins and
 * whenever they have changed, a comment where nothing has, and ends when the message is done, its session is over, or it has
 * lived for EVENTS_LIFE_MS; a page that still wants it opens it again by itself. */
#include "config/clock.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/message_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	EVENTS_MAX = 16,       /* streams at once */
	EVENTS_OF_ONE_MAX = 4, /* of them, one session's */
	EVENTS_LIFE_MS = 15 * 60 * 1000,
	EVENTS_QUIET_MS = 15 * 1000,
	EVENTS_TEXT_MAX = 16 * 1024, /* octets of one event: figures and the message's text */
};

struct stream {
	struct events *events; /* NULL: none waits for it any more */
	struct door *door;
	struct MHD_Connection *connection;
	int64_t message_id;
	unsigned char key[OPERATOR_SESSION_SIZE];
	int64_t end_mono, told_mono;
	char *figures; /* told last; NULL: none yet */
	char text[EVENTS_TEXT_MAX];
	size_t length, sent; /* octets of `text` */
	bool suspended, over;
};

struct events {
	struct stream *streams[EVENTS_MAX];
};

struct events *events_new(void)
{
	return calloc(1, sizeof(struct events));
}

void events_free(struct events *events)
{
	free(events);
}

bool events_any(const struct events *events)
{
	for (int i = 0; i < EVENTS_MAX; i++)
		if (events->streams[i])
			return true;
	return false;
}

/* ---- what libmicrohttpd calls ------------------------------------------------------------------------------------ */

void events_bind(struct stream *stream, struct door *door, struct MHD_Connection *connection)
{
	stream->door = door;
	stream->connection = connection;
}

ssize_t events_read(void *context, uint64_t position, char *out, size_t size)
{
	struct stream *stream = context;
	size_t left = stream->length - stream->sent;

	(void)position;
	if (left == 0 && stream->over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (left == 0) {
		stream->suspended = true;
		door_library(stream->door)->suspend_connection(stream->connection);
		return 0;
	}
	size = size < left ? size : left;
	memcpy(out, stream->text + stream->sent, size);
	stream->sent += size;
	return (ssize_t)size;
}

void events_gone(void *context)
{
	struct stream *stream = context;

	for (int i = 0; stream->events && i < EVENTS_MAX; i++)
		if (stream->events->streams[i] == stream)
			stream->events->streams[i] = NULL;
	free(stream->figures);
	free(stream);
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

static void stream_wake(struct stream *stream)
{
	if (!stream->suspended)
		return;
	stream->suspended = false;
	door_library(stream->door)->resume_connection(stream->connection);
	door_stir(stream->door);
}

/* Nothing is put behind what is still to be sent: a page that reads slowly gets fewer figures. */
static void stream_put(struct stream *stream, const char *event, const char *data, int64_t mono)
{
	int length = snprintf(stream->text, sizeof stream->text, data ? "event: %s\ndata: %s\n\n" : "%s", event, data);

	stream->length = length < 0 || (size_t)length >= sizeof stream->text ? 0 : (size_t)length;
	stream->sent = 0;
	stream->told_mono = mono;
	stream_wake(stream);
}

/* The figures as one line; NULL: none. *ret_done: the message moves no more. */
static char *figures_of(struct console *console, int64_t message_id, int64_t now, bool *ret_done)
{
	struct message_view *view = calloc(1, sizeof *view);
	struct err err;
	char *text = NULL;

	*ret_done = false;
	if (view && message_view_read(console->db, console->settings, message_id, now, view, &err) > 0) {
		json_t *json = message_view_json(view);
		*ret_done = strcmp(view->state, "sending") != 0 && strcmp(view->state, "scheduled") != 0;
		text = json ? json_dumps(json, JSON_COMPACT) : NULL;
		json_decref(json);
	}
	free(view);
	return text;
}

static void stream_tell(struct console *console, struct stream *stream, const char *figures, bool done, int64_t now)
{
	int64_t mono = clock_mono_ms(), used_at;
	struct operator_person who;
	struct err err;

	if (stream->sent < stream->length || stream->over)
		return;
	if (mono >= stream->end_mono ||
		operator_session_find(console->db, stream->key, now, &who, &used_at, &err) == 0) {
		stream->over = true;
		stream_put(stream, "end", "{}", mono);
	} else if (figures && (!stream->figures || strcmp(figures, stream->figures) != 0)) {
		free(stream->figures);
		stream->figures = strdup(figures);
		stream_put(stream, done ? "done" : "figures", figures, mono);
		stream->over = done;
	} else if (mono - stream->told_mono >= EVENTS_QUIET_MS) {
		stream_put(stream, ": \n\n", NULL, mono);
	}
}

void events_tick(struct console *console, int64_t now)
{
	struct events *events = console->events;
	bool told[EVENTS_MAX] = {false};

	for (int i = 0; i < EVENTS_MAX; i++) {
		bool done;
		if (!events->streams[i] || told[i])
			continue;
		int64_t id = events->streams[i]->message_id;
		char *figures = figures_of(console, id, now, &done); /* once for all who look at it */
		for (int k = i; k < EVENTS_MAX; k++) {
			if (!events->streams[k] || events->streams[k]->message_id != id)
				continue;
			told[k] = true;
			stream_tell(console, events->streams[k], figures, done, now);
		}
		free(figures);
	}
}

/* ---- beginning and ending ---------------------------------------------------------------------------------------- */

void events_begin(struct call *call, int64_t message_id)
{
	struct console *console = call->console;
	int place = -1, own = 0;
	bool done;

	for (int i = 0; i < EVENTS_MAX; i++) {
		if (!console->events->streams[i])
			place = i;
		else
			own += memcmp(console->events->streams[i]->key, call->key, sizeof call->key) == 0;
	}
	if (place < 0 || own >= EVENTS_OF_ONE_MAX) {
		call->answer.retry_after_s = 5;
		call_fail(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
			"too many watch at once; ask for the message instead");
		return;
	}
	char *figures = figures_of(console, message_id, call->now, &done);
	struct stream *stream = figures ? calloc(1, sizeof *stream) : NULL;
	if (!stream) {
		free(figures);
		call_fail_missing(call);
		return;
	}
	stream->events = console->events;
	stream->message_id = message_id;
	memcpy(stream->key, call->key, sizeof stream->key);
	stream->end_mono = clock_mono_ms() + EVENTS_LIFE_MS;
	console->events->streams[place] = stream;
	stream_tell(console, stream, figures, done, call->now);
	free(figures);
	call->answer.status = MHD_HTTP_OK;
	call->answer.type = "text/event-stream";
	call->answer.stream = stream;
}

void events_end_all(struct events *events)
{
	for (int i = 0; i < EVENTS_MAX; i++) {
		if (!events->streams[i])
			continue;
		events->streams[i]->over = true;
		stream_wake(events->streams[i]);
	}
}
