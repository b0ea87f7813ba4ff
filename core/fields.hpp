// Fields: where the values of named fields lie in a line of JSON or CSV, found without copying.
//
//     JsonFields fields({"e", "u", "b"}, "data");     // looks inside an object called data, too
//     Span spans[3];
//     fields.find(line, spans);                       // spans[1] holds the text of u
//
// Cost    about 1 ns a byte.
// Errors  none thrown: find returns false where the line is not one whole JSON object. Only
//         brackets and strings are checked inside values that were not asked for, or will be read
//         later.
// Limits  a text of less than 2 GiB, 32 names.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "decimal.hpp"

namespace halfspread {

// Offsets into a text, quotes of a string left out; begin -1: the field is absent.
struct Span {
    std::int32_t begin = -1;
    std::int32_t end = -1;

    bool absent() const { return begin < 0; }
};

namespace detail {

inline const char* skip_space(const char* p, const char* end) {
    while (p != end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) ++p;
    return p;
}

// Whether any of 8 characters is a quote or a backslash: the bytes of the answer that are 0x80,
// from the first that is one on (behind it there may be false ones, but none in front of it).
inline std::uint64_t quotes_in(const char* p) {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    std::uint64_t eight = 0;
    std::memcpy(&eight, p, sizeof eight);
    const std::uint64_t quote = eight ^ (ones * '"');
    const std::uint64_t escape = eight ^ (ones * '\\');
    return (((quote - ones) & ~quote) | ((escape - ones) & ~escape)) & (ones << 7);
}

// Behind the closing quote of the string whose opening quote is at `p`, or null.
inline const char* skip_string(const char* p, const char* end) {
    ++p;
    while (true) {
        if constexpr (std::endian::native == std::endian::little) {
            while (end - p >= 8) {
                const std::uint64_t found = quotes_in(p);
                p += found == 0 ? 8 : __builtin_ctzll(found) / 8;
                if (found != 0) break;
            }
        }
        while (p != end && *p != '"' && *p != '\\') ++p;
        if (p == end) return nullptr;
        if (*p == '"') return p + 1;
        if (++p == end) return nullptr;
        ++p;
    }
}

inline const char* skip_brackets(const char* p, const char* end) {
    for (std::int64_t depth = 0; p != end;) {
        const char c = *p;
        if (c == '"') {
            p = skip_string(p, end);
            if (p == nullptr) return nullptr;
            continue;
        }
        ++p;
        if (c == '[' || c == '{') ++depth;
        if ((c == ']' || c == '}') && --depth == 0) return p;
    }
    return nullptr;
}

// Behind the JSON value that starts at `p`, or null.
inline const char* skip_value(const char* p, const char* end) {
    if (p == end) return nullptr;
    if (*p == '"') return skip_string(p, end);
    if (*p == '[' || *p == '{') return skip_brackets(p, end);
    const char* const first = p;
    while (p != end && (is_digit(*p) || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                        *p == '-' || *p == '+' || *p == '.'))
        ++p;
    return p == first ? nullptr : p;
}

inline Span span_of(const char* text, const char* begin, const char* end) {
    return {static_cast<std::int32_t>(begin - text), static_cast<std::int32_t>(end - text)};
}

// Of a JSON value: a string's quotes are left out.
inline Span inner_span(const char* text, const char* begin, const char* end) {
    return *begin == '"' ? span_of(text, begin + 1, end - 1) : span_of(text, begin, end);
}

}  // namespace detail

class JsonFields {
public:
    static constexpr std::size_t most = 32;

    // `inside`: an object of that name at the top has its fields found as if they stood at the top.
    JsonFields(std::vector<std::string> names, std::string inside)
        : names_(std::move(names)), inside_(std::move(inside)) {
        for (std::size_t i = 0; i < names_.size() && i < most; ++i)
            if (!names_[i].empty())
                by_first_[static_cast<unsigned char>(names_[i][0])] |= std::uint32_t{1} << i;
    }

