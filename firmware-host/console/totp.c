#include "firmware-host/console/totp.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { STEP_OCTETS = 8, DIGITS_MAX = 8, WINDOW = 1 };

_Static_assert(TOTP_SECRET_SIZE == crypto_auth_hmacsha256_BYTES, "a secret as long as the hash");

uint32_t totp_password(const unsigned char *secret, size_t size, int64_t step, int digits)
{
	unsigned char octets[STEP_OCTETS], hash[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;
	uint32_t modulus = 1;

	for (int i = 0; i < STEP_OCTETS; i++)
		octets[i] = (unsigned char)((uint64_t)step >> (8 * (STEP_OCTETS - 1 - i)));
	crypto_auth_hmacsha256_init(&state, secret, size);
	crypto_auth_hmacsha256_update(&state, octets, sizeof octets);
	crypto_auth_hmacsha256_final(&state, hash);
	int offset = hash[sizeof hash - 1] & 0x0F;
	uint32_t number = (uint32_t)(hash[offset] & 0x7F) << 24 | (uint32_t)hash[offset + 1] << 16 |
			  (uint32_t)hash[offset + 2] << 8 | hash[offset + 3];
	for (int i = 0; i < digits && i < DIGITS_MAX; i++)
		modulus *= 10;
	sodium_memzero(hash, sizeof hash);
	return number % modulus;
}

/* The digits alone, NUL-padded; what is no such number becomes one that never matches. */
static void digits_take(const char *typed, char out[TOTP_DIGITS + 1])
{
	int count = 0;

	memset(out, 0, TOTP_DIGITS + 1);
	for (; *typed; typed++) {
		if (*typed == ' ')
			continue;
		if (*typed < '0' || *typed > '9' || count == TOTP_DIGITS) {
			memset(out, 0, TOTP_DIGITS + 1);
			return;
		}
		out[count++] = *typed;
	}
}

int64_t totp_match(const unsigned char secret[TOTP_SECRET_SIZE], const char *typed, int64_t last_step, int64_t now)
{
	int64_t current = now / 1000 / TOTP_STEP_S, found = 0;
	char given[TOTP_DIGITS + 1], right[16]; /* any number fits */

	digits_take(typed, given);
	for (int64_t step = current - WINDOW; step <= current + WINDOW; step++) {
		(void)snprintf(right, sizeof right, "%06u", totp_password(secret, TOTP_SECRET_SIZE, step, TOTP_DIGITS));
		if (sodium_memcmp(given, right, sizeof given) == 0 && step > last_step)
			found = step;
	}
	sodium_memzero(right, sizeof right);
	return found;
}

const char *totp_secret_text(const unsigned char secret[TOTP_SECRET_SIZE], char out[TOTP_TEXT_MAX])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t bits = 0;
	int count = 0, used = 0;

	for (int i = 0; i < TOTP_SECRET_SIZE; i++) {
		bits = bits << 8 | secret[i];
		for (count += 8; count >= 5; count -= 5)
			out[used++] = alphabet[bits >> (count - 5) & 0x1F];
	}
	if (count > 0)
		out[used++] = alphabet[bits << (5 - count) & 0x1F];
	out[used] = '\0';
	return out;
}

/* RFC 3986: all but unreserved characters as %XX. */
static void uri_put(char *out, size_t size, const char *text)
{
	size_t used = strlen(out);

	for (; *text && used + 4 < size; text++) {
		unsigned char octet = (unsigned char)*text;
		bool plain = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
			     (octet >= '0' && octet <= '9') || strchr("-._~", octet);
		used += (size_t)snprintf(out + used, size - used, plain ? "%c" : "%%%02X", octet);
	}
}

const char *totp_uri(
	const unsigned char secret[TOTP_SECRET_SIZE], const char *issuer, const char *account, char out[TOTP_URI_MAX])
{
	char text[TOTP_TEXT_MAX], name[TOTP_URI_MAX / 2] = "", who[TOTP_URI_MAX / 4] = "";

	uri_put(name, sizeof name / 2, issuer);
	uri_put(who, sizeof who, account);
	(void)snprintf(out, TOTP_URI_MAX,
		"otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA256&digits=6&period=30", name, who,
		totp_secret_text(secret, text), name);
	sodium_memzero(text, sizeof text);
	return out;
}
