/* What the webhook has answered with 200 is on disk until the hub has kept it: through restarts, kills, torn files and a
 * disk that is full, slow or broken. The disk's calls are ours here, so that they can fail and be counted. */
#include "tests/unit/webhook_box.h"

#include "config/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the disk ---------------------------------------------------------------------------------------------------- */

static atomic_int disk_room = -1; /* octets until it is full; -1: there is no end */
static atomic_int sync_error, truncate_error;
static atomic_int syncs;
static atomic_bool sync_blocks, sync_is_blocked;

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
	struct iovec part[2];
	int room = disk_room;

	if (room < 0 || count != 2)
		return syscall(SYS_writev, fd, pieces, count);
	if (room == 0) {
		errno = ENOSPC;
		return -1;
	}
	part[0] = pieces[0];
	part[1] = pieces[1];
	part[0].iov_len = part[0].iov_len < (size_t)room ? part[0].iov_len : (size_t)room;
	room -= (int)part[0].iov_len;
	part[1].iov_len = part[1].iov_len < (size_t)room ? part[1].iov_len : (size_t)room;
	disk_room = room - (int)part[1].iov_len;
	return syscall(SYS_writev, fd, part, 2);
}

int fdatasync(int fd)
{
	syncs++;
	while (sync_blocks) {
		sync_is_blocked = true;
		poll(NULL, 0, 1);
	}
	if (sync_error) {
		errno = sync_error;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t length)
{
	if (truncate_error) {
		errno = truncate_error;
		return -1;
	}
	return (int)syscall(SYS_ftruncate, fd, length);
}

/* ---- the scene --------------------------------------------------------------------------------------------------- */

static struct webhook_box box;

static int box_setup(void **state)
{
	(void)state;
	disk_room = -1;
	sync_error = truncate_error = syncs = 0;
	sync_blocks = sync_is_blocked = false;
	box_init(&box);
	return 0;
}

static int box_teardown(void **state)
{
	(void)state;
	sync_blocks = false;
	box_free(&box);
	return 0;
}

static void restart(void)
{
	box_stop(&box);
	box_open(&box);
}

static void expect_silence(void)
{
	struct webhook_event event;

	/* What is posted now comes next, so there was nothing before it. */
	assert_int_equal(box_post_texts(&box, 9999, 1), 200);
	assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
	assert_string_equal(event.id, "wamid.9999");
	box_kept(&box, event.token);
}

static void expect_trouble(const char *word)
{
	struct webhook_event event;

	assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
	assert_int_equal(event.type, WEBHOOK_TROUBLE);
	assert_string_equal(event.word, word);
	assert_true(event.code > 0 && event.remark[0]);
}

/* Opens the only file of the spool. */
static int spool_file(void)
{
	DIR *folder = opendir(box.config.spool);
	struct dirent *entry;
	int fd = -1;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.') {
			assert_int_equal(fd, -1);
			fd = openat(dirfd(folder), entry->d_name, O_RDWR);
			assert_true(fd >= 0);
		}
	closedir(folder);
	assert_true(fd >= 0);
	return fd;
}

/* ---- kept and not kept ------------------------------------------------------------------------------------------- */

static void test_restart(void **state)
{
	int files;

	(void)state;
	box_open(&box);
	for (int i = 1; i <= 5; i++)
		assert_int_equal(box_post_texts(&box, i, 1), 200);
	box_expect_texts(&box, 1, 5, false);
	restart();
	box_expect_texts(&box, 1, 5, true);
	box_await_spool_empty(&box);
	restart();
	expect_silence();
	box_await_spool_empty(&box);
	assert_int_equal(box_spool_octets(&box, &files), 0);
	assert_int_equal(files, 1);
}

/* The hub ended without reading: nothing is lost. */
static void test_restart_unread(void **state)
{
	(void)state;
	box_open(&box);
	assert_int_equal(box_post_texts(&box, 1, 500), 200);
	close(box.hub);
	box.hub = -1;
	/* The old thread may still be ending; its spool is only read from by now. */
	box_open(&box);
	box_expect_texts(&box, 1, 500, true);
	box_await_spool_empty(&box);
}

