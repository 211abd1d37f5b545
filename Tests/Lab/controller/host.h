// The other end, for captures only: a host that starts scanning, recorded with the answers it gets.
#ifndef HOST_H
#define HOST_H

#include "controller.h"

// Reset, event masks, active scanning at 100 % duty with the given commands, on all PHYs the controller has.
void host_scan(struct controller *c, int extended);

#endif
