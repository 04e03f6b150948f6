/* What citizens may write that is to be stored as written and harm nobody who reads it. */
#ifndef BANDITORE_TESTS_HOSTILE_H
#define BANDITORE_TESTS_HOSTILE_H

static const char *const hostile_texts[] = {
	"=HYPERLINK(\"http://evil.example\",\"clicca\")",
	"+39; -1; @SUM(A1:A9)",
	"'; DROP TABLE report; --",
	"<script>alert(1)</script> & <b>\"grassetto\"</b>",
	"Buca in via Roma \xF0\x9F\x98\xB1\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7",
	"\xD8\xAD\xD9\x81\xD8\xB1\xD8\xA9 \xD9\x81\xD9\x8A \xD8\xA7\xD9\x84\xD8\xB7\xD8\xB1\xD9\x8A\xD9\x82",
	"fattura\xE2\x80\xAE"
	"fdp.exe\xE2\x80\xAC \xE2\x81\xA6x\xE2\x81\xA9\xE2\x80\x8F",
	"\x1B[2J\x1B]0;titolo\x07 \x7F \xC2\x9B"
	"31m rosso\r\nBEGIN:VEVENT\r\nSUMMARY:falso",
	"Niccol\xC3\xB2 \"Il Conte\" D'Angi\xC3\xB2, detto `l'altro`; $(reboot)\\n, fine",
	"riga uno\nriga due\tcolonna\xE2\x80\xA8riga tre",
	"%s%n %d \\ {comune} [ {x} ]",
};
enum { HOSTILE_TEXTS = sizeof hostile_texts / sizeof *hostile_texts };

#endif
