/* SPDX-License-Identifier: MIT */
/* hl_config: settings and grants of the sandboxes to come. */
#include <stdlib.h>
#include <string.h>

#include <hl/abi.h>
#include <hl/wire.h>
#include "config.h"

#define SIZE_MAX_BYTES          (16ull << 30)
#define PRESET_HYPERLIGHT_VIRTQ 2

static const uint64_t preset_sizes[][HL_SIZE_COUNT] = {
    /* heap, scratch, input, output */
    [HL_PRESET_HLKIT] = {256 << 10, 768 << 10, 64 << 10, 64 << 10},
    [HL_PRESET_HYPERLIGHT] = {128 << 10, 288 << 10, 16 << 10, 16 << 10},
    /* 0.18: eight H2G buffers, twelve G2H pages (abi §12.2) */
    [PRESET_HYPERLIGHT_VIRTQ] = {128 << 10, 400 << 10, 32 << 10, 48 << 10},
};

static const uint64_t default_limits[HL_LIMIT_COUNT] = {
    [HL_LIMIT_HOST_CALLS] = 1000000,
    [HL_LIMIT_LOGS] = 100000,
    [HL_LIMIT_PRINTED] = 64 << 20,
};

hl_config *hl_config_new(enum hl_preset preset)
{
    bool hyperlight = preset == HL_PRESET_HYPERLIGHT;
    hl_config *config = calloc(1, sizeof(*config));

    if (config == NULL)
        return NULL;
    memcpy(config->sizes, preset_sizes[hyperlight], sizeof(config->sizes));
    memcpy(config->limits, default_limits, sizeof(config->limits));
    config->preset = preset;
    config->allow_startup_calls = hyperlight;
    config->fpu_each_call = hyperlight;
    config->max_level = 1;
    return config;
}

void hl_config_free(hl_config *config)
{
    if (config == NULL)
        return;
    free(config->grants);
    free(config);
}

struct hl_config *config_copy(const struct hl_config *config)
{
    size_t bytes = config->grant_count * sizeof(*config->grants);
    struct hl_config *copy = malloc(sizeof(*copy));

    if (copy == NULL)
        return NULL;
    *copy = *config;
    copy->grants = NULL;
    if (bytes != 0) {
        copy->grants = malloc(bytes);
        if (copy->grants == NULL) {
            free(copy);
            return NULL;
        }
        memcpy(copy->grants, config->grants, bytes);
    }
    return copy;
}

hl_status hl_config_set_size(hl_config *config, enum hl_size which,
                             uint64_t bytes)
{
    if ((unsigned)which >= HL_SIZE_COUNT || bytes > SIZE_MAX_BYTES)
        return HL_FAIL_ARGUMENT;
    config->size_is_set[which] = true;
    config->sizes[which] =
        (bytes + HL_PAGE_SIZE - 1) & ~(uint64_t)(HL_PAGE_SIZE - 1);
    return HL_OK;
}

uint64_t hl_config_get_size(const hl_config *config, enum hl_size which)
{
    return (unsigned)which < HL_SIZE_COUNT ? config->sizes[which] : 0;
}

hl_status hl_config_set_limit(hl_config *config, enum hl_limit which,
                              uint64_t value)
{
    if ((unsigned)which >= HL_LIMIT_COUNT)
        return HL_FAIL_ARGUMENT;
    config->limits[which] = value;
    return HL_OK;
}

hl_status hl_config_set_backend(hl_config *config, enum hl_backend backend)
{
    if ((unsigned)backend > HL_BACKEND_EMU)
        return HL_FAIL_ARGUMENT;
    config->backend = backend;
    return HL_OK;
}

hl_status hl_config_set_abi(hl_config *config, enum hl_abi abi)
{
    if ((unsigned)abi > HL_ABI_VIRTQ)
        return HL_FAIL_ARGUMENT;
    config->abi = abi;
    if (config->preset != HL_PRESET_HYPERLIGHT)
        return HL_OK;
    /* Upstream's sizes are those of the release that has this transport. */
    for (size_t i = 0; i < HL_SIZE_COUNT; i++) {
        if (!config->size_is_set[i])
            config->sizes[i] =
                preset_sizes[abi == HL_ABI_VIRTQ ? PRESET_HYPERLIGHT_VIRTQ
                                                 : HL_PRESET_HYPERLIGHT][i];
    }
    return HL_OK;
}

