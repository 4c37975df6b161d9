/* recorder MOUNTPOINT LOG MEBIBYTES: a disk that remembers. A FUSE file system of two files: `disk`, a block image in
 * memory for a loop device, and `marks`, whose writes are remarks of a program on its own progress. What is written to
 * either, and every flush of the disk, is appended to LOG in the order in which it came: records of a u32 kind, a u64
 * offset, a u32 length (in the machine's order) and the bytes. Ends when it is unmounted. */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fuse3/fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DISK "/disk"
#define MARKS "/marks"

enum { RECORD_WRITE = 1, RECORD_FLUSH, RECORD_MARK };

/* One a process: libfuse's callbacks have no better place. Served by one thread, so the order is that of the log. */
static uint8_t *disk;
static size_t disk_bytes;
static FILE *record_log;

static int record(uint32_t kind, uint64_t offset, const void *data, size_t length)
{
    uint32_t length_field = (uint32_t)length;
    bool written = fwrite(&kind, sizeof kind, 1, record_log) == 1 &&
                   fwrite(&offset, sizeof offset, 1, record_log) == 1 &&
                   fwrite(&length_field, sizeof length_field, 1, record_log) == 1 &&
                   (length == 0 || fwrite(data, length, 1, record_log) == 1);
    return written ? (int)length : -EIO;
}

static int recorder_getattr(const char *path, struct stat *status, struct fuse_file_info *info)
{
    (void)info;
    *status = (struct stat){.st_mode = S_IFREG | 0600, .st_nlink = 1};
    if (strcmp(path, "/") == 0)
        status->st_mode = S_IFDIR | 0700;
    else if (strcmp(path, DISK) == 0)
        status->st_size = (off_t)disk_bytes;
    else if (strcmp(path, MARKS) != 0)
        return -ENOENT;
    return 0;
}

static int recorder_open(const char *path, struct fuse_file_info *info)
{
    info->direct_io = strcmp(path, MARKS) == 0;
    return 0;
}

static int recorder_read(const char *path, char *data, size_t length, off_t offset, struct fuse_file_info *info)
{
    (void)info;
    if (strcmp(path, DISK) != 0 || (size_t)offset >= disk_bytes)
        return 0;
    if (length > disk_bytes - (size_t)offset)
        length = disk_bytes - (size_t)offset;
    memcpy(data, disk + offset, length);
    return (int)length;
}

static int recorder_write(const char *path, const char *data, size_t length, off_t offset, struct fuse_file_info *info)
{
    (void)info;
    if (strcmp(path, MARKS) == 0)
        return record(RECORD_MARK, 0, data, length);
    if ((size_t)offset > disk_bytes || length > disk_bytes - (size_t)offset)
        return -ENOSPC;
    memcpy(disk + offset, data, length);
    return record(RECORD_WRITE, (uint64_t)offset, data, length);
}

static int recorder_fsync(const char *path, int data_only, struct fuse_file_info *info)
{
    (void)path;
    (void)data_only;
    (void)info;
    return record(RECORD_FLUSH, 0, NULL, 0);
}

static const struct fuse_operations operations = {
    .getattr = recorder_getattr,
    .open = recorder_open,
    .read = recorder_read,
    .write = recorder_write,
    .fsync = recorder_fsync,
};

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: recorder MOUNTPOINT LOG MEBIBYTES\n");
        return 2;
    }
    disk_bytes = (size_t)strtoul(argv[3], NULL, 10) << 20;
    disk = calloc(1, disk_bytes);
    record_log = fopen(argv[2], "wb");
    if (!disk || !record_log) {
        perror("recorder");
        return EXIT_FAILURE;
    }
    char *options[] = {argv[0], "-f", "-s", argv[1], NULL};
    int status = fuse_main(4, options, &operations, NULL);
    return fclose(record_log) == 0 ? status : EXIT_FAILURE;
}
