#include "scene.h"

struct device {
    unsigned interval_ms;
    int home_rssi;
    void (*compose)(struct advert *a, const struct scene *s, unsigned count);
    void (*answer)(struct advert *a);   // its scan response
};

static void ibeacon(struct advert *a, const struct scene *s, unsigned count) {
    (void)s, (void)count;
    static const uint8_t beacon[] = {
        0x02, 0x15, 0x5A, 0x4B, 0xCF, 0xCE, 0x17, 0x4E, 0x4B, 0xAC, 0xA8, 0x14, 0x09, 0x2E, 0x77, 0xF6, 0xB7, 0xE5,
        0x00, 0x07, 0x01, 0x2C, 0xC5};
    advert_start(a, ADV_NONCONN_IND, ADDRESS_RANDOM, 0xD3A1F0427B10);
    advert_flags(a, 0x06);
    advert_manufacturer(a, 0x004C, beacon, sizeof beacon);
}

static void eddystone(struct advert *a, uint64_t address, const void *frame, size_t count) {
    advert_start(a, ADV_NONCONN_IND, ADDRESS_RANDOM, address);
    advert_flags(a, 0x06);
    advert_uuid16s(a, 1, (const uint16_t[]){0xFEAA}, 1);
    advert_service_data16(a, 0xFEAA, frame, count);
}

static void eddystone_url(struct advert *a, const struct scene *s, unsigned count) {
    (void)s, (void)count;
    static const char frame[] = "\x10\xF4\x03" "example" "\x01" "garden";   // https:// example .org/ garden
    eddystone(a, 0xC7115E3302A4, frame, sizeof frame - 1);
}

static void eddystone_uid(struct advert *a, const struct scene *s, unsigned count) {
    (void)s, (void)count;
    static const uint8_t frame[] = {
        0x00, 0xEE, 0x8B, 0x0C, 0xA7, 0x50, 0x95, 0x47, 0x7C, 0xB3, 0xE7, 0x74, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2A, 0x00, 0x00};
    eddystone(a, 0xC7115E3302A5, frame, sizeof frame);
}

// Environmental sensing: temperature 0.1 °C and humidity, battery, packet number, most significant octet first.
static void thermometer(struct advert *a, const struct scene *s, unsigned count) {
    int temperature = 214 + (int)(s->now / 4000000000);
    uint8_t frame[13];
    struct bytes b = {frame, 0, sizeof frame};
    put(&b, (const uint8_t[]){0xA4, 0xC1, 0x38, 0x5B, 0x0E, 0x9D}, 6);
    put8(&b, (unsigned)temperature >> 8), put8(&b, (unsigned)temperature);
    put(&b, (const uint8_t[]){47, 91, 0x0B, 0xC2}, 4);
    put8(&b, count);
    advert_start(a, ADV_IND, ADDRESS_PUBLIC, 0xA4C1385B0E9D);
    advert_service_data16(a, 0x181A, frame, b.length);
    advert_name(a, "ATC_5B0E9D");
}

// BTHome version 2, not encrypted: packet number, battery, temperature 0.01 °C, humidity 0.01 %.
static void bthome(struct advert *a, const struct scene *s, unsigned count) {
    uint8_t frame[11];
    struct bytes b = {frame, 0, sizeof frame};
    put(&b, (const uint8_t[]){0x40, 0x00}, 2);
    put8(&b, count);
    put(&b, (const uint8_t[]){0x01, 100, 0x02}, 3);
    put16(&b, (unsigned)(-352 + (int)(s->now / 1000000000)) & 0xFFFF);
    put8(&b, 0x03), put16(&b, 8112);
    advert_start(a, ADV_IND, ADDRESS_RANDOM, 0xF8447725C11B);
    advert_flags(a, 0x06);
    advert_service_data16(a, 0xFCD2, frame, b.length);
    advert_name(a, "Freezer");
}

static const uint64_t heart_address = 0x001B2C6D54E8;

