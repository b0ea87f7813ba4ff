// Random: numbers that are functions of (seed, lane, purpose, index), without a state or an order.
//
//     Draws jumps(seed, lane, Purpose{3});
//     const auto [gap, size] = jumps.uniforms(i);       // the same whoever asks, whenever
//     exponential(gap), normal(size)
//
// Philox4x32-10 scrambles the counter (index, lane, purpose) under the seed; the tests hold its
// published vectors. Logarithm, exponential function and the normal's quantile are our own, of
// additions, multiplications, divisions and square roots alone: no machine's library has a say in a
// bit of them. Their relative error is below 1e-15, the normal's below 1e-14.
// Source: J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11, 2011; M. Wichura,
// "The percentage points of the normal distribution", Applied Statistics 37(3), 1988 (AS 241).
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace halfspread {

using Words = std::array<std::uint32_t, 4>;

inline constexpr std::uint32_t philox_even = 0xD2511F53U, philox_odd = 0xCD9E8D57U;
inline constexpr int philox_rounds = 10;
inline constexpr std::uint32_t philox_low_step = 0x9E3779B9U, philox_high_step = 0xBB67AE85U;

constexpr Words philox(Words counter, std::array<std::uint32_t, 2> key) {
    const auto round = [&]() __attribute__((always_inline)) {
        const std::uint64_t even = std::uint64_t{philox_even} * counter[0];
        const std::uint64_t odd = std::uint64_t{philox_odd} * counter[2];
        counter = {static_cast<std::uint32_t>(odd >> 32U) ^ counter[1] ^ key[0],
                   static_cast<std::uint32_t>(odd),
                   static_cast<std::uint32_t>(even >> 32U) ^ counter[3] ^ key[1],
                   static_cast<std::uint32_t>(even)};
        key = {key[0] + philox_low_step, key[1] + philox_high_step};
    };
    // Ten of them, written out for a compiler that makes vectors of a loop around them.
    round(), round(), round(), round(), round();
    round(), round(), round(), round(), round();
    return counter;
}

// A double of the bits of a whole number below 2^52.
inline double counted(std::uint64_t bits) {
    return std::bit_cast<double>(bits | 0x4330'0000'0000'0000U) - 0x1p52;
}

// In (0, 1), ends excluded, on a grid of 2^-52, and on one of 2^-32.
inline double uniform(std::uint32_t low, std::uint32_t high) {
    return (counted((std::uint64_t{high} << 32U | low) >> 12U) + 0.5) * 0x1p-52;
}
inline double uniform(std::uint32_t word) { return (counted(word) + 0.5) * 0x1p-32; }

// Two numbers, uniform on the finer grid.
struct Uniforms {
    double first, second;
};

// Three, the first on the finer grid, the others on the coarser one.
struct Thirds {
    double first, second, third;
};

// The draws of one lane for one purpose.
class Draws {
public:
    Draws(std::uint64_t seed, std::uint32_t lane, std::uint32_t purpose)
        : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)},
          lane_(lane),
          purpose_(purpose) {}

    Uniforms uniforms(std::uint64_t index) const {
        const Words words = words_of(index);
        return {uniform(words[0], words[1]), uniform(words[2], words[3])};
    }
    Thirds thirds(std::uint64_t index) const {
        const Words words = words_of(index);
        return {uniform(words[0], words[1]), uniform(words[2]), uniform(words[3])};
    }

    // What is scrambled, and under what.
    Words counter(std::uint64_t index) const {
        return {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32U), lane_,
                purpose_};
    }
    std::array<std::uint32_t, 2> key() const { return key_; }

private:
    Words words_of(std::uint64_t index) const { return philox(counter(index), key_); }

    std::array<std::uint32_t, 2> key_;
    std::uint32_t lane_, purpose_;
};

// The polynomial of these coefficients, the constant first.
template <std::size_t count>
constexpr double polynomial(const std::array<double, count>& coefficients, double x) {
    double sum = coefficients[count - 1];
    for (std::size_t i = count - 1; i-- > 0;) sum = sum * x + coefficients[i];
    return sum;
}

// ln 2 in two parts, the first short enough that its small multiples are exact.
inline constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;

