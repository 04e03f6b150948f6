#include "tests/sim/self_test.h"

#include "tests/sim/sim_alphabet.h"
#include "tests/sim/sim_pdu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	unsigned passed, failed;
};

static void check(struct tally *tally, const char *what, bool good)
{
	if (good) {
		tally->passed++;
		return;
	}
	tally->failed++;
	printf("failed: %s\n", what);
}

static void check_text(struct tally *tally, const char *what, const char *got, const char *wanted)
{
	check(tally, what, strcmp(got, wanted) == 0);
	if (strcmp(got, wanted) != 0)
		printf("  got    %s\n  wanted %s\n", got, wanted);
}

/* With the SMSC field in front. Returns the +CMS ERROR code or 0; -1: not even hexadecimal. */
static int read_submit(const char *hex, struct sim_submit *submit)
{
	uint8_t octets[SIM_PDU_MAX];
	int count = sim_hex_read(hex, octets, sizeof octets);

	if (count < 2 || octets[0] + 1 >= count)
		return -1;
	return sim_submit_read(octets + octets[0] + 1, (size_t)(count - octets[0] - 1), submit);
}

static void test_submit(struct tally *t)
{
	static const struct {
		const char *hex, *to, *text;
		bool report;
		unsigned reference, parts, part;
	} rows[] = {
		{"0011000B916407281553F80000AA0AE8329BFD4697D9EC37", "+46708251358", "hellohello", false, 0, 0, 0},
		{"07911326040000F0310D0B911326880736F40000A90FF7FBDD454E87CDE1B0DB357EB701", "+31628870634",
			"www.diafaan.com", true, 0, 0, 0},
		{"0019000B917228001011F100003170013193008017D474BB3CA787DB70903DCC4E93D3F43C885E9ED301", "+27820001111",
			"Timestamp validity test", false, 0, 0, 0},
		{"0031000B916407281553F800080B1A00680065006C006C006F00200077006F0072006C0064D83DDE0B", "+46708251358",
			"hello world\xf0\x9f\x98\x8b", true, 0, 0, 0},
		{"0061910A91103254769800001905000391020268B556CC066B21CB6CF61B747FCBC921", "+0123456789",
			"45-160-Hello word!", true, 145, 2, 2},
		{"0061900A9110325476980008"
		 "0E0500039002020142006400210020",
			"+0123456789",
			"\xc5\x82"
			"d! ",
			true, 144, 2, 2},
		{"0051000A81800021436500F50026050003CE0201546869732069732062656767696E696E67206F6620746865206D657373616"
		 "765",
			"0800123456", "546869732069732062656767696E696E67206F6620746865206D657373616765", false, 206, 2,
			1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sim_submit submit = {0};
		check(t, rows[i].hex, read_submit(rows[i].hex, &submit) == 0);
		check_text(t, "recipient", submit.to, rows[i].to);
		check_text(t, "text", submit.text, rows[i].text);
		check(t, "report asked", submit.wants_report == rows[i].report);
		check(t, "reference", submit.reference == rows[i].reference);
		check(t, "parts", submit.parts == rows[i].parts && submit.part == rows[i].part);
	}
}

/* What a modem refuses with +CMS ERROR: 304. */
static void test_broken_submit(struct tally *t)
{
	static const char *const rows[] = {
		"0011000B916407281553F80000AA0AE8329BFD4697D9EC",     /* an octet too few */
		"0011000B916407281553F80000AA0AE8329BFD4697D9EC3700", /* and one too many */
		"0010000B916407281553F80000AA0AE8329BFD4697D9EC37",   /* a DELIVER */
		"001100FF916407281553F80000AA0AE8329BFD4697D9EC37",   /* 255 digits */
		"0051000B916407281553F80000AA0AE8329BFD4697D9EC37",   /* a header longer than the text */
		"001100",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sim_submit submit;
		check(t, rows[i], read_submit(rows[i], &submit) == 304);
	}
}

static void test_deliver(struct tally *t)
{
	struct sim_deliver deliver = {.smsc = "+31624000000",
		.from = "+31641600986",
		.text = "How are you?",
		.when = 1030394261, /* 2002-08-26 20:37:41 UTC */
		.zone_quarters = -4,
		.message_class = -1};
	char hex[SIM_PARTS_MAX][SIM_HEX_MAX];
	struct sim_shown shown;

	check(t, "one part", sim_deliver_write(&deliver, hex) == 1);
	check_text(
		t, "DELIVER", hex[0], "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07");
	check(t, "its length", sim_tpdu_length(hex[0]) == 30);

	check(t, "shown",
		sim_shown_read(
			"07919730071111F10414D04937BD2C7797E9D3E614000811309291024061080442043504410442", &shown));
	check_text(t, "sender", shown.number, "InternetSMS");
	check_text(t, "text", shown.text, "\xd1\x82\xd0\xb5\xd1\x81\xd1\x82");
	check_text(t, "stamp", shown.stamp, "11/03/29,19:20:04+16");
	check(t, "nothing shown of noise", !sim_shown_read("00FFFF", &shown) && !sim_shown_read("BD04=", &shown));
}

/* Each part's text, read back, makes the whole again, and no pair is cut. */
static void test_split(struct tally *t, const char *unit, unsigned units, bool wide, int parts)
{
	char text[4096] = "", whole[4096] = "", hex[SIM_PARTS_MAX][SIM_HEX_MAX];
	struct sim_deliver deliver = {
		.from = "TIM", .text = text, .message_class = -1, .reference = 77, .wide_reference = wide};

	for (unsigned i = 0; i < units; i++)
		strcat(text, unit);
	check(t, "parts of a long text", sim_deliver_write(&deliver, hex) == parts);
	for (int i = 0; i < parts; i++) {
		struct sim_shown shown = {0};
		check(t, "part shown", sim_shown_read(hex[i], &shown));
		strcat(whole, shown.text);
	}
	check_text(t, "whole text", whole, text);
}

static void test_report(struct tally *t)
{
	static const uint8_t address[] = {9, 0x81, 0x36, 0x39, 0x53, 0x39, 0xf6};
	char hex[SIM_HEX_MAX];

	/* 2012-09-11 05:40:36 UTC */
	sim_report_write(&(struct sim_report){.smsc = "+34656000311",
				 .reference = 0x5a,
				 .address = address,
				 .address_length = sizeof address,
				 .accepted = 1347342036,
				 .discharged = 1347342036,
				 .zone_quarters = 8,
				 .status = 0x30},
		hex);
	check_text(t, "STATUS-REPORT", hex, "07914356060013F1065A098136395339F6219011700463802190117004638030");
}

static void test_packing(struct tally *t)
{
	static const struct {
		const char *text, *packed;
	} rows[] = {
		{"123", "31D90C"},
		{"Hello World!", "C8329BFD065DDF72363904"},
		{"enhanced ^ {][} test |+~ ^ tests",
			"65373AEC1E97C9A00D05B4416D7C1BDE2605A297E774D006B8DAF4401B0A885E9ED3E7"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t septets[160], octets[141] = {0}, back[160];
		char hex[300], text[SIM_TEXT_MAX];
		int count = sim_septets_from_utf8(rows[i].text, septets, sizeof septets);
		check(t, rows[i].text, count > 0);
		sim_hex_write(octets, sim_pack(septets, (size_t)count, 0, octets), hex);
		check_text(t, "packed", hex, rows[i].packed);
		sim_unpack(octets, (size_t)count, 0, back);
		sim_utf8_from_septets(back, (size_t)count, text, sizeof text);
		check_text(t, "unpacked", text, rows[i].text);
	}
}

int self_test(void)
{
	struct tally tally = {0, 0};

	test_submit(&tally);
	test_broken_submit(&tally);
	test_deliver(&tally);
	test_split(&tally, "abc", 100, false, 2);	   /* 300 septets */
	test_split(&tally, "\xe2\x82\xac", 100, false, 2); /* € is two septets: 76 fit a part */
	test_split(&tally, "\xe2\x82\xac", 76, true, 1);
	test_split(&tally, "\xf0\x9f\x98\x8a", 66, false, 2); /* surrogate pairs: 33 fit a part */
	test_split(&tally, "\xd1\x82", 133, true, 3);
	test_report(&tally);
	test_packing(&tally);
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	return tally.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
