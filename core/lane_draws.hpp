// Lane draws: what happens in a step of the plain world, for many lanes side by side.
//
// Passes over a part of the lanes, each a loop without a branch that a compiler turns into vectors.
// What comes out are the bits of World's own functions, lane by lane:
//
//     draw_words      one scrambling of philox a lane
//     make_noise      normal() of the move's uniform: the middle of all, then the few far from it
//     meet            whether the order of a side reaches a distance
//
// `meet` decides by short polynomials in single precision, which are right to `doubt`; where a lane
// of a part is closer than that, some in a hundred thousand, the exact numbers decide for the part.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

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
// The same of eight lanes at once.
__attribute__((target("avx512f"))) inline std::size_t draw_words_by_eight(const LanePlaces& at,
                                                                          std::size_t n,
                                                                          LaneDraws& draws) {
    using Halves = std::uint32_t __attribute__((vector_size(32)));
    using Signed = long long __attribute__((vector_size(64)));
    constexpr int greater = 14;  // of the comparisons that a processor knows by number
    constexpr Signed first_eight = {0, 1, 2, 3, 4, 5, 6, 7};
    const std::size_t whole = n / 8 * 8;
    for (std::size_t i = 0; i < whole; i += 8) {
        Halves step, low_key, high_key;
        std::memcpy(&step, at.step + i, sizeof step);
        std::memcpy(&low_key, at.low_key + i, sizeof low_key);
        std::memcpy(&high_key, at.high_key + i, sizeof high_key);
        Eight words[4] = {__builtin_convertvector(step, Eight), Eight{},
                          reinterpret_cast<Eight>(first_eight) + (at.first + i),
                          Eight{} + World::step_purpose};
        scramble(words, __builtin_convertvector(low_key, Eight),
                 __builtin_convertvector(high_key, Eight));
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
    if (by_eight) done = draw_words_by_eight(at, n, draws);
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

inline constexpr float doubt = 1e-5F;  // of a logarithm here, and 1e-6 of its size more

// ln(1 + f) / f for 1 + f from the root of a half to that of two.
inline float log_slope(float f) {
    float sum = 0.116578061F;
    sum = sum * f - 0.185738401F;
    sum = sum * f + 0.205254436F;
    sum = sum * f - 0.249203363F;
    sum = sum * f + 0.333135633F;
    sum = sum * f - 0.500008774F;
    sum = sum * f + 1.00000103F;
    return sum;
}
struct Split {
    float exponent, f;
};
// x = 2^exponent (1 + f)
inline Split split(float x) {
    constexpr std::uint32_t fraction = 0x007f'ffffU;
    constexpr std::uint32_t root_of_half = 0x3f35'04f3U;
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    const std::uint32_t above = bits - root_of_half;  // with the borrow that moves the exponent
    const auto exponent = static_cast<std::int32_t>(above) >> 23;
    const std::uint32_t mantissa = (above & fraction) + root_of_half;
    return {static_cast<float>(exponent), std::bit_cast<float>(mantissa) - 1.0F};
}
inline float log_of(Split x) { return x.exponent * 0.693147181F + x.f * log_slope(x.f); }
// word + 1/2, without the loss of a conversion to signed numbers.
inline float middle_of(std::uint32_t word) {
    const auto upper = static_cast<float>(static_cast<std::int32_t>(word >> 16U));
    const auto lower = static_cast<float>(static_cast<std::int32_t>(word & 0xffffU));
    return upper * 65536.0F + (lower + 0.5F);
}
// ln of the uniform of a word: near 1 of what it lacks.
inline float log_uniform(std::uint32_t word) {
    const Split plain = split(middle_of(word) * 0x1p-32F);
    const float lacks = middle_of(~word) * 0x1p-32F;
    const bool near_one = word >= 0xB504'F400U;
    return log_of({near_one ? 0.0F : plain.exponent, near_one ? -lacks : plain.f});
}

// How much further than wanted an order reaches, in logarithms; whether one is too close to tell.
HALFSPREAD_WIDEST inline bool look_how_far(double log_rate, double decay, bool is_linear,
                                           std::size_t n, const double* distance,
                                           const std::uint32_t* words, float* beyond) {
    alignas(64) float wanted[part_lanes];
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i)
        wanted[i] = static_cast<float>(log_rate - distance[i] * decay);
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) beyond[i] = log_uniform(words[i]);
    if (!is_linear) {
        for (std::size_t i = 0; i < n; ++i) beyond[i] = log_of(split(-beyond[i]));
    }
    std::int32_t doubtful = 0;
    HALFSPREAD_APART
    for (std::size_t i = 0; i < n; ++i) {
        beyond[i] = wanted[i] - beyond[i];
        const float margin = doubt + 1e-6F * std::abs(wanted[i]);
        doubtful |= std::abs(beyond[i]) <= margin ? 1 : 0;
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
        const double drawn = uniform(words[i]);
        const double reach = law.reach(side, law.is_linear ? drawn : exponential(drawn));
        beyond[i] = distance[i] <= reach ? 1.0F : -1.0F;
    }
}

}  // namespace halfspread
