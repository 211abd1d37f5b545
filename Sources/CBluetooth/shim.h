/* BlueZ's headers (libbluetooth-dev). Header only: libbluetooth is not linked. */
#ifndef CBLUETOOTH_SHIM_H
#define CBLUETOOTH_SHIM_H

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>

/* `_IOR` and `_IOW` numbers do not import into Swift. */
static inline int cbluetooth_hcidevup(int fd, int index) { return ioctl(fd, HCIDEVUP, index); }
static inline int cbluetooth_hcigetdevlist(int fd, struct hci_dev_list_req *list) { return ioctl(fd, HCIGETDEVLIST, list); }
static inline int cbluetooth_hcigetdevinfo(int fd, struct hci_dev_info *info) { return ioctl(fd, HCIGETDEVINFO, info); }

#endif
