/* The table of options as text: the effective configuration, the commented example, the manual. */
#include "config/options.h"
#include "config/settings.h"

#include <string.h>

struct printer {
	FILE *out;
	int depth;    /* of indentation */
	bool teach;   /* the example: with help, and what is a default commented out */
	bool comment; /* everything commented out */
};

static void print_indent(const struct printer *printer, bool comment)
{
	if (comment)
		fputs("//", printer->out);
	for (int i = 0; i < printer->depth; i++)
		fputc('\t', printer->out);
}

static void print_string(const char *value, FILE *out)
{
	fputc('"', out);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fputc('"', out);
}

static void print_word(const char *words, int index, FILE *out)
{
	for (; index > 0; index--)
		words = strchr(words, '|') + 1;
	fprintf(out, "\"%.*s\"", (int)strcspn(words, "|"), words);
}

static void print_hours(const struct settings_hours *hours, FILE *out)
{
	if (hours->from_min == hours->until_min)
		fputs("\"\"", out);
	else
		fprintf(out, "\"%02d:%02d-%02d:%02d\"", hours->from_min / 60, hours->from_min % 60,
			hours->until_min / 60, hours->until_min % 60);
}

/* Without the zeros nobody would write: 0.05, not 0.05000. */
static void print_money(int32_t value, FILE *out)
{
	int32_t whole = value / SETTINGS_MONEY, part = value % SETTINGS_MONEY;
	int digits = 5;

	for (; part % 10 == 0 && digits > 0; digits--)
		part /= 10;
	if (digits > 0)
		fprintf(out, "%d.%0*d", whole, digits, part);
	else
		fprintf(out, "%d", whole);
}

static void print_value(const struct option *option, const void *base, FILE *out)
{
	const void *field = option_field_const(option, base);

	switch (option->type) {
	case OPTION_STRING:
	case OPTION_PATH:
		if ((option->flags & OPTION_SECRET) && *(const char *)field != '\0')
			fputs("\"****\"", out);
		else
			print_string(field, out);
		break;
	case OPTION_WORD: print_word(option->words, *(const int *)field, out); break;
	case OPTION_HOURS: print_hours(field, out); break;
	case OPTION_INT: fprintf(out, "%d", *(const int32_t *)field); break;
	case OPTION_MONEY: print_money(*(const int32_t *)field, out); break;
	case OPTION_BOOL: fputs(*(const bool *)field ? "true" : "false", out); break;
	case OPTION_LIST: break;
	}
}

/* The default as the table has it, in libconfig's syntax. */
static void print_initial(const struct option *option, FILE *out)
{
	if (option->flags & OPTION_REQUIRED)
		fputs("none: it must be given", out);
	else if (option->type == OPTION_INT || option->type == OPTION_MONEY || option->type == OPTION_BOOL)
		fputs(option->initial, out);
	else if (option->flags & OPTION_MADE_UP)
		fputs("made up", out);
	else
		print_string(option->initial, out);
}

/* The default is told only where the line below shows another value. */
static void print_help(const struct printer *printer, const struct option *option, const char *label)
{
	char form[OPTION_FORM_MAX];

	print_indent(printer, false);
	fprintf(printer->out, "# %s%s", label, option->help);
	if (option->type == OPTION_LIST) {
		fputc('\n', printer->out);
		return;
	}
	option_describe(option, form, sizeof form);
	fputc('\n', printer->out);
	print_indent(printer, false);
	fprintf(printer->out, "#   %s", form);
	if (option->example && !printer->comment) {
		fputs("; default: ", printer->out);
		print_initial(option, printer->out);
	}
	fputc('\n', printer->out);
}

static void print_scalar(const struct printer *printer, const struct option *option, const void *base)
{
	const char *dot = strrchr(option->key, '.');
	bool comment = printer->comment || (printer->teach && !option->example);

	if (printer->teach)
		print_help(printer, option, "");
	else if (option->flags & OPTION_WHEN_GIVEN)
		comment = !*(const bool *)((const char *)base + option->given_offset);
	print_indent(printer, comment);
	fprintf(printer->out, "%s = ", dot ? dot + 1 : option->key);
	print_value(option, base, printer->out);
	fputs(";\n", printer->out);
}

static void print_small(const struct printer *printer, const struct option_list *list, const void *item)
{
	print_indent(printer, printer->comment);
	fputc('{', printer->out);
	for (size_t i = 0; i < list->option_count; i++) {
		fprintf(printer->out, " %s = ", list->options[i].key);
		print_value(&list->options[i], item, printer->out);
		fputc(';', printer->out);
	}
	fputs(" }", printer->out);
}

static void print_options(struct printer *printer, const struct option *options, size_t count, const void *base);

