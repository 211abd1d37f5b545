// The controller's filter accept list: the addresses that a scan with filter policy 1 lets through.
#ifndef ACCEPTLIST_H
#define ACCEPTLIST_H

#include "bytes.h"

enum { ACCEPT_LIST_MAX = 64, ACCEPT_ENTRY = 7 };   // an entry: address type, address as in HCI

struct accept_list {
    unsigned size, count;      // size: how many the controller offers room for
    uint8_t entries[ACCEPT_LIST_MAX][ACCEPT_ENTRY];
};

int accept_list_has(const struct accept_list *list, const uint8_t *entry);
// Returns 0 where the list is full. An entry that is there already stays there once.
int accept_list_add(struct accept_list *list, const uint8_t *entry);
void accept_list_remove(struct accept_list *list, const uint8_t *entry);

#endif
