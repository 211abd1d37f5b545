#include "devices.h"

void devices_start(struct devices *d) {
    for (int i = 0; i < DEVICES_MAX; i++) d->places[i].due = -1;
}

struct device *devices_place(struct devices *d) {
    for (int i = 0; i < DEVICES_MAX; i++)
        if (d->places[i].due < 0) return &d->places[i];
    return NULL;
}

int64_t devices_next(const struct devices *d) {
    int64_t next = -1;
    for (int i = 0; i < DEVICES_MAX; i++)
        if (d->places[i].due >= 0 && (next < 0 || d->places[i].due < next)) next = d->places[i].due;
    return next;
}

void devices_step(struct devices *d, struct controller *c, int64_t now) {
    for (struct device *device = d->places; device < d->places + DEVICES_MAX; device++) {
        if (device->due < 0 || device->due > now) continue;
        enum event_kind kind = controller_hears(c, &device->advert);
        if (kind != EVENT_NONE) report_advert(&c->reporter, kind, &device->advert);
        report_flush(&c->reporter);
        device->sent++;
        device->due = device->sent == device->count ? -1 : device->start + (int64_t)device->sent * 1000000000 / device->rate;
    }
}

unsigned devices_ending(const struct devices *d) {
    unsigned count = 0;
    for (int i = 0; i < DEVICES_MAX; i++) count += d->places[i].due >= 0 && d->places[i].count;
    return count;
}
