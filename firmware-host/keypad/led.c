#include "firmware-host/keypad/led.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool attribute_write(const char *led, const char *name, const char *value)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s%s/%s", led[0] == '/' ? "" : "/sys/class/leds/", led, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC);
	if (fd < 0)
		return false;
	bool written = write(fd, value, strlen(value)) == (ssize_t)strlen(value);
	close(fd);
	return written;
}

void led_set(const char *led, enum machine_led pattern)
{
	const char *period = pattern == LED_FAST ? "100" : "500"; /* ms */

	if (led[0] == '\0')
		return;
	if ((pattern == LED_SLOW || pattern == LED_FAST) && attribute_write(led, "trigger", "timer") &&
		attribute_write(led, "delay_on", period) && attribute_write(led, "delay_off", period))
		return;
	(void)attribute_write(led, "trigger", "none");
	(void)attribute_write(led, "brightness", pattern == LED_OFF ? "0" : "1");
}
