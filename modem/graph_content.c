/* A bearer's SEND as a message of the API: its text is cut into fields in place. */
#include "modem/graph.h"

#include <stdlib.h>
#include <string.h>

/* Cuts the next field or part off *rest; NULL when there is none left. */
static char *cut(char **rest, char separator)
{
	char *field = *rest, *end = field ? strchr(field, separator) : NULL;

	if (end)
		*end++ = '\0';
	*rest = end;
	return field;
}

static int parameters_cut(char *rest, struct graph_message *message, struct err *err)
{
	if (!*rest) /* a template without parameters */
		return 0;
	for (char *field = cut(&rest, BEARER_FIELD[0]); field; field = cut(&rest, BEARER_FIELD[0])) {
		if (message->parameter_count == GRAPH_PARAMETERS_MAX)
			return err_set(err, EX_DATAERR, "a template takes at most %d parameters", GRAPH_PARAMETERS_MAX);
		struct graph_parameter *parameter = &message->parameters[message->parameter_count++];
		char *first = cut(&field, BEARER_PART[0]);
		parameter->name = field ? first : NULL;
		parameter->value = field ? field : first;
	}
	return 0;
}

static int choices_cut(char *rest, struct graph_message *message, struct err *err)
{
	for (char *field = cut(&rest, BEARER_FIELD[0]); field; field = cut(&rest, BEARER_FIELD[0])) {
		if (message->choice_count == GRAPH_ROWS_MAX)
			return err_set(err, EX_DATAERR, "more than %d choices; WhatsApp takes no more", GRAPH_ROWS_MAX);
		struct graph_choice *choice = &message->choices[message->choice_count++];
		choice->id = cut(&field, BEARER_PART[0]);
		choice->title = cut(&field, BEARER_PART[0]);
		choice->words = cut(&field, BEARER_PART[0]);
	}
	return 0;
}

static int content_cut(char *text, struct graph_message *message, struct err *err)
{
	switch (message->content) {
	case BEARER_TEMPLATE: return parameters_cut(text, message, err);
	case BEARER_BUTTONS: message->text = cut(&text, BEARER_FIELD[0]); return choices_cut(text, message, err);
	case BEARER_LIST:
		message->text = cut(&text, BEARER_FIELD[0]);
		message->opener = cut(&text, BEARER_FIELD[0]);
		return choices_cut(text, message, err);
	case BEARER_IMAGE:
	case BEARER_DOCUMENT:
		message->media = cut(&text, BEARER_FIELD[0]);
		message->text = cut(&text, BEARER_FIELD[0]);
		message->file_name = cut(&text, BEARER_FIELD[0]);
		return 0;
	case BEARER_MARK_READ: message->reply_to = text; return 0;
	case BEARER_TEXT:
	case BEARER_REQUEST_LOCATION:
	case BEARER_REQUEST_PHONE: message->text = text; return 0;
	}
	return err_set(err, EX_DATAERR, "this is no message");
}

int graph_request_of_send(const struct bearer_send *send, const char *text, char **ret_body, struct err *err)
{
	char callback[GRAPH_CALLBACK_OWN_MAX], *fields = strdup(text);
	struct graph_message message = {.content = send->content,
		.to = send->to,
		.user = send->user,
		.callback = callback,
		.template = send->template,
		.language = send->language};

	if (!fields)
		return err_set(err, EX_OSERR, "out of memory");
	graph_callback_write(send->delivery, send->attempt, callback);
	int result = content_cut(fields, &message, err);
	if (result == 0)
		result = graph_request(&message, ret_body, err);
	free(fields);
	return result;
}
