#define _GNU_SOURCE
#include "call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "usage.h"

/* The key of RFC 6455 section 1.3 and its answer: any key will do, and with this one no SHA-1 is needed here. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ANSWER "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define CONNECTED "{\"event\":\"websocket:connected\",\"content-type\":\"audio/l16;rate=%zu\"}"

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

/* In front of each frame's audio. The rest is noise, another piece of it for each call and frame. */
struct stamp {
    uint32_t call, sequence;
    uint64_t sent; /* ns */
};

static unsigned char noise[65536 + LARGEST_AUDIO];

static void make_noise(void)
{
    uint64_t x = 88172645463325252u; /* xorshift64: any bytes without a pattern will do */
    for (size_t i = 0; i < sizeof noise; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        noise[i] = (unsigned char)x;
    }
}

static const unsigned char *noise_of(uint32_t call, uint32_t sequence)
{
    return noise + (call * 7919u + sequence * 31u) % 65536u;
}

static void end(struct call *call, struct shared *shared, const char *why)
{
    if (call->fd < 0)
        return;
    if (!shared->ended++)
        snprintf(shared->first_end, sizeof shared->first_end, "%s", why);
    close(call->fd); /* takes it out of the epoll set as well */
    call->fd = -1;
}

/* -1 when nothing can be done now, -2 when the call is over. */
static ssize_t blocked(const struct call *call, const struct shared *shared, ssize_t got)
{
    if (call->ssl) {
        int error = shared->tls->SSL_get_error(call->ssl, (int)got);
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : -2;
    }
    return got < 0 && errno == EAGAIN ? -1 : -2;
}

static ssize_t put(struct call *call, struct shared *shared, const void *data, size_t length)
{
    ssize_t taken = call->ssl ? shared->tls->SSL_write(call->ssl, data, (int)length)
                              : send(call->fd, data, length, MSG_NOSIGNAL);
    return taken > 0 ? taken : blocked(call, shared, taken);
}

static ssize_t get(struct call *call, struct shared *shared, void *data, size_t length)
{
    ssize_t got =
        call->ssl ? shared->tls->SSL_read(call->ssl, data, (int)length) : recv(call->fd, data, length, 0);
    return got > 0 ? got : blocked(call, shared, got);
}

static void put_or_keep(struct call *call, struct shared *shared, const unsigned char *data, size_t length)
{
    if (call->fd < 0)
        return;
    if (call->unsent_length || !length) {
        call->unsent = realloc(call->unsent, call->unsent_length + length + 1);
        memcpy(call->unsent + call->unsent_length, data, length);
        call->unsent_length += length;
        data = call->unsent;
        length = call->unsent_length;
    }
    ssize_t taken = length ? put(call, shared, data, length) : 0;
    if (taken == -2) {
        end(call, shared, "the connection was reset");
        return;
    }
    size_t left = length - (taken > 0 ? (size_t)taken : 0);
    if (left && data != call->unsent)
        call->unsent = realloc(call->unsent, left);
    if (left)
        memmove(call->unsent, data + (length - left), left);
    call->unsent_length = left;
}

/* Write header and masked payload (a copy is masked, 8 bytes at a time); returns the length of the frame. */
static size_t mask_into(unsigned char *frame, int opcode, const unsigned char *payload, size_t length, uint32_t key)
{
    size_t header = length < 126 ? 2 : 4;
    uint64_t mask = (uint64_t)key << 32 | key, word;
    frame[0] = (unsigned char)(0x80 | opcode);
    frame[1] = (unsigned char)(0x80 | (length < 126 ? length : 126));
    if (header == 4)
        frame[2] = (unsigned char)(length >> 8), frame[3] = (unsigned char)length;
    memcpy(frame + header, &key, 4);
    unsigned char *to = frame + header + 4;
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        memcpy(&word, payload + i, 8);
        word ^= mask;
        memcpy(to + i, &word, 8);
    }
    for (; i < length; i++)
        to[i] = payload[i] ^ ((unsigned char *)&mask)[i % 8];
    return header + 4 + length;
}

void send_frame(struct call *call, struct shared *shared)
{
    unsigned char audio[LARGEST_AUDIO], frame[LARGEST_AUDIO + 16];
    struct stamp stamp = {call->number, call->sequence, ns_of(CLOCK_MONOTONIC)};
    memcpy(audio, &stamp, sizeof stamp);
    memcpy(audio + sizeof stamp, noise_of(call->number, call->sequence), shared->audio - sizeof stamp);
    call->sequence++;
    shared->sent++;
    put_or_keep(call, shared, frame, mask_into(frame, BINARY, audio, shared->audio, call->key));
}