hl_status hl_config_set_timeout(hl_config *config, uint64_t ns)
{
    config->timeout_ns = ns;
    return HL_OK;
}

hl_status hl_config_require_hypervisor(hl_config *config, bool require)
{
    config->require_hypervisor = require;
    return HL_OK;
}

hl_status hl_config_allow_startup_calls(hl_config *config, bool allow)
{
    config->allow_startup_calls = allow;
    return HL_OK;
}

hl_status hl_config_set_version(hl_config *config, const char *version)
{
    size_t len = version == NULL ? 0 : strlen(version);

    if (len >= sizeof(config->version))
        return HL_FAIL_ARGUMENT;
    memset(config->version, 0, sizeof(config->version));
    if (len != 0)
        memcpy(config->version, version, len);
    return HL_OK;
}

hl_status hl_config_set_log(hl_config *config, uint32_t max_level,
                            hl_log_fn *fn, void *context)
{
    if (max_level > 5)
        return HL_FAIL_ARGUMENT;
    config->max_level = max_level;
    config->log = fn;
    config->log_context = context;
    return HL_OK;
}

hl_status hl_config_set_debug(hl_config *config, hl_debug_fn *fn, void *context)
{
    config->debug = fn;
    config->debug_context = context;
    return HL_OK;
}

hl_status hl_config_set_trace(hl_config *config, hl_trace_fn *fn, void *context)
{
    config->trace = fn;
    config->trace_context = context;
    return HL_OK;
}

/* Order of grants: by length, then bytes; any total order serves. */
static int name_compare(const char *a, size_t a_len, const char *b,
                        size_t b_len)
{
    if (a_len != b_len)
        return a_len < b_len ? -1 : 1;
    return memcmp(a, b, a_len);
}

/* Index of the first grant that is not less than name; *found if equal. */
static size_t grant_position(const struct hl_config *config, const char *name,
                             size_t len, bool *found)
{
    size_t low = 0;
    size_t high = config->grant_count;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const hl_provided *at = config->grants[middle].provided;
        int order = name_compare(at->name, at->name_len, name, len);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

hl_status hl_config_grant(hl_config *config, const hl_provided *provided,
                          void *context)
{
    struct hl_grant *grown;
    size_t at;
    bool found;

    if (provided == NULL || provided->name_len == 0 ||
        !hl_wire_utf8_valid(provided->name, provided->name_len))
        return HL_FAIL_ARGUMENT;
    at = grant_position(config, provided->name, provided->name_len, &found);
    if (!found) {
        grown =
            realloc(config->grants, (config->grant_count + 1) * sizeof(*grown));
        if (grown == NULL)
            return HL_FAIL_NO_MEMORY;
        config->grants = grown;
        memmove(grown + at + 1, grown + at,
                (config->grant_count - at) * sizeof(*grown));
        config->grant_count++;
    }
    config->grants[at] = (struct hl_grant){provided, context};
    return HL_OK;
}

hl_status hl_config_deny(hl_config *config, const char *name)
{
    bool found;
    size_t at = grant_position(config, name, strlen(name), &found);

    if (found) {
        config->grant_count--;
        memmove(config->grants + at, config->grants + at + 1,
                (config->grant_count - at) * sizeof(*config->grants));
    }
    return HL_OK;
}

const hl_provided *hl_config_grant_at(const hl_config *config, size_t index)
{
    return index < config->grant_count ? config->grants[index].provided : NULL;
}

const struct hl_grant *config_find_grant(const struct hl_config *config,
                                         hl_string name)
{
    bool found;
    size_t at = grant_position(config, name.data, name.len, &found);

    return found ? &config->grants[at] : NULL;
}
