#include "firmware-host/console/gnutls_load.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* Debian's name of it in 12 and 13. */
static const char library_name[] = "libgnutls.so.30";

const char *gnutls_library_load(struct gnutls_library *ret_library)
{
	static const struct {
		const char *name;
		size_t offset;
	} functions[] = {
#define FUNCTION(member) {"gnutls_" #member, offsetof(struct gnutls_library, member)}
		FUNCTION(x509_privkey_init),
		FUNCTION(x509_privkey_deinit),
		FUNCTION(x509_privkey_generate),
		FUNCTION(x509_privkey_import),
		FUNCTION(x509_privkey_export),
		FUNCTION(x509_crt_init),
		FUNCTION(x509_crt_deinit),
		FUNCTION(x509_crt_import),
		FUNCTION(x509_crt_export),
		FUNCTION(x509_crt_set_version),
		FUNCTION(x509_crt_set_serial),
		FUNCTION(x509_crt_set_activation_time),
		FUNCTION(x509_crt_set_expiration_time),
		FUNCTION(x509_crt_get_expiration_time),
		FUNCTION(x509_crt_set_dn_by_oid),
		FUNCTION(x509_crt_set_subject_alt_name),
		FUNCTION(x509_crt_set_basic_constraints),
		FUNCTION(x509_crt_set_key_usage),
		FUNCTION(x509_crt_set_key_purpose_oid),
		FUNCTION(x509_crt_set_key),
		FUNCTION(x509_crt_sign2),
		FUNCTION(strerror),
#undef FUNCTION
	};
	void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return "GnuTLS cannot be loaded; install the package libgnutls30";
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		void *function = dlsym(library, functions[i].name);

		if (!function)
			return "GnuTLS lacks a function; install a newer package libgnutls30";
		memcpy((char *)ret_library + functions[i].offset, &function, sizeof function);
	}
	return NULL;
}
