#include "modem/at_class.h"

#include "modem/cms.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TWO = AT_CODE_TWO_LINES, WHOLE = AT_CODE_WHOLE, SET = AT_CODE_EVEN_IF_SET };

/* Seen in logs and tests of several modems. Names that begin others stand after them. */
static const struct at_code codes[] = {
	/* messages */
	{"+CMTI", AT_RANK_KEPT, SET},
	{"+CMT", AT_RANK_KEPT, TWO | SET},
	{"+CDSI", AT_RANK_KEPT, SET},
	{"+CDS", AT_RANK_KEPT, TWO | SET},
	{"+CBMI", AT_RANK_MINOR, SET},
	{"+CBM", AT_RANK_KEPT, TWO | SET},
	{"+SMS FULL", AT_RANK_KEPT, 0},
	{"^SMMEMFULL", AT_RANK_KEPT, 0},
	/* calls and supplementary services */
	{"RING", AT_RANK_KEPT, WHOLE},
	{"+CRING", AT_RANK_KEPT, SET},
	{"+CLIP", AT_RANK_KEPT, SET},
	{"+CCWA", AT_RANK_KEPT, SET},
	{"NO CARRIER", AT_RANK_KEPT, WHOLE},
	{"BUSY", AT_RANK_KEPT, WHOLE},
	{"HANGUP:", AT_RANK_KEPT, 0},
	{"^CEND", AT_RANK_KEPT, 0},
	{"+ZEND", AT_RANK_MINOR, 0},
	{"^ORIG", AT_RANK_MINOR, 0},
	{"^CONF", AT_RANK_MINOR, 0},
	{"^CONN", AT_RANK_MINOR, 0},
	{"+CSSI", AT_RANK_MINOR, SET},
	{"+CSSU", AT_RANK_MINOR, SET},
	{"+CUSD", AT_RANK_KEPT, SET},
	/* the modem restarted, or its SIM became ready */
	{"RDY", AT_RANK_KEPT, WHOLE},
	{"Call Ready", AT_RANK_KEPT, WHOLE},
	{"SMS Ready", AT_RANK_KEPT, WHOLE},
	{"SMS DONE", AT_RANK_KEPT, WHOLE},
	{"PB DONE", AT_RANK_KEPT, WHOLE},
	{"^SYSSTART", AT_RANK_KEPT, 0},
	{"*ATREADY", AT_RANK_KEPT, 0},
	{"+READY", AT_RANK_KEPT, WHOLE},
	{"+QIND", AT_RANK_KEPT, 0},
	{"+CPIN", AT_RANK_KEPT, 0},
	{"+CFUN", AT_RANK_KEPT, 0},
	{"^SIMST", AT_RANK_KEPT, 0},
	{"+SIM:", AT_RANK_KEPT, 0},
	{"+QUSIM", AT_RANK_KEPT, 0},
	{"#QSS", AT_RANK_KEPT, 0},
	{"UNDER-VOLTAGE", AT_RANK_KEPT, 0},
	{"NORMAL POWER DOWN", AT_RANK_KEPT, 0},
	{"+WIND", AT_RANK_MINOR, 0},
	{"+ZUSIMR", AT_RANK_MINOR, 0},
	{"^STIN", AT_RANK_MINOR, 0},
	{"#STN", AT_RANK_MINOR, 0},
	{"$QCSIMSTAT", AT_RANK_MINOR, 0},
	/* registration and network time */
	{"+CREG", AT_RANK_MINOR, SET},
	{"+CGREG", AT_RANK_MINOR, SET},
	{"+CEREG", AT_RANK_MINOR, SET},
	{"+C5GREG", AT_RANK_MINOR, SET},
	{"^SRVST", AT_RANK_MINOR, 0},
	{"+CTZV", AT_RANK_MINOR, SET},
	{"+CTZE", AT_RANK_MINOR, SET},
	{"^NWTIME", AT_RANK_MINOR, 0},
	{"*PSUTTZ", AT_RANK_MINOR, 0},
	{"DST:", AT_RANK_MINOR, 0},
	/* chatter that no one here acts on */
	{"^RSSI", AT_RANK_NOISE, 0},
	{"^HCSQ", AT_RANK_NOISE, 0},
	{"^MODE", AT_RANK_NOISE, 0},
	{"^BOOT", AT_RANK_NOISE, 0},
	{"^CSNR", AT_RANK_NOISE, 0},
	{"^DSFLOWRPT", AT_RANK_NOISE, 0},
	{"+CIEV", AT_RANK_NOISE, 0},
	{"+CGEV", AT_RANK_NOISE, 0},
	{"+ZDONR", AT_RANK_NOISE, 0},
	{"+ZPASR", AT_RANK_NOISE, 0},
	{"+ZPSTM", AT_RANK_NOISE, 0},
	{"_OSIGQ", AT_RANK_NOISE, 0},
};

