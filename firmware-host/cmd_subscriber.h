/* `banditore subscriber`: the people on the list. The running appliance sees every change by itself. */
#ifndef BANDITORE_CMD_SUBSCRIBER_H
#define BANDITORE_CMD_SUBSCRIBER_H

#include "config/settings.h"

/* argv: what stands behind "subscriber": add, remove, show, list, import, export, forget and their arguments. settings
 * may be NULL only when --help is among them, or nothing is. Prints to stdout, bad lines and the progress bar to
 * stderr. Fails with EX_USAGE, EX_DATAERR (a number, word or line that is wrong), EX_REFUSED (nobody has this number),
 * EX_IOERR (FILE), and as db.h says. */
int cmd_subscriber(const struct settings *settings, int argc, char **argv, struct err *err);

#endif
