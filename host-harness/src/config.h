/* SPDX-License-Identifier: MIT */
/* What hl_config holds; see hl_host.h for the meaning of each setting. */
#ifndef HL_CONFIG_H
#define HL_CONFIG_H

#include <hl_host.h>

#define HL_SIZE_COUNT  4
#define HL_LIMIT_COUNT 3

struct hl_grant {
    const hl_provided *provided;
    void *context;
};

struct hl_config {
    enum hl_preset preset;
    uint64_t sizes[HL_SIZE_COUNT];
    bool size_is_set[HL_SIZE_COUNT];
    uint64_t limits[HL_LIMIT_COUNT];
    uint64_t timeout_ns;
    enum hl_backend backend;
    enum hl_abi abi;
    bool require_hypervisor;
    bool allow_startup_calls;
    bool fpu_each_call; /* upstream sets FPU state before every call */
    char version[32];   /* "" = version notes are not compared */
    uint32_t max_level;
    hl_log_fn *log;
    void *log_context;
    hl_debug_fn *debug;
    void *debug_context;
    hl_trace_fn *trace;
    void *trace_context;
    struct hl_grant *grants; /* sorted by name length, then bytes */
    size_t grant_count;
};

/* A copy with its own grants; NULL when out of memory. */
struct hl_config *config_copy(const struct hl_config *config);
/* The grant of that name, or NULL. */
const struct hl_grant *config_find_grant(const struct hl_config *config,
                                         hl_string name);

#endif /* HL_CONFIG_H */
