#include "firmware-host/cmd_pdu.h"

#include "modem/segment.h"
#include "modem/stamp.h"
#include "modem/utf.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINE_OCTETS_MAX = 64 * 1024,
	VALIDITY_MINUTES_MAX = 63 * 7 * 24 * 60, /* the longest relative validity */
	WHY_MAX = 256,
};

struct options {
	bool no_smsc, submit, fold;
};

struct line {
	bool too_long;
	size_t length;
	char text[LINE_OCTETS_MAX + 1];
};

/* The next line without its end; what is beyond 64 KiB is read and dropped. false at the end of input. */
static bool line_read(FILE *in, struct line *line)
{
	int c = getc(in);

	line->too_long = false;
	line->length = 0;
	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = getc(in)) {
		if (line->length == LINE_OCTETS_MAX)
			line->too_long = true;
		else
			line->text[line->length++] = (char)c;
	}
	while (line->length > 0 && strchr(" \t\r", line->text[line->length - 1]) != NULL)
		line->length--;
	line->text[line->length] = '\0';
	return true;
}

/* A value that could not be made is null: only for lack of memory, and then the line cannot be printed either. */
static void put(json_t *object, const char *key, json_t *value)
{
	(void)json_object_set_new(object, key, value != NULL ? value : json_null());
}

/* The reason may quote the line, whatever octets it was made of. */
static json_t *error_object(const char *why)
{
	char text[2 * WHY_MAX];
	struct utf8_out out;

	utf8_out_init(&out, text, sizeof text);
	utf8_put_string(&out, why);
	return json_pack("{s:s}", "error", text);
}

static json_t *time_value(const struct pdu_time *time)
{
	char text[STAMP_TEXT_MAX];

	return stamp_format(time, text) ? json_string(text) : json_null();
}

static json_t *concat_value(const struct pdu_concat *concat)
{
	if (concat->bits == 0)
		return json_null();
	return json_pack("{s:i, s:i, s:i}", "ref", concat->reference, "total", concat->total, "seq", concat->seq);
}

/* "from" or "to", and "alpha" instead when it is a name. */
static void address_put(json_t *object, const char *key, const struct pdu_address *address)
{
	bool alpha = address->ton == PDU_TON_ALPHANUMERIC;
	bool number = !alpha && address->text[0] != '\0';

	put(object, key, number ? json_string(address->text) : json_null());
	put(object, "alpha", alpha ? json_string(address->text) : json_null());
}

static const char *alphabet_name(enum pdu_alphabet alphabet)
{
	switch (alphabet) {
	case PDU_GSM7: return "gsm7";
	case PDU_8BIT: return "8bit";
	case PDU_UCS2: return "ucs2";
	}
	return "gsm7";
}

static void coding_put(json_t *object, const struct pdu *pdu)
{
	put(object, "pid", json_integer(pdu->pid));
	put(object, "dcs", json_integer(pdu->dcs));
	put(object, "alphabet", json_string(alphabet_name(pdu->alphabet)));
	put(object, "class", pdu->class < 0 ? json_null() : json_integer(pdu->class));
}

static void content_put(json_t *object, const struct pdu *pdu)
{
	bool is_data = pdu->alphabet == PDU_8BIT || pdu->compressed;
	char text[PDU_TEXT_MAX];
	char hex[2 * PDU_USER_DATA_MAX + 1];

	(void)pdu_text(pdu, text);
	hex_write(pdu->data, pdu->data_length, hex);
	put(object, "text", is_data ? json_null() : json_string(text));
	put(object, "data", is_data ? json_string(hex) : json_null());
	put(object, "concat", concat_value(&pdu->concat));
	put(object, "truncated", json_boolean(pdu->truncated));
}

static void deliver_put(json_t *object, const struct pdu *pdu)
{
	address_put(object, "from", &pdu->address);
	put(object, "time", time_value(&pdu->time));
	coding_put(object, pdu);
	content_put(object, pdu);
}

