/*
 * The load: calls against an echoing WebSocket server on loopback, one JSON object on standard output.
 *
 *     load --port 9000 --path /socket --calls 200 --seconds 5 --pid 1234
 *     load --port 9000 --path /socket --calls 100 --seconds 5 --closed
 *     load --port 9000 --path /socket --calls 2000 --seconds 2 --idle
 *
 * Open loop (the default): each call sends a frame every 20 ms by a clock that does not drift, whatever comes
 * back; the calls are spread evenly over those 20 ms. Closed loop: each call sends the next frame when an echo is
 * back. Idle: no frame at all. With --spin we never sleep: the server then pays nothing for waking us, as it would
 * for no peer on another machine, and we take a whole core. The server's CPU and how long it had no core are read at both ends of the measured
 * span, without connecting, warming up and waiting for the last echoes; and so are ours.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "call.h"
#include "usage.h"

#define FRAME_NS 20000000ull
#define DRAIN_NS 2000000000ull
#define EVENTS 128
#define TOGETHER 32 /* frames that leave before what came is read */

struct options {
    int calls, pid, idle, use_tls, spin;
    double warmup, seconds;
};

struct clock {
    uint64_t start;
    uint64_t next; /* which frame is due next: number % calls is the call, number / calls the turn */
};

struct report {
    struct usage server, own;
    uint64_t took, returned, rss_before, rss_after;
    struct histogram lateness;
};

static struct options options = {.calls = 100, .warmup = 1, .seconds = 5};
static struct shared shared = {.path = "/", .audio = 640};
static struct report report;
static struct call *calls;
static int set;

static const struct option words[] = {
    {"port", required_argument, NULL, 'p'},    {"path", required_argument, NULL, 'u'},
    {"calls", required_argument, NULL, 'n'},   {"pid", required_argument, NULL, 'i'},
    {"warmup", required_argument, NULL, 'w'},  {"seconds", required_argument, NULL, 's'},
    {"bytes", required_argument, NULL, 'b'},   {"closed", no_argument, &shared.closed, 1},
    {"idle", no_argument, &options.idle, 1},   {"tls", no_argument, &options.use_tls, 1},
    {"spin", no_argument, &options.spin, 1},   {NULL, 0, NULL, 0},
};

static int parse(int count, char **given)
{
    int word, is_good = 1;
    while ((word = getopt_long(count, given, "", words, NULL)) != -1)
        switch (word) {
        case 'p': shared.port = atoi(optarg); break;
        case 'u': shared.path = optarg; break;
        case 'n': options.calls = atoi(optarg); break;
        case 'i': options.pid = atoi(optarg); break;
        case 'w': options.warmup = atof(optarg); break;
        case 's': options.seconds = atof(optarg); break;
        case 'b': shared.audio = (size_t)atoi(optarg); break;
        case 0: break;
        default: is_good = 0;
        }
    return is_good && shared.port && shared.audio >= 126 && shared.audio <= LARGEST_AUDIO;
}

static uint64_t now_ns(void)
{
    return ns_of(CLOCK_MONOTONIC);
}

static uint64_t due_of(const struct clock *clock)
{
    uint64_t count = (uint64_t)options.calls;
    return clock->start + clock->next / count * FRAME_NS + clock->next % count * FRAME_NS / count;
}

/* epoll_wait knows milliseconds only, which is too coarse for 500 calls: a frame is due every 40 us. */
static int wait_until(uint64_t until, struct epoll_event *events)
{
    uint64_t now = now_ns(), left = until > now && !options.spin ? until - now : 0;
    struct timespec time = {.tv_sec = (time_t)(left / 1000000000u), .tv_nsec = (long)(left % 1000000000u)};
#ifdef SYS_epoll_pwait2
    static int is_missing;
    if (!is_missing) {
        long ready = syscall(SYS_epoll_pwait2, set, events, EVENTS, &time, NULL, 0);
        if (ready >= 0 || errno != ENOSYS)
            return (int)ready;
        is_missing = 1;
    }
#endif
    return epoll_wait(set, events, EVENTS, (int)(left / 1000000u)); /* spins for the rest of a millisecond */
}

static void serve_until(uint64_t until)
{
    struct epoll_event events[EVENTS];
    int ready = wait_until(until, events);
    for (int i = 0; i < ready; i++) {
        struct call *call = events[i].data.ptr;
        if (call->fd >= 0)
            receive(call, &shared);
    }
}

