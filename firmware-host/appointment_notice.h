/* What people are told about their appointments. */
#ifndef BANDITORE_APPOINTMENT_NOTICE_H
#define BANDITORE_APPOINTMENT_NOTICE_H

#include "config/settings.h"
#include "config/texts.h"
#include "db/appointment.h"

/* "martedì 24/11 alle 09:15", in the comune's time. Returns out. */
const char *appointment_notice_when(const struct texts *texts, int64_t start, char *out, size_t size);

/* "martedì"; 0 is Monday. */
void appointment_notice_weekday(const struct texts *texts, int weekday, char *out, size_t size);

/* The office's name as people read it; its id when the configuration has it no more. */
const char *appointment_notice_office(const struct settings *settings, const char *id);

/* Queues one of TEXT_APPOINTMENT_CONFIRMED to TEXT_APPOINTMENT_REMINDER; `more`: what the office adds, "" for nothing. Fails
 * as reply_queue does. Needs a transaction. */
int appointment_notice_send(struct db *db, const struct settings *settings, const struct texts *texts, enum text_id id,
	const struct appointment *appointment, const char *more, int64_t now, struct err *err);

/* Reminds of tomorrow's appointments once appointments.reminder_hour has come; at most 50 a call, so call it each minute.
 * Who cannot be answered counts as reminded. Returns how many were looked at, or -1. Needs a transaction. */
int appointment_notice_remind(
	struct db *db, const struct settings *settings, const struct texts *texts, int64_t now, struct err *err);

#endif
