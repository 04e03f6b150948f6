/* One AT dialogue with a scripted modem, as the tests of modem/at.h play it. One at a time. */
#ifndef BANDITORE_TESTS_AT_SCENE_H
#define BANDITORE_TESTS_AT_SCENE_H

#include "modem/at.h"
#include "tests/unit/peer.h"

enum {
	SOON_MS = 60,	/* a time-out that is meant to pass */
	LONG_MS = 4000, /* a time-out that is not */
};

#define PDU    "0011000B916407281553F80000AA0AE8329BFD4697D9EC37"
#define CTRL_Z "\x1a"

struct scene {
	struct peer *peer;
	struct at *at;
	struct at_reply reply;
	char line[AT_LINE_MAX];
	int fd;
};

extern struct scene scene;

void scene_begin(enum peer_kind kind, const struct peer_step *steps);
void scene_end(void); /* fails the test when the script did not go as written */

const char *scene_line(void); /* the next unsolicited line, waited for; "(none)" when none comes */
enum at_result scene_command(const char *command);
enum at_result scene_send_pdu(void); /* PDU */
void scene_assert_sent_142(void);    /* sends PDU, which is answered with +CMGS: 142 */

#endif
