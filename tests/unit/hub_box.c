#include "tests/unit/hub_box.h"

#include "db/sim.h"
#include "db/subscriber.h"

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
	fprintf(file, "news = { quiet = \"\"; };\n%s\nmodems = (", extra);
	for (int i = 0; i < bearers; i++)
		fprintf(file, "%s { name = \"m%d\"; port = \"/dev/none%d\"; %s }", i ? "," : "", i + 1, i + 1, modem);
	fprintf(file, ");\n");
	fclose(file);
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
	for (int i = 0; i < box->bearers; i++) {
		int pair[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
		box->hub->bearers[i].fd = pair[0];
		box->fds[i] = pair[1];
		hub_box_state(box, i, BEARER_READY);
	}
	hub_box_turn(box);
}

void hub_box_open(struct hub_box *box, int bearers, const char *extra, const char *modem)
{
	memset(box, 0, sizeof *box);
	snprintf(box->folder, sizeof box->folder, "/tmp/banditore-hub-XXXXXX");
	assert_non_null(mkdtemp(box->folder));
	snprintf(box->database, sizeof box->database, "%s/box.db", box->folder);
	snprintf(box->config, sizeof box->config, "%s/box.cfg", box->folder);
	box->bearers = bearers;
	box->now = (int64_t)BOX_NOW_S * 1000;
	hub_box_configure(box, bearers, extra, modem);
	setenv("TZ", "UTC", 1);
	must(box, db_open(box->database, true, &box->db, &box->err));
	must(box, db_open(box->database, false, &box->other, &box->err));
	hub_begin(box);
}

static void hub_end(struct hub_box *box)
{
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
	static const char *const names[] = {"box.db", "box.db-wal", "box.db-shm", "box.cfg"};
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
	box->now += ms;
	box->hub->clock_ahead += ms;
}

void hub_box_turn(struct hub_box *box)
{
	hub_bearers_hear(box->hub);
	hub_turn(box->hub, box->now);
}

void hub_box_state(struct hub_box *box, int bearer, enum bearer_state state)
{
	struct bearer_tell tell = {.type = BEARER_TELL_STATUS};

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
	assert_int_equal(bearer_tell_write(box->fds[bearer], &tell), 0);
}

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

int64_t hub_box_message(struct hub_box *box, enum message_kind kind, int32_t segments)
{
	static struct message message;

	message = (struct message){.kind = kind,
		.colour = COLOUR_RED,
		.segments = segments,
		.priority = kind == MESSAGE_NEWS ? PRIORITY_NEWS : PRIORITY_RED,
		.expires_at = box->now + 6 * 3600 * 1000};
	memset(message.text, 'a', segments == 1 ? 100 : (size_t)(153 * segments));
	must(box, db_begin(box->other, &box->err));
	must(box, message_create(box->other, &message, false, false, box->now, &box->err));
	must(box, db_commit(box->other, &box->err));
	return message.id;
}

struct message_figures hub_box_figures(struct hub_box *box, int64_t message)
{
	struct message_figures figures;

	must(box, message_figures(box->other, message, &figures, &box->err));
	return figures;
}

void hub_box_disk(bool full)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = full ? 4096 : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}