static bool ends_name(char octet)
{
	return octet == ':' || octet == ' ' || octet == '\0';
}

const struct at_code *at_code_find(const char *line)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		size_t length = strlen(codes[i].name);

		if (strncasecmp(line, codes[i].name, length) != 0)
			continue;
		if (codes[i].flags & WHOLE ? line[length] == '\0'
					   : codes[i].name[length - 1] == ':' || ends_name(line[length]))
			return &codes[i];
	}
	return NULL;
}

enum at_restart at_restart_sign(const char *line)
{
	static const struct {
		const char *begin;
		enum at_restart sign;
	} signs[] = {
		{"RDY", AT_RESTART_SURE},
		{"^SYSSTART", AT_RESTART_SURE},
		{"*ATREADY", AT_RESTART_SURE},
		{"NORMAL POWER DOWN", AT_RESTART_SURE},
		{"Call Ready", AT_RESTART_READY},
		{"SMS Ready", AT_RESTART_READY},
		{"SMS DONE", AT_RESTART_READY},
		{"+QIND: SMS DONE", AT_RESTART_READY},
		{"+CPIN: READY", AT_RESTART_READY},
		{"+CPIN:READY", AT_RESTART_READY},
		{"^SIMST:1", AT_RESTART_READY},
		{"^SIMST: 1", AT_RESTART_READY},
		{"+CFUN:", AT_RESTART_READY},
		{"+READY", AT_RESTART_READY},
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strncasecmp(line, signs[i].begin, strlen(signs[i].begin)) == 0)
			return signs[i].sign;
	return AT_RESTART_NONE;
}

/* The text after a prefix that ends with ':', blanks skipped; NULL when the line does not begin so. */
static const char *after(const char *line, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncasecmp(line, prefix, length) != 0)
		return NULL;
	return line + length + strspn(line + length, " \t");
}

/* -1: not a number that an error can have. */
static int number(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 5 || text[digits + strspn(text + digits, " ")] != '\0')
		return -1;
	return (int)strtol(text, NULL, 10);
}

/* "+CMS ERROR: 38", "+CMS ERROR: network out of order", "+CMS ERROR:" (an argument may be missing: code -1). */
static bool extended_error(const char *line, enum at_result *ret_result, int *ret_code)
{
	const char *argument = after(line, "+CMS ERROR:");

	if (argument) {
		*ret_result = AT_CMS_ERROR;
		*ret_code = number(argument);
		if (*ret_code < 0 && *argument)
			*ret_code = cms_from_words(argument);
		return true;
	}
	argument = after(line, "+CME ERROR:");
	if (argument) {
		*ret_result = AT_CME_ERROR;
		*ret_code = number(argument);
		if (*ret_code < 0 && *argument)
			*ret_code = cme_from_words(argument);
		return true;
	}
	return false;
}

static bool is_one_of(const char *line, const char *const *words)
{
	for (; *words; words++)
		if (strcasecmp(line, *words) == 0)
			return true;
	return false;
}

