#include "controller.h"

static const char *boolean(int value) {
    return value ? "true" : "false";
}

void controller_stats(const struct controller *c, int busy, unsigned late_p99_ms, FILE *out) {
    const struct reporter *r = &c->reporter;
    fprintf(out, "{\"events\":%ju,\"reports\":%ju,\"adverts\":%ju,\"fragments\":%ju,\"truncated\":%ju,\"unheard\":%ju,\"screened\":%ju,",
            (uintmax_t)r->events, (uintmax_t)r->reports, (uintmax_t)r->adverts, (uintmax_t)r->fragments,
            (uintmax_t)r->truncated, (uintmax_t)c->unheard, (uintmax_t)c->screened);
    fprintf(out, "\"plugged\":%s,\"busy\":%s,\"late_p99_ms\":%u,\"scanning\":%s,\"dialect\":\"%s\",\"active\":%s,\"own_address_type\":%d,"
            "\"phys\":%d,\"filter_duplicates\":%d,\"filter_policy\":%d,\"accept_list\":[",
            boolean(c->link->hci >= 0), boolean(busy), late_p99_ms, boolean(c->scanning),
            (const char *[]){"none", "legacy", "extended"}[c->dialect], boolean(c->active), c->own_address_type,
            c->phys, c->filter_duplicates, c->filter_policy);
    for (unsigned i = 0; i < c->accept_list.count; i++) {
        const uint8_t *e = c->accept_list.entries[i];
        fprintf(out, "%s\"%d %02X:%02X:%02X:%02X:%02X:%02X\"", i ? "," : "", e[0], e[6], e[5], e[4], e[3], e[2], e[1]);
    }
    fprintf(out, "],\"resets\":%ju,\"commands\":%ju,\"opcodes\":{", (uintmax_t)c->resets, (uintmax_t)c->commands);
    for (unsigned i = 0; i < c->opcode_count; i++)
        fprintf(out, "%s\"%04X\":%ju", i ? "," : "", c->opcodes[i].opcode, (uintmax_t)c->opcodes[i].count);
    fputs("}}\n", out);
    fflush(out);
}

void controller_log(const struct controller *c, FILE *out) {
    uint64_t first = c->record_count > COMMANDS_LOGGED ? c->record_count - COMMANDS_LOGGED : 0;
    fputc('[', out);
    for (uint64_t i = first; i < c->record_count; i++) {
        const struct command_record *r = &c->records[i % COMMANDS_LOGGED];
        fprintf(out, "%s{\"at\":%.3f,\"opcode\":\"%04X\",\"status\":%d,\"parameters\":\"", i > first ? "," : "", (double)r->at_ns / 1e9,
                r->opcode, r->status);
        for (int k = 0; k < r->length; k++) fprintf(out, "%02x", r->parameters[k]);
        fputs("\"}", out);
    }
    fputs("]\n", out);
    fflush(out);
}
