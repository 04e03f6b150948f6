/* GnuTLS, loaded when a certificate is made or its end is looked at: linked, it would cost every command's start, as
 * microhttpd_load.h says. Any thread. */
#ifndef BANDITORE_CONSOLE_GNUTLS_LOAD_H
#define BANDITORE_CONSOLE_GNUTLS_LOAD_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* GnuTLS's functions of the same names, as gnutls/x509.h declares them. */
struct gnutls_library {
	int (*x509_privkey_init)(gnutls_x509_privkey_t *key);
	void (*x509_privkey_deinit)(gnutls_x509_privkey_t key);
	int (*x509_privkey_generate)(
		gnutls_x509_privkey_t key, gnutls_pk_algorithm_t algorithm, unsigned bits, unsigned flags);
	int (*x509_privkey_import)(gnutls_x509_privkey_t key, const gnutls_datum_t *data, gnutls_x509_crt_fmt_t format);
	int (*x509_privkey_export)(gnutls_x509_privkey_t key, gnutls_x509_crt_fmt_t format, void *out, size_t *size);
	int (*x509_crt_init)(gnutls_x509_crt_t *certificate);
	void (*x509_crt_deinit)(gnutls_x509_crt_t certificate);
	int (*x509_crt_import)(gnutls_x509_crt_t certificate, const gnutls_datum_t *data, gnutls_x509_crt_fmt_t format);
	int (*x509_crt_export)(gnutls_x509_crt_t certificate, gnutls_x509_crt_fmt_t format, void *out, size_t *size);
	int (*x509_crt_set_version)(gnutls_x509_crt_t certificate, unsigned version);
	int (*x509_crt_set_serial)(gnutls_x509_crt_t certificate, const void *serial, size_t size);
	int (*x509_crt_set_activation_time)(gnutls_x509_crt_t certificate, time_t at);
	int (*x509_crt_set_expiration_time)(gnutls_x509_crt_t certificate, time_t at);
	time_t (*x509_crt_get_expiration_time)(gnutls_x509_crt_t certificate);
	int (*x509_crt_set_dn_by_oid)(
		gnutls_x509_crt_t certificate, const char *oid, unsigned raw, const void *name, unsigned size);
	int (*x509_crt_set_subject_alt_name)(gnutls_x509_crt_t certificate, gnutls_x509_subject_alt_name_t type,
		const void *data, unsigned size, unsigned flags);
	int (*x509_crt_set_basic_constraints)(gnutls_x509_crt_t certificate, unsigned ca, int path);
	int (*x509_crt_set_key_usage)(gnutls_x509_crt_t certificate, unsigned usage);
	int (*x509_crt_set_key_purpose_oid)(gnutls_x509_crt_t certificate, const void *oid, unsigned critical);
	int (*x509_crt_set_key)(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key);
	int (*x509_crt_sign2)(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer, gnutls_x509_privkey_t key,
		gnutls_digest_algorithm_t digest, unsigned flags);
	const char *(*strerror)(int error);
};

/* NULL, or why it cannot be had. It stays loaded until the process ends. */
const char *gnutls_library_load(struct gnutls_library *ret_library);

#endif
