/* The console's listener driven turn by turn in this thread, over plain HTTP on loopback: bounds, deadlines, and that a
 * password keeps nobody waiting. */
#include "tests/unit/db_support.h"

#include "config/clock.h"
#include "firmware-host/console/console_private.h"
#include "firmware-host/http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 20000, ANSWER_MAX = 65536, GUESTS = 4 };

#define PASSWORD "quattro cavalli verdi"
#define LOGIN	 "{\"name\":\"Anna\",\"password\":\"" PASSWORD "\"}"

struct scene {
	struct fixture *fixture;
	struct console console;
	uint16_t port;
	char answer[ANSWER_MAX];
};

static void scene_open(struct scene *scene, struct fixture *fixture, int request_ms, int idle_ms)
{
	struct door_limits limits = door_limits_default;
	struct operator_person anna = {.name = "Anna", .role = ROLE_OFFICER};
	char hash[OPERATOR_HASH_MAX];
	int fd;

	memset(scene, 0, sizeof *scene);
	scene->fixture = fixture;
	limits.connections = GUESTS;
	limits.request_ms = request_ms;
	limits.idle_ms = idle_ms;
	scene->console.db = fixture->db;
	scene->console.hasher_fd = -1;
	scene->console.events = events_new();
	scene->console.settings = calloc(1, sizeof *scene->console.settings);
	assert_non_null(scene->console.events);
	assert_non_null(scene->console.settings);
	strcpy(scene->console.settings->console.tls, "off");
	strcpy(scene->console.settings->comune.name, "Santa Fiora");
	snprintf(scene->console.settings->database, sizeof scene->console.settings->database, "%s", fixture->path);
	assert_ok(texts_read(NULL, false, &scene->console.texts, &fixture->err));
	assert_int_equal(operator_password_hash(PASSWORD, hash), 0);
	assert_ok(db_begin(fixture->db, &fixture->err));
	assert_ok(operator_add(fixture->db, &anna, hash, clock_wall_ms(), &fixture->err));
	assert_ok(db_commit(fixture->db, &fixture->err));
	assert_ok(hasher_start(&scene->console.hasher_fd, &fixture->err));
	assert_ok(http_listen("test", "127.0.0.1:0", &fd, &scene->port, &fixture->err));
	assert_ok(door_open(&scene->console, &limits, fd, NULL, &scene->console.door, &fixture->err));
}

static void scene_close(struct scene *scene)
{
	events_end_all(scene->console.events);
	door_step(scene->console.door);
	door_close(scene->console.door);
	close(scene->console.hasher_fd);
	events_free(scene->console.events);
	texts_free(scene->console.texts);
	settings_free(scene->console.settings);
}

/* One turn of the listener alone: the hasher's answers stay where they are. */
static void turn(struct scene *scene)
{
	struct pollfd fds[] = {{.fd = door_fd(scene->console.door), .events = POLLIN}};
	int left = door_timeout(scene->console.door);

	(void)poll(fds, 1, left < 0 || left > 20 ? 20 : left);
	door_step(scene->console.door);
}

