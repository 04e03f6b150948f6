/* What the kernel says of the way out: its answers taken apart, and routes really taken up and down. */
#include "modem/link_watch.h"

#include "tests/unit/net_box.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { OCTETS_MAX = 256, WAIT_MS = 20000, SEQUENCE = 1 };

static const char *no_namespace;

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* Captured from Linux 6.1: `ip route get` of an address of its own, of one by the default route, of ::1; and of one that
 * cannot be reached. */
#define LOCAL                                                                                                      \
	"680000001800000001000000bb09000002200000fe0000020002008008000f00fe000000080001007f0000010800040001000000" \
	"080007007f000001080019000000000024000c0053000000e2811500000000000000000000000000000000000000000000000000"
#define WORLD                                                                                                      \
	"680000001800000001000000bb09000002200000fe0000010002000008000f00fe00000008000100c00002010800040004000000" \
	"08000700c0000202080019000000000024000c0002000000764c0100000000000000000000000000000000000000000000000000"
#define LOCAL_6                                                                                                    \
	"9c0000001800000001000000bb0900000a808000ff0200020000000008000f00ff00000014000100000000000000000000000000" \
	"00000001140002000000000000000000000000000000000014000700000000000000000000000000000000010800060000000000" \
	"080004000100000024000c0002000000764c01000000000000000000000000000000000000000000000000000500140000000000"
#define UNREACHABLE                                                                                                  \
	"380000000200000001000000e40900009bffffff240000001a0001000100000000000000022000000000000000000000080001007f" \
	"000001"

static size_t octets_of(const char *hex, unsigned char *out)
{
	size_t length = strlen(hex) / 2;

	assert_true(length <= OCTETS_MAX);
	for (size_t i = 0; i < length; i++) {
		unsigned octet;
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &octet), 1);
		out[i] = (unsigned char)octet;
	}
	return length;
}

static void test_answers(void **state)
{
	static const struct {
		const char *what, *octets;
		uint32_t sequence;
		int expected;
	} cases[] = {
		{"this machine itself", LOCAL, 1, 1},
		{"the world", WORLD, 1, 4},
		{"this machine itself, IPv6", LOCAL_6, 1, 1},
		{"unreachable", UNREACHABLE, 1, 0},
		{"another question's", LOCAL, 2, -EBADMSG},
		{"nothing", "", 1, -EBADMSG},
		{"half a head", "6800000018000000", 1, -EBADMSG},
		{"a head longer than all", "ff0000001800000001000000bb09000002200000fe00000200020080", 1, -EBADMSG},
		{"a head of no length", "000000001800000001000000bb09000002200000fe00000200020080", 1, -EBADMSG},
		{"a head without a route", "140000001800000001000000bb09000002200000", 1, -EBADMSG},
		{"no interface", "1c0000001800000001000000bb09000002200000fe00000100020000", 1, -EBADMSG},
		{"an interface cut short", "220000001800000001000000bb09000002200000fe000001000200000600040001000000",
			1, -EBADMSG},
		{"an attribute of no length",
			"240000001800000001000000bb09000002200000fe000001000200000000040001000000", 1, -EBADMSG},
		{"one longer than all", "240000001800000001000000bb09000002200000fe00000100020000ff00040001000000", 1,
			-EBADMSG},
		{"a route that swallows", "240000001800000001000000bb09000002200000fe000006000200000800040001000000", 1,
			0},
		{"another message", "240000001000000001000000bb09000002200000fe000001000200000800040001000000", 1,
			-EBADMSG},
		{"prohibited", "240000000200000001000000e4090000f3ffffff240000001a00010001000000bb090000", 1, 0},
		{"no right", "240000000200000001000000e4090000ffffffff240000001a00010001000000bb090000", 1, -EPERM},
		{"an error that is none", "240000000200000001000000e409000000000000240000001a00010001000000bb090000", 1,
			-EBADMSG},
		{"the least of errors", "240000000200000001000000e409000000000080240000001a00010001000000bb090000", 1,
			INT_MIN},
		{"an error cut short", "140000000200000001000000e40900009bffffff", 1, -EBADMSG},
	};
	_Alignas(8) unsigned char octets[OCTETS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t length = octets_of(cases[i].octets, octets);
		int got = link_route_read(octets, length, cases[i].sequence);
		if (got != cases[i].expected)
			fail_msg("%s: %d, not %d", cases[i].what, got, cases[i].expected);
	}
}

