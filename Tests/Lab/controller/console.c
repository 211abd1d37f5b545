#include "console.h"

#include "host.h"

static char *word(char **rest) {
    return strtok_r(NULL, " \t\r\n", rest);
}

struct option {
    const char *name;
    unsigned *value;
    unsigned minimum, maximum;
};

static const char *const burst_kinds[] = {"legacy", "extended", "mixed", "both", "anonymous", "coded", "empty", NULL};

// Pairs of a name and a number, or of "kind" and a kind's name. Returns 0 where something is not understood.
static int parse_options(char **rest, const struct option *options, enum burst_kind *kind) {
    for (char *name; (name = word(rest));) {
        char *value = word(rest), *end;
        if (!value) return 0;
        if (kind && strcmp(name, "kind") == 0) {
            int i = 0;
            while (burst_kinds[i] && strcmp(burst_kinds[i], value)) i++;
            if (!burst_kinds[i]) return 0;
            *kind = (enum burst_kind)i;
            continue;
        }
        const struct option *o = options;
        while (o->name && strcmp(o->name, name)) o++;
        unsigned long number = strtoul(value, &end, 0);
        if (!o->name || *end || number < o->minimum || number > o->maximum) return 0;
        *o->value = (unsigned)number;
    }
    return 1;
}

static int parse_count(char **rest, unsigned *value) {
    char *text = word(rest), *end;
    if (!text) return 0;
    *value = (unsigned)strtoul(text, &end, 0);
    return !*end && *value;
}

static unsigned late_p99_ms(const struct lab *lab) {
    unsigned total = 0, so_far = 0, ms = 0;
    for (int i = 0; i < LATE_MAX_MS; i++) total += lab->late_ms[i];
    while (ms < LATE_MAX_MS - 1 && (so_far += lab->late_ms[ms]) < total - total / 100) ms++;
    return ms;
}

static const char *start_traffic(struct lab *lab, const char *name, char **rest) {
    if (lab->traffic != TRAFFIC_NONE) return "error busy";
    memset(lab->late_ms, 0, sizeof lab->late_ms);
    if (strcmp(name, "burst") == 0) {
        struct burst b = {.rate = 500, .per_event = 1, .first = 1};
        const struct option options[] = {
            {"rate", &b.rate, 0, 1000000}, {"per-event", &b.per_event, 1, 25}, {"from", &b.first, 0, UINT32_MAX},
            {"addresses", &b.addresses, 0, UINT32_MAX}, {0}};
        if (!parse_count(rest, &b.count) || !parse_options(rest, options, &b.kind)) return "error burst";
        lab->burst = b;
        lab->traffic = TRAFFIC_BURST;
    } else if (strcmp(name, "fragments") == 0) {
        struct chains f = {.rate = 20, .advertisers = 4, .size = 600, .piece = FRAGMENT_MAX};
        const struct option options[] = {
            {"rate", &f.rate, 0, 1000000}, {"advertisers", &f.advertisers, 1, ADVERTISERS_MAX},
            {"size", &f.size, 8, ADVERT_MAX}, {"piece", &f.piece, 1, FRAGMENT_MAX}, {"truncate", &f.truncate, 0, 1000000},
            {"from", &f.first, 0, UINT32_MAX}, {0}};
        if (!parse_count(rest, &f.rounds) || !parse_options(rest, options, NULL)) return "error fragments";
        lab->chains = f;
        lab->traffic = TRAFFIC_CHAINS;
    } else {
        unsigned seconds;
        if (!parse_count(rest, &seconds)) return "error scene";
        lab->traffic = TRAFFIC_SCENE;
        lab->traffic_start = lab->link.now_ns - lab->scene.end;
        scene_extend(&lab->scene, seconds);
        lab->due = lab->traffic_start + scene_next(&lab->scene);
        return "ok";
    }
    lab->traffic_start = lab->due = lab->link.now_ns;
    return "ok";
}

void traffic_step(struct lab *lab) {
    int64_t late_ms = (lab->link.now_ns - lab->due) / 1000000;
    lab->late_ms[late_ms < LATE_MAX_MS ? late_ms : LATE_MAX_MS - 1]++;
    int64_t next = lab->traffic == TRAFFIC_BURST ? burst_step(&lab->burst, &lab->controller)
        : lab->traffic == TRAFFIC_CHAINS         ? chains_step(&lab->chains, &lab->controller)
                                                 : scene_step(&lab->scene, &lab->controller);
    lab->due = lab->traffic_start + next;
    if (next < 0) lab->traffic = TRAFFIC_NONE;
}

int parse_address(const char *text, uint64_t *address) {
    unsigned o[6];
    int end = 0;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", o, o + 1, o + 2, o + 3, o + 4, o + 5, &end) != 6 || text[end]) return 0;
    *address = 0;
    for (int i = 0; i < 6; i++) *address = *address << 8 | o[i];
    return 1;
}