static void check(struct call *call, struct shared *shared, const unsigned char *payload, size_t length)
{
    struct stamp stamp = {0};
    shared->returned++;
    call->returned++;
    if (length == shared->audio)
        memcpy(&stamp, payload, sizeof stamp);
    if (length != shared->audio || stamp.call != call->number || stamp.sequence >= call->sequence ||
        memcmp(payload + sizeof stamp, noise_of(call->number, stamp.sequence), length - sizeof stamp) != 0) {
        shared->altered++;
        return;
    }
    if (stamp.sequence < call->awaited)
        shared->disordered++; /* one that was overtaken, or has come before */
    else
        call->awaited = stamp.sequence + 1;
    if (stamp.sent >= shared->from && stamp.sent < shared->to)
        note(&shared->trips, ns_of(CLOCK_MONOTONIC) - stamp.sent);
    if (shared->closed && shared->is_sending)
        send_frame(call, shared);
}

static void take_frame(struct call *call, struct shared *shared, int opcode, const unsigned char *payload, size_t length)
{
    unsigned char frame[256];
    char why[64];
    if (opcode == BINARY)
        check(call, shared, payload, length);
    else if (opcode == PING && length < 126)
        put_or_keep(call, shared, frame, mask_into(frame, PONG, payload, length, call->key));
    else if (opcode == CLOSE) {
        int code = length >= 2 ? payload[0] << 8 | payload[1] : 1005;
        snprintf(why, sizeof why, "the server closed it with %d", code);
        end(call, shared, why);
    }
}

/* Take whole frames off what was read; the beginning of another stays. Servers do not mask. */
static void take_frames(struct call *call, struct shared *shared)
{
    unsigned char *data = call->unread;
    size_t at = 0, held = call->held;
    while (call->fd >= 0 && held - at >= 2) {
        size_t header = data[at + 1] == 126 ? 4 : 2, length = data[at + 1];
        if (length > 126)
            return end(call, shared, "a frame that is masked, or of more than 64 KiB");
        if (held - at < header)
            break;
        if (header == 4)
            length = (size_t)data[at + 2] << 8 | data[at + 3];
        if (header + length > UNREAD_SIZE)
            return end(call, shared, "a frame of more than 16 KiB");
        if (held - at < header + length)
            break;
        take_frame(call, shared, data[at] & 0x0f, data + at + header, length);
        at += header + length;
    }
    memmove(data, data + at, held - at);
    call->held = held - at;
}

void receive(struct call *call, struct shared *shared)
{
    ssize_t got;
    do {
        got = get(call, shared, call->unread + call->held, UNREAD_SIZE - call->held);
        if (got == -2)
            return end(call, shared, "the server closed the connection");
        if (got > 0) {
            call->held += (size_t)got;
            take_frames(call, shared);
        }
        /* TLS may hold decrypted bytes of which no event tells */
    } while (call->ssl && got > 0 && call->fd >= 0);
    if (call->unsent_length)
        put_or_keep(call, shared, call->unsent, 0);
}

int is_done(const struct call *call)
{
    return call->fd < 0 || call->returned >= call->sequence;
}

static void refuse(const struct call *call, const char *what)
{
    fprintf(stderr, "call %u: %s: %s\n", call->number, what, strerror(errno));
    exit(1);
}

static void connect_socket(struct call *call, struct shared *shared)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)shared->port)};
    struct timeval patience = {.tv_sec = 10};
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    call->fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(call->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(call->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (call->fd < 0 || connect(call->fd, (struct sockaddr *)&address, sizeof address))
        refuse(call, "no connection");
    if (shared->tls) {
        call->ssl = shared->tls->SSL_new(shared->tls->context);
        shared->tls->SSL_set_fd(call->ssl, call->fd);
        if (shared->tls->SSL_connect(call->ssl) != 1)
            refuse(call, "no TLS handshake");
    }
}

static void upgrade(struct call *call, struct shared *shared)
{
    unsigned char *answer = call->unread, *over = NULL;
    char request[512];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n\r\n",
                          shared->path, shared->port);
    if (put(call, shared, request, (size_t)length) != length)
        refuse(call, "the request was not taken");
    while (!(over = memmem(answer, call->held, "\r\n\r\n", 4))) {
        ssize_t got = get(call, shared, answer + call->held, UNREAD_SIZE - 1 - call->held);
        if (got <= 0)
            refuse(call, "no answer to the upgrade");
        call->held += (size_t)got;
    }
    *over = '\0';
    if (!strstr((char *)answer, " 101 ") || !strstr((char *)answer, ANSWER))
        refuse(call, (char *)answer);
    call->held -= (size_t)(over + 4 - answer);
    memmove(answer, over + 4, call->held);
}

void open_call(struct call *call, struct shared *shared, uint32_t number)
{
    unsigned char frame[256];
    char text[128];
    if (!noise[0])
        make_noise();
    *call = (struct call){.number = number, .key = 0x9e3779b9u * (number + 1)};
    connect_socket(call, shared);
    upgrade(call, shared);
    fcntl(call->fd, F_SETFL, O_NONBLOCK);
    int length = snprintf(text, sizeof text, CONNECTED, shared->audio * 25);
    put_or_keep(call, shared, frame, mask_into(frame, TEXT, (unsigned char *)text, (size_t)length, call->key));
}
