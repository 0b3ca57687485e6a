/* SPDX-License-Identifier: MIT */
#include "new_files.h"

#include <stddef.h>

#define LINES_HEAD "# all: build the guest; test: try it; run: see it work.\n"

#define GUEST_RULE                                                             \
    "GUEST := build/`\n"                                                       \
    "\n"                                                                       \
    "all: $(GUEST)\n"                                                          \
    "\n"                                                                       \
    "$(GUEST): `.c\n"                                                          \
    "\t@mkdir -p build\n"                                                      \
    "\thl-cc -O2 -g -Wall -o $@ `.c\n"                                         \
    "\n"

#define MAKE_END                                                               \
    "clean:\n"                                                                 \
    "\trm -rf build\n"                                                         \
    "\n"                                                                       \
    ".PHONY: all test run clean\n"                                             \
    ".DELETE_ON_ERROR:\n"

/* ---- Functions -------------------------------------------------------- */

static const char function_make[] = LINES_HEAD GUEST_RULE
    "test: $(GUEST)\n"
    "\ttest \"$$(hl call $(GUEST) add 40 2)\" = 42\n"
    "\ttest \"$$(hl call $(GUEST) greet world)\" = 'hello world'\n"
    "\t@echo 'all tests passed'\n"
    "\n"
    "run: $(GUEST)\n"
    "\thl call $(GUEST) greet \"$${USER:-you}\"\n"
    "\n" MAKE_END;

static const char function_guest[] =
    "/* `: functions that a host calls. Try: make run */\n"
    "#include <hl.h>\n"
    "\n"
    "HL_EXPORT(int32_t, add, (int32_t, a), (int32_t, b))\n"
    "{\n"
    "    return a + b;\n"
    "}\n"
    "\n"
    "HL_EXPORT(hl_string, greet, (hl_string, who))\n"
    "{\n"
    "    if (who.len == 0)\n"
    "        return hl_fail_string(HL_ERR_GUEST, \"nobody to greet\");\n"
    "    return hl_format(\"hello %.*s\", (int)who.len, who.data);\n"
    "}\n";

/* ---- A job ------------------------------------------------------------ */

static const char job_make[] = LINES_HEAD GUEST_RULE
    "test: $(GUEST)\n"
    "\ttest \"$$(printf hello | hl job $(GUEST) --input -)\" = 'HELLO'\n"
    "\thl job $(GUEST) --job job.json | grep -q '\"raw_output\":\"HELLO "
    "JOB\"'\n"
    "\t@echo 'all tests passed'\n"
    "\n"
    "run: $(GUEST)\n"
    "\thl job $(GUEST) --job job.json\n"
    "\n" MAKE_END;

static const char job_guest[] =
    "/* `: a job, bytes in and bytes out. Try: make run */\n"
    "#include <hl/job.h>\n"
    "\n"
    "#include <ctype.h>\n"
    "\n"
    "static hl_bytes upper_case(hl_bytes input)\n"
    "{\n"
    "    uint8_t *output = hl_alloc(input.len);\n"
    "\n"
    "    if (!output)\n"
    "        return hl_fail_bytes(HL_ERR_MALLOC, \"input too large\");\n"
    "    for (size_t i = 0; i < input.len; i++)\n"
    "        output[i] = (uint8_t)toupper(input.data[i]);\n"
    "    return (hl_bytes){output, input.len};\n"
    "}\n"
    "\n"
    "define_job_handler(upper_case)\n";

static const char job_json[] = "{\n"
                               "  \"type\": \"vm_execute\",\n"
                               "  \"payload\": {\"input\": \"hello job\"},\n"
                               "  \"timeout\": 5\n"
                               "}\n";

/* ---- A program -------------------------------------------------------- */

static const char main_make[] = LINES_HEAD GUEST_RULE
    "test: $(GUEST)\n"
    "\ttest \"$$(hl run $(GUEST) a b)\" = 'hello from ` with a b'\n"
    "\t@echo 'all tests passed'\n"
    "\n"
    "run: $(GUEST)\n"
    "\thl run $(GUEST) one two\n"
    "\n" MAKE_END;

static const char main_guest[] =
    "/* `: a program. Try: make run */\n"
    "#include <stdio.h>\n"
    "\n"
    "int main(int argc, char **argv)\n"
    "{\n"
    "    printf(\"hello from %s with\", argv[0]);\n"
    "    for (int i = 1; i < argc; i++)\n"
    "        printf(\" %s\", argv[i]);\n"
    "    putchar('\\n');\n"
    "    return 0;\n"
    "}\n";

/* ---- A host ----------------------------------------------------------- */