// ln(2^power x) of a positive, finite x that is not subnormal, without a branch: of 2^e m it is
// e ln 2 + 2 artanh((m - 1)/(m + 1)).
inline double scaled_logarithm(double x, double power) {
    constexpr std::array<double, 11> odd = {1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7,
                                            1.0 / 9,  1.0 / 11, 1.0 / 13, 1.0 / 15,
                                            1.0 / 17, 1.0 / 19, 1.0 / 21};
    constexpr std::uint64_t fraction = 0x000f'ffff'ffff'ffffU;
    constexpr std::uint64_t of_half = 0x3fe0'0000'0000'0000U;
    const auto bits = std::bit_cast<std::uint64_t>(x);
    const double half = std::bit_cast<double>((bits & fraction) | of_half);
    const double exponent = counted(bits >> 52U) - 1022.0 + power;
    const bool small = half < 0x1.6a09e667f3bcdp-1;
    const double mantissa = small ? half * 2.0 : half;
    const double e = small ? exponent - 1.0 : exponent;
    const double s = (mantissa - 1.0) / (mantissa + 1.0);
    return e * ln2_high + (2.0 * s * polynomial(odd, s * s) + e * ln2_low);
}

// The natural logarithm of a positive, finite x.
inline double logarithm(double x) {
    return x < 0x1p-1022 ? scaled_logarithm(x * 0x1p54, -54.0) : scaled_logarithm(x, 0.0);
}

// The coefficients of exp(x) for |x| <= ln 2 / 2.
inline constexpr std::array<double, 15> exponential_taylor = [] {
    std::array<double, 15> terms{};
    double term = 1.0;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        terms[i] = term;
        term /= static_cast<double>(i + 1);
    }
    return terms;
}();

// exp(x) of a finite |x| <= 700.
inline double exponential_of(double x) {
    const double n = std::floor(x * 1.4426950408889634 + 0.5);
    const double rest = (x - n * ln2_high) - n * ln2_low;
    return std::ldexp(polynomial(exponential_taylor, rest), static_cast<int>(n));
}

// Of mean 1, from a uniform in (0, 1); small for a uniform near 1.
inline double exponential(double uniform) { return -logarithm(uniform); }

// The normal's quantile by Wichura's approximations: of 0.5 + off, |off| <= 0.425.
inline double middle_normal(double off) {
    constexpr std::array<double, 8> middle = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                              1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                              4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                              3.3430575583588128105e+4, 2.5090809287301226727e+3};
    constexpr std::array<double, 8> under_middle = {1.0,
                                                    4.2313330701600911252e+1,
                                                    6.8718700749205790830e+2,
                                                    5.3941960214247511077e+3,
                                                    2.1213794301586595867e+4,
                                                    3.9307895800092710610e+4,
                                                    2.8729085735721942674e+4,
                                                    5.2264952788528545610e+3};
    const double r = 0.180625 - off * off;
    return off * polynomial(middle, r) / polynomial(under_middle, r);
}

// Of one nearer to 0 or 1, which has the root r of -ln of its distance from there: up to
// `most_near`, and beyond.
inline double near_normal(double r) {
    constexpr std::array<double, 8> near = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                            5.76949722146069140550e0,  3.64784832476320460504e0,
                                            1.27045825245236838258e0,  2.41780725177450611770e-1,
                                            2.27238449892691845833e-2, 7.74545014278341407640e-4};
    constexpr std::array<double, 8> under_near = {1.0,
                                                  2.05319162663775882187e0,
                                                  1.67638483018380384940e0,
                                                  6.89767334985100004550e-1,
                                                  1.48103976427480074590e-1,
                                                  1.51986665636164571966e-2,
                                                  5.47593808499534494600e-4,
                                                  1.05075007164441684324e-9};
    return polynomial(near, r - 1.6) / polynomial(under_near, r - 1.6);
}
inline double far_normal(double r) {
    constexpr std::array<double, 8> far = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                           1.78482653991729133580e0,  2.96560571828504891230e-1,
                                           2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                           2.71155556874348757815e-5, 2.01033439929228813265e-7};
    constexpr std::array<double, 8> under_far = {1.0,
                                                 5.99832206555887937690e-1,
                                                 1.36929880922735805310e-1,
                                                 1.48753612908506148525e-2,
                                                 7.86869131145613259100e-4,
                                                 1.84631831751005468180e-5,
                                                 1.42151175831644588870e-7,
                                                 2.04426310338993978564e-15};
    return polynomial(far, r - 5.0) / polynomial(under_far, r - 5.0);
}
inline constexpr double most_near = 5.0;  // once in 7e10 it is more

inline double outer_root(double uniform) {
    return std::sqrt(-scaled_logarithm(uniform < 0.5 ? uniform : 1.0 - uniform, 0.0));
}
inline double outer_normal(double uniform) {
    const double r = outer_root(uniform);
    const double size = r <= most_near ? near_normal(r) : far_normal(r);
    return uniform < 0.5 ? -size : size;
}

inline constexpr double middle_half = 0.425;

// Of mean 0 and variance 1, from a uniform in (0, 1).
inline double normal(double uniform) {
    const double off = uniform - 0.5;
    return std::abs(off) <= middle_half ? middle_normal(off) : outer_normal(uniform);
}

}  // namespace halfspread
