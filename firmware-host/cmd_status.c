#include "firmware-host/cli.h"

#include "firmware-host/console/certificate.h"
#include "firmware-host/console/console.h"
#include "firmware-host/control.h"
#include "firmware-host/health.h"
#include "firmware-host/json.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"usage: banditore status [--json] [--watch]\n\n"
	"Can the box alert now, and why not; modems, queue, clock, disk. --watch repeats every second.\n"
	"Exit status 69 when the appliance is not running.\n";

enum { ASK_MS = 5000, WATCH_MS = 1000 };

static const struct option options[] = {
	{"json", no_argument, NULL, 'j'},
	{"watch", no_argument, NULL, 'w'},
	{NULL, 0, NULL, 0},
};

static long long count_of(const json_t *json, const char *key)
{
	return (long long)json_integer_value(json_object_get(json, key));
}

static void modem_print(const json_t *modem)
{
	const json_t *signal = json_object_get(modem, "signal_dbm"), *left = json_object_get(modem, "budget_left");

	printf("%-10s %s%s%s, %s %s", json_text_of(modem, "name"), json_text_of(modem, "state"),
		json_text_of(modem, "why")[0] ? ": " : "", json_text_of(modem, "why"), json_text_of(modem, "operator"),
		json_text_of(modem, "technology"));
	if (json_is_integer(signal))
		printf(" %lld dBm", (long long)json_integer_value(signal));
	printf(", sent today %lld", count_of(modem, "sent_today"));
	if (json_is_integer(left))
		printf(", may send %lld more", (long long)json_integer_value(left));
	printf(" (%s)\n", json_text_of(modem, "port"));
}

static void whatsapp_print(const json_t *whatsapp)
{
	const char *why = json_text_of(whatsapp, "why"), *webhook = json_text_of(whatsapp, "webhook");
	const json_t *left = json_object_get(whatsapp, "left_today");

	printf("whatsapp   %s%s%s", json_text_of(whatsapp, "state"), why[0] ? ": " : "", why);
	if (webhook[0])
		printf(", webhook %s", webhook);
	if (json_is_integer(left))
		printf(", may write to %lld more people today", (long long)json_integer_value(left));
	printf("\n");
}

static void console_print(const json_t *console)
{
	if (!json_text_of(console, "url")[0])
		return;
	printf("console    %s\n", json_text_of(console, "url"));
	if (json_text_of(console, "fingerprint")[0])
		printf("           certificate SHA-256 %s\n", json_text_of(console, "fingerprint"));
	if (json_text_of(console, "first_code")[0])
		printf("           nobody may log in yet; code of the first login: %s\n",
			json_text_of(console, "first_code"));
}

static void status_print(const json_t *json)
{
	const json_t *clock = json_object_get(json, "clock"), *queue = json_object_get(json, "queue");
	const json_t *people = json_object_get(json, "subscribers");
	const json_t *modems = json_object_get(json, "modems");

	printf("%s\n\n", json_text_of(json, "why"));
	for (size_t i = 0; i < json_array_size(modems); i++)
		modem_print(json_array_get(modems, i));
	whatsapp_print(json_object_get(json, "whatsapp"));
	printf("queue      alerts %lld, news %lld, replies %lld\n", count_of(queue, "alerts"), count_of(queue, "news"),
		count_of(queue, "replies"));
	printf("people     %lld: %lld by WhatsApp, %lld by SMS\n", count_of(people, "active"),
		count_of(people, "whatsapp"), count_of(people, "sms"));
	printf("clock      %s%s\n", json_text_of(clock, "source"),
		json_is_true(json_object_get(clock, "trusted")) ? "" : ", not to be trusted");
	printf("disk       %lld MiB free\nversion    %s\n", count_of(json, "disk_free_mib"),
		json_text_of(json, "version"));
	console_print(json_object_get(json, "console"));
}

/* What only who is at the box may see: where the console is, by what its certificate is known, and while it has no operator,
 * the code that makes the first. */
static json_t *console_json(struct cli *cli)
{
	const struct settings *settings = cli->settings;
	char url[SETTINGS_STRING_MAX] = "", fingerprint[CERTIFICATE_FINGERPRINT_MAX] = "", code[CONSOLE_CODE_MAX] = "";
	struct err ignored;

	if (settings->console.listen[0]) {
		(void)snprintf(url, sizeof url, "%s://%s", strcmp(settings->console.tls, "off") == 0 ? "http" : "https",
			settings->console.listen);
		certificate_fingerprint_of(settings, fingerprint);
		if (cli_db(cli, false, &ignored) == 0)
			(void)console_first_code(cli->db, false, code, &ignored);
	}
	return json_pack("{s:s, s:s, s:s}", "url", url, "fingerprint", fingerprint, "first_code", code);
}

static int status_once(struct cli *cli, bool json, struct err *err)
{
	char *text;
	struct err ignored;

	int result = control_ask_text(cli->settings->database, "status", ASK_MS, &text, err);
	if (result != 0 && err->status == EX_UNAVAILABLE) {
		/* Without the appliance the database still knows people, queue and modems; without a database, nothing. */
		cli_db(cli, false, &ignored);
		text = health_json_stopped(cli->settings, cli->texts, cli->db);
	}
	json_t *status = text ? json_loads(text, 0, NULL) : NULL;
	free(text);
	json_object_set_new(status, "console", console_json(cli));
	if (status && json)
		json_print(status);
	else if (status)
		status_print(status);
	json_decref(status);
	return result;
}

int cmd_status(struct cli *cli, int argc, char **argv, struct err *err)
{
	bool json = false, watch = false;

	if (cli_help(argc, argv, help))
		return 0;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (option == '?')
			return -1;
		json = json || option == 'j';
		watch = watch || option == 'w';
	}
	if (cli_no_more(argc, argv, 0, err) != 0 || cli_texts(cli, err) != 0)
		return -1;
	for (;;) {
		if (watch && isatty(STDOUT_FILENO))
			printf("\033[H\033[J");
		int result = status_once(cli, json, err);
		fflush(stdout);
		if (!watch || (result != 0 && err->status != EX_UNAVAILABLE))
			return result;
		poll(NULL, 0, WATCH_MS);
	}
}
