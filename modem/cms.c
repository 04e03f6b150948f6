#include "modem/cms.h"

#include <stddef.h>
#include <string.h>

struct row {
	int code;
	enum cms_class class;
	const char *meaning;
};

/* 1…127: RP causes (24.011 Annex E); 128…255: TP-FCS (23.040 §9.2.3.22); 300…: the modem itself (27.005 §3.2.5). */
static const struct row cms_rows[] = {
	{1, CMS_RCPT, "unassigned number"},
	{8, CMS_SIM, "operator determined barring"},
	{10, CMS_SIM, "call barred"},
	{17, CMS_LATER, "network failure"},
	{21, CMS_LATER, "short message transfer rejected"},
	{22, CMS_MT, "memory capacity exceeded (MT)"},
	{27, CMS_LATER, "destination out of order"},
	{28, CMS_SIM, "unidentified subscriber"},
	{29, CMS_SIM, "facility rejected"},
	{30, CMS_RCPT, "unknown subscriber"},
	{38, CMS_LATER, "network out of order"},
	{41, CMS_NOW, "temporary failure"},
	{42, CMS_LATER, "congestion"},
	{47, CMS_LATER, "resources unavailable"},
	{50, CMS_SIM, "facility not subscribed"},
	{69, CMS_SIM, "facility not implemented"},
	{81, CMS_NOW, "invalid transfer reference"},
	{95, CMS_MSG, "semantically incorrect message"},
	{96, CMS_MSG, "invalid mandatory information"},
	{97, CMS_MSG, "message type not implemented"},
	{98, CMS_NOW, "message not compatible with protocol state"},
	{99, CMS_MSG, "information element not implemented"},
	{111, CMS_NOW, "protocol error"},
	{127, CMS_LATER, "interworking"},
	{128, CMS_MSG, "telematic interworking not supported"},
	{129, CMS_MSG, "short message type 0 not supported"},
	{130, CMS_MSG, "cannot replace"},
	{143, CMS_MSG, "TP-PID error"},
	{144, CMS_MSG, "alphabet not supported"},
	{145, CMS_MSG, "message class not supported"},
	{159, CMS_MSG, "TP-DCS error"},
	{160, CMS_MSG, "command cannot be actioned"},
	{161, CMS_MSG, "command unsupported"},
	{175, CMS_MSG, "TP-Command error"},
	{176, CMS_MSG, "TPDU not supported"},
	{192, CMS_LATER, "SC busy"},
	{193, CMS_SIM, "no SC subscription"},
	{194, CMS_LATER, "SC system failure"},
	{195, CMS_RCPT, "invalid SME address"},
	{196, CMS_RCPT, "destination SME barred"},
	{197, CMS_DONE, "rejected duplicate"},
	{198, CMS_MSG, "TP-VPF not supported"},
	{199, CMS_MSG, "TP-VP not supported"},
	{208, CMS_MT, "SIM storage full (MT)"},
	{209, CMS_MT, "no SIM storage (MT)"},
	{210, CMS_MT, "error in MS (MT)"},
	{211, CMS_MT, "memory capacity exceeded (MT)"},
	{212, CMS_MT, "SAT busy (MT)"},
	{213, CMS_MT, "SIM data download error (MT)"},
	{255, CMS_LATER, "unspecified"},
	{300, CMS_MODEM, "ME failure"},
	{301, CMS_NOW, "SMS service of ME reserved"},
	{302, CMS_MODEM, "operation not allowed"},
	{303, CMS_MODEM, "operation not supported"},
	{304, CMS_MSG, "invalid PDU parameter"},
	{305, CMS_MSG, "invalid text parameter"},
	{310, CMS_SIM, "SIM not inserted"},
	{311, CMS_SIM, "SIM PIN required"},
	{312, CMS_SIM, "PH-SIM PIN required"},
	{313, CMS_SIM, "SIM failure"},
	{314, CMS_NOW, "SIM busy"},
	{315, CMS_SIM, "SIM wrong"},
	{316, CMS_SIM, "SIM PUK required"},
	{317, CMS_SIM, "SIM PIN2 required"},
	{318, CMS_SIM, "SIM PUK2 required"},
	{320, CMS_MODEM, "memory failure"},
	{321, CMS_IGNORE, "invalid memory index"},
	{322, CMS_FULL, "memory full"},
	{330, CMS_SIM, "SMSC address unknown"},
	{331, CMS_LATER, "no network service"},
	{332, CMS_UNKNOWN, "network timeout"},
	{340, CMS_IGNORE, "no +CNMA acknowledgement expected"},
	{500, CMS_LATER, "unknown error"},
};

