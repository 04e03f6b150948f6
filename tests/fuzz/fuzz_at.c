/* Octets of a port into the tokeniser, into a dialogue, and each line into every parser. */
#include "modem/at.h"
#include "modem/at_class.h"
#include "modem/at_line.h"
#include "modem/at_parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_numbers(const char *line)
{
	struct at_cesq signal;
	struct at_registration registration;
	struct at_operator operator;
	struct pdu_time time;
	int one, two;

	(void)at_parse_csq(line, &one, &two);
	(void)at_parse_rssi(line, &one);
	(void)at_parse_cesq(line, &signal);
	(void)at_parse_cfun(line, &one);
	(void)at_parse_cclk(line, &time);
	(void)at_parse_cops(line, &operator);
	if (at_parse_registration(line, &registration) && strlen(registration.ci) >= sizeof(registration.ci))
		abort();
}

static void parse_identity(const char *line)
{
	char number[AT_NUMBER_MAX], digits[24], word[AT_WORD_MAX];
	struct at_caller caller;
	struct at_call call;

	(void)at_parse_cpin(line, word);
	(void)at_parse_iccid(line, digits);
	(void)at_parse_imei(line, digits);
	(void)at_parse_imsi(line, digits);
	(void)at_parse_cnum(line, number);
	(void)at_parse_csca(line, number);
	(void)at_parse_clip(line, &caller);
	(void)at_parse_clcc(line, &call);
}

static void parse_messages(const char *line)
{
	struct at_store stores[AT_STORES];
	struct at_store_names names[AT_STORES];
	struct cbs_range ranges[CBS_RANGES_MAX];
	struct at_message message;
	struct at_ussd ussd;
	uint32_t values[5];
	char store[AT_WORD_MAX];
	int index;

	(void)at_parse_cpms(line, stores);
	(void)at_parse_cpms_test(line, names);
	(void)at_parse_cnmi_test(line, values);
	(void)at_parse_cscs_test(line, names[0].name);
	(void)at_parse_cscb(line, ranges);
	(void)at_parse_stored(line, store, &index);
	(void)at_parse_cmgs(line);
	if (at_parse_message(line, &message) && message.pdu &&
		(message.pdu < line || message.pdu > line + strlen(line)))
		abort();
	if (at_parse_cusd(line, &ussd) && strlen(ussd.text) >= sizeof(ussd.text))
		abort();
}

static void parse(const char *line)
{
	enum at_result result;
	int code;

	(void)at_final_read(line, true, &result, &code);
	(void)at_code_find(line);
	(void)at_restart_sign(line);
	(void)at_is_registration_urc(line);
	parse_numbers(line);
	parse_identity(line);
	parse_messages(line);
}

/* The tokeniser alone, in pieces whose length the first octet says, with a +CUSD broken now and then. */
static void tokenise(const char *octets, size_t size, size_t piece)
{
	static struct at_line line;

	at_line_init(&line);
	at_line_mark(&line);
	while (size > 0) {
		size_t count = size < piece ? size : piece, used;
		enum at_line_event event = at_line_feed(&line, octets, count, piece % 2 == 0, &used);

		if (used > count || (event == AT_LINE_MORE && used < count))
			abort();
		if (event == AT_LINE_WHOLE && (strlen(line.text) != line.length || line.length == 0))
			abort();
		if (event == AT_LINE_WHOLE)
			parse(line.text);
		if (event == AT_LINE_MORE && at_line_is_open(&line) && piece % 3 == 0)
			at_line_break(&line);
		octets += used;
		size -= used;
	}
}

/* A dialogue whose peer has said all this and hung up. */
static void converse(const char *octets, size_t size)
{
	static struct at_reply reply;
	static char line[AT_LINE_MAX];
	struct at *at;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		return;
	at = at_new(fds[0]);
	if (at && send(fds[1], octets, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
		(void)shutdown(fds[1], SHUT_WR);
		(void)at_wait(at, -1, INT64_MIN);
		if (size % 3 == 0)
			(void)at_send_pdu(at, 23, "0011000B916407281553F80000AA0AE8329BFD4697D9EC37", 1, 1, &reply);
		else
			(void)at_command(at, size % 3 == 1 ? "AT+CMGL=4" : "AT+CGMI", NULL, 1, &reply);
		for (unsigned i = 0; i < reply.count; i++)
			parse(reply.line[i]);
		while (at_take_unsolicited(at, line))
			parse(line);
	}
	at_free(at);
	close(fds[0]);
	close(fds[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *octets = (const char *)data;

	if (size < 2 || size > 16384)
		return 0;
	tokenise(octets + 1, size - 1, (size_t)data[0] + 1);
	converse(octets + 1, size - 1);
	return 0;
}
