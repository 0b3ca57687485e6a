// SPDX-License-Identifier: MIT
//! Nothing: a package needs a library or a program beside its tests.
