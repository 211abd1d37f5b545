#include "acceptlist.h"

static unsigned find(const struct accept_list *list, const uint8_t *entry) {
    unsigned i = 0;
    while (i < list->count && memcmp(list->entries[i], entry, ACCEPT_ENTRY) != 0) i++;
    return i;
}

int accept_list_has(const struct accept_list *list, const uint8_t *entry) {
    return find(list, entry) < list->count;
}

int accept_list_add(struct accept_list *list, const uint8_t *entry) {
    if (accept_list_has(list, entry)) return 1;
    if (list->count == list->size) return 0;
    memcpy(list->entries[list->count++], entry, ACCEPT_ENTRY);
    return 1;
}

void accept_list_remove(struct accept_list *list, const uint8_t *entry) {
    unsigned i = find(list, entry);
    if (i == list->count) return;
    memcpy(list->entries[i], list->entries[--list->count], ACCEPT_ENTRY);
}
