/* The appliance's end of the control socket. A client that does not read loses its answer; the hub never waits for one. */
#include "firmware-host/hub.h"

#include "config/clock.h"
#include "firmware-host/control.h"
#include "firmware-host/health.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	REQUEST_MAX = 1024,
	REQUEST_MS = 5 * 1000,	/* who connects and asks nothing must not keep others out */
	CLIENT_MS = 200 * 1000, /* a USSD answer may take 90 s, a command behind a send 120 s */
};

static void client_close(struct hub_client *client)
{
	close(client->fd);
	*client = (struct hub_client){.fd = -1};
}

static void client_packet(struct hub_client *client, char mark, const char *text)
{
	size_t length = strlen(text);
	char small[1024];
	char *packet = length + 1 < sizeof small ? small : malloc(length + 1);

	if (!packet)
		return;
	packet[0] = mark;
	memcpy(packet + 1, text, length);
	if (client->fd >= 0 && send(client->fd, packet, length + 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EPIPE)
		client_close(client);
	if (packet != small)
		free(packet);
}

static void client_end(struct hub_client *client, const char *refusal)
{
	client_packet(client, refusal ? '!' : '.', refusal ? refusal : "");
	if (client->fd >= 0)
		client_close(client);
}

void hub_clients_accept(struct hub *hub)
{
	for (int n = 0; n < HUB_CLIENTS_MAX; n++) { /* so many in one turn, however many knock */
		int fd = accept4(hub->control_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		int slot = 0;
		while (slot < HUB_CLIENTS_MAX && hub->clients[slot].fd >= 0)
			slot++;
		if (slot == HUB_CLIENTS_MAX) { /* what it wanted to say is in the database; the tick finds it */
			close(fd);
			hub->look = true;
			continue;
		}
		hub->clients[slot] = (struct hub_client){.fd = fd, .deadline = clock_mono_ms() + REQUEST_MS};
		hub_clients_hear(hub, slot);
	}
}

static void client_status(struct hub *hub, struct hub_client *client)
{
	char *text = health_json(hub);

	if (!text) {
		client_end(client, "71 out of memory");
		return;
	}
	client_packet(client, '=', text);
	free(text);
	client_end(client, NULL);
}

/* "at NAME\nCOMMAND" or "ussd NAME\nCODE" */
static void client_command(struct hub *hub, struct hub_client *client, enum bearer_ask_type type, char *request)
{
	char *line = strchr(request, '\n');

	if (!line) {
		client_end(client, "64 a modem's name and a command are needed");
		return;
	}
	*line++ = '\0';
	for (int i = 0; i < hub->bearer_count; i++) {
		struct hub_bearer *bearer = &hub->bearers[i];
		if (strcmp(bearer->name, request) != 0)
			continue;
		struct bearer_ask ask = {.type = type, .token = hub->next_token++};
		snprintf(ask.text, sizeof ask.text, "%s", line);
		if (bearer->fd < 0 || bearer_ask_write(bearer->fd, &ask) != 0) {
			client_end(client, "69 the modem is not there; see: banditore modem list");
			return;
		}
		client->token = ask.token;
		client->deadline = clock_mono_ms() + CLIENT_MS;
		return;
	}
	client_end(client, "69 no modem has that name; see: banditore modem list");
}

void hub_clients_hear(struct hub *hub, int index)
{
	struct hub_client *client = &hub->clients[index];
	char request[REQUEST_MAX + 1];
	ssize_t got = recv(client->fd, request, REQUEST_MAX, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		client_close(client);
		return;
	}
	request[got] = '\0';
	if (strcmp(request, "poke") == 0) {
		hub->look = true;
		client_end(client, NULL);
	} else if (strcmp(request, "status") == 0) {
		client_status(hub, client);
	} else if (strncmp(request, "at ", 3) == 0) {
		client_command(hub, client, BEARER_ASK_COMMAND, request + 3);
	} else if (strncmp(request, "ussd ", 5) == 0) {
		client_command(hub, client, BEARER_ASK_USSD, request + 5);
	} else {
		client_end(client,
			"64 the appliance does not know this request; are program and appliance of one version?");
	}
}

void hub_clients_reply(struct hub *hub, uint32_t token, const char *text, bool last)
{
	for (int i = 0; i < HUB_CLIENTS_MAX; i++) {
		struct hub_client *client = &hub->clients[i];
		if (client->fd < 0 || client->token != token)
			continue;
		client_packet(client, '=', text);
		if (last && client->fd >= 0)
			client_end(client, NULL);
		return;
	}
}

void hub_clients_tick(struct hub *hub)
{
	int64_t mono = clock_mono_ms();

	for (int i = 0; i < HUB_CLIENTS_MAX; i++) {
		if (hub->clients[i].fd >= 0 && mono > hub->clients[i].deadline)
			client_end(&hub->clients[i],
				hub->clients[i].token ? "69 the modem gave no answer in time" : "64 nothing was asked");
	}
}
