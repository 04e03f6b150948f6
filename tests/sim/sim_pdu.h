/* What the simulated network reads and writes (3GPP TS 23.040 9.2.2): SUBMIT in, DELIVER and STATUS-REPORT out, and
 * DELIVER in for the modem's text mode. Small on purpose and no kin of modem/pdu.c. Pure functions, any thread. */
#ifndef BANDITORE_SIM_PDU_H
#define BANDITORE_SIM_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
	SIM_NUMBER_MAX = 24,	    /* "+", 20 digits or 11 characters, NUL */
	SIM_TPDU_MAX = 164,	    /* the longest TPDU (SUBMIT with absolute validity) */
	SIM_PDU_MAX = 12 + 164,	    /* with its SMSC field */
	SIM_HEX_MAX = 2 * 176 + 1,  /* a PDU as text */
	SIM_TEXT_MAX = 160 * 3 + 1, /* the text of one part in UTF-8 */
	SIM_STAMP_MAX = 36,	    /* 20 characters; room for digits no clock shows */
	SIM_PARTS_MAX = 16,	    /* parts of one incoming text */
};

struct sim_submit {
	uint8_t first_octet; /* as received */
	char to[SIM_NUMBER_MAX];
	uint8_t address[12];   /* length in digits, type, digits: as received, for the report */
	size_t address_length; /* octets used */
	uint8_t dcs;
	bool wants_report;		 /* TP-SRR */
	unsigned reference, parts, part; /* concatenation; parts 0: none */
	char text[SIM_TEXT_MAX];	 /* UTF-8; 8-bit data as hexadecimal */
	uint8_t body_hash[8]; /* of address, DCS and user data without the header's reference: equal for a copy */
};

/* A TPDU without SMSC field. Returns 0, or the +CMS ERROR code a modem would give (304: invalid PDU). */
int sim_submit_read(const uint8_t *tpdu, size_t length, struct sim_submit *ret);

/* Builds the SUBMIT of a text-mode AT+CMGS: no validity, `first_octet` and `dcs` from AT+CSMP. Octets written, 0: the
 * text is too long or outside the alphabet. */
size_t sim_submit_write(uint8_t first_octet, const char *to, uint8_t dcs, const char *text, uint8_t tpdu[SIM_TPDU_MAX]);

struct sim_deliver {
	const char *smsc;    /* NULL or "": none */
	const char *from;    /* digits with or without '+', or up to 11 characters */
	const char *text;    /* UTF-8 */
	time_t when;	     /* SCTS */
	int zone_quarters;   /* quarter hours east of UTC */
	int message_class;   /* 0..3, -1: none */
	unsigned reference;  /* of a concatenated message */
	bool wide_reference; /* 16 bits */
};

/* One hexadecimal PDU for each part. Returns how many, or -1: bad number, no UTF-8, or too long for SIM_PARTS_MAX. */
int sim_deliver_write(const struct sim_deliver *deliver, char hex[SIM_PARTS_MAX][SIM_HEX_MAX]);

struct sim_report {
	const char *smsc;
	uint8_t reference;	/* TP-MR */
	const uint8_t *address; /* of the SUBMIT: sim_submit.address */
	size_t address_length;
	time_t accepted, discharged;
	int zone_quarters;
	uint8_t status; /* TP-ST (23.040 9.2.3.15) */
};
void sim_report_write(const struct sim_report *report, char hex[SIM_HEX_MAX]);

/* What text mode shows of a stored PDU. */
struct sim_shown {
	unsigned type; /* TP-MTI: 0 DELIVER, 1 SUBMIT, 2 STATUS-REPORT */
	uint8_t first_octet, reference, status;
	char number[SIM_NUMBER_MAX];
	uint8_t dcs;
	char stamp[SIM_STAMP_MAX]; /* "yy/MM/dd,hh:mm:ss+zz"; empty for SUBMIT */
	char text[SIM_TEXT_MAX];
};
/* False: no PDU a modem could show. */
bool sim_shown_read(const char *hex, struct sim_shown *ret);

/* Octets of the TPDU inside a hexadecimal PDU with SMSC field, as +CMGL announces them; half its digits less one when
 * it is broken. */
size_t sim_tpdu_length(const char *hex);

#endif
