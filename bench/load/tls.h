/*
 * The few functions of OpenSSL that a client needs, found at run time.
 *
 * OpenSSL's headers are often not installed; the library is wherever a Python is that can speak TLS.
 */
#ifndef TLS_H
#define TLS_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

struct tls {
    const void *(*TLS_client_method)(void);
    void *(*SSL_CTX_new)(const void *);
    long (*SSL_CTX_ctrl)(void *, int, long, void *);
    void *(*SSL_new)(void *);
    int (*SSL_set_fd)(void *, int);
    int (*SSL_connect)(void *);
    int (*SSL_read)(void *, void *, int);
    int (*SSL_write)(void *, const void *, int);
    int (*SSL_get_error)(const void *, int);
    void *context;
};

enum { SSL_ERROR_WANT_READ = 2, SSL_ERROR_WANT_WRITE = 3, SSL_CTRL_MODE = 33 };

/* A write may take a part, and is tried again from another place in memory. */
enum { ENABLE_PARTIAL_WRITE = 1, ACCEPT_MOVING_WRITE_BUFFER = 2 };

static inline void *found(void *library, const char *name)
{
    void *function = dlsym(library, name);
    if (!function) {
        fprintf(stderr, "OpenSSL has no %s\n", name);
        exit(1);
    }
    return function;
}

/* Any certificate is taken: it is a server of ours on loopback, and we measure the cost of the cipher. */
static inline struct tls load_tls(void)
{
    void *library = dlopen("libssl.so.3", RTLD_NOW);
    if (!library)
        library = dlopen("libssl.so.1.1", RTLD_NOW);
    if (!library) {
        fprintf(stderr, "no libssl here: %s\n", dlerror());
        exit(1);
    }
    struct tls tls = {
        .TLS_client_method = found(library, "TLS_client_method"),
        .SSL_CTX_new = found(library, "SSL_CTX_new"),
        .SSL_CTX_ctrl = found(library, "SSL_CTX_ctrl"),
        .SSL_new = found(library, "SSL_new"),
        .SSL_set_fd = found(library, "SSL_set_fd"),
        .SSL_connect = found(library, "SSL_connect"),
        .SSL_read = found(library, "SSL_read"),
        .SSL_write = found(library, "SSL_write"),
        .SSL_get_error = found(library, "SSL_get_error"),
    };
    tls.context = tls.SSL_CTX_new(tls.TLS_client_method());
    tls.SSL_CTX_ctrl(tls.context, SSL_CTRL_MODE, ENABLE_PARTIAL_WRITE | ACCEPT_MOVING_WRITE_BUFFER, NULL);
    return tls;
}

#endif
