// DrawBlock: the uniforms of 64 indices that follow each other, scrambled side by side.
//
//     DrawBlock block;
//     fill_block(block, draws, first);      // first: a multiple of 64
//     block.first[i], block.second[i]     // draws.uniforms(first + i), bit for bit
//
// Cost    a third of what the draws cost one by one, where registers are wide.
#pragma once

#include <cstddef>
#include <cstdint>

#include "random.hpp"
#include "wide.hpp"

namespace halfspread {

inline constexpr std::size_t block_draws = 64;

struct DrawBlock {
    alignas(64) double first[block_draws], second[block_draws];
};

// Each round for all, so that a compiler makes vectors of its loop.
HALFSPREAD_WIDEST inline void fill_block(DrawBlock& block, const Draws& draws,
                                         std::uint64_t from) {
    alignas(64) std::uint32_t words[4][block_draws];
    const Words counter = draws.counter(from);
    std::array<std::uint32_t, 2> key = draws.key();
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

}  // namespace halfspread
