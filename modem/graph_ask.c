#include "modem/graph_ask.h"

#include "config/clock.h"
#include "modem/graph.h"

static int refusal_tell(const struct graph_http_answer *answer, struct err *err)
{
	struct graph_error error;
	char text[ERR_TEXT_MAX / 2];

	if (!graph_error_read(answer->body, answer->length, &error))
		return err_set(err, EX_UNAVAILABLE,
			"whatsapp.api answers, but not as WhatsApp does (HTTP %d); check the address and the "
			"connection",
			answer->status);
	const struct graph_code *code = graph_code_find(error.code);
	graph_error_tell(&error, text, sizeof text);
	if (code->class == GRAPH_ACCOUNT)
		return err_set(err, EX_CONFIG, "WhatsApp refuses: %s", text);
	if (code->class == GRAPH_RETRY && code->code >= 0)
		return err_set(err, EX_TEMPFAIL, "WhatsApp is not ready: %s; try again in a while", text);
	return err_set(
		err, EX_REFUSED, "WhatsApp refuses: %s%s%s", text, error.trace[0] ? "; trace " : "", error.trace);
}

int graph_ask(struct graph_http *http, const struct graph_http_request *request, int64_t deadline,
	struct graph_http_answer *ret_answer, struct err *err)
{
	struct graph_http_request timed = *request;

	*ret_answer = (struct graph_http_answer){
		.reach = GRAPH_MAY_HAVE_LEFT, .body = "", .location = "", .why = "none came in time"};
	timed.total_ms = clock_left_ms(deadline);
	if (timed.total_ms <= 0)
		return err_set(err, EX_UNAVAILABLE, "WhatsApp gave no whole answer in time; try again");
	if (!graph_http_start(http, 1, &timed))
		return err_set(err, EX_CONFIG, "no request to %.200s can be made; check whatsapp.api", request->url);
	while (!graph_http_take(http, ret_answer) && clock_left_ms(deadline) > 0)
		(void)graph_http_step(http, -1, deadline);
	if (graph_http_in_flight(http) > 0) { /* it waits for a connection, which is not timed */
		graph_http_drop(http, ret_answer->why);
		(void)graph_http_take(http, ret_answer);
	}
	if (ret_answer->reach == GRAPH_NOT_LEFT && ret_answer->link)
		return err_set(
			err, EX_UNAVAILABLE, "WhatsApp is not reached: %s; check the connection", ret_answer->why);
	if (ret_answer->reach != GRAPH_ANSWERED)
		return err_set(err, EX_UNAVAILABLE, "WhatsApp gave no whole answer: %s; try again", ret_answer->why);
	if (ret_answer->status < 200 || ret_answer->status >= 300)
		return refusal_tell(ret_answer, err);
	return 0;
}
