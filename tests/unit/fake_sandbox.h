/* SPDX-License-Identifier: MIT */
/*
 * A sandbox on the fake VM, with the smallest image there is. The guest of
 * each test is a list of steps; it is at step 0 whenever a call begins.
 */
#ifndef HL_FAKE_SANDBOX_H
#define HL_FAKE_SANDBOX_H

#include "test.h"
#include "fake_vmm.h"
#include "sandbox.h"

#define FAKE_DISPATCH 0x5000
#define FAKE_STACK    0x6000

/* One step of a call: do something, say how the guest exits then. */
typedef void fake_step_fn(struct fake_vmm *vm, struct hl_vmm_exit *exit);

/* Steps of the start-up and of each call, NULL at the end: then it halts. */
extern fake_step_fn *const *fake_startup;
extern fake_step_fn *const *fake_call;

/* An image: one page of code, entry at its start. */
hl_image *fake_image_open(void);

/* A sandbox of config on the fake KVM; NULL with *error set. */
hl_sandbox *fake_sandbox_open(const hl_image *image, hl_config *config,
                              hl_error *error);

/* Free what a test has opened; NULL is fine for each. */
void fake_close(hl_snapshot *snapshot, hl_sandbox *sandbox, hl_config *config,
                hl_image *image);

/* Put a message on the guest's output stack. */
void fake_push(const struct fake_vmm *vm, const void *data, size_t size);
void fake_push_call(const struct fake_vmm *vm, const struct hl_wire_call *call);
void fake_push_result(const struct fake_vmm *vm,
                      const struct hl_wire_result *result);
void fake_push_int(const struct fake_vmm *vm, int32_t value);
/* Take the newest message off the guest's input stack: a host call's reply,
 * valid until the next. */
void fake_pop_reply(const struct fake_vmm *vm, struct hl_wire_result *reply);

/* Steps. */
void fake_halts(struct fake_vmm *vm, struct hl_vmm_exit *exit);
void fake_answers_42(struct fake_vmm *vm, struct hl_vmm_exit *exit);

/* Call function "f" without arguments, expecting an Int. */
hl_status fake_sandbox_call(hl_sandbox *sandbox, int32_t *result,
                            hl_error *error);

#endif /* HL_FAKE_SANDBOX_H */
