#include "firmware-host/cli.h"
#include "firmware-host/cmd_config.h"
#include "firmware-host/cmd_pdu.h"
#include "firmware-host/cmd_subscriber.h"
#include "firmware-host/version.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int command_subscriber(struct cli *cli, int argc, char **argv, struct err *err)
{
	if (cli_help(argc > 2 ? 2 : argc, argv, "") || argc < 2) /* the command prints its own help */
		return cmd_subscriber(NULL, argc - 1, argv + 1, err);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return cmd_subscriber(NULL, argc - 1, argv + 1, err);
	}
	return cli_settings(cli, err) != 0 ? -1 : cmd_subscriber(cli->settings, argc - 1, argv + 1, err);
}

static int command_pdu(struct cli *cli, int argc, char **argv, struct err *err)
{
	(void)cli;
	return cmd_pdu(argc - 1, argv + 1, err);
}

static int command_config(struct cli *cli, int argc, char **argv, struct err *err)
{
	return cmd_config(cli->config_path, argc - 1, argv + 1, err);
}

static const struct command {
	const char *name, *summary;
	cli_command *run;
} commands[] = {
	{"run", "the appliance, in the foreground", cmd_run},
	{"status", "can the box alert now, and why not", cmd_status},
	{"alert", "an alert to everybody, or to zones", cmd_alert},
	{"clear", "the all-clear to exactly those an alert was for", cmd_clear},
	{"news", "a piece of municipal news", cmd_news},
	{"preview", "what an alert or news would be; sends nothing", cmd_preview},
	{"drill", "how long an alert would take today, and what would run out", cmd_drill},
	{"selftest", "tests modems, WhatsApp, disk, clock, battery, database now", cmd_selftest},
	{"message", "list, show, watch and cancel messages", cmd_message},
	{"subscriber", "add, remove, show, list, import, export, forget", command_subscriber},
	{"inbox", "what citizens wrote", cmd_inbox},
	{"keypad", "the officer's keypad, and its sheet on paper", cmd_keypad},
	{"officer", "who may order alerts: add, list, pin, unlock, remove", cmd_officer},
	{"operator", "who may use the console: add, list, password, totp, remove", cmd_operator},
	{"stats", "the figures of a pilot phase", cmd_stats},
	{"audit", "who ordered what: list, verify, export", cmd_audit},
	{"report", "citizens' reports: list, show, assign, reply, close, fold", cmd_report},
	{"appointment", "list, free, add, confirm, move, decline, export", cmd_appointment},
	{"media", "fetch what citizens sent beside words", cmd_media},
	{"modem", "find and nurse modems", cmd_modem},
	{"template", "the WhatsApp templates: list, sync, push", cmd_template},
	{"pdu", "decode and encode SMS PDUs", command_pdu},
	{"config", "check, example, manual", command_config},
};

static void usage(FILE *out)
{
	fprintf(out, "banditore %s, the town crier in a box\n\nusage: banditore [-c FILE] COMMAND …\n\n",
		banditore_version);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(out, "  %-11s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nFILE is /etc/banditore/banditore.cfg or $BANDITORE_CONFIG; every command has --help.\n");
}

static int command_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, argv[0]) != 0)
			continue;
		int result = commands[i].run(cli, argc, argv, err);
		if ((fflush(stdout) != 0 || ferror(stdout)) && result == 0)
			return err_set(
				err, EX_IOERR, "the output could not be written; is the disk full or the pipe closed?");
		return result;
	}
	return err_set(err, EX_USAGE, "there is no command \"%s\"; see: banditore --help", argv[0]);
}

int main(int argc, char **argv)
{
	const char *environment = getenv("BANDITORE_CONFIG");
	struct cli cli = {.config_path = environment && *environment ? environment : "/etc/banditore/banditore.cfg"};
	struct err err = {0};
	int first = 1;

	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is told as a full disk */
	while (first < argc && argv[first][0] == '-') {
		if (strcmp(argv[first], "-c") == 0 && first + 1 == argc) {
			fprintf(stderr, "banditore: -c needs a file; see: banditore --help\n");
			return EX_USAGE;
		} else if (strcmp(argv[first], "-c") == 0) {
			cli.config_path = argv[first + 1];
			first += 2;
		} else if (strcmp(argv[first], "--help") == 0 || strcmp(argv[first], "-h") == 0) {
			usage(stdout);
			return 0;
		} else if (strcmp(argv[first], "--version") == 0) {
			printf("banditore %s\n", banditore_version);
			return 0;
		} else {
			fprintf(stderr, "banditore: unknown option %s; see: banditore --help\n", argv[first]);
			return EX_USAGE;
		}
	}
	if (first >= argc) {
		usage(stderr);
		return EX_USAGE;
	}
	if (sodium_init() < 0) {
		fprintf(stderr, "banditore: no source of randomness; is /dev/urandom there?\n");
		return EX_OSERR;
	}
	int result = command_run(&cli, argc - first, argv + first, &err);
	cli_close(&cli);
	if (result == 0)
		return 0;
	if (err.text[0])
		fprintf(stderr, "banditore: %s\n", err.text);
	return err.status ? err.status : EX_REFUSED;
}
