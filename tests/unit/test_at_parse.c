/* Parsers of modem/at_parse.h and classes of modem/at_class.h, beyond what the captured lines of test_at_vectors.c show. */
#include "modem/at_class.h"
#include "modem/at_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_signal(void **state)
{
	int dbm = 0, ber = 0;

	(void)state;
	assert_true(at_parse_csq("+CSQ:4,0", &dbm, &ber));
	assert_int_equal(dbm, -105);
	assert_int_equal(ber, 0);
	assert_true(at_parse_csq("+CSQ: 31,99", &dbm, &ber));
	assert_int_equal(dbm, -51);
	assert_int_equal(ber, -1);
	assert_true(at_parse_csq("+CSQ: 99,99", &dbm, &ber));
	assert_int_equal(dbm, 0);
	assert_true(at_parse_csq("+CSQ: 191,99", &dbm, &ber));
	assert_int_equal(dbm, -25);
	assert_int_equal(at_dbm_from_csq(199), 0);
	assert_false(at_parse_csq("+CSQ: (0-31,99),(0-7,99)", &dbm, &ber));
	assert_true(at_parse_rssi("^RSSI: 12", &dbm));
	assert_int_equal(dbm, -89);
	assert_true(at_parse_rssi("^HCSQ:\"LTE\",60,50,71,20", &dbm));
	assert_int_equal(dbm, -61);
	assert_false(at_parse_rssi("^HCSQ:\"NOSERVICE\"", &dbm));
	assert_false(at_parse_rssi("^RSSI: 99", &dbm));
}

static void test_cesq(void **state)
{
	struct at_cesq signal;

	(void)state;
	assert_true(at_parse_cesq("+CESQ: 99,99,95,40,255,255", &signal));
	assert_int_equal(signal.rscp_dbm, -26);
	assert_int_equal(signal.ecn0_half_db, -9);
	assert_int_equal(signal.rssi_dbm, AT_UNKNOWN);
	assert_int_equal(signal.rsrp_dbm, AT_UNKNOWN);
	assert_int_equal(signal.ber, -1);
	assert_false(at_parse_cesq("+CESQ: 99,99,95", &signal));
}

static void test_registration(void **state)
{
	struct at_registration registration;

	(void)state;
	assert_true(at_parse_registration("+CREG: 2,1,\"0B,\"0100701\",7", &registration));
	assert_int_equal(registration.stat, 1);
	assert_string_equal(registration.lac, "B");
	assert_string_equal(registration.ci, "100701");
	assert_int_equal(registration.act, 7);
	assert_true(at_parse_registration("+CREG: 5", &registration));
	assert_int_equal(registration.n, -1);
	assert_int_equal(registration.stat, 5);
	assert_false(at_parse_registration("+CREG: (0-2)", &registration));
	assert_false(at_parse_registration("+CREG:", &registration));
	assert_true(at_is_registered(6) && at_is_registered(9) && at_is_registered(10));
	assert_false(at_is_registered(0) || at_is_registered(2) || at_is_registered(3) || at_is_registered(8));
	assert_true(at_is_roaming(5) && at_is_roaming(7) && at_is_roaming(10));
	assert_false(at_is_roaming(1) || at_is_roaming(6));
	assert_string_equal(at_technology(0), "2G");
	assert_string_equal(at_technology(6), "3G");
	assert_string_equal(at_technology(7), "LTE");
	assert_string_equal(at_technology(11), "5G");
	assert_string_equal(at_technology(-1), "");
}

static void test_operator(void **state)
{
	struct at_operator operator;

	(void)state;
	assert_true(at_parse_cops("+COPS: 0,0,\"TELE2,0", &operator));
	assert_string_equal(operator.name, "TELE2");
	assert_int_equal(operator.act, 0);
	assert_true(at_parse_cops("+COPS: 0", &operator));
	assert_string_equal(operator.name, "");
	assert_int_equal(operator.format, -1);
	assert_true(at_parse_cops("+COPS: 0,0,\"00490020005400490047\",2", &operator));
	assert_string_equal(operator.name, "I TIG");
	assert_false(at_parse_cops("+COPS: ", &operator));
}

