// Binds core/decimal.hpp and core/fields.hpp: batches of text in, columns of integers out.
//
// A span array is int32 of shape (n, 2) or (n, columns, 2): where each value begins and ends in the
// text. Nothing here trusts a span: one that lies outside its text reads as absent.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "decimal.hpp"
#include "event.hpp"
#include "fields.hpp"

namespace halfspread::bind {
namespace {

static_assert(sizeof(Span) == 2 * sizeof(std::int32_t));

using Spans = nb::ndarray<const std::int32_t, nb::shape<-1, 2>, nb::c_contig, nb::device::cpu>;

nb::ndarray<nb::numpy, std::int32_t> spans_to_numpy(std::vector<Span>&& spans,
                                                    std::vector<std::size_t> shape) {
    auto* const held = new std::vector<Span>(std::move(spans));
    nb::capsule owner(held, [](void* p) noexcept { delete static_cast<std::vector<Span>*>(p); });
    return nb::ndarray<nb::numpy, std::int32_t>(reinterpret_cast<std::int32_t*>(held->data()),
                                                shape.size(), shape.data(), owner);
}

std::string_view view(const nb::bytes& text) {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        throw nb::value_error("a batch of text must be shorter than 2 GiB");
    return {text.c_str(), text.size()};
}

Step step(std::int64_t numerator, int decimals) {
    if (numerator < 1 || numerator > 1'000'000'000'000'000'000 || decimals < 0 || decimals > 18)
        throw nb::value_error(
            "a step is numerator / 10^decimals, 1 <= numerator <= 10^18, decimals <= 18");
    return {numerator, decimals};
}

// The piece of `text` at span i; an absent or impossible span gives a null view.
std::string_view piece(std::string_view text, const Spans& spans, std::size_t i) {
    const std::int32_t begin = spans(i, 0);
    const std::int32_t end = spans(i, 1);
    if (begin < 0 || end < begin || static_cast<std::size_t>(end) > text.size()) return {};
    return text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

nb::tuple split_lines(const nb::bytes& bytes) {
    const std::string_view text = view(bytes);
    std::vector<Span> spans;
    std::vector<std::int64_t> times;
    for (std::size_t begin = 0; begin < text.size();) {
        const void* const found = std::memchr(text.data() + begin, '\n', text.size() - begin);
        const std::size_t next =
            found == nullptr
                ? text.size()
                : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        std::size_t end = next;
        while (end > begin && (text[end - 1] == '\r' || text[end - 1] == ' ')) --end;
        if (end > begin) {
            const Stamp stamp = read_stamp(text.substr(begin, end - begin));
            spans.push_back({static_cast<std::int32_t>(stamp.message - text.data()),
                             static_cast<std::int32_t>(end)});
            times.push_back(stamp.time);
        }
        begin = next + 1;
    }
    const std::size_t n = spans.size();
    return nb::make_tuple(spans_to_numpy(std::move(spans), {n, 2}), to_numpy(std::move(times)));
}

nb::tuple json_fields(const nb::bytes& bytes, const Spans& messages,
                      const std::vector<std::string>& names, const std::string& inside) {
    const std::string_view text = view(bytes);
    if (names.empty() || names.size() > JsonFields::most) throw nb::value_error("1 to 32 names");
    const JsonFields fields(names, inside);
    const std::size_t n = messages.shape(0);
    const std::size_t k = names.size();
    std::vector<Span> spans(n * k);
    std::vector<std::uint8_t> whole(n);
    {
        nb::gil_scoped_release others_may_run;
        for (std::size_t i = 0; i < n; ++i) {
            whole[i] = fields.find(text.data(), piece(text, messages, i), &spans[i * k]) ? 1 : 0;
            if (whole[i] == 0) std::fill_n(&spans[i * k], k, Span{});
        }
    }
    return nb::make_tuple(spans_to_numpy(std::move(spans), {n, k, 2}), to_numpy(std::move(whole)));
}

nb::tuple json_items(const nb::bytes& bytes, const Spans& arrays) {
    const std::string_view text = view(bytes);
    const std::size_t n = arrays.shape(0);
    std::vector<Span> items;
    std::vector<std::int32_t> owner;
    std::vector<std::uint8_t> whole(n);
    for (std::size_t i = 0; i < n; ++i) {
        whole[i] = find_items(text.data(), piece(text, arrays, i), items) ? 1 : 0;
        owner.resize(items.size(), static_cast<std::int32_t>(i));
    }
    const std::size_t count = items.size();
    return nb::make_tuple(spans_to_numpy(std::move(items), {count, 2}), to_numpy(std::move(owner)),
                          to_numpy(std::move(whole)));
}

nb::tuple csv_fields(const nb::bytes& bytes, const Spans& lines, std::size_t count) {
    const std::string_view text = view(bytes);
    if (count < 1 || count > 1024) throw nb::value_error("1 to 1024 columns");
    const std::size_t n = lines.shape(0);
    std::vector<Span> spans(n * count);
    std::vector<std::uint8_t> whole(n);
    for (std::size_t i = 0; i < n; ++i) {
        const std::string_view line = piece(text, lines, i);
        if (line.data() != nullptr)
            whole[i] = find_columns(text.data(), line, count, &spans[i * count]) == count ? 1 : 0;
    }
    return nb::make_tuple(spans_to_numpy(std::move(spans), {n, count, 2}),
                          to_numpy(std::move(whole)));
}

nb::tuple read_decimals(const nb::bytes& bytes, const Spans& spans, std::int64_t numerator,
                        int decimals) {
    const std::string_view text = view(bytes);
    const Step unit = step(numerator, decimals);
    const std::size_t n = spans.shape(0);
    std::vector<std::int64_t> values(n);
    std::vector<std::uint8_t> readings(n);
    for (std::size_t i = 0; i < n; ++i) {
        const Decimal decimal = read_decimal(piece(text, spans, i), unit);
        values[i] = decimal.count;
        readings[i] = static_cast<std::uint8_t>(decimal.reading);
    }
    return nb::make_tuple(to_numpy(std::move(values)), to_numpy(std::move(readings)));
}

nb::ndarray<nb::numpy, std::uint8_t> rows_to_numpy(std::vector<Event>&& rows) {
    auto* const held = new std::vector<Event>(std::move(rows));
    nb::capsule owner(held, [](void* p) noexcept { delete static_cast<std::vector<Event>*>(p); });
    const std::size_t shape[] = {held->size(), sizeof(Event)};
    return nb::ndarray<nb::numpy, std::uint8_t>(reinterpret_cast<std::uint8_t*>(held->data()), 2,
                                                shape, owner);
}

nb::tuple read_level_rows(const nb::bytes& bytes, const Spans& spans,
                          const std::vector<std::int8_t>& sides, std::pair<std::int64_t, int> tick,
                          std::pair<std::int64_t, int> lot, const Numbers& exchange,
                          const Numbers& local) {
    const std::string_view text = view(bytes);
    const Step tick_step = step(tick.first, tick.second);
    const Step lot_step = step(lot.first, lot.second);
    const std::size_t n = exchange.shape(0);
    const std::size_t k = sides.size();
    if (local.shape(0) != n || spans.shape(0) != n * k) throw nb::value_error("a time a message");
    std::vector<Event> rows;
    std::vector<Level> levels;
    std::vector<std::int64_t> counts(n);
    std::vector<std::int64_t> faults(3 * n);
    std::vector<std::uint8_t> whole(n * k);
    {
        nb::gil_scoped_release others_may_run;
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < k; ++j) {
                levels.clear();
                const LevelsReading reading =
                    read_levels(piece(text, spans, i * k + j), tick_step, lot_step, levels);
                whole[i * k + j] = reading.whole ? 1 : 0;
                faults[3 * i] += reading.off_tick;
                faults[3 * i + 1] += reading.off_lot;
                faults[3 * i + 2] += reading.too_large;
                counts[i] += static_cast<std::int64_t>(levels.size());
                for (const Level& level : levels) {
                    const std::int8_t side = sides[j] != 0 ? sides[j] : level.side;
                    rows.push_back({.exchange_time = Nanos{exchange(i)},
                                    .local_time = Nanos{local(i)},
                                    .size = Lots{level.size},
                                    .order_id = 0,
                                    .price = Ticks{level.price},
                                    .lane = 0,
                                    .detail = 0,
                                    .flags = flag::both,
                                    .kind = Kind::level,
                                    .side = static_cast<Side>(side)});
                }
            }
            if (counts[i] > 0) rows.back().flags |= flag::last;
        }
    }
    return nb::make_tuple(rows_to_numpy(std::move(rows)), to_numpy(std::move(counts)),
                          to_numpy(std::move(faults), {n, 3}), to_numpy(std::move(whole), {n, k}));
}

nb::ndarray<nb::numpy, std::int8_t> read_words(const nb::bytes& bytes, const Spans& spans,
                                               const std::vector<std::string>& words) {
    const std::string_view text = view(bytes);
    if (words.size() > 127) throw nb::value_error("at most 127 words");
    const std::size_t n = spans.shape(0);
    std::vector<std::int8_t> found(n, -1);
    for (std::size_t i = 0; i < n; ++i) {
        const std::string_view word = piece(text, spans, i);
        for (std::size_t k = 0; word.data() != nullptr && k < words.size(); ++k)
            if (word == words[k]) found[i] = static_cast<std::int8_t>(k);
    }
    return to_numpy(std::move(found));
}

nb::ndarray<nb::numpy, std::int64_t> read_times(const nb::bytes& bytes, const Spans& spans) {
    const std::string_view text = view(bytes);
    const std::size_t n = spans.shape(0);
    std::vector<std::int64_t> times(n);
    for (std::size_t i = 0; i < n; ++i) times[i] = read_time(piece(text, spans, i));
    return to_numpy(std::move(times));
}

nb::tuple merge_rows(const Numbers& first, const Rows& first_rows, const Numbers& second,
                     const Rows& second_rows) {
    const std::size_t n = first.shape(0);
    const std::size_t m = second.shape(0);
    if (first_rows.shape(0) != n || second_rows.shape(0) != m)
        throw nb::value_error("a number for each row");
    std::vector<std::int64_t> numbers(n + m);
    std::vector<std::uint8_t> rows((n + m) * sizeof(Event));
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < n || j < m) {
        const bool from_first = j == m || (i < n && first(i) <= second(j));
        const std::uint8_t* row = from_first ? first_rows.data() + i * sizeof(Event)
                                             : second_rows.data() + j * sizeof(Event);
        numbers[i + j] = from_first ? first(i) : second(j);
        std::memcpy(rows.data() + (i + j) * sizeof(Event), row, sizeof(Event));
        ++(from_first ? i : j);
    }
    return nb::make_tuple(to_numpy(std::move(numbers)),
                          to_numpy(std::move(rows), {n + m, sizeof(Event)}));
}

}  // namespace
}  // namespace halfspread::bind

