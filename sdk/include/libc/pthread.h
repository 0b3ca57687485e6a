/* SPDX-License-Identifier: MIT */
/*
 * POSIX threads for code that is written for one thread or more: a guest has
 * exactly one, so locks are always free, and starting a second thread or
 * waiting for one is a compile error.
 */
#ifndef HL_LIBC_PTHREAD_H
#define HL_LIBC_PTHREAD_H

#include <errno.h>
#include <sys/types.h>
#include <time.h>

#define HL_LIBC_NO_THREAD __attribute__((unavailable("a guest has one thread")))

typedef int hl_pthread_object;
typedef hl_pthread_object pthread_t;
typedef hl_pthread_object pthread_attr_t;
typedef hl_pthread_object pthread_mutex_t;
typedef hl_pthread_object pthread_mutexattr_t;
typedef hl_pthread_object pthread_rwlock_t;
typedef hl_pthread_object pthread_cond_t;
typedef hl_pthread_object pthread_condattr_t;
typedef hl_pthread_object pthread_once_t;

#define PTHREAD_MUTEX_INITIALIZER  0
#define PTHREAD_RWLOCK_INITIALIZER 0
#define PTHREAD_COND_INITIALIZER   0
#define PTHREAD_ONCE_INIT          0
#define PTHREAD_MUTEX_NORMAL       0
#define PTHREAD_MUTEX_RECURSIVE    1
#define PTHREAD_MUTEX_ERRORCHECK   2

/* All of them succeed: nobody else can hold a lock. */
#define HL_LIBC_LOCK_FUNCTION(name)                                            \
    static inline int name(hl_pthread_object *lock)                            \
    {                                                                          \
        (void)lock;                                                            \
        return 0;                                                              \
    }
HL_LIBC_LOCK_FUNCTION(pthread_mutex_lock)
HL_LIBC_LOCK_FUNCTION(pthread_mutex_trylock)
HL_LIBC_LOCK_FUNCTION(pthread_mutex_unlock)
HL_LIBC_LOCK_FUNCTION(pthread_mutex_destroy)
HL_LIBC_LOCK_FUNCTION(pthread_mutexattr_init)
HL_LIBC_LOCK_FUNCTION(pthread_mutexattr_destroy)
HL_LIBC_LOCK_FUNCTION(pthread_rwlock_rdlock)
HL_LIBC_LOCK_FUNCTION(pthread_rwlock_wrlock)
HL_LIBC_LOCK_FUNCTION(pthread_rwlock_unlock)
HL_LIBC_LOCK_FUNCTION(pthread_rwlock_destroy)
HL_LIBC_LOCK_FUNCTION(pthread_cond_signal)
HL_LIBC_LOCK_FUNCTION(pthread_cond_broadcast)
HL_LIBC_LOCK_FUNCTION(pthread_cond_destroy)
#undef HL_LIBC_LOCK_FUNCTION

#define HL_LIBC_INIT_FUNCTION(name)                                            \
    static inline int name(hl_pthread_object *object,                          \
                           const hl_pthread_object *attributes)                \
    {                                                                          \
        (void)attributes;                                                      \
        *object = 0;                                                           \
        return 0;                                                              \
    }
HL_LIBC_INIT_FUNCTION(pthread_mutex_init)
HL_LIBC_INIT_FUNCTION(pthread_rwlock_init)
HL_LIBC_INIT_FUNCTION(pthread_cond_init)
#undef HL_LIBC_INIT_FUNCTION

static inline int pthread_mutexattr_settype(hl_pthread_object *attributes,
                                            int type)
{
    *attributes = type;
    return 0;
}

static inline int pthread_once(hl_pthread_object *once, void (*start)(void))
{
    if (*once == 0) {
        *once = 1;
        start();
    }
    return 0;
}

static inline hl_pthread_object pthread_self(void)
{
    return 1;
}

static inline int pthread_equal(hl_pthread_object a, hl_pthread_object b)
{
    return a == b;
}

int pthread_create(hl_pthread_object *thread,
                   const hl_pthread_object *attributes, void *(*start)(void *),
                   void *argument) HL_LIBC_NO_THREAD;
int pthread_join(hl_pthread_object thread, void **result) HL_LIBC_NO_THREAD;
int pthread_cond_wait(hl_pthread_object *condition,
                      hl_pthread_object *mutex) HL_LIBC_NO_THREAD;
int pthread_cond_timedwait(hl_pthread_object *condition,
                           hl_pthread_object *mutex,
                           const struct timespec *until) HL_LIBC_NO_THREAD;

#endif /* HL_LIBC_PTHREAD_H */
