#include "firmware-host/webhook/webhook_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* A record: this, in the machine's own byte order since a spool does not travel, then the body. */
struct header {
	uint32_t magic, length;
	int64_t at;
	uint8_t sum[16]; /* BLAKE2b of what is above and of the body */
};

enum { MAGIC = 0x31575742, NAME_OCTETS = 24, DIGITS = 16 };

static const char name_end[] = ".bodies";

/* One file. */
struct segment {
	struct segment *next; /* the younger */
	uint64_t number;
	int fd;			   /* -1: not open */
	size_t size, synced, read; /* octets appended, durable, read */
	unsigned holds;
	bool finished;	 /* nothing may be written behind its end */
	bool unreadable; /* kept for another start to try */
};

struct spool {
	int folder;
	size_t segment_max, total_max, total;
	struct segment *oldest;
	struct segment *writing; /* the youngest; NULL: the next append begins one */
	uint64_t next_number;
};

static void name_of(uint64_t number, char out[NAME_OCTETS])
{
	(void)snprintf(out, NAME_OCTETS, "%0*" PRIx64 "%s", DIGITS, number, name_end);
}

static bool number_of(const char *name, uint64_t *ret_number)
{
	if (strspn(name, "0123456789abcdef") != DIGITS || strcmp(name + DIGITS, name_end) != 0)
		return false;
	*ret_number = strtoull(name, NULL, 16);
	return true;
}

static void sum_of(const struct header *header, const void *body, uint8_t out[sizeof header->sum])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, sizeof header->sum);
	crypto_generichash_update(&state, (const unsigned char *)header, offsetof(struct header, sum));
	crypto_generichash_update(&state, body, header->length);
	crypto_generichash_final(&state, out, sizeof header->sum);
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

/* Into the list, which is in the order of numbers. */
static struct segment *segment_add(struct spool *spool, uint64_t number, int fd, size_t size)
{
	struct segment *segment = calloc(1, sizeof *segment), **place = &spool->oldest;

	if (!segment)
		return NULL;
	*segment = (struct segment){.number = number, .fd = fd, .size = size, .synced = size};
	while (*place && (*place)->number < number)
		place = &(*place)->next;
	segment->next = *place;
	*place = segment;
	spool->total += size;
	if (number >= spool->next_number)
		spool->next_number = number + 1;
	return segment;
}

static void segment_free(struct spool *spool, struct segment *segment)
{
	struct segment **place = &spool->oldest;

	while (*place != segment)
		place = &(*place)->next;
	*place = segment->next;
	if (segment->fd >= 0)
		close(segment->fd);
	if (spool->writing == segment)
		spool->writing = NULL;
	spool->total -= segment->size;
	free(segment);
}

