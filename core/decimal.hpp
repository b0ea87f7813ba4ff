// Decimal: text to integer ticks and lots, exactly; no floating point on the way.
//
//     Step tick{1, 1};                      // 1 / 10^1 = 0.1
//     read_decimal("61800.20", tick);       // {618002, Reading::exact}
//     read_decimal("61800.25", tick);       // {618003, Reading::off_step}: half away from zero
//     read_levels(R"([["61800.20","0.014"]])", tick, lot, levels);
//
// Numbers may carry a sign, leading zeros and an exponent. A number that is not a multiple of its
// step is rounded to the nearest, but never to zero: a small size must not delete a level.
//
// Cost    about 10 ns a number, 25 ns a level.
// Errors  none thrown: every text gives a Reading; what can't be read adds nothing to the output.
// Limits  a number, in units of 10^-decimals of its step, and its count of steps must fit 64 bits.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace halfspread {

// A positive decimal, numerator / 10^decimals: 0.25 is {25, 2}. decimals <= 18, 1 <= numerator <=
// 10^18.
struct Step {
    std::int64_t numerator = 1;
    int decimals = 0;
};

enum class Reading : std::uint8_t { exact = 0, off_step = 1, malformed = 2, overflow = 3 };

struct Decimal {
    std::int64_t count = 0;
    Reading reading = Reading::malformed;
};

namespace detail {

inline constexpr int longest = 18;  // decimal digits that always fit a signed 64-bit integer
inline constexpr std::array<std::uint64_t, longest + 1> powers_of_ten = [] {
    std::array<std::uint64_t, longest + 1> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
}();

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr std::uint64_t digit(char c) { return static_cast<std::uint64_t>(c - '0'); }

// What a number holds in units of 10^-decimals, and what lies below that unit.
struct Magnitude {
    std::uint64_t units = 0;
    std::uint64_t next_digit = 0;  // the first digit below the unit
    bool rest = false;             // some digit below the unit is not zero
    bool overflow = false;
};

inline Decimal in_steps(Magnitude m, bool negative, Step step) {
    if (m.overflow) return {0, Reading::overflow};
    const auto numerator = static_cast<std::uint64_t>(step.numerator);
    std::uint64_t count = m.units;
    std::uint64_t remainder = 0;
    if (numerator != 1) {
        count = m.units / numerator;
        remainder = m.units % numerator;
    }
    const bool off = remainder != 0 || m.rest;
    if (off) {
        count += 2 * remainder + (m.next_digit >= 5 ? 1 : 0) >= numerator ? 1 : 0;
        if (count == 0) count = 1;
    }
    if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return {0, Reading::overflow};
    const auto value = static_cast<std::int64_t>(count);
    return {negative ? -value : value, off ? Reading::off_step : Reading::exact};
}

// The general case: digits (with at most one point) whose decimal point stands after `point` of
// them, which an exponent may have moved anywhere.
[[gnu::cold, gnu::noinline]] inline Magnitude weigh(std::string_view digits, std::int64_t point,
                                                    int decimals) {
    Magnitude m;
    const std::int64_t kept = point + decimals;
    std::int64_t seen = 0;
    const auto push = [&](std::uint64_t d) {
        m.overflow = m.overflow || __builtin_mul_overflow(m.units, std::uint64_t{10}, &m.units) ||
                     __builtin_add_overflow(m.units, d, &m.units);
    };
    for (const char c : digits) {
        if (c == '.') continue;
        if (seen < kept) {
            push(digit(c));
        } else {
            if (seen == kept) m.next_digit = digit(c);
            m.rest = m.rest || c != '0';
        }
        ++seen;
    }
    for (; seen < kept && m.units != 0 && !m.overflow; ++seen) push(0);
    return m;
}

// Reads an exponent's digits behind the 'e'; it is cut off at +-10^6, far beyond any number we
// hold.
[[gnu::cold, gnu::noinline]] inline bool scan_exponent(const char*& at, const char* end,
                                                       std::int64_t& exponent) {
    const char* p = at;
    const bool negative = p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) ++p;
    if (p == end || !is_digit(*p)) return false;
    std::int64_t value = 0;
    for (; p != end && is_digit(*p); ++p)
        if (value < 1'000'000) value = value * 10 + static_cast<std::int64_t>(digit(*p));
    exponent = negative ? -value : value;
    at = p;
    return true;
}

}  // namespace detail

// Reads the number that starts at `at` and leaves `at` behind it; where there is none, `at` stays.
inline Decimal scan_decimal(const char*& at, const char* end, Step step) {
    const char* p = at;
    const bool negative = p != end && *p == '-';
    if (negative) ++p;
    const char* const first = p;
    detail::Magnitude m;
    for (; p != end && detail::is_digit(*p); ++p) m.units = m.units * 10 + detail::digit(*p);
    const std::int64_t whole = p - first;
    std::int64_t fraction = 0;
    if (p != end && *p == '.') {
        const char* const point = ++p;
        const char* const kept = end - p > step.decimals ? p + step.decimals : end;
        for (; p != kept && detail::is_digit(*p); ++p) m.units = m.units * 10 + detail::digit(*p);
        if (p == kept && p != end && detail::is_digit(*p)) {
            m.next_digit = detail::digit(*p);
            for (; p != end && detail::is_digit(*p); ++p) m.rest = m.rest || *p != '0';
        }
        fraction = p - point;
    }
    if (whole + fraction == 0) return {};
    const bool has_exponent = p != end && (*p | 0x20) == 'e';
    if (has_exponent || whole + step.decimals > detail::longest) [[unlikely]] {
        const std::string_view digits(first, static_cast<std::size_t>(p - first));
        std::int64_t exponent = 0;
        if (has_exponent && !detail::scan_exponent(++p, end, exponent)) return {};
        m = detail::weigh(digits, whole + exponent, step.decimals);
    } else if (fraction < step.decimals) {
        m.units *= detail::powers_of_ten[static_cast<std::size_t>(step.decimals - fraction)];
    }
    at = p;
    return detail::in_steps(m, negative, step);
}

