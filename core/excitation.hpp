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
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
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
        : decays_(laws.decays), left_(laws.decays.size() * kinds, 0.0), jumps_(laws.jumps.size()) {
        std::copy_n(laws.baselines.begin(), kinds, baselines_.begin());
        paced_ = baselines_;
        const std::size_t each = left_.size();
        for (std::size_t at = 0; at < each; ++at)
            for (std::size_t source = 0; source < kinds; ++source)
                jumps_[source * each + at] = laws.jumps[at * kinds + source];
        add_up();
    }

    // Multiplies the baselines, as they were at first.
    void set_paces(const Rates& paces) {
        for (std::size_t i = 0; i < kinds; ++i) paced_[i] = baselines_[i] * paces[i];
        add_up();
    }
    const Rates& intensities() const { return intensities_; }
    const Rates& bounds() const { return bounds_; }

    void pass(double seconds) {
        std::array<double, most_decays> factors;
        fade(decays_.data(), decays_.size(), seconds, factors.data());
        multiply(factors.data(), left_.data(), decays_.size());
        add_up();
    }
    void happened(std::size_t kind) {
        const double* jump = jumps_.data() + kind * left_.size();
        for (std::size_t at = 0; at < left_.size(); ++at) left_[at] += jump[at];
        add_up();
    }

private:
    // exp(-decay * seconds) of each decay, as exponential_of has it.
    HALFSPREAD_WIDE static void fade(const double* decays, std::size_t count, double seconds,
                                     double* factors) {
        constexpr double round = 0x1.8p52;  // added, it leaves a whole number in the last bits
        for (std::size_t k = 0; k < count; ++k) {
            const double x = -std::min(decays[k] * seconds, 700.0);
            const double shifted = x * 1.4426950408889634 + round;
            const double n = shifted - round;
            const double rest = (x - n * ln2_high) - n * ln2_low;
            const std::uint64_t power = (std::bit_cast<std::uint64_t>(shifted) + 1023U) << 52U;
            factors[k] = polynomial(exponential_taylor, rest) * std::bit_cast<double>(power);
        }
    }
    HALFSPREAD_WIDE static void multiply(const double* factors, double* left, std::size_t count) {
        for (std::size_t k = 0; k < count; ++k)
            for (std::size_t i = 0; i < kinds; ++i) left[k * kinds + i] *= factors[k];
    }
    void add_up() { add(left_.data(), decays_.size(), paced_, intensities_, bounds_); }
    HALFSPREAD_WIDE static void add(const double* left, std::size_t count, const Rates& baselines,
                                    Rates& intensities, Rates& bounds) {
        Rates sum = baselines;
        Rates above = baselines;
        for (std::size_t k = 0; k < count; ++k) {
            for (std::size_t i = 0; i < kinds; ++i) {
                sum[i] += left[k * kinds + i];
                above[i] += std::max(left[k * kinds + i], 0.0);
            }
        }
        for (std::size_t i = 0; i < kinds; ++i) {
            intensities[i] = std::max(sum[i], 0.0);
            bounds[i] = above[i];
        }
    }

    Rates baselines_, paced_, intensities_, bounds_;
    std::vector<double> decays_;
    std::vector<double> left_;   // of all jumps: by decay, by what is excited
    std::vector<double> jumps_;  // by what happened, by decay, by what is excited
};

}  // namespace halfspread
