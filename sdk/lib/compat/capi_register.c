/* SPDX-License-Identifier: MIT */
/*
 * Upstream's C API: the functions a guest registers, sorted by name. Written
 * when they are registered, only read by calls.
 */
#include "capi.h"

#include <stdlib.h>

/* The header's macro is for callers. */
#undef hl_register_function_definition

static struct hl_capi_definition *definitions;
static size_t definition_count, definition_room;

/* The name's first 8 bytes as a number that orders as the names do. */
static uint64_t name_key(hl_string name)
{
    uint64_t key = 0;

    for (size_t i = 0; i < sizeof(key); i++)
        key = key << 8 | (i < name.len ? (uint8_t)name.data[i] : 0);
    return key;
}

static int name_order(const struct hl_capi_definition *definition, uint64_t key,
                      hl_string name)
{
    size_t len =
        definition->name_len < name.len ? definition->name_len : name.len;

    if (definition->key != key)
        return definition->key < key ? -1 : 1;
    for (size_t i = sizeof(key); i < len; i++)
        if (definition->name[i] != name.data[i])
            return (uint8_t)definition->name[i] < (uint8_t)name.data[i] ? -1
                                                                        : 1;
    return definition->name_len == name.len  ? 0
           : definition->name_len < name.len ? -1
                                             : 1;
}

/* The first definition that does not come before name. */
static size_t definition_place(hl_string name, bool *found)
{
    uint64_t key = name_key(name);
    size_t low = 0, high = definition_count;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = name_order(&definitions[middle], key, name);

        if (order < 0)
            low = middle + 1;
        else
            high = middle;
        *found |= order == 0;
    }
    return low;
}

const struct hl_capi_definition *hl_capi_find(hl_string name)
{
    bool found;
    size_t place = definition_place(name, &found);

    return found ? &definitions[place] : NULL;
}

static _Noreturn void refuse(int code, const char *name, const char *why)
{
    hl_abort_text(code, "hl_register_function_definition(",
                  name ? name : "NULL", "): ", why, NULL);
}

/* An entry of its own at place. */
static void definition_insert(size_t place, const char *name)
{
    if (definition_count == definition_room) {
        size_t room = definition_room ? 2 * definition_room : 16;
        struct hl_capi_definition *grown =
            realloc(definitions, room * sizeof(*grown));

        if (!grown)
            refuse(HL_ERR_MALLOC, name, "the heap is used up: raise --heap");
        definitions = grown;
        definition_room = room;
    }
    for (size_t i = definition_count++; i > place; i--)
        definitions[i] = definitions[i - 1];
}

static const char *name_keep(hl_string name)
{
    char *kept = malloc(name.len + 1);

    if (!kept)
        refuse(HL_ERR_MALLOC, name.data, "the heap is used up: raise --heap");
    __builtin_memcpy(kept, name.data, name.len + 1);
    return kept;
}

void hl_register_function_definition(
    const char *name, hl_Vec *(*function)(const hl_FunctionCall *),
    uintptr_t parameter_count, const hl_ParameterType *parameter_types,
    hl_ReturnType return_type)
{
    struct hl_capi_definition *definition;
    hl_string text = {name, name ? __builtin_strlen(name) : 0};
    size_t place;
    bool found;

    (void)return_type; /* what is returned says its type itself */
    if (!name || !function || (parameter_count > 0 && !parameter_types))
        refuse(HL_ERR_GUEST, name, "an argument is NULL");
    place = definition_place(text, &found);
    if (!found) {
        const char *kept = name_keep(text);

        definition_insert(place, name);
        definitions[place].key = name_key(text);
        definitions[place].name = kept;
        definitions[place].name_len = text.len;
    }
    definition = &definitions[place];
    definition->function = function;
    definition->count = parameter_count;
    for (size_t i = 0; i < parameter_count && i < HL_ARGS_MAX; i++)
        definition->types[i] = (uint8_t)parameter_types[i];
}

/* Both kinds of results are handles of the same kind (capi_result.c). */
void hl_capi_register_value_function(
    const char *name, hl_ReturnValue *(*function)(const hl_FunctionCall *),
    uintptr_t parameter_count, const hl_ParameterType *parameter_types,
    hl_ReturnType return_type)
{
    hl_register_function_definition(
        name, (hl_Vec * (*)(const hl_FunctionCall *))(void (*)(void))function,
        parameter_count, parameter_types, return_type);
}
