#include "tests/unit/webhook_box.h"

#include "config/clock.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

void box_init(struct webhook_box *box)
{
	*box = (struct webhook_box){.limits = webhook_limits_default, .hub = -1};
	snprintf(box->folder, sizeof box->folder, "/tmp/banditore-webhook-XXXXXX");
	assert_non_null(mkdtemp(box->folder));
	snprintf(box->config.listen, sizeof box->config.listen, "127.0.0.1:0");
	snprintf(box->config.spool, sizeof box->config.spool, "%s/spool", box->folder);
	snprintf(box->config.app_secret, sizeof box->config.app_secret, BOX_SECRET);
	snprintf(box->config.verify_token, sizeof box->config.verify_token, "parola");
	snprintf(box->config.phone_number_id, sizeof box->config.phone_number_id, "1063");
}

void box_open(struct webhook_box *box)
{
	struct err err = {0};

	if (webhook_start_with(&box->config, &box->limits, &box->hub, &box->port, &err) != 0)
		fail_msg("%s", err.text);
}

void box_stop(struct webhook_box *box)
{
	struct webhook_event event;
	struct pollfd hub = {.fd = box->hub, .events = POLLIN};
	int64_t deadline = clock_mono_ms() + BOX_PATIENCE_MS;

	if (box->hub < 0)
		return;
	/* The thread closes its end last. */
	shutdown(box->hub, SHUT_WR);
	while (webhook_event_read(box->hub, &event) != -EPIPE) {
		assert_true(clock_left_ms(deadline) > 0);
		poll(&hub, 1, 100);
	}
	close(box->hub);
	box->hub = -1;
}

static void folder_remove(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	rmdir(path);
}

void box_free(struct webhook_box *box)
{
	box_stop(box);
	folder_remove(box->config.spool);
	folder_remove(box->folder);
}

/* ---- the client -------------------------------------------------------------------------------------------------- */

int box_connect(const struct webhook_box *box)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(box->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = BOX_PATIENCE_MS / 1000};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

bool box_send(int fd, const void *octets, size_t length)
{
	const char *at = octets;

	while (length > 0) {
		ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
		if (sent < 0)
			return false;
		at += sent;
		length -= (size_t)sent;
	}
	return true;
}

bool box_send_text(int fd, const char *text)
{
	return box_send(fd, text, strlen(text));
}

int box_answer(int fd, char *text, size_t size)
{
	char answer[4096];
	size_t got = 0, length = 0;
	const char *end = NULL, *header;
	int status = 0;

	if (text)
		text[0] = '\0';
	/* One octet at a time: what comes behind belongs to the next answer. */
	while (got < sizeof answer - 1 && (!end || (size_t)(answer + got - end) < length)) {
		if (recv(fd, answer + got, 1, 0) != 1)
			return 0;
		answer[++got] = '\0';
		if (end || !(end = strstr(answer, "\r\n\r\n")))
			continue;
		end += 4;
		header = strcasestr(answer, "\r\nContent-Length:");
		length = header ? strtoul(header + 17, NULL, 10) : 0;
		status = atoi(answer + 9);
	}
	if (text)
		snprintf(text, size, "%s", end);
	return status;
}

bool box_is_hung_up(int fd)
{
	char octets[4096];
	ssize_t got;

	while ((got = recv(fd, octets, sizeof octets, 0)) > 0)
		;
	return got == 0 || errno == ECONNRESET;
}

void box_sign(const void *body, size_t length, char out[80])
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)BOX_SECRET, strlen(BOX_SECRET));
	crypto_auth_hmacsha256_update(&state, body, length);
	crypto_auth_hmacsha256_final(&state, mac);
	memcpy(out, "sha256=", 7);
	sodium_bin2hex(out + 7, 80 - 7, mac, sizeof mac);
}

char *box_post_text(const void *body, size_t length, size_t *ret_length)
{
	char *text = malloc(length + 512), signature[80];

	assert_non_null(text);
	box_sign(body, length, signature);
	int head = snprintf(text, 512,
		"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Hub-Signature-256: %s\r\n"
		"Content-Length: %zu\r\n\r\n",
		signature, length);
	memcpy(text + head, body, length);
	*ret_length = (size_t)head + length;
	return text;
}

int box_post(const struct webhook_box *box, const char *body, size_t length)
{
	size_t size;
	char *text = box_post_text(body, length, &size);
	int fd = box_connect(box), status;

	assert_true(box_send(fd, text, size));
	status = box_answer(fd, NULL, 0);
	close(fd);
	free(text);
	return status;
}

char *box_texts(int first, int count)
{
	size_t room = 256 + (size_t)count * 160, used;
	char *body = malloc(room);

	assert_non_null(body);
	used = (size_t)snprintf(body, room,
		"{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\","
		"\"value\":{\"messages\":[");
	for (int i = first; i < first + count; i++)
		used += (size_t)snprintf(body + used, room - used,
			"%s{\"from\":\"393331234567\",\"id\":\"wamid.%d\",\"timestamp\":\"1793000000\",\"type\":\"text\","
			"\"text\":{\"body\":\"ciao\"}}",
			i > first ? "," : "", i);
	snprintf(body + used, room - used, "]}}]}]}");
	return body;
}

int box_post_texts(const struct webhook_box *box, int first, int count)
{
	char *body = box_texts(first, count);
	int status = box_post(box, body, strlen(body));

	free(body);
	return status;
}

/* ---- the hub ----------------------------------------------------------------------------------------------------- */

bool box_event(const struct webhook_box *box, struct webhook_event *ret_event, int patience_ms)
{
	int64_t deadline = clock_mono_ms() + patience_ms;
	struct pollfd hub = {.fd = box->hub, .events = POLLIN};

	for (;;) {
		int result = webhook_event_read(box->hub, ret_event);
		if (result == 0)
			return true;
		assert_int_equal(result, -EAGAIN);
		if (clock_left_ms(deadline) == 0)
			return false;
		poll(&hub, 1, clock_left_ms(deadline));
	}
}

void box_kept(const struct webhook_box *box, uint64_t token)
{
	assert_int_equal(webhook_kept(box->hub, token), 0);
}

void box_expect_texts(const struct webhook_box *box, int first, int count, bool keep)
{
	struct webhook_event event;
	char id[32];

	for (int i = first; i < first + count; i++) {
		assert_true(box_event(box, &event, BOX_PATIENCE_MS));
		snprintf(id, sizeof id, "wamid.%d", i);
		assert_int_equal(event.type, WEBHOOK_MESSAGE);
		assert_string_equal(event.id, id);
		assert_string_equal(event.text, "ciao");
		assert_true(event.token > 0 && event.received > 0);
		if (keep)
			box_kept(box, event.token);
	}
}

/* ---- the spool --------------------------------------------------------------------------------------------------- */

size_t box_spool_octets(const struct webhook_box *box, int *ret_files)
{
	DIR *folder = opendir(box->config.spool);
	struct dirent *entry;
	struct stat status;
	size_t octets = 0;

	*ret_files = 0;
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.' || fstatat(dirfd(folder), entry->d_name, &status, 0) < 0)
			continue;
		octets += (size_t)status.st_size;
		++*ret_files;
	}
	closedir(folder);
	return octets;
}

void box_await_spool_empty(const struct webhook_box *box)
{
	int64_t deadline = clock_mono_ms() + BOX_PATIENCE_MS;
	int files;

	while (box_spool_octets(box, &files) > 0) {
		assert_true(clock_left_ms(deadline) > 0);
		poll(NULL, 0, 5);
	}
}
