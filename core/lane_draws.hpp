// Lane draws: what happens in a step of the plain world, for many lanes side by side.
//
// Passes over a part of the lanes, each a loop without a branch that a compiler turns into vectors.
// What comes out are the bits of World's own functions, lane by lane:
//
//     draw_words      one scrambling of philox a lane
//     make_noise      normal() of the move's uniform: the middle of all, then the few far from it
//     meet            whether the order of a side reaches a distance
//
// `meet` decides by chances in single precision, which are right to `doubt`; where a lane is closer
// than that, one or two in a million, the exact numbers decide.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "draw_block.hpp"
#include "random.hpp"
#include "wide.hpp"
#include "world.hpp"

namespace halfspread {

inline constexpr std::size_t part_lanes = 256;  // their numbers of a step stay in the cache

// The lanes of a part, by number one after the other: their steps, and the keys of their episodes.
struct LanePlaces {
    std::uint32_t first;
    const std::uint32_t *step, *low_key, *high_key;
};

struct LaneDraws {
    alignas(64) double move[part_lanes];             // its uniform, then its noise
    alignas(64) std::uint32_t order[2][part_lanes];  // words of the uniforms of orders
    std::size_t outers = 0;                          // of the moves' uniforms, those far from 1/2
    alignas(64) double outer[part_lanes + 8];
    alignas(64) std::uint64_t outer_lane[part_lanes + 8];
};

HALFSPREAD_WIDEST inline void draw_words_plainly(const LanePlaces& at, std::size_t first,
                                                 std::size_t n, LaneDraws& draws) {
    HALFSPREAD_APART
    for (std::size_t i = first; i < n; ++i) {
        const auto number = at.first + static_cast<std::uint32_t>(i);
        const Words words =
            philox({at.step[i], 0, number, World::step_purpose}, {at.low_key[i], at.high_key[i]});
        draws.move[i] = uniform(words[0], words[1]);
        draws.order[0][i] = words[2];
        draws.order[1][i] = words[3];
    }
}
inline void list_outers(std::size_t first, std::size_t n, LaneDraws& draws) {
    for (std::size_t i = first; i < n; ++i) {
        draws.outer[draws.outers] = draws.move[i];
        draws.outer_lane[draws.outers] = i;
        draws.outers += static_cast<std::size_t>(std::abs(draws.move[i] - 0.5) > middle_half);
    }
}

#ifdef HALFSPREAD_EIGHT_LANES
// Whether all lanes of a part are at the same step of the same episode.
HALFSPREAD_WIDEST inline bool are_together(const LanePlaces& at, std::size_t n) {
    std::uint32_t apart = 0;
    for (std::size_t i = 0; i < n; ++i) {
        apart |= (at.step[i] ^ at.step[0]) | (at.low_key[i] ^ at.low_key[0]) |
                 (at.high_key[i] ^ at.high_key[0]);
    }
    return apart == 0;
}

// The same of eight lanes at once; where they are together, half of the first two rounds and the
// keys of all are worked out once.
template <bool together>
__attribute__((target("avx512f"))) inline std::size_t draw_words_by_eight(const LanePlaces& at,
                                                                          std::size_t n,
                                                                          LaneDraws& draws) {
    using Halves = std::uint32_t __attribute__((vector_size(32)));
    using Signed = long long __attribute__((vector_size(64)));
    constexpr int greater = 14;  // of the comparisons that a processor knows by number
    constexpr Signed first_eight = {0, 1, 2, 3, 4, 5, 6, 7};
    const std::size_t whole = n / 8 * 8;
    Eight step = Eight{} + at.step[0];
    Eight low_key = Eight{} + at.low_key[0];
    Eight high_key = Eight{} + at.high_key[0];
    for (std::size_t i = 0; i < whole; i += 8) {
        if constexpr (!together) {
            Halves words[3];
            std::memcpy(&words[0], at.step + i, sizeof(Halves));
            std::memcpy(&words[1], at.low_key + i, sizeof(Halves));
            std::memcpy(&words[2], at.high_key + i, sizeof(Halves));
            step = __builtin_convertvector(words[0], Eight);
            low_key = __builtin_convertvector(words[1], Eight);
            high_key = __builtin_convertvector(words[2], Eight);
        }
        Eight words[4] = {step, Eight{}, reinterpret_cast<Eight>(first_eight) + (at.first + i),
                          Eight{} + World::step_purpose};
        scramble(words, low_key, high_key);
        EightDoubles move;
        to_uniforms(words[0], words[1], move);
        const Halves orders[2] = {__builtin_convertvector(words[2], Halves),
                                  __builtin_convertvector(words[3], Halves)};
        const auto off = reinterpret_cast<EightDoubles>(reinterpret_cast<Eight>(move - 0.5) &
                                                        0x7fff'ffff'ffff'ffffU);
        const auto far = static_cast<std::uint8_t>(
            __builtin_ia32_cmppd512_mask(off, EightDoubles{} + middle_half, greater, 0xff, 4));
        const EightDoubles outer = __builtin_ia32_compressdf512_mask(move, EightDoubles{}, far);
        const Signed lanes = __builtin_ia32_compressdi512_mask(
            first_eight + static_cast<long long>(i), Signed{}, far);
        std::memcpy(draws.outer + draws.outers, &outer, sizeof outer);
        std::memcpy(draws.outer_lane + draws.outers, &lanes, sizeof lanes);
        draws.outers += static_cast<std::size_t>(std::popcount(far));
        std::memcpy(draws.move + i, &move, sizeof move);
        std::memcpy(draws.order[0] + i, &orders[0], sizeof(Halves));
        std::memcpy(draws.order[1] + i, &orders[1], sizeof(Halves));
    }
    return whole;
}
#endif

inline void draw_words(const LanePlaces& at, std::size_t n, LaneDraws& draws) {
    std::size_t done = 0;
    draws.outers = 0;
#ifdef HALFSPREAD_EIGHT_LANES
    static const bool by_eight = __builtin_cpu_supports("avx512f") != 0;
    if (by_eight && n > 0) {
        done = are_together(at, n) ? draw_words_by_eight<true>(at, n, draws)
                                   : draw_words_by_eight<false>(at, n, draws);
    }
#endif
    draw_words_plainly(at, done, n, draws);
    list_outers(done, n, draws);
}

HALFSPREAD_WIDEST inline void make_middle(double* uniforms, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) uniforms[i] = middle_normal(uniforms[i] - 0.5);
}
// Returns whether all were near enough; else those that were not are wrong.
HALFSPREAD_WIDEST inline bool make_near(const double* uniforms, std::size_t n, double* normals) {
    std::int64_t far = 0;
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        const double r = outer_root(uniforms[i]);
        const double size = near_normal(r);
        normals[i] = uniforms[i] < 0.5 ? -size : size;
        far |= r > most_near ? 1 : 0;
    }
    return far == 0;
}

