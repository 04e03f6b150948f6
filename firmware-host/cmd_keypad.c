/* keypad: the officer's door; its sheet on paper. */
#include "firmware-host/cli.h"

#include "firmware-host/keypad/keypad.h"
#include "firmware-host/keypad/print.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
	"usage: banditore keypad [--device PATH|NAME|-] [--json]\n"
	"       banditore keypad sheet --svg FILE | --pdf FILE [--a5]\n\n"
	"The officer's keypad: a code of the sheet and ENTER, the read-back, the PIN and ENTER, 1 to send or 0 to stop; then 0\n"
	"stops it until the window (keypad.stop_window) is over. Runs beside `banditore run`, as its user.\n\n"
	"  --device D   instead of keypad.device. - is stdin: each line is what was typed before ENTER; the end of input before\n"
	"               the confirm digit starts nothing. From a terminal - reads keys\n"
	"  --json       one JSON line for each order on stdout, the rest on stderr\n\n"
	"sheet: the codes on one page to hang beside the box, A4, or A5 with --a5; --pdf needs the package librsvg2-bin.\n";

enum { OPT_DEVICE = 1000, OPT_JSON, OPT_SVG, OPT_PDF, OPT_A5 };

static const struct option options[] = {
	{"device", required_argument, NULL, OPT_DEVICE},
	{"json", no_argument, NULL, OPT_JSON},
	{"svg", required_argument, NULL, OPT_SVG},
	{"pdf", required_argument, NULL, OPT_PDF},
	{"a5", no_argument, NULL, OPT_A5},
	{NULL, 0, NULL, 0},
};

struct wanted {
	const char *device, *svg, *pdf;
	bool json, a5;
};

static int sheet_command(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	struct sheet *sheet;

	if (!wanted->svg == !wanted->pdf)
		return err_set(err, EX_USAGE, "say where to: --svg FILE or --pdf FILE");
	if (cli_texts(cli, err) != 0 || sheet_read(cli->settings->keypad.sheet, cli->settings->keypad.sheet_given,
						cli->settings, &sheet, err) != 0)
		return -1;
	int result = wanted->svg ? print_svg(sheet, cli->settings, cli->texts, wanted->a5, wanted->svg, err)
				 : print_pdf(sheet, cli->settings, cli->texts, wanted->a5, wanted->pdf, err);
	sheet_free(sheet);
	return result;
}

int cmd_keypad(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct wanted wanted = {0};

	if (cli_help(argc, argv, help))
		return 0;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (option == '?')
			return -1;
		wanted.device = option == OPT_DEVICE ? optarg : wanted.device;
		wanted.svg = option == OPT_SVG ? optarg : wanted.svg;
		wanted.pdf = option == OPT_PDF ? optarg : wanted.pdf;
		wanted.json = wanted.json || option == OPT_JSON;
		wanted.a5 = wanted.a5 || option == OPT_A5;
	}
	bool paper = optind < argc && strcmp(argv[optind], "sheet") == 0;
	if (cli_no_more(argc, argv, paper ? 1 : 0, err) != 0)
		return -1;
	if (paper)
		return sheet_command(cli, &wanted, err);
	if (wanted.svg || wanted.pdf || wanted.a5)
		return err_set(err, EX_USAGE, "--svg, --pdf and --a5 belong to: banditore keypad sheet");
	if (cli_texts(cli, err) != 0 || cli_db(cli, true, err) != 0)
		return -1;
	return keypad_run(cli, wanted.device ? wanted.device : cli->settings->keypad.device, wanted.json, err);
}
