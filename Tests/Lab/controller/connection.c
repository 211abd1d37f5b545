#include "connection.h"

enum { SUCCESS = 0x00, UNKNOWN_CONNECTION = 0x02, DISALLOWED = 0x0C, INVALID_PARAMETERS = 0x12 };

int connection_creates(unsigned opcode) {
    return opcode == LE_CREATE_CONNECTION || opcode == LE_EXTENDED_CREATE_CONNECTION;
}

uint8_t connection_command(struct connection *k, unsigned opcode, const uint8_t *p, size_t count) {
    if (!connection_creates(opcode)) return k->pending ? SUCCESS : DISALLOWED;
    int enhanced = opcode == LE_EXTENDED_CREATE_CONNECTION;
    if (k->pending) return DISALLOWED;
    if (enhanced ? count < 10 : count != 25) return INVALID_PARAMETERS;
    *k = (struct connection){.pending = 1, .enhanced = enhanced};
    memcpy(k->peer, p + (enhanced ? 2 : 5), sizeof k->peer);
    return SUCCESS;
}

// A cancelled one ends in LE Connection Complete or, after the extended command, LE Enhanced Connection Complete.
void connection_answered(struct connection *k, struct link *link, unsigned opcode) {
    if (opcode != LE_CREATE_CONNECTION_CANCEL) return;
    uint8_t packet[3 + 31] = {H4_EVENT, 0x3E, k->enhanced ? 31 : 19, k->enhanced ? 0x0A : 0x01, UNKNOWN_CONNECTION};
    memcpy(packet + 8, k->peer, sizeof k->peer);
    link_write(link, packet, 3u + packet[2]);
    k->pending = 0;
}
