/* graph-sim: the WhatsApp Cloud API as a small program, with faults on demand. See README.md. */
#include "tests/graph-sim/control.h"
#include "tests/graph-sim/knobs.h"
#include "tests/graph-sim/loop.h"
#include "tests/graph-sim/self_test.h"
#include "tests/graph-sim/verbs.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

static void usage(FILE *out)
{
	fputs("usage: graph-sim --dir DIR [--port N] [--tls-port N] [--set KEY=VALUE]… [--do COMMAND]… [--log FILE]\n"
	      "                 [--die-with-parent]\n"
	      "       graph-sim ctl DIR COMMAND…\n"
	      "       graph-sim --self-test\n"
	      "\n"
	      "Serves the Graph API on 127.0.0.1, plain and TLS, and listens on DIR/control. In DIR: url, tls-url, "
	      "ca.pem, token,\n"
	      "app-secret, verify-token. --log adds a line of JSON for each message accepted, at once.\n"
	      "\n"
	      "settings:\n",
		out);
	knobs_help(out);
	fputs("\ncommands:\n", out);
	verbs_help(out);
}

static bool add(const char **list, unsigned *count, const char *text)
{
	if (*count == LOOP_OPTIONS_MAX)
		return false;
	list[(*count)++] = text;
	return true;
}

static bool read_port(const char *text, int *ret)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || number < 0 || number > 65535)
		return false;
	*ret = (int)number;
	return true;
}

/* Returns -1 to go on, or the exit status. */
static int read_options(int argc, char **argv, struct loop_options *options)
{
	static const struct option names[] = {{"dir", required_argument, NULL, 'd'},
		{"port", required_argument, NULL, 'p'}, {"tls-port", required_argument, NULL, 't'},
		{"set", required_argument, NULL, 's'}, {"do", required_argument, NULL, 'c'},
		{"log", required_argument, NULL, 'l'}, {"die-with-parent", no_argument, NULL, 'D'},
		{"self-test", no_argument, NULL, 'T'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	bool good = true;

	for (int option; good && (option = getopt_long(argc, argv, "d:s:l:h", names, NULL)) != -1;) {
		switch (option) {
		case 'd': options->dir = optarg; break;
		case 'p': good = read_port(optarg, &options->port); break;
		case 't': good = read_port(optarg, &options->tls_port); break;
		case 's': good = add(options->settings, &options->setting_count, optarg); break;
		case 'c': good = add(options->commands, &options->command_count, optarg); break;
		case 'l': options->log = optarg; break;
		case 'D': prctl(PR_SET_PDEATHSIG, SIGTERM); break;
		case 'T': return self_test();
		case 'h': usage(stdout); return EXIT_SUCCESS;
		default: good = false;
		}
	}
	if (good && optind == argc && options->dir != NULL)
		return -1;
	fputs("graph-sim: see graph-sim --help\n", stderr);
	return EX_USAGE;
}

int main(int argc, char **argv)
{
	struct loop_options options = {0};

	if (argc > 3 && strcmp(argv[1], "ctl") == 0)
		return control_client(argv[2], argc - 3, argv + 3);
	int status = read_options(argc, argv, &options);
	return status >= 0 ? status : loop_run(&options);
}
