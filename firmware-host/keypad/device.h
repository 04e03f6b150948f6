/* The USB numeric pad, read through libevdev: found by itself or by name, held for itself alone, awaited when it is away.
 * One thread. */
#ifndef BANDITORE_DEVICE_H
#define BANDITORE_DEVICE_H

#include "config/settings.h"

#include <libevdev/libevdev.h>

enum { DEVICE_KEYS_MAX = 32, DEVICE_RESCAN_MS = 2000 };

struct device {
	char wanted[SETTINGS_STRING_MAX]; /* "auto", a path, or a name */
	const char *folder;		  /* /dev/input */
	struct libevdev *evdev;		  /* NULL: away */
	int fd;				  /* of the pad; -1: away */
	int watch_fd;			  /* inotify on the folder; -1: there is none, it is looked at every so often */
	int64_t rescan;			  /* clock_mono_ms when to look again while away */
	char name[SETTINGS_STRING_MAX];	  /* of the pad found */
};

/* Does not fail: a pad that is not there may come. The folder must outlive it. */
void device_open(struct device *device, const char *wanted, const char *folder);
void device_close(struct device *device);

/* Looks for the pad when something changed in the folder or the time has come. True: it has just been found. The first
 * opening of a device node may block for some ms. */
bool device_look(struct device *device);

/* The keys pressed since, as enum machine_key and digits. Their number; -1: the pad is gone, and device_look awaits it.
 * Does not block. */
int device_read(struct device *device, int keys[DEVICE_KEYS_MAX]);

/* What a key of the kernel's (linux/input-event-codes.h) means; 0: nothing. The digits of the pad, of the pad with NumLock off
 * where it sends other keys then, and of the row above the letters. Pure. */
int device_key(unsigned code);

/* Is it a numeric pad, and not a keyboard with letters that somebody may need? Pure. */
bool device_is_pad(const struct libevdev *evdev);

#endif