inline void make_noise(std::size_t n, LaneDraws& draws) {
    make_middle(draws.move, n);
    alignas(64) double normals[part_lanes];
    if (!make_near(draws.outer, draws.outers, normals)) [[unlikely]]
        std::transform(draws.outer, draws.outer + draws.outers, normals, outer_normal);
    for (std::size_t i = 0; i < draws.outers; ++i) draws.move[draws.outer_lane[i]] = normals[i];
}

namespace quick {

inline constexpr float doubt = 1e-6F;  // of a chance here

// e^x of |x| <= 87, to 2e-7 (1 + |x|) of it.
inline float exponential(float x) {
    constexpr float whole = 0x1.8p23F;  // a sum with it is rounded to a whole number
    const float shifted = x * 1.44269504F + whole;
    const float rest = x - (shifted - whole) * 0.693147181F;
    float sum = 0.00829761918F;
    sum = sum * rest + 0.0419156292F;
    sum = sum * rest + 0.166675765F;
    sum = sum * rest + 0.499988927F;
    sum = sum * rest + 0.999999691F;
    sum = sum * rest + 1.00000007F;
    const std::uint32_t power = std::bit_cast<std::uint32_t>(shifted) << 23U;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(sum) + power);
}
// The uniform of a word, to 2e-7.
inline float uniform(std::uint32_t word) {
    return std::bit_cast<float>((word >> 9U) | 0x3f80'0000U) - (1.0F - 0x1p-24F);
}

// By how much the chance that an order reaches each distance beats what was drawn; whether one is too
// close to tell.
HALFSPREAD_WIDEST inline bool look_how_far(double log_rate, double decay, bool is_linear,
                                           std::size_t n, const double* distance,
                                           const std::uint32_t* words, float* beyond) {
    constexpr float most = 87.0F;
    // One bound a loop: of two in one, the compiler follows each path by itself.
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        const auto wanted = static_cast<float>(log_rate - distance[i] * decay);
        beyond[i] = wanted > -most ? wanted : -most;
    }
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i)
        beyond[i] = exponential(beyond[i] < most ? beyond[i] : most);
    std::int32_t doubtful = 0;
    if (is_linear) {
        HALFSPREAD_APART
        for (std::size_t i = 0; i < n; ++i) {
            beyond[i] -= uniform(words[i]);
            doubtful |= std::abs(beyond[i]) <= doubt ? 1 : 0;
        }
    } else {
        HALFSPREAD_APART
        for (std::size_t i = 0; i < n; ++i) {
            beyond[i] = uniform(words[i]) - exponential(-(beyond[i] < most ? beyond[i] : most));
            doubtful |= std::abs(beyond[i]) <= doubt ? 1 : 0;
        }
    }
    return doubtful != 0;
}

}  // namespace quick

// `beyond` is >= 0 where the order of a side, of these words, reaches the distance.
inline void meet(const StepLaw& law, int side, std::size_t n, const double* distance,
                 const std::uint32_t* words, float* beyond) {
    if (!law.comes[side]) {
        std::fill_n(beyond, n, -1.0F);
        return;
    }
    const double decay = 1.0 / law.scale[side];
    if (!quick::look_how_far(law.log_rate[side], decay, law.is_linear, n, distance, words, beyond))
        return;
    for (std::size_t i = 0; i < n; ++i) {
        if (std::abs(beyond[i]) > quick::doubt) continue;
        const double drawn = uniform(words[i]);
        const double reach = law.reach(side, law.is_linear ? drawn : exponential(drawn));
        beyond[i] = distance[i] <= reach ? 1.0F : -1.0F;
    }
}

}  // namespace halfspread