static int knock(const struct scene *scene)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(scene->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void post(int fd, const char *path, const char *headers, const char *body)
{
	char text[4096];

	snprintf(text, sizeof text,
		"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s",
		path, headers, strlen(body), body);
	say(fd, text);
}

/* Turns until this connection has an answer (its status) or is hung up (0). */
static int hear(struct scene *scene, int fd)
{
	int64_t deadline = clock_mono_ms() + PATIENCE_MS;
	size_t used = 0;

	memset(scene->answer, 0, sizeof scene->answer);
	while (clock_mono_ms() < deadline) {
		turn(scene);
		ssize_t got = recv(fd, scene->answer + used, sizeof scene->answer - 1 - used, 0);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			return 0;
		used += got > 0 ? (size_t)got : 0;
		if (strstr(scene->answer, "\r\n\r\n"))
			return (int)strtol(scene->answer + sizeof "HTTP/1.1" - 1, NULL, 10);
	}
	fail_msg("neither answered nor hung up");
	return -1;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void test_dawdlers_go(void **state)
{
	static const char *const beginnings[] = {"", "GET /", "GET / HTTP/1.1\r\nHost: x\r\n",
		"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"name\""};
	struct scene *scene = malloc(sizeof *scene);

	assert_non_null(scene);
	scene_open(scene, *state, 150, 150);
	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
		int fd = knock(scene);
		if (beginnings[i][0])
			say(fd, beginnings[i]);
		assert_int_equal(hear(scene, fd), 0);
		close(fd);
	}
	int fd = knock(scene); /* who has had an answer and asks nothing more */
	say(fd, "GET /api/session HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(hear(scene, fd), 200);
	assert_int_equal(hear(scene, fd), 0);
	close(fd);
	scene_close(scene);
	free(scene);
}

static void test_there_is_room(void **state)
{
	struct scene *scene = malloc(sizeof *scene);
	int idle[2 * GUESTS];

	assert_non_null(scene);
	scene_open(scene, *state, PATIENCE_MS, PATIENCE_MS);
	for (int i = 0; i < 2 * GUESTS; i++) {
		idle[i] = knock(scene);
		turn(scene);
	}
	int fd = knock(scene);
	say(fd, "GET /api/session HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(hear(scene, fd), 200);
	close(fd);
	for (int i = 0; i < 2 * GUESTS; i++)
		close(idle[i]);
	scene_close(scene);
	free(scene);
}

/* A password is with the hasher, and nothing waits for it but the one who gave it. */
static void test_hashing_keeps_nobody(void **state)
{
	struct scene *scene = malloc(sizeof *scene);
	struct hasher_answer answer;

	assert_non_null(scene);
	scene_open(scene, *state, PATIENCE_MS, PATIENCE_MS);
	int login = knock(scene), other = knock(scene);
	post(login, "/api/login", "", LOGIN);
	while (!scene->console.hashing[0])
		turn(scene);
	say(other, "GET /api/session HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(hear(scene, other), 200);
	assert_non_null(scene->console.hashing[0]); /* it still waits: nobody has heard the hasher */
	while (hasher_hear(scene->console.hasher_fd, &answer) != 0)
		turn(scene);
	struct call *call = scene->console.hashing[0];
	assert_int_equal(answer.token, call->token);
	scene->console.hashing[0] = NULL;
	call->token = 0;
	call->resume(call, &answer);
	door_resume(scene->console.door, call);
	assert_int_equal(hear(scene, login), 200);
	assert_non_null(strstr(scene->answer, "Set-Cookie: banditore="));
	close(login);
	close(other);
	scene_close(scene);
	free(scene);
}

static void test_hashing_is_bounded(void **state)
{
	struct scene *scene = malloc(sizeof *scene);
	int fds[GUESTS];

	assert_non_null(scene);
	scene_open(scene, *state, PATIENCE_MS, PATIENCE_MS);
	for (int i = 0; i < HASHER_JOBS_MAX; i++) /* as if so many waited */
		scene->console.hashing[i] = calloc(1, sizeof(struct call));
	fds[0] = knock(scene);
	post(fds[0], "/api/login", "", LOGIN);
	assert_int_equal(hear(scene, fds[0]), 503);
	assert_non_null(strstr(scene->answer, "Retry-After: 1"));
	for (int i = 0; i < HASHER_JOBS_MAX; i++) {
		free(scene->console.hashing[i]);
		scene->console.hashing[i] = NULL;
	}
	close(fds[0]);
	scene_close(scene);
	free(scene);
}

/* Who gives up while the password is being judged leaves nothing behind. */
static void test_gone_while_hashing(void **state)
{
	struct scene *scene = malloc(sizeof *scene);
	struct hasher_answer answer;

	assert_non_null(scene);
	scene_open(scene, *state, PATIENCE_MS, PATIENCE_MS);
	int login = knock(scene);
	post(login, "/api/login", "", LOGIN);
	while (!scene->console.hashing[0])
		turn(scene);
	close(login);
	turn(scene);
	while (hasher_hear(scene->console.hasher_fd, &answer) != 0)
		turn(scene);
	struct call *call = scene->console.hashing[0];
	scene->console.hashing[0] = NULL;
	if (call) {
		call->token = 0;
		call->resume(call, &answer);
		door_resume(scene->console.door, call);
	}
	turn(scene);
	turn(scene);
	scene_close(scene);
	free(scene);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_dawdlers_go),
		TEST(test_there_is_room),
		TEST(test_hashing_keeps_nobody),
		TEST(test_hashing_is_bounded),
		TEST(test_gone_while_hashing),
	};

	signal(SIGPIPE, SIG_IGN);
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
