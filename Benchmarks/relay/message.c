#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "relay.h"

static void put(struct text *t, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    t->size += (size_t)vsnprintf(t->bytes + t->size, sizeof t->bytes - t->size, format, list);
    va_end(list);
}

static void put_hex(struct text *t, const uint8_t *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        t->bytes[t->size++] = digits[data[i] >> 4];
        t->bytes[t->size++] = digits[data[i] & 15];
    }
}

static void put_uuid(struct text *t, const uint8_t *u, size_t width)
{
    if (width == 2)
        put(t, "0000%02x%02x-0000-1000-8000-00805f9b34fb", u[1], u[0]);
    else if (width == 4)
        put(t, "%02x%02x%02x%02x-0000-1000-8000-00805f9b34fb", u[3], u[2], u[1], u[0]);
    else
        put(t, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[15], u[14], u[13], u[12], u[11],
            u[10], u[9], u[8], u[7], u[6], u[5], u[4], u[3], u[2], u[1], u[0]);
}

/* The length of the UTF-8 sequence at s, or minus the length of what one U+FFFD stands for. */
static int sequence(const uint8_t *s, size_t size)
{
    uint8_t low = 0x80, high = 0xBF;
    int length;
    if (s[0] < 0x80) return 1;
    if (s[0] >= 0xC2 && s[0] <= 0xDF) length = 2;
    else if (s[0] >= 0xE0 && s[0] <= 0xEF) length = 3;
    else if (s[0] >= 0xF0 && s[0] <= 0xF4) length = 4;
    else return -1;
    if (s[0] == 0xE0) low = 0xA0;
    if (s[0] == 0xED) high = 0x9F;
    if (s[0] == 0xF0) low = 0x90;
    if (s[0] == 0xF4) high = 0x8F;
    for (int i = 1; i < length; i++) {
        if ((size_t)i >= size || s[i] < low || s[i] > high) return -i;
        low = 0x80;
        high = 0xBF;
    }
    return length;
}

static void put_name(struct text *t, const uint8_t *s, size_t size)
{
    size = strnlen((const char *)s, size);
    t->bytes[t->size++] = '"';
    while (size > 0) {
        int length = sequence(s, size);
        if (length < 0) put(t, "\xEF\xBF\xBD");
        else if (*s == '"' || *s == '\\') put(t, "\\%c", *s);
        else if (*s == '\b') put(t, "\\b");
        else if (*s == '\t') put(t, "\\t");
        else if (*s == '\n') put(t, "\\n");
        else if (*s == '\f') put(t, "\\f");
        else if (*s == '\r') put(t, "\\r");
        else if (*s < 0x20 || *s == 0x7F) put(t, "\\u%04x", *s);
        else if (*s == 0xC2 && s[1] < 0xA0) put(t, "\\u%04x", s[1]);
        else {
            memcpy(t->bytes + t->size, s, (size_t)length);
            t->size += (size_t)length;
        }
        length = abs(length);
        s += length;
        size -= (size_t)length;
    }
    t->bytes[t->size++] = '"';
}

struct entry {
    uint8_t type;
    const uint8_t *data;
    size_t size;
};

static size_t list_width(uint8_t type)
{
    return type < 2 || type > 7 ? 0 : type < 4 ? 2 : type < 6 ? 4 : 16;
}

static size_t service_width(uint8_t type)
{
    return type == 0x16 ? 2 : type == 0x20 ? 4 : type == 0x21 ? 16 : 0;
}

/* Splits the advertising data; returns the number of entries before the end or the damage; zero lengths are passed over. */
static size_t split(const struct report *r, struct entry *entries, bool *malformed)
{
    size_t count = 0, at = 0;
    while (at < r->size) {
        size_t length = r->data[at];
        if (length == 0) {
            at++;
            continue;
        }
        if (length >= r->size - at) {
            *malformed = true;
            break;
        }
        entries[count++] = (struct entry){ r->data[at + 1], r->data + at + 2, length - 1 };
        at += length + 1;
    }
    return count;
}

/* Members of the object for each key's first entry, or the elements of the list for all others; their number. */
static size_t put_keyed(struct text *t, const struct entry *e, size_t count, bool services, bool others)
{
    size_t written = 0;
    for (size_t i = 0; i < count; i++) {
        size_t width = services ? service_width(e[i].type) : e[i].type == 0xFF ? 2 : 0;
        bool first = true;
        if (width == 0 || e[i].size < width) continue;
        for (size_t j = 0; j < i && first; j++)
            if (e[j].type == e[i].type && e[j].size >= width && memcmp(e[j].data, e[i].data, width) == 0) first = false;
        if (first == others) continue;
        if (written++) put(t, ",");
        if (others) put(t, "{\"%s\":", services ? "uuid" : "id");
        put(t, "\"");
        if (services) put_uuid(t, e[i].data, width); else put_hex(t, e[i].data, width);
        put(t, others ? "\",\"data\":\"" : "\":\"");
        put_hex(t, e[i].data + width, e[i].size - width);
        put(t, others ? "\"}" : "\"");
    }
    return written;
}

static void put_optional(struct text *t, const char *open, const struct entry *e, size_t count, bool services, bool others)
{
    size_t before = t->size;
    put(t, "%s", open);
    if (put_keyed(t, e, count, services, others)) put(t, others ? "]" : "}"); else t->size = before;
}

