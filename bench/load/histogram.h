/*
 * Times in a histogram of fixed size: 64 steps for each power of two, so that a time is known within 1.6 %.
 *
 * An array of all times would grow while we measure, and its pages would be touched for the first time then.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#define STEPS 64
#define POWERS 40 /* up to 2^46 ns, about 19 hours */

struct histogram {
    uint64_t counts[POWERS * STEPS];
    uint64_t total;
    uint64_t largest;
};

static inline unsigned slot_of(uint64_t ns)
{
    if (ns < STEPS)
        return (unsigned)ns;
    int power = 57 - __builtin_clzll(ns); /* how far to shift until 64..127 are left */
    unsigned slot = (unsigned)power * STEPS + (unsigned)(ns >> power);
    return slot < POWERS * STEPS ? slot : POWERS * STEPS - 1;
}

/* The largest time that falls into a slot. */
static inline uint64_t upper_of(unsigned slot)
{
    if (slot < 2 * STEPS)
        return slot;
    unsigned power = slot / STEPS - 1;
    return ((uint64_t)(slot - power * STEPS + 1) << power) - 1;
}

static inline void note(struct histogram *h, uint64_t ns)
{
    h->counts[slot_of(ns)]++;
    h->total++;
    if (ns > h->largest)
        h->largest = ns;
}

/* The time that this share of all has not exceeded, in ms. */
static inline double percentile(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)((double)h->total * share), seen = 0;
    for (unsigned slot = 0; slot < POWERS * STEPS; slot++)
        if ((seen += h->counts[slot]) > wanted)
            return (double)(upper_of(slot) < h->largest ? upper_of(slot) : h->largest) / 1e6;
    return (double)h->largest / 1e6;
}

/* As a JSON object, in ms; null when nothing was noted. */
static inline void print_histogram(const char *name, const struct histogram *h)
{
    if (!h->total) {
        printf("\"%s\": null, ", name);
        return;
    }
    printf("\"%s\": {\"p50\": %.4f, \"p90\": %.4f, \"p99\": %.4f, \"p99.9\": %.4f, \"max\": %.4f}, ", name,
           percentile(h, 0.5), percentile(h, 0.9), percentile(h, 0.99), percentile(h, 0.999), (double)h->largest / 1e6);
}

#endif