/* A few at a time: whoever is late must read as well, or the sockets fill and the lateness is for good. */
static void send_due(struct clock *clock, uint64_t until)
{
    uint64_t due, now;
    for (int n = 0; n < TOGETHER && (due = due_of(clock)) <= (now = now_ns()) && now < until; n++) {
        struct call *call = &calls[clock->next++ % (uint64_t)options.calls];
        if (now >= shared.from && now < shared.to)
            note(&report.lateness, now - due);
        if (call->fd >= 0)
            send_frame(call, &shared);
    }
}

static void serve_span(struct clock *clock, uint64_t until)
{
    int is_paced = !shared.closed && !options.idle && options.calls;
    while (now_ns() < until) {
        if (is_paced)
            send_due(clock, until);
        uint64_t due = is_paced ? due_of(clock) : until;
        serve_until(due < until ? due : until);
    }
}

static void start_closed(void)
{
    for (int i = 0; i < options.calls; i++)
        send_frame(&calls[i], &shared);
}

static void drain(void)
{
    uint64_t until = now_ns() + DRAIN_NS;
    int done = 0;
    while (done < options.calls && now_ns() < until) {
        serve_until(now_ns() + 10000000u);
        for (done = 0; done < options.calls && is_done(&calls[done]);)
            done++;
    }
}

static void measure(void)
{
    struct clock clock = {.start = now_ns() + 10000000u};
    shared.from = clock.start + (uint64_t)(options.warmup * 1e9);
    shared.to = shared.from + (uint64_t)(options.seconds * 1e9);
    shared.is_sending = 1;
    if (shared.closed)
        start_closed();
    serve_span(&clock, shared.from);
    struct usage server = usage_of(options.pid), own = usage_of(getpid());
    uint64_t began = now_ns(), returned = shared.returned;
    serve_span(&clock, shared.to);
    report.took = now_ns() - began;
    report.returned = shared.returned - returned;
    report.server = between(server, usage_of(options.pid));
    report.own = between(own, usage_of(getpid()));
    shared.is_sending = 0;
    drain();
    report.rss_after = rss_of(options.pid);
}

static void print_usage(const char *name, const struct usage *usage)
{
    printf("\"%s\": {\"cpu\": %.6f, \"waited\": %.6f, \"switches\": %llu}, ", name, (double)usage->cpu / 1e9,
           (double)usage->waited / 1e9, (unsigned long long)usage->switches);
}

static void print_report(void)
{
    uint64_t lost = 0;
    for (int i = 0; i < options.calls; i++)
        lost += calls[i].sequence > calls[i].returned ? calls[i].sequence - calls[i].returned : 0;
    printf("{\"calls\": %d, \"seconds\": %.6f, \"frames\": %llu, ", options.calls, (double)report.took / 1e9,
           (unsigned long long)report.returned);
    printf("\"sent\": %llu, \"returned\": %llu, \"lost\": %llu, ", (unsigned long long)shared.sent,
           (unsigned long long)shared.returned, (unsigned long long)lost);
    printf("\"altered\": %llu, \"disordered\": %llu, \"ended\": %llu, \"first_end\": \"%s\", ",
           (unsigned long long)shared.altered, (unsigned long long)shared.disordered,
           (unsigned long long)shared.ended, shared.first_end);
    print_histogram("trips", &shared.trips);
    print_histogram("lateness", &report.lateness);
    print_usage("server", &report.server);
    print_usage("load", &report.own);
    printf("\"rss_before\": %llu, \"rss_after\": %llu}\n", (unsigned long long)report.rss_before,
           (unsigned long long)report.rss_after);
}

static void open_calls(void)
{
    calls = calloc((size_t)options.calls + 1, sizeof *calls);
    set = epoll_create1(0);
    for (int i = 0; i < options.calls; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &calls[i]};
        open_call(&calls[i], &shared, (uint32_t)i);
        epoll_ctl(set, EPOLL_CTL_ADD, calls[i].fd, &event);
    }
}

int main(int count, char **given)
{
    if (!parse(count, given)) {
        fprintf(stderr, "usage: see the beginning of load.c; --bytes is from 126 to %d\n", LARGEST_AUDIO);
        return 2;
    }
    prctl(PR_SET_TIMERSLACK, 1); /* else the kernel may wake us 50 us late */
    struct tls tls;
    if (options.use_tls) {
        tls = load_tls();
        shared.tls = &tls;
    }
    report.rss_before = rss_of(options.pid);
    open_calls();
    measure();
    print_report();
    return 0;
}
