// DrawBlock: the uniforms of 64 indices that follow each other, scrambled side by side.
//
//     DrawBlock block;
//     fill_block(block, draws, first);      // first: a multiple of 64
//     block.first[i], block.second[i]     // draws.uniforms(first + i), bit for bit
//
// Cost    a third of what the draws cost one by one, where registers are wide.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "random.hpp"
#include "wide.hpp"

namespace halfspread {

inline constexpr std::size_t block_draws = 64;

struct DrawBlock {
    alignas(64) double first[block_draws], second[block_draws];
};

#ifdef HALFSPREAD_EIGHT_LANES
// Eight counters or keys, a word of each in 64 bits: no compiler finds that only low halves are
// multiplied.
using Eight = std::uint64_t __attribute__((vector_size(64)));
using EightDoubles = double __attribute__((vector_size(64)));

#define HALFSPREAD_BY_EIGHT __attribute__((target("avx512f"), always_inline)) inline

HALFSPREAD_BY_EIGHT void multiply_words(const Eight& words, std::uint32_t by, Eight& products) {
    using Narrow = int __attribute__((vector_size(64)));
    using Signed = long long __attribute__((vector_size(64)));
    products = reinterpret_cast<Eight>(__builtin_ia32_pmuludq512_mask(
        reinterpret_cast<Narrow>(words), reinterpret_cast<Narrow>(Eight{} + by), Signed{}, 0xff));
}
// philox(); what lies above a word's 32 bits afterwards means nothing.
HALFSPREAD_BY_EIGHT void scramble(Eight (&counter)[4], Eight low_key, Eight high_key) {
    for (int round = 0; round < philox_rounds; ++round) {
        Eight even, odd;
        multiply_words(counter[0], philox_even, even);
        multiply_words(counter[2], philox_odd, odd);
        counter[0] = (odd >> 32U) ^ counter[1] ^ low_key;
        counter[1] = odd;
        counter[2] = (even >> 32U) ^ counter[3] ^ high_key;
        counter[3] = even;
        low_key += philox_low_step;
        high_key += philox_high_step;
    }
}
// uniform(low, high)
HALFSPREAD_BY_EIGHT void to_uniforms(const Eight& low, const Eight& high, EightDoubles& uniforms) {
    const Eight word = (high << 32U) | (low & 0xffff'ffffU);
    const Eight bits = (word >> 12U) | 0x4330'0000'0000'0000U;
    uniforms = (reinterpret_cast<EightDoubles>(bits) - 0x1p52 + 0.5) * 0x1p-52;
}

__attribute__((target("avx512f"))) inline void fill_by_eight(DrawBlock& block, const Words& counter,
                                                             std::array<std::uint32_t, 2> key) {
    constexpr Eight first_eight = {0, 1, 2, 3, 4, 5, 6, 7};
    for (std::size_t i = 0; i < block_draws; i += 8) {
        Eight words[4] = {first_eight + (counter[0] + i), Eight{} + counter[1],
                          Eight{} + counter[2], Eight{} + counter[3]};
        scramble(words, Eight{} + key[0], Eight{} + key[1]);
        EightDoubles one, other;
        to_uniforms(words[0], words[1], one);
        to_uniforms(words[2], words[3], other);
        std::memcpy(block.first + i, &one, sizeof one);
        std::memcpy(block.second + i, &other, sizeof other);
    }
}
#endif

// Each round for all, so that a compiler makes vectors of its loop.
HALFSPREAD_WIDE inline void fill_plainly(DrawBlock& block, const Words& counter,
                                         std::array<std::uint32_t, 2> key) {
    alignas(64) std::uint32_t words[4][block_draws];
    for (std::size_t i = 0; i < block_draws; ++i) {
        words[0][i] = counter[0] + static_cast<std::uint32_t>(i);
        words[1][i] = counter[1];
        words[2][i] = counter[2];
        words[3][i] = counter[3];
    }
    for (int round = 0; round < philox_rounds; ++round) {
        for (std::size_t i = 0; i < block_draws; ++i) {
            const std::uint64_t even = std::uint64_t{philox_even} * words[0][i];
            const std::uint64_t odd = std::uint64_t{philox_odd} * words[2][i];
            words[0][i] = static_cast<std::uint32_t>(odd >> 32U) ^ words[1][i] ^ key[0];
            words[1][i] = static_cast<std::uint32_t>(odd);
            words[2][i] = static_cast<std::uint32_t>(even >> 32U) ^ words[3][i] ^ key[1];
            words[3][i] = static_cast<std::uint32_t>(even);
        }
        key = {key[0] + philox_low_step, key[1] + philox_high_step};
    }
    for (std::size_t i = 0; i < block_draws; ++i) {
        block.first[i] = uniform(words[0][i], words[1][i]);
        block.second[i] = uniform(words[2][i], words[3][i]);
    }
}

// From a multiple of block_draws on.
inline void fill_block(DrawBlock& block, const Draws& draws, std::uint64_t from) {
#ifdef HALFSPREAD_EIGHT_LANES
    static const bool by_eight = __builtin_cpu_supports("avx512f") != 0;
    if (by_eight) return fill_by_eight(block, draws.counter(from), draws.key());
#endif
    fill_plainly(block, draws.counter(from), draws.key());
}

}  // namespace halfspread