static void heart(struct advert *a, const struct scene *s, unsigned count) {
    (void)s, (void)count;
    advert_start(a, ADV_IND, ADDRESS_PUBLIC, heart_address);
    advert_flags(a, 0x06);
    advert_uuid16s(a, 0, (const uint16_t[]){0x180D, 0x180F, 0x180A}, 3);
    advert_structure(a, 0x19, "\x41\x03", 2);   // appearance: heart rate belt
    advert_structure(a, 0x0A, "\x04", 1);       // transmit power: 4 dBm
}

static void heart_answer(struct advert *a) {
    advert_start(a, SCAN_RSP, ADDRESS_PUBLIC, heart_address);
    a->properties = PROP_CONNECTABLE;
    advert_name(a, "Pulse Belt 7");
    advert_manufacturer(a, 0x006B, "\x37\x02\x48", 3);
}

// A phone nearby: a resolvable private address that changes, here every ten seconds instead of fifteen minutes.
static void phone(struct advert *a, const struct scene *s, unsigned count) {
    uint32_t epoch = (uint32_t)(s->now / 10000000000);
    uint64_t address = (uint64_t)(spread(epoch + 11) & 0x3FFF) << 32 | spread(epoch + 77) | 0x400000000000u;
    uint8_t message[] = {0x10, 0x05, (uint8_t)(0x01 + count % 3 * 2), 0x98, 0, 0, 0};
    for (int i = 0; i < 3; i++) message[4 + i] = (uint8_t)(spread(epoch) >> 8 * i);
    advert_start(a, ADV_IND, ADDRESS_RANDOM, address);
    advert_flags(a, 0x1A);
    advert_structure(a, 0x0A, "\x0C", 1);
    advert_manufacturer(a, 0x004C, message, sizeof message);
}

// Two makers' data in one packet, and every fourth time the same maker twice.
static void two_makers(struct advert *a, const struct scene *s, unsigned count) {
    (void)s;
    advert_start(a, ADV_NONCONN_IND, ADDRESS_RANDOM, 0xE20F9C81D657);
    advert_flags(a, 0x04);
    advert_manufacturer(a, 0x0499, (const uint8_t[]){0x05, 0x12, 0xFC, 0x53, 0x94, (uint8_t)count}, 6);
    advert_manufacturer(a, count % 4 ? 0x02E5 : 0x0499, (const uint8_t[]){0xBE, 0xEF, (uint8_t)~count}, 3);
}

static void cafe(struct advert *a, const struct scene *s, unsigned count) {
    (void)s, (void)count;
    advert_start(a, ADV_SCAN_IND, ADDRESS_RANDOM, 0xCAFE0B3D2216);
    advert_flags(a, 0x06);
    advert_name(a, "Café Größe ☕ 東京");
}

// An electronic label: 600 octets in a chain of three reports, on 1M and then 2M. Its structures end where the reports do,
// because tshark and btmon, with which captures are compared, decode every fragment by itself. (The traffic command
// "fragments" cuts anywhere.)
static void label(struct advert *a, const struct scene *s, unsigned count) {
    (void)s;
    uint8_t service[16 + 162], text[225];
    struct bytes b = {service, 0, sizeof service};
    put(&b, "\x3E\x9D\xA1\x52\x0F\x6B\x6E\x9C\x44\x4A\x1D\x5C\x31\x4F\x2B\x7A", 16);   // a 128-bit UUID, last octet first
    for (unsigned i = 0; i < 162; i++) put8(&b, spread(count * 162 + i) & 0xFF);
    for (unsigned i = 0; i < sizeof text; i++) text[i] = (uint8_t)(' ' + (i + count) % 95);
    advert_start(a, EXT_ADV, ADDRESS_RANDOM, 0xD90A4477E3F2);
    a->secondary = PHY_2M;
    a->sid = 3;
    a->tx_power = 8;
    advert_flags(a, 0x06);
    advert_name(a, "Shelf label 0417, second row from the window");
    advert_structure(a, 0x21, service, b.length);
    advert_manufacturer(a, 0x0131, text, sizeof text);
    advert_manufacturer(a, 0x0131, text, 138);
}

