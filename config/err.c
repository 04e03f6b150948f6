#include "config/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* An error is one line by contract, whatever file name or library message went into it; and a cut must not leave half a
 * UTF-8 character behind. */
static void text_tidy(char *text)
{
	size_t length = strlen(text);
	size_t start = length;

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = ' ';
	if (length < ERR_TEXT_MAX - 1)
		return;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0 || (unsigned char)text[start - 1] < 0xc0)
		return;
	start--;
	unsigned char lead = (unsigned char)text[start];
	size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	if (length - start < need)
		text[start] = '\0';
}

void err_write(struct err *err, int status, const char *format, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	text_tidy(text);

	/* Formatted aside first, as the arguments may point into err->text. */
	memcpy(err->text, text, strlen(text) + 1);
	err->status = status;
}

void err_write_before(struct err *err, const char *format, ...)
{
	char text[ERR_TEXT_MAX];
	char old[ERR_TEXT_MAX];
	va_list args;

	memcpy(old, err->text, sizeof old);
	old[sizeof old - 1] = '\0';

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);

	err_write(err, err->status, "%s: %s", text, old);
}
