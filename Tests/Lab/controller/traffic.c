#include "traffic.h"

static uint64_t address_of(uint32_t serial) {
    return 0xC0DE00000000u | (uint32_t)(serial * 0x9E3779B1u);   // odd factor: no two serials share an address
}

static int8_t rssi_of(uint32_t serial) {
    return serial % 100 == 99 ? RSSI_UNKNOWN : (int8_t)(-30 - (int)(spread(serial) % 70));
}

// Manufacturer data with the serial and `filler` octets more.
static void put_serial(struct advert *a, uint32_t serial, size_t filler) {
    uint8_t data[252];
    struct bytes b = {data, 0, sizeof data};
    put32be(&b, serial);
    for (size_t i = 0; i < filler; i++) put8(&b, spread(serial + (uint32_t)i) & 0xFF);
    advert_manufacturer(a, 0xFFFF, data, b.length);
}

static void compose(struct advert *a, const struct burst *b, uint32_t serial) {
    int is_extended = b->kind == BURST_EXTENDED || b->kind == BURST_ANONYMOUS || b->kind == BURST_CODED ||
        (b->kind == BURST_MIXED && serial & 1) || (b->kind == BURST_BOTH && b->events & 1);
    int anonymous = b->kind == BURST_ANONYMOUS;
    advert_start(a, is_extended ? EXT_ADV : (enum pdu[]){ADV_IND, ADV_NONCONN_IND, ADV_SCAN_IND}[serial % 3],
                 anonymous ? ADDRESS_ANONYMOUS : ADDRESS_RANDOM,
                 anonymous ? 0 : address_of(b->addresses ? spread(serial) % b->addresses : serial));
    a->rssi = rssi_of(serial);
    if (is_extended) {
        a->sid = serial & 15;
        a->tx_power = (int8_t)(serial % 21) - 20;
        a->secondary = serial & 2 ? PHY_2M : PHY_1M;
    }
    if (b->kind == BURST_CODED) a->primary = a->secondary = PHY_CODED;
    if (b->kind == BURST_EMPTY) return;
    if (!anonymous) advert_flags(a, 0x06);
    put_serial(a, serial, spread(serial) % (is_extended ? 61 : 21));
}

int64_t burst_step(struct burst *b, struct controller *c) {
    static struct advert a;
    unsigned in_this_event = 1 + b->events % b->per_event;
    for (unsigned i = 0; i < in_this_event && b->sent < b->count; i++, b->sent++) {
        compose(&a, b, b->first + b->sent);
        enum event_kind kind = controller_hears(c, &a);
        if (kind != EVENT_NONE && b->kind == BURST_BOTH) kind = b->events & 1 ? EVENT_EXTENDED : EVENT_LEGACY;
        if (kind != EVENT_NONE) report_advert(&c->reporter, kind, &a);
    }
    report_flush(&c->reporter);
    b->events++;
    if (b->sent == b->count) return -1;
    return b->rate ? (int64_t)b->sent * 1000000000 / b->rate : 0;
}

static void compose_long(struct advert *a, const struct chains *f, uint32_t serial) {
    advert_start(a, EXT_ADV, ADDRESS_RANDOM, address_of(serial & ~1u));
    a->rssi = rssi_of(serial);
    a->sid = serial & 15;
    a->secondary = PHY_2M;
    a->truncated = f->truncate && serial % f->truncate == 0;
    while (a->data.length < f->size) {
        size_t left = f->size - a->data.length;
        // A structure is 8 octets and filler; the remainder must have room for another one, or be nothing.
        size_t filler = left <= 255 ? left - 8 : left - 200 >= 8 ? 192 : 100;
        put_serial(a, serial, filler);
    }
}

int64_t chains_step(struct chains *f, struct controller *c) {
    static struct advert adverts[ADVERTISERS_MAX];
    int heard[ADVERTISERS_MAX];
    for (unsigned i = 0; i < f->advertisers; i++) {
        compose_long(&adverts[i], f, f->first + f->sent * f->advertisers + i);
        heard[i] = controller_hears(c, &adverts[i]) == EVENT_EXTENDED;
    }
    for (size_t from = 0; from < f->size; from += f->piece) {
        size_t count = f->size - from < f->piece ? f->size - from : f->piece;
        for (unsigned i = 0; i < f->advertisers; i++)
            if (heard[i]) report_fragment(&c->reporter, &adverts[i], from, count, from + count < f->size);
    }
    report_flush(&c->reporter);
    if (++f->sent == f->rounds) return -1;
    return f->rate ? (int64_t)f->sent * 1000000000 / f->rate : 0;
}
