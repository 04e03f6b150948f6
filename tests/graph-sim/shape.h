/* What a JSON object of the API may hold, as tables. */
#ifndef BANDITORE_GRAPH_SIM_SHAPE_H
#define BANDITORE_GRAPH_SIM_SHAPE_H

#include "tests/graph-sim/reply.h"

enum shape { SHAPE_TEXT, SHAPE_NUMBER, SHAPE_BOOL, SHAPE_OBJECT, SHAPE_LIST, SHAPE_ANY };

struct member {
	const char *name; /* NULL ends the table */
	enum shape shape;
	bool required;
	size_t max;		     /* characters of a text, items of a list; 0: no limit */
	const struct member *inside; /* of an object, or of each object of a list; NULL: anything */
	int code;		     /* of what is wrong; 0: 100 */
};

/* Checks all of it; `path` names it in the answer. True: good; false: `ret_reply` says what is not. A number may come
 * as text that reads as one, as the platform allows. */
bool shape_check(const json_t *object, const struct member *members, const char *path, struct reply *ret_reply);

#endif
