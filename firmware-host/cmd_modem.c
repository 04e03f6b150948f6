#include "firmware-host/cli.h"

#include "firmware-host/control.h"
#include "firmware-host/json.h"
#include "modem/ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: banditore modem list [--json]\n"
	"       banditore modem probe [PORT] [--json]\n"
	"       banditore modem at NAME COMMAND\n"
	"       banditore modem ussd NAME CODE\n\n"
	"list: the modems of the running appliance. probe: asks PORT, or every port that may be a modem's, who is there (a port\n"
	"the appliance uses is busy). at, ussd: through the running appliance, between two messages.\n";

enum { ASK_MS = 5000, COMMAND_MS = 200 * 1000, BAUD = 115200 };

static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};

static void answer_print(void *context, const char *data)
{
	(void)context;
	cli_print(data);
}

static void modem_line(const json_t *modem)
{
	printf("%-8s %-9s %-24s %s %s, IMEI %s, SIM %s%s%s\n", json_text_of(modem, "name"),
		json_text_of(modem, "state"), json_text_of(modem, "port"), json_text_of(modem, "manufacturer"),
		json_text_of(modem, "model"), json_text_of(modem, "imei"), json_text_of(modem, "sim"),
		json_text_of(modem, "why")[0] ? ": " : "", json_text_of(modem, "why"));
}

static int modem_list(struct cli *cli, bool json, struct err *err)
{
	char *text;

	if (cli_settings(cli, err) != 0)
		return -1;
	if (control_ask_text(cli->settings->database, "status", ASK_MS, &text, err) != 0)
		return -1;
	json_t *status = json_loads(text ? text : "null", 0, NULL);
	const json_t *modems = json_object_get(status, "modems");
	if (json) {
		json_print(modems);
	}
	for (size_t i = 0; i < json_array_size(modems) && !json; i++)
		modem_line(json_array_get(modems, i));
	json_decref(status);
	free(text);
	return 0;
}

static void probe_show(const struct port *port, const struct port_answer *answer, json_t *list)
{
	if (list) {
		json_t *json = json_object();
		json_object_set_new(json, "port", json_string(port->path));
		json_object_set_new(json, "role", json_string(port_role_to_string(port->role)));
		json_object_set_new(json, "answers", json_boolean(answer->answers));
		json_object_set_new(json, "sms", json_boolean(answer->sms));
		json_object_set_new(json, "manufacturer", json_string(answer->manufacturer));
		json_object_set_new(json, "model", json_string(answer->model));
		json_object_set_new(json, "imei", json_string(answer->imei));
		json_object_set_new(json, "why", json_string(answer->why));
		json_array_append_new(list, json);
	} else if (answer->answers) {
		printf("%s: %s %s, IMEI %s%s\n", port->path, answer->manufacturer, answer->model, answer->imei,
			answer->sms ? "" : ", takes no SMS commands here");
	} else {
		printf("%s: %s\n", port->path, answer->why);
	}
}

static int modem_probe(const char *want, bool json, struct err *err)
{
	struct port *ports = calloc(PORTS_MAX, sizeof *ports);
	char remedy[PORTS_REMEDY_MAX];
	int found = 0;

	if (!ports)
		return err_set(err, EX_OSERR, "out of memory");
	unsigned count = ports_find(PORTS_SYSFS, want ? want : "auto", ports, PORTS_MAX);
	json_t *list = json ? json_array() : NULL;
	struct port_answer answer = {0};
	for (unsigned i = 0; i < count; i++) {
		port_probe(&ports[i], BAUD, &answer);
		probe_show(&ports[i], &answer, list);
		found += answer.answers;
	}
	if (json) {
		json_print(list);
	}
	json_decref(list);
	free(ports);
	if (found > 0)
		return 0;
	if (ports_remedy(PORTS_SYSFS, remedy))
		return err_set(err, EX_UNAVAILABLE, "%s", remedy);
	if (count == 1 && want)
		return err_set(err, EX_UNAVAILABLE, "no modem answers on %s: %s", want, answer.why);
	return err_set(
		err, EX_UNAVAILABLE, "no modem was found; plug one in, and see that the user is in the group dialout");
}

static int modem_ask(struct cli *cli, const char *verb, int argc, char **argv, struct err *err)
{
	char request[1024];

	if (argc != 4)
		return err_set(err, EX_USAGE, "modem %s needs a modem's name and a %s, in quotes when it has blanks",
			verb, strcmp(verb, "at") == 0 ? "command" : "code");
	if (cli_settings(cli, err) != 0)
		return -1;
	int length = snprintf(request, sizeof request, "%s %s\n%s", verb, argv[2], argv[3]);
	if ((size_t)length >= sizeof request || strchr(argv[2], '\n') || strpbrk(argv[3], "\r\n"))
		return err_set(err, EX_USAGE, "the command must be one line of at most 900 characters");
	return control_ask(cli->settings->database, request, COMMAND_MS, answer_print, NULL, err);
}

int cmd_modem(struct cli *cli, int argc, char **argv, struct err *err)
{
	bool json = false;

	if (cli_help(argc, argv, help))
		return 0;
	if (argc > 1 && (strcmp(argv[1], "at") == 0 || strcmp(argv[1], "ussd") == 0))
		return modem_ask(cli, argv[1], argc, argv, err);
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (option == '?')
			return -1;
		json = true;
	}
	if (optind == argc)
		return err_set(err, EX_USAGE, "say what: list, probe, at or ussd; see: banditore modem --help");
	const char *act = argv[optind];
	if (cli_no_more(argc, argv, strcmp(act, "probe") == 0 ? 2 : 1, err) != 0)
		return -1;
	if (strcmp(act, "list") == 0)
		return modem_list(cli, json, err);
	if (strcmp(act, "probe") == 0)
		return modem_probe(optind + 1 < argc ? argv[optind + 1] : NULL, json, err);
	return err_set(err, EX_USAGE, "modem %.64s is not known; see: banditore modem --help", act);
}
