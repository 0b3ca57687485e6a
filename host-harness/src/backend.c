/* SPDX-License-Identifier: MIT */
/* Which backend a sandbox gets, and why. */
#include <pthread.h>
#include <string.h>

#include "image.h"
#include "sandbox.h"

static const struct hl_vmm_ops *const backends[] = {
    [HL_BACKEND_KVM] = &hl_vmm_kvm,
    [HL_BACKEND_EMU] = &hl_vmm_emu,
};

/* Can this machine's KVM execute SSE? Probed once a process; a failure is not
 * kept. */
static hl_status kvm_probe(bool *executes_sse, hl_error *error)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool is_known;
    static bool known;
    hl_status status = HL_OK;

    pthread_mutex_lock(&lock);
    if (!is_known)
        status = hl_vmm_kvm.probe(&known, error);
    is_known = status == HL_OK;
    *executes_sse = known;
    pthread_mutex_unlock(&lock);
    return status;
}

hl_status hl_backend_probe(enum hl_backend backend,
                           struct hl_backend_info *info, hl_error *error)
{
    const struct hl_vmm_ops *ops;
    bool sse = false;
    hl_status status;

    if (backend != HL_BACKEND_KVM && backend != HL_BACKEND_EMU)
        return hl_error_set(error, HL_FAIL_ARGUMENT,
                            "only kvm and emu can be probed");
    ops = backends[backend];
    status = ops->probe(&sse, error);
    if (status == HL_OK && info != NULL)
        *info = (struct hl_backend_info){ops->name, ops->is_boundary, sse, ""};
    return status;
}

/* Must the guest's code be able to execute SSE? Unknown images: no. */
static bool needs_sse(const hl_image *image)
{
    struct hl_image_info info;

    hl_image_get_info(image, &info);
    return info.has_hlkit_note && !info.soft_float;
}

static hl_status open_with(struct hl_sandbox *sandbox,
                           const struct hl_vmm_ops *ops, const char *reason,
                           hl_error *error)
{
    sandbox->backend_reason = reason;
    return ops->open(&sandbox->vmm, error);
}

static hl_status open_kvm(struct hl_sandbox *sandbox, hl_error *error)
{
    bool executes_sse;

    if (needs_sse(sandbox->image)) {
        const hl_status status = kvm_probe(&executes_sse, error);

        if (status != HL_OK)
            return status;
        if (!executes_sse)
            return hl_error_set(
                error, HL_FAIL_BACKEND,
                "this machine's KVM cannot execute SSE, which %s uses: "
                "compile it with -mfloat=soft, or use the emulator",
                hl_image_name(sandbox->image));
    }
    return open_with(sandbox, &hl_vmm_kvm, "", error);
}

static hl_status open_emu(struct hl_sandbox *sandbox, const char *reason,
                          hl_error *error)
{
    if (sandbox->config->require_hypervisor)
        return hl_error_set(error, HL_FAIL_BACKEND,
                            "the emulator is no security boundary, and a "
                            "hypervisor is required%s%s",
                            reason[0] == '\0' ? "" : ": ", reason);
    return open_with(sandbox, &hl_vmm_emu, reason, error);
}

hl_status backend_open(struct hl_sandbox *sandbox, hl_error *error)
{
    hl_error why;
    hl_status status;

    switch (sandbox->config->backend) {
    case HL_BACKEND_KVM:
        return open_kvm(sandbox, error);
    case HL_BACKEND_EMU:
        return open_emu(sandbox, "", error);
    default:
        break;
    }
    status = open_kvm(sandbox, &why);
    if (status == HL_OK)
        return HL_OK;
    if (status != HL_FAIL_BACKEND) {
        if (error != NULL)
            *error = why;
        return status;
    }
    memcpy(sandbox->backend_reason_text, why.message,
           sizeof(sandbox->backend_reason_text));
    return open_emu(sandbox, sandbox->backend_reason_text, error);
}
