/*
 * The yardstick: a WebSocket server in C that echoes binary messages and does nothing else.
 *
 *     cc -O2 -o echo echo.c && ./echo 9000
 *
 * Non-blocking sockets in one epoll set, level-triggered, one thread. For each that is ready: one recv, whole
 * masked frames unmasked in place, one send. There are no limits, timers, pings, texts, fragments or log: what it
 * costs is about what the kernel asks for a frame that comes in and goes out, and the others are told as a
 * multiple of it. It is meant for loopback.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accept.h"

#define READ_SIZE 65536
#define EVENTS 256

struct bytes {
    unsigned char *data;
    size_t length;
};

/* One call. Both queues are empty nearly always: an audio frame comes whole and goes out whole. */
struct call {
    int fd;
    int upgraded;
    struct bytes unread; /* the beginning of a frame, or of the request */
    struct bytes unsent;
};

static int set;
static unsigned char buffer[READ_SIZE];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void append(struct bytes *to, const unsigned char *data, size_t length)
{
    if (!length)
        return;
    to->data = realloc(to->data, to->length + length);
    if (!to->data)
        die("realloc");
    memcpy(to->data + to->length, data, length);
    to->length += length;
}

static void empty(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

static void hang_up(struct call *call)
{
    close(call->fd);
    empty(&call->unread);
    empty(&call->unsent);
    free(call);
}

static void watch(struct call *call, uint32_t events, int operation)
{
    struct epoll_event event = {.events = events, .data.ptr = call};
    if (epoll_ctl(set, operation, call->fd, &event))
        die("epoll_ctl");
}

/* Send, and keep what the socket does not take. Returns 0 when the peer has gone. */
static int send_or_keep(struct call *call, const unsigned char *data, size_t length)
{
    ssize_t taken = 0;
    if (!call->unsent.length) {
        taken = send(call->fd, data, length, MSG_NOSIGNAL);
        if (taken < 0 && errno != EAGAIN)
            return 0;
        taken = taken < 0 ? 0 : taken;
        if ((size_t)taken < length)
            watch(call, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    }
    append(&call->unsent, data + taken, length - (size_t)taken);
    return 1;
}

static int send_kept(struct call *call)
{
    struct bytes kept = call->unsent;
    call->unsent = (struct bytes){0};
    watch(call, EPOLLIN, EPOLL_CTL_MOD);
    int is_there = send_or_keep(call, kept.data, kept.length);
    free(kept.data);
    return is_there;
}

/* The header of a frame: how long it is, and the payload; 0 while it has not come whole, or is none of a client's. */
static size_t header_of(const unsigned char *data, size_t length, size_t *payload)
{
    if (length < 2 || !(data[1] & 0x80))
        return 0;
    *payload = data[1] & 0x7f;
    if (*payload < 126)
        return 6;
    size_t digits = *payload == 126 ? 2 : 8;
    if (length < 2 + digits)
        return 0;
    *payload = 0;
    for (size_t i = 0; i < digits; i++)
        *payload = *payload << 8 | data[2 + i];
    return 6 + digits;
}

/* Unmask to a place before the source; both may overlap, since what is read lies ahead of what is written. */
static void unmask(unsigned char *to, const unsigned char *from, size_t length, const unsigned char *key)
{
    uint64_t mask, word;
    unsigned char twice[8];
    memcpy(twice, key, 4); /* a copy: the key itself lies where the payload goes */
    memcpy(twice + 4, key, 4);
    memcpy(&mask, twice, 8);
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        memcpy(&word, from + i, 8);
        word ^= mask;
        memcpy(to + i, &word, 8);
    }
    for (; i < length; i++)
        to[i] = from[i] ^ twice[i % 8];
}

/* Write the echo of a frame to a place at or before its own: the mask's 4 bytes are saved, so there is room. */
static size_t echo(unsigned char *to, unsigned char *frame, size_t header, size_t payload)
{
    size_t own = header - 4;
    unsigned char key[4];
    memcpy(key, frame + header - 4, 4);
    memmove(to, frame, own);
    to[1] &= 0x7f;
    unmask(to + own, frame + header, payload, key);
    return own + payload;
}

/* Echo all whole frames of what has come, by one send. Returns 0 when the call is over. */
static int take_frames(struct call *call, unsigned char *data, size_t length)
{
    size_t at = 0, out = 0, header, payload;
    int is_open = 1;
    while (is_open && (header = header_of(data + at, length - at, &payload)) && length - at >= header + payload) {
        int opcode = data[at] & 0x0f;
        if (opcode == 2)
            out += echo(data + out, data + at, header, payload);
        is_open = opcode != 8;
        at += header + payload;
    }
    if (out && !send_or_keep(call, data, out))
        return 0;
    append(&call->unread, data + at, length - at);
    return is_open;
}

static int take_request(struct call *call, unsigned char *data, size_t length)
{
    char answer[256], accept[ACCEPT_LENGTH + 1];
    unsigned char *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end) {
        append(&call->unread, data, length);
        return 1;
    }
    *end = '\0';
    char *key = strcasestr((char *)data, "sec-websocket-key:");
    if (!key)
        return 0;
    accept_of(key + 18 + strspn(key + 18, " "), accept);
    int size = snprintf(answer, sizeof answer,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                        accept);
    call->upgraded = 1;
    if (!send_or_keep(call, (unsigned char *)answer, (size_t)size))
        return 0;
    end += 4;
    return take_frames(call, end, length - (size_t)(end - data));
}

static int receive(struct call *call)
{
    size_t before = call->unread.length;
    if (before >= READ_SIZE)
        return 0; /* a frame that is larger than anything that is measured here */
    memcpy(buffer, call->unread.data ? call->unread.data : buffer, before);
    empty(&call->unread);
    ssize_t got = recv(call->fd, buffer + before, READ_SIZE - before, 0);
    if (got <= 0)
        return got < 0 && errno == EAGAIN;
    size_t length = before + (size_t)got;
    return (call->upgraded ? take_frames : take_request)(call, buffer, length);
}

static void take_call(int listener)
{
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct call *call = calloc(1, sizeof *call);
    if (!call)
        die("calloc");
    call->fd = fd;
    watch(call, EPOLLIN, EPOLL_CTL_ADD);
}

static int listen_on(const char *port)
{
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096))
        die("listen");
    return fd;
}

int main(int count, char **words)
{
    struct epoll_event events[EVENTS], event = {.events = EPOLLIN};
    if (count != 2)
        return fprintf(stderr, "usage: %s PORT\n", words[0]), 2;
    int listener = listen_on(words[1]);
    set = epoll_create1(0);
    epoll_ctl(set, EPOLL_CTL_ADD, listener, &event); /* no call: the one without data */
    puts("ready");
    fflush(stdout);
    for (;;) {
        int ready = epoll_wait(set, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct call *call = events[i].data.ptr;
            if (!call)
                take_call(listener);
            else if (((events[i].events & EPOLLOUT) && !send_kept(call)) ||
                     ((events[i].events & ~(uint32_t)EPOLLOUT) && !receive(call)))
                hang_up(call);
        }
    }
}
