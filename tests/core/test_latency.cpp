// Latency: constant, interpolated as its formula says, cut toward zero, its ends and its refusals.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "builders.hpp"
#include "latency.hpp"

using namespace halfspread;

namespace {

using Samples = std::vector<LatencySample>;

// The pair of samples that a plain search from the front finds.
struct Around {
    LatencySample a, b;
};
Around around(const Samples& samples, std::int64_t x, std::int64_t LatencySample::* axis) {
    if (x < samples.front().*axis) return {samples.front(), samples.front()};
    for (std::size_t i = 0; i + 1 < samples.size(); ++i) {
        if (samples[i].*axis <= x && x < samples[i + 1].*axis) return {samples[i], samples[i + 1]};
    }
    return {samples.back(), samples.back()};
}

std::int64_t line(double x, double x1, double y1, double x2, double y2) {
    if (x1 == x2) return static_cast<std::int64_t>(y1);
    const double rise = (y2 - y1) / (x2 - x1) * (x - x1);
    return static_cast<std::int64_t>(rise) + static_cast<std::int64_t>(y1);
}
std::int64_t plain_out(const Samples& samples, std::int64_t x) {
    const Around near = around(samples, x, &LatencySample::asked);
    const LatencySample &a = near.a, &b = near.b;
    const auto at = [&](std::int64_t ya, std::int64_t yb) {
        return line(double(x), double(a.asked), double(ya), double(b.asked), double(yb));
    };
    if (a.venue <= 0 || b.venue <= 0) return -at(a.answered - a.asked, b.answered - b.asked);
    return at(a.venue - a.asked, b.venue - b.asked);
}
std::int64_t plain_back(const Samples& samples, std::int64_t x) {
    Samples answered;
    for (const LatencySample& sample : samples) {
        if (sample.venue > 0) answered.push_back(sample);
    }
    const auto [a, b] = around(answered, x, &LatencySample::venue);
    return line(double(x), double(a.venue), double(a.answered - a.venue), double(b.venue),
                double(b.answered - b.venue));
}

}  // namespace

