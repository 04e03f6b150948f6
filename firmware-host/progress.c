#include "firmware-host/progress.h"

#include <stdio.h>
#include <unistd.h>

enum { WIDTH = 40 };

struct progress progress_start(const char *what)
{
	return (struct progress){.what = what, .shown = isatty(STDERR_FILENO) == 1, .percent = -1};
}

void progress_draw(struct progress *progress, int64_t done, int64_t all)
{
	int percent = all > 0 ? (int)(done * 100 / all) : 100;

	if (!progress->shown || percent == progress->percent)
		return;
	progress->percent = percent;
	int filled = percent * WIDTH / 100;
	fprintf(stderr, "\r%s [%.*s%*s] %3d %%", progress->what, filled, "########################################",
		WIDTH - filled, "", percent);
	fflush(stderr);
}

void progress_clear(struct progress *progress)
{
	if (progress->shown && progress->percent >= 0)
		fputs("\r\033[K", stderr);
	progress->percent = -1;
}
