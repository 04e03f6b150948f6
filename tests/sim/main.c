/* modem-sim: GSM modems on pseudo-terminals, with a network behind them that does as it is told. See README.md. */
#include "tests/sim/control.h"
#include "tests/sim/knobs.h"
#include "tests/sim/loop.h"
#include "tests/sim/self_test.h"
#include "tests/sim/verbs.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

static void usage(FILE *out)
{
	fputs("usage: modem-sim --dir DIR [--modem KEY=VALUE,…]… [--modems N] [--scenario FILE]… [--log FILE]\n"
	      "                 [--die-with-parent]\n"
	      "       modem-sim ctl DIR COMMAND…\n"
	      "       modem-sim --self-test\n"
	      "\n"
	      "Plugs simulated GSM modems as DIR/ttyUSB0, DIR/ttyUSB1, … and listens on DIR/control. Without --modem "
	      "and\n"
	      "--modems there is one. --log adds a line of JSON for each part the network accepts, at once.\n"
	      "\n"
	      "settings of a modem:\n",
		out);
	knobs_help(out);
	fputs("\ncommands (ctl, and scenario files); MODEM is a name, a tty, * for all or @ in a scenario:\n", out);
	verbs_help(out);
}

static bool add_modem(struct loop_options *options, const char *list)
{
	if (options->modem_count == SIM_MODEMS_MAX) {
		fprintf(stderr, "modem-sim: more than %d modems\n", SIM_MODEMS_MAX);
		return false;
	}
	options->modems[options->modem_count++] = list;
	return true;
}

static bool add_modems(struct loop_options *options, const char *number)
{
	for (long left = strtol(number, NULL, 10); left > 0; left--)
		if (!add_modem(options, ""))
			return false;
	return true;
}

static bool add_scenario(struct loop_options *options, const char *path)
{
	if (options->scenario_count == LOOP_OPTIONS_MAX)
		return false;
	options->scenarios[options->scenario_count++] = path;
	return true;
}

/* Returns -1 to go on, or the exit status. */
static int read_options(int argc, char **argv, struct loop_options *options)
{
	static const struct option names[] = {{"dir", required_argument, NULL, 'd'},
		{"modem", required_argument, NULL, 'm'}, {"modems", required_argument, NULL, 'n'},
		{"scenario", required_argument, NULL, 's'}, {"log", required_argument, NULL, 'l'},
		{"die-with-parent", no_argument, NULL, 'p'}, {"self-test", no_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	bool good = true;

	for (int option; good && (option = getopt_long(argc, argv, "d:m:s:l:h", names, NULL)) != -1;) {
		switch (option) {
		case 'd': options->dir = optarg; break;
		case 'm': good = add_modem(options, optarg); break;
		case 'n': good = add_modems(options, optarg); break;
		case 's': good = add_scenario(options, optarg); break;
		case 'l': options->log = optarg; break;
		case 'p': prctl(PR_SET_PDEATHSIG, SIGTERM); break;
		case 't': return self_test();
		case 'h': usage(stdout); return EXIT_SUCCESS;
		default: good = false;
		}
	}
	if (good && optind == argc && options->dir != NULL)
		return -1;
	fputs("modem-sim: see modem-sim --help\n", stderr);
	return EX_USAGE;
}

int main(int argc, char **argv)
{
	struct loop_options options = {0};

	if (argc > 3 && strcmp(argv[1], "ctl") == 0)
		return control_client(argv[2], argc - 3, argv + 3);
	int status = read_options(argc, argv, &options);
	if (status >= 0)
		return status;
	if (options.modem_count == 0)
		add_modem(&options, "");
	return loop_run(&options);
}
