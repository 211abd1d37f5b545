/* libsystemd: the journal's native protocol, and the service manager. */
#ifndef CSYSTEMD_SHIM_H
#define CSYSTEMD_SHIM_H

/* Without this every call carries CODE_FILE and friends of the shim, which would be wrong for all of them. */
#define SD_JOURNAL_SUPPRESS_LOCATION 1
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#endif
