/* The sheet on paper: every code with its words, one page, black on white; colours stand beside their words only. */
#ifndef BANDITORE_PRINT_H
#define BANDITORE_PRINT_H

#include "config/texts.h"
#include "firmware-host/keypad/sheet.h"

/* Writes the page, A4 or (the same, smaller) A5, upright. Fails with EX_CANTCREAT or EX_IOERR. */
int print_svg(const struct sheet *sheet, const struct settings *settings, const struct texts *texts, bool a5,
	const char *path, struct err *err);

/* The same through rsvg-convert(1), EX_UNAVAILABLE where it is not installed. Blocks for it, 30 s at most. */
int print_pdf(const struct sheet *sheet, const struct settings *settings, const struct texts *texts, bool a5,
	const char *path, struct err *err);

#endif
