/* The command line: what every subcommand shares. */
#ifndef BANDITORE_CLI_H
#define BANDITORE_CLI_H

#include "config/settings.h"
#include "config/texts.h"
#include "db/db.h"

#include <getopt.h>

struct cli {
	const char *config_path;
	struct settings *settings; /* NULL until asked for */
	struct texts *texts;
	struct db *db;
};

/* A command: argv[0] is its name. 0, or -1 with what to print and the exit status. */
typedef int cli_command(struct cli *cli, int argc, char **argv, struct err *err);

cli_command cmd_run, cmd_status, cmd_alert, cmd_news, cmd_clear, cmd_preview, cmd_message, cmd_modem, cmd_inbox,
	cmd_template, cmd_report, cmd_appointment, cmd_officer, cmd_audit, cmd_keypad, cmd_media, cmd_operator,
	cmd_stats, cmd_drill, cmd_selftest;

/* Opened when first asked for; closed by cli_close. cli_settings also sets the process's time zone. */
int cli_settings(struct cli *cli, struct err *err);
int cli_texts(struct cli *cli, struct err *err);
int cli_db(struct cli *cli, bool create, struct err *err);
void cli_close(struct cli *cli);

/* getopt_long with our wording: the option's value, '?' with err filled, or -1 at the end. */
int cli_option(int argc, char **argv, const struct option *options, struct err *err);

/* "--help": prints the text and returns true. */
bool cli_help(int argc, char **argv, const char *text);

/* Refuses words left over behind the `most` that were expected. */
int cli_no_more(int argc, char **argv, int most, struct err *err);

/* A whole number of at least 1. */
int cli_number(const char *text, const char *what, int64_t *ret, struct err *err);

/* Who is at the keys, for the audit trail. */
const char *cli_who(void);

/* Prints JSON text and a newline. */
void cli_print(const char *text);

#endif
