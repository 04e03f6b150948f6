/* Lines for whoever runs the appliance: "LEVEL text" to stderr, which the service manager stamps. Numbers of citizens are
 * masked by the caller with phone_mask. errno is preserved. Any thread; a line is written whole. */
#ifndef BANDITORE_LOG_H
#define BANDITORE_LOG_H

enum log_level {
	LOG_ERROR, /* somebody must act */
	LOG_WARN,  /* something is off and the box copes */
	LOG_INFO,  /* what the box did: starts, alerts, modems that change state */
	LOG_DEBUG, /* each step of each message */
};

void log_set_level(enum log_level level);
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
