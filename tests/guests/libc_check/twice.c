/* SPDX-License-Identifier: MIT */
/*
 * A host that calls the main of a guest, calls it again, restores the guest to
 * its start and calls it once more: what a program's end means, and what a
 * restore changes.
 *
 *     twice kvm|emu GUEST
 */
#include <stdio.h>
#include <string.h>
#include <hl_host.h>

HL_PROVIDE(int32_t, hl_write, (int32_t, fd), (hl_bytes, data))
{
    return (int32_t)fwrite(data.data, 1, data.len, fd == 1 ? stdout : stderr);
}

static void call_main(hl_sandbox *sandbox)
{
    static const uint8_t block[] = "guest";
    hl_value argument = {.type = HL_TYPE_BYTES,
                         .as.bytes = {block, sizeof(block)}};
    hl_error error = {0};
    hl_value status;

    if (hl_sandbox_call(sandbox, "hl_main", strlen("hl_main"), &argument, 1,
                        HL_TYPE_INT, &status, &error) == HL_OK)
        printf("\nstatus %d\n", status.as.i32);
    else
        printf("\nerror %u: %s\n", error.guest_code, error.message);
}

int main(int argc, char **argv)
{
    hl_config *config = hl_config_new(HL_PRESET_HLKIT);
    hl_image *image = NULL;
    hl_sandbox *sandbox = NULL;
    hl_snapshot *start = NULL;
    hl_error error = {0};
    hl_status status = HL_FAIL_ARGUMENT;

    if (!config || argc != 3)
        goto out;
    hl_config_set_backend(config, strcmp(argv[1], "kvm") == 0 ? HL_BACKEND_KVM
                                                              : HL_BACKEND_EMU);
    status = hl_config_grant(config, &hl_provided_hl_write, NULL);
    if (status == HL_OK)
        status = hl_image_open(&image, argv[2], &error);
    if (status == HL_OK)
        status = hl_sandbox_open(&sandbox, image, config, &error);
    if (status == HL_OK)
        status = hl_sandbox_snapshot(sandbox, &start, &error);
    if (status != HL_OK)
        goto out;
    call_main(sandbox);
    call_main(sandbox);
    status = hl_sandbox_restore(sandbox, start, &error);
    if (status == HL_OK)
        call_main(sandbox);
out:
    if (status != HL_OK)
        printf("%s\n", error.message);
    hl_snapshot_free(start);
    hl_sandbox_close(sandbox);
    hl_image_free(image);
    hl_config_free(config);
    return status == HL_OK ? 0 : 1;
}
