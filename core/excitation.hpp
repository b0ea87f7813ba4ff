// Excitation: intensities of twelve kinds of events that bring on and hold back each other.
//
//     lambda_i(t) = max(0, baseline_i + sum over decays k and over events, of a kind j at s < t,
//                                       of jump_kij exp(-decay_k (t - s)))
//
//     Excitation excitation(laws);
//     excitation.pass(seconds);          // time goes by
//     excitation.intensities();          // now
//     excitation.bounds();               // none is above its own until something happens
//     excitation.happened(kind);
//
// The sums are carried on by one exponential a decay, which is exact. Negative jumps hold back.
//
// Cost    12 multiplications a decay and an exponential function a decay.
// Errors  none: laws() in bind/flows.cpp looks at what it is given.
// Source: A. Hawkes, "Spectra of some self-exciting and mutually exciting point processes",
// Biometrika 58(1), 1971.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "random.hpp"
#include "wide.hpp"

namespace halfspread {

struct ExcitationLaws {
    std::vector<double> baselines;  // events a second, by kind: >= 0, not all 0
    std::vector<double> decays;     // a second: > 0, at most Excitation::most_decays
    std::vector<double> jumps;      // a second: by decay, by what is excited, by what happened
};

class Excitation {
public:
    static constexpr std::size_t kinds = 12, most_decays = 16;
    using Rates = std::array<double, kinds>;

    explicit Excitation(const ExcitationLaws& laws)
        : count_(laws.decays.size()),
          left_(count_ * kinds, 0.0),
          jumps_((kinds + 1) * count_ * kinds, 0.0) {
        std::copy_n(laws.baselines.begin(), kinds, baselines_.begin());
        std::copy_n(laws.decays.begin(), count_, decays_.begin());
        paced_ = baselines_;
        for (std::size_t at = 0; at < left_.size(); ++at)
            for (std::size_t source = 0; source < kinds; ++source)
                jumps_[source * left_.size() + at] = laws.jumps[at * kinds + source];
        carry_on(unchanged, nothing);
    }

    // Multiplies the baselines, as they were at first.
    void set_paces(const Rates& paces) {
        for (std::size_t i = 0; i < kinds; ++i) paced_[i] = baselines_[i] * paces[i];
        carry_on(unchanged, nothing);
    }
    const Rates& intensities() const { return intensities_; }
    const Rates& bounds() const { return bounds_; }

    void pass(double seconds) {
        Factors factors;
        fade(seconds, factors);
        carry_on(factors, nothing);
    }
    void happened(std::size_t kind) { carry_on(unchanged, kind); }

private:
    using Factors = std::array<double, most_decays>;
    using Four [[gnu::vector_size(32)]] = double;
    using FourWords [[gnu::vector_size(32)]] = std::uint64_t;

    static constexpr std::size_t nothing = kinds;  // happened
    static constexpr Factors unchanged = [] {
        Factors ones{};
        ones.fill(1.0);
        return ones;
    }();

    static void load(const double* from, Four& to) { std::memcpy(&to, from, sizeof to); }
    static void store(const Four& from, double* to) { std::memcpy(to, &from, sizeof from); }

    // exp(-decay * seconds) of each decay, as exponential_of has it.
    HALFSPREAD_WIDE void fade(double seconds, Factors& factors) const {
        constexpr double round = 0x1.8p52;  // added, it leaves a whole number in the last bits
        for (std::size_t k = 0; k < count_; k += 4) {
            Four x;
            load(decays_.data() + k, x);
            x *= -seconds;
            x = x > -700.0 ? x : Four{} - 700.0;
            const Four shifted = x * 1.4426950408889634 + round;
            const Four n = shifted - round;
            const Four rest = (x - n * ln2_high) - n * ln2_low;
            Four sum = Four{} + exponential_taylor.back();
            for (std::size_t i = exponential_taylor.size() - 1; i-- > 0;)
                sum = sum * rest + exponential_taylor[i];
            FourWords power;
            std::memcpy(&power, &shifted, sizeof power);
            power = (power + 1023U) << 52U;
            Four scale;
            std::memcpy(&scale, &power, sizeof scale);
            store(sum * scale, factors.data() + k);
        }
    }
    // Multiplies what is left under each decay, and adds what a kind brings on.
    HALFSPREAD_WIDE void carry_on(const Factors& factors, std::size_t kind) {
        const double* jump = jumps_.data() + kind * left_.size();
        for (std::size_t i = 0; i < kinds; i += 4) {
            Four sum;
            load(paced_.data() + i, sum);
            Four above = sum;
            for (std::size_t at = i, k = 0; k < count_; ++k, at += kinds) {
                Four left;
                Four added;
                load(left_.data() + at, left);
                load(jump + at, added);
                left = left * factors[k] + added;
                store(left, left_.data() + at);
                sum += left;
                above += left > 0.0 ? left : Four{};
            }
            store(sum > 0.0 ? sum : Four{}, intensities_.data() + i);
            store(above, bounds_.data() + i);
        }
    }

    Rates baselines_, paced_, intensities_, bounds_;
    Factors decays_{};
    std::size_t count_;          // of decays
    std::vector<double> left_;   // of all jumps: by decay, by what is excited
    std::vector<double> jumps_;  // by what happened, by decay, by what is excited; none of nothing
};

}  // namespace halfspread
