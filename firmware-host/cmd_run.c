#include "firmware-host/cli.h"

#include "firmware-host/console/console.h"
#include "firmware-host/control.h"
#include "firmware-host/hub.h"
#include "firmware-host/log.h"
#include "firmware-host/version.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"usage: banditore run [--debug | --quiet]\n\n"
	"The appliance in the foreground. SIGTERM ends it within 5 s, SIGHUP reads the configuration again.\n"
	"Log lines go to stderr with citizens' numbers masked; --debug logs each message, --quiet only trouble.\n";

static const struct option options[] = {
	{"debug", no_argument, NULL, 'd'},
	{"quiet", no_argument, NULL, 'q'},
	{NULL, 0, NULL, 0},
};

static void warning_log(void *context, const char *line)
{
	(void)context;
	log_line(LOG_WARN, "%s", line);
}

int cmd_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	int lock, control;

	if (cli_help(argc, argv, help))
		return 0;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (option == '?')
			return -1;
		log_set_level(option == 'd' ? LOG_DEBUG : LOG_WARN);
	}
	if (optind < argc)
		return err_set(err, EX_USAGE, "run takes no arguments; see: banditore run --help");
	if (cli_texts(cli, err) != 0)
		return -1;
	/* One arena: the workers allocate next to nothing, and each further arena costs resident memory. */
	mallopt(M_ARENA_MAX, 1);
	if (control_listen(cli->settings->database, &lock, &control, err) != 0)
		return -1;
	if (cli_db(cli, true, err) != 0)
		goto unlock;
	if (db_check(cli->db, err) != 0)
		goto unlock;
	log_line(LOG_INFO, "banditore %s, %s", banditore_version, cli->settings->comune.name);
	settings_warnings(cli->settings, cli->config_path, warning_log, NULL);

	struct settings *settings = cli->settings;
	struct texts *texts = cli->texts;
	char database[SETTINGS_STRING_MAX];
	snprintf(database, sizeof database, "%s", settings->database);
	cli->settings = NULL; /* the hub owns them from here: SIGHUP replaces them */
	cli->texts = NULL;
	struct console_handle *console = console_start(cli->config_path);
	if (!console)
		log_line(LOG_ERROR, "there is no console: a thread could not be started");
	int result = hub_run(cli->config_path, settings, texts, cli->db, control, err);
	console_stop(console);
	control_remove(database);
	close(control);
	close(lock);
	return result;
unlock:
	control_remove(cli->settings->database);
	close(control);
	close(lock);
	return -1;
}
