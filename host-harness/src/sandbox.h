/* SPDX-License-Identifier: MIT */
/*
 * A sandbox and a snapshot, as the files that make them work see them:
 * sandbox.c (open, call, close), run.c (the exit loop), host_call.c (guest
 * calls host), snapshot.c (boot state, snapshot, restore).
 */
#ifndef HL_SANDBOX_H
#define HL_SANDBOX_H

#include "abort_stream.h"
#include "channel.h"
#include "config.h"
#include "kick.h"
#include "layout.h"
#include "pagetable.h"
#include "vmm.h"

enum hl_phase {
    HL_PHASE_IDLE,      /* between calls: nothing runs */
    HL_PHASE_START,     /* start-up: host calls only if allowed (P5.1) */
    HL_PHASE_CALL,      /* inside a guest call */
    HL_PHASE_CHECKPOINT /* the guest prepares a snapshot: no host calls */
};

/*
 * Everything a guest consists of between calls: immutable once made, shared
 * by the sandboxes that run on it, freed with the last reference. A fresh
 * guest's boot state is a snapshot like any other.
 */
struct hl_snapshot {
    _Atomic unsigned references;
    const hl_image *image;
    struct hl_layout layout;
    uint8_t *memory; /* the snapshot region, mapped at HL_BASE_ADDRESS */
    uint64_t memory_size;
    struct hl_pagetable tables; /* placed for layout.scratch_gpa + tables */
    struct hl_vmm_sregs sregs;
    uint64_t generation;
    bool is_boot;
    uint64_t dispatch; /* GVA of the dispatch entry (not boot) */
    uint64_t stack;    /* RSP of every call (not boot) */
    uint8_t *state;    /* the transport's, or NULL */
};

struct hl_sandbox {
    const hl_image *image;
    struct hl_config *config;
    struct hl_layout layout;
    struct hl_vmm *vmm;
    struct hl_phys phys;
    uint8_t *scratch;
    struct hl_snapshot *current; /* what slot 0 shows … */
    bool is_mapped;              /* … if it does */
    struct hl_channel channel;
    struct hl_abort_stream abort;
    struct hl_kick kick;
    enum hl_phase phase;
    bool poisoned;
    bool flush_tlb; /* next dispatch has ZF set (abi §3.3) */
    uint64_t dispatch;
    uint64_t stack;
    uint64_t generation; /* of the newest snapshot taken */
    uint64_t opened_ns;
    uint64_t used[HL_LIMIT_COUNT]; /* of this call's budgets */
    hl_stats stats;
    const char *backend_reason;
    char backend_reason_text[HL_ERROR_MESSAGE_MAX];
};

/* run.c: run the guest until it halts. Anything but HL_OK is poisoning. */
hl_status sandbox_run(struct hl_sandbox *sandbox, hl_error *error);
/* Charge amount to a budget: HL_FAIL_BUDGET when it is exceeded. */
hl_status sandbox_charge(struct hl_sandbox *sandbox, enum hl_limit limit,
                         uint64_t amount, hl_error *error);

/* run.c: the same in a phase, under the deadline of a call. */
hl_status sandbox_run_phase(struct hl_sandbox *sandbox, enum hl_phase phase,
                            hl_error *error);
/* run.c: pass on one log record. */
hl_status sandbox_log(struct hl_sandbox *sandbox,
                      const struct hl_message *message, hl_error *error);

/* host_call.c: serve one host call. */
hl_status sandbox_host_call(struct hl_sandbox *sandbox,
                            const struct hl_message *message, hl_error *error);

/* call.c: enter the guest's dispatch in a phase (abi §3.3). */
hl_status sandbox_dispatch(struct hl_sandbox *sandbox, enum hl_phase phase,
                           hl_error *error);

/* Emit a trace event if the embedder asked for them. */
void sandbox_trace(const struct hl_sandbox *sandbox, hl_trace_event event);

/* backend.c: choose, open. */
hl_status backend_open(struct hl_sandbox *sandbox, hl_error *error);

/* snapshot.c */
hl_status snapshot_boot(struct hl_snapshot **snapshot, const hl_image *image,
                        const struct hl_layout *layout, hl_error *error);
/* HL_FAIL_SNAPSHOT unless the sandbox can run on snapshot. */
hl_status snapshot_check(const struct hl_sandbox *sandbox,
                         const hl_snapshot *snapshot, hl_error *error);
/* Snapshots are shared and counted, not changed: the count is the only
 * mutable part. */
static inline struct hl_snapshot *snapshot_of(const hl_snapshot *snapshot)
{
    return (struct hl_snapshot *)(uintptr_t)snapshot;
}
/* Make the sandbox's memory and vCPU those of snapshot (fresh: scratch is
 * known to be zero). */
hl_status sandbox_apply(struct hl_sandbox *sandbox,
                        struct hl_snapshot *snapshot, bool fresh,
                        hl_error *error);

/* Pages of scratch with a byte that is not zero. */
uint64_t scratch_dirty_pages(const uint8_t *scratch, uint64_t size);

#endif /* HL_SANDBOX_H */
