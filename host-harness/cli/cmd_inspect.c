/* SPDX-License-Identifier: MIT */
/* hl inspect GUEST: what an image is and needs, without running it. */
#include "exit_status.h"
#include "options.h"
#include "say.h"
#include "text.h"
#include "value.h"

#include <hl_host.h>

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- Text ------------------------------------------------------------- */

static void line_print(struct buffer *out, const char *head, const char *text)
{
    buffer_format(out, "%-12s ", head);
    text_escape(out, text, strlen(text), TEXT_LINE);
    buffer_text(out, "\n");
}

static void signature_print(struct buffer *out,
                            const struct hl_image_function *function)
{
    size_t need =
        hl_signature_format(function->name, function->signature, NULL, 0);
    char text[1024];

    hl_signature_format(function->name, function->signature, text, sizeof text);
    text_escape(out, text, strlen(text), TEXT_LINE);
    if (need > sizeof text)
        buffer_text(out, "...");
}

static void functions_print(struct buffer *out, const hl_image *image,
                            bool exports)
{
    const struct hl_image_function *function;
    unsigned count = 0;

    buffer_text(out, exports ? "exports\n" : "imports\n");
    for (size_t i = 0; (function = hl_image_function_at(image, i)); i++) {
        if ((function->kind == HL_NOTE_KIND_EXPORT) != exports)
            continue;
        buffer_text(out, "  ");
        signature_print(out, function);
        if (function->kind == HL_NOTE_KIND_IMPORT_OPTIONAL)
            buffer_text(out, " (optional)");
        buffer_text(out, "\n");
        count++;
    }
    if (!count)
        buffer_text(out, "  none\n");
}

static void segment_flags(uint32_t flags, char text[4])
{
    text[0] = flags & PF_R ? 'r' : '-';
    text[1] = flags & PF_W ? 'w' : '-';
    text[2] = flags & PF_X ? 'x' : '-';
    text[3] = '\0';
}

static void segments_print(struct buffer *out, const hl_image *image)
{
    struct hl_image_segment segment;
    char flags[4];

    buffer_text(out, "segments\n");
    for (size_t i = 0; hl_image_segment_at(image, i, &segment); i++) {
        segment_flags(segment.flags, flags);
        buffer_format(out,
                      "  %s  0x%08" PRIx64 "  %8" PRIu64 " bytes in memory, "
                      "%8" PRIu64 " in the file\n",
                      flags, segment.vaddr, segment.memory_size,
                      segment.file_size);
    }
}

/* The transports of the image's own note: 1 stack, 2 virtqueues, ORed. */
static const char *abi_text(const struct hl_image_info *info)
{
    static const char *const texts[] = {"unknown", "stack", "virtq",
                                        "stack, virtq"};
    return texts[info->abi & 3];
}

static void image_print(struct buffer *out, const hl_image *image,
                        const struct hl_image_info *info)
{
    char text[64];

    line_print(out, "file", hl_image_name(image));
    snprintf(text, sizeof text, "%" PRIu64 " bytes, %" PRIu64 " in memory",
             info->file_size, info->memory_size);
    line_print(out, "size", text);
    snprintf(text, sizeof text, "%s%.40s",
             info->has_hlkit_note ? "hlkit " : "not hlkit (no notes)",
             info->sdk_version ? info->sdk_version : "");
    line_print(out, "made by", text);
    line_print(out, "float",
               !info->has_hlkit_note ? "unknown"
               : info->soft_float    ? "soft (no SSE instructions)"
                                     : "sse2");
    line_print(out, "abi", abi_text(info));
    line_print(out, "version note",
               info->version_note ? info->version_note
                                  : "none: any Hyperlight host takes it");
    snprintf(text, sizeof text, "0x%" PRIx64, info->entry);
    line_print(out, "entry", text);
    snprintf(text, sizeof text, "%zu", info->relocation_count);
    line_print(out, "relocations", text);
    line_print(out, "debug info", info->has_debug_info ? "yes" : "no");
    line_print(out, "runs on", "kvm; emu (an emulator: no security boundary)");
    segments_print(out, image);
    functions_print(out, image, true);
    functions_print(out, image, false);
}

/* ---- JSON ------------------------------------------------------------- */

static void text_json(struct buffer *out, const char *key, const char *text)
{
    buffer_format(out, ",\"%s\":", key);
    if (text)
        json_string(out, text, strlen(text));
    else
        buffer_text(out, "null");
}

