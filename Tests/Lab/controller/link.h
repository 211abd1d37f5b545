// Where HCI packets go: the kernel through /dev/vhci, or a btsnoop file. Counts what it wrote.
#ifndef LINK_H
#define LINK_H

#include "bytes.h"

enum { H4_COMMAND = 0x01, H4_EVENT = 0x04 };

struct link {
    int vhci;                  // -1 while unplugged
    int file;                  // btsnoop, or -1
    uint64_t file_start_us;    // Unix time of the file's first moment
    int64_t now_ns;            // the time of what is written: monotonic, or since the file's start
    uint64_t packets;          // written since the start
};

// Makes an adapter appear. Errors: exits, naming the cause; nothing works without it.
void link_plug(struct link *link);
// Closing the descriptor is what the kernel sees as an unplug.
void link_unplug(struct link *link);
void link_create_file(struct link *link, const char *path, uint64_t start_s);
// One H4 packet: type octet, then the packet. Returns 0 where nobody takes it: unplugged, or the adapter is down.
int link_write(struct link *link, const uint8_t *packet, size_t count);

#endif