static void test_identity(void **state)
{
	char text[24], word[AT_WORD_MAX], number[AT_NUMBER_MAX];
	int level;

	(void)state;
	assert_true(at_parse_imei("+CGSN: \"490154203237518\"", text));
	assert_string_equal(text, "490154203237518");
	assert_true(at_parse_imei("4901542032375181", text));
	assert_string_equal(text, "490154203237518");
	assert_false(at_parse_imei("ERROR", text));
	assert_false(at_parse_imei("49015420323751X", text));
	assert_true(at_parse_imsi("222017400000001", text));
	assert_false(at_parse_imsi("+CIMI: 12", text));
	assert_true(at_parse_iccid("+CCID: \"98932230123456789012\"", text));
	assert_string_equal(text, "89392203214365870921");
	assert_true(at_parse_iccid("^ICCID: 8939880123456789012F", text));
	assert_string_equal(text, "8939880123456789012");
	assert_true(at_parse_cpin("+CPIN:READY", word));
	assert_string_equal(word, "READY");
	assert_true(at_parse_cpin("+CPIN: \"SIM PIN\"", word));
	assert_string_equal(word, "SIM PIN");
	assert_false(at_parse_cpin("+CPIN: (0,1)", word));
	assert_true(at_parse_csca("+CSCA: \"393492000200\",145", number));
	assert_string_equal(number, "+393492000200");
	assert_false(at_parse_cfun("+CFUN: (0-1,4-7),(0-1)", &level));
}

static void test_stores(void **state)
{
	struct at_store stores[AT_STORES];
	uint32_t values[5];
	char store[AT_WORD_MAX];
	int index;

	(void)state;
	assert_int_equal(at_parse_cpms("+CPMS: 1,255,0,50,1,255", stores), 3);
	assert_string_equal(stores[1].name, "");
	assert_int_equal(stores[0].used, 1);
	assert_int_equal(stores[1].total, 50);
	assert_int_equal(at_parse_cpms("+CPMS: 3,20", stores), 1);
	assert_int_equal(at_parse_cpms("+CPMS:", stores), -1);
	assert_int_equal(at_parse_cpms("+CPMS: \"SM\",x,2", stores), -1);
	assert_int_equal(at_parse_cnmi_test("+CNMI: (0-2),(0-1,3),(0,2),(0-2),(0,1)", values), 5);
	assert_int_equal(values[0], 0x7);
	assert_int_equal(values[1], 0xb);
	assert_int_equal(values[2], 0x5);
	assert_int_equal(values[4], 0x3);
	assert_int_equal(at_parse_cnmi_test("+CNMI: (1,2),(0,1),0", values), 3);
	assert_int_equal(values[2], 0x1);
	assert_int_equal(at_parse_cnmi_test("+CNMI: ", values), -1);
	assert_int_equal(at_parse_cnmi_test("+CNMI: (0-99999999999)", values), 1);
	assert_int_equal(values[0], 0);
	assert_true(at_parse_stored("+CDSI: \"SR\",12", store, &index));
	assert_string_equal(store, "SR");
	assert_int_equal(index, 12);
	assert_false(at_parse_stored("+CMTI: \"SM\",-1", store, &index));
	assert_int_equal(at_parse_cmgs("+CMGS: 142"), 142);
	assert_int_equal(at_parse_cmgs("+CMGS:7,\"24/01/01\""), 7);
	assert_int_equal(at_parse_cmgs("+CMGS: 256"), -1);
	assert_int_equal(at_parse_cmgs("+CMGS:"), -1);
}

static void test_messages(void **state)
{
	struct at_message message;

	(void)state;
	assert_true(at_parse_message("+CMGL: 7,1,\"Rossi, Anna\",30", &message));
	assert_int_equal(message.index, 7);
	assert_int_equal(message.stat, 1);
	assert_int_equal(message.length, 30);
	assert_string_equal(message.name, "Rossi, Anna");
	assert_null(message.pdu);
	assert_true(at_parse_message("+CMGR: 4,1,,151", &message));
	assert_int_equal(message.stat, 4);
	assert_int_equal(message.length, 151);
	assert_true(at_parse_message("+CMGR: ,,92", &message));
	assert_int_equal(message.stat, -1);
	assert_true(at_parse_message("+CMGR: 0,,0", &message));
	assert_int_equal(message.length, 0);
	assert_true(at_parse_message("+CDS: ,25\n0006", &message));
	assert_int_equal(message.length, 25);
	assert_string_equal(message.pdu, "0006");
	assert_true(at_parse_message("+CMGR: \"REC READ\",\"+39333\",,\"24/01/01,10:00:00+04\"", &message));
	assert_true(message.text_mode);
	assert_true(at_parse_message("+CMT: \"+39333\",,\"24/01/01,10:00:00+04\"\nCiao", &message));
	assert_true(message.text_mode);
	assert_string_equal(message.pdu, "Ciao");
	assert_false(at_parse_message("+CMGL: x,1,,30", &message));
	assert_false(at_parse_message("+CMGR: 0,,", &message));
	assert_false(at_parse_message("+CSQ: 1,2", &message));
}