/* What the hub said before it ended counts. */
static void test_kept_then_closed(void **state)
{
	(void)state;
	box_open(&box);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(box_post_texts(&box, i, 1), 200);
	box_expect_texts(&box, 1, 3, true);
	restart();
	expect_silence();
}

/* kill -9 between the answer and the hub. */
static void test_kill(void **state)
{
	int port[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(port), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct err err;
		if (webhook_start_with(&box.config, &box.limits, &box.hub, &box.port, &err) != 0 ||
			write(port[1], &box.port, sizeof box.port) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(port[0], &box.port, sizeof box.port), sizeof box.port);
	close(port[0]);
	close(port[1]);
	for (int i = 1; i <= 20; i++)
		assert_int_equal(box_post_texts(&box, i, 1), 200);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	box_open(&box);
	box_expect_texts(&box, 1, 20, true);
	box_await_spool_empty(&box);
}

static void test_segments(void **state)
{
	int files;

	(void)state;
	box.limits.segment = 1024;
	box_open(&box);
	for (int i = 1; i <= 40; i++)
		assert_int_equal(box_post_texts(&box, i, 1), 200);
	assert_true(box_spool_octets(&box, &files) > 8000);
	assert_in_range(files, 10, 20);
	box_expect_texts(&box, 1, 20, true);
	box_expect_texts(&box, 21, 20, false);
	/* Those of the first half are gone, those of the second stay. */
	for (int64_t deadline = clock_mono_ms() + BOX_PATIENCE_MS; files > 11;) {
		assert_true(clock_left_ms(deadline) > 0);
		(void)box_spool_octets(&box, &files);
	}
	restart();
	struct webhook_event event;
	int last = 0;
	while (last < 40) {
		assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
		assert_in_range(atoi(event.id + 6), last ? last + 1 : 18, last ? last + 1 : 21);
		last = atoi(event.id + 6);
		box_kept(&box, event.token);
	}
	box_await_spool_empty(&box);
	(void)box_spool_octets(&box, &files);
	assert_in_range(files, 0, 1);
	expect_silence();
}

/* ---- back-pressure ----------------------------------------------------------------------------------------------- */

static void test_window(void **state)
{
	enum { BATCH = 1000 };
	uint64_t tokens[WEBHOOK_UNKEPT_MAX];
	struct webhook_event event;
	bool seen[BATCH] = {false};
	int count = 0;

	(void)state;
	box_open(&box);
	assert_int_equal(box_post_texts(&box, 0, BATCH), 200);
	while (count < BATCH) {
		int told = 0, expected = BATCH - count < WEBHOOK_UNKEPT_MAX ? BATCH - count : WEBHOOK_UNKEPT_MAX;
		for (; told < expected; told++) {
			assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
			int number = atoi(event.id + 6);
			assert_in_range(number, 0, BATCH - 1);
			assert_false(seen[number]);
			seen[number] = true;
			tokens[told] = event.token;
		}
		assert_false(box_event(&box, &event, 30)); /* no more than that at once */
		count += told;
		while (told > 0) /* in any order, and twice: the second is nothing */
			box_kept(&box, tokens[--told]);
		box_kept(&box, tokens[0]);
		box_kept(&box, 0);
		box_kept(&box, UINT64_MAX);
	}
	box_await_spool_empty(&box);
	/* A packet that is none of ours. */
	assert_int_equal(send(box.hub, "x", 1, 0), 1);
	expect_silence();
}

/* The hub may say KEPT to all it has though the thread is at the disk. */
static void test_kept_has_room(void **state)
{
	uint64_t tokens[WEBHOOK_UNKEPT_MAX];
	struct webhook_event event;

	(void)state;
	box_open(&box);
	assert_int_equal(box_post_texts(&box, 0, WEBHOOK_UNKEPT_MAX), 200);
	for (int i = 0; i < WEBHOOK_UNKEPT_MAX; i++) {
		assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
		tokens[i] = event.token;
	}
	sync_blocks = true;
	char *body = box_texts(1000, 1), *text;
	size_t size;
	text = box_post_text(body, strlen(body), &size);
	int fd = box_connect(&box);
	assert_true(box_send(fd, text, size));
	for (int64_t deadline = clock_mono_ms() + BOX_PATIENCE_MS; !sync_is_blocked;) {
		assert_true(clock_left_ms(deadline) > 0);
		poll(NULL, 0, 1);
	}
	for (int i = 0; i < WEBHOOK_UNKEPT_MAX; i++)
		box_kept(&box, tokens[i]);
	sync_blocks = false;
	assert_int_equal(box_answer(fd, NULL, 0), 200);
	box_expect_texts(&box, 1000, 1, true);
	box_await_spool_empty(&box);
	close(fd);
	free(text);
	free(body);
}

static void test_spool_full(void **state)
{
	int status = 200, kept = 0;

	(void)state;
	box.limits.spool = 4096;
	box.limits.segment = 1024;
	box_open(&box);
	while (status == 200 && kept < 100) {
		status = box_post_texts(&box, kept, 1);
		kept += status == 200;
	}
	assert_int_equal(status, 503);
	assert_in_range(kept, 5, 20);
	box_expect_texts(&box, 0, kept, true);
	expect_trouble("full");
	/* There is room again. */
	for (int64_t deadline = clock_mono_ms() + BOX_PATIENCE_MS; box_post_texts(&box, kept, 1) != 200;)
		assert_true(clock_left_ms(deadline) > 0);
	box_expect_texts(&box, kept, 1, true);
}

/* ---- the disk's faults ------------------------------------------------------------------------------------------- */

static void test_disk_full(void **state)
{
	(void)state;
	box_open(&box);
	assert_int_equal(box_post_texts(&box, 1, 1), 200);
	for (int room = 0; room < 120; room += 13) {
		disk_room = room;
		assert_int_equal(box_post_texts(&box, 50, 1), 503);
	}
	disk_room = -1;
	assert_int_equal(box_post_texts(&box, 2, 1), 200);
	box_expect_texts(&box, 1, 1, false);
	expect_trouble("disk");
	box_expect_texts(&box, 2, 1, false);
	restart();
	box_expect_texts(&box, 1, 2, true);
	expect_silence();
}

/* Not even the half that was written can be taken back: nothing is written behind it. */
static void test_disk_full_stuck(void **state)
{
	(void)state;
	box_open(&box);
	assert_int_equal(box_post_texts(&box, 1, 1), 200);
	disk_room = 60;
	truncate_error = EIO;
	assert_int_equal(box_post_texts(&box, 50, 1), 503);
	disk_room = -1;
	assert_int_equal(box_post_texts(&box, 2, 1), 200);
	truncate_error = 0;
	box_expect_texts(&box, 1, 1, false);
	expect_trouble("disk");
	box_expect_texts(&box, 2, 1, false);
	restart();
	box_expect_texts(&box, 1, 2, true);
	expect_silence();
}

static void test_sync_fails(void **state)
{
	(void)state;
	box_open(&box);
	assert_int_equal(box_post_texts(&box, 1, 1), 200);
	sync_error = EIO;
	assert_int_equal(box_post_texts(&box, 50, 1), 503);
	sync_error = 0;
	assert_int_equal(box_post_texts(&box, 2, 1), 200);
	box_expect_texts(&box, 1, 1, false);
	expect_trouble("disk");
	box_expect_texts(&box, 2, 1, false);
	restart();
	box_expect_texts(&box, 1, 2, true);
	expect_silence();
}

/* What comes while a sync is under way shares the next one. */
static void test_group_commit(void **state)
{
	enum { CROWD = 64 };
	int fds[CROWD];
	size_t size;
	char *body = box_texts(7, 1), *text = box_post_text(body, strlen(body), &size);
	struct webhook_event event;

	(void)state;
	box_open(&box);
	sync_blocks = true;
	for (int i = 0; i < CROWD; i++) {
		fds[i] = box_connect(&box);
		assert_true(box_send(fds[i], text, size));
		for (int64_t deadline = clock_mono_ms() + BOX_PATIENCE_MS; !sync_is_blocked;) {
			assert_true(clock_left_ms(deadline) > 0);
			poll(NULL, 0, 1);
		}
	}
	/* None is answered before its sync. */
	struct pollfd first = {.fd = fds[0], .events = POLLIN};
	assert_int_equal(poll(&first, 1, 20), 0);
	sync_blocks = false;
	for (int i = 0; i < CROWD; i++) {
		assert_int_equal(box_answer(fds[i], NULL, 0), 200);
		close(fds[i]);
	}
	/* A few connections are taken a turn, so it is more than two; it is far from one each. */
	assert_in_range(syncs, 2, CROWD / 4);
	for (int i = 0; i < CROWD; i++) {
		assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
		box_kept(&box, event.token);
	}
	box_await_spool_empty(&box);
	free(text);
	free(body);
}

/* ---- torn files -------------------------------------------------------------------------------------------------- */

static size_t three_left(void)
{
	int files;

	box_open(&box);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(box_post_texts(&box, i, 1), 200);
	box_stop(&box);
	size_t octets = box_spool_octets(&box, &files);
	assert_int_equal(files, 1);
	assert_int_equal(octets % 3, 0);
	return octets;
}

static void test_torn_end(void **state)
{
	size_t octets = three_left(), record = octets / 3;

	(void)state;
	for (size_t cut = 1; cut <= record; cut += cut < 40 ? 1 : 20) {
		int fd = spool_file();
		assert_int_equal(ftruncate(fd, (off_t)(octets - cut)), 0);
		close(fd);
		box_open(&box);
		box_expect_texts(&box, 1, 2, false);
		box_stop(&box);
	}
	box_open(&box);
	box_expect_texts(&box, 1, 2, true);
	expect_silence();
	box_await_spool_empty(&box);
}

/* A power cut may leave zeros or anything where the last write was to be. */
static void test_garbage_end(void **state)
{
	static const char zeros[500];
	size_t octets = three_left();
	int fd = spool_file();

	(void)state;
	assert_int_equal(pwrite(fd, zeros, sizeof zeros, (off_t)octets), sizeof zeros);
	close(fd);
	box_open(&box);
	box_expect_texts(&box, 1, 3, false);
	box_stop(&box);
	fd = spool_file();
	assert_int_equal(pwrite(fd, "\x42\x57\x57\x31\xff\xff\xff\xff", 8, (off_t)octets), 8);
	close(fd);
	box_open(&box);
	box_expect_texts(&box, 1, 3, true);
	expect_silence();
}

/* An octet that rotted costs its own record only. */
static void test_damaged_middle(void **state)
{
	size_t record = three_left() / 3;
	int fd = spool_file();
	struct webhook_event event;

	(void)state;
	assert_int_equal(pwrite(fd, "#", 1, (off_t)(2 * record - 5)), 1);
	close(fd);
	box_open(&box);
	box_expect_texts(&box, 1, 1, true);
	assert_true(box_event(&box, &event, BOX_PATIENCE_MS));
	assert_string_equal(event.id, "wamid.3");
	box_kept(&box, event.token);
	box_await_spool_empty(&box);
}

/* Files that are not the spool's are left alone; the folder is nobody else's business. */
static void test_folder(void **state)
{
	char path[400];
	struct stat status;

	(void)state;
	box_open(&box);
	assert_int_equal(stat(box.config.spool, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_int_equal(box_post_texts(&box, 1, 1), 200);
	int fd = spool_file();
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	close(fd);
	snprintf(path, sizeof path, "%s/appunti.txt", box.config.spool);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	restart();
	box_expect_texts(&box, 1, 1, true);
	expect_silence();
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_restart),
		TEST(test_restart_unread),
		TEST(test_kept_then_closed),
		TEST(test_kill),
		TEST(test_segments),
		TEST(test_window),
		TEST(test_kept_has_room),
		TEST(test_spool_full),
		TEST(test_disk_full),
		TEST(test_disk_full_stuck),
		TEST(test_sync_fails),
		TEST(test_group_commit),
		TEST(test_torn_end),
		TEST(test_garbage_end),
		TEST(test_damaged_middle),
		TEST(test_folder),
	};

	return cmocka_run_group_tests_name("webhook_spool", tests, NULL, NULL);
}
