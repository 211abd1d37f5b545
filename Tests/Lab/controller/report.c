#include "report.h"

enum { STATUS_MORE = 1 << 5, STATUS_TRUNCATED = 2 << 5 };

void reporter_start(struct reporter *r, struct link *link, FILE *truth) {
    *r = (struct reporter){.link = link, .truth = truth};
}

void report_flush(struct reporter *r) {
    if (r->kind == EVENT_NONE) return;
    r->packet[2] = (uint8_t)(r->event.length - 3);
    r->packet[4] = (uint8_t)r->in_event;
    if (link_write(r->link, r->packet, r->event.length)) {
        r->events++;
        r->reports += r->in_event;
    }
    r->kind = EVENT_NONE;
}

// Makes room for a report of that size in an event of that kind.
static void open_event(struct reporter *r, enum event_kind kind, size_t size) {
    if (r->kind != kind || r->event.capacity - r->event.length < size) report_flush(r);
    if (r->kind == EVENT_NONE) {
        r->kind = kind;
        r->in_event = 0;
        r->event = (struct bytes){r->packet, 0, sizeof r->packet};
        put8(&r->event, H4_EVENT);
        put8(&r->event, 0x3E);
        put8(&r->event, 0);    // length: when flushed
        put8(&r->event, kind);
        put8(&r->event, 0);    // reports: when flushed
    }
    r->in_event++;
}

static void tell_truth(struct reporter *r, enum event_kind kind, const struct advert *a) {
    static const char *const names[] =
        {"ADV_IND", "ADV_DIRECT_IND", "ADV_SCAN_IND", "ADV_NONCONN_IND", "SCAN_RSP", "EXT_ADV"};
    r->adverts++;
    if (a->truncated) r->truncated++;
    if (!r->truth) return;
    fprintf(r->truth, "{\"event\":%d,\"pdu\":\"%s\",\"address\":\"%02X:%02X:%02X:%02X:%02X:%02X\",\"address_type\":%d,",
            (int)kind, names[a->pdu], a->address[5], a->address[4], a->address[3], a->address[2], a->address[1],
            a->address[0], a->address_type);
    fprintf(r->truth, "\"rssi\":%d,\"tx_power\":%d,\"sid\":%d,\"primary\":%d,\"secondary\":%d,\"truncated\":%d,\"data\":\"",
            a->rssi, a->tx_power, a->sid, (int)a->primary, (int)a->secondary, a->truncated);
    for (size_t i = 0; i < a->data.length; i++) fprintf(r->truth, "%02x", a->storage[i]);
    fputs("\"}\n", r->truth);
}

static void report_legacy(struct reporter *r, const struct advert *a) {
    open_event(r, EVENT_LEGACY, 10 + a->data.length);
    put8(&r->event, a->pdu);   // the enumeration is HCI's
    put8(&r->event, a->address_type);
    put(&r->event, a->address, 6);
    put8(&r->event, (unsigned)a->data.length);
    put(&r->event, a->storage, a->data.length);
    put8(&r->event, (uint8_t)a->rssi);
}

static unsigned extended_type(const struct advert *a) {
    switch (a->pdu) {
    case ADV_IND: return PROP_LEGACY | PROP_CONNECTABLE | PROP_SCANNABLE;
    case ADV_DIRECT_IND: return PROP_LEGACY | PROP_CONNECTABLE | PROP_DIRECTED;
    case ADV_SCAN_IND: return PROP_LEGACY | PROP_SCANNABLE;
    case ADV_NONCONN_IND: return PROP_LEGACY;
    case SCAN_RSP: return PROP_LEGACY | PROP_SCAN_RSP | PROP_SCANNABLE | a->properties;
    case EXT_ADV: break;
    }
    return a->properties;
}

void report_fragment(struct reporter *r, const struct advert *a, size_t from, size_t count, int more) {
    open_event(r, EVENT_EXTENDED, 24 + count);
    put16(&r->event, extended_type(a) | (more ? STATUS_MORE : a->truncated ? STATUS_TRUNCATED : 0));
    put8(&r->event, a->address_type);
    put(&r->event, a->address, 6);
    put8(&r->event, a->primary);
    put8(&r->event, a->secondary);
    put8(&r->event, a->sid);
    put8(&r->event, (uint8_t)a->tx_power);
    put8(&r->event, (uint8_t)a->rssi);
    put16(&r->event, 0);                        // no periodic advertising
    put(&r->event, (const uint8_t[7]){0}, 7);   // not directed at anyone
    put8(&r->event, (unsigned)count);
    put(&r->event, a->storage + from, count);
    if (more) r->fragments++;
    else tell_truth(r, EVENT_EXTENDED, a);
}

void report_advert(struct reporter *r, enum event_kind kind, const struct advert *a) {
    if (kind == EVENT_LEGACY) {
        report_legacy(r, a);
        tell_truth(r, kind, a);
        return;
    }
    size_t from = 0;
    for (; a->data.length - from > FRAGMENT_MAX; from += FRAGMENT_MAX) report_fragment(r, a, from, FRAGMENT_MAX, 1);
    report_fragment(r, a, from, a->data.length - from, 0);
}
