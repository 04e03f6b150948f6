/* Finding the modem, opening its port and closing it. */
#include "config/clock.h"
#include "modem/gsm.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum {
	BAUD_DEFAULT = 115200,
	DTR_LOW_MS = 200,
};

void gsm_close(struct gsm *g)
{
	at_free(g->at);
	g->at = NULL;
	/* At once: while a dead descriptor is open, the kernel gives the modem another name when it comes back. */
	serial_close(g->serial);
	g->serial = NULL;
	if (g->device_lock >= 0)
		close(g->device_lock);
	g->device_lock = -1;
	g->store_read = -1;
	g->in_step = false;
	gsm_call_ended(g);
}

static void mute_remember(struct gsm *g, const char *path)
{
	int oldest = 0;

	for (int i = 1; i < GSM_MUTE_PORTS_MAX; i++)
		if (g->mute[i].until < g->mute[oldest].until)
			oldest = i;
	snprintf(g->mute[oldest].path, sizeof(g->mute)[oldest].path, "%s", path);
	g->mute[oldest].until = clock_mono_ms() + g->timings.mute;
}

static bool mute_known(const struct gsm *g, const char *path)
{
	for (int i = 0; i < GSM_MUTE_PORTS_MAX; i++)
		if (g->mute[i].until > clock_mono_ms() && strcmp(g->mute[i].path, path) == 0)
			return true;
	return false;
}

static int baud(const struct gsm *g)
{
	return g->config.baud > 0 ? g->config.baud : BAUD_DEFAULT;
}

/* Opens one port. False: closed again, and `err` says why. */
static bool port_open(struct gsm *g, const struct port *port, struct err *err)
{
	g->device_lock = port_lock_device(PORTS_SYSFS, port);
	if (g->device_lock == -1) {
		err_set(err, EX_TEMPFAIL, "%s: another worker uses this modem", port->path);
		return false;
	}
	g->port = *port;
	if (serial_open(port->path, baud(g), &g->serial, err) < 0) {
		g->serial = NULL;
		gsm_close(g);
		return false;
	}
	g->at = at_new(serial_fd(g->serial));
	if (!g->at) {
		err_set(err, EX_OSERR, "out of memory");
		gsm_close(g);
		return false;
	}

	at_set_trace(g->at, g->trace);
	snprintf(g->status.port, sizeof(g->status.port), "%.127s", serial_path(g->serial));
	return true;
}

/* A modem known to hang is let feel a new line. Pseudo-terminals have no DTR and do not mind. */
static void dtr_toggle(struct gsm *g)
{
	int fd = serial_fd(g->serial), dtr = TIOCM_DTR;

	if (ioctl(fd, TIOCMBIC, &dtr) < 0)
		return;
	gsm_attend(g, clock_mono_ms() + DTR_LOW_MS);
	(void)ioctl(fd, TIOCMBIS, &dtr);
}

/* Is it the modem this worker is for? The one the configuration names; else, where several may be found, the one it had,
 * for a while after that went. */
static bool modem_is_wanted(struct gsm *g, struct err *err)
{
	bool several = strcmp(g->config.port, g->port.path) != 0;
	char known[sizeof(g->status.imei)];

	memcpy(known, g->status.imei, sizeof(known));
	if (!gsm_identify(g)) {
		err_set(err, EX_UNAVAILABLE, "%s: the modem stopped answering", g->port.path);
		return false;
	}
	if (g->config.imei[0] && strcmp(g->config.imei, g->status.imei) != 0) {
		err_set(err, EX_UNAVAILABLE, "%s is the modem %s and not %s, which the configuration names",
			g->port.path, g->status.imei[0] ? g->status.imei : "without IMEI", g->config.imei);
		memcpy(g->status.imei, known, sizeof(known));
		return false;
	}
	if (several && known[0] && strcmp(known, g->status.imei) != 0 &&
		clock_mono_ms() - g->lost < g->timings.prefer) {
		err_set(err, EX_UNAVAILABLE, "waiting for the modem %s to come back", known);
		memcpy(g->status.imei, known, sizeof(known));
		return false;
	}
	return true;
}

/* One candidate, to the point where AT is answered by the right modem. */
static bool candidate_open(struct gsm *g, const struct port *port, struct err *err)
{
	bool known = g->status.model[0] || g->status.imei[0];
	bool sick = g->rung > 0 && strcmp(g->sick, port->path) == 0;

	if (!port_open(g, port, err))
		return false;
	if (sick)
		dtr_toggle(g);
	if (at_resync(g->at, (g->timings.tries + 1) / 2) < 0) {
		if (sick && !at_is_gone(g->at))
			return true; /* known to hang: the ladder goes on from here */
		err_set(err, EX_UNAVAILABLE,
			known ? "%s: the modem does not answer"
			      : "%s answers no AT command: it is not a modem, or not its command port",
			port->path);
		mute_remember(g, port->path);
		gsm_close(g);
		return false;
	}
	if (g->end != GSM_ON || !modem_is_wanted(g, err)) {
		gsm_close(g);
		return false;
	}
	g->in_step = true;
	return true;
}

bool gsm_open(struct gsm *g)
{
	struct port *ports = calloc(PORTS_MAX, sizeof(*ports));
	struct err err = {.text = "out of memory"};
	unsigned count = ports ? ports_find(PORTS_SYSFS, g->config.port, ports, PORTS_MAX) : 0;
	bool found = false;

	if (ports && count == 0) {
		char remedy[PORTS_REMEDY_MAX];

		if (ports_remedy(PORTS_SYSFS, remedy))
			err_set(&err, EX_UNAVAILABLE, "%s", remedy);
		else if (strcmp(g->config.port, "auto") == 0)
			err_set(&err, EX_UNAVAILABLE, "no modem is plugged in");
		else
			err_set(&err, EX_UNAVAILABLE, "no port is named %s", g->config.port);
	}
	if (count > 0)
		err_set(&err, EX_UNAVAILABLE, "none of %u ports answers AT commands", count);
	for (unsigned i = 0; i < count && !found && g->end == GSM_ON; i++) {
		if (count > 1 && mute_known(g, ports[i].path))
			continue;
		found = candidate_open(g, &ports[i], &err);
		gsm_asks(g);
	}
	free(ports);
	if (found)
		return true;

	g->status.port[0] = '\0';
	gsm_state(g, BEARER_GONE, "%.150s", err.text);
	gsm_send_refuse(g, g->status.why);
	return false;
}
