#include "controller.h"

enum {
    SET_EVENT_MASK = 0x0C01, RESET = 0x0C03,
    READ_VERSION = 0x1001, READ_COMMANDS = 0x1002, READ_FEATURES = 0x1003, READ_BUFFER_SIZE = 0x1005, READ_ADDRESS = 0x1009,
    LE_SET_EVENT_MASK = 0x2001, LE_READ_BUFFER_SIZE = 0x2002, LE_READ_FEATURES = 0x2003, LE_SET_RANDOM_ADDRESS = 0x2005,
    LE_SCAN_PARAMETERS = 0x200B, LE_SCAN_ENABLE = 0x200C,
    LE_READ_ACCEPT_LIST_SIZE = 0x200F, LE_CLEAR_ACCEPT_LIST = 0x2010, LE_ADD_TO_ACCEPT_LIST = 0x2011,
    LE_REMOVE_FROM_ACCEPT_LIST = 0x2012, LE_READ_STATES = 0x201C,
    LE_READ_MAX_ADVERTISING_DATA = 0x203A, LE_READ_ADVERTISING_SETS = 0x203B,
    LE_EXTENDED_SCAN_PARAMETERS = 0x2041, LE_EXTENDED_SCAN_ENABLE = 0x2042,
};
enum {
    SUCCESS = 0x00, UNKNOWN_COMMAND = 0x01, MEMORY_FULL = 0x07, DISALLOWED = 0x0C, UNSUPPORTED = 0x11, INVALID_PARAMETERS = 0x12,
};
enum { PHY_BIT_1M = 1, PHY_BIT_CODED = 4 };

void controller_reset(struct controller *c) {
    c->dialect = DIALECT_NONE;
    c->event_mask = 0x00001FFFFFFFFFFFu;   // the specification's default, which leaves LE Meta out
    c->le_event_mask = 0x1F;
    c->random_address_set = c->scanning = c->parameters_set = c->active = c->filter_duplicates = 0;
    c->filter_policy = 0;
    c->accept_list.count = 0;
    c->connection.pending = 0;
    c->own_address_type = 0;
    c->phys = PHY_BIT_1M;
}

void controller_start(struct controller *c, struct link *link, FILE *truth) {
    c->link = link;
    reporter_start(&c->reporter, link, truth);
    controller_reset(c);
}

static uint64_t get64(const uint8_t *from, size_t count) {
    uint64_t value = 0;
    for (size_t i = 0; i < count && i < 8; i++) value |= (uint64_t)from[i] << 8 * i;
    return value;
}

static int scan_timing_is_valid(unsigned type, unsigned interval, unsigned window, unsigned interval_max) {
    return type <= 1 && interval >= 4 && interval <= interval_max && window >= 4 && window <= interval;
}

static uint8_t legacy_parameters(struct controller *c, const uint8_t *p, size_t count) {
    if (c->scanning) return DISALLOWED;
    if (count != 7 || !scan_timing_is_valid(p[0], get16(p + 1), get16(p + 3), 0x4000) || p[5] > 3 || p[6] > 3)
        return INVALID_PARAMETERS;
    c->active = p[0];
    c->own_address_type = p[5];
    c->filter_policy = p[6] & 1;   // 2 and 3 concern directed advertisements
    c->phys = PHY_BIT_1M;
    c->parameters_set = 1;
    return SUCCESS;
}

static uint8_t extended_parameters(struct controller *c, const uint8_t *p, size_t count) {
    if (c->scanning) return DISALLOWED;
    if (count < 3 || p[0] > 3 || p[1] > 3 || !p[2]) return INVALID_PARAMETERS;
    if (p[2] & ~(PHY_BIT_1M | (c->coded ? PHY_BIT_CODED : 0))) return UNSUPPORTED;
    size_t phys = (p[2] & PHY_BIT_1M ? 1 : 0) + (p[2] & PHY_BIT_CODED ? 1 : 0);
    if (count != 3 + 5 * phys) return INVALID_PARAMETERS;
    for (const uint8_t *phy = p + 3; phy < p + count; phy += 5)
        if (!scan_timing_is_valid(phy[0], get16(phy + 1), get16(phy + 3), 0xFFFF)) return INVALID_PARAMETERS;
    c->active = p[3];
    c->own_address_type = p[0];
    c->filter_policy = p[1] & 1;
    c->phys = p[2];
    c->parameters_set = 1;
    return SUCCESS;
}

static uint8_t scan_enable(struct controller *c, const uint8_t *p, size_t count, size_t expected) {
    if (count != expected || p[0] > 1 || p[1] > 2) return INVALID_PARAMETERS;
    if (p[0] && (c->own_address_type & 1) && !c->random_address_set) return INVALID_PARAMETERS;
    c->scanning = p[0];
    if (p[0]) c->filter_duplicates = p[1];
    c->seen_count = 0;
    return SUCCESS;
}

