/* Linux calls that Swift's Glibc module leaves out. */
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <link.h>
#include <malloc.h>
#include <linux/rfkill.h>
#include <linux/sockios.h>
#include <linux/usbdevice_fs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <unistd.h>

/* glibc's socket types are an enumeration, of which Swift sees only some from some files. */
static const int clinux_sock_stream = SOCK_STREAM;
static const int clinux_sock_raw = SOCK_RAW;
static const int clinux_sock_dgram = SOCK_DGRAM;
static const int clinux_sock_cloexec = SOCK_CLOEXEC;
static const int clinux_sock_nonblock = SOCK_NONBLOCK;

/* Macros with a cast, and `_IO` numbers, do not import into Swift. */
static const int clinux_so_timestamp = SO_TIMESTAMP;
static inline int clinux_output_queue(int fd, int *bytes) { return ioctl(fd, SIOCOUTQ, bytes); }
static inline int clinux_usb_reset(int fd) { return ioctl(fd, USBDEVFS_RESET, 0); }

/* Variadic functions do not import into Swift. */
static inline int clinux_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }
static inline int clinux_drop_from_bounding_set(int capability) { return prctl(PR_CAPBSET_DROP, capability, 0, 0, 0); }

/* capget(2) and capset(2) of the calling thread, 64 capabilities as one number; -1 with errno. glibc has no wrapper for them. */
static inline int clinux_capget(unsigned long long *effective, unsigned long long *permitted) {
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { 0 };
    if (syscall(SYS_capget, &header, data)) return -1;
    *effective = data[0].effective | (unsigned long long)data[1].effective << 32;
    *permitted = data[0].permitted | (unsigned long long)data[1].permitted << 32;
    return 0;
}

static inline int clinux_capset(unsigned long long effective, unsigned long long permitted) {
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = {
        { .effective = (unsigned)effective, .permitted = (unsigned)permitted },
        { .effective = (unsigned)(effective >> 32), .permitted = (unsigned)(permitted >> 32) } };
    return (int)syscall(SYS_capset, &header, data);
}

/* Whether the file system of an open file is mounted read-only; -1 where it does not say. */
static inline int clinux_is_read_only(int fd) {
    struct statfs status;
    if (fstatfs(fd, &status)) return -1;
    /* ST_RDONLY of statfs(2), which glibc declares for statvfs only. */
    return (status.f_flags & 1) != 0;
}

/* Whether the file system of an open file is in memory alone; -1 where it does not say. */
static inline int clinux_is_in_memory(int fd) {
    struct statfs status;
    if (fstatfs(fd, &status)) return -1;
    return (unsigned)status.f_type == TMPFS_MAGIC || (unsigned)status.f_type == RAMFS_MAGIC;
}

#ifndef __USE_GNU
/* <poll.h> and <link.h> declare these only to GNU sources. */
extern int ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
struct dl_phdr_info {
    ElfW(Addr) dlpi_addr;
    const char *dlpi_name;
    const ElfW(Phdr) *dlpi_phdr;
    ElfW(Half) dlpi_phnum;
};
extern int dl_iterate_phdr(int (*)(struct dl_phdr_info *, size_t, void *), void *);
#endif

static inline int clinux_release_object(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    (void)context;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        unsigned long page = (unsigned long)sysconf(_SC_PAGESIZE);
        unsigned long start = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        unsigned long end = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

/* Lets go of all pages of program and library files that were never written: what is needed again is mapped again. */
static inline void clinux_release_file_pages(void) { dl_iterate_phdr(clinux_release_object, 0); }

#endif
