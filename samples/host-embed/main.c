/* SPDX-License-Identifier: MIT */
/* A host: runs greet() of samples/hello in a VM and grants it hl_println. */
#include <stdio.h>
#include <string.h>
#include <hl_host.h>

HL_PROVIDE(void, hl_println, (hl_string, line))
{
    const char *prefix = hl_call_context(call);

    printf("%s%.*s\n", prefix, (int)line.len, line.data);
}

static hl_status call_greet(hl_sandbox *sandbox, const char *who,
                            hl_error *error)
{
    hl_value name = {.type = HL_TYPE_STRING, .as.string = {who, strlen(who)}};
    hl_value text;
    hl_status status = hl_sandbox_call(sandbox, "greet", strlen("greet"), &name,
                                       1, HL_TYPE_STRING, &text, error);

    if (status == HL_OK)
        printf("the guest returned: %.*s\n", (int)text.as.string.len,
               text.as.string.data);
    return status;
}

int main(int argc, char **argv)
{
    static char prefix[] = "guest: ";
    hl_config *config = hl_config_new(HL_PRESET_HLKIT);
    hl_image *image = NULL;
    hl_sandbox *sandbox = NULL;
    hl_error error = {0};
    hl_status status = HL_FAIL_ARGUMENT;

    if (!config || argc != 3) {
        fprintf(stderr, "usage: %s GUEST NAME\n", argv[0]);
        goto out;
    }
    status = hl_config_grant(config, &hl_provided_hl_println, prefix);
    if (status == HL_OK)
        status = hl_image_open(&image, argv[1], &error);
    if (status == HL_OK)
        status = hl_sandbox_open(&sandbox, image, config, &error);
    if (status == HL_OK)
        status = call_greet(sandbox, argv[2], &error);
    if (status != HL_OK)
        fprintf(stderr, "%s: %s\n", argv[1], error.message);
out:
    hl_sandbox_close(sandbox);
    hl_image_free(image);
    hl_config_free(config);
    return status == HL_OK ? 0 : 1;
}
