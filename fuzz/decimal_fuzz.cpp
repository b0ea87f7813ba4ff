// Fuzzes the readers of decimal.hpp and fields.hpp: any bytes, and what they promise about the answer.
//
// The first three bytes choose the steps; the rest is the text.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "decimal.hpp"
#include "fields.hpp"

using namespace halfspread;

namespace {

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", what);
    std::abort();
}

void check_inside(Span span, std::size_t size) {
    if (span.absent()) return;
    require(span.begin <= span.end, "a span ends behind its beginning");
    require(static_cast<std::size_t>(span.end) <= size, "a span lies inside its text");
}

// An exact count, spelt in its steps, reads as itself.
void check_decimal(std::string_view text, Step step) {
    const Decimal decimal = read_decimal(text, step);
    if (decimal.reading > Reading::off_step) require(decimal.count == 0, "no number, no count");
    const std::string again = std::to_string(decimal.count) + "e-" + std::to_string(step.decimals);
    const Decimal same = read_decimal(again, Step{1, step.decimals});
    require(same.count == decimal.count && same.reading == Reading::exact,
            "a count reads as itself");
}

void check_levels(std::string_view text, Step tick, Step lot) {
    std::vector<Level> levels{{2, 1, 1}};
    const LevelsReading reading = read_levels(text, tick, lot, levels);
    require(levels[0] == Level{2, 1, 1}, "what was there stays");
    require(reading.whole || levels.size() == 1, "a bad array adds nothing");
    for (const Level& level : levels) require(level.size >= 0, "no size is negative");
}

void check_fields(std::string_view text) {
    static const JsonFields fields({"e", "u", "b", "data", "T"}, "data");
    std::vector<Span> spans(fields.size());
    if (fields.find(text.data(), text, spans.data()))
        for (const Span span : spans) check_inside(span, text.size());
    spans.clear();
    const bool whole = find_items(text.data(), text, spans);
    require(whole || spans.empty(), "a bad array has no elements");
    for (const Span span : spans) check_inside(span, text.size());
    spans.assign(4, Span{});
    find_columns(text.data(), text, spans.size(), spans.data());
    for (const Span span : spans) check_inside(span, text.size());
    const Stamp stamp = read_stamp(text);
    require(stamp.message >= text.data() && stamp.message <= text.data() + text.size(),
            "a message lies inside its line");
    require(stamp.time >= -1 && read_time(text) >= -1, "a time is not negative");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const Step tick{1 + data[0], data[1] % 19};
    const Step lot{1, data[2] % 19};
    const std::string_view text(reinterpret_cast<const char*>(data + 3), size - 3);
    check_decimal(text, tick);
    check_decimal(text, lot);
    check_levels(text, tick, lot);
    check_fields(text);
    return 0;
}
