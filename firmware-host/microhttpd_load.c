#include "firmware-host/microhttpd_load.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* Debian's name of it in 12 and 13. */
static const char library_name[] = "libmicrohttpd.so.12";

const char *microhttpd_library_load(struct microhttpd_library *ret_library)
{
	static const struct {
		const char *name;
		size_t offset;
	} functions[] = {
#define FUNCTION(member) {"MHD_" #member, offsetof(struct microhttpd_library, member)}
		FUNCTION(start_daemon),
		FUNCTION(stop_daemon),
		FUNCTION(run),
		FUNCTION(get_timeout),
		FUNCTION(get_daemon_info),
		FUNCTION(get_connection_info),
		FUNCTION(lookup_connection_value),
		FUNCTION(get_connection_values),
		FUNCTION(queue_response),
		FUNCTION(create_response_from_buffer),
		FUNCTION(create_response_from_fd),
		FUNCTION(create_response_from_callback),
		FUNCTION(add_response_header),
		FUNCTION(destroy_response),
		FUNCTION(suspend_connection),
		FUNCTION(resume_connection),
#undef FUNCTION
	};
	void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return "libmicrohttpd cannot be loaded; install the package libmicrohttpd12";
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		void *function = dlsym(library, functions[i].name);

		if (!function)
			return "libmicrohttpd lacks a function; install a newer package libmicrohttpd12";
		memcpy((char *)ret_library + functions[i].offset, &function, sizeof function);
	}
	return NULL;
}
