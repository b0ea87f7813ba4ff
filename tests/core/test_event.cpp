// Event: the layout that Python's EVENT and every tape rely on.
#include <doctest/doctest.h>

#include <array>
#include <cstring>

#include "event.hpp"

using namespace halfspread;

TEST_CASE("an event is 48 bytes with each field where Python reads it") {
    Event event{};
    event.exchange_time = Nanos{1};
    event.local_time = Nanos{2};
    event.size = Lots{3};
    event.order_id = 4;
    event.price = Ticks{-5};
    event.lane = 6;
    event.detail = 7;
    event.flags = 8;
    event.kind = Kind::touch;
    event.side = Side::ask;

    std::array<unsigned char, 48> expected{};
    const auto put = [&](std::size_t offset, auto value) {
        std::memcpy(expected.data() + offset, &value, sizeof value);
    };
    put(0, std::int64_t{1});
    put(8, std::int64_t{2});
    put(16, std::int64_t{3});
    put(24, std::uint64_t{4});
    put(32, std::int32_t{-5});
    put(36, std::uint32_t{6});
    put(40, std::uint32_t{7});
    put(44, std::uint16_t{8});
    put(46, std::uint8_t{4});
    put(47, std::int8_t{-1});

    std::array<unsigned char, 48> bytes{};
    std::memcpy(bytes.data(), &event, sizeof event);
    CHECK(bytes == expected);
}

TEST_CASE("an empty event is of no kind, of no side, and on no clock") {
    const Event event{};
    CHECK(event.kind == Kind::none);
    CHECK(event.side == Side::none);
    CHECK((event.flags & flag::both) == 0);
    CHECK(event.price != everything);
}

TEST_CASE("flags are single bits, and `both` is the two clocks") {
    CHECK(flag::at_exchange == 1);
    CHECK(flag::at_local == 2);
    CHECK(flag::last == 4);
    CHECK(flag::snapshot == 8);
    CHECK(flag::taker == 16);
    CHECK(flag::both == 3);
}