static void submit_put(json_t *object, const struct pdu *pdu)
{
	address_put(object, "to", &pdu->address);
	put(object, "mr", json_integer(pdu->mr));
	put(object, "report", json_boolean(pdu->report));
	put(object, "validity_minutes", pdu->vpf == 2 ? json_integer(pdu_vp_to_seconds(pdu->vp) / 60) : json_null());
	put(object, "valid_until", time_value(&pdu->time));
	coding_put(object, pdu);
	content_put(object, pdu);
}

static void report_put(json_t *object, const struct pdu *pdu)
{
	address_put(object, "to", &pdu->address);
	put(object, "mr", json_integer(pdu->mr));
	put(object, "time", time_value(&pdu->time));
	put(object, "discharge", time_value(&pdu->discharge));
	put(object, "status", json_integer(pdu->status));
	put(object, "status_class", json_string(pdu_status_class_to_string(pdu_status_class(pdu->status))));
	put(object, "status_text", json_string(pdu_status_to_string(pdu->status)));
}

static json_t *pdu_object(const struct pdu *pdu)
{
	static const char *const types[] = {"deliver", "submit", "status-report"};
	json_t *object = json_object();

	put(object, "type", json_string(types[pdu->type]));
	put(object, "smsc", pdu->has_smsc ? json_string(pdu->smsc.text) : json_null());
	put(object, "length", json_integer(pdu->tpdu_length));
	switch (pdu->type) {
	case PDU_DELIVER: deliver_put(object, pdu); break;
	case PDU_SUBMIT: submit_put(object, pdu); break;
	case PDU_STATUS_REPORT: report_put(object, pdu); break;
	}
	return object;
}

static json_t *decode_line(const struct options *options, const char *text, size_t length)
{
	uint8_t octets[LINE_OCTETS_MAX / 2];
	struct pdu pdu;
	int count = hex_read(text, length, octets, sizeof octets);

	if (count < 0)
		return error_object("not hexadecimal");

	const char *why = pdu_decode(
		octets, (size_t)count, options->no_smsc ? PDU_SMSC_ABSENT : PDU_SMSC_GUESS, options->submit, &pdu);
	return why != NULL ? error_object(why) : pdu_object(&pdu);
}

/* One line for `pdu encode`. Strings belong to the JSON it was read from. */
struct order {
	const char *to, *text, *smsc;
	int flash, report;
	long long validity_minutes, reference, mr; /* validity -1: none */
};

static bool integer_take(const json_t *value, long long low, long long high, long long *ret)
{
	if (!json_is_integer(value) || json_integer_value(value) < low || json_integer_value(value) > high)
		return false;
	*ret = json_integer_value(value);
	return true;
}

static bool string_take(const json_t *value, const char **ret)
{
	*ret = json_string_value(value);
	return *ret != NULL;
}

static bool bool_take(const json_t *value, int *ret)
{
	*ret = json_is_true(value);
	return json_is_boolean(value);
}

/* NULL, or what the key must be. */
static const char *order_take(const char *key, const json_t *value, struct order *order)
{
	if (strcmp(key, "to") == 0)
		return string_take(value, &order->to) ? NULL : "a string";
	if (strcmp(key, "text") == 0)
		return string_take(value, &order->text) ? NULL : "a string without U+0000";
	if (strcmp(key, "smsc") == 0)
		return string_take(value, &order->smsc) ? NULL : "a string";
	if (strcmp(key, "flash") == 0)
		return bool_take(value, &order->flash) ? NULL : "true or false";
	if (strcmp(key, "report") == 0)
		return bool_take(value, &order->report) ? NULL : "true or false";
	if (strcmp(key, "validity_minutes") == 0)
		return integer_take(value, 1, VALIDITY_MINUTES_MAX, &order->validity_minutes) ? NULL : "1 to 635040";
	if (strcmp(key, "ref") == 0)
		return integer_take(value, 0, UINT16_MAX, &order->reference) ? NULL : "0 to 65535";
	if (strcmp(key, "mr") == 0)
		return integer_take(value, 0, UINT8_MAX, &order->mr) ? NULL : "0 to 255";
	return "left out: it is not known";
}

