// Exchange: every order type, amend, iceberg and self-trade rule by hand, and every bad ask.
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "exchange.hpp"
#include "exchange_laws.hpp"

using namespace halfspread;

namespace {

constexpr Nanos now{7};

// One exchange, and what it said last, as words: "filled 2 5@101" is owner 2's fill of 5 at 101.
class Desk {
public:
    std::uint64_t submit(const NewOrder& asked) {
        said.clear();
        return exchange.submit(asked, now, *this);
    }
    std::uint64_t rest(Side side, std::int32_t price, std::int64_t size, std::uint32_t owner = 1,
                       std::int64_t display = 0) {
        return submit({.side = side,
                       .owner = owner,
                       .price = Ticks{price},
                       .size = Lots{size},
                       .display = Lots{display}});
    }
    std::uint64_t send(Lifetime lifetime, Side side, std::int32_t price, std::int64_t size,
                       std::uint32_t owner = 9, SelfTrade self_trade = SelfTrade::allow) {
        return submit({.side = side,
                       .lifetime = lifetime,
                       .self_trade = self_trade,
                       .owner = owner,
                       .price = Ticks{price},
                       .size = Lots{size}});
    }
    void cancel(std::uint64_t id, std::uint32_t owner = 1) {
        said.clear();
        exchange.cancel(id, owner, now, *this);
    }
    void amend(std::uint64_t id, std::int32_t price, std::int64_t size, std::uint32_t owner = 1,
               SelfTrade self_trade = SelfTrade::allow) {
        said.clear();
        exchange.amend(id, owner, Ticks{price}, Lots{size}, self_trade, now, *this);
    }
    void operator()(const Event& event) {
        said.push_back(event);
        watch(event);
    }

    // The answers to owners, in order.
    std::string answers() const {
        std::string words;
        for (const Event& event : said) {
            if (event.kind < Kind::accepted) continue;
            words += words.empty() ? "" : ", ";
            words += name(event.kind) + " " + std::to_string(event.lane) + " " +
                     std::to_string(event.size.count) + "@" + std::to_string(event.price.count);
        }
        return words;
    }
    std::string tape() const {
        std::string words;
        for (const Event& event : said) {
            if (event.kind >= Kind::accepted || event.kind == Kind::level) continue;
            words += words.empty() ? "" : ", ";
            words += name(event.kind) + " " + std::to_string(event.size.count) + "@" +
                     std::to_string(event.price.count);
        }
        return words;
    }
    AskReason why() const { return static_cast<AskReason>(said.back().detail); }
    Lots at(Side side, std::int32_t price) const {
        return exchange.book().size_at(side, Ticks{price});
    }
    std::string wrong() {
        watch.wrong(exchange);
        return watch.wrong_in_depth(exchange);
    }

    Exchange exchange{1000};
    std::vector<Event> said;
    laws::Watch watch;

private:
    static std::string name(Kind kind) {
        switch (kind) {
            case Kind::accepted:
                return "accepted";
            case Kind::rejected:
                return "rejected";
            case Kind::filled:
                return "filled";
            case Kind::cancelled:
                return "cancelled";
            case Kind::expired:
                return "expired";
            case Kind::amended:
                return "amended";
            case Kind::add:
                return "add";
            case Kind::modify:
                return "modify";
            case Kind::remove:
                return "remove";
            case Kind::execute:
                return "execute";
            default:
                return "trade";
        }
    }
};

// Bids of owner 1 and asks of owner 2: 5 and 7 lots at 100 and 101, 10 behind each.
void furnish(Desk& desk) {
    desk.rest(Side::bid, 100, 5, 1);
    desk.rest(Side::bid, 99, 10, 1);
    desk.rest(Side::ask, 101, 7, 2);
    desk.rest(Side::ask, 102, 10, 2);
}

}  // namespace

TEST_CASE("a limit order rests, or takes what crosses and rests the remainder") {
    Desk desk;
    furnish(desk);
    CHECK(desk.answers() == "accepted 2 10@102");
    CHECK(desk.tape() == "add 10@102");
    desk.rest(Side::bid, 101, 9, 3);
    CHECK(desk.answers() == "accepted 3 9@101, filled 2 7@101, filled 3 7@101");
    CHECK(desk.tape() == "execute 7@101, trade 7@101, add 2@101");
    CHECK(desk.said.back().kind == Kind::level);
    CHECK(desk.exchange.book().best(Side::bid) == Ticks{101});
    CHECK(desk.exchange.book().best(Side::ask) == Ticks{102});
    CHECK(desk.wrong() == "");
}