/* 27.007 §9.2, as far as it can end a command that matters here. */
static const struct row cme_rows[] = {
	{0, CMS_MODEM, "phone failure"},
	{1, CMS_MODEM, "no connection to phone"},
	{2, CMS_NOW, "phone adaptor link reserved"},
	{3, CMS_MODEM, "operation not allowed"},
	{4, CMS_MODEM, "operation not supported"},
	{5, CMS_SIM, "PH-SIM PIN required"},
	{6, CMS_SIM, "PH-FSIM PIN required"},
	{7, CMS_SIM, "PH-FSIM PUK required"},
	{10, CMS_SIM, "SIM not inserted"},
	{11, CMS_SIM, "SIM PIN required"},
	{12, CMS_SIM, "SIM PUK required"},
	{13, CMS_SIM, "SIM failure"},
	{14, CMS_NOW, "SIM busy"},
	{15, CMS_SIM, "SIM wrong"},
	{16, CMS_SIM, "incorrect password"},
	{17, CMS_SIM, "SIM PIN2 required"},
	{18, CMS_SIM, "SIM PUK2 required"},
	{20, CMS_FULL, "memory full"},
	{21, CMS_IGNORE, "invalid index"},
	{22, CMS_IGNORE, "not found"},
	{23, CMS_MODEM, "memory failure"},
	{24, CMS_MSG, "text string too long"},
	{25, CMS_MSG, "invalid characters in text string"},
	{26, CMS_MSG, "dial string too long"},
	{27, CMS_MSG, "invalid characters in dial string"},
	{30, CMS_LATER, "no network service"},
	{31, CMS_UNKNOWN, "network timeout"},
	{32, CMS_SIM, "emergency calls only"},
	{40, CMS_SIM, "network personalisation PIN"},
	{41, CMS_SIM, "network personalisation PUK"},
	{42, CMS_SIM, "network subset personalisation PIN"},
	{43, CMS_SIM, "network subset personalisation PUK"},
	{44, CMS_SIM, "service provider personalisation PIN"},
	{45, CMS_SIM, "service provider personalisation PUK"},
	{46, CMS_SIM, "corporate personalisation PIN"},
	{47, CMS_SIM, "corporate personalisation PUK"},
	{48, CMS_SIM, "hidden key required"},
	{50, CMS_MSG, "incorrect parameters"},
	{100, CMS_LATER, "unknown error"},
	{132, CMS_SIM, "service option not supported"},
	{133, CMS_SIM, "requested service option not subscribed"},
	{134, CMS_LATER, "service option temporarily out of order"},
	{515, CMS_NOW, "busy, or still initialising"},
};

/* Wordings that differ from the table's: of 27.005 and 27.007 themselves, and of modems. */
static const struct row cms_words[] = {
	{300, CMS_MODEM, "phone failure"},
	{304, CMS_MSG, "invalid PDU mode parameter"},
	{305, CMS_MSG, "invalid text mode parameter"},
	{310, CMS_SIM, "SIM not present"},
	{340, CMS_IGNORE, "no CNMA ack expected"},
	{302, CMS_MODEM, "not allowed"},
	{303, CMS_MODEM, "not supported"},
	{500, CMS_LATER, "unknown"},
};

static const struct row cme_words[] = {
	{3, CMS_MODEM, "not allowed"},
	{4, CMS_MODEM, "not supported"},
	{13, CMS_SIM, "SIM error"},
	{30, CMS_LATER, "no network"},
	{32, CMS_SIM, "network not allowed, emergency calls only"},
	{32, CMS_SIM, "network not allowed emergency call only"},
	{40, CMS_SIM, "network personalization PIN required"},
	{40, CMS_SIM, "network personalisation PIN required"},
	{41, CMS_SIM, "network personalization PUK required"},
	{41, CMS_SIM, "network personalisation PUK required"},
	{50, CMS_MSG, "invalid parameters"},
	{100, CMS_LATER, "unknown"},
};

