#include "tests/unit/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifndef TESTS_DIR
#define TESTS_DIR "tests"
#endif

enum { ROWS = 334, LINE_MAX_OCTETS = 65536, NAME_MAX_OCTETS = 96 };

/* Which program checks which kind. */
static const struct {
	const char *kind, *program;
} owners[] = {
	{"pdu_mt", "pdu"},
	{"pdu_mt_nosmsc", "pdu"},
	{"pdu_mo", "pdu"},
	{"pdu_invalid", "pdu"},
	{"concat", "pdu"},
	{"concat_mo", "pdu"},
	{"dedupe", "pdu"},
	{"sr_match", "pdu"},
	{"ud_udh", "pdu"},
	{"udh", "pdu"},
	{"enc_addr", "encode"},
	{"enc_alnum", "encode"},
	{"enc_error", "encode"},
	{"enc_smsc", "encode"},
	{"enc_submit", "encode"},
	{"enc_submit_multi", "encode"},
	{"split", "encode"},
	{"split_repeat", "encode"},
	{"translit_it", "encode"},
	{"cb_ranges", "tables"},
	{"cbm", "tables"},
	{"cbm_concat", "tables"},
	{"cell_broadcast_id", "tables"},
	{"cme_class", "tables"},
	{"cms_class", "tables"},
	{"dcs", "tables"},
	{"dec_addr", "tables"},
	{"dec_smsc", "tables"},
	{"gsm7_encodable", "tables"},
	{"gsm7_fill", "tables"},
	{"gsm7_pack", "tables"},
	{"gsm7_repeat", "tables"},
	{"gsm7_unpack", "tables"},
	{"scts", "tables"},
	{"semioctet", "tables"},
	{"tp_st", "tables"},
	{"ucs2", "tables"},
	{"vp_rel_decode", "tables"},
	{"vp_rel_encode", "tables"},
};

struct run {
	const struct vector_check *checks;
	size_t check_count;
	struct vector row[ROWS];
	size_t rows; /* in the file, kept or not */
	struct CMUnitTest test[ROWS + 1];
	char name[ROWS][NAME_MAX_OCTETS];
	size_t tests;
};

static struct run the_run;

const char *vector_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text == NULL)
		fail_msg("no string %s", key);
	return text;
}

long long vector_integer(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value))
		fail_msg("no integer %s", key);
	return json_integer_value(value);
}

void vector_expect_string(const char *field, const json_t *value, const char *actual)
{
	if (!json_is_string(value) || strcmp(json_string_value(value), actual) != 0)
		fail_msg("%s: \"%s\", expected \"%s\"", field, actual,
			json_is_string(value) ? json_string_value(value) : "?");
}

void vector_expect_integer(const char *field, const json_t *value, long long actual)
{
	if (!json_is_integer(value) || json_integer_value(value) != actual)
		fail_msg("%s: %lld, expected %lld", field, actual, (long long)json_integer_value(value));
}

void vector_expect_bool(const char *field, const json_t *value, int actual)
{
	if (!json_is_boolean(value) || json_is_true(value) != !!actual)
		fail_msg("%s: %d, expected %d", field, !!actual, json_is_true(value));
}

int vector_is_prose(const char *field)
{
	static const char *const prose[] = {"note", "why", "rule", "requirement", "decoder"};

	for (size_t i = 0; i < sizeof prose / sizeof *prose; i++)
		if (strcmp(prose[i], field) == 0)
			return 1;
	return 0;
}

static void row_test(void **state)
{
	const struct vector *row = *state;

	for (size_t i = 0; i < the_run.check_count; i++) {
		if (strcmp(the_run.checks[i].kind, row->kind) == 0) {
			the_run.checks[i].check(row);
			return;
		}
	}
	fail_msg("nothing checks the kind %s", row->kind);
}

static void complete_test(void **state)
{
	(void)state;
	assert_int_equal(the_run.rows, ROWS);
}

/* NULL: nobody. */
static const char *owner_of(const char *kind)
{
	for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
		if (strcmp(owners[i].kind, kind) == 0)
			return owners[i].program;
	return NULL;
}

/* Cuts the line at its tabs; false unless there are four columns and the third is a JSON object. */
static int row_read(char *line, struct vector *row)
{
	char *column[4];
	int count = 0;

	for (char *at = line; count < 4 && at != NULL; count++) {
		column[count] = at;
		at = strchr(at, '\t');
		if (at != NULL)
			*at++ = '\0';
	}
	if (count != 4)
		return 0;

	*row = (struct vector){
		.kind = strdup(column[0]),
		.input = strdup(column[1]),
		.source = strdup(column[3]),
		.expected = json_loads(column[2], 0, NULL),
	};
	if (column[1][0] == '{' || column[1][0] == '[')
		row->json = json_loads(column[1], 0, NULL);
	return row->kind != NULL && row->input != NULL && row->source != NULL && json_is_object(row->expected);
}

static void row_free(struct vector *row)
{
	free(row->kind);
	free(row->input);
	free(row->source);
	json_decref(row->json);
	json_decref(row->expected);
}

static void test_add(const struct vector *row, unsigned line)
{
	char *name = the_run.name[the_run.tests];

	(void)snprintf(name, NAME_MAX_OCTETS, "%s, line %u: %.40s", row->kind, line, row->input);
	for (char *at = name; *at != '\0'; at++)
		if ((unsigned char)*at >= 0x80 || (unsigned char)*at < 0x20)
			*at = '?';
	the_run.test[the_run.tests] = (struct CMUnitTest){name, row_test, NULL, NULL, &the_run.row[the_run.tests]};
	the_run.tests++;
}

static int file_read(const char *program)
{
	static char line[LINE_MAX_OCTETS];
	FILE *file = fopen(TESTS_DIR "/vectors/codec.tsv", "r");
	unsigned number = 1;

	if (file == NULL || fgets(line, sizeof line, file) == NULL) {
		(void)fprintf(stderr, "cannot read %s\n", TESTS_DIR "/vectors/codec.tsv");
		if (file != NULL)
			(void)fclose(file);
		return -1;
	}
	while (the_run.rows < ROWS && fgets(line, sizeof line, file) != NULL) {
		struct vector *row = &the_run.row[the_run.tests];

		number++;
		line[strcspn(line, "\n")] = '\0';
		if (!row_read(line, row)) {
			(void)fprintf(stderr, "codec.tsv:%u: not a row\n", number);
			(void)fclose(file);
			return -1;
		}
		the_run.rows++;
		const char *owner = owner_of(row->kind);
		if (owner == NULL || strcmp(owner, program) == 0)
			test_add(row, number);
		else
			row_free(row);
	}
	if (fgets(line, sizeof line, file) != NULL)
		the_run.rows++; /* more than were ever counted */
	(void)fclose(file);
	return 0;
}

int vectors_run(const char *program, const struct vector_check *checks, size_t count)
{
	the_run.checks = checks;
	the_run.check_count = count;
	if (file_read(program) != 0)
		return 1;

	size_t rows = the_run.tests;
	the_run.test[the_run.tests++] = (struct CMUnitTest){"the file is complete", complete_test, NULL, NULL, NULL};
	int failed = _cmocka_run_group_tests(program, the_run.test, the_run.tests, NULL, NULL);
	for (size_t i = 0; i < rows; i++)
		row_free(&the_run.row[i]);
	return failed;
}
