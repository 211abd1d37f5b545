#include "advert.h"

void advert_start(struct advert *a, enum pdu pdu, uint8_t address_type, uint64_t address) {
    a->pdu = pdu;
    a->properties = 0;
    for (int i = 0; i < 6; i++) a->address[i] = (uint8_t)(address >> 8 * i);
    a->address_type = address_type;
    a->rssi = -60;
    a->tx_power = TX_POWER_UNKNOWN;
    a->sid = pdu == EXT_ADV ? 0 : SID_NONE;
    a->primary = PHY_1M;
    a->secondary = pdu == EXT_ADV ? PHY_1M : PHY_NONE;
    a->truncated = 0;
    a->data = (struct bytes){a->storage, 0, pdu == EXT_ADV ? ADVERT_MAX : LEGACY_MAX};
}

static void structure_start(struct advert *a, unsigned type, size_t count) {
    if (count > 254) abort();
    put8(&a->data, (unsigned)count + 1);
    put8(&a->data, type);
}

void advert_structure(struct advert *a, unsigned type, const void *data, size_t count) {
    structure_start(a, type, count);
    put(&a->data, data, count);
}

void advert_flags(struct advert *a, unsigned flags) {
    advert_structure(a, 0x01, &(uint8_t){(uint8_t)flags}, 1);
}

void advert_name(struct advert *a, const char *utf8) {
    advert_structure(a, 0x09, utf8, strlen(utf8));
}

void advert_uuid16s(struct advert *a, int complete, const uint16_t *uuids, size_t count) {
    structure_start(a, complete ? 0x03 : 0x02, 2 * count);
    for (size_t i = 0; i < count; i++) put16(&a->data, uuids[i]);
}

static void identified(struct advert *a, unsigned type, unsigned id, const void *data, size_t count) {
    structure_start(a, type, count + 2);
    put16(&a->data, id);
    put(&a->data, data, count);
}

void advert_manufacturer(struct advert *a, unsigned company, const void *data, size_t count) {
    identified(a, 0xFF, company, data, count);
}

void advert_service_data16(struct advert *a, unsigned uuid, const void *data, size_t count) {
    identified(a, 0x16, uuid, data, count);
}