static bool order_read(json_t *object, struct order *order, char why[WHY_MAX])
{
	const char *key;
	json_t *value;

	*order = (struct order){.validity_minutes = -1};
	if (!json_is_object(object)) {
		(void)snprintf(why, WHY_MAX, "not a JSON object");
		return false;
	}
	json_object_foreach(object, key, value)
	{
		const char *wanted = order_take(key, value, order);
		if (wanted != NULL) {
			(void)snprintf(why, WHY_MAX, "%.32s must be %s", key, wanted);
			return false;
		}
	}
	if (order->to == NULL || order->text == NULL) {
		(void)snprintf(why, WHY_MAX, "%s is missing", order->to == NULL ? "to" : "text");
		return false;
	}
	return true;
}

/* The text to be sent; the caller frees it. NULL: out of memory. */
static char *text_make(const struct options *options, const char *text)
{
	size_t size = 4 * strlen(text) + 1; /* the widest folding makes 7 octets of 2 */
	char *made = malloc(size);
	unsigned changed;

	if (made == NULL)
		return NULL;
	if (!options->fold || fold_italian(text, made, size, &changed) < 0)
		memcpy(made, text, strlen(text) + 1);
	return made;
}

/* One {"length","hex"} a segment, or NULL with the reason. */
static json_t *pdus_make(const struct order *order, const struct segment_text *text, const struct segment_plan *plan,
	unsigned bits, const char **ret_why)
{
	struct pdu_submit base = {
		.smsc = order->smsc,
		.to = order->to,
		.mr = (uint8_t)order->mr,
		.report = order->report,
		.vp = -1,
		.class = order->flash ? 0 : -1,
	};
	json_t *pdus = json_array();

	if (order->validity_minutes >= 0)
		base.vp = pdu_vp_from_seconds((uint32_t)order->validity_minutes * 60);
	for (unsigned i = 0; i < plan->count; i++) {
		uint8_t octets[PDU_OCTETS_MAX];
		char hex[2 * PDU_OCTETS_MAX + 1];
		uint8_t length;
		int count = segment_encode(
			text, plan, i, (uint16_t)order->reference, bits, &base, octets, &length, ret_why);

		if (count < 0) {
			json_decref(pdus);
			return NULL;
		}
		hex_write(octets, (size_t)count, hex);
		(void)json_array_append_new(pdus, json_pack("{s:i, s:s}", "length", length, "hex", hex));
	}
	return pdus;
}

static json_t *order_encode(const struct order *order, const char *sent)
{
	unsigned bits = order->reference > UINT8_MAX ? 16 : 8;
	struct segment_text text;
	struct segment_plan plan;
	const char *why = NULL;

	if (segment_text_read(sent, &text) < 0)
		return error_object("out of memory");
	if (segment_plan(&text, bits, &plan) < 0) {
		segment_text_free(&text);
		return error_object("too long: more than 255 parts");
	}

	json_t *pdus = pdus_make(order, &text, &plan, bits, &why);
	segment_text_free(&text);
	if (pdus == NULL)
		return error_object(why);

	json_t *units = json_array();
	for (unsigned i = 0; i < plan.count; i++)
		(void)json_array_append_new(units, json_integer(plan.offset[i + 1] - plan.offset[i]));

	json_t *object = json_object();
	put(object, "alphabet", json_string(alphabet_name(plan.alphabet)));
	put(object, "parts", json_integer(plan.count));
	put(object, "septets", plan.alphabet == PDU_GSM7 ? json_incref(units) : json_null());
	put(object, "units", units);
	put(object, "text", json_string(sent));
	put(object, "pdus", pdus);
	return object;
}

static json_t *encode_line(const struct options *options, const char *line, size_t length)
{
	char why[WHY_MAX];
	json_error_t error;
	struct order order;
	json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
	json_t *result;

	if (object == NULL) {
		(void)snprintf(why, sizeof why, "not JSON: %s", error.text);
		return error_object(why);
	}
	if (!order_read(object, &order, why)) {
		json_decref(object);
		return error_object(why);
	}

	char *sent = text_make(options, order.text);
	result = sent == NULL ? error_object("out of memory") : order_encode(&order, sent);
	free(sent);
	json_decref(object);
	return result;
}

typedef json_t *answer(const struct options *options, const char *line, size_t length);