static void test_callers(void **state)
{
	struct at_caller caller;

	(void)state;
	assert_true(at_parse_clip("+CLIP: \"\",128,,,,1", &caller));
	assert_string_equal(caller.number, "");
	assert_true(at_parse_clip("+CLIP: \"393331234567\",145", &caller));
	assert_string_equal(caller.number, "+393331234567");
	assert_true(at_parse_clip("+CLIP: \"3331234567\",129", &caller));
	assert_string_equal(caller.number, "3331234567");
	assert_false(at_parse_clip("+CLIP:", &caller));
}

static void test_ussd(void **state)
{
	struct at_ussd ussd;

	(void)state;
	assert_true(at_parse_cusd("+CUSD: 0,\"0043007200650064006900740020\",72", &ussd));
	assert_string_equal(ussd.text, "Credit ");
	assert_int_equal(ussd.dcs, 72);
	assert_true(at_parse_cusd("+CUSD: 0,\"004300720065006400690074\",15", &ussd));
	assert_string_equal(ussd.text, "Credit");
	assert_true(at_parse_cusd("+CUSD: 0,\"10501050\",15", &ussd));
	assert_string_equal(ussd.text, "10501050");
	assert_true(at_parse_cusd("+CUSD: 0,\"Hai \"\"5\"\" euro, ciao\",15", &ussd));
	assert_string_equal(ussd.text, "Hai \"\"5\"\" euro, ciao");
	assert_true(at_parse_cusd("+CUSD: 4", &ussd));
	assert_int_equal(ussd.state, 4);
	assert_int_equal(ussd.dcs, -1);
	assert_string_equal(ussd.text, "");
	assert_true(at_parse_cusd("+CUSD: 1,\"aperto", &ussd));
	assert_string_equal(ussd.text, "aperto");
	assert_false(at_parse_cusd("+CUSD: ", &ussd));
}

static void test_prefix(void **state)
{
	static const char *const cases[][2] = {{"AT+CSQ", "+CSQ:"}, {"at+cpin?", "+cpin:"},
		{"AT+CPMS=\"ME\"", "+CPMS:"}, {"AT^HCSQ?", "^HCSQ:"}, {"AT%CPININFO", "%CPININFO:"}, {"ATI", ""},
		{"AT", ""}, {"AT&F", ""}, {"ATE0V1", ""}, {"AT+CGSN", ""}, {"AT+CCID", ""}, {"AT+CLAC", ""},
		{"AT+CGSMS?", "+CGSMS:"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char prefix[AT_PREFIX_MAX];

		at_prefix_of(cases[i][0], prefix);
		assert_string_equal(prefix, cases[i][1]);
	}
}

static void test_codes(void **state)
{
	(void)state;
	assert_string_equal(at_code_find("+CMTI: \"SM\",1")->name, "+CMTI");
	assert_string_equal(at_code_find("+CMT: ,23")->name, "+CMT");
	assert_null(at_code_find("+CMTX: 1"));
	assert_null(at_code_find("RINGING"));
	assert_null(at_code_find("+CMGS: 1"));
	assert_int_equal(at_code_find("^rssi:12")->rank, AT_RANK_NOISE);
	assert_int_equal(at_restart_sign("*ATREADY: 1"), AT_RESTART_SURE);
	assert_int_equal(at_restart_sign("+CPIN: SIM PIN"), AT_RESTART_NONE);
	assert_int_equal(at_restart_sign("^SIMST:1"), AT_RESTART_READY);
	assert_int_equal(at_restart_sign("+CMTI: \"SM\",1"), AT_RESTART_NONE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_cesq),
		cmocka_unit_test(test_registration),
		cmocka_unit_test(test_operator),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_stores),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_callers),
		cmocka_unit_test(test_ussd),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests_name("at parse", tests, NULL, NULL);
}
