#include "tests/unit/hub_box.h"

#include "db/db_private.h"
#include "db/sim.h"
#include "modem/graph.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the first four above */
#include <cmocka.h>

static void must(struct hub_box *box, int result)
{
	if (result < 0)
		fail_msg("%s", box->err.text);
}

void hub_box_configure(struct hub_box *box, int bearers, const char *extra, const char *modem)
{
	FILE *file = fopen(box->config, "w");

	assert_non_null(file);
	fprintf(file, "comune = { name = \"Santa Fiora\"; timezone = \"UTC\"; };\ndatabase = \"box.db\";\n");
	if (box->wired) /* settings of one group may stand apart */
		fprintf(file,
			"whatsapp = { enabled = true; phone_number_id = \"106\"; token_file = \"token\";"
			" app_secret_file = \"token\"; verify_token_file = \"token\"; %s };\n",
			strstr(extra, "whatsapp:") ? strstr(extra, "whatsapp:") + 9 : "");
	fprintf(file, "%s%.*s\nmodems = (", strstr(extra, "news =") ? "" : "news = { quiet = \"\"; };\n",
		(int)(strstr(extra, "whatsapp:") ? (size_t)(strstr(extra, "whatsapp:") - extra) : strlen(extra)),
		extra);
	for (int i = 0; i < bearers; i++)
		fprintf(file, "%s { name = \"m%d\"; port = \"/dev/none%d\"; %s }", i ? "," : "", i + 1, i + 1, modem);
	fprintf(file, ");\n");
	fclose(file);
}

static void pair_open(int pair[2])
{
	const int octets = 4 * 1024 * 1024;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets), 0);
}

static void bearer_begin(struct hub_box *box, int index)
{
	struct hub_bearer *bearer = &box->hub->bearers[index];
	int pair[2];

	pair_open(pair);
	bearer->fd = pair[0];
	box->fds[index] = pair[1];
	if (bearer->channel == OUTBOX_WHATSAPP)
		must(box, hub_whatsapp_identity(box->hub->settings, bearer->identity, &box->err));
	hub_box_state(box, index, BEARER_READY);
}

static void webhook_begin(struct hub_box *box)
{
	int pair[2];

	box->hub->whatsapp.events = calloc(HUB_WEBHOOKS_MAX, sizeof *box->hub->whatsapp.events);
	assert_non_null(box->hub->whatsapp.events);
	pair_open(pair);
	box->hub->whatsapp.fd = pair[0];
	box->webhook = pair[1];
}

static void hub_begin(struct hub_box *box)
{
	struct settings *settings;
	struct texts *texts;

	must(box, settings_read(box->config, &settings, &box->err));
	must(box, texts_read(settings->texts, settings->texts_given, &texts, &box->err));
	box->hub = hub_new(box->config, settings, texts, box->db, -1);
	assert_non_null(box->hub);
	must(box, hub_recover(box->hub, box->now, &box->err));
	hub_bearers_configure(box->hub);
	for (int i = 0; i < box->bearers; i++)
		bearer_begin(box, i);
	if (box->wired)
		webhook_begin(box);
	hub_box_turn(box);
}

static void box_open(struct hub_box *box, int bearers, const char *extra, const char *modem)
{
	snprintf(box->folder, sizeof box->folder, "/tmp/banditore-hub-XXXXXX");
	assert_non_null(mkdtemp(box->folder));
	snprintf(box->database, sizeof box->database, "%s/box.db", box->folder);
	snprintf(box->config, sizeof box->config, "%s/box.cfg", box->folder);
	snprintf(box->token, sizeof box->token, "%s/token", box->folder);
	hub_box_token(box, "EAAG");
	box->bearers = bearers + box->wired;
	box->now = (int64_t)BOX_NOW_S * 1000;
	hub_box_configure(box, bearers, extra, modem);
	setenv("TZ", "UTC", 1);
	must(box, db_open(box->database, true, &box->db, &box->err));
	must(box, db_open(box->database, false, &box->other, &box->err));
	/* The power stays on here: no sync need be waited for. */
	hub_box_change(box, "PRAGMA synchronous = OFF");
	assert_int_equal(sqlite3_exec(box->db->sqlite, "PRAGMA synchronous = OFF", NULL, NULL, NULL), SQLITE_OK);
	hub_begin(box);
}

