/* Linux calls that Swift's Glibc module leaves out. */
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <link.h>
#include <linux/rfkill.h>
#include <linux/usbdevice_fs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
#include <sys/timerfd.h>
#include <unistd.h>

/* glibc's socket types are an enumeration, of which Swift sees only some from some files. */
static const int clinux_sock_stream = SOCK_STREAM;
static const int clinux_sock_raw = SOCK_RAW;
static const int clinux_sock_dgram = SOCK_DGRAM;
static const int clinux_sock_cloexec = SOCK_CLOEXEC;
static const int clinux_sock_nonblock = SOCK_NONBLOCK;

/* Macros with a cast, and `_IO` numbers, do not import into Swift. */
static const int clinux_so_timestamp = SO_TIMESTAMP;
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

#ifndef SOL_ALG
#define SOL_ALG 279
#endif

/* A socket of the kernel's cipher `name`, that a key and then operations belong to: -1 with errno. */
static inline int clinux_cipher_open(const char *name) {
    struct sockaddr_alg address = { .salg_family = AF_ALG, .salg_type = "skcipher" };
    strncpy((char *)address.salg_name, name, sizeof address.salg_name - 1);
    int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

static inline int clinux_cipher_set_key(int fd, const void *key, unsigned int size) {
    return setsockopt(fd, SOL_ALG, ALG_SET_KEY, key, size);
}

/* Accepts an operation socket; closed on exec. */
static inline int clinux_cipher_accept(int fd) {
    int operation = accept(fd, 0, 0);
    if (operation >= 0) fcntl(operation, F_SETFD, FD_CLOEXEC);
    return operation;
}

/* Asks for the encryption of `size` bytes, which can then be read. The CMSG macros do not import into Swift. */
static inline ssize_t clinux_cipher_encrypt(int operation, const void *bytes, size_t size) {
    union {
        char bytes[CMSG_SPACE(sizeof(unsigned int))];
        struct cmsghdr aligned;
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = { .iov_base = (void *)bytes, .iov_len = size };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_ALG;
    header->cmsg_type = ALG_SET_OP;
    header->cmsg_len = CMSG_LEN(sizeof(unsigned int));
    unsigned int encrypt = ALG_OP_ENCRYPT;
    memcpy(CMSG_DATA(header), &encrypt, sizeof encrypt);
    return sendmsg(operation, &message, MSG_NOSIGNAL);
}

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