    std::size_t size() const { return names_.size(); }

    // Writes one span a name. `text` is what the spans count from and `line` lies within it.
    bool find(const char* text, std::string_view line, Span* spans) const {
        for (std::size_t i = 0; i < names_.size(); ++i) spans[i] = Span{};
        const char* const end = line.data() + line.size();
        const char* p = detail::skip_space(line.data(), end);
        p = object(text, p, end, spans, true);
        return p != nullptr && detail::skip_space(p, end) == end;
    }

private:
    const char* object(const char* text, const char* p, const char* end, Span* spans,
                       bool top) const {
        if (p == end || *p != '{') return nullptr;
        p = detail::skip_space(p + 1, end);
        if (p != end && *p == '}') return p + 1;
        while (p != end && *p == '"') {
            const char* const key = p + 1;
            p = detail::skip_string(p, end);
            if (p == nullptr) return nullptr;
            const std::string_view name(key, static_cast<std::size_t>(p - 1 - key));
            p = detail::skip_space(p, end);
            if (p == end || *p != ':') return nullptr;
            p = detail::skip_space(p + 1, end);
            const char* const value = p;
            const bool enter = top && p != end && *p == '{' && name == inside_;
            p = enter ? object(text, p, end, spans, false) : detail::skip_value(p, end);
            if (p == nullptr) return nullptr;
            note(name, detail::inner_span(text, value, p), spans);
            p = detail::skip_space(p, end);
            if (p == end) return nullptr;
            if (*p == '}') return p + 1;
            if (*p != ',') return nullptr;
            p = detail::skip_space(p + 1, end);
        }
        return nullptr;
    }

    void note(std::string_view name, Span span, Span* spans) const {
        if (name.empty()) return;
        std::uint32_t candidates = by_first_[static_cast<unsigned char>(name[0])];
        for (; candidates != 0; candidates &= candidates - 1) {
            const auto i = static_cast<std::size_t>(__builtin_ctz(candidates));
            if (same(names_[i], name)) spans[i] = span;
        }
    }

    // Names are a letter or a word: a call to memcmp would cost more than the loop.
    static bool same(std::string_view a, std::string_view b) {
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i < a.size(); ++i)
            if (a[i] != b[i]) return false;
        return true;
    }

    std::vector<std::string> names_;
    std::string inside_;
    std::array<std::uint32_t, 256> by_first_{};
};

// Appends the spans of the elements of a JSON array; false, and none, where it is not one.
inline bool find_items(const char* text, std::string_view array, std::vector<Span>& items) {
    const std::size_t before = items.size();
    const char* const end = array.data() + array.size();
    const char* p = detail::skip_space(array.data(), end);
    bool whole = false;
    if (p != end && *p == '[') {
        p = detail::skip_space(p + 1, end);
        whole = p != end && *p == ']';
        while (!whole) {
            const char* const item = p;
            p = detail::skip_value(p, end);
            if (p == nullptr) break;
            items.push_back(detail::inner_span(text, item, p));
            p = detail::skip_space(p, end);
            if (p == end || (*p != ',' && *p != ']')) break;
            whole = *p == ']';
            if (!whole) p = detail::skip_space(p + 1, end);
        }
    }
    whole = whole && detail::skip_space(p + 1, end) == end;
    if (!whole) items.resize(before);
    return whole;
}

// The columns of a CSV line, as many as it has up to `count`; returns how many the line has. An
// empty one is absent. One in double quotes may hold commas; its span leaves the outer quotes out.
inline std::size_t find_columns(const char* text, std::string_view line, std::size_t count,
                                Span* spans) {
    const char* p = line.data();
    const char* const end = p + line.size();
    for (std::size_t column = 0;; ++column, ++p) {
        const bool quoted = p != end && *p == '"';
        if (quoted) ++p;
        const char* const first = p;
        if (quoted)
            for (; p != end && (*p != '"' || (p + 1 != end && p[1] == '"')); ++p)
                if (*p == '"') ++p;
        const char* last = p;
        while (p != end && *p != ',') ++p;
        if (!quoted) last = p;
        if (column < count)
            spans[column] = first == last ? Span{} : detail::span_of(text, first, last);
        if (p == end) return column + 1;
    }
}

