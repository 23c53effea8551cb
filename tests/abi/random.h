// SPDX-License-Identifier: MIT
// Random choices that are the same on every kernel. ABI_SEED=7 in the environment of suite.py looks further
// than the suite does.
#pragma once
#include "abi.h"

static uint64_t random_state;

__attribute__((constructor)) static void seed(void)
{
    char const* number = getenv("SEED");
    random_state = strtoul(number ? number : "1", NULL, 10) * 0x9e3779b97f4a7c15 + 1;
}

static unsigned choose(unsigned below)
{
    random_state ^= random_state << 13; // xorshift64 (Marsaglia)
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % below;
}
#define ONE_OF(array) ((array)[choose(COUNT(array))])
