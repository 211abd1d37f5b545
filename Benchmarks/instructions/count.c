/* A plugin of QEMU's user emulation that counts the instructions a program executes, its C library's and the loader's with them, and writes
   the sum to the file that COUNT_FILE names when the program ends.
   The declarations are those of QEMU's plugin interface of version 1 (QEMU 4.2 to 8), for which Debian 12 has no header. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef uint64_t plugin_id;
struct block;
extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct block *));
extern size_t qemu_plugin_tb_n_insns(const struct block *);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct block *, void (*)(unsigned, void *), int flags, void *);
extern void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { THREADS = 256, NO_REGISTERS = 0 };
/* One for each thread, a cache line apart: no two add to the same one. */
static struct { _Alignas(64) uint64_t instructions; } counts[THREADS];

static void executed(unsigned thread, void *instructions) { counts[thread % THREADS].instructions += (uintptr_t)instructions; }

static void translated(plugin_id id, struct block *block) {
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(block, executed, NO_REGISTERS, (void *)qemu_plugin_tb_n_insns(block));
}

static void ended(plugin_id id, void *context) {
    (void)id;
    (void)context;
    uint64_t sum = 0;
    for (int thread = 0; thread < THREADS; thread++) sum += counts[thread].instructions;
    FILE *file = fopen(getenv("COUNT_FILE"), "w");
    if (file && (fprintf(file, "%llu\n", (unsigned long long)sum) < 0 || fclose(file))) abort();
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info, int count, char **arguments) {
    (void)info;
    (void)count;
    (void)arguments;
    if (!getenv("COUNT_FILE")) return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
