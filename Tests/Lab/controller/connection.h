// A connection that the host creates and nobody answers: it is pending until the host cancels it.
#ifndef CONNECTION_H
#define CONNECTION_H

#include "link.h"

enum { LE_CREATE_CONNECTION = 0x200D, LE_CREATE_CONNECTION_CANCEL = 0x200E, LE_EXTENDED_CREATE_CONNECTION = 0x2043 };

struct connection {
    int pending, enhanced;     // enhanced: created with the extended command
    uint8_t peer[7];           // address type and address
};

// Whether that command is answered with a Command Status.
int connection_creates(unsigned opcode);
// Carries out one of the commands above, and returns its status.
uint8_t connection_command(struct connection *k, unsigned opcode, const uint8_t *p, size_t count);
// Writes the event that follows a command which has been answered with success.
void connection_answered(struct connection *k, struct link *link, unsigned opcode);

#endif
