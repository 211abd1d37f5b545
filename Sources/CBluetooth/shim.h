/* BlueZ's headers (libbluetooth-dev). Header only: libbluetooth is not linked. */
#ifndef CBLUETOOTH_SHIM_H
#define CBLUETOOTH_SHIM_H

#include <linux/filter.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>

/* `_IOR` and `_IOW` numbers do not import into Swift. */
static inline int cbluetooth_hcidevup(int fd, int index) { return ioctl(fd, HCIDEVUP, index); }
static inline int cbluetooth_hcidevdown(int fd, int index) { return ioctl(fd, HCIDEVDOWN, index); }
static inline int cbluetooth_hcigetdevlist(int fd, struct hci_dev_list_req *list) { return ioctl(fd, HCIGETDEVLIST, list); }
static inline int cbluetooth_hcigetdevinfo(int fd, struct hci_dev_info *info) { return ioctl(fd, HCIGETDEVINFO, info); }
static inline int cbluetooth_hcigetauthinfo(int fd, struct hci_auth_info_req *request) { return ioctl(fd, HCIGETAUTHINFO, request); }

/* Lets only those events of the management channel through that are of use: Command Complete, Command Status and Discovering, whose
 * codes 0x0001, 0x0002 and 0x0013 the filter reads as big-endian numbers. A device found is an event, too, and there may be thousands. */
static inline int cbluetooth_filter_management(int fd) {
    struct sock_filter code[] = {
        {BPF_LD | BPF_H | BPF_ABS, 0, 0, 0},
        {BPF_JMP | BPF_JEQ | BPF_K, 3, 0, 0x0100},
        {BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 0x0200},
        {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0x1300},
        {BPF_RET | BPF_K, 0, 0, 0},
        {BPF_RET | BPF_K, 0, 0, 0xFFFFFFFF},
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* Several packets in one system call: glibc declares `recvmmsg` and `struct mmsghdr` only to GNU sources. */
struct cbluetooth_message {
    struct msghdr header;
    unsigned int length;
};

/* Room for the receive stamp and, from newer kernels, the direction of the packet. */
#define CBLUETOOTH_CONTROL_SIZE 64

static inline int cbluetooth_receive(int fd, struct cbluetooth_message *messages, unsigned int count) {
    return (int)syscall(SYS_recvmmsg, fd, messages, count, MSG_DONTWAIT, (void *)0);
}

/* The receive stamp (HCI_CMSG_TSTAMP, on the user channel SCM_TIMESTAMP) in microseconds since 1970, -1 where the packet has none. */
static inline long long cbluetooth_stamp(struct msghdr *header) {
    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item; item = CMSG_NXTHDR(header, item)) {
        if ((item->cmsg_level == SOL_HCI && item->cmsg_type == HCI_CMSG_TSTAMP) ||
            (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMP)) {
            struct timeval time;
            memcpy(&time, CMSG_DATA(item), sizeof time);
            return (long long)time.tv_sec * 1000000 + time.tv_usec;
        }
    }
    return -1;
}

#endif
