/* The second language of the sheet and of the texts around its templates. */
#ifndef BANDITORE_SHEET_SECOND_H
#define BANDITORE_SHEET_SECOND_H

#include "firmware-host/keypad/sheet.h"

/* Reads texts.XX.cfg beside settings->texts and keypad.XX.cfg beside the sheet at `path`, XX being comune.second_language, into
 * sheet->second. Fails with EX_CONFIG: a file that is not there or has a slip, texts without the words of alerts. Blocks for the
 * files' reading. */
int sheet_second_read(const char *path, const struct settings *settings, struct sheet *sheet, struct err *err);

#endif
