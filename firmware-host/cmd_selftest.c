#include "firmware-host/cli.h"

#include "firmware-host/json.h"
#include "firmware-host/selftest.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
	"usage: banditore selftest [--wait S] [--json]\n\n"
	"Tests the box now, as the appliance does each day at selftest.hour: an SMS from each modem comes back to the box,\n"
	"WhatsApp answers, disk, clock, battery and database are well. `banditore status` shows the last result.\n\n"
	"  --wait S   seconds to wait for the SMS to come back; 120 if not given\n"
	"  --json     one JSON value\n\n"
	"Exit status 69 when something is not well.\n";

static const char power_supplies[] = "/sys/class/power_supply";

enum { WAIT_MOST_S = 3600 };

static const struct option options[] = {
	{"wait", required_argument, NULL, 'w'},
	{"json", no_argument, NULL, 'j'},
	{NULL, 0, NULL, 0},
};

static const char *well(const json_t *part)
{
	return json_is_true(json_object_get(part, "ok")) ? "well" : "NOT WELL";
}

static void result_print(const json_t *result)
{
	const json_t *loops = json_object_get(result, "loopback"), *battery = json_object_get(result, "battery"), *loop;
	const json_t *disk = json_object_get(result, "disk"), *database = json_object_get(result, "database");
	size_t i;

	json_array_foreach(loops, i, loop)
	{
		printf("%-10s %s", json_text_of(loop, "modem"), well(loop));
		if (json_is_real(json_object_get(loop, "seconds")))
			printf(", came back after %.1f s", json_real_value(json_object_get(loop, "seconds")));
		printf("%s%s\n", json_text_of(loop, "error")[0] ? ": " : "", json_text_of(loop, "error"));
	}
	if (json_array_size(loops) == 0)
		printf("%-10s no SMS was tried\n", "modems");
	printf("%-10s %s (%s)\n", "whatsapp", well(json_object_get(result, "whatsapp")),
		json_text_of(json_object_get(result, "whatsapp"), "state"));
	printf("%-10s %s, %lld MiB free\n", "disk", well(disk),
		(long long)json_integer_value(json_object_get(disk, "free_mib")));
	printf("%-10s %s (%s)\n", "clock", well(json_object_get(result, "clock")),
		json_text_of(json_object_get(result, "clock"), "source"));
	if (json_is_object(battery))
		printf("%-10s %s\n", "battery", well(battery));
	printf("%-10s %s%s%s\n", "database", well(database), json_text_of(database, "error")[0] ? ": " : "",
		json_text_of(database, "error"));
}

int cmd_selftest(struct cli *cli, int argc, char **argv, struct err *err)
{
	int64_t wait_s = SELFTEST_WAIT_S;
	bool as_json = false;
	json_t *result;

	if (cli_help(argc, argv, help))
		return 0;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (option == '?')
			return -1;
		if (option == 'w' && cli_number(optarg, "--wait", &wait_s, err) != 0)
			return -1;
		as_json = as_json || option == 'j';
	}
	if (wait_s > WAIT_MOST_S)
		return err_set(err, EX_USAGE, "--wait: at most %d seconds", WAIT_MOST_S);
	if (cli_no_more(argc, argv, 0, err) != 0 || cli_texts(cli, err) != 0 || cli_db(cli, false, err) != 0 ||
		selftest_run(cli->db, cli->settings, cli->texts, power_supplies, (int)wait_s, &result, err) != 0)
		return -1;
	bool ok = json_is_true(json_object_get(result, "ok"));
	if (as_json)
		json_print(result);
	else
		result_print(result);
	if (!ok)
		err_set(err, EX_UNAVAILABLE, "not all is well: %.300s", json_text_of(result, "why"));
	json_decref(result);
	return ok ? 0 : -1;
}