// Legacy and extended scan commands exclude each other until the next Reset.
static uint8_t speak(struct controller *c, int dialect) {
    if (dialect == DIALECT_EXTENDED && !c->extended) return UNKNOWN_COMMAND;
    if (c->dialect != DIALECT_NONE && (int)c->dialect != dialect) return DISALLOWED;
    c->dialect = dialect;
    return SUCCESS;
}

static uint8_t scan_command(struct controller *c, unsigned opcode, const uint8_t *p, size_t count) {
    int extended = opcode == LE_EXTENDED_SCAN_PARAMETERS || opcode == LE_EXTENDED_SCAN_ENABLE;
    uint8_t status = speak(c, extended ? DIALECT_EXTENDED : DIALECT_LEGACY);
    if (status) return status;
    switch (opcode) {
    case LE_SCAN_PARAMETERS: return legacy_parameters(c, p, count);
    case LE_EXTENDED_SCAN_PARAMETERS: return extended_parameters(c, p, count);
    default: return scan_enable(c, p, count, extended ? 6 : 2);
    }
}

// The list may not change while a scan goes by it.
static uint8_t accept_list_command(struct controller *c, unsigned opcode, const uint8_t *p, size_t count) {
    if (c->scanning && c->filter_policy) return DISALLOWED;
    if (opcode == LE_CLEAR_ACCEPT_LIST) {
        c->accept_list.count = 0;
        return SUCCESS;
    }
    if (count != ACCEPT_ENTRY || (p[0] > 1 && p[0] != 0xFF)) return INVALID_PARAMETERS;
    if (opcode == LE_REMOVE_FROM_ACCEPT_LIST) accept_list_remove(&c->accept_list, p);
    else if (!accept_list_add(&c->accept_list, p)) return MEMORY_FULL;
    return SUCCESS;
}

// Appends the return parameters after the status; what is not listed returns 70 zero octets.
static void return_parameters(const struct controller *c, unsigned opcode, struct bytes *b) {
    switch (opcode) {
    case READ_VERSION:
        put8(b, c->extended ? 0x0A : 0x08);   // 5.1 or 4.2
        put16(b, 1);
        put8(b, c->extended ? 0x0A : 0x08);
        put16(b, 0x05F1);
        put16(b, 1);
        break;
    case READ_COMMANDS: {
        uint8_t supported[64] = {[5] = 0xC0, [14] = 0xA8, [15] = 0x02, [25] = 0x17, [26] = 0xFC, [27] = 0x03, [28] = 0x08};
        if (c->extended) supported[37] = 0xE0;
        put(b, supported, sizeof supported);
        break;
    }
    case READ_FEATURES:
        put(b, (const uint8_t[8]){[4] = 0x60}, 8);   // LE, no BR/EDR
        break;
    case READ_BUFFER_SIZE:
        put16(b, 251), put8(b, 0), put16(b, 8), put16(b, 0);
        break;
    case READ_ADDRESS:
        for (int i = 0; i < 6; i++) put8(b, (unsigned)(c->address >> 8 * i));
        break;
    case LE_READ_BUFFER_SIZE:
        put16(b, 251), put8(b, 8);
        break;
    case LE_READ_FEATURES:
        put(b, (const uint8_t[8]){0, (uint8_t)((c->extended ? 0x10 : 0) | (c->coded ? 0x08 : 0))}, 8);
        break;
    case LE_READ_ACCEPT_LIST_SIZE:
        put8(b, c->accept_list.size);
        break;
    case LE_READ_STATES:
        put(b, (const uint8_t[8]){0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x03}, 8);
        break;
    case LE_READ_MAX_ADVERTISING_DATA:
        put16(b, ADVERT_MAX);
        break;
    case LE_READ_ADVERTISING_SETS:
        put8(b, 1);
        break;
    case RESET: case SET_EVENT_MASK: case LE_SET_EVENT_MASK: case LE_SET_RANDOM_ADDRESS:
    case LE_SCAN_PARAMETERS: case LE_SCAN_ENABLE: case LE_EXTENDED_SCAN_PARAMETERS: case LE_EXTENDED_SCAN_ENABLE:
    case LE_CLEAR_ACCEPT_LIST: case LE_ADD_TO_ACCEPT_LIST: case LE_REMOVE_FROM_ACCEPT_LIST: case LE_CREATE_CONNECTION_CANCEL:
        break;
    default:
        put(b, (const uint8_t[70]){0}, 70);
    }
}

static uint8_t carry_out(struct controller *c, unsigned opcode, const uint8_t *p, size_t count) {
    if (opcode == c->refused && c->refusals) {
        c->refusals--;
        return c->refusal;
    }
    switch (opcode) {
    case RESET:
        controller_reset(c);
        return SUCCESS;
    case SET_EVENT_MASK:
        c->event_mask = get64(p, count);
        return SUCCESS;
    case LE_SET_EVENT_MASK:
        c->le_event_mask = get64(p, count);
        return SUCCESS;
    case LE_SET_RANDOM_ADDRESS:
        if (c->scanning) return DISALLOWED;
        c->random_address_set = 1;
        return SUCCESS;
    case LE_SCAN_PARAMETERS: case LE_SCAN_ENABLE: case LE_EXTENDED_SCAN_PARAMETERS: case LE_EXTENDED_SCAN_ENABLE:
        return scan_command(c, opcode, p, count);
    case LE_CLEAR_ACCEPT_LIST: case LE_ADD_TO_ACCEPT_LIST: case LE_REMOVE_FROM_ACCEPT_LIST:
        return accept_list_command(c, opcode, p, count);
    case LE_CREATE_CONNECTION: case LE_EXTENDED_CREATE_CONNECTION: case LE_CREATE_CONNECTION_CANCEL:
        return connection_command(&c->connection, opcode, p, count);
    default:
        return SUCCESS;
    }
}

