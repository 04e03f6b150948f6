/* `banditore template` on a scripted account: what it creates, what it says of each state, and where secrets stay. */
#include "firmware-host/cli.h"
#include "firmware-host/secret.h"
#include "firmware-host/template.h"
#include "tests/unit/http_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN "EAAGsecret"

enum { CREATED_MAX = 8, PRINTED_MAX = 16384 };

struct account {
	int created;
	char bodies[CREATED_MAX][2048], paths[CREATED_MAX][512];
	int status;	   /* of every answer; 0: as it should be */
	char refusal[512]; /* with it */
	char list[4096];   /* the first page; empty: what was created, approved */
	char second[4096]; /* the second; empty: none */
	bool bad_token;
};

struct fixture_template {
	char folder[64], config[96], token[96];
	struct account account;
	struct http_peer *peer;
	struct err err;
	char printed[PRINTED_MAX];
};

static void list_created(const struct account *account, char *out, size_t size)
{
	json_t *data = json_array(), *page;

	for (int i = 0; i < account->created; i++) {
		json_t *template = json_loads(account->bodies[i], 0, NULL);
		json_object_set_new(template, "id", json_integer(1000 + i));
		json_object_set_new(template, "status", json_string("APPROVED"));
		json_array_append_new(data, template);
	}
	page = json_pack("{s:o}", "data", data);
	char *text = json_dumps(page, JSON_COMPACT);
	snprintf(out, size, "%s", text);
	free(text);
	json_decref(page);
}

static void account_script(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct account *account = context;

	account->bad_token = account->bad_token || strcmp(request->authorization, "Bearer " TOKEN) != 0;
	if (account->status) {
		reply->status = account->status;
		snprintf(reply->body, sizeof reply->body, "%s", account->refusal);
	} else if (strcmp(request->method, "POST") == 0) {
		int i = account->created++ % CREATED_MAX;
		snprintf(account->bodies[i], sizeof account->bodies[i], "%s", request->body);
		snprintf(account->paths[i], sizeof account->paths[i], "%s", request->path);
		snprintf(reply->body, sizeof reply->body, "%s",
			strstr(request->path, "message_templates")
				? "{\"id\":\"5722\",\"status\":\"PENDING\",\"category\":\"UTILITY\"}"
				: "{\"success\":true}");
	} else if (strstr(request->path, "&after=")) {
		snprintf(reply->body, sizeof reply->body, "%s", account->second);
	} else if (account->list[0]) {
		snprintf(reply->body, sizeof reply->body, "%s", account->list);
	} else {
		list_created(account, reply->body, sizeof reply->body);
	}
}

