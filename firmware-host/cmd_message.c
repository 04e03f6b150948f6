#include "firmware-host/cli.h"

#include "config/clock.h"
#include "firmware-host/control.h"
#include "firmware-host/json.h"
#include "firmware-host/message_view.h"
#include "firmware-host/message_watch.h"
#include "firmware-host/order.h"
#include "firmware-host/order_keep.h"
#include "firmware-host/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: banditore message list [--all] [--json]\n"
	"       banditore message show N [--recipients] [--json]\n"
	"       banditore message watch N\n"
	"       banditore message cancel N [--json]\n\n"
	"list: the newest first; --all adds replies to citizens. watch: a live view until the message is done.\n"
	"cancel: withdraws what is still queued; what was sent stays sent.\n"
	"States: scheduled, sending, done, cancelled, expired.\n";

enum { OPT_JSON = 1000, OPT_ALL, OPT_RECIPIENTS, LIST_MAX = 1000 };

static const struct option options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"all", no_argument, NULL, OPT_ALL},
	{"recipients", no_argument, NULL, OPT_RECIPIENTS},
	{NULL, 0, NULL, 0},
};

struct wanted {
	bool json, all, recipients;
	int64_t id;
};

struct listing {
	struct message_view view;
	int count;
	int64_t ids[LIST_MAX]; /* figures are read after the walk: one statement at a time */
};

static bool list_add(void *context, const struct message *message)
{
	struct listing *listing = context;

	listing->ids[listing->count++] = message->id;
	return listing->count < LIST_MAX;
}

static void list_line(const struct message_view *view)
{
	const struct message *message = &view->message;
	char at[WHEN_TEXT_MAX];

	printf("%5lld  %.16s  %-6s %-6s %-9s %6lld/%-6lld %.60s\n", (long long)message->id,
		when_rfc3339(message->created_at, at), message_view_kind(message),
		message->exercise ? "drill" : order_colour_to_string(message->colour), view->state,
		(long long)view->figures.reached, (long long)view->figures.recipients, message->text);
}

static json_t *list_object(const struct message_view *view)
{
	const struct message *message = &view->message;
	char at[WHEN_TEXT_MAX];

	return json_pack("{s:I, s:s, s:o, s:o, s:b, s:s, s:s, s:s, s:I, s:I}", "id", (json_int_t)message->id, "kind",
		order_kind_to_string(message->kind), "about",
		message->about ? json_integer((json_int_t)message->about) : json_null(), "colour",
		message->colour ? json_string(order_colour_to_string(message->colour)) : json_null(), "exercise",
		message->exercise, "state", view->state, "created", when_rfc3339(message->created_at, at), "text",
		message->text, "recipients", (json_int_t)view->figures.recipients, "reached",
		(json_int_t)view->figures.reached);
}

static int message_list(struct cli *cli, const struct wanted *wanted, struct err *err)
{
	struct listing *listing = calloc(1, sizeof *listing);

	if (!listing)
		return err_set(err, EX_OSERR, "out of memory");
	json_t *json = wanted->json ? json_array() : NULL;
	int64_t now = clock_wall_ms();
	int result = message_each(cli->db, wanted->all, LIST_MAX, list_add, listing, err);
	for (int i = 0; i < listing->count && result == 0; i++) {
		int found = message_view_read(cli->db, cli->settings, listing->ids[i], now, &listing->view, err);
		if (found < 0)
			result = -1;
		else if (found == 1 && json)
			json_array_append_new(json, list_object(&listing->view));
		else if (found == 1)
			list_line(&listing->view);
	}
	if (json && result == 0) {
		json_print(json);
	}
	json_decref(json);
	free(listing);
	return result;
}

static int view_get(struct cli *cli, int64_t id, struct message_view *view, struct err *err)
{
	int found = message_view_read(cli->db, cli->settings, id, clock_wall_ms(), view, err);

	if (found == 0)
		return err_set(err, EX_REFUSED, "there is no message %lld; see: banditore message list", (long long)id);
	return found < 0 ? -1 : 0;
}

static bool person_print(void *context, const struct outbox_row *row, bool reached, const char *error,
	const struct attempt *attempts, int count)
{
	(void)context;
	(void)attempts;
	printf("  %-16s %-3s %-11s %d attempt%s %s\n", row->address, reached ? "yes" : "no",
		message_view_row_state(row->state), count, count == 1 ? "" : "s", error);
	return true;
}

static int message_show(struct cli *cli, const struct wanted *wanted, struct message_view *view, struct err *err)
{
	if (view_get(cli, wanted->id, view, err) != 0)
		return -1;
	if (wanted->json)
		return message_view_print_json(cli->db, view, wanted->recipients, err);
	message_view_print(view);
	return wanted->recipients ? outbox_each(cli->db, wanted->id, person_print, NULL, err) : 0;
}

static int message_follow(struct cli *cli, const struct wanted *wanted, struct message_view *view, struct err *err)
{
	return view_get(cli, wanted->id, view, err) == 0 ? message_watch(cli->settings, cli->db, view, err) : -1;
}

static int message_withdraw(struct cli *cli, const struct wanted *wanted, struct message_view *view, struct err *err)
{
	int64_t now = clock_wall_ms();
	int withdrawn = 0;

	if (view_get(cli, wanted->id, view, err) != 0)
		return -1;
	if (view->message.stage != STAGE_OPEN)
		return err_set(
			err, EX_REFUSED, "message %lld is closed already: %s", (long long)wanted->id, view->state);
	if (order_cancel(cli->db, wanted->id, "cli", cli_who(), now, &withdrawn, err) != 0)
		return -1;
	control_poke(cli->settings->database);
	if (wanted->json)
		printf("{\"id\":%lld,\"withdrawn\":%d}\n", (long long)wanted->id, withdrawn);
	else
		printf("message %lld: %d withdrawn\n", (long long)wanted->id, withdrawn);
	return 0;
}

int cmd_message(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct wanted wanted = {0};

	if (cli_help(argc, argv, help))
		return 0;
	optind = 0;
	for (int option; (option = cli_option(argc, argv, options, err)) != -1;) {
		if (option == '?')
			return -1;
		wanted.json = wanted.json || option == OPT_JSON;
		wanted.all = wanted.all || option == OPT_ALL;
		wanted.recipients = wanted.recipients || option == OPT_RECIPIENTS;
	}
	if (optind == argc)
		return err_set(err, EX_USAGE, "say what: list, show, watch or cancel; see: banditore message --help");
	const char *act = argv[optind];
	bool list = strcmp(act, "list") == 0;
	if (!list && strcmp(act, "show") != 0 && strcmp(act, "watch") != 0 && strcmp(act, "cancel") != 0)
		return err_set(err, EX_USAGE, "message %.64s is not known; see: banditore message --help", act);
	if (cli_no_more(argc, argv, list ? 1 : 2, err) != 0)
		return -1;
	if (!list &&
		cli_number(optind + 1 < argc ? argv[optind + 1] : NULL, "the message's number", &wanted.id, err) != 0)
		return -1;
	if (cli_db(cli, false, err) != 0)
		return -1;
	if (list)
		return message_list(cli, &wanted, err);

	struct message_view *view = calloc(1, sizeof *view);
	if (!view)
		return err_set(err, EX_OSERR, "out of memory");
	int result = strcmp(act, "show") == 0	 ? message_show(cli, &wanted, view, err)
		     : strcmp(act, "watch") == 0 ? message_follow(cli, &wanted, view, err)
						 : message_withdraw(cli, &wanted, view, err);
	free(view);
	return result;
}
