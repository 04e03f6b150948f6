/* Information lines and unsolicited codes, read (27.005 §3, 27.007 §5 to §8). Pure; any thread.
 *
 * Tolerant as real modems need it: a missing blank after the colon, blanks around fields, leading zeros, strings without
 * quotes or with one too many, fields left out at the end, strings as UCS-2 hexadecimal, the test form given for a value.
 * Every function takes the line with or without its prefix, returns false (or a negative number) for what cannot be read,
 * and leaves its results as they were then. A number not told is -1, a string not told is empty. */
#ifndef BANDITORE_AT_PARSE_H
#define BANDITORE_AT_PARSE_H

#include "modem/cbs.h"
#include "modem/pdu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AT_FIELDS_MAX = 32,
	AT_NUMBER_MAX = 32, /* a telephone number, with NUL */
	AT_NAME_MAX = 64,   /* an operator's or phone book's name in UTF-8 */
	AT_WORD_MAX = 16,   /* "SIM PUK2", "SM", "UCS2" */
	AT_WORDS_MAX = 12,  /* of one list */
	AT_STORES = 3,	    /* of +CPMS */
	AT_USSD_MAX = 1536, /* a +CUSD text in UTF-8 */
};

/* ---- fields ---- */

struct at_fields {
	unsigned count;
	struct {
		const char *text; /* into the line, quotes and blanks around it removed */
		size_t length;
		bool quoted;
	} field[AT_FIELDS_MAX];
};

/* What follows the prefix ("+CSQ:"), or the line itself when it does not begin so. */
const char *at_argument(const char *line, const char *prefix);

/* Splits at the commas outside quotes and parentheses. A quote that nothing closes ends with its field. */
void at_fields_split(const char *text, struct at_fields *ret_fields);

/* False when the field is missing, empty or no number. */
bool at_field_integer(const struct at_fields *fields, unsigned index, int *ret_value);
void at_field_string(const struct at_fields *fields, unsigned index, char *out, size_t size); /* cut to fit */

/* Does a string look like UCS-2 in hexadecimal (AT+CSCS="UCS2", and some firmware always)? At least two groups of four
 * digits, all beginning with 00 to 05, 1E or 20: Latin, Greek, Cyrillic, Hebrew, punctuation. */
bool at_string_is_ucs2(const char *text, size_t length);

bool at_ucs2_read(const char *text, size_t length, char *out, size_t size);   /* as UTF-8; false: not hexadecimal */
void at_string_read(const char *text, size_t length, char *out, size_t size); /* as UTF-8, whichever it is */

/* A list of words: `("SM","ME")`, `"SM"`, `()`, with or without quotes. Returns their count. */
unsigned at_words_read(const char *text, size_t length, char out[AT_WORDS_MAX][AT_WORD_MAX]);

/* ---- signal and registration ---- */

int at_dbm_from_csq(int value); /* 27.007 §8.5, and the 100 to 191 of LTE firmware; 0: unknown */
bool at_parse_csq(const char *line, int *ret_dbm, int *ret_ber);

/* 27.007 §8.69. In half decibels, because two of them come so; AT_UNKNOWN: not told. */
enum { AT_UNKNOWN = INT16_MIN };
struct at_cesq {
	int rssi_dbm, ber, rscp_dbm, ecn0_half_db, rsrq_half_db, rsrp_dbm;
};
bool at_parse_cesq(const char *line, struct at_cesq *ret);

/* "^RSSI: 12" as AT+CSQ counts; "^HCSQ: "LTE",…" by its own tables. False also when it tells no signal. */
bool at_parse_rssi(const char *line, int *ret_dbm);

/* +CREG, +CGREG, +CEREG and +C5GREG, answer or unsolicited (at_class.h has the rule). */
struct at_registration {
	char domain[8]; /* "CREG"; empty without prefix */
	int n, stat, act;
	char lac[12], ci[20]; /* upper case without leading zeros; empty: not told, or all zeros */
};
bool at_parse_registration(const char *line, struct at_registration *ret);
bool at_is_registered(int stat); /* a state in which SMS can be sent: home or roaming, SMS only and CSFB among them */
bool at_is_roaming(int stat);
const char *at_technology(int act); /* "2G", "3G", "LTE", "5G"; "" unknown */

