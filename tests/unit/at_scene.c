#include "tests/unit/at_scene.h"

#include "config/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

struct scene scene;

void scene_begin(enum peer_kind kind, const struct peer_step *steps)
{
	scene.peer = peer_start(kind, steps, &scene.fd);
	assert_non_null(scene.peer);
	scene.at = at_new(scene.fd);
	assert_non_null(scene.at);
}

void scene_end(void)
{
	char *failure;

	at_free(scene.at);
	close(scene.fd);
	failure = peer_finish(scene.peer);
	if (failure)
		fail_msg("%s", failure);
}

const char *scene_line(void)
{
	if (at_wait(scene.at, -1, clock_mono_ms() + LONG_MS) != 1)
		return "(none)";
	return at_take_unsolicited(scene.at, scene.line) ? scene.line : "(none)";
}

enum at_result scene_command(const char *command)
{
	return at_command(scene.at, command, NULL, LONG_MS, &scene.reply);
}

enum at_result scene_send_pdu(void)
{
	return at_send_pdu(scene.at, 23, PDU, LONG_MS, LONG_MS, &scene.reply);
}

void scene_assert_sent_142(void)
{
	assert_int_equal(scene_send_pdu(), AT_OK);
	assert_true(scene.reply.sent);
	assert_int_equal(scene.reply.count, 1);
	assert_string_equal(scene.reply.line[0], "+CMGS: 142");
}
