/* What a file system says of itself, which Swift's Glibc module leaves out. */
#ifndef CFILES_SHIM_H
#define CFILES_SHIM_H

#include <linux/magic.h>
#include <sys/vfs.h>

/* Whether the file system of an open file is mounted read-only; -1 where it does not say. */
static inline int cfiles_is_read_only(int fd) {
    struct statfs status;
    if (fstatfs(fd, &status)) return -1;
    /* ST_RDONLY of statfs(2), which glibc declares for statvfs only. */
    return (status.f_flags & 1) != 0;
}

/* Whether the file system of an open file is in memory alone; -1 where it does not say. */
static inline int cfiles_is_in_memory(int fd) {
    struct statfs status;
    if (fstatfs(fd, &status)) return -1;
    return (unsigned)status.f_type == TMPFS_MAGIC || (unsigned)status.f_type == RAMFS_MAGIC;
}

#endif
