/* BlueZ's headers (libbluetooth-dev). Header only: libbluetooth is not linked. */
#ifndef CBLUETOOTH_SHIM_H
#define CBLUETOOTH_SHIM_H

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