// The octets of a hexadecimal text; -1 where it is none or too long.
static int parse_hex(const char *hex, uint8_t *to, int capacity) {
    int count = 0;
    for (unsigned octet; *hex; hex += 2) {
        if (count == capacity || !hex[1] || sscanf(hex, "%2x", &octet) != 1) return -1;
        to[count++] = (uint8_t)octet;
    }
    return count;
}

static const char *advertise(struct lab *lab, char **rest) {
    char *text = word(rest), *type = word(rest), *hex = word(rest);
    uint64_t address;
    uint8_t data[ADVERT_MAX];
    unsigned rate = 10, count = 0, pdu = ADV_IND;
    const struct option options[] = {{"rate", &rate, 1, 1000}, {"count", &count, 0, UINT32_MAX}, {"pdu", &pdu, 0, EXT_ADV}, {0}};
    if (!hex || !parse_address(text, &address) || !parse_options(rest, options, NULL)) return "error advertise";
    int is_public = strcmp(type, "public") == 0;
    int length = strcmp(hex, "-") == 0 ? 0 : parse_hex(hex, data, pdu == EXT_ADV ? ADVERT_MAX : LEGACY_MAX);
    struct device *d = devices_place(&lab->devices);
    if (length < 0 || (!is_public && strcmp(type, "random") != 0)) return "error advertise";
    if (!d) return "error too many devices";
    advert_start(&d->advert, (enum pdu)pdu, is_public ? ADDRESS_PUBLIC : ADDRESS_RANDOM, address);
    put(&d->advert.data, data, (size_t)length);
    d->rate = rate;
    d->count = count;
    d->sent = 0;
    d->start = d->due = lab->link.now_ns;
    return "ok";
}

static void hush(struct lab *lab) {
    devices_start(&lab->devices);
    lab->traffic = TRAFFIC_NONE;
    report_flush(&lab->controller.reporter);
}

static const char *refuse(struct lab *lab, char **rest) {
    char *opcode = word(rest), *status = word(rest), *times = word(rest);
    if (!opcode || !status) return "error refuse OPCODE STATUS [TIMES]";
    lab->controller.refused = (uint16_t)strtoul(opcode, NULL, 16);
    lab->controller.refusal = (uint8_t)strtoul(status, NULL, 16);
    lab->controller.refusals = times ? (unsigned)strtoul(times, NULL, 10) : UINT32_MAX;
    return "ok";
}

static const char *raw(struct lab *lab, char **rest) {
    uint8_t packet[1 + 2 + 255];
    char *hex = word(rest);
    int count = hex ? parse_hex(hex, packet, sizeof packet) : 0;
    if (count <= 0) return "error raw";
    link_write(&lab->link, packet, (size_t)count);
    return "ok";
}

static const char *plug(struct lab *lab, int present) {
    if (lab->link.file >= 0 || present == (lab->link.hci >= 0)) return "error no change";
    report_flush(&lab->controller.reporter);
    controller_reset(&lab->controller);
    if (present) link_plug(&lab->link);
    else link_unplug(&lab->link);
    return "ok";
}

static const char *scan_as_host(struct lab *lab, char **rest) {
    char *dialect = word(rest);
    if (lab->link.file < 0 || !dialect) return "error host legacy|extended, in a capture";
    host_scan(&lab->controller, strcmp(dialect, "extended") == 0);
    return "ok";
}

int console_run(struct lab *lab, char *line, FILE *out) {
    char *rest, *name = strtok_r(line, " \t\r\n", &rest);
    const char *answer = "ok";
    if (!name) return 1;
    if (strcmp(name, "burst") == 0 || strcmp(name, "fragments") == 0 || strcmp(name, "scene") == 0)
        answer = start_traffic(lab, name, &rest);
    else if (strcmp(name, "advertise") == 0) answer = advertise(lab, &rest);
    else if (strcmp(name, "hush") == 0) hush(lab);
    else if (strcmp(name, "refuse") == 0) answer = refuse(lab, &rest);
    else if (strcmp(name, "accept") == 0) lab->controller.refusals = 0;
    else if (strcmp(name, "hang") == 0) lab->controller.hung = 1;
    else if (strcmp(name, "resume") == 0) lab->controller.hung = 0;
    else if (strcmp(name, "unplug") == 0) answer = plug(lab, 0);
    else if (strcmp(name, "replug") == 0) answer = plug(lab, 1);
    else if (strcmp(name, "raw") == 0) answer = raw(lab, &rest);
    else if (strcmp(name, "host") == 0) answer = scan_as_host(lab, &rest);
    else if (strcmp(name, "quit") == 0) lab->quit = 1;
    else if (strcmp(name, "stats") == 0) {
        int busy = lab->traffic != TRAFFIC_NONE || devices_ending(&lab->devices) || link_queued(&lab->link);
        controller_stats(&lab->controller, busy, late_p99_ms(lab), out);
        return 1;
    } else if (strcmp(name, "commands") == 0) {
        controller_log(&lab->controller, out);
        return 1;
    } else answer = "error unknown command";
    int good = strcmp(answer, "ok") == 0;
    if (!good || lab->link.file < 0) fprintf(out, "%s\n", answer);   // a capture is made in silence
    fflush(out);
    return good;
}