static void file_write(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static void config_write(struct fixture_template *fixture, const char *more)
{
	char text[1024];

	snprintf(text, sizeof text,
		"comune = { name = \"Santa Fiora\"; };\ndatabase = \"box.db\";\nalert = { expires_after = 7200; };\n"
		"whatsapp = { api = \"%s/v26.0\"; phone_number_id = \"1063\"; business_account_id = \"2209\";\n"
		"token_file = \"token\"; %s };\n",
		http_peer_url(fixture->peer), more);
	file_write(fixture->config, text, 0644);
}

static int fixture_open(void **state)
{
	struct fixture_template *fixture = calloc(1, sizeof *fixture);

	strcpy(fixture->folder, "/tmp/banditore-template-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fixture->config, sizeof fixture->config, "%s/b.cfg", fixture->folder);
	snprintf(fixture->token, sizeof fixture->token, "%s/token", fixture->folder);
	fixture->peer = http_peer_start(account_script, &fixture->account);
	file_write(fixture->token, TOKEN "\n", 0600);
	config_write(fixture, "");
	*state = fixture;
	return 0;
}

static int fixture_close(void **state)
{
	struct fixture_template *fixture = *state;
	static const char *const names[] = {"b.cfg", "token", "box.db", "box.db-wal", "box.db-shm"};
	char path[128];

	assert_false(fixture->account.bad_token);
	http_peer_stop(fixture->peer);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", fixture->folder, names[i]);
		(void)unlink(path);
	}
	rmdir(fixture->folder);
	free(fixture);
	return 0;
}

static int run(struct fixture_template *fixture, const char *line)
{
	struct cli cli = {.config_path = fixture->config};
	char words[256], *argv[8];
	int argc = 0;
	FILE *real = stdout;

	snprintf(words, sizeof words, "template %s", line);
	for (char *word = strtok(words, " "); word && argc < 7; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	memset(fixture->printed, 0, sizeof fixture->printed);
	fixture->err = (struct err){0};
	stdout = fmemopen(fixture->printed, sizeof fixture->printed - 1, "w");
	assert_non_null(stdout);
	int result = cmd_template(&cli, argc, argv, &fixture->err);
	fclose(stdout);
	stdout = real;
	cli_close(&cli);
	assert_null(strstr(fixture->printed, TOKEN));
	assert_null(strstr(fixture->err.text, TOKEN));
	if (result == 0)
		return 0;
	assert_true(fixture->err.text[0] && !strchr(fixture->err.text, '\n'));
	return fixture->err.status;
}

static void test_push_and_sync(void **state)
{
	struct fixture_template *fixture = *state;
	struct account *account = &fixture->account;

	assert_int_equal(run(fixture, "sync"), EX_UNAVAILABLE);
	assert_non_null(strstr(fixture->err.text, "3 of 3 templates cannot be sent"));
	assert_non_null(strstr(fixture->printed, "allerta"));
	assert_non_null(strstr(fixture->printed, "run: banditore template push"));

	assert_int_equal(run(fixture, "push"), 0);
	assert_int_equal(account->created, 3);
	assert_string_equal(account->paths[0], "/v26.0/2209/message_templates");
	assert_string_equal(account->bodies[0],
		"{\"name\":\"allerta\",\"language\":\"it\",\"category\":\"UTILITY\",\"parameter_format\":\"named\","
		"\"message_send_ttl_seconds\":7200,\"components\":[{\"type\":\"BODY\",\"text\":\"Protezione civile, "
		"Comune di Santa "
		"Fiora: ALLERTA {{alert}}.\\nIl Comune comunica: {{text}}\\nRestate informati e seguite le "
		"indicazioni. Emergenze: "
		"chiama il "
		"112.\",\"example\":{\"body_text_named_params\":[{\"param_name\":\"alert\",\"example\":\"ARANCIONE per "
		"temporali, fino alle 18:00\"},{\"param_name\":\"text\",\"example\":\"Restate lontani da torrenti e "
		"sottopassi.\"}]}}]}");
	assert_non_null(strstr(
		account->bodies[1], "\"name\":\"cessato_allarme\",\"language\":\"it\",\"category\":\"UTILITY\""));
	assert_null(strstr(account->bodies[1], "ttl"));
	assert_non_null(
		strstr(account->bodies[2], "\"name\":\"avviso\",\"language\":\"it\",\"category\":\"MARKETING\""));
	assert_non_null(strstr(account->bodies[2], "\"param_name\":\"topic\",\"example\":\"Servizi\""));

	assert_int_equal(run(fixture, "sync"), 0);
	assert_null(strstr(fixture->printed, "!"));
	assert_int_equal(run(fixture, "push --json"), 0);
	assert_int_equal(account->created, 3); /* nothing to do */
	assert_string_equal(fixture->printed, "[{\"role\":\"alert\",\"name\":\"allerta\",\"language\":\"it\","
					      "\"status\":\"APPROVED\",\"category\":\"UTILITY\","
					      "\"quality\":\"\",\"usable\":true,\"warnings\":[]},{\"role\":\"clear\","
					      "\"name\":\"cessato_allarme\",\"language\":\"it\","
					      "\"status\":\"APPROVED\",\"category\":\"UTILITY\",\"quality\":\"\","
					      "\"usable\":true,\"warnings\":[]},{\"role\":\"news\","
					      "\"name\":\"avviso\",\"language\":\"it\",\"status\":\"APPROVED\","
					      "\"category\":\"MARKETING\",\"quality\":\"\","
					      "\"usable\":true,\"warnings\":[]}]\n");
}

static void test_states_and_pages(void **state)
{
	struct fixture_template *fixture = *state;
	struct account *account = &fixture->account;

	snprintf(account->list, sizeof account->list,
		"{\"data\":[{\"id\":\"1\",\"name\":\"allerta\",\"language\":\"it\",\"category\":\"MARKETING\","
		"\"status\":\"PAUSED\","
		"\"quality_score\":{\"score\":\"RED\"}},{\"id\":\"2\",\"name\":\"allerta\",\"language\":\"en_US\","
		"\"status\":"
		"\"APPROVED\"}],\"paging\":{\"cursors\":{\"after\":\"QQ\"},\"next\":\"http://evil.example/\"}}");
	snprintf(account->second, sizeof account->second,
		"{\"data\":[{\"id\":\"3\",\"name\":\"cessato_allarme\",\"language\":\"it\",\"category\":\"UTILITY\","
		"\"status\":"
		"\"ARCHIVED\"},{\"id\":\"4\",\"name\":\"avviso\",\"language\":\"it\",\"category\":\"MARKETING\","
		"\"status\":\"REJECTED\","
		"\"rejected_reason\":\"INVALID_FORMAT\",\"components\":[{\"type\":\"BODY\",\"text\":\"altro\"}]}]}");
	assert_int_equal(run(fixture, "list"), 0);
	assert_non_null(strstr(fixture->printed, "! PAUSED: "));
	assert_non_null(strstr(fixture->printed, "! Meta has it as MARKETING, not UTILITY"));
	assert_non_null(strstr(fixture->printed, "! its quality is RED"));
	assert_non_null(strstr(fixture->printed, "! ARCHIVED: "));
	assert_non_null(strstr(fixture->printed, "! REJECTED, INVALID_FORMAT: "));
	assert_non_null(strstr(fixture->printed, "-      allerta"));
	assert_int_equal(run(fixture, "sync"), EX_UNAVAILABLE);

	assert_int_equal(run(fixture, "push"), 0); /* the one whose text is known to differ */
	assert_int_equal(account->created, 1);
	assert_string_equal(account->paths[0], "/v26.0/4");
	assert_non_null(strstr(
		account->bodies[0], "{\"components\":[{\"type\":\"BODY\",\"text\":\"Avviso del Comune di Santa Fiora"));
}

static void test_without_a_connection(void **state)
{
	struct fixture_template *fixture = *state;

	http_peer_down(fixture->peer);
	assert_int_equal(run(fixture, "list"), EX_UNAVAILABLE);
	http_peer_up(fixture->peer);
	assert_int_equal(run(fixture, "sync"), EX_UNAVAILABLE);
	http_peer_down(fixture->peer);
	assert_int_equal(run(fixture, "list"), 0); /* as remembered */
	assert_non_null(strstr(fixture->printed, "MISSING"));
	assert_int_equal(run(fixture, "sync"), EX_UNAVAILABLE);
}

static void test_refusals(void **state)
{
	static const struct {
		int status, code, expected;
	} cases[] = {
		{401, 190, EX_CONFIG},
		{403, 10, EX_CONFIG},
		{400, 100, EX_REFUSED},
		{503, 2, EX_TEMPFAIL},
		{400, 4, EX_TEMPFAIL},
		{400, 777777, EX_REFUSED},
		{502, -1, EX_UNAVAILABLE},
	};
	struct fixture_template *fixture = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		fixture->account.status = cases[i].status;
		snprintf(fixture->account.refusal, sizeof fixture->account.refusal,
			"{\"error\":{\"code\":%d,\"message\":\"with EAAGsecretEAAGsecretEAAGsecret\"}}", cases[i].code);
		assert_int_equal(run(fixture, "list"), cases[i].expected);
	}
}

static void test_settings(void **state)
{
	struct fixture_template *fixture = *state;

	assert_int_equal(chmod(fixture->token, 0640), 0);
	assert_int_equal(run(fixture, "list"), EX_CONFIG);
	assert_non_null(strstr(fixture->err.text, "chmod 600"));
	assert_int_equal(unlink(fixture->token), 0);
	assert_int_equal(run(fixture, "list"), EX_CONFIG);
	file_write(fixture->token, TOKEN, 0600);
	config_write(fixture, "templates = { alert = \"allerta_2\"; };");
	assert_int_equal(run(fixture, "list"), 0);
	assert_non_null(strstr(fixture->printed, "allerta_2"));
	config_write(fixture, "ca_file = \"nowhere.pem\";");
	assert_int_equal(run(fixture, "list"), EX_CONFIG);
	file_write(fixture->config,
		"comune = { name = \"S\"; }; whatsapp = { business_account_id = \"1\"; api = \"http://a.example/\"; };",
		0644);
	assert_int_equal(run(fixture, "list"), EX_CONFIG);
	assert_non_null(strstr(fixture->err.text, "https"));
	file_write(fixture->config, "comune = { name = \"S\"; };", 0644);
	assert_int_equal(run(fixture, "list"), EX_CONFIG);
	assert_non_null(strstr(fixture->err.text, "business_account_id"));
	assert_int_equal(http_peer_requests(fixture->peer), 1);
}

static void test_usage(void **state)
{
	struct fixture_template *fixture = *state;

	assert_int_equal(run(fixture, ""), EX_USAGE);
	assert_int_equal(run(fixture, "drop"), EX_USAGE);
	assert_int_equal(run(fixture, "list x"), EX_USAGE);
	assert_int_equal(run(fixture, "list --yaml"), EX_USAGE);
	assert_int_equal(run(fixture, "--help"), 0);
	assert_non_null(strstr(fixture->printed, "usage: banditore template"));
}

static void test_secret_files(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{"abc", "abc"},
		{"  abc\r\n\n", "abc"},
		{"", NULL},
		{" \n", NULL},
		{"a b", NULL},
		{"a\nb\n", NULL},
		{"123456789012", NULL},
	};
	struct fixture_template *fixture = *state;
	char out[12];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		file_write(fixture->token, cases[i].text, 0600);
		int result = secret_read(fixture->token, "whatsapp.token_file", out, sizeof out, &fixture->err);
		assert_int_equal(result, cases[i].value ? 0 : -1);
		assert_string_equal(out, cases[i].value ? cases[i].value : "");
	}
	assert_int_equal(secret_read(fixture->folder, "k", out, sizeof out, &fixture->err), -1);
	assert_int_equal(secret_read("", "whatsapp.token_file", out, sizeof out, &fixture->err), -1);
	assert_non_null(strstr(fixture->err.text, "whatsapp.token_file is not set"));
}

static void test_bodies_meta_refuses(void **state)
{
	static const char *const texts[] = {
		"template_alert = \"{text} basta\";",
		"template_alert = \"Allerta: {text}\";",
		"template_alert = \"Allerta {alert}{text} basta\";",
	};
	static const struct settings settings = {.comune = {.name = "S", .service = "C"}};
	static struct template template;
	struct texts *read;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(texts_read_string(texts[i], strlen(texts[i]), "/tmp/t.cfg", &read, &err), 0);
		assert_int_equal(template_fill(TEMPLATE_ALERT, &settings, read, &template, &err), -1);
		assert_int_equal(err.status, EX_CONFIG);
		assert_non_null(strstr(err.text, "template_alert"));
		texts_free(read);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_push_and_sync),
		TEST(test_states_and_pages),
		TEST(test_without_a_connection),
		TEST(test_refusals),
		TEST(test_settings),
		TEST(test_usage),
		TEST(test_secret_files),
		TEST(test_bodies_meta_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
