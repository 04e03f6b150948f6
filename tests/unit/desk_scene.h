/* Commands of the offices as they are typed, on a database of their own: what they print and their exit status. */
#ifndef BANDITORE_TESTS_DESK_SCENE_H
#define BANDITORE_TESTS_DESK_SCENE_H

#include "tests/unit/db_support.h"

#include "firmware-host/cli.h"

#include <jansson.h>
#include <time.h>

enum { DESK_PRINTED_MAX = 65536, DESK_WORDS_MAX = 16 };

struct desk_scene {
	struct cli cli;
	char *printed;
};

/* The comune of the scene: two offices, in Rome. */
static inline void desk_scene_open(struct desk_scene *scene, struct fixture *fixture)
{
	struct settings *settings = calloc(1, sizeof *settings);

	assert_non_null(settings);
	setenv("TZ", "Europe/Rome", 1);
	tzset();
	strcpy(settings->comune.name, "Santa Fiora");
	strcpy(settings->comune.contacts, "tel. 0564 000000");
	strcpy(settings->comune.country, "39");
	memcpy(settings->database, fixture->path, sizeof fixture->path);
	settings->sms.fold = true;
	settings->office_count = 2;
	strcpy(settings->offices[0].id, "tecnico");
	strcpy(settings->offices[0].name, "Ufficio tecnico");
	strcpy(settings->offices[0].hours, "mon-sun 09:00-12:00");
	settings->offices[0].slot_minutes = 30;
	strcpy(settings->offices[1].id, "anagrafe");
	strcpy(settings->offices[1].name, "Anagrafe");
	settings->appointments.days_ahead = 30;
	settings->appointments.lead_min = 120;
	settings->appointments.offers = 6;
	settings->appointments.reminder_hour = 18;
	*scene = (struct desk_scene){.cli = {.settings = settings, .db = fixture->db, .config_path = ""}};
	assert_ok(texts_read(NULL, false, &scene->cli.texts, &fixture->err));
	scene->printed = calloc(1, DESK_PRINTED_MAX);
	assert_non_null(scene->printed);
}

static inline void desk_scene_close(struct desk_scene *scene)
{
	scene->cli.db = NULL; /* the fixture's */
	cli_close(&scene->cli);
	free(scene->printed);
}

/* Runs the words, the first being the command, up to NULL. Returns the exit status. */
static inline int desk_run(
	struct desk_scene *scene, struct fixture *fixture, cli_command *command, const char *const *words)
{
	char *argv[DESK_WORDS_MAX + 1] = {NULL};
	FILE *real = stdout;
	int argc = 0;

	for (; words[argc] && argc < DESK_WORDS_MAX; argc++) {
		argv[argc] = strdup(words[argc]);
		assert_non_null(argv[argc]);
	}
	memset(scene->printed, 0, DESK_PRINTED_MAX);
	fixture->err = (struct err){0};
	stdout = fmemopen(scene->printed, DESK_PRINTED_MAX - 1, "w");
	assert_non_null(stdout);
	int result = command(&scene->cli, argc, argv, &fixture->err);
	fclose(stdout);
	stdout = real;
	while (argc > 0) /* getopt has put them into another order */
		free(argv[--argc]);
	assert_false(db_in_transaction(fixture->db));
	if (result == 0)
		return 0;
	assert_true(fixture->err.text[0] && !strchr(fixture->err.text, '\n'));
	return fixture->err.status;
}

#define DESK_RUN(command, ...) desk_run(&scene, fixture, command, (const char *const[]){__VA_ARGS__, NULL})

/* What a text of a message is; "": there is none. */
static inline const char *desk_text(struct fixture *fixture, int64_t id, struct message *space)
{
	if (message_get(fixture->db, id, space, &fixture->err) != 1)
		space->text[0] = '\0';
	return space->text;
}

/* Nothing that steers a terminal, turns the writing's direction, or is no UTF-8. */
static inline void desk_check_harmless(const char *text)
{
	static const char *const marks[] = {"\xE2\x80\xAE", "\xE2\x80\xAC", "\xE2\x80\x8F", "\xE2\x81\xA6",
		"\xE2\x81\xA9", "\xC2\x9B", "\xE2\x80\xA8"};

	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' ? *at != '\n' && *at != '\r' : *at == 0x7F)
			fail_msg("control %02X in: %s", (unsigned char)*at, text);
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strstr(text, marks[i]))
			fail_msg("a mark in: %s", text);
}

#endif