static void put_radio(struct text *t, const struct report *r)
{
    static const char *const address_types[] = { "public", "random", "public_identity", "random_identity" };
    static const char *const phys[] = { NULL, "1M", "2M", "Coded" };
    const char *name = r->type == 0x13 ? "ADV_IND" : r->type == 0x15 ? "ADV_DIRECT_IND" : r->type == 0x12 ? "ADV_SCAN_IND"
        : r->type == 0x10 ? "ADV_NONCONN_IND" : r->type == 0x1B || r->type == 0x1A ? "SCAN_RSP" : NULL;
    if (r->address_type < 4) put(t, ",\"address_type\":\"%s\"", address_types[r->address_type]);
    else if (r->address_type == 0xFF) put(t, ",\"address_type\":\"anonymous\"");
    if (!(r->type & 0x10))
        put(t, ",\"event_type\":\"EXT_ADV\",\"connectable\":%s,\"scannable\":%s,\"directed\":%s,\"scan_response\":%s",
            r->type & 1 ? "true" : "false", r->type & 2 ? "true" : "false", r->type & 4 ? "true" : "false",
            r->type & 8 ? "true" : "false");
    else if (name) put(t, ",\"event_type\":\"%s\"", name);
    if (r->primary_phy == 1 || r->primary_phy == 3) put(t, ",\"primary_phy\":\"%s\"", phys[r->primary_phy]);
    if (r->secondary_phy > 0 && r->secondary_phy < 4) put(t, ",\"secondary_phy\":\"%s\"", phys[r->secondary_phy]);
    if (r->sid < 16) put(t, ",\"sid\":%u", r->sid);
}

void describe(const struct report *r, const char *scanner, char *topic, struct text *t)
{
    static struct entry e[MAX_DATA];
    static const uint8_t nobody[6];
    const uint8_t *a = r->address_type == 0xFF ? nobody : r->address;
    const struct entry *complete = NULL, *shortened = NULL;
    int tx_power = r->tx_power, flags = -1, appearance = -1;
    bool malformed = false, tx_found = false;
    time_t seconds = r->time / 1000000;
    struct tm utc;
    size_t count = split(r, e, &malformed), uuids = 0;

    gmtime_r(&seconds, &utc);
    t->size = 0;
    put(t, "{\"scanner_id\":\"%s\",\"mac_address\":\"%02X:%02X:%02X:%02X:%02X:%02X\",\"rssi\":", scanner, a[5], a[4], a[3], a[2],
        a[1], a[0]);
    if (r->rssi == 127) put(t, "null"); else put(t, "%d", r->rssi);
    put(t, ",\"timestamp\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\",\"manufacturer_data\":{", utc.tm_year + 1900, utc.tm_mon + 1,
        utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, (int)(r->time % 1000000 / 1000));
    put_keyed(t, e, count, false, false);
    put(t, "},\"service_uuids\":[");
    for (size_t i = 0; i < count; i++) {
        size_t width = list_width(e[i].type), service = service_width(e[i].type);
        for (size_t at = 0; width && at + width <= e[i].size; at += width) {
            put(t, uuids++ ? ",\"" : "\"");
            put_uuid(t, e[i].data + at, width);
            put(t, "\"");
        }
        if (width && e[i].size % width) malformed = true;
        if (e[i].size < service || (e[i].type == 0xFF && e[i].size < 2)) malformed = true;
        switch (e[i].type) {
        case 0x01: if (e[i].size < 1) malformed = true; else if (flags < 0) flags = e[i].data[0]; break;
        case 0x08: if (!shortened && e[i].size && e[i].data[0]) shortened = &e[i]; break;
        case 0x09: if (!complete && e[i].size && e[i].data[0]) complete = &e[i]; break;
        case 0x0A:
            if (e[i].size != 1) malformed = true;
            else if (!tx_found) tx_power = (int8_t)e[i].data[0], tx_found = true;
            break;
        case 0x19:
            if (e[i].size != 2) malformed = true;
            else if (appearance < 0) appearance = e[i].data[0] | e[i].data[1] << 8;
            break;
        }
    }
    put(t, "],\"local_name\":");
    if (!complete) complete = shortened;
    if (complete) put_name(t, complete->data, complete->size); else put(t, "null");
    put_optional(t, ",\"manufacturer_data_repeated\":[", e, count, false, true);
    put_optional(t, ",\"service_data\":{", e, count, true, false);
    put_optional(t, ",\"service_data_repeated\":[", e, count, true, true);
    if (tx_found || tx_power != 127) put(t, ",\"tx_power\":%d", tx_power);
    if (flags >= 0) put(t, ",\"flags\":%d", flags);
    if (appearance >= 0) put(t, ",\"appearance\":%d", appearance);
    put_radio(t, r);
    put(t, ",\"adapter\":\"replay\"%s%s}", r->truncated ? ",\"truncated\":true" : "", malformed ? ",\"malformed\":true" : "");
    snprintf(topic, 128, "ble/raw/%s/%02X:%02X:%02X:%02X:%02X:%02X", scanner, a[5], a[4], a[3], a[2], a[1], a[0]);
}
