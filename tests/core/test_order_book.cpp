// OrderBook: ids and slots, queues, prices at both ends, copies that outlive their original.
#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "order_book.hpp"

using namespace halfspread;

namespace {

std::uint32_t rest(OrderBook& book, Side side, std::int32_t price, std::int64_t size) {
    const std::uint32_t slot = book.allocate();
    book.order(slot).size = Lots{size};
    book.order(slot).mark = 0;
    book.append(slot, side, Ticks{price});
    return slot;
}
std::vector<std::uint32_t> queue(const OrderBook& book, Side side) {
    std::vector<std::uint32_t> slots;
    book.for_each_order(side, [&](std::uint32_t slot, Ticks) { slots.push_back(slot); });
    return slots;
}

}  // namespace

TEST_CASE("an id is a slot and its generation, and is never issued twice") {
    OrderBook book(3);
    CHECK(book.find(0) == OrderBook::nobody);
    CHECK(book.next_id() == 1);
    const std::uint32_t slot = rest(book, Side::bid, 100, 5);
    const std::uint64_t id = book.id_of(slot);
    CHECK(id == 1);
    CHECK(book.find(id) == slot);
    book.remove(slot);
    CHECK(book.find(id) == OrderBook::nobody);  // alive, and in no queue
    book.release(slot);
    CHECK(book.next_id() == (std::uint64_t{1} << 32 | 1));
    CHECK(rest(book, Side::ask, 100, 5) == slot);
    CHECK(book.find(id) == OrderBook::nobody);
    CHECK(book.find(std::uint64_t{1} << 32 | 1) == slot);
    CHECK(book.find(std::uint64_t{2} << 32 | 1) == OrderBook::nobody);
    rest(book, Side::bid, 1, 1);
    CHECK_FALSE(book.full());
    rest(book, Side::bid, 1, 1);
    CHECK(book.full());
}

TEST_CASE("a queue by arrival; resized in place, requeued behind") {
    OrderBook book(10);
    const std::uint32_t a = rest(book, Side::ask, 7, 1);
    const std::uint32_t b = rest(book, Side::ask, 7, 2);
    const std::uint32_t c = rest(book, Side::ask, 7, 3);
    const std::uint32_t best = rest(book, Side::ask, 6, 4);
    CHECK(queue(book, Side::ask) == std::vector{best, a, b, c});
    CHECK(book.ahead_of(c) == Lots{3});
    book.resize(b, Lots{9});
    CHECK(book.ahead_of(c) == Lots{10});
    book.requeue(a, Lots{5});
    CHECK(queue(book, Side::ask) == std::vector{best, b, c, a});
    CHECK(book.size_at(Side::ask, Ticks{7}) == Lots{17});
    CHECK(book.remove(best));
    CHECK_FALSE(book.remove(c));
    CHECK(queue(book, Side::ask) == std::vector{b, a});
    CHECK(book.best(Side::ask) == Ticks{7});
    CHECK(book.size_at(Side::ask, Ticks{6}) == Lots{0});
    CHECK(book.price_at(a) == Ticks{7});
}

TEST_CASE("prices from one end of int32 to the other, crossed or not") {
    OrderBook book(10);
    for (const std::int32_t price : {no_bid.count + 1, 0, no_ask.count - 1}) {
        rest(book, Side::bid, price, 1);
        rest(book, Side::ask, price, 2);
    }
    CHECK(book.best(Side::bid) == Ticks{no_ask.count - 1});
    CHECK(book.best(Side::ask) == Ticks{no_bid.count + 1});
    CHECK(book.crossed());
    CHECK(book.level_count(Side::bid) == 3);
    CHECK(book.level(book.best_level(Side::ask)).displayed == Lots{2});
}

TEST_CASE("a copy is whole and its own") {
    auto book = std::make_unique<OrderBook>(5'000);
    for (std::int32_t order = 0; order < 3'000; ++order)
        rest(*book, order % 2 == 0 ? Side::bid : Side::ask, order % 50 * (1 - order % 2 * 2),
             order + 1);
    for (std::uint32_t slot = 1; slot < 3'000; slot += 3) {
        book->remove(slot);
        book->release(slot);
    }
    OrderBook copy = *book;
    const OrderBook& itself = copy;
    copy = itself;
    for (const Side side : {Side::bid, Side::ask}) CHECK(queue(copy, side) == queue(*book, side));
    const std::uint64_t next = book->next_id();
    const std::vector<std::uint32_t> bids = queue(*book, Side::bid);
    book.reset();
    CHECK(copy.live() == 2'000);
    CHECK(copy.next_id() == next);
    CHECK(copy.id_of(rest(copy, Side::bid, 10'000'000, 1)) == next);
    CHECK(queue(copy, Side::bid).size() == bids.size() + 1);
    CHECK(copy.best(Side::bid) == Ticks{10'000'000});
}
