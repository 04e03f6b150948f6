/* Times for the bench, on the clock the simulator's statistics use (CLOCK_MONOTONIC, microseconds).
 *
 *	stopwatch                  prints the time now
 *	stopwatch COMMAND…         runs it; its last line is: START ELAPSED, START being just before the exec
 *	stopwatch --sync FOLDER    what one small write and its fdatasync cost there: median and ninth decile
 *
 * The command's output is dropped; its exit status becomes ours. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SYNCS = 60, SYNC_OCTETS = 7336 /* seven frames of the log */, SYNC_PAUSE_US = 20000 };

static long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static int compare(const void *one, const void *other)
{
	long long a = *(const long long *)one, b = *(const long long *)other;

	return (a > b) - (a < b);
}

static int disk_sync(const char *folder)
{
	char path[4096];
	static char octets[SYNC_OCTETS];
	long long took[SYNCS];

	snprintf(path, sizeof path, "%s/sync-XXXXXX", folder);
	int fd = mkstemp(path);
	if (fd < 0) {
		perror(path);
		return 1;
	}
	unlink(path);
	for (int i = 0; i < 2 * SYNCS; i++) { /* written once, then over what is there, as the log is */
		if (i >= SYNCS)
			usleep(SYNC_PAUSE_US);
		long long start = now_us();
		if (pwrite(fd, octets, sizeof octets, (off_t)(i % SYNCS) * SYNC_OCTETS) < 0 || fdatasync(fd) < 0) {
			perror(path);
			return 1;
		}
		took[i % SYNCS] = now_us() - start;
	}
	close(fd);
	qsort(took, SYNCS, sizeof *took, compare);
	printf("%.2f %.2f\n", (double)took[SYNCS / 2] / 1000, (double)took[SYNCS * 9 / 10] / 1000);
	return 0;
}

static int command_time(char **command)
{
	int status = 0;
	long long start = now_us();
	pid_t child = fork();

	if (child == 0) {
		int null = open("/dev/null", O_RDWR);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		perror("stopwatch");
		return 1;
	}
	printf("%lld %lld\n", start, now_us() - start);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--sync") == 0)
		return disk_sync(argv[2]);
	if (argc > 1)
		return command_time(argv + 1);
	printf("%lld\n", now_us());
	return 0;
}
