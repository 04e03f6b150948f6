#include "modem/ports.h"

#include "modem/at.h"
#include "modem/serial.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libserialport.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
	EVERY_INTERFACE = 0xff,
	HUAWEI = 0x12d1,
	CLIMB_MAX = 6,	 /* directories from a tty up to its USB interface */
	PROBE_TRIES = 2, /* about 2 s */
	PROBE_MS = 1000,
	BAUD_DEFAULT = 115200,
};

struct usb_port {
	uint16_t vid, pid;
	uint8_t interface;
	uint8_t role;
};

static const struct usb_port usb_ports[] = {
#include "modem/usb_ports.inc"
};

const char *port_role_to_string(enum port_role role)
{
	switch (role) {
	case PORT_AT1: return "at";
	case PORT_AT2: return "at (second)";
	case PORT_UNKNOWN: return "unknown";
	case PORT_PPP: return "at (data)";
	case PORT_DIAG: return "diagnostic";
	case PORT_NMEA: return "position";
	case PORT_AUDIO: return "audio";
	case PORT_IGNORE: return "other";
	case PORT_NO_MODEM: return "no modem";
	}
	return "unknown";
}

static int usb_port_compare(const void *key, const void *element)
{
	const struct usb_port *one = key, *other = element;

	if (one->vid != other->vid)
		return one->vid < other->vid ? -1 : 1;
	if (one->pid != other->pid)
		return one->pid < other->pid ? -1 : 1;
	return (int)one->interface - (int)other->interface;
}

/* Huawei tells the role by the interface's class ff, subclass and protocol, whatever the product. */
static enum port_role huawei_role(uint8_t subclass, uint8_t protocol)
{
	if (subclass == 0x01 && protocol == 0x02)
		return PORT_AT1;
	if (subclass == 0x02 && protocol == 0x02)
		return PORT_AT1;
	if ((subclass == 0x01 || subclass == 0x02) && protocol == 0x01)
		return PORT_PPP;
	if ((subclass == 0x01 && (protocol == 0x05 || protocol == 0x14)) || (subclass == 0x06 && protocol == 0x14))
		return PORT_NMEA;
	return PORT_UNKNOWN;
}

enum port_role port_role(uint16_t vid, uint16_t pid, uint8_t interface, uint8_t subclass, uint8_t protocol)
{
	const struct usb_port keys[] = {{vid, pid, interface, 0}, {vid, pid, EVERY_INTERFACE, 0}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct usb_port *row = bsearch(&keys[i], usb_ports, sizeof(usb_ports) / sizeof(usb_ports[0]),
			sizeof(usb_ports[0]), usb_port_compare);

		if (row)
			return (enum port_role)row->role;
	}
	return vid == HUAWEI ? huawei_role(subclass, protocol) : PORT_UNKNOWN;
}

/* ---- sysfs ---- */

/* Reads one hexadecimal attribute; -1: absent. */
static int attribute_hex(const char *directory, const char *name)
{
	char path[PATH_MAX], text[16] = "";
	ssize_t got;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	return got > 0 && isxdigit((unsigned char)text[0]) ? (int)strtol(text, NULL, 16) : -1;
}

/* Cuts the last component off; false at the root. */
static bool climb(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

/* From /sys/class/tty/NAME/device up to the directory of its USB interface. */
static bool interface_directory(const char *sysfs, const char *tty, char directory[PATH_MAX])
{
	char link[PATH_MAX];

	if (snprintf(link, sizeof(link), "%s/class/tty/%s/device", sysfs, tty) >= (int)sizeof(link))
		return false;
	if (!realpath(link, directory))
		return false;
	for (int i = 0; i < CLIMB_MAX; i++) {
		if (attribute_hex(directory, "bInterfaceNumber") >= 0)
			return true;
		if (!climb(directory))
			return false;
	}
	return false;
}

static uint8_t octet(int value)
{
	return value < 0 ? 0 : (uint8_t)value;
}

void port_identify(const char *sysfs, const char *path, struct port *ret)
{
	char resolved[PATH_MAX], directory[PATH_MAX];
	const char *tty;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->path, sizeof(ret->path), "%s", path);
	ret->interface = -1;
	ret->role = PORT_UNKNOWN;
	if (!realpath(path, resolved))
		snprintf(resolved, sizeof(resolved), "%s", path);
	tty = strrchr(resolved, '/') ? strrchr(resolved, '/') + 1 : resolved;
	if (!interface_directory(sysfs, tty, directory))
		return;

	int interface = attribute_hex(directory, "bInterfaceNumber");
	int subclass = attribute_hex(directory, "bInterfaceSubClass");
	int protocol = attribute_hex(directory, "bInterfaceProtocol");
	if (!climb(directory))
		return;
	int vid = attribute_hex(directory, "idVendor"), pid = attribute_hex(directory, "idProduct");
	if (vid < 0 || pid < 0)
		return;

	ret->vid = (uint16_t)vid;
	ret->pid = (uint16_t)pid;
	ret->interface = (int16_t)interface;
	ret->role = port_role(ret->vid, ret->pid, octet(interface), octet(subclass), octet(protocol));
	snprintf(ret->device, sizeof(ret->device), "%.63s", strrchr(directory, '/') + 1);
}

/* ---- candidates ---- */

static int port_compare(const void *one_element, const void *other_element)
{
	const struct port *one = one_element, *other = other_element;

	if (one->role != other->role)
		return one->role < other->role ? -1 : 1;
	return strverscmp(one->path, other->path);
}

