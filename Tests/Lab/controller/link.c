#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

// btsnoop counts microseconds from the year 0; this is 1970 on that scale.
static const uint64_t unix_epoch_us = 0x00DCDDB30F2F8000u;

static void fail(const char *what) {
    fprintf(stderr, "vctl: %s: %s\n", what, strerror(errno));
    exit(1);
}

enum transport link_default_transport(void) {
    return access("/dev/vhci", F_OK) == 0 ? TRANSPORT_VHCI : TRANSPORT_UART;
}

void link_plug(struct link *link) {
    if (link->transport == TRANSPORT_UART) {
        if ((link->hci = uart_open(&link->uart)) < 0) fail("HCI on a pseudoterminal");
        return;
    }
    link->hci = open("/dev/vhci", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (link->hci < 0) fail("/dev/vhci");
    const uint8_t create_primary[] = {0xFF, 0x00};
    if (write(link->hci, create_primary, sizeof create_primary) != sizeof create_primary) fail("create controller");
}

void link_unplug(struct link *link) {
    if (link->hci < 0) return;
    if (link->transport == TRANSPORT_UART) uart_close(&link->uart);
    else close(link->hci);
    link->hci = -1;
}

static void put64be(struct bytes *b, uint64_t value) {
    put32be(b, (uint32_t)(value >> 32));
    put32be(b, (uint32_t)value);
}

void link_create_file(struct link *link, const char *path, uint64_t start_s) {
    link->file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (link->file < 0) fail(path);
    link->file_start_us = start_s * 1000000;
    uint8_t header[16];
    struct bytes b = {header, 0, sizeof header};
    put(&b, "btsnoop", 8);
    put32be(&b, 1);
    put32be(&b, 1002);   // datalink: H4
    if (write(link->file, header, sizeof header) != sizeof header) fail(path);
}

static void write_record(struct link *link, const uint8_t *packet, size_t count) {
    uint8_t record[24 + 1 + 3 + 255];
    struct bytes b = {record, 0, sizeof record};
    put32be(&b, (uint32_t)count);
    put32be(&b, (uint32_t)count);
    put32be(&b, packet[0] == H4_COMMAND ? 2 : 3);   // bit 0: received by the host; bit 1: command or event
    put32be(&b, 0);
    put64be(&b, unix_epoch_us + link->file_start_us + (uint64_t)link->now_ns / 1000);
    put(&b, packet, count);
    if (write(link->file, record, b.length) != (ssize_t)b.length) fail("btsnoop file");
}

int link_write(struct link *link, const uint8_t *packet, size_t count) {
    if (link->file >= 0) {
        write_record(link, packet, count);
    } else if (link->hci < 0) {
        return 0;
    } else if (link->transport == TRANSPORT_UART) {
        if (!uart_write(&link->uart, packet, count)) fail("write to the line");
    } else {
        ssize_t written = write(link->hci, packet, count);
        if (written < 0 && errno == ENXIO) return 0;   // down: a controller may scan on, and nobody listens
        if (written != (ssize_t)count) fail("write to /dev/vhci");
    }
    link->packets++;
    return 1;
}

size_t link_read(struct link *link, uint8_t *packet, size_t capacity) {
    if (link->hci < 0) return 0;
    ssize_t count = link->transport == TRANSPORT_UART ? uart_read(&link->uart, packet, capacity) : read(link->hci, packet, capacity);
    if (count < 0 && errno != EAGAIN) fail("read from the kernel");
    return count < 0 ? 0 : (size_t)count;
}

size_t link_queued(const struct link *link) {
    return link->hci >= 0 && link->transport == TRANSPORT_UART ? link->uart.queued : 0;
}

void link_flush(struct link *link) {
    if (link_queued(link) && !uart_flush(&link->uart)) fail("write to the line");
}
