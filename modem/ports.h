/* Finding modems: which ports there are, what each is for, and whether a modem answers there.
 *
 * What a USB port is for comes from a table by vendor, product and interface number (usb_ports.inc), read from sysfs; a
 * port the table does not know is asked. Any thread; nothing is kept between calls. */
#ifndef BANDITORE_PORTS_H
#define BANDITORE_PORTS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PORTS_MAX = 64, /* candidates looked at, at most */
	PORTS_PATH_MAX = 256,
	PORTS_REMEDY_MAX = 256,
};

#define PORTS_SYSFS "/sys"

/* In the order in which they are tried; from PORT_DIAG on they are never opened. */
enum port_role {
	PORT_AT1,     /* commands and unsolicited codes */
	PORT_AT2,     /* commands */
	PORT_UNKNOWN, /* no row: ask it */
	PORT_PPP,     /* commands, but meant for data calls */
	PORT_DIAG,
	PORT_NMEA,
	PORT_AUDIO,
	PORT_IGNORE,
	PORT_NO_MODEM, /* a receiver for positions and the like */
};

struct port {
	char path[PORTS_PATH_MAX]; /* as found; may be a symbolic link */
	char device[64];	   /* the USB device as sysfs names it ("1-1.2"); empty: not USB */
	uint16_t vid, pid;	   /* 0: not USB */
	int16_t interface;	   /* bInterfaceNumber; -1: unknown */
	enum port_role role;
};

const char *port_role_to_string(enum port_role role); /* "at", "at (second)", "diagnostic"…; never NULL */

/* What the table says of one interface; class, subclass and protocol matter for Huawei only. */
enum port_role port_role(uint16_t vid, uint16_t pid, uint8_t interface, uint8_t subclass, uint8_t protocol);

/* Fills *ret from sysfs (mounted at `sysfs`, PORTS_SYSFS but for tests) for the tty at `path`, symbolic links resolved. A
 * tty that is no USB port gives PORT_UNKNOWN. */
void port_identify(const char *sysfs, const char *path, struct port *ret);

/* The ports `want` may mean, best first: "auto": every USB or ACM tty that may take AT commands; a pattern as for the
 * shell ("/dev/serial/by-id/usb-HUAWEI*"): the paths it matches; else the path itself, whether or not it exists. Ports
 * known to be for something else are left out of "auto" and of patterns. Returns the count, 0…max. */
unsigned ports_find(const char *sysfs, const char *want, struct port *out, unsigned max);

/* A device that is plugged in but cannot be used as it is: a stick in its CD-ROM mode or with network-only firmware. Writes
 * one sentence that says what and how to cure it. False: none is seen. */
bool ports_remedy(const char *sysfs, char out[PORTS_REMEDY_MAX]);

/* A modem has several ports and one SIM: a lock on the USB device, beside the one on the port, keeps two workers from
 * taking it by two ports. Returns a descriptor that holds the lock until closed; -1: another worker holds it; -2: the port
 * is no USB device or sysfs cannot be locked, so there is nothing to hold. */
int port_lock_device(const char *sysfs, const struct port *port);

/* What a port answers when asked. */
struct port_answer {
	bool answers; /* AT is answered with OK */
	bool sms;     /* AT+CNMI? is answered: the port takes SMS commands */
	char manufacturer[32], model[32], imei[20];
	char why[160]; /* one line when it does not answer: busy, no modem, no permission…; empty otherwise */
};

/* Opens the port, asks and closes it again. Blocks for about five seconds at most. */
void port_probe(const struct port *port, int baud, struct port_answer *ret);

#endif
