// Latency: how long an ask travels to the venue and an answer back; none, constant, or from data.
//
// Data are samples (asked, at the venue, answered). The way out at time x is the linear
// interpolation of `venue - asked` over `asked`; the way back that of `answered - venue` over
// `venue`; the first and the last sample hold beyond the ends. A sample with venue <= 0 was a
// refusal: an ask that falls next to it never arrives, and the refusal comes back after the
// interpolated `answered - asked`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "units.hpp"

namespace halfspread {

struct LatencySample {
    std::int64_t asked, venue, answered;
};

class Latency {
public:
    Latency() = default;
    Latency(Nanos out, Nanos back) : out_(out), back_(back) {}
    explicit Latency(std::vector<LatencySample> samples) : samples_(std::move(samples)) {
        for (const LatencySample& sample : samples_) {
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
        return static_cast<std::int64_t>(slope * static_cast<double>(x - x1)) + y1;
    }

    Nanos out_{}, back_{};
    std::vector<LatencySample> samples_, answered_;
};

}  // namespace halfspread
