// Wide: how hot functions are compiled: again for wider registers, in one piece, eight at a time.
//
//     HALFSPREAD_WIDE void add(double* to, const double* from, std::size_t n);
//     HALFSPREAD_WIDEST ...     // once more for the widest there are, where that pays
//
// Which of them runs is chosen when the program starts. Results are the same to the bit: no
// multiplication is fused with an addition. Vectors in memory that such a function reads need an
// alignas: GCC aligns them for the caller's registers only.
#pragma once

#include <cstddef>  // and with it __GLIBC__, whose loader does the choosing

#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define HALFSPREAD_WIDE __attribute__((target_clones("avx2", "default")))
#define HALFSPREAD_WIDEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define HALFSPREAD_WIDE
#define HALFSPREAD_WIDEST
#endif

// Before a loop whose rounds do not read what others write, though pointers could say otherwise.
#if defined(__GNUC__) && !defined(__clang__)
#define HALFSPREAD_APART _Pragma("GCC ivdep")
#else
#define HALFSPREAD_APART
#endif

// Before a function into which all that it calls is compiled, for who gives the compiler time: with the
// many sinks of a test it takes minutes.
#if defined(HALFSPREAD_WHOLE_CALLS) && defined(__GNUC__)
#define HALFSPREAD_WHOLE [[gnu::flatten]]
#else
#define HALFSPREAD_WHOLE
#endif

// Where functions may be written for the eight numbers of a register of AVX-512.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define HALFSPREAD_EIGHT_LANES
#endif