static void print_list(struct printer *printer, const struct option *option, const void *base)
{
	const struct option_list *list = option->list;
	const char *item = option_field_const(option, base);
	int32_t count = *(const int32_t *)(const void *)((const char *)base + list->count_offset);

	printer->comment = printer->teach && !list->example_live;
	if (printer->teach) {
		fputc('\n', printer->out);
		print_help(printer, option, "");
	}
	for (size_t i = 0; printer->teach && list->small && i < list->option_count; i++) {
		char label[OPTION_KEY_MAX + 3];

		(void)snprintf(label, sizeof label, "%s: ", list->options[i].key);
		print_help(printer, &list->options[i], label);
	}

	print_indent(printer, printer->comment);
	fprintf(printer->out, "%s = (\n", option->key);
	printer->depth++;
	for (int32_t i = 0; i < count; i++, item += list->item_size) {
		if (list->small) {
			print_small(printer, list, item);
		} else {
			print_indent(printer, printer->comment);
			fputs("{\n", printer->out);
			printer->depth++;
			print_options(printer, list->options, list->option_count, item);
			printer->depth--;
			print_indent(printer, printer->comment);
			fputc('}', printer->out);
		}
		fputs(i + 1 < count ? ",\n" : "\n", printer->out);
	}
	printer->depth--;
	print_indent(printer, printer->comment);
	fputs(");\n", printer->out);
	printer->comment = false;
}

static bool key_within(const char *key, const char *group)
{
	return strncmp(key, group, strlen(group)) == 0;
}

/* Closes groups until `open`, such as "whatsapp.templates.", is a front part of the key, then opens what the key needs. */
static void print_groups(struct printer *printer, char open[OPTION_KEY_MAX], const char *key)
{
	size_t used = strlen(open);
	const char *dot;

	while (!key_within(key, open)) {
		do
			used--;
		while (used > 0 && open[used - 1] != '.');
		open[used] = '\0';
		printer->depth--;
		print_indent(printer, printer->comment);
		fputs("};\n", printer->out);
	}
	while ((dot = strchr(key + used, '.')) != NULL) {
		if (printer->teach && printer->depth == 0)
			fputc('\n', printer->out);
		print_indent(printer, printer->comment);
		fprintf(printer->out, "%.*s = {\n", (int)(dot - (key + used)), key + used);
		printer->depth++;
		used = (size_t)(dot + 1 - key);
		memcpy(open, key, used);
		open[used] = '\0';
	}
}

static void print_options(struct printer *printer, const struct option *options, size_t count, const void *base)
{
	char open[OPTION_KEY_MAX] = "";

	for (size_t i = 0; i < count; i++) {
		print_groups(printer, open, options[i].key);
		if (options[i].type == OPTION_LIST) {
			print_list(printer, &options[i], base);
			continue;
		}
		if (printer->teach && printer->depth == 0)
			fputc('\n', printer->out);
		print_scalar(printer, &options[i], base);
	}
	print_groups(printer, open, "");
}

void settings_print(const struct settings *settings, FILE *out)
{
	struct printer printer = {.out = out};

	print_options(&printer, options_table, options_count, settings);
}

/* Puts the table's examples over the defaults. They are right: a test reads the printed example. */
static void put_examples(const struct option *options, size_t count, void *base)
{
	char why[OPTION_WHY_MAX];
	int32_t one = 1;

	for (size_t i = 0; i < count; i++) {
		const struct option *option = &options[i];

		if (option->type != OPTION_LIST) {
			if (option->example)
				(void)option_put(option, base, option->example, NULL, why);
			continue;
		}
		if (option->list->initial)
			continue;
		(void)options_put_initial(
			option->list->options, option->list->option_count, option_field(option, base), NULL, why);
		put_examples(option->list->options, option->list->option_count, option_field(option, base));
		memcpy((char *)base + option->list->count_offset, &one, sizeof one);
	}
}

void settings_print_example(FILE *out)
{
	struct printer printer = {.out = out, .teach = true};
	struct settings settings = {0}; /* not from the heap: printing cannot fail */
	char why[OPTION_WHY_MAX];

	(void)options_put_initial(options_table, options_count, &settings, NULL, why);
	put_examples(options_table, options_count, &settings);

	fputs("# The configuration of Banditore, in libconfig's syntax. Only comune.name must be given.\n"
	      "# Lines that start with // are defaults or examples: take the // away to change one.\n"
	      "# Relative paths start at the directory of this file. Check it with: banditore config check\n",
		out);
	print_options(&printer, options_table, options_count, &settings);
}

static void print_manual_rows(const struct option *options, size_t count, const char *prefix, FILE *out)
{
	char form[OPTION_FORM_MAX], within[OPTION_KEY_MAX];

	for (size_t i = 0; i < count; i++) {
		const struct option *option = &options[i];

		option_describe(option, form, sizeof form);
		fprintf(out, "| `%s%s` | %s | ", prefix, option->key, form);
		if (option->type == OPTION_LIST)
			fputs(option->list->initial ? "the example's list" : "empty", out);
		else
			print_initial(option, out);
		fprintf(out, " | %s |\n", option->help);
		if (option->type != OPTION_LIST)
			continue;
		(void)snprintf(within, sizeof within, "%s[].", option->key);
		print_manual_rows(option->list->options, option->list->option_count, within, out);
	}
}

void settings_print_manual(FILE *out)
{
	fputs("| key | may be | default | meaning |\n|---|---|---|---|\n", out);
	print_manual_rows(options_table, options_count, "", out);
}