/* Answers every line that is not blank. Returns false when stdout failed. */
static bool lines_answer(
	const struct options *options, answer *answer_line, unsigned long *ret_lines, unsigned long *ret_bad)
{
	struct line *line = malloc(sizeof *line);
	bool written = line != NULL;

	*ret_lines = 0;
	*ret_bad = 0;
	while (written && line_read(stdin, line)) {
		size_t blanks = strspn(line->text, " \t");

		if (blanks == line->length && !line->too_long)
			continue;

		json_t *object = line->too_long ? error_object("longer than 64 KiB")
						: answer_line(options, line->text + blanks, line->length - blanks);
		++*ret_lines;
		if (json_object_get(object, "error") != NULL)
			++*ret_bad;
		written = object != NULL && json_dumpf(object, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;
		json_decref(object);
	}
	free(line);
	return written && fflush(stdout) == 0;
}

static void help_print(bool decode)
{
	if (decode)
		(void)puts(
			"Usage: banditore pdu decode [--no-smsc] [--submit]\n"
			"Reads lines of hexadecimal, each a PDU as a modem gives it; prints one JSON object for each.\n"
			"  --no-smsc  the PDUs do not begin with the service centre's field\n"
			"  --submit   the PDUs were sent by a mobile: a type 10 is refused as a command\n"
			"A line that cannot be decoded gives {\"error\":\"...\"}, and the exit status is 65 at the "
			"end.");
	else
		(void)puts(
			"Usage: banditore pdu encode [--fold]\n"
			"Reads lines of JSON: {\"to\":\"+39...\",\"text\":\"...\",\"flash\":false,\"report\":true,"
			"\"validity_minutes\":60,\"ref\":7}\n"
			"also \"smsc\" and \"mr\"; only to and text are needed. Prints the PDUs of each, length as for "
			"AT+CMGS.\n"
			"A ref above 255 makes 16-bit references.\n"
			"  --fold  folds what would cost UCS-2 (\u00C8 to E', typographic quotes...), as when sending\n"
			"A line that cannot be encoded gives {\"error\":\"...\"}, and the exit status is 65 at the "
			"end.");
}

/* Returns 1 when help was asked for, 0, or -1 with err. */
static int options_read(int argc, char **argv, bool decode, struct options *options, struct err *err)
{
	*options = (struct options){0};
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return 1;
		if (decode && strcmp(argv[i], "--no-smsc") == 0)
			options->no_smsc = true;
		else if (decode && strcmp(argv[i], "--submit") == 0)
			options->submit = true;
		else if (!decode && strcmp(argv[i], "--fold") == 0)
			options->fold = true;
		else if (strcmp(argv[i], "--json") != 0) /* which it is anyway */
			return err_set(err, EX_USAGE,
				"pdu %s: unknown argument %s; lines come on stdin, see banditore pdu %s --help",
				argv[0], argv[i], argv[0]);
	}
	return 0;
}

int cmd_pdu(int argc, char **argv, struct err *err)
{
	struct options options;
	unsigned long lines, bad;

	if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
		help_print(true);
		help_print(false);
		return 0;
	}
	bool decode = argc > 0 && strcmp(argv[0], "decode") == 0;
	if (!decode && (argc < 1 || strcmp(argv[0], "encode") != 0))
		return err_set(err, EX_USAGE, "pdu: say what to do: banditore pdu decode, or banditore pdu encode");

	int help = options_read(argc, argv, decode, &options, err);
	if (help < 0)
		return -1;
	if (help > 0) {
		help_print(decode);
		return 0;
	}

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (!lines_answer(&options, decode ? decode_line : encode_line, &lines, &bad))
		return err_set(err, EX_IOERR,
			"pdu %s: cannot write the answer; is there room, and does somebody read it?", argv[0]);
	if (ferror(stdin))
		return err_set(err, EX_IOERR, "pdu %s: cannot read stdin", argv[0]);
	if (bad > 0)
		return err_set(err, EX_DATAERR,
			"pdu %s: %lu of %lu lines could not be %sd; correct those answered with an error", argv[0], bad,
			lines, argv[0]);
	return 0;
}
