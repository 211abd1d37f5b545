/* Preloaded into the daemon by a test: the loop of the thread named HANG_THREAD stands still while the file HANG_FILE exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

static void hang(void) {
    const char *thread = getenv("HANG_THREAD");
    const char *file = getenv("HANG_FILE");
    char name[16] = "";
    prctl(PR_GET_NAME, name, 0, 0, 0);
    while (thread && file && strcmp(thread, name) == 0 && access(file, F_OK) == 0) usleep(10000);
}

int epoll_wait(int epoll, struct epoll_event *events, int size, int timeout) {
    static int (*real)(int, struct epoll_event *, int, int);
    if (!real) real = (int (*)(int, struct epoll_event *, int, int))dlsym(RTLD_NEXT, "epoll_wait");
    int count = real(epoll, events, size, timeout);
    hang();
    return count;
}

int ppoll(struct pollfd *descriptors, nfds_t size, const struct timespec *timeout, const sigset_t *signals) {
    static int (*real)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
    if (!real) real = (int (*)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *))dlsym(RTLD_NEXT, "ppoll");
    int count = real(descriptors, size, timeout, signals);
    hang();
    return count;
}
