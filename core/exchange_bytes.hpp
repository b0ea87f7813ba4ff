// Exchange bytes: an exchange's whole state as bytes, and back.
//
//     const std::vector<std::byte> saved = to_bytes(exchange);
//     from_bytes(saved, other);        // other goes on with the same ids and events
//
// The layout is this machine's: for a fork, another process or a check-point, not for an archive.
//
// Errors  from_bytes returns false, and changes nothing, for bytes that to_bytes did not write.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "exchange.hpp"
#include "resting_book.hpp"

namespace halfspread {

namespace exchange_bytes {

inline constexpr std::uint64_t format = 0x6873'6578'0000'0001U;  // "hsex", version 1

struct Header {
    std::uint64_t format_and_version;
    std::uint64_t checksum;  // of all that follows
    std::uint64_t most_orders, orders, levels, icebergs;
    std::uint64_t free_order, free_level, free_iceberg, live;
    std::int64_t lots[2];
};

inline std::uint64_t checksum(std::span<const std::byte> bytes) {
    std::uint64_t sum = bytes.size();
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, 8);
        sum = folded(sum, word);
    }
    return sum;
}
inline std::span<const std::byte> after_checksum(std::span<const std::byte> bytes) {
    return bytes.subspan(offsetof(Header, most_orders));
}

}  // namespace exchange_bytes

inline std::vector<std::byte> to_bytes(const Exchange& exchange) {
    using namespace exchange_bytes;
    const RestingBook::State state = exchange.state();
    const auto parts = std::array{std::as_bytes(state.orders), std::as_bytes(state.levels),
                                  std::as_bytes(state.icebergs)};
    Header header{.format_and_version = format,
                  .checksum = 0,
                  .most_orders = state.most_orders,
                  .orders = state.orders.size(),
                  .levels = state.levels.size(),
                  .icebergs = state.icebergs.size(),
                  .free_order = state.links.free_order,
                  .free_level = state.links.free_level,
                  .free_iceberg = state.free_iceberg,
                  .live = state.links.live,
                  .lots = {state.lots[0].count, state.lots[1].count}};
    std::vector<std::byte> bytes(sizeof header);
    for (const auto& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
    std::memcpy(bytes.data(), &header, sizeof header);
    header.checksum = checksum(after_checksum(bytes));
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
}

inline bool from_bytes(std::span<const std::byte> bytes, Exchange& exchange) {
    using namespace exchange_bytes;
    Header header;
    if (bytes.size() < sizeof header) return false;
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.format_and_version != format) return false;
    if (header.checksum != checksum(after_checksum(bytes))) return false;
    const auto left = bytes.size() - sizeof header;
    if (header.orders > left / sizeof(BookOrder) || header.levels > left / sizeof(BookLevel) ||
        header.icebergs > left / sizeof(Iceberg) ||
        header.orders * sizeof(BookOrder) + header.levels * sizeof(BookLevel) +
                header.icebergs * sizeof(Iceberg) !=
            left)
        return false;
    std::vector<BookOrder> orders(header.orders);
    std::vector<BookLevel> levels(header.levels);
    std::vector<Iceberg> icebergs(header.icebergs);
    const std::byte* from = bytes.data() + sizeof header;
    for (const std::span<std::byte> part :
         {std::as_writable_bytes(std::span(orders)), std::as_writable_bytes(std::span(levels)),
          std::as_writable_bytes(std::span(icebergs))}) {
        std::memcpy(part.data(), from, part.size());
        from += part.size();
    }
    exchange.restore({.most_orders = header.most_orders,
                      .orders = orders,
                      .levels = levels,
                      .icebergs = icebergs,
                      .links = {.free_order = static_cast<std::uint32_t>(header.free_order),
                                .free_level = static_cast<std::uint32_t>(header.free_level),
                                .live = header.live},
                      .lots = {Lots{header.lots[0]}, Lots{header.lots[1]}},
                      .free_iceberg = header.free_iceberg});
    return true;
}

}  // namespace halfspread
