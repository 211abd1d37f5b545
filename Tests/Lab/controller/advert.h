// An advertisement as it is on air, before any HCI event carries it.
#ifndef ADVERT_H
#define ADVERT_H

#include "bytes.h"

enum pdu { ADV_IND, ADV_DIRECT_IND, ADV_SCAN_IND, ADV_NONCONN_IND, SCAN_RSP, EXT_ADV };
enum phy { PHY_NONE, PHY_1M, PHY_2M, PHY_CODED };
enum { ADDRESS_PUBLIC = 0, ADDRESS_RANDOM = 1, ADDRESS_ANONYMOUS = 0xFF };
enum { ADVERT_MAX = 1650, LEGACY_MAX = 31, RSSI_UNKNOWN = 127, TX_POWER_UNKNOWN = 127, SID_NONE = 0xFF };
// Bits of an extended report's event type (Core, Vol 4 Part E, 7.7.65.13).
enum { PROP_CONNECTABLE = 1, PROP_SCANNABLE = 2, PROP_DIRECTED = 4, PROP_SCAN_RSP = 8, PROP_LEGACY = 16 };

struct advert {
    enum pdu pdu;
    unsigned properties;       // EXT_ADV: PROP_ bits; SCAN_RSP: whether it answers for a connectable advertiser
    uint8_t address[6];        // as in HCI: least significant octet first
    uint8_t address_type;
    int8_t rssi, tx_power;
    uint8_t sid;
    enum phy primary, secondary;
    int truncated;             // EXT_ADV only: the controller lost the end of the chain
    struct bytes data;
    uint8_t storage[ADVERT_MAX];
};

// Starts an advertisement on 1M with no data, RSSI -60. `address` is written as people write it: most significant first.
void advert_start(struct advert *a, enum pdu pdu, uint8_t address_type, uint64_t address);
void advert_flags(struct advert *a, unsigned flags);
void advert_name(struct advert *a, const char *utf8);
void advert_uuid16s(struct advert *a, int complete, const uint16_t *uuids, size_t count);
// One AD structure of any type; `count` at most 254.
void advert_structure(struct advert *a, unsigned type, const void *data, size_t count);
// Manufacturer data and service data for a 16-bit UUID: the id, then the bytes.
void advert_manufacturer(struct advert *a, unsigned company, const void *data, size_t count);
void advert_service_data16(struct advert *a, unsigned uuid, const void *data, size_t count);

#endif
