// A room as a scanner hears it: a dozen devices at natural intervals, some of their packets missed, RSSI that walks.
// The same scene every time: all chance comes from one seeded generator.
#ifndef SCENE_H
#define SCENE_H

#include "controller.h"

enum { SCENE_DEVICES = 11 };

struct scene {
    int64_t now, end;          // ns since the scene's start
    uint32_t chance;
    struct {
        int64_t due;
        int rssi;
        unsigned count;        // advertisements so far, missed ones too
    } devices[SCENE_DEVICES];
};

void scene_start(struct scene *s);
// Lets the scene, which goes on where it was, run for so long.
void scene_extend(struct scene *s, unsigned seconds);
// When the next device is due, in ns since the scene's start.
int64_t scene_next(const struct scene *s);
// As burst_step; the time is since the scene's start, across extensions.
int64_t scene_step(struct scene *s, struct controller *c);

#endif
