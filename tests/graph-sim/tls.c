#include "tests/graph-sim/tls.h"

#include "tests/graph-sim/base.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

enum { DAYS = 30 };

static int begin(gnutls_x509_crt_t *crt, gnutls_x509_privkey_t *key, const char *name)
{
	unsigned char serial[8] = {1};
	time_t now = time(NULL);
	int error = gnutls_x509_privkey_init(key);

	if (error == 0)
		error = gnutls_x509_privkey_generate(
			*key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (error == 0)
		error = gnutls_x509_crt_init(crt);
	if (error == 0)
		error = gnutls_rnd(GNUTLS_RND_NONCE, serial + 1, sizeof serial - 1);
	if (error == 0)
		error = gnutls_x509_crt_set_serial(*crt, serial, sizeof serial);
	if (error == 0)
		error = gnutls_x509_crt_set_version(*crt, 3);
	if (error == 0)
		error = gnutls_x509_crt_set_dn_by_oid(
			*crt, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name));
	if (error == 0)
		error = gnutls_x509_crt_set_activation_time(*crt, now - 86400);
	if (error == 0)
		error = gnutls_x509_crt_set_expiration_time(*crt, now + DAYS * 86400);
	if (error == 0)
		error = gnutls_x509_crt_set_key(*crt, *key);
	return error;
}

static int make_ca(gnutls_x509_crt_t *crt, gnutls_x509_privkey_t *key)
{
	int error = begin(crt, key, "graph-sim CA");

	if (error == 0)
		error = gnutls_x509_crt_set_basic_constraints(*crt, 1, 0);
	if (error == 0)
		error = gnutls_x509_crt_set_key_usage(*crt, GNUTLS_KEY_KEY_CERT_SIGN);
	if (error == 0)
		error = gnutls_x509_crt_sign2(*crt, *crt, *key, GNUTLS_DIG_SHA256, 0);
	return error;
}

static int make_server(
	gnutls_x509_crt_t *crt, gnutls_x509_privkey_t *key, gnutls_x509_crt_t ca, gnutls_x509_privkey_t ca_key)
{
	static const char *const names[] = {"localhost", "graph.facebook.com"};
	struct in_addr four = {.s_addr = htonl(INADDR_LOOPBACK)};
	struct in6_addr six = IN6ADDR_LOOPBACK_INIT;
	int error = begin(crt, key, "graph-sim");

	for (size_t i = 0; error == 0 && i < sizeof names / sizeof names[0]; i++)
		error = gnutls_x509_crt_set_subject_alt_name(
			*crt, GNUTLS_SAN_DNSNAME, names[i], (unsigned)strlen(names[i]), GNUTLS_FSAN_APPEND);
	if (error == 0)
		error = gnutls_x509_crt_set_subject_alt_name(
			*crt, GNUTLS_SAN_IPADDRESS, &four, sizeof four, GNUTLS_FSAN_APPEND);
	if (error == 0)
		error = gnutls_x509_crt_set_subject_alt_name(
			*crt, GNUTLS_SAN_IPADDRESS, &six, sizeof six, GNUTLS_FSAN_APPEND);
	if (error == 0)
		error = gnutls_x509_crt_set_basic_constraints(*crt, 0, -1);
	if (error == 0)
		error = gnutls_x509_crt_set_key_purpose_oid(*crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
	if (error == 0)
		error = gnutls_x509_crt_sign2(*crt, ca, ca_key, GNUTLS_DIG_SHA256, 0);
	return error;
}

static int export_crt(gnutls_x509_crt_t crt, char **ret)
{
	gnutls_datum_t pem;
	int error = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem);

	if (error == 0)
		*ret = must(strndup((const char *)pem.data, pem.size));
	if (error == 0)
		gnutls_free(pem.data);
	return error;
}

static int export_key(gnutls_x509_privkey_t key, char **ret)
{
	gnutls_datum_t pem;
	int error = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem);

	if (error == 0)
		*ret = must(strndup((const char *)pem.data, pem.size));
	if (error == 0)
		gnutls_free(pem.data);
	return error;
}

int tls_make(char **ret_ca, char **ret_cert, char **ret_key, const char **ret_why)
{
	gnutls_x509_crt_t ca = NULL, server = NULL;
	gnutls_x509_privkey_t ca_key = NULL, key = NULL;
	int error = make_ca(&ca, &ca_key);

	if (error == 0)
		error = make_server(&server, &key, ca, ca_key);
	if (error == 0)
		error = export_crt(ca, ret_ca);
	if (error == 0)
		error = export_crt(server, ret_cert);
	if (error == 0)
		error = export_key(key, ret_key);
	if (ca != NULL)
		gnutls_x509_crt_deinit(ca);
	if (server != NULL)
		gnutls_x509_crt_deinit(server);
	if (ca_key != NULL)
		gnutls_x509_privkey_deinit(ca_key);
	if (key != NULL)
		gnutls_x509_privkey_deinit(key);
	*ret_why = error == 0 ? NULL : gnutls_strerror(error);
	return error == 0 ? 0 : -1;
}