void hub_box_open(struct hub_box *box, int bearers, const char *extra, const char *modem)
{
	memset(box, 0, sizeof *box);
	box_open(box, bearers, extra, modem);
}

void hub_box_open_wired(struct hub_box *box, int modems, int slots, const char *extra, const char *modem)
{
	memset(box, 0, sizeof *box);
	box->wired = true;
	box->slots = slots;
	box_open(box, modems, extra, modem);
}

void hub_box_token(struct hub_box *box, const char *token)
{
	FILE *file = fopen(box->token, "w");

	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	fprintf(file, "%s\n", token);
	fclose(file);
}

void hub_box_reload(struct hub_box *box, int modems, const char *extra, const char *modem)
{
	int before[BOX_BEARERS_MAX], ends[BOX_BEARERS_MAX], count = box->bearers;

	for (int i = 0; i < count; i++) {
		before[i] = box->hub->bearers[i].fd;
		ends[i] = box->fds[i];
	}
	hub_box_configure(box, modems, extra, modem);
	box->hub->reload = true;
	hub_reload(box->hub, box->now);
	assert_false(box->hub->reload);
	box->bearers = box->hub->bearer_count;
	for (int i = 0; i < box->bearers; i++) {
		int old = 0;
		while (old < count && (before[old] < 0 || before[old] != box->hub->bearers[i].fd))
			old++;
		box->fds[i] = old < count ? ends[old] : -1;
		if (old < count)
			ends[old] = -1;
	}
	for (int i = 0; i < count; i++) {
		if (ends[i] >= 0)
			close(ends[i]);
	}
	for (int i = 0; i < box->bearers; i++) {
		if (box->fds[i] < 0)
			bearer_begin(box, i);
	}
	hub_box_turn(box);
}

static void hub_end(struct hub_box *box)
{
	if (box->wired || box->hub->whatsapp.fd >= 0)
		close(box->webhook);
	if (box->hub->whatsapp.fd >= 0)
		close(box->hub->whatsapp.fd);
	for (int i = 0; i < box->bearers; i++) {
		if (box->fds[i] >= 0)
			close(box->fds[i]);
	}
	for (int i = 0; i < box->hub->bearer_count; i++) {
		if (box->hub->bearers[i].fd >= 0)
			close(box->hub->bearers[i].fd);
	}
	hub_free(box->hub);
}

void hub_box_restart(struct hub_box *box)
{
	hub_end(box);
	hub_begin(box);
}

void hub_box_close(struct hub_box *box)
{
	static const char *const names[] = {"box.db", "box.db-wal", "box.db-shm", "box.cfg", "token"};
	char path[128];

	hub_box_disk(false);
	hub_end(box);
	db_close(box->other);
	db_close(box->db);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", box->folder, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(box->folder), 0);
}

void hub_box_pass(struct hub_box *box, int64_t ms)
{
	struct hub *hub = box->hub;

	box->now += ms;
	hub->clock_ahead += ms;
	for (int i = 0; i < hub->bearer_count; i++) {
		hub->bearers[i].started_mono -= ms;
		if (hub->bearers[i].work.paused_mono != 0)
			hub->bearers[i].work.paused_mono -= ms;
	}
	for (int i = 0; i < MESSAGE_REPLY; i++) {
		if (hub->whatsapp.template_mono[i] != 0)
			hub->whatsapp.template_mono[i] -= ms;
	}
	if (hub->whatsapp.limit_mono != 0)
		hub->whatsapp.limit_mono -= ms;
}