static void function_json(struct buffer *out,
                          const struct hl_image_function *function)
{
    unsigned count = hl_signature_count(function->signature);

    buffer_text(out, "{\"name\":");
    json_string(out, function->name, strlen(function->name));
    buffer_text(out, ",\"parameters\":[");
    for (unsigned i = 0; i < count; i++)
        buffer_format(out, "%s\"%s\"", i ? "," : "",
                      hl_type_name(hl_signature_param(function->signature, i)));
    buffer_format(out, "],\"returns\":\"%s\"",
                  hl_type_name(hl_signature_return(function->signature)));
    if (function->kind != HL_NOTE_KIND_EXPORT)
        buffer_format(out, ",\"optional\":%s",
                      function->kind == HL_NOTE_KIND_IMPORT_OPTIONAL ? "true"
                                                                     : "false");
    buffer_text(out, "}");
}

static void functions_json(struct buffer *out, const hl_image *image,
                           bool exports)
{
    const struct hl_image_function *function;
    unsigned count = 0;

    buffer_format(out, ",\"%s\":[", exports ? "exports" : "imports");
    for (size_t i = 0; (function = hl_image_function_at(image, i)); i++) {
        if ((function->kind == HL_NOTE_KIND_EXPORT) != exports)
            continue;
        buffer_text(out, count++ ? "," : "");
        function_json(out, function);
    }
    buffer_text(out, "]");
}

static void segments_json(struct buffer *out, const hl_image *image)
{
    struct hl_image_segment segment;
    char flags[4];

    buffer_text(out, ",\"segments\":[");
    for (size_t i = 0; hl_image_segment_at(image, i, &segment); i++) {
        segment_flags(segment.flags, flags);
        buffer_format(out,
                      "%s{\"flags\":\"%s\",\"address\":%" PRIu64
                      ",\"memory_size\":%" PRIu64 ",\"file_size\":%" PRIu64 "}",
                      i ? "," : "", flags, segment.vaddr, segment.memory_size,
                      segment.file_size);
    }
    buffer_text(out, "]");
}

static void abi_json(struct buffer *out, const struct hl_image_info *info)
{
    bool stack = info->abi & 1, virtq = info->abi & 2;

    buffer_format(out, ",\"abi\":[%s%s%s]", stack ? "\"stack\"" : "",
                  stack && virtq ? "," : "", virtq ? "\"virtq\"" : "");
}

static void image_json(struct buffer *out, const hl_image *image,
                       const struct hl_image_info *info)
{
    const char *name = hl_image_name(image);

    buffer_text(out, "{\"file\":");
    json_string(out, name, strlen(name));
    buffer_format(out,
                  ",\"size\":%" PRIu64 ",\"memory_size\":%" PRIu64
                  ",\"entry\":%" PRIu64 ",\"relocations\":%zu,\"hlkit\":%s,"
                  "\"debug_info\":%s",
                  info->file_size, info->memory_size, info->entry,
                  info->relocation_count,
                  info->has_hlkit_note ? "true" : "false",
                  info->has_debug_info ? "true" : "false");
    abi_json(out, info);
    text_json(out, "float",
              !info->has_hlkit_note ? NULL
              : info->soft_float    ? "soft"
                                    : "sse2");
    text_json(out, "sdk_version", info->sdk_version);
    text_json(out, "version_note", info->version_note);
    segments_json(out, image);
    functions_json(out, image, true);
    functions_json(out, image, false);
    buffer_text(out, "}\n");
}

/* ---- The command ------------------------------------------------------ */

static int inspect(const struct options *options)
{
    struct hl_image_info info;
    struct buffer out = {0};
    hl_image *image = NULL;
    hl_error error;

    if (hl_image_open(&image, options->args[0], &error) != HL_OK) {
        say("%s", error.message);
        return exit_status_of_image(&error, options->args[0]);
    }
    hl_image_get_info(image, &info);
    if (options->json)
        image_json(&out, image, &info);
    else
        image_print(&out, image, &info);
    int status = HL_EXIT_OK;
    if (!out.failed) {
        fwrite(out.data, 1, out.len, stdout);
    } else {
        say("out of memory");
        status = HL_EXIT_USAGE;
    }
    buffer_free(&out);
    hl_image_free(image);
    return status;
}

COMMAND(inspect) = {
    .name = "inspect",
    .arguments = "GUEST",
    .summary = "exports, imports, segments, sizes",
    .details = "",
    .order = 40,
    .groups = OPTIONS_JSON,
    .min_args = 1,
    .max_args = 1,
    .run = inspect,
};
