/* The data coding scheme of an SMS (23.038 §4). Pure. */
#ifndef BANDITORE_DCS_H
#define BANDITORE_DCS_H

#include "modem/pdu.h"

enum dcs_waiting { DCS_WAITING_NONE, DCS_WAITING_DISCARD, DCS_WAITING_STORE };
enum dcs_waiting_kind { DCS_VOICEMAIL, DCS_FAX, DCS_EMAIL, DCS_OTHER };

struct dcs {
	enum pdu_alphabet alphabet; /* reserved codings read as GSM-7, as the clause asks */
	int8_t class;		    /* 0…3; -1: none */
	bool reserved;
	bool compressed;
	bool auto_delete;	    /* marked for deletion once read */
	enum dcs_waiting waiting;   /* message waiting indication: may its text be thrown away? */
	bool active;		    /* messages wait (waiting only) */
	enum dcs_waiting_kind kind; /* of which kind (waiting only) */
};

struct dcs dcs_read(uint8_t octet);

/* The general group without compression; class -1: none. */
uint8_t dcs_write(enum pdu_alphabet alphabet, int8_t class);

#endif