static const char host_make[] = LINES_HEAD
    "GUEST := build/`\n"
    "HOST := build/`_host\n"
    "\n"
    "all: $(GUEST) $(HOST)\n"
    "\n"
    "$(GUEST): `.c\n"
    "\t@mkdir -p build\n"
    "\thl-cc -O2 -g -Wall -o $@ `.c\n"
    "\n"
    "$(HOST): `_host.c\n"
    "\t@mkdir -p build\n"
    "\t$(CC) -O2 -g -Wall $$(hl-config --host-cflags) -o $@ `_host.c \\\n"
    "\t\t$$(hl-config --host-libs)\n"
    "\n"
    "test: all\n"
    "\ttest \"$$($(HOST) $(GUEST) 6)\" = 'the guest says 720'\n"
    "\t@echo 'all tests passed'\n"
    "\n"
    "run: all\n"
    "\t$(HOST) $(GUEST) 10\n"
    "\n" MAKE_END;

static const char host_guest[] =
    "/* `: the guest that `_host.c calls. */\n"
    "#include <hl.h>\n"
    "\n"
    "HL_IMPORT(void, report, (hl_string, text));\n"
    "\n"
    "HL_EXPORT(uint64_t, factorial, (uint32_t, n))\n"
    "{\n"
    "    uint64_t product = 1;\n"
    "\n"
    "    if (n > 20)\n"
    "        return hl_fail(HL_ERR_GUEST, \"%u is more than 20\", "
    "(unsigned)n);\n"
    "    for (uint32_t i = 2; i <= n; i++)\n"
    "        product *= i;\n"
    "    if (report(hl_format(\"factorial of %u\", (unsigned)n)) != HL_OK)\n"
    "        return hl_fail(HL_ERR_HOST, \"%s\", hl_last_error());\n"
    "    return product;\n"
    "}\n";

static const char host_host[] =
    "/* `_host GUEST N: call the guest's factorial, and serve its report. */\n"
    "#include <hl_host.h>\n"
    "\n"
    "#include <inttypes.h>\n"
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "\n"
    "/* The one thing that the guest may ask of this program. */\n"
    "HL_PROVIDE(void, report, (hl_string, text))\n"
    "{\n"
    "    fprintf(stderr, \"guest reports: %.*s\\n\", (int)text.len, "
    "text.data);\n"
    "}\n"
    "\n"
    "static hl_status guest_call(const hl_image *image, uint32_t n,\n"
    "                            uint64_t *product, hl_error *error)\n"
    "{\n"
    "    hl_config *config = hl_config_new(HL_PRESET_HLKIT);\n"
    "    hl_sandbox *sandbox = NULL;\n"
    "    hl_value argument = {.type = HL_TYPE_UINT, .as.u32 = n};\n"
    "    hl_value result;\n"
    "    hl_status status;\n"
    "\n"
    "    if (!config)\n"
    "        return hl_error_set(error, HL_FAIL_NO_MEMORY, \"out of "
    "memory\");\n"
    "    hl_config_set_timeout(config, 5000000000u); /* ns */\n"
    "    hl_config_grant(config, &hl_provided_report, NULL);\n"
    "    status = hl_sandbox_open(&sandbox, image, config, error);\n"
    "    if (status == HL_OK)\n"
    "        status = hl_sandbox_call(sandbox, \"factorial\", 9, &argument, "
    "1,\n"
    "                                 HL_TYPE_ULONG, &result, error);\n"
    "    if (status == HL_OK)\n"
    "        *product = result.as.u64;\n"
    "    hl_sandbox_close(sandbox);\n"
    "    hl_config_free(config);\n"
    "    return status;\n"
    "}\n"
    "\n"
    "int main(int argc, char **argv)\n"
    "{\n"
    "    hl_image *image = NULL;\n"
    "    hl_error error;\n"
    "    uint64_t product = 0;\n"
    "    hl_status status;\n"
    "\n"
    "    if (argc != 3) {\n"
    "        fprintf(stderr, \"usage: %s GUEST N\\n\", argv[0]);\n"
    "        return 2;\n"
    "    }\n"
    "    status = hl_image_open(&image, argv[1], &error);\n"
    "    if (status == HL_OK)\n"
    "        status = guest_call(image, (uint32_t)strtoul(argv[2], NULL, 10),\n"
    "                            &product, &error);\n"
    "    hl_image_free(image);\n"
    "    if (status != HL_OK) {\n"
    "        fprintf(stderr, \"%s\\n\", error.message);\n"
    "        return 1;\n"
    "    }\n"
    "    printf(\"the guest says %\" PRIu64 \"\\n\", product);\n"
    "    return 0;\n"
    "}\n";

#define IGNORE {".gitignore", "build/\n"}
#define END    {NULL, NULL}

const struct new_file new_files_function[] = {
    {"Makefile", function_make}, {"`.c", function_guest}, IGNORE, END};
const struct new_file new_files_job[] = {{"Makefile", job_make},
                                         {"`.c", job_guest},
                                         {"job.json", job_json},
                                         IGNORE,
                                         END};
const struct new_file new_files_main[] = {
    {"Makefile", main_make}, {"`.c", main_guest}, IGNORE, END};
const struct new_file new_files_host[] = {{"Makefile", host_make},
                                          {"`.c", host_guest},
                                          {"`_host.c", host_host},
                                          IGNORE,
                                          END};