/* However much of an answer comes, nothing behind it is read. */
static void test_cut_short(void **state)
{
	unsigned char octets[OCTETS_MAX];
	size_t length = octets_of(LOCAL_6, octets);

	(void)state;
	for (size_t cut = 0; cut < length; cut++) {
		unsigned char *part = malloc(cut ? cut : 1);
		memcpy(part, octets, cut);
		assert_int_equal(link_route_read(part, cut, SEQUENCE), -EBADMSG);
		free(part);
	}
}

static void test_no_address(void **state)
{
	(void)state;
	assert_int_equal(link_watch_route(""), -EINVAL);
	assert_int_equal(link_watch_route("localhost"), -EINVAL);
	assert_int_equal(link_watch_route("127.0.0.1.1"), -EINVAL);
	assert_int_equal(link_watch_route("::g"), -EINVAL);
}

/* ---- the kernel -------------------------------------------------------------------------------------------------- */

static int watch_open(void)
{
	if (no_namespace) {
		print_message("# %s\n", no_namespace);
		skip();
	}
	int watch = link_watch_open();
	assert_true(watch >= 0);
	assert_false(link_watch_heard(watch));
	return watch;
}

static void heard_await(int watch)
{
	struct pollfd fd = {.fd = watch, .events = POLLIN};

	assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
	assert_true(link_watch_heard(watch));
}

static void test_routes(void **state)
{
	int watch = watch_open();

	(void)state;
	net_box_ip("link set lo down");
	link_watch_heard(watch);
	assert_int_equal(link_watch_route("127.0.0.1"), 0);
	net_box_ip("link set lo up");
	heard_await(watch);
	assert_true(link_watch_route("127.0.0.1") > 0);
	assert_int_equal(link_watch_route(LINK_WORLD_V4), 0);
	assert_int_equal(link_watch_route(LINK_WORLD_V6), 0);

	net_box_ip("route add default dev lo");
	heard_await(watch);
	assert_int_equal(link_watch_route(LINK_WORLD_V4), link_watch_route("127.0.0.1"));
	assert_int_equal(link_watch_route(LINK_WORLD_V6), 0);
	static const char *const none[] = {"blackhole", "unreachable", "prohibit"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		net_box_ip("route add %s 192.0.2.0/24", none[i]);
		heard_await(watch);
		assert_int_equal(link_watch_route(LINK_WORLD_V4), 0);
		net_box_ip("route del %s 192.0.2.0/24", none[i]);
		heard_await(watch);
		assert_true(link_watch_route(LINK_WORLD_V4) > 0);
	}
	net_box_ip("route del default");
	heard_await(watch);
	assert_int_equal(link_watch_route(LINK_WORLD_V4), 0);
	assert_true(link_watch_route("127.0.0.1") > 0);
	net_box_ip("link set lo down");
	heard_await(watch);
	assert_int_equal(link_watch_route("127.0.0.1"), 0);
	close(watch);
}

/* The cable is pulled: the route stays, and leads nowhere. */
static void test_carrier(void **state)
{
	int watch = watch_open();
	int64_t tries = WAIT_MS / 10;

	(void)state;
	net_box_ip("link set lo up");
	net_box_ip("link add cable type veth peer name socket");
	net_box_ip("address add 10.9.8.1/24 dev cable");
	net_box_ip("link set cable up");
	net_box_ip("link set socket up");
	net_box_ip("route add default dev cable");
	while (link_watch_route(LINK_WORLD_V4) == 0 && tries-- > 0) /* the carrier takes a moment */
		poll(NULL, 0, 10);
	assert_true(link_watch_route(LINK_WORLD_V4) > 0);
	link_watch_heard(watch);
	net_box_ip("link set socket down");
	heard_await(watch);
	for (tries = WAIT_MS / 10; link_watch_route(LINK_WORLD_V4) != 0 && tries > 0; tries--)
		poll(NULL, 0, 10);
	assert_int_equal(link_watch_route(LINK_WORLD_V4), 0);
	net_box_ip("link del cable");
	close(watch);
}

/* More than the socket holds: what is lost is a change too. */
static void test_lost(void **state)
{
	enum { ROUTES = 40 };
	int watch = watch_open(), least = 1;

	(void)state;
	assert_int_equal(setsockopt(watch, SOL_SOCKET, SO_RCVBUF, &least, sizeof least), 0);
	net_box_ip("link set lo up");
	for (int i = 0; i < ROUTES; i++)
		net_box_ip("route add 10.%d.0.0/16 dev lo", i);
	assert_true(link_watch_heard(watch));
	assert_false(link_watch_heard(watch));
	close(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_no_address),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_carrier),
		cmocka_unit_test(test_lost),
	};

	no_namespace = net_box_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
