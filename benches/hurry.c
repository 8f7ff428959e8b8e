/* Makes the time of a process, and of what it starts, pass HURRY times as fast:
 * clocks run ahead, waits are as much shorter. For benches/endurance.sh.
 * Loaded with LD_PRELOAD; HURRY_FROM is the second since the epoch from which
 * the wall clock hurries, the same for all that talk to each other.
 * (libfaketime leaves epoll_wait as it is, in which an async program waits.) */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

static long long number(const char *name, long long otherwise) {
    const char *text = getenv(name);
    return text ? atoll(text) : otherwise;
}

static long long times(void) { return number("HURRY", 1); }

static const long long SECOND = 1000000000;

int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(clock, at);
    if (done || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID) return done;
    int is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    long long from = is_wall ? number("HURRY_FROM", 0) * SECOND : 0;
    long long since = at->tv_sec * SECOND + at->tv_nsec - from;
    long long now = from + since * times();
    at->tv_sec = now / SECOND;
    at->tv_nsec = now % SECOND;
    return 0;
}

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout) {
    static int (*real)(int, struct epoll_event *, int, int);
    if (!real) real = dlsym(RTLD_NEXT, "epoll_wait");
    int shorter = timeout <= 0 ? timeout : (int)((timeout + times() - 1) / times());
    return real(fd, events, most, shorter);
}

static struct timespec shorter(const struct timespec *wanted) {
    long long span = (wanted->tv_sec * SECOND + wanted->tv_nsec) / times();
    struct timespec less = {span / SECOND, span % SECOND};
    return less;
}

int nanosleep(const struct timespec *wanted, struct timespec *left) {
    static int (*real)(const struct timespec *, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "nanosleep");
    struct timespec less = shorter(wanted);
    return real(&less, left);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *left) {
    static int (*real)(clockid_t, int, const struct timespec *, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_nanosleep");
    struct timespec less = flags & TIMER_ABSTIME ? *wanted : shorter(wanted);
    return real(clock, flags, &less, left);
}
