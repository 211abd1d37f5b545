#include "uart.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

// Of the kernel's drivers/bluetooth/hci_uart.h, which no package has.
enum { LINE_TTY = 0, LINE_HCI = 15, PROTOCOL_H4 = 0, FLAG_RESET_ON_INIT = 1 << 1 };
#define HCIUARTSETPROTO _IOW('U', 200, int)
#define HCIUARTSETFLAGS _IOW('U', 203, int)

static int attach(struct uart *u) {
    char path[64];
    if (grantpt(u->master) || unlockpt(u->master) || ptsname_r(u->master, path, sizeof path)) return 0;
    u->line = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    int discipline = LINE_HCI;
    // The kernel resets the controller when it brings it up, not when it takes it down: as it does on USB and on /dev/vhci.
    return u->line >= 0 && ioctl(u->line, TIOCSETD, &discipline) == 0 && ioctl(u->line, HCIUARTSETFLAGS, FLAG_RESET_ON_INIT) == 0 &&
        ioctl(u->line, HCIUARTSETPROTO, PROTOCOL_H4) == 0;
}

int uart_open(struct uart *u) {
    u->sent = u->queued = u->received = 0;
    u->line = -1;
    u->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (u->master < 0) return -1;
    if (attach(u)) return u->master;
    int reason = errno;
    if (u->line >= 0) close(u->line);
    close(u->master);
    errno = reason;
    return -1;
}

void uart_close(struct uart *u) {
    int discipline = LINE_TTY;
    ioctl(u->line, TIOCSETD, &discipline);   // returns when the adapter is gone
    close(u->line);
    close(u->master);
}

int uart_flush(struct uart *u) {
    while (u->queued) {
        ssize_t written = write(u->master, u->queue + u->sent, u->queued);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno == EAGAIN;
        u->sent += (size_t)written;
        u->queued -= (size_t)written;
    }
    u->sent = 0;
    return 1;
}

int uart_write(struct uart *u, const uint8_t *packet, size_t count) {
    if (u->sent + u->queued + count > UART_QUEUE) {
        memmove(u->queue, u->queue + u->sent, u->queued);
        u->sent = 0;
    }
    if (u->queued + count > UART_QUEUE) {
        errno = ENOBUFS;
        return 0;
    }
    memcpy(u->queue + u->sent + u->queued, packet, count);
    u->queued += count;
    return uart_flush(u);
}

// Octets of the packet that the stream begins with; 0 where its header is not whole yet, -1 where it is none that a host sends.
static ssize_t packet_length(const uint8_t *stream, size_t count) {
    if (!count) return 0;
    switch (stream[0]) {
    case 0x01: return count < 4 ? 0 : 4 + stream[3];                                 // command
    case 0x02: return count < 5 ? 0 : 5 + (ssize_t)get16(stream + 3);                // ACL data
    case 0x03: return count < 4 ? 0 : 4 + stream[3];                                 // SCO data
    case 0x05: return count < 5 ? 0 : 5 + (ssize_t)(get16(stream + 3) & 0x3FFF);     // ISO data
    default: return -1;
    }
}

ssize_t uart_read(struct uart *u, uint8_t *packet, size_t capacity) {
    ssize_t length;
    for (;;) {
        length = packet_length(u->stream, u->received);
        if (length < 0 || (size_t)length > capacity) {
            errno = EPROTO;
            return -1;
        }
        if (length && (size_t)length <= u->received) break;
        ssize_t count = read(u->master, u->stream + u->received, sizeof u->stream - u->received);
        if (count < 0) return -1;
        if (count == 0) {
            errno = EIO;
            return -1;
        }
        u->received += (size_t)count;
    }
    memcpy(packet, u->stream, (size_t)length);
    u->received -= (size_t)length;
    memmove(u->stream, u->stream + length, u->received);
    return length;
}
