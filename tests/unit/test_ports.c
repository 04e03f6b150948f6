/* Finding ports: the table, an invented sysfs, patterns, and asking. */
#include "modem/ports.h"
#include "tests/unit/fake_modem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];

static void make_directory(const char *path)
{
	char whole[512], *slash;

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	for (slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
		*slash = '\0';
		mkdir(whole, 0700);
	}
	mkdir(whole, 0700);
}

static void make_file(const char *directory, const char *name, const char *text)
{
	char whole[512];
	FILE *file;

	make_directory(directory);
	snprintf(whole, sizeof(whole), "%s/%s/%s", root, directory, name);
	file = fopen(whole, "we");
	assert_non_null(file);
	fprintf(file, "%s\n", text);
	fclose(file);
}

static void make_link(const char *directory, const char *name, const char *target)
{
	char whole[512];

	make_directory(directory);
	snprintf(whole, sizeof(whole), "%s/%s/%s", root, directory, name);
	assert_int_equal(symlink(target, whole), 0);
}

/* A tty of a USB device as the kernel shows it: usb-serial has one directory between tty and interface. */
static void plug(
	const char *device, const char *vid, const char *pid, const char *interface, const char *class, const char *tty)
{
	char path[256], target[300];

	snprintf(path, sizeof(path), "devices/usb1/%s", device);
	make_file(path, "idVendor", vid);
	make_file(path, "idProduct", pid);
	snprintf(path, sizeof(path), "devices/usb1/%s/%s:1.%s", device, device, interface);
	make_file(path, "bInterfaceNumber", interface);
	make_file(path, "bInterfaceClass", "ff");
	snprintf(target, sizeof(target), "%.2s", class);
	make_file(path, "bInterfaceSubClass", target);
	make_file(path, "bInterfaceProtocol", class + 3);
	snprintf(path, sizeof(path), "devices/usb1/%s/%s:1.%s/%s", device, device, interface, tty);
	make_directory(path);
	snprintf(target, sizeof(target), "../../../%s", path);
	snprintf(path, sizeof(path), "class/tty/%s", tty);
	make_link(path, "device", target);
}

static int root_make(void **state)
{
	(void)state;
	strcpy(root, "/tmp/banditore-sysfs-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int root_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", root);
	return system(command);
}

static void test_table(void **state)
{
	(void)state;
	assert_int_equal(port_role(0x2c7c, 0x0125, 2, 0, 0), PORT_AT1);
	assert_int_equal(port_role(0x2c7c, 0x0125, 0, 0, 0), PORT_DIAG);
	assert_int_equal(port_role(0x1e0e, 0x9001, 1, 0, 0), PORT_NMEA);
	assert_int_equal(port_role(0x1e0e, 0x9011, 4, 0, 0), PORT_AT1);
	assert_int_equal(port_role(0x1546, 0x01a7, 3, 0, 0), PORT_NO_MODEM);
	assert_int_equal(port_role(0x03f0, 0x3d1d, 9, 0, 0), PORT_NMEA); /* the first row */
	assert_int_equal(port_role(0x8087, 0x095a, 4, 0, 0), PORT_AT2);	 /* the last */
	assert_int_equal(port_role(0x12d1, 0x1506, 0, 2, 2), PORT_AT1);	 /* Huawei by class */
	assert_int_equal(port_role(0x12d1, 0x1506, 2, 2, 1), PORT_PPP);
	assert_int_equal(port_role(0xffff, 0x0001, 0, 0, 0), PORT_UNKNOWN);
}

static void test_identity_from_sysfs(void **state)
{
	struct port port;

	(void)state;
	plug("1-1.2", "2c7c", "0125", "02", "00/00", "ttyUSB2");
	port_identify(root, "/dev/ttyUSB2", &port);
	assert_int_equal(port.vid, 0x2c7c);
	assert_int_equal(port.pid, 0x0125);
	assert_int_equal(port.interface, 2);
	assert_int_equal(port.role, PORT_AT1);
	assert_string_equal(port.device, "1-1.2");
	port_identify(root, "/dev/ttyS0", &port);
	assert_int_equal(port.vid, 0);
	assert_int_equal(port.role, PORT_UNKNOWN);
	assert_int_equal(port.interface, -1);
}

static void touch(const char *name)
{
	make_file("dev", name, "");
}

