/* `banditore config`: checks, shows and explains the configuration. Needs no running appliance and changes nothing. */
#ifndef BANDITORE_CMD_CONFIG_H
#define BANDITORE_CMD_CONFIG_H

#include "config/err.h"

/* path: the configuration file; argv: what stands behind "config": `check [--print]`, `example`, `manual` or --help. Prints
 * to stdout, warnings to stderr. Fails with EX_USAGE, EX_CONFIG as settings_read and texts_read do, or EX_IOERR when stdout
 * takes no more. */
int cmd_config(const char *path, int argc, char **argv, struct err *err);

#endif