// The whole of `text` as one number.
inline Decimal read_decimal(std::string_view text, Step step) {
    const char* at = text.data();
    const char* const end = at + text.size();
    const Decimal decimal = scan_decimal(at, end, step);
    return at == end ? decimal : Decimal{};
}

// A level of an array. Its side is that of the words buy, sell, bid, ask where the level says one.
struct Level {
    std::int64_t size = 0;
    std::int32_t price = 0;
    std::int8_t side = 0;  // 0: it says none

    bool operator==(const Level&) const = default;
};

struct LevelsReading {
    bool whole = false;          // else the text is no such array, and added nothing
    std::uint32_t off_tick = 0;  // prices and sizes that were rounded
    std::uint32_t off_lot = 0;
    std::uint32_t too_large = 0;  // levels left out: no ticks or lots can hold their price or size
};

namespace detail {

// A walk over `[[price, size], ...]`; prices and sizes bare or in either kind of quotes, and before
// them, where the venue says it, the side in quotes.
class LevelsScan {
public:
    LevelsScan(std::string_view text, Step tick, Step lot, std::vector<Level>& out)
        : at_(text.data()), end_(at_ + text.size()), tick_(tick), lot_(lot), out_(out) {}

    LevelsReading read() {
        const std::size_t before = out_.size();
        result_.whole = take('[') && levels() && (skip_space(), at_ == end_);
        if (!result_.whole) {
            out_.resize(before);
            result_ = LevelsReading{};
        }
        return result_;
    }

private:
    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
    }
    bool take(char c) {
        skip_space();
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
        return true;
    }
    bool levels() {
        if (take(']')) return true;
        do {
            if (!level()) return false;
        } while (take(','));
        return take(']');
    }
    bool level() {
        std::int8_t side = 0;
        Decimal price;
        Decimal size;
        if (!take('[') || !word(side) || !number(tick_, price)) return false;
        if (!take(',') || !number(lot_, size) || !take(']') || size.count < 0) return false;
        // The two outermost prices are marks of the book and no prices.
        if (price.reading == Reading::overflow || size.reading == Reading::overflow ||
            price.count <= std::numeric_limits<std::int32_t>::min() ||
            price.count >= std::numeric_limits<std::int32_t>::max()) {
            ++result_.too_large;
            return true;
        }
        result_.off_tick += price.reading == Reading::off_step ? 1 : 0;
        result_.off_lot += size.reading == Reading::off_step ? 1 : 0;
        out_.push_back({size.count, static_cast<std::int32_t>(price.count), side});
        return true;
    }
    // A side's word, its quotes and the comma behind it; no word at all is fine too.
    bool word(std::int8_t& side) {
        skip_space();
        if (end_ - at_ < 5 || (at_[0] != '"' && at_[0] != '\'') || is_digit(at_[1])) return true;
        const std::string_view rest(at_ + 1, static_cast<std::size_t>(end_ - at_ - 1));
        for (const auto& [name, value] : side_words) {
            if (rest.substr(0, name.size()) != name || rest.size() == name.size()) continue;
            if (rest[name.size()] != at_[0]) return false;
            side = value;
            at_ += name.size() + 2;
            return take(',');
        }
        return true;
    }
    bool number(Step step, Decimal& decimal) {
        skip_space();
        if (at_ == end_) return false;
        const char quote = *at_ == '"' || *at_ == '\'' ? *at_ : '\0';
        if (quote != '\0') ++at_;
        decimal = scan_decimal(at_, end_, step);
        if (decimal.reading == Reading::malformed) return false;
        if (quote == '\0') return true;
        if (at_ == end_ || *at_ != quote) return false;
        ++at_;
        return true;
    }

    struct SideWord {
        std::string_view name;
        std::int8_t side;
    };
    static constexpr std::array<SideWord, 4> side_words{SideWord{"buy", 1}, SideWord{"sell", -1},
                                                        SideWord{"bid", 1}, SideWord{"ask", -1}};

    const char* at_;
    const char* end_;
    Step tick_, lot_;
    std::vector<Level>& out_;
    LevelsReading result_;
};

}  // namespace detail

// Appends the levels of one array to `out`, all of them or, where the text is bad, none.
inline LevelsReading read_levels(std::string_view text, Step tick, Step lot,
                                 std::vector<Level>& out) {
    return detail::LevelsScan(text, tick, lot, out).read();
}

}  // namespace halfspread
