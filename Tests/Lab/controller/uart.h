// A controller on a serial line: the kernel's hci_uart with H4 framing, on a pseudoterminal. The line is a stream: packets are cut out of
// it by the lengths in their headers, and what it cannot take at once is queued.
#ifndef UART_H
#define UART_H

#include <sys/types.h>

#include "bytes.h"

enum {
    UART_FULL = 32768,         // queued octets from which on no traffic should be added
    UART_QUEUE = 8 * UART_FULL,
    UART_PACKET_MAX = 1 + 4 + 65535,
};

struct uart {
    int master, line;          // our end, and the kernel's, which only holds the line discipline
    size_t sent, queued;       // octets of the queue's beginning that are gone, and those that wait behind them
    uint8_t queue[UART_QUEUE];
    size_t received;
    uint8_t stream[UART_PACKET_MAX];
};

// Makes an adapter appear, and returns the descriptor to wait on; -1 with errno.
int uart_open(struct uart *u);
void uart_close(struct uart *u);
// Sends or queues the packet. Returns 0, with errno, where the line is broken or the queue is full.
int uart_write(struct uart *u, const uint8_t *packet, size_t count);
// Sends as much of the queue as the line takes; 0, with errno, where it is broken.
int uart_flush(struct uart *u);
// The next whole packet; -1 with errno, EAGAIN where there is none yet.
ssize_t uart_read(struct uart *u, uint8_t *packet, size_t capacity);

#endif
