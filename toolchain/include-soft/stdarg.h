/* SPDX-License-Identifier: MIT */
/*
 * Soft-float guests: clang-19 miscompiles va_arg of floating types under
 * +soft-float. Callers pass a double in a general register, but the callee
 * reads the save area of vector registers, which is never written. So the
 * eight bytes are taken as an integer and looked at as a double.
 *
 * Not covered: structures with floating members passed through "...", and
 * code that uses __builtin_va_arg directly.
 */
#include_next <stdarg.h>

#if defined(va_arg) && !defined(HL_SOFT_VA_ARG)
#define HL_SOFT_VA_ARG 1
#undef va_arg
#define va_arg(ap, T)                                                          \
    __builtin_choose_expr(                                                     \
        __builtin_types_compatible_p(T, double) ||                             \
            __builtin_types_compatible_p(T, long double),                      \
        ((union {                                                              \
            unsigned long u;                                                   \
            double d;                                                          \
        }){.u = __builtin_va_arg(ap, unsigned long)})                          \
            .d,                                                                \
        __builtin_va_arg(ap, T))
#endif