TEST_CASE("who came first is filled first, and at the maker's price") {
    Desk desk;
    desk.rest(Side::ask, 101, 4, 1);
    desk.rest(Side::ask, 101, 4, 2);
    desk.rest(Side::ask, 100, 4, 3);
    desk.send(Lifetime::immediate, Side::bid, 105, 9);
    CHECK(desk.answers() ==
          "accepted 9 9@105, filled 3 4@100, filled 9 4@100, filled 1 4@101, filled 9 4@101, "
          "filled 2 1@101, filled 9 1@101");
    CHECK(desk.tape() == "execute 4@100, trade 4@100, execute 4@101, execute 1@101, trade 5@101");
    CHECK(desk.at(Side::ask, 101) == Lots{3});
    CHECK(desk.wrong() == "");
}

TEST_CASE("lifetimes: post only, immediate, fill or kill, market") {
    Desk desk;
    furnish(desk);
    desk.send(Lifetime::post_only, Side::bid, 101, 3);
    CHECK(desk.answers() == "expired 9 3@101");
    CHECK(desk.why() == AskReason::would_cross);
    desk.send(Lifetime::immediate, Side::bid, 100, 3);
    CHECK(desk.answers() == "expired 9 3@100");
    CHECK(desk.why() == AskReason::unfilled);
    desk.send(Lifetime::immediate, Side::bid, 101, 9);
    CHECK(desk.answers() == "accepted 9 9@101, filled 2 7@101, filled 9 7@101, expired 9 2@101");
    desk.send(Lifetime::fill_or_kill, Side::bid, 102, 11);
    CHECK(desk.answers() == "expired 9 11@102");
    CHECK(desk.why() == AskReason::not_whole);
    desk.send(Lifetime::fill_or_kill, Side::bid, 102, 10);
    CHECK(desk.answers() == "accepted 9 10@102, filled 2 10@102, filled 9 10@102");
    desk.send(Lifetime::market, Side::ask, 0, 20);
    CHECK(desk.answers() ==
          "accepted 9 20@0, filled 1 5@100, filled 9 5@100, filled 1 10@99, filled 9 10@99, "
          "expired 9 5@0");
    desk.send(Lifetime::market, Side::bid, 0, 1);
    CHECK(desk.answers() == "expired 9 1@0");
    CHECK(desk.exchange.book().live() == 0);
    CHECK(desk.wrong() == "");
}

TEST_CASE("an amend keeps its place only for fewer lots at the same price") {
    Desk desk;
    const std::uint64_t first = desk.rest(Side::bid, 100, 5, 1);
    const std::uint64_t second = desk.rest(Side::bid, 100, 5, 2);
    desk.amend(first, 100, 3);
    CHECK(desk.answers() == "amended 1 3@100");
    CHECK(desk.tape() == "modify 3@100");
    const auto head = [&] {
        const OrderBook& book = desk.exchange.book();
        return book.id_of(book.level(book.best_level(Side::bid)).head);
    };
    CHECK(head() == first);
    desk.amend(first, 100, 4);
    CHECK(desk.tape() == "remove 3@100, add 4@100");
    CHECK(head() == second);
    desk.amend(second, 99, 5, 2);
    desk.amend(second, 100, 5, 2);
    CHECK(head() == first);
    desk.amend(first, 100, 4);
    CHECK(desk.tape() == "");
    CHECK(desk.answers() == "amended 1 4@100");
    CHECK(head() == first);
    CHECK(desk.wrong() == "");
}

TEST_CASE("an amend that crosses takes; of a post-only order it ends it") {
    Desk desk;
    furnish(desk);
    const std::uint64_t limit = desk.rest(Side::bid, 98, 9, 3);
    desk.amend(limit, 101, 9, 3);
    CHECK(desk.answers() == "amended 3 9@101, filled 2 7@101, filled 3 7@101");
    CHECK(desk.tape() == "remove 9@98, execute 7@101, trade 7@101, add 2@101");
    const std::uint64_t post = desk.send(Lifetime::post_only, Side::bid, 98, 2, 4);
    desk.amend(post, 102, 2, 4);
    CHECK(desk.answers() == "expired 4 2@102");
    CHECK(desk.why() == AskReason::would_cross);
    desk.cancel(post, 4);
    CHECK(desk.why() == AskReason::unknown_order);
    CHECK(desk.wrong() == "");
}