// Reads the Unix time that starts at `at`, as nanoseconds; -1, and `at` stays, where there is none.
// A whole part of 10, 13, 16 or 19 digits is seconds, milli-, micro- or nanoseconds (from 2001 to
// 2286).
inline std::int64_t scan_unix_time(const char*& at, const char* end) {
    const char* p = at;
    std::uint64_t value = 0;
    while (p != end && detail::is_digit(*p)) value = value * 10 + detail::digit(*p++);
    const auto whole = p - at;
    if (whole != 10 && whole != 13 && whole != 16 && whole != 19) return -1;
    const auto decimals = static_cast<int>(19 - whole);
    auto time = static_cast<std::int64_t>(
        value * detail::powers_of_ten[static_cast<std::size_t>(decimals)]);
    if (time < 0) return -1;
    if (p != end && *p == '.') {
        const Decimal rest = scan_decimal(p, end, Step{1, decimals});
        const auto unit =
            static_cast<std::int64_t>(detail::powers_of_ten[static_cast<std::size_t>(decimals)]);
        if (rest.reading > Reading::off_step || rest.count > unit) return -1;
        if (__builtin_add_overflow(time, rest.count, &time)) return -1;
    }
    at = p;
    return time;
}

// A receive time in front of a line, ended by a space or by a colon and a space.
struct Stamp {
    std::int64_t time = -1;  // -1: the line starts with the message
    const char* message = nullptr;
};

inline Stamp read_stamp(std::string_view line) {
    const char* p = line.data();
    const char* const end = p + line.size();
    const std::int64_t time = scan_unix_time(p, end);
    if (time >= 0 && p != end && *p == ':') ++p;
    if (time < 0 || p == end || *p != ' ') return {-1, line.data()};
    return {time, detail::skip_space(p, end)};
}

// "2018-04-17T00:54:57.887000Z", of the years 1970 to 2199, or a Unix time, as nanoseconds since
// 1970; -1 where it is neither.
inline std::int64_t read_time(std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    const std::int64_t unix_time = scan_unix_time(at, end);
    if (unix_time >= 0) return at == end ? unix_time : -1;
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
    if (text.size() < shape.size() + 1 || text.back() != 'Z') return -1;
    std::array<std::int64_t, 6> part{};
    std::size_t n = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 'd') {
            if (!detail::is_digit(text[i])) return -1;
            part[n] = part[n] * 10 + static_cast<std::int64_t>(detail::digit(text[i]));
        } else {
            if (text[i] != shape[i] && (shape[i] != 'T' || text[i] != ' ')) return -1;
            ++n;
        }
    }
    const auto [year, month, day, hour, minute, second] = part;
    if (year < 1970 || year > 2199 || month < 1 || month > 12 || day < 1 || day > 31) return -1;
    if (hour > 23 || minute > 59 || second > 60) return -1;
    std::int64_t nanos = 0;
    if (text.size() > shape.size() + 1) {
        if (text[shape.size()] != '.') return -1;
        const auto fraction = text.substr(shape.size(), text.size() - shape.size() - 1);
        const Decimal part_of_second = read_decimal(fraction, Step{1, 9});
        if (part_of_second.reading > Reading::off_step || part_of_second.count > 1'000'000'000)
            return -1;
        nanos = part_of_second.count;
    }
    // Days by the civil calendar, counted in years that start in March.
    const std::int64_t y = month <= 2 ? year - 1 : year;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const std::int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - 719'468;
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1'000'000'000 + nanos;
}

}  // namespace halfspread
