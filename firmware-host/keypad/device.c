#include "firmware-host/keypad/device.h"

#include "config/clock.h"
#include "firmware-host/keypad/machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/inotify.h>
#include <unistd.h>

int device_key(unsigned code)
{
	switch (code) {
	case KEY_KP0:
	case KEY_0:
	case KEY_INSERT: return '0';
	case KEY_KP1:
	case KEY_1:
	case KEY_END: return '1';
	case KEY_KP2:
	case KEY_2:
	case KEY_DOWN: return '2';
	case KEY_KP3:
	case KEY_3:
	case KEY_PAGEDOWN: return '3';
	case KEY_KP4:
	case KEY_4:
	case KEY_LEFT: return '4';
	case KEY_KP5:
	case KEY_5:
	case KEY_CLEAR: return '5';
	case KEY_KP6:
	case KEY_6:
	case KEY_RIGHT: return '6';
	case KEY_KP7:
	case KEY_7:
	case KEY_HOME: return '7';
	case KEY_KP8:
	case KEY_8:
	case KEY_UP: return '8';
	case KEY_KP9:
	case KEY_9:
	case KEY_PAGEUP: return '9';
	case KEY_KPENTER:
	case KEY_ENTER: return MACHINE_ENTER;
	case KEY_BACKSPACE:
	case KEY_KPDOT:
	case KEY_KPCOMMA:
	case KEY_DELETE: return MACHINE_ERASE;
	case KEY_KPSLASH:
	case KEY_ESC: return MACHINE_CANCEL;
	case KEY_KPASTERISK: return MACHINE_AGAIN;
	case KEY_KPPLUS: return MACHINE_LOUDER;
	case KEY_KPMINUS: return MACHINE_QUIETER;
	default: return 0; /* NumLock, which many pads press around each key, and all else */
	}
}

/* Cheap pads describe themselves as whole keyboards: then their name decides. */
bool device_is_pad(const struct libevdev *evdev)
{
	static const char *const names[] = {"keypad", "numpad", "numeric", "number pad", "num pad"};
	const char *name = libevdev_get_name(evdev);

	for (unsigned code = KEY_KP7; code <= KEY_KP0; code++)
		if (code != KEY_KPMINUS && code != KEY_KPPLUS && !libevdev_has_event_code(evdev, EV_KEY, code))
			return false;
	if (!libevdev_has_event_code(evdev, EV_KEY, KEY_KPENTER))
		return false;
	if (!libevdev_has_event_code(evdev, EV_KEY, KEY_Q) && !libevdev_has_event_code(evdev, EV_KEY, KEY_SPACE))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (name && strcasestr(name, names[i]))
			return true;
	return false;
}

void device_open(struct device *device, const char *wanted, const char *folder)
{
	*device = (struct device){.folder = folder, .fd = -1};
	(void)snprintf(device->wanted, sizeof device->wanted, "%s", wanted);
	device->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	/* IN_ATTRIB: a new node's rights are set after it is made. */
	if (device->watch_fd >= 0 && inotify_add_watch(device->watch_fd, folder, IN_CREATE | IN_ATTRIB) < 0) {
		close(device->watch_fd);
		device->watch_fd = -1;
	}
}

static void device_release(struct device *device)
{
	libevdev_free(device->evdev);
	if (device->fd >= 0)
		close(device->fd);
	device->evdev = NULL;
	device->fd = -1;
	device->rescan = clock_mono_ms();
}

void device_close(struct device *device)
{
	device_release(device);
	if (device->watch_fd >= 0)
		close(device->watch_fd);
	device->watch_fd = -1;
}

static bool is_wanted(const struct device *device, const struct libevdev *evdev)
{
	const char *name = libevdev_get_name(evdev);

	if (device->wanted[0] == '/')
		return true;
	if (strcmp(device->wanted, "auto") == 0)
		return device_is_pad(evdev);
	/* A pad makes several devices of one name; the one with the digits is meant. */
	return name && strcasecmp(name, device->wanted) == 0 && libevdev_has_event_code(evdev, EV_KEY, KEY_KP1);
}

/* Takes the device when it is the one and nobody else holds it. */
static bool node_take(struct device *device, const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (libevdev_new_from_fd(fd, &device->evdev) < 0) {
		close(fd);
		device->evdev = NULL;
		return false;
	}
	device->fd = fd;
	if (is_wanted(device, device->evdev) && libevdev_grab(device->evdev, LIBEVDEV_GRAB) == 0) {
		(void)snprintf(device->name, sizeof device->name, "%s", libevdev_get_name(device->evdev));
		return true;
	}
	device_release(device);
	return false;
}

static bool folder_search(struct device *device)
{
	char path[PATH_MAX];
	DIR *folder = opendir(device->folder);

	if (!folder)
		return false;
	for (const struct dirent *entry; (entry = readdir(folder)) && device->fd < 0;) {
		if (strncmp(entry->d_name, "event", 5) != 0)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", device->folder, entry->d_name);
		(void)node_take(device, path);
	}
	closedir(folder);
	return device->fd >= 0;
}

/* What changed does not matter, that something did is enough. */
static bool watch_drain(const struct device *device)
{
	char events[4096];
	bool any = false;

	while (device->watch_fd >= 0 && read(device->watch_fd, events, sizeof events) > 0)
		any = true;
	return any;
}

bool device_look(struct device *device)
{
	bool changed = watch_drain(device);
	int64_t now = clock_mono_ms();

	if (device->fd >= 0 || (!changed && now < device->rescan))
		return false;
	bool found = device->wanted[0] == '/' ? node_take(device, device->wanted) : folder_search(device);
	device->rescan = now + DEVICE_RESCAN_MS;
	return found;
}

int device_read(struct device *device, int keys[DEVICE_KEYS_MAX])
{
	struct input_event event;
	unsigned flag = LIBEVDEV_READ_FLAG_NORMAL;
	int count = 0;

	while (count < DEVICE_KEYS_MAX) {
		int status = libevdev_next_event(device->evdev, flag, &event);
		if (status == -EAGAIN && flag == LIBEVDEV_READ_FLAG_SYNC) {
			flag = LIBEVDEV_READ_FLAG_NORMAL; /* caught up after an overflow */
			continue;
		}
		if (status == -EAGAIN)
			return count;
		if (status == LIBEVDEV_READ_STATUS_SYNC) {
			flag = LIBEVDEV_READ_FLAG_SYNC;
		} else if (status < 0) {
			device_release(device);
			return -1;
		}
		int key = event.type == EV_KEY && event.value == 1 ? device_key(event.code) : 0; /* 2: held down */
		if (key != 0 && status >= 0)
			keys[count++] = key;
	}
	return count;
}