namespace nb = nanobind;

void bind_decimal(nb::module_& m) {
    using namespace halfspread::bind;
    using nb::arg;
    m.def(
        "split_lines", &split_lines, arg("text"),
        "(spans, times): the lines that are not empty, behind the receive time in front of them;\n"
        "that time in ns since 1970 UTC, -1 where a line has none.");
    m.def(
        "json_fields", &json_fields, arg("text"), arg("messages"), arg("names"), arg("inside"),
        "(spans (n, names, 2), whole): where the named values lie in each JSON object, at its top\n"
        "or in the object called `inside`; whole is 0, and nothing found, where one is not.");
    m.def(
        "json_items", &json_items, arg("text"), arg("arrays"),
        "(spans, owner, whole): the elements of each JSON array and the number of the array they\n"
        "are of.");
    m.def("csv_fields", &csv_fields, arg("text"), arg("lines"), arg("count"),
          "(spans (n, count, 2), whole): the columns; whole is 0 where a line has more or fewer\n"
          "than `count`.");
    m.def("read_decimals", &read_decimals, arg("text"), arg("spans"), arg("numerator"),
          arg("decimals"),
          "(values, readings): each number in steps of numerator / 10^decimals; readings are 0\n"
          "exact, 1 rounded to the nearest step, 2 malformed or absent, 3 overflow.");
    m.def(
        "read_levels", &read_level_rows, arg("text"), arg("spans"), arg("sides"), arg("tick"),
        arg("lot"), arg("exchange"), arg("local"),
        "(rows, counts, faults, whole) of messages with an array [[price, size], ...] for each of\n"
        "`sides` (0: its levels say theirs) and two times: rows of events as bytes, `counts` a\n"
        "message; faults (n, 3) counts prices and sizes rounded, and levels left out as too\n"
        "large; whole (n, sides) is 0, and nothing read, where a value is no such array.");
    m.def("read_words", &read_words, arg("text"), arg("spans"), arg("words"),
          "The place of each value in `words`; -1: absent, or another word.");
    m.def("read_times", &read_times, arg("text"), arg("spans"),
          "Times as ns since 1970, -1 where malformed or absent: ISO 8601 in UTC (\"...Z\"), or a\n"
          "number whose length tells seconds from milli-, micro- and nanoseconds.");
    m.def("merge_rows", &merge_rows, arg("first"), arg("first_rows"), arg("second"),
          arg("second_rows"),
          "(numbers, rows): two lists of rows, each with ascending numbers, by number; of one\n"
          "number, the first list's rows come first.");
}