// A water meter in the cellar, heard only by who listens on the Coded PHY.
static void meter(struct advert *a, const struct scene *s, unsigned count) {
    (void)s;
    advert_start(a, EXT_ADV, ADDRESS_RANDOM, 0xC4D55E6FA701);
    a->primary = a->secondary = PHY_CODED;
    a->properties = PROP_CONNECTABLE;
    a->sid = 1;
    a->tx_power = 10;
    advert_flags(a, 0x06);
    advert_service_data16(a, 0xFFF6, (const uint8_t[]){0x00, 0x23, 0x61, (uint8_t)count}, 4);
    advert_name(a, "Water meter");
}

static const struct device devices[SCENE_DEVICES] = {
    {600, -58, ibeacon, NULL},
    {1000, -71, eddystone_url, NULL},
    {1000, -74, eddystone_uid, NULL},
    {2500, -66, thermometer, NULL},
    {4000, -83, bthome, NULL},
    {760, -52, heart, heart_answer},
    {900, -47, phone, NULL},
    {1285, -69, two_makers, NULL},
    {1500, -77, cafe, NULL},
    {1200, -61, label, NULL},
    {3000, -96, meter, NULL},
};

static unsigned chance(struct scene *s, unsigned below) {
    s->chance ^= s->chance << 13;
    s->chance ^= s->chance >> 17;
    s->chance ^= s->chance << 5;
    return s->chance % below;
}

void scene_start(struct scene *s) {
    *s = (struct scene){.chance = 2463534242u};
    for (int i = 0; i < SCENE_DEVICES; i++) {
        s->devices[i].due = (int64_t)chance(s, devices[i].interval_ms * 1000) * 1000;
        s->devices[i].rssi = devices[i].home_rssi;
    }
}

void scene_extend(struct scene *s, unsigned seconds) {
    s->end += (int64_t)seconds * 1000000000;
}

static int earliest(const struct scene *s) {
    int first = 0;
    for (int i = 1; i < SCENE_DEVICES; i++)
        if (s->devices[i].due < s->devices[first].due) first = i;
    return first;
}

int64_t scene_next(const struct scene *s) {
    return s->devices[earliest(s)].due;
}

static void hear(struct controller *c, struct advert *a, int rssi) {
    a->rssi = (int8_t)rssi;
    enum event_kind kind = controller_hears(c, a);
    if (kind != EVENT_NONE) report_advert(&c->reporter, kind, a);
}

int64_t scene_step(struct scene *s, struct controller *c) {
    static struct advert a;
    int i = earliest(s);
    const struct device *device = &devices[i];
    s->now = s->devices[i].due;
    if (s->now >= s->end) {   // only where it begins so
        report_flush(&c->reporter);
        return -1;
    }
    // The specification's random delay of up to 10 ms after each interval keeps devices from colliding for ever.
    s->devices[i].due += (int64_t)device->interval_ms * 1000000 + (int64_t)chance(s, 10000) * 1000;
    int pull = (device->home_rssi - s->devices[i].rssi) / 4;
    s->devices[i].rssi += (int)chance(s, 5) - 2 + pull;
    unsigned count = s->devices[i].count++;
    if (chance(s, 9)) {   // one in nine is not received
        device->compose(&a, s, count);
        hear(c, &a, s->devices[i].rssi);
        if (device->answer && chance(s, 4)) {
            if (chance(s, 2)) report_flush(&c->reporter);
            device->answer(&a);
            hear(c, &a, s->devices[i].rssi - 1 + (int)chance(s, 3));
        }
    }
    // What follows within 8 ms leaves in the same event.
    int64_t next = scene_next(s);
    if (next - s->now > 8000000 || next >= s->end) report_flush(&c->reporter);
    return next < s->end ? next : -1;
}
