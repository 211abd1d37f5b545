/* Linux calls that Swift's Glibc module leaves out. */
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <elf.h>
#include <link.h>
#include <linux/rfkill.h>
#include <linux/usbdevice_fs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* glibc's socket types are an enumeration, of which Swift sees only some from some files. */
static const int clinux_sock_stream = SOCK_STREAM;
static const int clinux_sock_raw = SOCK_RAW;
static const int clinux_sock_cloexec = SOCK_CLOEXEC;
static const int clinux_sock_nonblock = SOCK_NONBLOCK;

/* Macros with a cast, and `_IO` numbers, do not import into Swift. */
static const int clinux_so_timestamp = SO_TIMESTAMP;
static inline int clinux_usb_reset(int fd) { return ioctl(fd, USBDEVFS_RESET, 0); }

/* Variadic functions do not import into Swift. */
static inline int clinux_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

#ifndef __USE_GNU
/* <link.h> declares these only to GNU sources. */
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
