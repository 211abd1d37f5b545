// The commands that drive the controller: one a line, one line of answer each ("ok", "error …", or a JSON line).
//
//   burst N [rate R] [per-event K] [kind legacy|extended|mixed|both|anonymous|coded|empty] [from SERIAL] [addresses A]
//                                  addresses: drawn from so many; otherwise every advertisement has one of its own
//   fragments ROUNDS [rate R] [advertisers A] [size S] [piece P] [truncate EVERY] [from SERIAL]
//   scene SECONDS                  realistic devices; a second scene goes on where the first one ended
//   advertise ADDRESS random|public HEX|- [rate R] [count N] [pdu 0…5]
//                                  a device with that data, beside the traffic; without a count until "hush"
//   hush                           ends all of those, and the traffic
//   refuse OPCODE STATUS [TIMES]   that command (hexadecimal) gets that status, so often or until "accept"
//   accept                         ends it
//   hang | resume                  answers and hears nothing; ends again
//   unplug | replug                the adapter disappears; a fresh one appears
//   raw HEX                        an H4 packet as it stands, not counted as an event
//   host legacy|extended           captures only: the recorded host scans with those commands
//   stats                          counts and state, JSON
//   commands                       the last commands that concern scanning and connecting, JSON
//   quit                           so does the end of input
//
// One traffic at a time, and sixteen devices; they run while further commands are answered, and "busy" in the statistics
// says whether something goes on that will end by itself.
#ifndef CONSOLE_H
#define CONSOLE_H

#include "devices.h"
#include "scene.h"
#include "traffic.h"

enum { LATE_MAX_MS = 1000 };

struct lab {
    struct link link;
    struct controller controller;
    enum { TRAFFIC_NONE, TRAFFIC_BURST, TRAFFIC_CHAINS, TRAFFIC_SCENE } traffic;
    struct burst burst;
    struct chains chains;
    struct scene scene;
    struct devices devices;
    int64_t traffic_start, due;   // link.now_ns's scale
    unsigned late_ms[LATE_MAX_MS];   // how often the current or last traffic was sent so late: how busy the machine is
    int quit;
};

// Carries out one command, which is changed on the way. Returns 0 where it was not understood or not possible.
int console_run(struct lab *lab, char *line, FILE *out);
// Sends what is due next of the current traffic.
void traffic_step(struct lab *lab);
// "AA:BB:CC:DD:EE:FF" as a number, most significant octet first; returns 0 where it is something else.
int parse_address(const char *text, uint64_t *address);

#endif
