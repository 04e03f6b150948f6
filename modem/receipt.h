/* Which of our sends a status report is about (23.040 §9.2.2.3; facts: TP-MR is 8 bits wide, per SIM, and wraps). Pure. */
#ifndef BANDITORE_RECEIPT_H
#define BANDITORE_RECEIPT_H

#include "modem/pdu.h"

/* A send that waits for its report. */
struct receipt_candidate {
	int64_t id;
	int16_t mr;	/* -1: unknown (no answer was seen) */
	int64_t sent_s; /* since 1970, by our clock */
	const char *to; /* as sent */
};

/* The index of the candidate the report is about, or -1. Candidates are of the SIM the report came to. MR equal (or unknown), recipient
 * equal or equal in its last digits (at least 6, all those of the shorter); the newest whose send time is between 2 days
 * before and 5 minutes after the report's SCTS, tolerating an hour of time zone error; if the report's address is
 * unusable, MR and time alone; a known MR wins over an unknown one. Implausible SCTS: the newest. */
int receipt_match(const struct pdu *report, const struct receipt_candidate *candidates, unsigned count);

/* Are two numbers one? "+393331234567", "3331234567" and "00393331234567" are. */
bool receipt_same_number(const char *one, const char *other);

#endif