static int is_recorded(unsigned opcode) {
    switch (opcode) {
    case RESET: case LE_SET_RANDOM_ADDRESS:
    case LE_SCAN_PARAMETERS: case LE_SCAN_ENABLE: case LE_EXTENDED_SCAN_PARAMETERS: case LE_EXTENDED_SCAN_ENABLE:
    case LE_CLEAR_ACCEPT_LIST: case LE_ADD_TO_ACCEPT_LIST: case LE_REMOVE_FROM_ACCEPT_LIST:
    case LE_CREATE_CONNECTION: case LE_CREATE_CONNECTION_CANCEL: case LE_EXTENDED_CREATE_CONNECTION:
        return 1;
    default:
        return 0;
    }
}

static void record(struct controller *c, unsigned opcode, const uint8_t *p, size_t count, uint8_t status) {
    c->commands++;
    c->resets += opcode == RESET;
    unsigned i = 0;
    while (i < c->opcode_count && c->opcodes[i].opcode != opcode) i++;
    if (i == c->opcode_count && i < OPCODES_MAX) c->opcodes[c->opcode_count++].opcode = (uint16_t)opcode;
    if (i < OPCODES_MAX) c->opcodes[i].count++;
    if (!is_recorded(opcode)) return;
    struct command_record *r = &c->records[c->record_count++ % COMMANDS_LOGGED];
    *r = (struct command_record){.at_ns = c->link->now_ns, .opcode = (uint16_t)opcode, .status = status};
    r->length = (uint8_t)(count < sizeof r->parameters ? count : sizeof r->parameters);
    memcpy(r->parameters, p, r->length);
}

void controller_command(struct controller *c, const uint8_t *command, size_t count) {
    if (c->hung || count < 3 || count < 3u + command[2]) return;
    unsigned opcode = get16(command);
    report_flush(&c->reporter);
    uint8_t status = carry_out(c, opcode, command + 3, command[2]);
    record(c, opcode, command + 3, command[2], status);

    uint8_t packet[3 + 255];
    struct bytes b = {packet, 0, sizeof packet};
    put8(&b, H4_EVENT);
    if (connection_creates(opcode) || status == UNKNOWN_COMMAND) {   // these are answered with a Command Status
        put(&b, (const uint8_t[]){0x0F, 4, status, 1}, 4);
        put16(&b, opcode);
    } else {
        put(&b, (const uint8_t[]){0x0E, 0, 1}, 3);
        put16(&b, opcode);
        put8(&b, status);
        if (status == SUCCESS) return_parameters(c, opcode, &b);
        packet[2] = (uint8_t)(b.length - 3);
    }
    link_write(c->link, packet, b.length);
    if (status == SUCCESS) connection_answered(&c->connection, c->link, opcode);
}

static int is_accepted(const struct controller *c, const struct advert *a) {
    uint8_t entry[ACCEPT_ENTRY] = {a->address_type};
    memcpy(entry + 1, a->address, 6);
    return !c->filter_policy || accept_list_has(&c->accept_list, entry);
}

static int is_duplicate(struct controller *c, const struct advert *a) {
    uint8_t key[7];
    memcpy(key, a->address, 6);
    key[6] = a->pdu;
    unsigned known = c->seen_count < SEEN_MAX ? c->seen_count : SEEN_MAX;
    for (unsigned i = 0; i < known; i++)
        if (memcmp(c->seen[i], key, sizeof key) == 0) return 1;
    memcpy(c->seen[c->seen_count++ % SEEN_MAX], key, sizeof key);
    return 0;
}

enum event_kind controller_hears(struct controller *c, const struct advert *a) {
    enum event_kind kind = c->dialect == DIALECT_EXTENDED ? EVENT_EXTENDED : EVENT_LEGACY;
    int audible = c->scanning && !c->hung && (kind == EVENT_EXTENDED || a->pdu != EXT_ADV) &&
        (c->phys & (a->primary == PHY_CODED ? PHY_BIT_CODED : PHY_BIT_1M)) && (c->active || a->pdu != SCAN_RSP) &&
        (c->event_mask >> 61 & 1) && (c->le_event_mask >> (kind - 1) & 1);
    if (!audible) {
        c->unheard++;
        return EVENT_NONE;
    }
    if (!is_accepted(c, a)) {
        c->screened++;
        return EVENT_NONE;
    }
    return c->filter_duplicates && is_duplicate(c, a) ? EVENT_NONE : kind;
}