TEST_CASE("an iceberg shows a slice; the next one joins behind") {
    Desk desk;
    const std::uint64_t iceberg = desk.rest(Side::ask, 101, 10, 1, 4);
    desk.rest(Side::ask, 101, 3, 2);
    CHECK(desk.at(Side::ask, 101) == Lots{7});
    CHECK(desk.exchange.resting().lots(Side::ask) == Lots{13});
    desk.send(Lifetime::immediate, Side::bid, 101, 5);
    CHECK(desk.tape() == "execute 4@101, add 4@101, execute 1@101, trade 5@101");
    CHECK(desk.at(Side::ask, 101) == Lots{6});
    desk.send(Lifetime::fill_or_kill, Side::bid, 101, 8);
    CHECK(desk.answers() ==
          "accepted 9 8@101, filled 2 2@101, filled 9 2@101, filled 1 4@101, filled 9 4@101, "
          "filled 1 2@101, filled 9 2@101");
    CHECK(desk.exchange.book().live() == 0);
    CHECK(desk.wrong() == "");
    desk.cancel(iceberg);
    CHECK(desk.why() == AskReason::unknown_order);
}

TEST_CASE("what is below the water goes first when an iceberg shrinks") {
    Desk desk;
    const std::uint64_t iceberg = desk.rest(Side::bid, 100, 10, 1, 4);
    desk.rest(Side::bid, 100, 1, 2);
    desk.amend(iceberg, 100, 4);
    CHECK(desk.tape() == "");
    desk.amend(iceberg, 100, 3);
    CHECK(desk.tape() == "modify 3@100");
    desk.amend(iceberg, 100, 9);
    CHECK(desk.tape() == "remove 3@100, add 4@100");
    CHECK(desk.exchange.resting().lots(Side::bid) == Lots{10});
    desk.cancel(iceberg);
    CHECK(desk.answers() == "cancelled 1 9@100");
    CHECK(desk.tape() == "remove 4@100");
    CHECK(desk.wrong() == "");
}

TEST_CASE("self-trade prevention ends the resting order, the taker, or both") {
    for (const auto& [rule, answers] : std::vector<std::pair<SelfTrade, std::string>>{
             {SelfTrade::allow,
              "accepted 9 5@101, filled 2 2@101, filled 9 2@101, filled 9 2@101, "
              "filled 9 2@101, filled 3 1@101, filled 9 1@101"},
             {SelfTrade::cancel_resting,
              "accepted 9 5@101, filled 2 2@101, filled 9 2@101, cancelled 9 2@101, "
              "filled 3 2@101, filled 9 2@101, expired 9 1@101"},
             {SelfTrade::cancel_taking,
              "accepted 9 5@101, filled 2 2@101, filled 9 2@101, cancelled 9 3@101"},
             {SelfTrade::cancel_both,
              "accepted 9 5@101, filled 2 2@101, filled 9 2@101, cancelled 9 2@101, "
              "cancelled 9 3@101"}}) {
        Desk desk;
        for (const std::uint32_t owner : {2U, 9U, 3U}) desk.rest(Side::ask, 101, 2, owner);
        desk.send(Lifetime::immediate, Side::bid, 101, 5, 9, rule);
        CHECK(desk.answers() == answers);
        CHECK(desk.wrong() == "");
    }
    Desk desk;  // owner 0 is many
    desk.rest(Side::ask, 101, 2, 0);
    desk.send(Lifetime::immediate, Side::bid, 101, 2, 0, SelfTrade::cancel_both);
    CHECK(desk.answers() == "accepted 0 2@101, filled 0 2@101, filled 0 2@101");
}

