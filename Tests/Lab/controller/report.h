// Packs advertisements into LE Meta events: several reports an event, long ones into chains of fragments.
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "advert.h"
#include "link.h"

enum { FRAGMENT_MAX = 255 - 2 - 24 };   // an event's parameters less subevent, count and one report's header
enum event_kind { EVENT_NONE = 0, EVENT_LEGACY = 0x02, EVENT_EXTENDED = 0x0D };

struct reporter {
    struct link *link;
    FILE *truth;               // one JSON line an advertisement, or NULL
    uint8_t packet[3 + 255];
    struct bytes event;
    enum event_kind kind;
    unsigned in_event;
    // Written so far; adverts are whole advertisements, what a scanner publishes, and those that nobody took.
    uint64_t events, reports, adverts, fragments, truncated;
};

void reporter_start(struct reporter *r, struct link *link, FILE *truth);
// Adds the whole advertisement as reports of that kind of event; a full event is written first.
void report_advert(struct reporter *r, enum event_kind kind, const struct advert *a);
// Adds bytes `from` … `from + count` of the data as one extended report; `more` where further ones follow.
void report_fragment(struct reporter *r, const struct advert *a, size_t from, size_t count, int more);
// Writes the event that is being filled, if any.
void report_flush(struct reporter *r);

#endif
