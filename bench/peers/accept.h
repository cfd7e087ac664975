/*
 * Sec-WebSocket-Accept (RFC 6455 section 4.2.2): base64 of the SHA-1 of the client's key and a fixed salt.
 *
 * Written out here so that the yardstick builds with a compiler and nothing else: headers of a crypto library
 * are often not installed. It runs once for each call and is no part of what is measured.
 */
#ifndef ACCEPT_H
#define ACCEPT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ACCEPT_SALT "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define ACCEPT_LENGTH 28 /* base64 of 20 bytes */
#define KEY_LENGTH 24    /* base64 of 16 bytes */

static inline uint32_t rotated(uint32_t word, int by)
{
    return word << by | word >> (32 - by);
}

/* One block of 64 bytes of SHA-1 (FIPS 180-4 section 6.1.2). */
static inline void sha1_block(uint32_t state[5], const unsigned char *block)
{
    uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 16; t < 80; t++)
        w[t] = rotated(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    for (int t = 0; t < 80; t++) {
        uint32_t f = t < 20 ? (b & c) | (~b & d) : t < 40 || t >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
        uint32_t k = t < 20 ? 0x5a827999 : t < 40 ? 0x6ed9eba1 : t < 60 ? 0x8f1bbcdc : 0xca62c1d6;
        uint32_t next = rotated(a, 5) + f + e + k + w[t];
        e = d, d = c, c = rotated(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

static inline void base64_of_20(const unsigned char digest[21], char *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 21; i += 3) {
        uint32_t three = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 | digest[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            *out++ = letters[three >> shift & 63];
    }
    out[-1] = '='; /* 20 bytes leave one of three unused */
    *out = '\0';
}

/* The answer to a key of 24 characters, into ACCEPT_LENGTH + 1 bytes. */
static inline void accept_of(const char *key, char *out)
{
    unsigned char text[128] = {0}, digest[21] = {0};
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    int length = snprintf((char *)text, sizeof text, "%.*s" ACCEPT_SALT, KEY_LENGTH, key);
    text[length] = 0x80;
    text[126] = (unsigned char)(length * 8 >> 8); /* two blocks: 60 bytes, the mark, the length in bits */
    text[127] = (unsigned char)(length * 8);
    sha1_block(state, text);
    sha1_block(state, text + 64);
    for (int i = 0; i < 20; i++)
        digest[i] = (unsigned char)(state[i / 4] >> (24 - i % 4 * 8));
    base64_of_20(digest, out);
}

#endif
