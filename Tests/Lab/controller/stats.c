#include "controller.h"

void controller_stats(const struct controller *c, int busy, unsigned late_p99_ms, FILE *out) {
    const struct reporter *r = &c->reporter;
    fprintf(out, "{\"events\":%ju,\"reports\":%ju,\"adverts\":%ju,\"fragments\":%ju,\"truncated\":%ju,\"unheard\":%ju,",
            (uintmax_t)r->events, (uintmax_t)r->reports, (uintmax_t)r->adverts, (uintmax_t)r->fragments,
            (uintmax_t)r->truncated, (uintmax_t)c->unheard);
    fprintf(out, "\"plugged\":%s,\"busy\":%s,\"late_p99_ms\":%u,\"scanning\":%s,\"dialect\":\"%s\",\"active\":%s,\"own_address_type\":%d,"
            "\"phys\":%d,\"filter_duplicates\":%d,\"commands\":%ju,\"scan_commands\":[",
            c->link->vhci >= 0 ? "true" : "false", busy ? "true" : "false", late_p99_ms, c->scanning ? "true" : "false",
            (const char *[]){"none", "legacy", "extended"}[c->dialect], c->active ? "true" : "false", c->own_address_type,
            c->phys, c->filter_duplicates, (uintmax_t)c->commands);
    uint64_t first = c->scan_command_count > COMMANDS_LOGGED ? c->scan_command_count - COMMANDS_LOGGED : 0;
    for (uint64_t i = first; i < c->scan_command_count; i++) {
        const struct command_record *s = &c->scan_commands[i % COMMANDS_LOGGED];
        fprintf(out, "%s{\"opcode\":\"%04X\",\"status\":%d,\"parameters\":\"", i > first ? "," : "", s->opcode, s->status);
        for (int k = 0; k < s->length; k++) fprintf(out, "%02x", s->parameters[k]);
        fputs("\"}", out);
    }
    fputs("]}\n", out);
    fflush(out);
}
