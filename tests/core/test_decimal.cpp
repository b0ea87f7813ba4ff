// Decimal against 128-bit arithmetic: every reading, rounding, exponents, and arrays of levels.
#include "decimal.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace halfspread;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

bool equal(Decimal decimal, std::int64_t count, Reading reading) {
    return decimal.count == count && decimal.reading == reading;
}

__extension__ using Wide = __int128;

Wide power_of_ten(int exponent) {
    Wide power = 1;
    for (int i = 0; i < exponent; ++i) power *= 10;
    return power;
}

// The nearest count of steps to digits / 10^fraction, by the schoolbook.
Decimal schoolbook(std::int64_t digits, int fraction, bool negative, Step step) {
    const Wide value = digits * power_of_ten(step.decimals);
    const Wide unit = step.numerator * power_of_ten(fraction);
    Wide count = (2 * value + unit) / (2 * unit);
    const bool off = value % unit != 0;
    if (off && count == 0) count = 1;
    const bool too_fine =
        value / power_of_ten(fraction) > std::numeric_limits<std::uint64_t>::max();
    if (too_fine || count > largest) return {0, Reading::overflow};
    const auto whole = static_cast<std::int64_t>(count);
    return {negative ? -whole : whole, off ? Reading::off_step : Reading::exact};
}

std::string spell(std::int64_t digits, int fraction, bool negative) {
    std::string text = std::to_string(digits);
    if (static_cast<int>(text.size()) <= fraction)
        text.insert(0, static_cast<std::size_t>(fraction + 1) - text.size(), '0');
    if (fraction > 0) text.insert(text.size() - static_cast<std::size_t>(fraction), 1, '.');
    if (negative) text.insert(text.begin(), '-');
    return text;
}

}  // namespace

