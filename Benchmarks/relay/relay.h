/*
 * The yardstick of the benchmark: a bare relay as a C programmer would write it over libmosquitto and snprintf.
 * It reads the HCI events of a btsnoop capture, decodes every advertising report, joins extended ones that came in pieces,
 * and publishes the same JSON as blemqttd. It has no queue, no statistics, no reconnect, no limits.
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_DATA = 1650 };

struct report {
    unsigned type;              /* bits 0-4 of an extended Event_Type; a legacy one is mapped to them */
    uint8_t address_type, primary_phy, secondary_phy, sid;
    int8_t tx_power, rssi;
    const uint8_t *address;     /* six bytes, least significant first */
    const uint8_t *data;
    size_t size;
    int64_t time;              /* microseconds since 1970 */
    bool truncated;
};

struct text {
    char bytes[32768];
    size_t size;
};

/* Writes the topic and the JSON of one advertisement; topic has room for 128 bytes. */
void describe(const struct report *r, const char *scanner, char *topic, struct text *t);

#endif