bool at_final_read(const char *line, bool dialling, enum at_result *ret_result, int *ret_code)
{
	/* Huawei, Samsung, Option; the fused line is one modem's answer to AT+CNUM with an empty list. */
	static const char *const errors[] = {
		"ERROR", "COMMAND NOT SUPPORT", "NA", "TOO MANY PARAMETERS", "ERROR+CNUM:", NULL};
	static const char *const call[] = {"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", NULL};
	const char *argument;

	*ret_code = -1;
	if (strcasecmp(line, "OK") == 0) {
		*ret_result = AT_OK;
		return true;
	}
	if (extended_error(line, ret_result, ret_code))
		return true;
	if (is_one_of(line, errors) || after(line, "+EXT ERROR:")) {
		*ret_result = AT_ERROR;
		return true;
	}
	argument = after(line, "MODEM ERROR:");
	if (argument && number(argument) >= 0) {
		*ret_result = AT_ERROR;
		return true;
	}
	if (dialling && is_one_of(line, call)) {
		*ret_result = AT_NO_CARRIER;
		return true;
	}
	if (dialling && strncasecmp(line, "CONNECT", 7) == 0 && ends_name(line[7])) {
		*ret_result = AT_OK;
		return true;
	}
	return false;
}

/* Is `name` (of `length`) one whose answers come without a prefix? */
static bool answers_bare(const char *name, size_t length)
{
	static const char *const bare[] = {"+CGMI", "+CGMM", "+CGMR", "+CGSN", "+GMI", "+GMM", "+GMR", "+GSN", "+CIMI",
		"+CCID", "+ICCID", "^ICCID", "+QCCID", "#CCID", "+CLAC"};

	for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++)
		if (strlen(bare[i]) == length && strncasecmp(name, bare[i], length) == 0)
			return true;
	return false;
}

void at_prefix_of(const char *command, char ret_prefix[AT_PREFIX_MAX])
{
	const char *name = strncasecmp(command, "AT", 2) == 0 ? command + 2 : command;
	size_t length = 1;

	ret_prefix[0] = '\0';
	if (*name == '\0' || !strchr("+^*$%#_&\\", *name) || *name == '&' || *name == '\\')
		return;
	while (isalnum((unsigned char)name[length]) || name[length] == '_')
		length++;
	if (length + 2 > AT_PREFIX_MAX || answers_bare(name, length))
		return;
	memcpy(ret_prefix, name, length);
	ret_prefix[length] = ':';
	ret_prefix[length + 1] = '\0';
}

/* Steps over one field; says whether it is a number of at most three digits, unquoted. */
static bool small_field(const char **position)
{
	const char *text = *position + strspn(*position, " ");
	size_t digits = strspn(text, "0123456789");
	const char *end = text + digits + strspn(text + digits, " ");
	bool small = digits >= 1 && digits <= 3 && (*end == ',' || *end == '\0');

	*position = text + strcspn(text, ",");
	return small;
}

bool at_is_registration_urc(const char *line)
{
	const char *position = strchr(line, ':');
	bool second;

	position = position ? position + 1 : line;
	if (!small_field(&position) || *position != ',')
		return true;
	position++;
	second = small_field(&position);
	return !second;
}

bool at_is_recognised(const char *line)
{
	enum at_result result;
	int code;

	if (line[0] != '\0' && strchr("+^*$%#_", line[0]))
		return true;
	if (isdigit((unsigned char)line[0]) && line[1] == '\0')
		return true; /* a result code of a modem set to V0 (V.250 §6.2.6) */
	return at_final_read(line, true, &result, &code) || at_code_find(line);
}

bool at_is_text(const char *line)
{
	for (; *line; line++) {
		unsigned char octet = (unsigned char)*line;

		if ((octet < 0x20 && octet != '\t' && octet != '\r' && octet != '\n') || octet == 0x7f)
			return false;
	}
	return true;
}

bool at_is_hex(const char *line)
{
	size_t digits = strspn(line, "0123456789ABCDEFabcdef");

	return digits >= 2 && line[digits] == '\0';
}
