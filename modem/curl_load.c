#include "modem/curl_load.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* Debian's name of it since 2006, whatever TLS library it is built with. */
static const char library_name[] = "libcurl.so.4";

const char *curl_library_load(struct curl_library *ret_library)
{
	static const struct {
		const char *name;
		size_t offset;
	} functions[] = {
#define FUNCTION(member) {"curl_" #member, offsetof(struct curl_library, member)}
		FUNCTION(global_init),
		FUNCTION(global_cleanup),
		FUNCTION(easy_init),
		FUNCTION(easy_cleanup),
		FUNCTION(easy_setopt),
		FUNCTION(easy_getinfo),
		FUNCTION(easy_strerror),
		FUNCTION(multi_init),
		FUNCTION(multi_cleanup),
		FUNCTION(multi_setopt),
		FUNCTION(multi_add_handle),
		FUNCTION(multi_remove_handle),
		FUNCTION(multi_perform),
		FUNCTION(multi_poll),
		FUNCTION(multi_info_read),
		FUNCTION(slist_append),
		FUNCTION(slist_free_all),
		FUNCTION(mime_init),
		FUNCTION(mime_addpart),
		FUNCTION(mime_name),
		FUNCTION(mime_data),
		FUNCTION(mime_data_cb),
		FUNCTION(mime_filename),
		FUNCTION(mime_type),
		FUNCTION(mime_free),
#undef FUNCTION
	};
	void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return "libcurl cannot be loaded; install the package libcurl4";
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		void *function = dlsym(library, functions[i].name);

		if (!function)
			return "libcurl is older than 7.66; install a newer package libcurl4";
		memcpy((char *)ret_library + functions[i].offset, &function, sizeof function);
	}
	return NULL;
}
