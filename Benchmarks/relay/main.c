/*
 * relay CAPTURE HOST PORT QOS SCANNER_ID [real]
 *
 * CAPTURE has datalink 1002. "real" waits for each event's time as the capture tells it; without it the relay is as fast as
 * it can be. At the end it prints the number of messages.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "relay.h"

enum { WINDOW = 100, CHAINS = 16 };

struct chain {
    bool open;
    uint8_t address[6], address_type, sid;
    uint8_t data[MAX_DATA];
    size_t size;
};

static struct mosquitto *client;
static struct chain chains[CHAINS];
static const char *scanner;
static int qos;
static unsigned long sent, acknowledged;
static bool connected;

static void fail(const char *what)
{
    fprintf(stderr, "relay: %s\n", what);
    exit(1);
}

static void publish(const struct report *r)
{
    static struct text t;
    static char topic[128];
    describe(r, scanner, topic, &t);
    if (mosquitto_publish(client, NULL, topic, (int)t.size, t.bytes, qos, false) != MOSQ_ERR_SUCCESS) fail("publish");
    sent++;
}

/* Joins what an extended advertiser sent in pieces; anything else goes straight on. */
static void take(struct report *r, unsigned status)
{
    struct chain *c = NULL, *unused = NULL;
    if (r->type & 0x10) {
        publish(r);
        return;
    }
    for (int i = 0; i < CHAINS && !c; i++) {
        if (!chains[i].open) unused = &chains[i];
        else if (chains[i].sid == r->sid && chains[i].address_type == r->address_type && !memcmp(chains[i].address, r->address, 6))
            c = &chains[i];
    }
    r->truncated = status == 2;
    if (!c && status != 1) {
        publish(r);
        return;
    }
    if (!c) {
        if (!unused) fail("too many open chains");
        c = unused;
        c->open = true;
        c->address_type = r->address_type;
        c->sid = r->sid;
        c->size = 0;
        memcpy(c->address, r->address, 6);
    }
    if (r->size > MAX_DATA - c->size) r->size = MAX_DATA - c->size, r->truncated = true;
    memcpy(c->data + c->size, r->data, r->size);
    c->size += r->size;
    if (status == 1) return;
    r->data = c->data;
    r->size = c->size;
    c->open = false;
    publish(r);
}

static void event(const uint8_t *b, size_t size, int64_t time)
{
    static const uint8_t kinds[] = { 0x13, 0x15, 0x12, 0x10, 0x1B };
    if (size < 5 || b[0] != 0x04 || b[1] != 0x3E || b[2] != size - 3 || (b[3] != 0x02 && b[3] != 0x0D)) return;
    size_t header = b[3] == 0x02 ? 9 : 24, tail = b[3] == 0x02 ? 1 : 0;
    const uint8_t *p = b + 5, *end = b + size;
    for (unsigned n = b[4]; n > 0; n--) {
        if ((size_t)(end - p) < header || (size_t)(end - p) < header + p[header - 1] + tail) return;
        struct report r = { .time = time, .data = p + header, .size = p[header - 1] };
        unsigned status = 0;
        if (b[3] == 0x0D) {
            r.type = p[0] & 0x1F;
            status = p[0] >> 5 & 3;
            r.address_type = p[2];
            r.address = p + 3;
            r.primary_phy = p[9] & 0x1F;
            r.secondary_phy = p[10] & 0x1F;
            r.sid = p[11];
            r.tx_power = (int8_t)p[12];
            r.rssi = (int8_t)p[13];
        } else {
            r.type = p[0] < sizeof kinds ? kinds[p[0]] : 0xFF;
            r.address_type = p[1];
            r.address = p + 2;
            r.sid = 0xFF;
            r.tx_power = 127;
            r.rssi = (int8_t)p[header + r.size];
        }
        p += header + r.size + tail;
        take(&r, status);
    }
}

static void on_connect(struct mosquitto *m, void *user, int code)
{
    (void)m, (void)user;
    if (code != 0) fail("refused");
    connected = true;
}

/* QoS 0: handed to the kernel, or to libmosquitto's own queue. QoS 1: acknowledged. */
static void on_publish(struct mosquitto *m, void *user, int id)
{
    (void)m, (void)user, (void)id;
    acknowledged++;
}

/* Serves the connection for at most so long, in nanoseconds; returns early when there was something to do. */
static void serve(int64_t wait)
{
    bool writes = mosquitto_want_write(client);
    struct pollfd p = { mosquitto_socket(client), (short)(POLLIN | (writes ? POLLOUT : 0)), 0 };
    struct timespec limit = { wait / 1000000000, wait % 1000000000 };
    if (ppoll(&p, 1, &limit, NULL) < 0 && errno != EINTR) fail("poll");
    if (p.revents & (POLLERR | POLLHUP)) fail("connection lost");
    if (p.revents & POLLIN && mosquitto_loop_read(client, 1) != MOSQ_ERR_SUCCESS) fail("read");
    if (p.revents & POLLOUT && mosquitto_loop_write(client, 1) != MOSQ_ERR_SUCCESS) fail("write");
    if (p.revents == 0) mosquitto_loop_misc(client);
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint64_t integer(const uint8_t *b, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++) value = value << 8 | b[i];
    return value;
}

int main(int argc, char **argv)
{
    static uint8_t head[24], data[65540];
    if (argc < 6) fail("usage: relay CAPTURE HOST PORT QOS SCANNER_ID [real]");
    bool real = argc > 6;
    FILE *file = fopen(argv[1], "rb");
    qos = atoi(argv[4]);
    scanner = argv[5];
    if (!file || fread(head, 1, 16, file) != 16 || memcmp(head, "btsnoop", 8) || integer(head + 12, 4) != 1002) fail("capture");
    mosquitto_lib_init();
    client = mosquitto_new(NULL, true, NULL);
    if (!client) fail("no memory");
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_publish_callback_set(client, on_publish);
    mosquitto_max_inflight_messages_set(client, WINDOW);
    if (mosquitto_connect(client, argv[2], atoi(argv[3]), 60) != MOSQ_ERR_SUCCESS) fail("connect");
    while (!connected) serve(1000000000);

    int64_t start = now(), first = 0;
    while (fread(head, 1, 24, file) == 24) {
        size_t size = (size_t)integer(head + 4, 4);
        if (size > sizeof data || fread(data, 1, size, file) != size) fail("capture");
        int64_t time = (int64_t)(integer(head + 16, 8) - 0x00DCDDB30F2F8000);
        if (first == 0) first = time;
        for (int64_t left; real && (left = start + (time - first) * 1000 - now()) > 0;) serve(left);
        while (mosquitto_want_write(client) || (qos > 0 && sent - acknowledged >= WINDOW)) serve(1000000000);
        event(data, size, time);
    }
    while (acknowledged < sent || mosquitto_want_write(client)) serve(1000000000);
    mosquitto_disconnect(client);
    mosquitto_destroy(client);
    mosquitto_lib_cleanup();
    printf("%lu\n", sent);
    return 0;
}
