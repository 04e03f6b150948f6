/* The second factor: time-based one-time passwords (RFC 6238) of 6 digits by HMAC-SHA-256, a new one each 30 s. The secret
 * is as long as the hash, as §5.1 wants it. Pure; any thread. */
#ifndef BANDITORE_CONSOLE_TOTP_H
#define BANDITORE_CONSOLE_TOTP_H

#include <stddef.h>
#include <stdint.h>

enum {
	TOTP_STEP_S = 30,
	TOTP_DIGITS = 6,
	TOTP_SECRET_SIZE = 32,
	TOTP_TEXT_MAX = 56, /* of a secret in base32 (RFC 4648), unpadded */
	TOTP_URI_MAX = 768,
};

/* The password of one time step (HOTP, RFC 4226 §5.3, with this hash) of 6 to 8 digits. */
uint32_t totp_password(const unsigned char *secret, size_t size, int64_t step, int digits);

/* The step whose password this is: that of `now` (milliseconds since 1970), the one before it or the one after (§5.2), if it
 * is newer than last_step; 0: none. Blanks in what was typed do not matter. Takes as long whatever is wrong. */
int64_t totp_match(const unsigned char secret[TOTP_SECRET_SIZE], const char *typed, int64_t last_step, int64_t now);

/* The secret as people type it, and as the URI that authenticator apps read from a QR code. */
const char *totp_secret_text(const unsigned char secret[TOTP_SECRET_SIZE], char out[TOTP_TEXT_MAX]);
const char *totp_uri(
	const unsigned char secret[TOTP_SECRET_SIZE], const char *issuer, const char *account, char out[TOTP_URI_MAX]);

#endif