#define ROWS(table) (sizeof(table) / sizeof *(table))

static const struct row *row_find(const struct row *rows, size_t count, int code)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

enum cms_class cms_class(int code)
{
	const struct row *row = row_find(cms_rows, ROWS(cms_rows), code);

	if (row != NULL)
		return row->class;
	/* 24.011 §8.2.5.4: a cause the mobile does not know counts as 41. Beyond the causes, no code says that trying
	 * again is of no use: vendors number as they like from 512. */
	return code >= 0 && code < 128 ? CMS_NOW : CMS_LATER;
}

enum cms_class cme_class(int code)
{
	const struct row *row = row_find(cme_rows, ROWS(cme_rows), code);

	return row != NULL ? row->class : CMS_LATER;
}

static const char *meaning(const struct row *row, int code)
{
	if (row != NULL)
		return row->meaning;
	if (code < 0)
		return "no code given";
	return code >= 512 ? "vendor's own error" : "reserved";
}

const char *cms_meaning(int code)
{
	return meaning(row_find(cms_rows, ROWS(cms_rows), code), code);
}

const char *cme_meaning(int code)
{
	return meaning(row_find(cme_rows, ROWS(cme_rows), code), code);
}

const char *cms_class_to_string(enum cms_class class)
{
	switch (class) {
	case CMS_NOW: return "now";
	case CMS_LATER: return "later";
	case CMS_RCPT: return "rcpt";
	case CMS_MSG: return "msg";
	case CMS_SIM: return "sim";
	case CMS_MODEM: return "modem";
	case CMS_FULL: return "full";
	case CMS_MT: return "mt";
	case CMS_DONE: return "done";
	case CMS_IGNORE: return "ignore";
	case CMS_UNKNOWN: return "unknown";
	}
	return "later";
}

/* The next letter or digit in lower case, or NUL; ASCII only, whatever the locale. */
static char next_plain(const char **text)
{
	for (; **text != '\0'; (*text)++) {
		char c = **text;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
			(*text)++;
			return c;
		}
	}
	return '\0';
}

static bool same_words(const char *one, const char *other)
{
	char a, b;

	do {
		a = next_plain(&one);
		b = next_plain(&other);
	} while (a == b && a != '\0');
	return a == b;
}

static int words_find(const struct row *rows, size_t count, const char *words)
{
	for (size_t i = 0; i < count; i++)
		if (same_words(rows[i].meaning, words))
			return rows[i].code;
	return -1;
}

int cms_from_words(const char *words)
{
	int code = words_find(cms_rows, ROWS(cms_rows), words);

	return code >= 0 ? code : words_find(cms_words, ROWS(cms_words), words);
}

int cme_from_words(const char *words)
{
	int code = words_find(cme_rows, ROWS(cme_rows), words);

	return code >= 0 ? code : words_find(cme_words, ROWS(cme_words), words);
}

enum bearer_outcome cms_outcome(enum cms_class class)
{
	switch (class) {
	case CMS_NOW: return BEARER_RETRY_SOON;
	case CMS_LATER: return BEARER_RETRY_LATER;
	case CMS_RCPT: return BEARER_BAD_RECIPIENT;
	case CMS_MSG: return BEARER_BAD_MESSAGE;
	case CMS_SIM: return BEARER_BARRED;
	case CMS_MODEM:
	case CMS_FULL:
	case CMS_IGNORE: return BEARER_NOT_SENT; /* about this modem, not about message or person */
	case CMS_MT: return BEARER_RETRY_LATER; /* the network spoke of receiving: nothing left, and nothing is known */
	case CMS_DONE: return BEARER_ACCEPTED;
	case CMS_UNKNOWN: return BEARER_UNKNOWN;
	}
	return BEARER_RETRY_LATER;
}