TEST_CASE("fill or kill knows what self-trade prevention would stop") {
    const auto killed = [](SelfTrade rule, std::int64_t size) {
        Desk desk;
        desk.rest(Side::ask, 101, 6, 2, 2);
        desk.rest(Side::ask, 101, 2, 9);
        desk.rest(Side::ask, 102, 2, 3);
        desk.send(Lifetime::fill_or_kill, Side::bid, 102, size, 9, rule);
        CHECK(desk.wrong() == "");
        return desk.said.back().kind == Kind::expired;
    };
    CHECK_FALSE(killed(SelfTrade::allow, 10));
    CHECK(killed(SelfTrade::allow, 11));
    CHECK_FALSE(killed(SelfTrade::cancel_resting, 8));
    CHECK(killed(SelfTrade::cancel_resting, 9));
    for (const SelfTrade rule : {SelfTrade::cancel_taking, SelfTrade::cancel_both}) {
        CHECK_FALSE(killed(rule, 2));
        CHECK(killed(rule, 3));
    }
}

TEST_CASE("a bad ask is answered, and changes nothing") {
    Desk desk;
    furnish(desk);
    const std::uint64_t id = desk.rest(Side::bid, 90, 1);
    const std::uint64_t gone = desk.rest(Side::bid, 90, 1);
    desk.cancel(gone);
    desk.cancel(desk.rest(Side::bid, 90, 1));  // the slot of `gone` had another since
    const std::uint64_t before = desk.exchange.hash();
    const auto refused = [&](AskReason why) {
        return desk.said.size() == 1 && desk.said[0].kind == Kind::rejected && desk.why() == why &&
               desk.exchange.hash() == before;
    };
    for (const std::int64_t size : {std::int64_t{0}, std::int64_t{-1}, largest_size.count + 1,
                                    std::numeric_limits<std::int64_t>::min()}) {
        desk.rest(Side::bid, 100, size);
        CHECK(refused(AskReason::bad_size));
        desk.amend(id, 90, size);
        CHECK(refused(AskReason::bad_size));
    }
    desk.rest(Side::none, 100, 1);
    CHECK(refused(AskReason::bad_side));
    desk.rest(static_cast<Side>(5), 100, 1);
    CHECK(refused(AskReason::bad_side));
    for (const Ticks price : {no_bid, no_ask}) {
        desk.rest(Side::bid, price.count, 1);
        CHECK(refused(AskReason::bad_price));
        desk.amend(id, price.count, 1);
        CHECK(refused(AskReason::bad_price));
    }
    desk.rest(Side::bid, 100, 10, 1, -1);
    CHECK(refused(AskReason::bad_display));
    desk.rest(Side::bid, 100, 2001, 1, 2);
    CHECK(refused(AskReason::bad_display));
    for (const std::uint64_t wild :
         {std::uint64_t{0}, gone, ~std::uint64_t{0}, id + 1000, id | std::uint64_t{1} << 40}) {
        desk.cancel(wild);
        CHECK(refused(AskReason::unknown_order));
        desk.amend(wild, 100, 1);
        CHECK(refused(AskReason::unknown_order));
    }
    desk.cancel(id, 2);
    CHECK(refused(AskReason::unknown_order));
    Event ask{};
    for (const auto& [kind, detail, why] : std::vector<std::tuple<Kind, std::uint32_t, AskReason>>{
             {Kind::filled, 0, AskReason::bad_kind},
             {Kind::submit, 5, AskReason::bad_lifetime},
             {Kind::submit, 4U << 8, AskReason::bad_lifetime},
             {Kind::submit, 1U << 16, AskReason::bad_lifetime}}) {
        ask.kind = kind;
        ask.detail = detail;
        desk.said.clear();
        desk.exchange.apply(ask, Lots{}, desk);
        CHECK(refused(why));
    }
    CHECK(desk.wrong() == "");
}

TEST_CASE("a full book refuses; any price works") {
    Desk desk;
    desk.exchange = Exchange(2);
    desk.rest(Side::bid, no_bid.count + 1, 1);
    const std::uint64_t far = desk.rest(Side::ask, no_ask.count - 1, 1);
    desk.rest(Side::bid, 0, 1);
    CHECK(desk.why() == AskReason::full);
    desk.cancel(far);
    desk.rest(Side::bid, no_ask.count - 1, 1);
    CHECK(desk.answers() == "accepted 1 1@2147483646");
    CHECK(desk.wrong() == "");
    Desk heavy;
    for (int order = 0; order < 512; ++order) heavy.rest(Side::bid, 100, largest_size.count);
    heavy.rest(Side::bid, 100, 1);
    CHECK(heavy.why() == AskReason::full);
    CHECK(heavy.wrong() == "");
}
