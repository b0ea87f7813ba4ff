// Mail: messages come out in order of arrival, those of one time in order of sending.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "allocations.hpp"
#include "mail.hpp"

using namespace halfspread;

namespace {

Event message(std::int64_t arrival, std::uint64_t id) {
    Event event{};
    event.exchange_time = Nanos{arrival};
    event.order_id = id;
    return event;
}

}  // namespace

TEST_CASE("an empty mail has nothing due") {
    Mail<&Event::exchange_time> mail;
    CHECK(mail.empty());
    CHECK(mail.next() == never);
    CHECK_FALSE(mail.due(never));
}

TEST_CASE("a message is due at its time and not before") {
    Mail<&Event::exchange_time> mail;
    mail.push(message(10, 1));
    CHECK(mail.next() == Nanos{10});
    CHECK_FALSE(mail.due(Nanos{9}));
    CHECK(mail.due(Nanos{10}));
    CHECK(mail.due(never));
    CHECK(mail.pop().order_id == 1);
    CHECK(mail.empty());
}

TEST_CASE("a message goes by the time that the mail is of") {
    Mail<&Event::local_time> mail;
    Event early = message(9, 1), late = message(1, 2);
    early.local_time = Nanos{5};
    late.local_time = Nanos{6};
    mail.push(late);
    mail.push(early);
    CHECK(mail.pop().order_id == 1);
    CHECK(mail.pop().order_id == 2);
}

TEST_CASE("any order in gives the stable order of arrival out, through growth and round the ring") {
    std::mt19937_64 random(5);
    Mail<&Event::exchange_time> mail(1);
    std::vector<Event> twin;
    std::uint64_t sent = 0;
    for (int round = 0; round < 300; ++round) {
        for (std::uint64_t i = random() % 50; i > 0; --i) {
            const auto arrival = static_cast<std::int64_t>(random() % 40) + 10 * round;
            mail.push(message(arrival, sent));
            twin.push_back(message(arrival, sent++));
        }
        std::stable_sort(twin.begin(), twin.end(), [](const Event& a, const Event& b) {
            return a.exchange_time < b.exchange_time;
        });
        const Nanos until{10 * round + static_cast<std::int64_t>(random() % 60)};
        auto expected = twin.begin();
        while (mail.due(until)) {
            REQUIRE(expected != twin.end());
            const Event got = mail.pop();
            REQUIRE(got.order_id == expected->order_id);
            REQUIRE(got.exchange_time == expected->exchange_time);
            ++expected;
        }
        REQUIRE((expected == twin.end() || expected->exchange_time > until));
        twin.erase(twin.begin(), expected);
        REQUIRE(mail.empty() == twin.empty());
        REQUIRE(mail.next() == (twin.empty() ? never : twin.front().exchange_time));
    }
}

TEST_CASE("within its capacity a mail never allocates") {
    Mail<&Event::exchange_time> mail(100);
    const std::size_t before = allocations();
    for (std::int64_t round = 0; round < 50; ++round) {
        for (std::int64_t i = 0; i < 100; ++i) mail.push(message(round * 1'000 + 99 - i, 0));
        while (mail.due(never)) mail.pop();
    }
    CHECK(allocations() == before);
}