TEST_CASE("prices and sizes as venues write them") {
    CHECK(equal(read_decimal("61800.20", {1, 1}), 618'002, Reading::exact));
    CHECK(equal(read_decimal("61837.63000000", {1, 2}), 6'183'763, Reading::exact));
    CHECK(equal(read_decimal("0.00000001", {1, 8}), 1, Reading::exact));
    CHECK(equal(read_decimal("5", {1, 3}), 5'000, Reading::exact));
    CHECK(equal(read_decimal("100.25", {25, 2}), 401, Reading::exact));
    CHECK(equal(read_decimal("1e-8", {1, 8}), 1, Reading::exact));
    CHECK(equal(read_decimal("1.5E3", {10, 0}), 150, Reading::exact));
    CHECK(equal(read_decimal("-0.5", {1, 1}), -5, Reading::exact));
    CHECK(equal(read_decimal("0", {1, 8}), 0, Reading::exact));
    CHECK(equal(read_decimal("-0.000", {1, 1}), 0, Reading::exact));
    CHECK(equal(read_decimal(".5", {1, 1}), 5, Reading::exact));
    CHECK(equal(read_decimal("5.", {1, 1}), 50, Reading::exact));
}

TEST_CASE("off the step: to the nearest, halves away from zero, never to zero") {
    CHECK(equal(read_decimal("0.14", {1, 1}), 1, Reading::off_step));
    CHECK(equal(read_decimal("0.15", {1, 1}), 2, Reading::off_step));
    CHECK(equal(read_decimal("-0.15", {1, 1}), -2, Reading::off_step));
    CHECK(equal(read_decimal("0.00000000001", {1, 2}), 1, Reading::off_step));
    CHECK(equal(read_decimal("13.329999", {1, 2}), 1333, Reading::off_step));
    CHECK(equal(read_decimal("0.375", {25, 2}), 2, Reading::off_step));
    CHECK(equal(read_decimal("0.37499", {25, 2}), 1, Reading::off_step));
    CHECK(equal(read_decimal("7", {5, 0}), 1, Reading::off_step));
    CHECK(equal(read_decimal("7.5", {5, 0}), 2, Reading::off_step));
}

TEST_CASE("the edges of 64 bits") {
    CHECK(equal(read_decimal("9223372036854775807", {1, 0}), largest, Reading::exact));
    CHECK(equal(read_decimal("-9223372036854775807", {1, 0}), -largest, Reading::exact));
    CHECK(read_decimal("9223372036854775808", {1, 0}).reading == Reading::overflow);
    CHECK(read_decimal("18446744073709551616", {1, 0}).reading == Reading::overflow);
    CHECK(read_decimal("1e400", {1, 0}).reading == Reading::overflow);
    CHECK(read_decimal("1e99999999999999999999", {1, 0}).reading == Reading::overflow);
    CHECK(equal(read_decimal("1e-99999999999999999999", {1, 8}), 1, Reading::off_step));
    CHECK(equal(read_decimal("0e999999", {1, 18}), 0, Reading::exact));
    CHECK(equal(read_decimal("00000000000000000000000000000000000012.5", {1, 1}), 125,
                Reading::exact));
    CHECK(
        equal(read_decimal("0.1000000000000000055511151231257827", {1, 1}), 1, Reading::off_step));
    CHECK(equal(read_decimal("9.223372036854775807", {1, 18}), largest, Reading::exact));
}

TEST_CASE("what is no number") {
    for (const char* text :
         {"",   "-",   ".",    "-.",    "e5",  "1e",  "1e+", "1e-", "+1", " 1",
          "1 ", "1,5", "0x10", "1.2.3", "nan", "NaN", "inf", "--1", "1-", "1e5.5"}) {
        CAPTURE(text);
        CHECK(read_decimal(text, {1, 2}).reading == Reading::malformed);
    }
    CHECK(read_decimal({}, {1, 2}).reading == Reading::malformed);
}

TEST_CASE("a hundred thousand numbers equal the schoolbook's") {
    std::mt19937_64 random{7};
    const auto below = [&](std::int64_t n) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
    };
    for (int i = 0; i < 100'000; ++i) {
        const std::int64_t digits =
            below(static_cast<std::int64_t>(power_of_ten(static_cast<int>(1 + below(15)))));
        const auto fraction = static_cast<int>(below(12));
        const Step step{1 + below(i % 3 == 0 ? 1000 : 1), static_cast<int>(below(13))};
        const bool negative = below(4) == 0;
        const Decimal expected = schoolbook(digits, fraction, negative, step);
        const std::string text = spell(digits, fraction, negative);
        CAPTURE(text);
        CAPTURE(step.numerator);
        CAPTURE(step.decimals);
        const Decimal read = read_decimal(text, step);
        REQUIRE(read.reading == expected.reading);
        REQUIRE(read.count == expected.count);
        const Decimal shifted =
            read_decimal(spell(digits, 0, negative) + "e-" + std::to_string(fraction), step);
        REQUIRE(shifted.reading == expected.reading);
        REQUIRE(shifted.count == expected.count);
    }
}

TEST_CASE("levels: strings, bare numbers, either quote, spaces, and a side in front") {
    std::vector<Level> levels;
    const Step tick{1, 1};
    const Step lot{1, 3};
    CHECK(read_levels(R"([["58710.20","0.014"],["61496.50","0.000"]])", tick, lot, levels).whole);
    CHECK(read_levels(" [ [ 58710.3 , 0.02 ] ] ", tick, lot, levels).whole);
    CHECK(read_levels("[['58710.4', '0.03']]", tick, lot, levels).whole);
    CHECK(
        read_levels("[['buy', '5.0', '1'], [\"sell\", \"6.0\", \"0\"]]", tick, lot, levels).whole);
    CHECK(read_levels("[]", tick, lot, levels).whole);
    CHECK(levels == std::vector<Level>{{14, 587'102, 0},
                                       {0, 614'965, 0},
                                       {20, 587'103, 0},
                                       {30, 587'104, 0},
                                       {1000, 50, 1},
                                       {0, 60, -1}});
}

TEST_CASE("levels: a bad array adds nothing, and says so") {
    std::vector<Level> levels;
    REQUIRE(read_levels(R"([["1","1"]])", {1, 0}, {1, 0}, levels).whole);
    for (const char* text : {"",
                             "[",
                             "]",
                             "[[",
                             "[[]]",
                             R"([["1"]])",
                             R"([["1","1"])",
                             R"([["1","1"],])",
                             R"([["1","1"]]x)",
                             R"([["1","1","1"]])",
                             R"([["1',"1"]])",
                             R"([["1,"1"]])",
                             R"(["1","1"])",
                             "null",
                             "{}",
                             R"([["1","x"]])",
                             R"([["1","-1"]])",
                             R"([[null,1]])",
                             R"([["2","2"],["buy"]])",
                             R"([["buy,"1","1"]])",
                             R"([["bid" "1","1"]])"}) {
        CAPTURE(text);
        const LevelsReading reading = read_levels(text, {1, 0}, {1, 0}, levels);
        CHECK_FALSE(reading.whole);
        CHECK(reading.off_tick + reading.off_lot + reading.too_large == 0);
        CHECK(levels.size() == 1);
    }
    CHECK_FALSE(read_levels({}, {1, 0}, {1, 0}, levels).whole);
}

TEST_CASE("levels: rounded ones are counted, those that don't fit are left out and counted") {
    std::vector<Level> levels;
    const LevelsReading reading = read_levels(
        R"([["1.05","1"],["2.0","0.5"],["2147483647","1"],["-2147483648","1"],["3","99999999999999999999"],["2147483646","7"]])",
        {1, 0}, {1, 0}, levels);
    CHECK(reading.whole);
    CHECK(reading.off_tick == 1);
    CHECK(reading.off_lot == 1);
    CHECK(reading.too_large == 3);
    CHECK(levels == std::vector<Level>{{1, 1, 0}, {1, 2, 0}, {7, 2'147'483'646, 0}});
}
