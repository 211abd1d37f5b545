// vctl: a virtual Bluetooth LE controller for tests, on Linux's /dev/vhci or a serial line, or as the maker of a btsnoop capture.
//
//   vctl (--legacy | --extended [--coded]) [--transport vhci|uart] [--address AA:BB:CC:DD:EE:FF] [--accept-list SIZE] [--truth FILE]
//   vctl … --btsnoop FILE [--start UNIX_SECONDS] COMMAND…
//
// Live, commands are lines on standard input (console.h lists them). For a capture they are arguments, carried out one
// after the other in made-up time, so that the same commands give the same file, byte for byte.
// Without --transport it is /dev/vhci where the kernel has that, else hci_uart on a pseudoterminal.
// --truth FILE receives one JSON line for every advertisement written: what a scanner must come to know.
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "console.h"

static int64_t monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int write_capture(struct lab *lab, char **commands) {
    for (; *commands; commands++) {
        if (!console_run(lab, *commands, stderr)) return 0;
        int was_scene = lab->traffic == TRAFFIC_SCENE;
        while (lab->traffic != TRAFFIC_NONE) {
            lab->link.now_ns = lab->due;
            traffic_step(lab);
        }
        if (was_scene) lab->link.now_ns = lab->traffic_start + lab->scene.end;
    }
    return 1;
}

static void answer_kernel(struct lab *lab) {
    uint8_t packet[1 + 3 + 255 + 4096];
    for (size_t count; (count = link_read(&lab->link, packet, sizeof packet)) > 0;)
        if (packet[0] == H4_COMMAND) controller_command(&lab->controller, packet + 1, count - 1);
}

static void read_commands(struct lab *lab) {
    static char pending[4096];
    static size_t length;
    ssize_t count = read(STDIN_FILENO, pending + length, sizeof pending - 1 - length);
    if (count <= 0) {
        lab->quit = 1;
        return;
    }
    length += (size_t)count;
    pending[length] = 0;
    for (char *end; !lab->quit && (end = strchr(pending, '\n'));) {
        *end = 0;
        lab->link.now_ns = monotonic_ns();
        console_run(lab, pending, stdout);
        length -= (size_t)(end + 1 - pending);
        memmove(pending, end + 1, length + 1);
    }
    if (length == sizeof pending - 1) length = 0;
}

// The timer is set to the absolute time of the next packet, so that lateness never adds up.
static void set_timer(int timer, const struct lab *lab, int is_held) {
    struct itimerspec at = {0};
    int64_t due = is_held ? -1 : devices_next(&lab->devices);
    if (!is_held && lab->traffic != TRAFFIC_NONE && (due < 0 || lab->due < due)) due = lab->due;
    if (due >= 0) {
        at.it_value.tv_sec = due / 1000000000;
        at.it_value.tv_nsec = due % 1000000000;
    }
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void run_live(struct lab *lab) {
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    while (!lab->quit) {
        // What a line cannot take in time waits here, as it does in a controller.
        int is_full = link_queued(&lab->link) > UART_FULL;
        set_timer(timer, lab, is_full);
        struct pollfd waits[] = {{timer, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0},
                                 {lab->link.hci, POLLIN | (link_queued(&lab->link) ? POLLOUT : 0), 0}};
        if (poll(waits, 3, -1) < 0) continue;
        lab->link.now_ns = monotonic_ns();
        if (waits[2].revents & POLLOUT) link_flush(&lab->link);
        if (waits[2].revents & ~POLLOUT) answer_kernel(lab);
        if (waits[1].revents) read_commands(lab);
        // A backlog is sent in portions, so that the kernel's commands are answered in between.
        for (int i = 0; i < 32 && !is_full && lab->traffic != TRAFFIC_NONE && lab->due <= lab->link.now_ns; i++) traffic_step(lab);
        if (!is_full) devices_step(&lab->devices, &lab->controller, lab->link.now_ns);
        if (lab->controller.reporter.truth) fflush(lab->controller.reporter.truth);
    }
}

static int usage(void) {
    fputs("usage: vctl --legacy | --extended [--coded] [--transport vhci|uart] [--address AA:BB:CC:DD:EE:FF] [--accept-list SIZE]\n"
          "            [--truth FILE]\n"
          "       vctl … --btsnoop FILE [--start UNIX_SECONDS] COMMAND…\n", stderr);
    return 64;
}

int main(int count, char **arguments) {
    static struct lab lab = {.link = {.hci = -1, .file = -1}, .controller = {.address = 0x00AA01000001, .accept_list.size = 16}};
    static const struct option options[] = {
        {"legacy", no_argument, NULL, 'l'},         {"extended", no_argument, NULL, 'e'},
        {"coded", no_argument, NULL, 'c'},          {"address", required_argument, NULL, 'a'},
        {"truth", required_argument, NULL, 't'},    {"btsnoop", required_argument, NULL, 'b'},
        {"start", required_argument, NULL, 's'},    {"accept-list", required_argument, NULL, 'n'},
        {"transport", required_argument, NULL, 'r'}, {0}};
    const char *transport = NULL;
    const char *capture = NULL, *truth = NULL;
    uint64_t start_s = 1768127445;   // 2026-01-11T10:30:45Z
    for (int o; (o = getopt_long(count, arguments, "", options, NULL)) != -1;) switch (o) {
        case 'l': lab.controller.extended = 0; break;
        case 'e': lab.controller.extended = 1; break;
        case 'c': lab.controller.coded = lab.controller.extended = 1; break;
        case 'a': if (!parse_address(optarg, &lab.controller.address)) return usage(); break;
        case 'n': lab.controller.accept_list.size = (unsigned)strtoul(optarg, NULL, 10) % (ACCEPT_LIST_MAX + 1); break;
        case 't': truth = optarg; break;
        case 'b': capture = optarg; break;
        case 'r': transport = optarg; break;
        case 's': start_s = strtoull(optarg, NULL, 10); break;
        default: return usage();
    }
    if (transport && strcmp(transport, "vhci") && strcmp(transport, "uart")) return usage();
    lab.link.transport = !transport ? link_default_transport() : strcmp(transport, "uart") == 0 ? TRANSPORT_UART : TRANSPORT_VHCI;
    FILE *truth_file = truth ? fopen(truth, "w") : NULL;
    if (truth && !truth_file) {
        perror(truth);
        return 1;
    }
    controller_start(&lab.controller, &lab.link, truth_file);
    scene_start(&lab.scene);
    devices_start(&lab.devices);
    if (capture) {
        link_create_file(&lab.link, capture, start_s);
        if (!write_capture(&lab, arguments + optind)) return 64;
    } else {
        if (optind < count) return usage();
        link_plug(&lab.link);
        run_live(&lab);
    }
    return truth_file && fclose(truth_file) ? 1 : 0;
}
