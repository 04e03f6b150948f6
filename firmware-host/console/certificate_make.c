#include "firmware-host/console/certificate_make.h"

#include "firmware-host/console/gnutls_load.h"
#include "firmware-host/hub.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SERIAL_OCTETS = 16, NAMES_MAX = 64, NAME_OCTETS = 256 };

struct making {
	struct gnutls_library tls;
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t certificate;
	int names; /* subject alternative names so far */
	int fault; /* GnuTLS's first; 0 */
};

static void note(struct making *making, int result)
{
	if (result < 0 && making->fault == 0)
		making->fault = result;
}

static gnutls_datum_t datum_of(const char *text)
{
	return (gnutls_datum_t){.data = (unsigned char *)(uintptr_t)text, .size = (unsigned)strlen(text)};
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static void name_add(struct making *making, gnutls_x509_subject_alt_name_t type, const void *octets, size_t length)
{
	if (making->names++ < NAMES_MAX)
		note(making, making->tls.x509_crt_set_subject_alt_name(
				     making->certificate, type, octets, (unsigned)length, GNUTLS_FSAN_APPEND));
}

static void dns_add(struct making *making, const char *name)
{
	name_add(making, GNUTLS_SAN_DNSNAME, name, strlen(name));
}

static void address_add(struct making *making, const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address && address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof v4);
		name_add(making, GNUTLS_SAN_IPADDRESS, &v4.sin_addr, sizeof v4.sin_addr);
	} else if (address && address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof v6);
		if (!IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr))
			name_add(making, GNUTLS_SAN_IPADDRESS, &v6.sin6_addr, sizeof v6.sin6_addr);
	}
}

/* As it calls itself, as mDNS would call it, and each address it has. */
static void names_add(struct making *making)
{
	char host[NAME_OCTETS] = "", local[NAME_OCTETS + 8];
	struct ifaddrs *addresses = NULL;

	dns_add(making, "localhost");
	if (gethostname(host, sizeof host - 1) == 0 && host[0] && strcmp(host, "localhost") != 0) {
		dns_add(making, host);
		if (!strchr(host, '.')) {
			(void)snprintf(local, sizeof local, "%s.local", host);
			dns_add(making, local);
		}
	}
	if (getifaddrs(&addresses) != 0)
		return;
	for (const struct ifaddrs *at = addresses; at; at = at->ifa_next)
		address_add(making, at->ifa_addr);
	freeifaddrs(addresses);
}

/* ---- the certificate --------------------------------------------------------------------------------------------- */

static void key_take(struct making *making, const char *before)
{
	gnutls_datum_t data;

	note(making, making->tls.x509_privkey_init(&making->key));
	if (making->fault != 0)
		return;
	if (before) {
		data = datum_of(before);
		note(making, making->tls.x509_privkey_import(making->key, &data, GNUTLS_X509_FMT_PEM));
		return;
	}
	note(making, making->tls.x509_privkey_generate(
			     making->key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
}

static void fields_set(struct making *making, int64_t now)
{
	const struct gnutls_library *tls = &making->tls;
	gnutls_x509_crt_t it = making->certificate;
	unsigned char serial[SERIAL_OCTETS];
	static const char name[] = "Banditore";
	/* A box whose clock was never set makes one that is valid when it is. */
	int64_t since = HUB_CLOCK_SET_S, from = now / 1000 > since ? now / 1000 : since;

	randombytes_buf(serial, sizeof serial);
	serial[0] = (unsigned char)((serial[0] & 0x7F) | 0x40); /* RFC 5280 §4.1.2.2: positive */
	note(making, tls->x509_crt_set_version(it, 3));
	note(making, tls->x509_crt_set_serial(it, serial, sizeof serial));
	note(making, tls->x509_crt_set_activation_time(it, (time_t)since));
	note(making, tls->x509_crt_set_expiration_time(it, (time_t)(from + 2 * CERTIFICATE_YEAR_S)));
	note(making, tls->x509_crt_set_dn_by_oid(it, GNUTLS_OID_X520_COMMON_NAME, 0, name, sizeof name - 1));
	note(making, tls->x509_crt_set_basic_constraints(it, 0, -1));
	note(making, tls->x509_crt_set_key_usage(it, GNUTLS_KEY_DIGITAL_SIGNATURE));
	note(making, tls->x509_crt_set_key_purpose_oid(it, GNUTLS_KP_TLS_WWW_SERVER, 0));
	names_add(making);
	note(making, tls->x509_crt_set_key(it, making->key));
	note(making, tls->x509_crt_sign2(it, it, making->key, GNUTLS_DIG_SHA256, 0));
}

static void pem_put(struct making *making, char *out, size_t size)
{
	size_t left = size - 1, used = 0;

	if (making->fault != 0)
		return;
	note(making, making->tls.x509_privkey_export(making->key, GNUTLS_X509_FMT_PEM, out, &left));
	used = making->fault == 0 ? strnlen(out, size - 1) : 0;
	left = size - 1 - used;
	note(making, making->tls.x509_crt_export(making->certificate, GNUTLS_X509_FMT_PEM, out + used, &left));
	out[making->fault == 0 ? used + strnlen(out + used, left) : 0] = '\0';
}

int certificate_make(const char *before, int64_t now, char *out, size_t size, struct err *err)
{
	struct making making = {.key = NULL};
	const char *missing = gnutls_library_load(&making.tls);

	if (missing)
		return err_set(err, EX_UNAVAILABLE, "%s", missing);
	memset(out, 0, size);
	key_take(&making, before);
	if (making.fault == 0)
		note(&making, making.tls.x509_crt_init(&making.certificate));
	if (making.fault == 0)
		fields_set(&making, now);
	pem_put(&making, out, size);
	if (making.certificate)
		making.tls.x509_crt_deinit(making.certificate);
	if (making.key)
		making.tls.x509_privkey_deinit(making.key);
	if (making.fault != 0)
		return err_set(err, EX_SOFTWARE, "cannot make a certificate: %s", making.tls.strerror(making.fault));
	return 0;
}

int64_t certificate_end(const char *pem)
{
	struct gnutls_library tls;
	gnutls_x509_crt_t certificate;
	gnutls_datum_t data = datum_of(pem);
	int64_t end = 0;

	if (gnutls_library_load(&tls) || tls.x509_crt_init(&certificate) < 0)
		return 0;
	if (tls.x509_crt_import(certificate, &data, GNUTLS_X509_FMT_PEM) >= 0) {
		time_t at = tls.x509_crt_get_expiration_time(certificate);
		end = at == (time_t)-1 ? 0 : (int64_t)at * 1000;
	}
	tls.x509_crt_deinit(certificate);
	return end;
}