void hub_box_turn(struct hub_box *box)
{
	hub_bearers_hear(box->hub);
	hub_turn(box->hub, box->now);
}

void hub_box_state(struct hub_box *box, int bearer, enum bearer_state state)
{
	struct bearer_tell tell = {.type = BEARER_TELL_STATUS};

	if (box->hub->bearers[bearer].channel == OUTBOX_WHATSAPP) {
		hub_box_link(box, state, "");
		return;
	}
	tell.status = (struct bearer_status){.state = state, .slots = 1, .receipts = true, .patience_s = 150};
	snprintf(tell.status.sim, sizeof tell.status.sim, "sim%d", bearer + 1);
	snprintf(tell.status.imei, sizeof tell.status.imei, "35000000000000%c", (char)('1' + bearer));
	assert_int_equal(bearer_tell_write(box->fds[bearer], &tell), 0);
}

bool hub_box_asked(struct hub_box *box, int bearer, struct bearer_ask *ret_ask)
{
	return bearer_ask_read(box->fds[bearer], ret_ask) == 0;
}

void hub_box_answer(struct hub_box *box, int bearer, const struct bearer_ask *ask, enum bearer_outcome outcome)
{
	struct bearer_tell tell = {.type = BEARER_TELL_RESULT};

	tell.result = (struct bearer_result){
		.delivery = ask->send.delivery,
		.attempt = ask->send.attempt,
		.segment = ask->send.segment,
		.outcome = outcome,
		.reference = outcome == BEARER_ACCEPTED ? 7 : -1,
		.receipt = true,
	};
	if (box->hub->bearers[bearer].channel == OUTBOX_WHATSAPP) {
		tell.result.reference = -1;
		if (outcome == BEARER_ACCEPTED || outcome == BEARER_HELD)
			snprintf(tell.result.id, sizeof tell.result.id, "%s",
				hub_box_wamid(ask->send.delivery, ask->send.attempt));
	}
	assert_int_equal(bearer_tell_write(box->fds[bearer], &tell), 0);
}

/* ---- WhatsApp ---------------------------------------------------------------------------------------------------- */

void hub_box_link(struct hub_box *box, enum bearer_state state, const char *why)
{
	struct bearer_tell tell = {.type = BEARER_TELL_STATUS};

	tell.status = (struct bearer_status){
		.state = state, .slots = (uint16_t)box->slots, .receipts = true, .patience_s = 20};
	snprintf(tell.status.sim, sizeof tell.status.sim, "106");
	snprintf(tell.status.why, sizeof tell.status.why, "%s", why);
	assert_int_equal(bearer_tell_write(box->fds[0], &tell), 0);
}

void hub_box_refuse(struct hub_box *box, const struct bearer_ask *ask, int32_t code)
{
	struct bearer_tell tell = {.type = BEARER_TELL_RESULT};

	tell.result = (struct bearer_result){
		.delivery = ask->send.delivery,
		.attempt = ask->send.attempt,
		.outcome = graph_outcome(graph_code_find(code)),
		.reference = -1,
		.code = code,
	};
	snprintf(tell.result.error, sizeof tell.result.error, "%d refused", code);
	assert_int_equal(bearer_tell_write(box->fds[0], &tell), 0);
}

const char *hub_box_wamid(int64_t delivery, int32_t attempt)
{
	static char name[BEARER_ID_MAX];

	snprintf(name, sizeof name, "wamid.%lld.%d", (long long)delivery, attempt);
	return name;
}

void hub_box_tell(struct hub_box *box, struct webhook_event event)
{
	struct hub_whatsapp *whatsapp = &box->hub->whatsapp;

	assert_true(whatsapp->event_count < HUB_WEBHOOKS_MAX);
	event.token = ++box->tokens;
	whatsapp->events[whatsapp->event_count++] = event;
}

