#include "firmware-host/cli.h"

#include "firmware-host/inbox_view.h"
#include "firmware-host/json.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <string.h>

static const char help[] = "usage: banditore inbox list [--json] | show N [--json]\n\n"
			   "What arrived: messages, calls, and what could not be read. The newest first.\n";

enum { LIST_MAX = 500 };

static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};

struct shown {
	json_t *list; /* NULL: print */
	int count;
};

/* What a citizen wrote may hold anything: a terminal gets no control characters. */
static void text_print(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 0x7F ? ' ' : *text);
	putchar('\n');
}

static bool message_show(void *context, const struct inbox_message *message)
{
	struct shown *shown = context;
	char at[WHEN_TEXT_MAX];

	shown->count++;
	if (shown->list) {
		json_array_append_new(shown->list, inbox_view_json(message));
		return true;
	}
	when_rfc3339(message->at, at);
	printf("%5lld  %.16s  %-11s %-16s %-12s ", (long long)message->id, at, message->kind, message->sender,
		message->answer);
	text_print(message->text);
	return true;
}

int cmd_inbox(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct shown shown = {0};
	int64_t id = 0;
	bool json = false;

	if (cli_help(argc, argv, help))
		return 0;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (option == '?')
			return -1;
		json = true;
	}
	if (optind == argc || (strcmp(argv[optind], "list") != 0 && strcmp(argv[optind], "show") != 0))
		return err_set(err, EX_USAGE, "say what: list or show N; see: banditore inbox --help");
	bool one = strcmp(argv[optind], "show") == 0;
	if (cli_no_more(argc, argv, one ? 2 : 1, err) != 0)
		return -1;
	if (one && cli_number(optind + 1 < argc ? argv[optind + 1] : NULL, "the number of what arrived", &id, err) != 0)
		return -1;
	if (cli_db(cli, false, err) != 0)
		return -1;
	shown.list = json ? json_array() : NULL;
	int result = inbox_each(cli->db, id, one ? 1 : LIST_MAX, message_show, &shown, err);
	if (result == 0 && one && shown.count == 0)
		result = err_set(
			err, EX_REFUSED, "there is no %lld in the inbox; see: banditore inbox list", (long long)id);
	if (result == 0 && json) {
		json_print(one ? json_array_get(shown.list, 0) : shown.list);
	}
	json_decref(shown.list);
	return result;
}
