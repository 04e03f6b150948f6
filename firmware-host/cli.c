#include "firmware-host/cli.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int cli_settings(struct cli *cli, struct err *err)
{
	if (cli->settings)
		return 0;
	if (settings_read(cli->config_path, &cli->settings, err) != 0)
		return -1;
	setenv("TZ", cli->settings->comune.timezone, 1);
	tzset();
	return 0;
}

int cli_texts(struct cli *cli, struct err *err)
{
	if (cli->texts)
		return 0;
	if (cli_settings(cli, err) != 0)
		return -1;
	return texts_read(cli->settings->texts, cli->settings->texts_given, &cli->texts, err);
}

int cli_db(struct cli *cli, bool create, struct err *err)
{
	if (cli->db)
		return 0;
	if (cli_settings(cli, err) != 0)
		return -1;
	return db_open(cli->settings->database, create, &cli->db, err);
}

void cli_close(struct cli *cli)
{
	db_close(cli->db);
	texts_free(cli->texts);
	settings_free(cli->settings);
	*cli = (struct cli){0};
}

int cli_option(int argc, char **argv, const struct option *options, struct err *err)
{
	opterr = 0;
	int got = getopt_long(argc, argv, ":", options, NULL);
	if (got == '?') {
		const char *word = argv[optind - 1];
		if (optopt && strncmp(word, "--", 2) == 0) /* a long option that was given a value */
			err_set(err, EX_USAGE, "%.*s takes no value; see: banditore %s --help", (int)strcspn(word, "="),
				word, argv[0]);
		else if (optopt)
			err_set(err, EX_USAGE, "unknown option -%c; see: banditore %s --help%s", optopt, argv[0],
				optopt >= '0' && optopt <= '9' ? " (-- goes before a text that begins with a dash)"
							       : "");
		else
			err_set(err, EX_USAGE, "unknown option %s; see: banditore %s --help", argv[optind - 1],
				argv[0]);
	}
	if (got == ':') {
		err_set(err, EX_USAGE, "%s needs a value; see: banditore %s --help", argv[optind - 1], argv[0]);
		got = '?';
	}
	return got;
}

bool cli_help(int argc, char **argv, const char *text)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			fputs(text, stdout);
			return true;
		}
	}
	return false;
}

int cli_no_more(int argc, char **argv, int most, struct err *err)
{
	if (argc - optind <= most)
		return 0;
	return err_set(
		err, EX_USAGE, "%.64s is one word too many; see: banditore %s --help", argv[optind + most], argv[0]);
}

int cli_number(const char *text, const char *what, int64_t *ret, struct err *err)
{
	char *end;

	errno = 0;
	long long n = text ? strtoll(text, &end, 10) : 0;
	if (!text || end == text || *end || errno || n < 1)
		return err_set(err, EX_USAGE, "%s must be a whole number, as the list shows it", what);
	*ret = n;
	return 0;
}

const char *cli_who(void)
{
	const struct passwd *user = getpwuid(getuid());

	return user ? user->pw_name : "unknown";
}

void cli_print(const char *text)
{
	fputs(text, stdout);
	fputc('\n', stdout);
}