/* A new file is there for certain only when its folder is synced too. */
static int segment_begin(struct spool *spool, struct segment **ret_segment)
{
	char name[NAME_OCTETS];
	int fd;

	name_of(spool->next_number, name);
	fd = openat(spool->folder, name, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (fsync(spool->folder) < 0) {
		int result = -errno;
		close(fd);
		(void)unlinkat(spool->folder, name, 0);
		return result;
	}
	*ret_segment = spool->writing = segment_add(spool, spool->next_number, fd, 0);
	if (!*ret_segment)
		close(fd);
	return *ret_segment ? 0 : -ENOMEM;
}

/* All of it was read and kept: away with it. A deletion that a power cut undoes only tells things again. */
static void segment_tidy(struct spool *spool, struct segment *segment)
{
	char name[NAME_OCTETS];

	if (segment->holds > 0 || segment->read < segment->synced || segment->synced < segment->size ||
		segment->unreadable)
		return;
	if (segment == spool->writing) {
		if (segment->size > 0 && ftruncate(segment->fd, 0) == 0) {
			spool->total -= segment->size;
			segment->size = segment->synced = segment->read = 0;
			segment->finished = false;
		}
		return;
	}
	name_of(segment->number, name);
	(void)unlinkat(spool->folder, name, 0);
	segment_free(spool, segment);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static int segment_sync(struct segment *segment)
{
	if (segment->size == segment->synced)
		return 0;
	if (fdatasync(segment->fd) < 0)
		return -errno;
	segment->synced = segment->size;
	return 0;
}

/* Back to `size`. */
static void segment_cut(struct spool *spool, struct segment *segment, size_t size)
{
	spool->total -= segment->size - size;
	segment->size = size;
	if (ftruncate(segment->fd, (off_t)size) < 0)
		segment->finished = true;
}

/* The file to write so many octets into. */
static int room_make(struct spool *spool, size_t octets, struct segment **ret_segment)
{
	struct segment *full = spool->writing;

	if (spool->total + octets > spool->total_max)
		return -ENOBUFS;
	if (full && (full->finished || (full->size > 0 && full->size + octets > spool->segment_max))) {
		int result = segment_sync(full);
		if (result != 0)
			return result;
		spool->writing = NULL;
		segment_tidy(spool, full);
	}
	*ret_segment = spool->writing;
	return *ret_segment ? 0 : segment_begin(spool, ret_segment);
}

int spool_append(struct spool *spool, int64_t at, const void *body, size_t length)
{
	struct header header = {.magic = MAGIC, .length = (uint32_t)length, .at = at};
	struct iovec pieces[] = {{&header, sizeof header}, {(void *)(uintptr_t)body, length}};
	struct segment *segment = NULL;
	int result = length > WEBHOOK_BODY_MAX ? -EMSGSIZE : room_make(spool, sizeof header + length, &segment);
	ssize_t written;

	if (!segment)
		return result;
	sum_of(&header, body, header.sum);
	do
		written = writev(segment->fd, pieces, 2);
	while (written < 0 && errno == EINTR);
	if (written != (ssize_t)(sizeof header + length)) {
		/* A disk takes less than all only when it is full. */
		result = written < 0 ? -errno : -ENOSPC;
		segment_cut(spool, segment, segment->size);
		return result;
	}
	segment->size += (size_t)written;
	spool->total += (size_t)written;
	return 0;
}

int spool_sync(struct spool *spool)
{
	struct segment *segment = spool->writing;
	int result = segment ? segment_sync(segment) : 0;

	if (result == 0)
		return 0;
	/* What a failed sync wrote is not known and cannot be asked again: this file is finished. */
	segment_cut(spool, segment, segment->synced);
	segment->finished = true;
	return result;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static bool octets_read(struct segment *segment, void *to, size_t length, size_t from)
{
	ssize_t got;

	do
		got = pread(segment->fd, to, length, (off_t)from);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)length)
		segment->unreadable = true;
	return !segment->unreadable;
}

/* The record at segment->read. False: skipped, or no more in this segment. */
static bool record_read(struct segment *segment, struct spool_record *record)
{
	struct header header;
	uint8_t sum[sizeof header.sum];
	size_t left = segment->synced - segment->read;
	bool fits = left >= sizeof header && octets_read(segment, &header, sizeof header, segment->read) &&
		    header.magic == MAGIC && header.length <= WEBHOOK_BODY_MAX && header.length <= left - sizeof header;

	/* A torn end; what would come behind it cannot be found. */
	if (!fits) {
		segment->read = segment->synced;
		return false;
	}
	char *body = malloc((size_t)header.length + 1);
	if (!body)
		return false;
	size_t from = segment->read + sizeof header;
	segment->read = from + header.length;
	if (octets_read(segment, body, header.length, from)) {
		sum_of(&header, body, sum);
		if (memcmp(sum, header.sum, sizeof sum) == 0) {
			body[header.length] = '\0';
			*record = (struct spool_record){segment, header.at, body, header.length};
			segment->holds++;
			return true;
		}
	}
	free(body);
	return false;
}

/* Opens a segment of an earlier run. */
static void segment_open(struct spool *spool, struct segment *segment)
{
	char name[NAME_OCTETS];

	if (segment->fd >= 0)
		return;
	name_of(segment->number, name);
	segment->fd = openat(spool->folder, name, O_RDONLY | O_CLOEXEC);
	if (segment->fd < 0) {
		segment->unreadable = true;
		segment->read = segment->synced;
	}
}

bool spool_read(struct spool *spool, struct spool_record *ret_record)
{
	struct segment *segment = spool->oldest, *next;

	for (; segment; segment = next) {
		next = segment->next;
		while (segment->read < segment->synced) {
			size_t before = segment->read;
			segment_open(spool, segment);
			if (segment->fd >= 0 && record_read(segment, ret_record))
				return true;
			if (segment->read == before)
				return false; /* no memory for it now */
		}
		if (segment->fd >= 0 && segment != spool->writing) {
			close(segment->fd);
			segment->fd = -1;
		}
		segment_tidy(spool, segment);
	}
	return false;
}

void spool_hold(struct segment *segment)
{
	segment->holds++;
}

void spool_release(struct spool *spool, struct segment *segment)
{
	segment->holds--;
	segment_tidy(spool, segment);
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static int folder_open(const char *path, struct err *err)
{
	int fd;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set(err, EX_CONFIG, "cannot make the folder %s: %s; make it, or correct the path", path,
			strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, EX_CONFIG, "cannot open the folder %s: %s; make it readable for this user", path,
			strerror(errno));
	if (faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) < 0) {
		close(fd);
		return err_set(err, EX_CONFIG, "cannot write in the folder %s; give it to this user", path);
	}
	return fd;
}

/* What an earlier run left. */
static int segments_find(struct spool *spool, struct err *err)
{
	int fd = openat(spool->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = 0;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return err_set(err, EX_OSERR, "cannot list the webhook's folder: %s", strerror(errno));
	}
	while (result == 0 && (entry = readdir(folder)) != NULL) {
		struct stat status;
		uint64_t number;

		if (!number_of(entry->d_name, &number) || fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (!segment_add(spool, number, -1, (size_t)status.st_size))
			result = err_set(err, EX_OSERR, "out of memory");
	}
	closedir(folder);
	return result;
}

int spool_open(const char *folder, size_t segment_max, size_t total_max, struct spool **ret_spool, struct err *err)
{
	struct spool *spool = calloc(1, sizeof *spool);

	if (!spool)
		return err_set(err, EX_OSERR, "out of memory");
	*spool = (struct spool){.segment_max = segment_max, .total_max = total_max, .next_number = 1};
	spool->folder = folder_open(folder, err);
	if (spool->folder < 0 || segments_find(spool, err) != 0) {
		spool_close(spool);
		return -1;
	}
	*ret_spool = spool;
	return 0;
}

void spool_close(struct spool *spool)
{
	if (!spool)
		return;
	while (spool->oldest)
		segment_free(spool, spool->oldest);
	if (spool->folder >= 0)
		close(spool->folder);
	free(spool);
}