void hub_box_status(struct hub_box *box, const struct bearer_ask *ask, enum webhook_status status, int32_t code)
{
	struct webhook_event event = {
		.type = WEBHOOK_STATUS,
		.at = box->now,
		.status = status,
		.delivery = ask->send.delivery,
		.attempt = ask->send.attempt,
		.code = code,
	};

	snprintf(event.id, sizeof event.id, "%s", hub_box_wamid(ask->send.delivery, ask->send.attempt));
	if (code != 0)
		snprintf(event.error, sizeof event.error, "%d told", code);
	hub_box_tell(box, event);
}

int hub_box_kept(struct hub_box *box)
{
	uint64_t token;
	int count = 0;

	while (read(box->webhook, &token, sizeof token) == sizeof token)
		count++;
	return count;
}

/* ---- people and messages ----------------------------------------------------------------------------------------- */

void hub_box_people(struct hub_box *box, int count)
{
	struct consent consent = {.clock = "ntp", .channel = "import"};
	int64_t id;
	int was;

	must(box, db_begin(box->other, &box->err));
	for (int i = 1; i <= count; i++) {
		struct subscriber fields = {.language = "it"};
		snprintf(fields.phone, sizeof fields.phone, "+39333%07d", i);
		must(box, subscriber_join(box->other, &fields, &consent, box->now, &id, &was, &box->err));
	}
	must(box, db_commit(box->other, &box->err));
}

int64_t hub_box_person(struct hub_box *box, enum subscriber_channel channel, const char *phone, const char *user)
{
	struct consent consent = {.clock = "ntp", .channel = "import"};
	struct subscriber fields = {.language = "it", .channel = channel};
	int64_t id;
	int was;

	snprintf(fields.phone, sizeof fields.phone, "%s", phone);
	snprintf(fields.whatsapp_id, sizeof fields.whatsapp_id, "%s", user);
	must(box, db_begin(box->other, &box->err));
	must(box, subscriber_join(box->other, &fields, &consent, box->now, &id, &was, &box->err));
	must(box, db_commit(box->other, &box->err));
	return id;
}

int64_t hub_box_message(struct hub_box *box, enum message_kind kind, int32_t segments)
{
	return hub_box_message_of(box, kind, kind == MESSAGE_NEWS ? PRIORITY_NEWS : PRIORITY_RED, segments);
}

int64_t hub_box_message_of(
	struct hub_box *box, enum message_kind kind, enum message_priority priority, int32_t segments)
{
	const struct settings *settings = box->hub->settings;
	static struct message message;

	message = (struct message){.kind = kind,
		.colour = COLOUR_RED,
		.segments = segments,
		.priority = priority,
		.expires_at = box->now + 6 * 3600 * 1000};
	memset(message.text, 'a', segments == 1 ? 100 : (size_t)(153 * segments));
	must(box, db_begin(box->other, &box->err));
	if (settings->whatsapp.enabled)
		snprintf(message.parameters, sizeof message.parameters, "Rossa" BEARER_FIELD "Piove");
	bool never = settings->news.sms == NEWS_SMS_NEVER;
	must(box, message_create(box->other, &message, settings->whatsapp.enabled, never, box->now, &box->err));
	must(box, db_commit(box->other, &box->err));
	return message.id;
}

struct message_figures hub_box_figures(struct hub_box *box, int64_t message)
{
	struct message_figures figures;

	must(box, message_figures(box->other, message, &figures, &box->err));
	return figures;
}

int64_t hub_box_value(struct hub_box *box, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(box->other->sqlite, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(box->other->sqlite));
	int64_t got = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -999;
	sqlite3_finalize(statement);
	return got;
}

void hub_box_change(struct hub_box *box, const char *sql)
{
	if (sqlite3_exec(box->other->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(box->other->sqlite));
}

void hub_box_disk(bool full)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = full ? 4096 : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}
