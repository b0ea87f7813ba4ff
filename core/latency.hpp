// Latency: how long an ask travels to the venue and an answer back; none, constant, or from data.
//
// Data are samples (asked, at the venue, answered). The way out at time x is the linear
// interpolation of `venue - asked` over `asked`; the way back that of `answered - venue` over
// `venue`; the first and the last sample hold beyond the ends. A sample with venue <= 0 was a
// refusal: an ask that falls next to it never arrives, and the refusal comes back after the
// interpolated `answered - asked`. A way that takes longer than `longest_latency` takes that long.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "units.hpp"

namespace halfspread {

inline constexpr Nanos longest_latency{10'000'000'000'000'000};  // 115 days

struct LatencySample {
    std::int64_t asked, venue, answered;
};

class Latency {
public:
    Latency() = default;
    Latency(Nanos out, Nanos back)
        : out_(std::min(out, longest_latency)), back_(std::min(back, longest_latency)) {}
    explicit Latency(std::vector<LatencySample> samples) : samples_(std::move(samples)) {
        for (LatencySample& sample : samples_) {
            cut(sample);
            if (sample.venue > 0) answered_.push_back(sample);
        }
    }

    // How long an ask sent at `time` travels; negative: it is refused and known so after that long.
    Nanos out(Nanos time) const {
        if (samples_.empty()) return out_;
        const auto [a, b] = around(samples_, time.count, &LatencySample::asked);
        if (a->venue <= 0 || b->venue <= 0) {
            return Nanos{-between(time.count, a->asked, a->answered - a->asked, b->asked,
                                  b->answered - b->asked)};
        }
        return Nanos{
            between(time.count, a->asked, a->venue - a->asked, b->asked, b->venue - b->asked)};
    }

    // How long an answer given at `time` travels.
    Nanos back(Nanos time) const {
        if (answered_.empty()) return back_;
        const auto [a, b] = around(answered_, time.count, &LatencySample::venue);
        return Nanos{between(time.count, a->venue, a->answered - a->venue, b->venue,
                             b->answered - b->venue)};
    }

private:
    struct Pair {
        const LatencySample *a, *b;
    };
    static constexpr std::int64_t longest = longest_latency.count;

    // Brings the times of a sample so near to each other that no difference leaves 64 bits.
    static void cut(LatencySample& sample) {
        sample.asked = std::clamp(sample.asked, earliest.count, latest.count);
        const auto near = [](std::int64_t time, std::int64_t other) {
            return std::clamp(time, other - longest, other + longest);
        };
        const bool refused = sample.venue <= 0;
        if (!refused) sample.venue = near(sample.venue, sample.asked);
        sample.answered = near(sample.answered, refused ? sample.asked : sample.venue);
    }

    static Pair around(const std::vector<LatencySample>& samples, std::int64_t x,
                       std::int64_t LatencySample::* axis) {
        const auto after = std::upper_bound(
            samples.begin(), samples.end(), x,
            [axis](std::int64_t value, const LatencySample& s) { return value < s.*axis; });
        const auto i = static_cast<std::size_t>(after - samples.begin());
        const LatencySample* b = &samples[std::min(i, samples.size() - 1)];
        const LatencySample* a = &samples[i == 0 ? 0 : i - 1];
        return {a, b};
    }

    // Linear, in the order of operations and with the truncation of hftbacktest.
    static std::int64_t between(std::int64_t x, std::int64_t x1, std::int64_t y1, std::int64_t x2,
                                std::int64_t y2) {
        if (x1 == x2) return y1;
        const double slope = static_cast<double>(y2 - y1) / static_cast<double>(x2 - x1);
        const double rise = slope * static_cast<double>(x - x1);
        // Beyond the samples, which need not ascend at the venue, it may be anything.
        constexpr double most = 4.0 * static_cast<double>(longest);
        return static_cast<std::int64_t>(std::clamp(rise, -most, most)) + y1;
    }

    Nanos out_{}, back_{};
    std::vector<LatencySample> samples_, answered_;
};

}  // namespace halfspread
