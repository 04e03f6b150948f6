/* The console: what the comune's staff open in the browser.
 *
 * One thread with its own database handle, as a command has one, owns the listener (console.listen), the sessions and the
 * API. It shares nothing with the hub: state comes by the control socket and the database, acts go the way the commands'
 * go, and the hub is poked. The hub never waits for it. Like a command it goes by the configuration as the file has it now:
 * it looks every CONSOLE_LOOK_MS whether file or texts have changed, and keeps what it has where they cannot be read.
 *
 *	console.c      the thread: opening, looking again, what is due
 *	door.c         the listener: bodies, bounds, answers
 *	guard.c        what the headers alone decide: session, role, origin, CSRF
 *	routes.c       the one table of the API; openapi.c describes it
 *	api_*.c        what each route does
 *	events.c       live figures, by server-sent events
 *	hasher.c       passwords, beside the thread
 *	assets.c       the page's files, built in
 *	certificate.c  TLS
 */
#ifndef BANDITORE_CONSOLE_H
#define BANDITORE_CONSOLE_H

#include "config/settings.h"
#include "db/db.h"

enum { CONSOLE_LOOK_MS = 2000, CONSOLE_CODE_MAX = 24 };

struct console_handle;

/* Starts the thread (all signals blocked, nicer than the hub's). It opens what it needs by itself, and tries again every 30 s
 * where it cannot: a console that is not there is logged and stops nothing. NULL: no thread could be made. The path is copied.
 * Does not block. */
struct console_handle *console_start(const char *config_path);

/* Ends the thread and waits for it, 2 s at most. NULL is allowed. */
void console_stop(struct console_handle *handle);

/* The one-time code by which the first operator is made at the page, as long as there is none. make: where there is no code
 * yet, one is made. "": there is an operator, or no code. Any thread with its own handle; blocks for the disk. */
int console_first_code(struct db *db, bool make, char ret_code[CONSOLE_CODE_MAX], struct err *err);

#endif
