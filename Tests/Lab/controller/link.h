// Where HCI packets go: the kernel, through /dev/vhci or a serial line, or a btsnoop file. Counts what it wrote.
#ifndef LINK_H
#define LINK_H

#include "uart.h"

enum { H4_COMMAND = 0x01, H4_EVENT = 0x04 };

struct link {
    enum transport { TRANSPORT_VHCI, TRANSPORT_UART } transport;
    int hci;                   // /dev/vhci or the line's own end; -1 while unplugged
    struct uart uart;
    int file;                  // btsnoop, or -1
    uint64_t file_start_us;    // Unix time of the file's first moment
    int64_t now_ns;            // the time of what is written: monotonic, or since the file's start
    uint64_t packets;          // written since the start
};

// /dev/vhci where the kernel has it.
enum transport link_default_transport(void);
// Makes an adapter appear. Errors: exits, naming the cause; nothing works without it.
void link_plug(struct link *link);
// Closing the descriptor, or taking Bluetooth off the line, is what the kernel sees as an unplug. What is still queued for the line is lost.
void link_unplug(struct link *link);
void link_create_file(struct link *link, const char *path, uint64_t start_s);
// One H4 packet: type octet, then the packet. Returns 0 where nobody takes it: unplugged, or the adapter is down, which a line does not tell.
int link_write(struct link *link, const uint8_t *packet, size_t count);
// The next packet from the kernel; 0 where there is no whole one yet. Errors: exits.
size_t link_read(struct link *link, uint8_t *packet, size_t capacity);
// What the line has not taken yet.
size_t link_queued(const struct link *link);
void link_flush(struct link *link);

#endif
