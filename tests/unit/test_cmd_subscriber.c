/* `banditore subscriber` as it is typed: what it prints, what it changes, and the exit status of each mistake. */
#include "tests/unit/db_support.h"

#include "firmware-host/cmd_subscriber.h"

#include <fcntl.h>

static struct settings *comune(const struct fixture *fixture)
{
	static struct settings settings = {
		.comune = {.country = "39"},
		.zones = {{"borgo", "Borgo", ""}},
		.zone_count = 1,
		.topics = {{"scuole", "Scuole", ""}},
		.topic_count = 1,
	};

	memcpy(settings.database, fixture->path, sizeof fixture->path);
	return &settings;
}

/* Runs the words of one line, split at spaces; what it printed stays in `printed`. Returns the exit status. */
static int run(struct fixture *fixture, const char *line, char printed[4096])
{
	char words[512], *argv[16];
	int argc = 0;
	FILE *real = stdout;

	snprintf(words, sizeof words, "%s", line);
	for (char *word = strtok(words, " "); word && argc < 15; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	memset(printed, 0, 4096);
	fixture->err = (struct err){0};
	stdout = fmemopen(printed, 4095, "w");
	assert_non_null(stdout);
	int result = cmd_subscriber(comune(fixture), argc, argv, &fixture->err);
	fclose(stdout);
	stdout = real;
	if (result == 0)
		return 0;
	assert_true(fixture->err.text[0] && !strchr(fixture->err.text, '\n'));
	return fixture->err.status;
}

static void file_write(const struct fixture *fixture, const char *text)
{
	char path[128];

	snprintf(path, sizeof path, "%s/test.csv", fixture->folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_add_show_remove_forget(void **state)
{
	struct fixture *fixture = *state;
	char out[4096];

	assert_int_equal(
		run(fixture, "add 333-1234567 --name Anna --zone BORGO --topics scuole --channel sms --note banco",
			out),
		0);
	assert_string_equal(out, "+393331234567 added\n");
	assert_int_equal(
		ask(fixture,
			"SELECT count(*) FROM subscriber WHERE zone = 'borgo' AND topics = 'scuole' AND channel = 1"),
		1);
	assert_int_equal(
		ask(fixture, "SELECT count(*) FROM consent WHERE channel = 'operator' AND words = 'banco'"), 2);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM audit WHERE detail LIKE '%1234567%'"), 0);
	assert_int_equal(run(fixture, "add 3331234567 --channel auto", out), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber WHERE channel = 0 AND name = 'Anna'"), 1);

	assert_int_equal(run(fixture, "show 3331234567 --json", out), 0);
	assert_non_null(
		strstr(out, "{\"phone\":\"+393331234567\",\"name\":\"Anna\",\"channel\":\"auto\",\"zone\":\"borgo\","
			    "\"topics\":[\"scuole\"],\"language\":\"\",\"state\":\"active\",\"joined\":\"20"));
	assert_non_null(strstr(out, "\"consents\":[{\"at\":\""));
	assert_int_equal(run(fixture, "list --json", out), 0);
	assert_int_equal(out[0], '[');
	assert_non_null(strstr(out, "}]\n"));

	assert_int_equal(run(fixture, "remove 3331234567", out), 0);
	assert_int_equal(run(fixture, "remove 3331234567", out), EX_REFUSED);
	assert_int_equal(run(fixture, "list --json", out), 0);
	assert_string_equal(out, "[]\n");
	assert_int_equal(run(fixture, "list --all", out), 0);
	assert_non_null(strstr(out, "+393331234567    left"));
	assert_int_equal(run(fixture, "forget 3331234567 --yes", out), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 0);
	assert_int_equal(run(fixture, "forget 3331234567 --yes", out), EX_REFUSED);
}

/* No question is asked where nobody can answer. */
/* Who never joined may have written all the same. */
static void test_forget_stranger(void **state)
{
	struct fixture *fixture = *state;
	char out[4096];

	assert_int_equal(run(fixture, "forget 3331234567 --yes", out), EX_REFUSED);
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(db_script(fixture->db,
		"INSERT INTO report (channel, state, created_at, last_at, address) VALUES (1, 1, 1, 1, '+393331234567');"
		"INSERT INTO report_item (report_id, at, inbox_id, kind, media, size, latitude, longitude, media_id, sha256,"
		" mime, text) VALUES (1, 1, 0, 1, 0, 0, 0, 0, '', '', '', 'buca')",
		&fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
	assert_int_equal(run(fixture, "forget 3331234567 --yes", out), 0);
	assert_string_equal(out, "+393331234567 erased\n");
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report_item"), 0);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM report WHERE address = '' AND state = 4"), 1);
	assert_int_equal(run(fixture, "forget 3331234567 --yes", out), EX_REFUSED);
}

static void test_forget_unasked(void **state)
{
	struct fixture *fixture = *state;
	char out[4096];
	int keyboard = dup(STDIN_FILENO), nothing = open("/dev/null", O_RDONLY);

	assert_int_equal(run(fixture, "add 3331234567", out), 0);
	assert_int_equal(dup2(nothing, STDIN_FILENO), STDIN_FILENO);
	int status = run(fixture, "forget 3331234567", out);
	assert_int_equal(dup2(keyboard, STDIN_FILENO), STDIN_FILENO);
	close(keyboard);
	close(nothing);
	assert_int_equal(status, EX_USAGE);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 1);
}

static void test_import_and_export(void **state)
{
	struct fixture *fixture = *state;
	char out[4096], line[256], list[4096];

	file_write(fixture, "phone;name\n3331234567;Anna\n33;Y\n");
	snprintf(line, sizeof line, "import %s/test.csv", fixture->folder);
	assert_int_equal(run(fixture, line, out), EX_DATAERR);
	assert_string_equal(out, "");
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 0);
	snprintf(line, sizeof line, "import %s/test.csv --skip-bad --json", fixture->folder);
	assert_int_equal(run(fixture, line, out), 0);
	assert_string_equal(out,
		"{\"dry_run\":false,\"lines\":2,\"bad\":1,\"added\":1,\"updated\":0,\"unchanged\":0,\"rejoined\":0,"
		"\"left\":0}\n");

	assert_int_equal(run(fixture, "export", list), 0);
	snprintf(line, sizeof line, "export %s/test.csv", fixture->folder);
	assert_int_equal(run(fixture, line, out), 0);
	snprintf(line, sizeof line, "%s/test.csv", fixture->folder);
	FILE *file = fopen(line, "r");
	size_t length = fread(out, 1, sizeof out - 1, file);
	out[length] = '\0';
	fclose(file);
	assert_string_equal(out, list);
	snprintf(line, sizeof line, "import %s/test.csv --dry-run", fixture->folder);
	assert_int_equal(run(fixture, line, out), 0);
	assert_string_equal(out, "nothing was changed; it would be 1 lines: 0 added, 0 updated, 1 unchanged\n");
}

static void test_mistakes(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *line;
		int status;
		const char *says;
	} cases[] = {
		{"", EX_USAGE, "subscriber --help"},
		{"enlist", EX_USAGE, "enlist"},
		{"add", EX_USAGE, "PHONE is missing"},
		{"add 333 1234567", EX_USAGE, "1234567"},
		{"add 3331234567 --colour red", EX_USAGE, "see: banditore subscriber add --help"},
		{"add 3331234567 --name", EX_USAGE, "--name"},
		{"list --yes", EX_USAGE, "--yes"},
		{"list 3331234567", EX_USAGE, "3331234567"},
		{"add 33312", EX_DATAERR, "33312"},
		{"add 3331234567 --zone moon", EX_DATAERR, "moon"},
		{"add 3331234567 --topics scuole|nuoto", EX_DATAERR, "nuoto"},
		{"add 3331234567 --channel pigeon", EX_DATAERR, "pigeon"},
		{"show 3331234567", EX_REFUSED, "+393331234567"},
		{"remove 3331234567", EX_REFUSED, "+393331234567"},
		{"import /nonexistent.csv", EX_NOINPUT, "/nonexistent.csv"},
		{"import /", EX_IOERR, "/"},
		{"export /nonexistent/list.csv", EX_CANTCREAT, "/nonexistent/list.csv"},
	};
	char out[4096];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int status = run(fixture, cases[i].line, out);
		if (status != cases[i].status || !strstr(fixture->err.text, cases[i].says))
			fail_msg("\"%s\": %d, %s", cases[i].line, status, fixture->err.text);
		assert_string_equal(out, "");
	}
	assert_int_equal(ask(fixture, "SELECT count(*) FROM subscriber"), 0);
	static const char *const helps[] = {"--help", "add --help", "remove --help", "show --help", "list --help",
		"import --help", "export --help", "forget --help"};
	for (size_t i = 0; i < sizeof helps / sizeof *helps; i++) {
		assert_int_equal(run(fixture, helps[i], out), 0);
		assert_memory_equal(out, "usage: banditore subscriber", 27);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_add_show_remove_forget, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_forget_stranger, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_forget_unasked, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_import_and_export, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_mistakes, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