/* Keeps the port unless it is known to be for something else, or the same tty is there already under another name. */
static unsigned candidate_add(const char *sysfs, const char *path, struct port *out, unsigned count, unsigned max)
{
	if (count == max)
		return count;
	port_identify(sysfs, path, &out[count]);
	return out[count].role < PORT_DIAG ? count + 1 : count;
}

static unsigned find_auto(const char *sysfs, struct port *out, unsigned max)
{
	struct sp_port **list = NULL;
	unsigned count = 0;

	if (sp_list_ports(&list) != SP_OK)
		return 0;
	for (unsigned i = 0; list[i]; i++) {
		const char *path = sp_get_port_name(list[i]);

		/* A UART on the board may be a console: it is used only when the configuration names it. */
		if (path && (sp_get_port_transport(list[i]) == SP_TRANSPORT_USB || strstr(path, "ttyACM")))
			count = candidate_add(sysfs, path, out, count, max);
	}
	sp_free_port_list(list);
	return count;
}

static unsigned find_pattern(const char *sysfs, const char *pattern, struct port *out, unsigned max)
{
	glob_t found;
	unsigned count = 0;

	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			count = candidate_add(sysfs, found.gl_pathv[i], out, count, max);
	globfree(&found);
	return count;
}

unsigned ports_find(const char *sysfs, const char *want, struct port *out, unsigned max)
{
	unsigned count;

	if (max == 0)
		return 0;
	if (strcmp(want, "auto") != 0 && !strpbrk(want, "*?[")) {
		port_identify(sysfs, want, &out[0]);
		return 1;
	}

	count = strcmp(want, "auto") == 0 ? find_auto(sysfs, out, max) : find_pattern(sysfs, want, out, max);
	qsort(out, count, sizeof(out[0]), port_compare);
	return count;
}

/* ---- devices that are no modem yet ---- */

static const struct {
	uint16_t vid, pid;
	const char *remedy;
} unusable[] = {
	{0x12d1, 0x14dc,
		"a Huawei stick with HiLink firmware (12d1:14dc) is plugged in: it is a network card and takes no AT "
		"commands; give it stick firmware, or another modem"},
	{0x12d1, 0x1f01,
		"a Huawei stick is plugged in as a CD-ROM (12d1:1f01): install usb-modeswitch, then unplug it and plug "
		"it in "
		"again"},
};

bool ports_remedy(const char *sysfs, char out[PORTS_REMEDY_MAX])
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *devices;

	snprintf(path, sizeof(path), "%s/bus/usb/devices", sysfs);
	devices = opendir(path);
	if (!devices)
		return false;
	while (!found && (entry = readdir(devices)) != NULL) {
		char directory[PATH_MAX];

		if (entry->d_name[0] == '.' ||
			snprintf(directory, sizeof(directory), "%s/%s", path, entry->d_name) >= (int)sizeof(directory))
			continue;
		int vid = attribute_hex(directory, "idVendor"), pid = attribute_hex(directory, "idProduct");
		for (size_t i = 0; i < sizeof(unusable) / sizeof(unusable[0]) && !found; i++) {
			found = vid == unusable[i].vid && pid == unusable[i].pid;
			if (found)
				snprintf(out, PORTS_REMEDY_MAX, "%s", unusable[i].remedy);
		}
	}
	closedir(devices);
	return found;
}

int port_lock_device(const char *sysfs, const struct port *port)
{
	char path[PATH_MAX];
	int fd;

	if (!port->device[0])
		return -2;
	if (snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/idVendor", sysfs, port->device) >= (int)sizeof(path))
		return -2;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -2;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	int reason = errno;

	close(fd);
	return reason == EWOULDBLOCK ? -1 : -2;
}

/* ---- asking ---- */

/* First line of the answer, without a prefix and quotes. */
static void ask(struct at *at, const char *command, struct at_reply *reply, char *out, size_t size)
{
	const char *text, *colon;

	if (at_command(at, command, NULL, PROBE_MS, reply) != AT_OK || reply->count == 0)
		return;
	text = reply->line[0];
	colon = text[0] == '+' ? strchr(text, ':') : NULL;
	if (colon)
		text = colon + 1;
	text += strspn(text, " \"");
	snprintf(out, size, "%.*s", (int)strcspn(text, "\""), text);
}

static void probe_open(struct at *at, const struct port *port, struct port_answer *ret)
{
	struct at_reply *reply = calloc(1, sizeof(*reply));

	if (!reply || at_resync(at, PROBE_TRIES) < 0) {
		snprintf(ret->why, sizeof(ret->why), "%.80s answers no AT command: no modem, or not its command port",
			port->path);
		free(reply);
		return;
	}
	ret->answers = true;
	ask(at, "AT+CGMI", reply, ret->manufacturer, sizeof(ret->manufacturer));
	ask(at, "AT+CGMM", reply, ret->model, sizeof(ret->model));
	ask(at, "AT+CGSN", reply, ret->imei, sizeof(ret->imei));
	ret->sms = at_command(at, "AT+CNMI?", NULL, PROBE_MS, reply) == AT_OK;
	free(reply);
}

void port_probe(const struct port *port, int baud, struct port_answer *ret)
{
	struct serial *serial = NULL;
	struct err err;
	struct at *at;

	memset(ret, 0, sizeof(*ret));
	if (serial_open(port->path, baud > 0 ? baud : BAUD_DEFAULT, &serial, &err) < 0) {
		snprintf(ret->why, sizeof(ret->why), "%.159s", err.text);
		return;
	}
	at = at_new(serial_fd(serial));
	if (at)
		probe_open(at, port, ret);
	else
		snprintf(ret->why, sizeof(ret->why), "out of memory");
	at_free(at);
	serial_close(serial);
}
