// Synthetic traffic: every advertisement carries a serial number of its own, so that a test can tell which ones arrived.
// A serial is manufacturer data of company 0xFFFF that begins with 32 bits, most significant first; the random static
// address follows from it and differs for every serial, unless it is drawn from a number of addresses.
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include "controller.h"

enum burst_kind {
    BURST_LEGACY,      // legacy PDUs, in whichever event the host's commands imply
    BURST_EXTENDED,    // extended PDUs
    BURST_MIXED,       // both of them in turn, in extended events
    BURST_BOTH,        // legacy and extended events in turn, as no proper controller does
    BURST_ANONYMOUS,   // extended PDUs without an address
    BURST_CODED,       // extended PDUs on the Coded PHY
    BURST_EMPTY,       // no data and no serial
};

struct burst {
    enum burst_kind kind;
    unsigned count, per_event;   // an event carries 1, 2 … per_event reports in turn, fewer where they do not fit
    unsigned rate;               // adverts a second; 0: as fast as they can be written
    uint32_t first;              // serial
    unsigned addresses;          // drawn from so many random addresses; 0: one of its own for every serial
    unsigned sent, events;
};

// Rounds of extended advertisements too long for one report; the fragments of all advertisers of a round alternate.
// Two advertisers in succession share an address and differ in the SID.
struct chains {
    unsigned rounds, rate;       // rounds a second; 0: as fast as they can be written
    unsigned advertisers, size, piece;   // octets of an advertisement and of a fragment
    unsigned truncate;           // the end of every n-th advertisement is lost; 0: of none
    uint32_t first;
    unsigned sent;
};

enum { ADVERTISERS_MAX = 16 };

// Sends what is due next. Returns when the one after it is due, in ns since the traffic's start, or -1 at the end.
int64_t burst_step(struct burst *b, struct controller *c);
int64_t chains_step(struct chains *f, struct controller *c);

#endif
