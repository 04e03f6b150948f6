#include "firmware-host/template_account.h"

#include "config/clock.h"
#include "firmware-host/secret.h"
#include "modem/graph_ask.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 10000, TOTAL_MS = 30000, PAGES_MAX = 200, ANSWER_MAX = 4 * 1024 * 1024 };

struct template_account {
	const struct settings *settings;
	struct graph_http *http;
};

int template_account_open(const struct settings *settings, struct template_account **ret_account, struct err *err)
{
	char token[GRAPH_TOKEN_MAX];
	struct graph_http_config config = {.token = token,
		.ca_file = settings->whatsapp.ca_file,
		.connect_ms = CONNECT_MS,
		.total_ms = TOTAL_MS,
		.in_flight_max = 2,
		.answer_max = ANSWER_MAX};

	if (!settings->whatsapp.business_account_id[0])
		return err_set(
			err, EX_CONFIG, "whatsapp.business_account_id is not set; copy it from Meta's business page");
	if (!graph_http_is_private(settings->whatsapp.api))
		return err_set(err, EX_CONFIG,
			"whatsapp.api %s is not https, so the token cannot be sent there; correct it",
			settings->whatsapp.api);
	if (secret_read(settings->whatsapp.token_file, "whatsapp.token_file", token, sizeof token, err) != 0)
		return -1;
	struct template_account *account = calloc(1, sizeof *account);
	int result = account ? graph_http_new(&config, &account->http, err) : err_set(err, EX_OSERR, "out of memory");
	explicit_bzero(token, sizeof token);
	if (result != 0) {
		free(account);
		return -1;
	}
	(void)signal(SIGPIPE, SIG_IGN); /* a connection that breaks is an answer, not an end */
	account->settings = settings;
	*ret_account = account;
	return 0;
}

void template_account_close(struct template_account *account)
{
	if (!account)
		return;
	graph_http_free(account->http);
	free(account);
}

/* ---- one request ------------------------------------------------------------------------------------------------- */

/* The answer is valid until the next request. */
static int account_ask(struct template_account *account, const char *url, const char *body,
	struct graph_http_answer *ret_answer, struct err *err)
{
	struct graph_http_request request = {.url = url, .body = body};

	return graph_ask(account->http, &request, clock_mono_ms() + TOTAL_MS, ret_answer, err);
}

/* ---- the three questions ----------------------------------------------------------------------------------------- */

static int page_ask(
	struct template_account *account, const char *after, struct graph_http_answer *ret_answer, struct err *err)
{
	const struct settings *settings = account->settings;
	char path[GRAPH_URL_MAX], url[GRAPH_URL_MAX];

	(void)snprintf(path, sizeof path, "%s/message_templates?fields=" GRAPH_TEMPLATE_FIELDS "&limit=50%s%s",
		settings->whatsapp.business_account_id, *after ? "&after=" : "", after);
	graph_http_url(settings->whatsapp.api, path, url);
	return account_ask(account, url, NULL, ret_answer, err);
}

int template_account_list(struct template_account *account, struct graph_template **ret_templates, struct err *err)
{
	char after[GRAPH_CURSOR_MAX] = "";
	struct graph_http_answer answer;
	int count = 0;

	*ret_templates = NULL;
	for (int page = 0; page < PAGES_MAX; page++) {
		if (page_ask(account, after, &answer, err) != 0)
			goto fail;
		int more = graph_template_page(answer.body, answer.length, ret_templates, count, after);
		if (more < 0) {
			err_set(err, EX_UNAVAILABLE, "whatsapp.api answers, but not with templates; check the address");
			goto fail;
		}
		count = more;
		if (!*after)
			break;
	}
	return count;

fail:
	free(*ret_templates);
	*ret_templates = NULL;
	return -1;
}

int template_account_create(struct template_account *account, const struct graph_template_new *template,
	struct graph_template *ret_made, struct err *err)
{
	const struct settings *settings = account->settings;
	char path[128], url[GRAPH_URL_MAX], *body = graph_template_create(template);
	struct graph_http_answer answer;

	if (!body)
		return err_set(err, EX_OSERR, "out of memory");
	(void)snprintf(path, sizeof path, "%s/message_templates", settings->whatsapp.business_account_id);
	graph_http_url(settings->whatsapp.api, path, url);
	int result = account_ask(account, url, body, &answer, err);
	free(body);
	if (result != 0)
		return err_prefix(err, "template %s", template->name);
	if (!graph_template_one(answer.body, answer.length, ret_made))
		return err_set(err, EX_UNAVAILABLE,
			"template %s: WhatsApp's answer is not understood; see template list", template->name);
	return 0;
}

int template_account_edit(
	struct template_account *account, const char *id, const struct graph_template_new *template, struct err *err)
{
	char url[GRAPH_URL_MAX], *body = graph_template_edit(template);
	struct graph_http_answer answer;

	if (!body)
		return err_set(err, EX_OSERR, "out of memory");
	graph_http_url(account->settings->whatsapp.api, id, url);
	int result = account_ask(account, url, body, &answer, err);
	free(body);
	if (result != 0)
		return err_prefix(err, "template %s", template->name);
	if (!graph_success_read(answer.body, answer.length))
		return err_set(err, EX_UNAVAILABLE,
			"template %s: WhatsApp's answer is not understood; see template list", template->name);
	return 0;
}
