/* SMS transfer PDUs (3GPP TS 23.040 §9.2) from and to octets. Pure: no I/O, no clock, no allocation; any thread.
 *
 * Reading is forgiving where real modems and service centres err (facts are in the tests' vectors): a user data length
 * beyond the octets present, a header that overruns, impossible time stamps, MTI 3, a missing SMSC field. It never reads
 * past the end. Writing is strict. */
#ifndef BANDITORE_PDU_H
#define BANDITORE_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PDU_OCTETS_MAX = 272,	 /* SMSC field 12 + TPDU 164, and the padding some modems add to reports */
	PDU_ADDRESS_MAX = 32,	 /* "+", 20 digits, or 11 alphanumeric characters in UTF-8 (at most 22 octets), NUL */
	PDU_USER_DATA_MAX = 160, /* septets, one per octet; octets for the other alphabets */
	PDU_TEXT_MAX = 512,	 /* one segment as UTF-8 with NUL: 160 septets of up to 3 octets */
};

enum pdu_type { PDU_DELIVER, PDU_SUBMIT, PDU_STATUS_REPORT };
enum pdu_alphabet { PDU_GSM7, PDU_8BIT, PDU_UCS2 };
enum pdu_ton { PDU_TON_UNKNOWN = 0, PDU_TON_INTERNATIONAL = 1, PDU_TON_NATIONAL = 2, PDU_TON_ALPHANUMERIC = 5 };

/* What a TP-Status octet means (23.040 §9.2.3.15). */
enum pdu_status_class {
	PDU_STATUS_DELIVERED, /* 00–1F */
	PDU_STATUS_TRYING,    /* 20–3F: not final */
	PDU_STATUS_PERMANENT, /* 40–5F */
	PDU_STATUS_TEMPORARY, /* 60–7F: the service centre gave up; worth another send */
};

struct pdu_address {
	/* "+39…" when international, digits, or the alphanumeric name in UTF-8; "" when absent */
	char text[PDU_ADDRESS_MAX];
	uint8_t type; /* type-of-address octet as received */
	enum pdu_ton ton;
};

/* A time stamp as sent (23.040 §9.2.3.11). */
struct pdu_time {
	bool valid;
	int64_t seconds;	/* since 1970, UTC */
	int16_t offset_minutes; /* of the local time it was written in */
};

struct pdu_concat {
	uint16_t reference;
	uint8_t bits;	    /* 8 or 16; 0: not concatenated */
	uint8_t total, seq; /* seq 1…total */
};

struct pdu {
	enum pdu_type type;
	bool has_smsc;
	struct pdu_address smsc;
	struct pdu_address address;   /* originator, destination or recipient */
	struct pdu_time time;	      /* SCTS; SUBMIT: absolute validity */
	struct pdu_time discharge;    /* status report */
	uint8_t mr, pid, dcs, status; /* mr: SUBMIT and report; status: report */
	enum pdu_alphabet alphabet;
	int8_t class; /* 0…3, -1: none */
	bool compressed;
	bool report;	       /* SUBMIT TP-SRR, DELIVER TP-SRI */
	bool more;	       /* more messages to send is *set* when more wait (DELIVER) */
	uint8_t vpf;	       /* SUBMIT: 0 none, 1 enhanced, 2 relative, 3 absolute */
	uint8_t vp;	       /* relative validity octet */
	uint8_t udl;	       /* as declared */
	bool truncated;	       /* fewer octets than udl announced */
	uint8_t header_length; /* octets of user data header with its length octet; 0: none */
	uint8_t header[140];
	struct pdu_concat concat;
	bool ports; /* application port addressing present */
	uint16_t port_to, port_from;
	uint8_t locking, single;	 /* national language tables announced by the header; 0: default */
	uint8_t data_length;		 /* units after the header: septets, or octets */
	uint8_t data[PDU_USER_DATA_MAX]; /* septets one per octet (GSM-7), octets otherwise */
	bool has_pi; /* status report: TP-PI present; what it announces is read as far as it is there */
	uint8_t pi;
	uint16_t trailing;    /* octets behind the user data that nobody announced; ignored */
	uint16_t tpdu_length; /* octets without the SMSC field, as AT+CMGS counts; includes `trailing` */
};

enum pdu_smsc_field { PDU_SMSC_PRESENT, PDU_SMSC_ABSENT, PDU_SMSC_GUESS };

/* Reads one PDU. Message types 00 and the reserved 11 are DELIVER; 01 is SUBMIT whichever way it came, because a modem
 * lists what the host once stored; 10 is a STATUS-REPORT from the network and, when `mobile_originated`, an SMS-COMMAND,
 * which is refused. PDU_SMSC_GUESS: with the SMSC field, and when that cannot be read without it. Returns NULL, or why it
 * was refused (a constant string); *ret_pdu is then undefined. */
const char *pdu_decode(
	const uint8_t *octets, size_t length, enum pdu_smsc_field smsc, bool mobile_originated, struct pdu *ret_pdu);

/* The text of one segment as UTF-8; "" for 8-bit and compressed data. out has PDU_TEXT_MAX octets. Returns its length. */
int pdu_text(const struct pdu *pdu, char out[PDU_TEXT_MAX]);

/* What is to be written: one SUBMIT. */
struct pdu_submit {
	const char *smsc; /* E.164 or NULL: the one the SIM holds */
	const char *to;	  /* "+39…", or a short or national number */
	uint8_t mr;
	bool report, reject_duplicates;
	int16_t vp;			    /* relative octet; -1: no validity field */
	const struct pdu_time *vp_absolute; /* instead of vp; NULL: none */
	int8_t class;			    /* -1: none */
	enum pdu_alphabet alphabet;
	struct pdu_concat concat; /* bits 0: none */
	const uint8_t *data;	  /* septets one per octet, or octets */
	uint8_t data_length;
};

/* Returns the octets written (SMSC field included, TPDU length in *ret_tpdu_length), or -1 with *ret_why: invalid
 * destination, more than 20 digits, data too long. out has PDU_OCTETS_MAX octets. */
int pdu_encode_submit(const struct pdu_submit *submit, uint8_t *out, uint8_t *ret_tpdu_length, const char **ret_why);

enum pdu_status_class pdu_status_class(uint8_t status);
const char *pdu_status_class_to_string(
	enum pdu_status_class status); /* "delivered", "trying", "permanent", "temporary" */
const char *pdu_status_to_string(
	uint8_t status); /* "no response from SME"…; reserved values read as their class says */

/* Relative validity (23.040 §9.2.3.12.1): the longest octet not above the seconds asked; and back. */
uint8_t pdu_vp_from_seconds(uint32_t seconds);
uint32_t pdu_vp_to_seconds(uint8_t vp);

/* Hexadecimal of either case, blanks at the end ignored. A lone last digit is dropped: modems have cut a PDU in the middle
 * of an octet, and pdu_decode reads what is left. Returns octets, or -1: not hexadecimal, or longer than max. */
int hex_read(const char *text, size_t length, uint8_t *out, size_t max);
void hex_write(const uint8_t *octets, size_t length, char *out); /* upper case; out has 2 * length + 1 */

#endif
