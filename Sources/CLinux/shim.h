/* Linux calls that Swift's Glibc module leaves out. */
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* glibc's socket types are an enumeration, of which Swift sees only some from some files. */
static const int clinux_sock_stream = SOCK_STREAM;
static const int clinux_sock_raw = SOCK_RAW;
static const int clinux_sock_cloexec = SOCK_CLOEXEC;
static const int clinux_sock_nonblock = SOCK_NONBLOCK;

/* Variadic functions do not import into Swift. */
static inline int clinux_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

#endif
