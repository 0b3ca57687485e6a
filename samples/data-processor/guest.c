/* SPDX-License-Identifier: MIT */
/* A job with JSON in and out: {"value": n} is doubled and squared. */
#include <inttypes.h>
#include <hl/job.h>

HL_IMPORT(void, hl_println, (hl_string, line));
HL_IMPORT(uint64_t, hl_get_time);

/* A missing value counts as 0, and so does one that is no integer. */
static bool value_read(yyjson_val *payload, int64_t *n)
{
    yyjson_val *value = yyjson_obj_get(payload, "value");

    *n = yyjson_get_sint(value);
    return !yyjson_is_uint(value) || yyjson_get_uint(value) <= INT64_MAX;
}

static yyjson_mut_val *metadata(yyjson_mut_doc *out)
{
    yyjson_mut_val *object = yyjson_mut_obj(out);

    yyjson_mut_obj_add_str(out, object, "processor_version", "1.0.0");
    yyjson_mut_obj_add_bool(out, object, "vm_execution", true);
    return object;
}

static yyjson_mut_val *process(yyjson_mut_doc *out, yyjson_val *payload,
                               yyjson_val *config)
{
    yyjson_mut_val *data = yyjson_mut_obj(out);
    int64_t n, doubled, squared;
    uint64_t now;

    (void)config;
    hl_println(hl_format("Processing data in VM..."));
    if (!value_read(payload, &n) || __builtin_mul_overflow(n, 2, &doubled) ||
        __builtin_mul_overflow(n, n, &squared))
        return hl_fail(HL_ERR_GUEST, "the value is too large: its double or "
                                     "square is no 64-bit integer"),
               NULL;
    if (hl_get_time(&now) != HL_OK)
        return hl_fail(HL_ERR_HOST, "no clock: %s", hl_last_error()), NULL;
    yyjson_mut_obj_add_bool(out, data, "processed", true);
    yyjson_mut_obj_add_uint(out, data, "timestamp", now);
    yyjson_mut_obj_add_sint(out, data, "input_value", n);
    yyjson_mut_obj_add_sint(out, data, "doubled", doubled);
    yyjson_mut_obj_add_sint(out, data, "squared", squared);
    yyjson_mut_obj_add_val(out, data, "metadata", metadata(out));
    hl_println(hl_format("Computed: %" PRId64 " -> doubled: %" PRId64
                         ", squared: %" PRId64,
                         n, doubled, squared));
    return data;
}
define_json_handler(process)
