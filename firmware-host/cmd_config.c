#include "firmware-host/cmd_config.h"

#include "config/settings.h"
#include "config/texts.h"
#include "firmware-host/keypad/sheet.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: banditore [-c FILE] config check [--print]\n"
	"       banditore config example | manual\n"
	"\n"
	"  check     reads the configuration and the texts and names the first fault with file, line and remedy\n"
	"  --print   also prints the effective configuration, defaults included and PINs hidden\n"
	"  example   prints a commented configuration to start from\n"
	"  manual    prints the table of all keys\n";

static void warn(void *context, const char *line)
{
	(void)context;
	fprintf(stderr, "banditore: warning: %s\n", line);
}

static int check(const char *path, bool print, struct err *err)
{
	struct settings *settings;
	struct texts *texts;
	struct sheet *sheet;

	if (settings_read(path, &settings, err) != 0)
		return -1;
	if (texts_read(settings->texts, settings->texts_given, &texts, err) != 0) {
		settings_free(settings);
		return -1;
	}
	texts_free(texts);
	if (sheet_read(settings->keypad.sheet, settings->keypad.sheet_given, settings, &sheet, err) != 0) {
		settings_free(settings);
		return -1;
	}
	sheet_free(sheet);
	settings_warnings(settings, path, warn, NULL);
	/* As a comment when it heads what is meant to be read back. */
	printf("%sconfiguration ok: %s\n", print ? "# " : "", path);
	if (print)
		settings_print(settings, stdout);
	settings_free(settings);
	return 0;
}

static int run(const char *path, int argc, char **argv, struct err *err)
{
	const char *verb = argc > 0 ? argv[0] : "";
	bool print = false;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			fputs(usage, stdout);
			return 0;
		}
	}
	if (strcmp(verb, "check") == 0) {
		for (int i = 1; i < argc; i++) {
			if (strcmp(argv[i], "--print") != 0)
				return err_set(
					err, EX_USAGE, "config check: unknown argument %s; see config --help", argv[i]);
			print = true;
		}
		return check(path, print, err);
	}
	if (strcmp(verb, "example") != 0 && strcmp(verb, "manual") != 0)
		return err_set(err, EX_USAGE, "config: write check, example or manual behind it; see config --help");
	if (argc > 1)
		return err_set(err, EX_USAGE, "config %s: takes no arguments; see config --help", verb);
	if (strcmp(verb, "example") == 0)
		settings_print_example(stdout);
	else
		settings_print_manual(stdout);
	return 0;
}

int cmd_config(const char *path, int argc, char **argv, struct err *err)
{
	if (run(path, argc, argv, err) != 0)
		return -1;
	/* `config example > FILE` onto a full disk must not pass for done. */
	if (fflush(stdout) != 0 || ferror(stdout))
		return err_set(err, EX_IOERR, "config: stdout cannot be written: %s; make room there", strerror(errno));
	return 0;
}