/* Best first; what is known to be for something else is left out. */
static void test_pattern_in_order(void **state)
{
	char pattern[128];
	struct port ports[PORTS_MAX];

	(void)state;
	plug("1-1", "2c7c", "0125", "00", "00/00", "ttyUSB0");
	plug("1-1", "2c7c", "0125", "01", "00/00", "ttyUSB1");
	plug("1-1", "2c7c", "0125", "02", "00/00", "ttyUSB10");
	plug("1-1", "2c7c", "0125", "03", "00/00", "ttyUSB3");
	touch("ttyUSB0");
	touch("ttyUSB1");
	touch("ttyUSB10");
	touch("ttyUSB3");
	touch("ttyUSB4");
	snprintf(pattern, sizeof(pattern), "%s/dev/ttyUSB*", root);
	assert_int_equal(ports_find(root, pattern, ports, PORTS_MAX), 3);
	assert_non_null(strstr(ports[0].path, "ttyUSB10"));
	assert_non_null(strstr(ports[1].path, "ttyUSB3"));
	assert_int_equal(ports[2].role, PORT_UNKNOWN);
	assert_int_equal(ports_find(root, "/dev/one", ports, PORTS_MAX), 1);
	assert_string_equal(ports[0].path, "/dev/one");
	snprintf(pattern, sizeof(pattern), "%s/none*", root);
	assert_int_equal(ports_find(root, pattern, ports, PORTS_MAX), 0);
}

static void test_device_lock(void **state)
{
	struct port port, other;
	int held;

	(void)state;
	plug("1-1", "2c7c", "0125", "02", "00/00", "ttyUSB2");
	plug("1-1", "2c7c", "0125", "03", "00/00", "ttyUSB3");
	make_link("bus/usb/devices", "1-1", "../../../devices/usb1/1-1");
	port_identify(root, "/dev/ttyUSB2", &port);
	port_identify(root, "/dev/ttyUSB3", &other);
	held = port_lock_device(root, &port);
	assert_true(held >= 0);
	assert_int_equal(port_lock_device(root, &other), -1);
	close(held);
	held = port_lock_device(root, &other);
	assert_true(held >= 0);
	close(held);
	port_identify(root, "/dev/ttyS0", &port);
	assert_int_equal(port_lock_device(root, &port), -2);
}

static void test_remedies(void **state)
{
	char text[PORTS_REMEDY_MAX];

	(void)state;
	assert_false(ports_remedy(root, text));
	make_file("bus/usb/devices/1-2", "idVendor", "12d1");
	make_file("bus/usb/devices/1-2", "idProduct", "14dc");
	assert_true(ports_remedy(root, text));
	assert_non_null(strstr(text, "HiLink"));
	make_file("bus/usb/devices/1-2", "idProduct", "1f01");
	assert_true(ports_remedy(root, text));
	assert_non_null(strstr(text, "usb-modeswitch"));
	make_file("bus/usb/devices/1-2", "idProduct", "1001");
	assert_false(ports_remedy(root, text));
}

static void test_probe(void **state)
{
	char link[128];
	struct fake_modem *modem;
	struct port_answer answer;
	struct port port;

	(void)state;
	snprintf(link, sizeof(link), "%s/ttyUSB0", root);
	modem = fake_modem_new(link);
	fake_modem_answer(modem, "AT+CGMI", "+CGMI: \"Quectel\"\nOK");
	fake_modem_answer(modem, "AT+CGMM", "EC25\nOK");
	fake_modem_answer(modem, "AT+CGSN", "861107030123456\nOK");
	fake_modem_answer(modem, "AT+CNMI?", "+CNMI: 2,1,0,1,0\nOK");
	port_identify(root, link, &port);
	port_probe(&port, 0, &answer);
	assert_true(answer.answers);
	assert_true(answer.sms);
	assert_string_equal(answer.manufacturer, "Quectel");
	assert_string_equal(answer.model, "EC25");
	assert_string_equal(answer.imei, "861107030123456");

	fake_modem_set_mute(modem, true);
	port_probe(&port, 0, &answer);
	assert_false(answer.answers);
	assert_non_null(strstr(answer.why, "no AT command"));
	fake_modem_free(modem);

	port_identify(root, "/nonexistent/tty", &port);
	port_probe(&port, 0, &answer);
	assert_false(answer.answers);
	assert_int_not_equal(answer.why[0], '\0');
}

int main(void)
{
#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, root_make, root_remove)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		WITH_ROOT(test_identity_from_sysfs),
		WITH_ROOT(test_pattern_in_order),
		WITH_ROOT(test_device_lock),
		WITH_ROOT(test_remedies),
		WITH_ROOT(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
