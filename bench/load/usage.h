/*
 * What a process has had of the machine, read at both ends of the measured span.
 *
 * The CPU clock of a process counts user and system time of all its threads, as /proc/PID/stat does, in
 * nanoseconds and not in ticks of 10 ms.
 */
#ifndef USAGE_H
#define USAGE_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct usage {
    uint64_t cpu;      /* ns */
    uint64_t waited;   /* ns in which it was ready to run and had no core: others were at work there */
    uint64_t switches; /* how often it went to sleep: about how often it was woken */
};

static inline uint64_t ns_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The number behind a name in a file of /proc, or 0. */
static inline uint64_t named(const char *path, const char *name)
{
    char line[256];
    uint64_t value = 0;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, name, strlen(name)))
            value = strtoull(line + strlen(name), NULL, 10);
    if (file)
        fclose(file);
    return value;
}

static inline void add_thread(struct usage *usage, int pid, const char *thread)
{
    char path[384];
    unsigned long long ran = 0, waited = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, thread);
    FILE *file = fopen(path, "r");
    if (file) {
        if (fscanf(file, "%llu %llu", &ran, &waited) == 2)
            usage->waited += waited;
        fclose(file);
    }
    snprintf(path, sizeof path, "/proc/%d/task/%s/status", pid, thread);
    usage->switches += named(path, "voluntary_ctxt_switches:");
}

/* Everything of a process of which the pid is known; all 0 for pid 0. */
static inline struct usage usage_of(int pid)
{
    struct usage usage = {0};
    clockid_t clock;
    char path[64];
    if (!pid || clock_getcpuclockid(pid, &clock))
        return usage;
    usage.cpu = ns_of(clock);
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *threads = opendir(path);
    for (struct dirent *entry; threads && (entry = readdir(threads));)
        if (entry->d_name[0] != '.')
            add_thread(&usage, pid, entry->d_name);
    if (threads)
        closedir(threads);
    return usage;
}

static inline struct usage between(struct usage before, struct usage after)
{
    return (struct usage){after.cpu - before.cpu, after.waited - before.waited, after.switches - before.switches};
}

/* Resident memory in bytes. smaps_rollup counts; VmRSS of newer kernels is off by up to 64 pages for each core. */
static inline uint64_t rss_of(int pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    uint64_t kilobytes = pid ? named(path, "Rss:") : 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    return 1024 * (kilobytes || !pid ? kilobytes : named(path, "VmRSS:"));
}

#endif
