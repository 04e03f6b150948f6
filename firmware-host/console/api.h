/* The handlers of routes.c, by file. */
#ifndef BANDITORE_CONSOLE_API_H
#define BANDITORE_CONSOLE_API_H

#include "firmware-host/console/routes.h"

/* api_login.c, api_operator.c */
route_handler api_session, api_setup, api_login, api_logout, api_password;
route_handler api_operators, api_operator_add, api_operator_remove;

/* api_status.c: how the box is and what it is set to */
route_handler api_status, api_comune, api_settings, api_templates, api_officers, api_openapi;

/* api_order.c */
route_handler api_order_templates, api_preview, api_alert, api_news, api_clear, api_test, api_cancel;

/* api_message.c */
route_handler api_messages, api_message, api_recipients, api_recipients_csv, api_curve, api_events;

/* api_people.c */
route_handler api_subscribers, api_subscriber, api_subscriber_story, api_subscriber_add, api_subscriber_leave,
	api_subscriber_erase, api_import, api_subscribers_csv;

/* api_report.c */
route_handler api_inbox, api_inbox_one, api_reports, api_report, api_reports_csv, api_report_assign, api_report_reply,
	api_report_close, api_report_fold, api_media;

/* api_appointment.c */
route_handler api_appointments, api_appointment, api_calendar, api_slots, api_appointment_add, api_appointment_confirm,
	api_appointment_decline, api_appointment_move;

/* api_stats.c */
route_handler api_stats, api_stats_csv, api_audit, api_audit_verify, api_metrics;

#endif
