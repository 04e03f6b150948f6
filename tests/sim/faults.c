#include "tests/sim/faults.h"

#include <string.h>
#include <strings.h>

static bool rule_matches(const struct error_rule *rule, const char *command, const char *to, bool at_prompt)
{
	if (!rule->used || rule->left == 0)
		return false;
	if (command != NULL)
		return rule->command[0] != '\0' && strcasecmp(rule->command, command) == 0;
	return rule->command[0] == '\0' && rule->at_prompt == at_prompt &&
	       strncmp(rule->prefix, to, strlen(rule->prefix)) == 0;
}

bool faults_refuse(struct modem *m, const char *command, const char *to, bool at_prompt, struct answer *ret)
{
	for (unsigned i = 0; i < SIM_RULES_MAX; i++) {
		struct error_rule *rule = &m->faults.errors[i];
		if (!rule_matches(rule, command, to, at_prompt))
			continue;
		if (rule->left > 0 && --rule->left == 0)
			rule->used = false;
		*ret = rule->kind == 's'   ? answer_cms(rule->code)
		       : rule->kind == 'e' ? answer_cme(rule->code)
					   : answer_error();
		return true;
	}
	return false;
}

bool faults_add(struct modem *m, const struct error_rule *rule)
{
	for (unsigned i = 0; i < SIM_RULES_MAX; i++)
		if (!m->faults.errors[i].used) {
			m->faults.errors[i] = *rule;
			return true;
		}
	return false;
}

void faults_clear(struct modem *m)
{
	bool hung = m->faults.hung;

	m->faults = (struct faults){.hung = hung};
}