TEST_CASE("none and constant") {
    CHECK(Latency().out(Nanos{7}) == Nanos{0});
    CHECK(Latency().back(Nanos{7}) == Nanos{0});
    const Latency constant(Nanos{5}, Nanos{8});
    CHECK(constant.out(Nanos{0}) == Nanos{5});
    CHECK(constant.back(Nanos{1'000}) == Nanos{8});
}

TEST_CASE("between two samples: linear, cut toward zero before the first one's is added") {
    const Latency latency(Samples{{100, 110, 130}, {103, 114, 128}});
    CHECK(latency.out(Nanos{100}) == Nanos{10});
    CHECK(latency.out(Nanos{101}) == Nanos{10});  // 1/3
    CHECK(latency.out(Nanos{102}) == Nanos{10});  // 2/3
    CHECK(latency.out(Nanos{103}) == Nanos{11});
    CHECK(latency.back(Nanos{110}) == Nanos{20});
    CHECK(latency.back(Nanos{111}) == Nanos{19});  // -1.5
    CHECK(latency.back(Nanos{113}) == Nanos{16});  // -4.5
    CHECK(latency.back(Nanos{114}) == Nanos{14});
}

TEST_CASE("the first and the last sample hold beyond the ends") {
    const Latency latency(Samples{{100, 110, 130}, {200, 240, 250}});
    CHECK(latency.out(Nanos{-1'000'000}) == Nanos{10});
    CHECK(latency.out(Nanos{99}) == Nanos{10});
    CHECK(latency.out(Nanos{200}) == Nanos{40});
    CHECK(latency.out(Nanos{1'000'000}) == Nanos{40});
    CHECK(latency.back(Nanos{1}) == Nanos{20});
    CHECK(latency.back(Nanos{1'000'000}) == Nanos{10});
    CHECK(Latency(Samples{{5, 7, 10}}).out(Nanos{5}) == Nanos{2});
    CHECK(Latency(Samples{{5, 7, 10}}).back(Nanos{5}) == Nanos{3});
}

TEST_CASE("samples asked at one time: the last of them holds from then on") {
    const Latency latency(Samples{{100, 110, 130}, {100, 120, 150}, {200, 220, 260}});
    CHECK(latency.out(Nanos{99}) == Nanos{10});
    CHECK(latency.out(Nanos{100}) == Nanos{20});
    CHECK(latency.out(Nanos{150}) == Nanos{20});
}

TEST_CASE("an ask next to a refusal is refused, and we know after answered - asked") {
    const Latency latency(Samples{{100, 110, 120}, {200, 0, 260}, {300, 330, 340}});
    CHECK(latency.out(Nanos{99}) == Nanos{10});
    CHECK(latency.out(Nanos{100}) == Nanos{-20});
    CHECK(latency.out(Nanos{150}) == Nanos{-40});
    CHECK(latency.out(Nanos{250}) == Nanos{-50});
    CHECK(latency.out(Nanos{300}) == Nanos{30});
}

TEST_CASE("any venue time up to 0 is a refusal, also where times are before 1970") {
    for (const std::int64_t venue : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{-90}}) {
        const Latency latency(Samples{{-100, venue, -70}});
        CHECK(latency.out(Nanos{-100}) == Nanos{-30});
        CHECK(latency.back(Nanos{-100}) == Nanos{0});  // none was answered
    }
    CHECK(Latency(Samples{{-100, 1, 20}}).out(Nanos{-100}) == Nanos{101});
}

TEST_CASE("the way back passes over refusals") {
    const Latency latency(
        Samples{{100, 110, 120}, {200, 210, 230}, {300, 0, 360}, {400, 410, 440}, {500, 0, 600}});
    CHECK(latency.back(Nanos{110}) == Nanos{10});
    CHECK(latency.back(Nanos{160}) == Nanos{15});
    CHECK(latency.back(Nanos{310}) == Nanos{25});
    CHECK(latency.back(Nanos{1'000}) == Nanos{30});
}

TEST_CASE("any samples equal a plain search and the formula") {
    Draw within(9);
    for (int round = 0; round < 300; ++round) {
        Samples samples;
        std::int64_t asked = 1'000'000, venue = asked;
        const bool refusing = within(2) == 0;
        for (std::int64_t i = 1 + within(12); i > 0; --i) {
            asked += within(1'000);
            venue = std::max(venue, asked + within(500));
            const bool refused = refusing && !samples.empty() && within(3) == 0;
            samples.push_back({asked, refused ? 0 : venue, venue + within(900)});
        }
        const Latency latency(samples);
        for (int i = 0; i < 200; ++i) {
            const std::int64_t x = 999'000 + within(15'000);
            REQUIRE(latency.out(Nanos{x}).count == plain_out(samples, x));
            REQUIRE(latency.back(Nanos{x}).count == plain_back(samples, x));
        }
    }
}

TEST_CASE("no way takes longer than the longest, whatever the samples") {
    constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
    const Latency constant(Nanos{huge}, Nanos{huge});
    CHECK(constant.out(Nanos{0}) == longest_latency);
    CHECK(constant.back(Nanos{0}) == longest_latency);
    const Latency slow(Samples{{-huge, 1, huge}, {0, huge, huge}, {huge, huge, huge}});
    CHECK(slow.out(Nanos{0}) == longest_latency);
    CHECK(slow.back(Nanos{0}) == longest_latency);
    const Latency refusing(Samples{{-huge, 0, huge}, {0, -huge, huge}});
    CHECK(refusing.out(Nanos{0}) == -longest_latency);
    // At the venue out of order: the line through two samples, far beyond both.
    const Latency steep(Samples{{1, 100, 100}, {2, 2'000, 2'000}, {3, 2'001, 9'000'002'001}});
    for (const std::int64_t x : {earliest.count, std::int64_t{0}, latest.count}) {
        for (const Latency& latency : {slow, refusing, steep}) {
            CHECK(std::abs(latency.out(Nanos{x}).count) <= 5 * longest_latency.count);
            CHECK(std::abs(latency.back(Nanos{x}).count) <= 5 * longest_latency.count);
        }
    }
}

TEST_CASE("a line through samples that go back at the venue stays within bounds") {
    const Latency latency(
        Samples{{1, 1'000, 1'000}, {2, 10, 9'000'000'010}, {3, 11, 11}, {4, 2'000, 2'000}});
    for (const std::int64_t x : {earliest.count, std::int64_t{1'500}, latest.count}) {
        CHECK(std::abs(latency.back(Nanos{x}).count) <= 5 * longest_latency.count);
    }
}