struct at_operator {
	int mode, format, act;
	char name[AT_NAME_MAX];
};
bool at_parse_cops(const char *line, struct at_operator *ret);

/* ---- SIM and identity ---- */

bool at_parse_cpin(const char *line, char out[AT_WORD_MAX]); /* "READY", "SIM PIN"…, upper case */

/* 18 to 20 digits that begin with 89 (ITU-T E.118), hexadecimal ones of some operators kept, quotes and padding removed,
 * nibbles swapped back where the modem gave them as the SIM stores them. */
bool at_parse_iccid(const char *line, char out[24]);
bool at_parse_imei(const char *line, char out[20]); /* 15 digits, of the 14 to 17 some give the first 15 */
bool at_parse_imsi(const char *line, char out[20]);
bool at_parse_cnum(const char *line, char out[AT_NUMBER_MAX]); /* true with "" when the SIM does not know its number */
bool at_parse_csca(const char *line, char out[AT_NUMBER_MAX]); /* the same; '+' is put before type 145 */
bool at_parse_cfun(const char *line, int *ret_level);
bool at_parse_cclk(const char *line, struct pdu_time *ret_time);

/* ---- messages ---- */

struct at_store {
	char name[AT_WORD_MAX]; /* empty in the answer to AT+CPMS=… */
	int used, total;
};
/* Answer to AT+CPMS? and AT+CPMS=…. Returns how many of the three are told, or -1. */
int at_parse_cpms(const char *line, struct at_store out[AT_STORES]);

struct at_store_names {
	unsigned count;
	char name[AT_WORDS_MAX][AT_WORD_MAX];
};
/* Answer to AT+CPMS=?. Returns how many of the three lists are told (some modems have two), or -1. */
int at_parse_cpms_test(const char *line, struct at_store_names out[AT_STORES]);

/* Answer to AT+CNMI=?: for each parameter, bit n stands for the value n. Returns how many of the five are told, or -1. */
int at_parse_cnmi_test(const char *line, uint32_t out[5]);

int at_parse_cscs_test(const char *line, char out[AT_WORDS_MAX][AT_WORD_MAX]); /* count, or -1 */

/* The topics of +CSCB, sorted and joined. Returns their count, or -1. */
int at_parse_cscb(const char *line, struct cbs_range out[CBS_RANGES_MAX]);

/* The header of +CMGL, +CMGR, +CMT, +CDS or +CBM, and the PDU when it follows after '\n'. */
struct at_message {
	int index;		/* +CMGL */
	int stat;		/* +CMGL, +CMGR: 0 unread, 1 read, 2 to send, 3 sent */
	int length;		/* octets of the TPDU (+CBM: of the page) as the modem counts them */
	bool text_mode;		/* not a PDU header: the modem has lost AT+CMGF=0 */
	char name[AT_NAME_MAX]; /* from the phone book */
	const char *pdu;	/* into the line; NULL: none */
};
bool at_parse_message(const char *line, struct at_message *ret);

/* +CMTI and +CDSI. False without an index: then the stores are to be swept. */
bool at_parse_stored(const char *line, char store[AT_WORD_MAX], int *ret_index);

int at_parse_cmgs(const char *line); /* the reference 0…255, or -1 */

/* ---- calls and USSD ---- */

struct at_caller {
	char number[AT_NUMBER_MAX]; /* empty: withheld */
	int type;		    /* type of address: 129, 145… */
	int class;		    /* +CCWA */
};
bool at_parse_clip(const char *line, struct at_caller *ret); /* +CLIP and +CCWA */

struct at_call {
	int index, direction, stat, mode, type;
	char number[AT_NUMBER_MAX];
};
bool at_parse_clcc(const char *line, struct at_call *ret);

/* +CUSD. `text` is decoded from UCS-2 or packed GSM-7 in hexadecimal where it is such (27.007 §7.15). */
struct at_ussd {
	int state; /* 0 done, 1 an answer is wanted, 2 ended by the network, 3 another client, 4 not supported, 5 time-out */
	int dcs;
	char text[AT_USSD_MAX];
};
bool at_parse_cusd(const char *line, struct at_ussd *ret);

#endif
