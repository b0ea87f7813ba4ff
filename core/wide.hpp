// Wide: a function compiled again for wider registers, chosen when the program starts.
//
//     HALFSPREAD_WIDE void add(double* to, const double* from, std::size_t n);
//
// Results are the same to the bit: no multiplication is fused with an addition.
// Vectors in memory that it reads need an alignas: GCC aligns them for the caller's registers only.
#pragma once

#include <cstddef>  // and with it __GLIBC__, whose loader does the choosing

#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define HALFSPREAD_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define HALFSPREAD_WIDE
#endif
