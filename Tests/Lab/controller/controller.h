// The model of a controller: answers HCI commands and knows whether it scans, how, and what it can therefore hear.
// It is as strict as real ones: parameters are refused while scanning, legacy and extended commands do not mix.
#ifndef CONTROLLER_H
#define CONTROLLER_H

#include <stdio.h>

#include "acceptlist.h"
#include "connection.h"
#include "report.h"

enum { COMMANDS_LOGGED = 256, SEEN_MAX = 64, OPCODES_MAX = 128 };

struct command_record {
    int64_t at_ns;
    uint16_t opcode;
    uint8_t status, length, parameters[32];   // longer ones are cut
};

struct controller {
    struct link *link;
    struct reporter reporter;
    uint64_t address;
    int extended, coded;       // abilities
    int hung;                  // answers nothing, hears nothing
    uint16_t refused;          // the next `refusals` commands of this opcode get `refusal` as their status
    uint8_t refusal;
    unsigned refusals;

    // What Reset forgets.
    enum { DIALECT_NONE, DIALECT_LEGACY, DIALECT_EXTENDED } dialect;
    uint64_t event_mask, le_event_mask;
    int random_address_set, scanning, parameters_set, active, filter_duplicates;
    uint8_t own_address_type, phys;   // phys: bit 0 1M, bit 2 Coded
    uint8_t filter_policy;     // 1: only advertisers of the accept list
    struct accept_list accept_list;
    uint8_t seen[SEEN_MAX][7];   // what the duplicate filter has let through
    unsigned seen_count;
    struct connection connection;

    uint64_t commands, unheard, screened;   // advertisements on air while not scanning for them; not on the accept list
    uint64_t resets;
    struct command_record records[COMMANDS_LOGGED];   // Reset and those that concern scanning and connecting, a ring
    uint64_t record_count;
    struct { uint16_t opcode; uint64_t count; } opcodes[OPCODES_MAX];   // every command, as often as it came
    unsigned opcode_count;
};

void controller_start(struct controller *c, struct link *link, FILE *truth);
// What Reset does, and a loss of power.
void controller_reset(struct controller *c);
// A command as the kernel writes it: opcode, length, parameters.
void controller_command(struct controller *c, const uint8_t *command, size_t count);
// The kind of event in which an advertisement would be reported now; EVENT_NONE, and counted, where it is not heard.
enum event_kind controller_hears(struct controller *c, const struct advert *a);
// One JSON line with state and counts; the traffic's state is the caller's knowledge.
void controller_stats(const struct controller *c, int busy, unsigned late_p99_ms, FILE *out);
// One JSON line: the last commands that concern scanning and connecting, each with its time and its status.
void controller_log(const struct controller *c, FILE *out);

#endif
