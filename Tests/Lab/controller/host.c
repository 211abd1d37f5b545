#include "host.h"

static void command(struct controller *c, unsigned opcode, const void *parameters, size_t count) {
    uint8_t packet[1 + 3 + 255];
    struct bytes b = {packet, 0, sizeof packet};
    put8(&b, H4_COMMAND);
    put16(&b, opcode);
    put8(&b, (unsigned)count);
    put(&b, parameters, count);
    link_write(c->link, packet, b.length);
    c->link->now_ns += 400000;   // the answer takes its time
    controller_command(c, packet + 1, b.length - 1);
    c->link->now_ns += 300000;
}

void host_scan(struct controller *c, int extended) {
    command(c, 0x0C03, NULL, 0);
    command(c, 0x0C01, "\x90\x88\x00\x02\x00\x80\x00\x20", 8);
    command(c, 0x2001, "\xFF\xFF\x0F\x00\x00\x00\x00\x00", 8);
    if (!extended) {
        command(c, 0x200B, "\x01\xA0\x00\xA0\x00\x00\x00", 7);
        command(c, 0x200C, "\x01\x00", 2);
        return;
    }
    // Active, interval and window 100 ms (0x00A0 × 0.625 ms), once for each PHY.
    static const char phys[] = "\x01\xA0\x00\xA0\x00" "\x01\xA0\x00\xA0\x00";
    uint8_t parameters[13] = {0x00, 0x00, c->coded ? 0x05 : 0x01};
    memcpy(parameters + 3, phys, 10);
    command(c, 0x2041, parameters, c->coded ? 13 : 8);
    command(c, 0x2042, "\x01\x00\x00\x00\x00\x00", 6);
}
