#include "firmware-host/chore.h"

#include "config/clock.h"
#include "db/memo.h"
#include "db/report.h"
#include "firmware-host/json.h"
#include "firmware-host/log.h"
#include "firmware-host/notice.h"
#include "firmware-host/selftest.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MINUTE_MS = 60 * 1000,
	DAY_MS = 24 * 60 * MINUTE_MS,
	LIMIT_MS = 30 * MINUTE_MS, /* one that takes longer hangs */
	STATUS_UNUSABLE = 69,	   /* asked, and one of our templates cannot be sent; tested, and not all is well */
};

static const struct {
	const char *const argv[3];
	int64_t first_ms, again_ms, failed_ms; /* after the start, after it went well, after it did not */
} chores[HUB_CHORES] = {
	[HUB_CHORE_TEMPLATES] = {{"template", "sync", "--json"}, MINUTE_MS, DAY_MS, 60 * MINUTE_MS},
	[HUB_CHORE_MEDIA] = {{"media", "fetch", NULL}, 0, MINUTE_MS, 5 * MINUTE_MS},
	[HUB_CHORE_SELFTEST] = {{"selftest", "--json", NULL}, 10 * MINUTE_MS, MINUTE_MS, MINUTE_MS},
};

static bool keep_one(void *context, const struct report_item *item)
{
	(void)item;
	*(bool *)context = true;
	return false;
}

static bool chore_is_wanted(struct hub *hub, enum hub_chore which)
{
	const struct hub_bearer *whatsapp = hub_whatsapp_bearer(hub);
	bool wanted = false;
	struct err err;

	if (which == HUB_CHORE_SELFTEST)
		return selftest_is_due(hub->db, hub->settings, clock_wall_ms());
	if (!whatsapp || whatsapp->status.state != BEARER_READY)
		return false;
	if (which == HUB_CHORE_TEMPLATES)
		return hub->settings->whatsapp.business_account_id[0] != '\0';
	return report_media_wanted(hub->db, 1, keep_one, &wanted, &err) == 0 && wanted;
}

/* With the signals as a command expects them, and nothing to say where the appliance's words go. */
static void chore_start(struct hub *hub, enum hub_chore which)
{
	struct hub_chore_state *chore = &hub->chores[which];
	const char *words[] = {"banditore", "-c", hub->config_path, chores[which].argv[0], chores[which].argv[1],
		chores[which].argv[2], NULL};
	char *argv[sizeof words / sizeof *words];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;

	memcpy(argv, words, sizeof argv); /* posix_spawn changes none of them and wants them without const */
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	int result = posix_spawn(&chore->pid, "/proc/self/exe", &files, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	chore->started_mono = clock_mono_ms();
	if (result == 0)
		return;
	log_line(LOG_WARN, "%s %s could not be started: %s", words[3], words[4], strerror(result));
	chore->pid = 0;
	chore->due_mono = chore->started_mono + chores[which].failed_ms;
}

static int template_heed(struct hub *hub, const json_t *row, struct err *err)
{
	static const char *const roles[] = {
		[MESSAGE_ALERT] = "alert", [MESSAGE_CLEAR] = "clear", [MESSAGE_NEWS] = "news"};
	const char *role = json_string_value(json_object_get(row, "role"));
	bool usable = json_is_true(json_object_get(row, "usable"));

	for (int kind = MESSAGE_ALERT; kind <= MESSAGE_NEWS && role; kind++) {
		if (strcmp(role, roles[kind]) == 0)
			return notice_set(hub, notice_of_template((enum message_kind)kind), !usable,
				usable ? "" : "it cannot be sent; see: banditore template list", clock_wall_ms(), err);
	}
	return 0;
}

/* What the sync remembered: which of ours may be sent? */
static int templates_heed(struct hub *hub, struct err *err)
{
	char *text = NULL;
	size_t i;
	json_t *row;

	int found = memo_get(hub->db, "whatsapp.templates", &text, err);
	if (found <= 0)
		return found;
	json_t *memo = json_loads(text, 0, NULL);
	int result = 0;
	free(text);
	json_array_foreach(json_object_get(memo, "templates"), i, row)
	{
		if (result == 0)
			result = template_heed(hub, row, err);
	}
	json_decref(memo);
	return result;
}

/* What the daily test found is for the staff. */
static int selftest_heed(struct hub *hub, struct err *err)
{
	json_t *last = selftest_last(hub->db);
	int result = !last ? 0
			   : notice_set(hub, NOTICE_SELFTEST, !json_is_true(json_object_get(last, "ok")),
				     json_text_of(last, "why"), clock_wall_ms(), err);

	json_decref(last);
	return result;
}

static void chore_ended(struct hub *hub, enum hub_chore which, int status)
{
	struct hub_chore_state *chore = &hub->chores[which];
	int result = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	struct err err;

	chore->pid = 0;
	chore->due_mono = clock_mono_ms() + (result == 0 ? chores[which].again_ms : chores[which].failed_ms);
	hub->look = true;
	if (which == HUB_CHORE_MEDIA || (result != 0 && result != STATUS_UNUSABLE))
		return;
	if (db_begin(hub->db, &err) != 0)
		return;
	int heeded = which == HUB_CHORE_TEMPLATES ? templates_heed(hub, &err) : selftest_heed(hub, &err);
	if (heeded == 0 && db_commit(hub->db, &err) == 0)
		return;
	db_rollback(hub->db);
	log_line(LOG_WARN, "%s: what was found was not taken up: %s", chores[which].argv[0], err.text);
}

void chore_tick(struct hub *hub)
{
	int64_t mono = clock_mono_ms();

	for (int i = 0; i < HUB_CHORES; i++) {
		struct hub_chore_state *chore = &hub->chores[i];
		int status;
		if (chore->due_mono == 0)
			chore->due_mono = mono + chores[i].first_ms;
		if (chore->pid > 0 && mono - chore->started_mono > LIMIT_MS)
			kill(chore->pid, SIGKILL);
		if (chore->pid > 0 && waitpid(chore->pid, &status, WNOHANG) == chore->pid)
			chore_ended(hub, (enum hub_chore)i, status);
		if (chore->pid != 0 || mono < chore->due_mono)
			continue;
		if (chore_is_wanted(hub, (enum hub_chore)i))
			chore_start(hub, (enum hub_chore)i);
		else
			chore->due_mono = mono + MINUTE_MS;
	}
}

void chore_media_due(struct hub *hub)
{
	hub->chores[HUB_CHORE_MEDIA].due_mono = clock_mono_ms();
}

void chore_stop(struct hub *hub)
{
	for (int i = 0; i < HUB_CHORES; i++) {
		if (hub->chores[i].pid > 0)
			kill(hub->chores[i].pid, SIGTERM);
	}
}
