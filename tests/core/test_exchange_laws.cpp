// Exchange: the laws on random asks, copies and saved bytes that go on alike, and no allocation.
#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "allocations.hpp"
#include "exchange.hpp"
#include "exchange_bytes.hpp"
#include "exchange_laws.hpp"

using namespace halfspread;

namespace {

// Random asks that keep a small book busy: every kind, bad ones among them.
class Asks {
public:
    explicit Asks(std::uint64_t seed) : random_(seed) {}

    Event next(std::int64_t at) {
        Event ask{};
        ask.exchange_time = ask.local_time = Nanos{at};
        ask.lane = within(4);
        const std::uint32_t kind = within(20);
        ask.kind = kind < 11 ? Kind::submit : kind < 15 ? Kind::cancel : Kind::amend;
        ask.side = within(2) == 0 ? Side::bid : Side::ask;
        ask.detail = within(5) | within(4) << 8U;
        ask.price = Ticks{static_cast<std::int32_t>(within(12)) - 6 - sign(ask.side) * 2};
        if (within(200) == 0) ask.price = Ticks{static_cast<std::int32_t>(random_())};
        ask.size = Lots{1 + within(9)};
        if (within(100) == 0) ask.size = Lots{within(3) - std::int64_t{1}};
        display = Lots{within(3) == 0 ? 1 + within(4) : 0};
        if (ask.kind != Kind::submit) {
            const std::size_t age = within(40);
            ask.order_id = age < ids_.size() ? ids_[ids_.size() - 1 - age] : random_();
            if (age < ids_.size() && within(50) != 0) ask.lane = owners_[ids_.size() - 1 - age];
        }
        return ask;
    }
    void made(std::uint64_t id, std::uint32_t owner) {
        ids_.push_back(id);
        owners_.push_back(owner);
    }

    Lots display{};

private:
    std::uint32_t within(std::uint32_t bound) {
        return static_cast<std::uint32_t>(random_() % bound);
    }

    std::mt19937_64 random_;
    std::vector<std::uint64_t> ids_;
    std::vector<std::uint32_t> owners_;
};

}  // namespace

TEST_CASE("random asks obey the laws, and a copy goes on as the original") {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        Asks asks(seed);
        Exchange exchange(200);
        Exchange fork(3);
        bool forked = false;
        laws::Watch watch;
        const auto forget = [](const Event&) {};
        for (std::int64_t at = 0; at < 5'000; ++at) {
            const Event ask = asks.next(at);
            const std::uint64_t id = exchange.apply(ask, asks.display, watch);
            if (forked) {
                REQUIRE(fork.apply(ask, asks.display, forget) == id);
                REQUIRE(fork.hash() == exchange.hash());
            }
            if (ask.kind == Kind::submit && id != 0) asks.made(id, ask.lane);
            std::string wrong = watch.wrong(exchange);
            if (wrong.empty() && at % 16 == 0) wrong = watch.wrong_in_depth(exchange);
            INFO("seed " << seed << " ask " << at);
            REQUIRE(wrong == "");
            if (at == 2'000) {
                fork = exchange;
                forked = true;
            }
            if (at == 3'000) REQUIRE(from_bytes(to_bytes(exchange), fork));
        }
    }
}

TEST_CASE("bytes that are none of an exchange's are refused") {
    Exchange exchange(10);
    const auto forget = [](const Event&) {};
    exchange.submit({.side = Side::bid, .price = Ticks{1}, .size = Lots{1}}, Nanos{}, forget);
    std::vector<std::byte> bytes = to_bytes(exchange);
    Exchange other(10);
    CHECK_FALSE(from_bytes({}, other));
    CHECK_FALSE(from_bytes(std::span(bytes).first(40), other));
    CHECK_FALSE(from_bytes(std::span(bytes).first(bytes.size() - 16), other));
    bytes[60] ^= std::byte{1};
    CHECK_FALSE(from_bytes(bytes, other));
    CHECK(other.hash() == Exchange(10).hash());
    bytes[60] ^= std::byte{1};
    CHECK(from_bytes(bytes, other));
    CHECK(other.hash() == exchange.hash());
}

TEST_CASE("a book within its first thousand orders allocates nothing") {
    Exchange exchange(1'000);
    Asks asks(3);
    std::size_t made = 0;
    std::map<Kind, int> answers{
        {Kind::filled, 0}, {Kind::cancelled, 0}, {Kind::amended, 0}, {Kind::rejected, 0}};
    const auto count = [&](const Event& event) {
        if (const auto answer = answers.find(event.kind); answer != answers.end()) ++answer->second;
    };
    for (std::int64_t at = 0; at < 10'000; ++at) {
        const Event ask = asks.next(at);
        const std::size_t before = allocations();
        const std::uint64_t id = exchange.apply(ask, Lots{3}, count);
        made += allocations() - before;
        if (ask.kind == Kind::submit && id != 0) asks.made(id, ask.lane);
    }
    CHECK(made == 0);
    for (const auto& [kind, times] : answers) CHECK(times > 100);
}
