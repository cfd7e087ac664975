/* One call: its socket, the frames that it sends, and whether each comes back as it left. */
#ifndef CALL_H
#define CALL_H

#include <stdint.h>

#include "histogram.h"
#include "tls.h"

#define UNREAD_SIZE 16384
#define LARGEST_AUDIO 4096

/* What all calls share, and what they have counted together. */
struct shared {
    const struct tls *tls; /* NULL for a plain socket */
    int port;
    const char *path;
    size_t audio;  /* bytes of a frame */
    int closed;    /* the next frame leaves when an echo is back */
    int is_sending;
    uint64_t from, to; /* the measured span: frames that were sent in it count for the round trips */
    struct histogram trips;
    uint64_t sent, returned, altered, disordered, ended;
    char first_end[64];
};

struct call {
    int fd;
    void *ssl;
    uint32_t number;
    uint32_t key;
    uint32_t sequence; /* of the next frame to send */
    uint32_t awaited;  /* of the next one to come back */
    uint64_t returned;
    size_t held;
    unsigned char unread[UNREAD_SIZE];
    unsigned char *unsent;
    size_t unsent_length;
};

/* Connect, upgrade, say the first text. Ends the program when the server refuses. */
void open_call(struct call *call, struct shared *shared, uint32_t number);

/* Send the next frame; what the socket does not take waits here, in order, and goes first the next time. */
void send_frame(struct call *call, struct shared *shared);

/* Take what has come and check it. */
void receive(struct call *call, struct shared *shared);

/* Whether everything that left has come back, or nothing more will. */
int is_done(const struct call *call);

#endif
