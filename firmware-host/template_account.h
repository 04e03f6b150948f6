/* The account's side of the templates: asking the API, one request at a time. Blocks for the network, with deadlines. */
#ifndef BANDITORE_TEMPLATE_ACCOUNT_H
#define BANDITORE_TEMPLATE_ACCOUNT_H

#include "config/settings.h"
#include "modem/graph_template.h"

struct template_account;

/* Reads the token's file. Fails with EX_CONFIG and what to set. */
int template_account_open(const struct settings *settings, struct template_account **ret_account, struct err *err);
void template_account_close(struct template_account *account); /* NULL is allowed; wipes the token */

/* All the account's templates; *ret_templates is to be freed. Returns their number, or -1: EX_UNAVAILABLE when WhatsApp is
 * not reached, EX_TEMPFAIL when it wants us to wait, EX_CONFIG when it refuses the account, EX_REFUSED else. */
int template_account_list(struct template_account *account, struct graph_template **ret_templates, struct err *err);

/* Creates one, or changes the one of this id. Fails as above. */
int template_account_create(struct template_account *account, const struct graph_template_new *template,
	struct graph_template *ret_made, struct err *err);
int template_account_edit(
	struct template_account *account, const char *id, const struct graph_template_new *template, struct err *err);

#endif
