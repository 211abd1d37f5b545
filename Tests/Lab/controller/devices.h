// Devices that advertise the same data again and again, beside whatever traffic runs.
#ifndef DEVICES_H
#define DEVICES_H

#include "controller.h"

enum { DEVICES_MAX = 16 };

struct devices {
    struct device {
        struct advert advert;      // its data lies in itself: a device does not move
        unsigned rate, count;      // adverts a second; how many, 0: until hushed or unplugged
        unsigned sent;
        int64_t start, due;        // link.now_ns's scale; due -1: this place is free
    } places[DEVICES_MAX];
};

void devices_start(struct devices *d);
// A free place, or NULL. It is taken once its `due` is set.
struct device *devices_place(struct devices *d);
// When the next advertisement is due, -1 where nobody advertises.
int64_t devices_next(const struct devices *d);
// Sends what is due at that moment.
void devices_step(struct devices *d, struct controller *c, int64_t now);
// How many of them come to an end by themselves.
unsigned devices_ending(const struct devices *d);

#endif
