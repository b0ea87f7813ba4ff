// Book against its std::map twins after every operation, under both rules for crossed books.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "book.hpp"
#include "map_book.hpp"

using namespace halfspread;

namespace {

using Random = std::mt19937_64;

struct NewerWinsRule {
    static constexpr Crossing rule = Crossing::newer_wins;
};
struct SkipRule {
    static constexpr Crossing rule = Crossing::skip;
};

struct Shape {
    std::int32_t reach;    // an update is this far from the middle at most, on a log scale
    std::int32_t overlap;  // and this far beyond it on the wrong side: crossed books
    std::int32_t step;     // the middle moves by up to this
    int jump_every;        // and somewhere within 1e6 ticks once in this many; 0: never
    int wild_every;        // any int32 as the price, once in this many
    int clear_every;
};

constexpr Shape dense{100, 2, 1, 0, 0, 5'000};
constexpr Shape sparse{4'000, 30, 3, 0, 0, 5'000};
constexpr Shape crossed{60, 60, 1, 0, 0, 50};
constexpr Shape jumping{400, 20, 2, 300, 0, 3'000};
constexpr Shape wild{30'000, 100, 300, 2'000, 20, 500};

template <Crossing rule>
class Trial {
public:
    Trial(const Shape& shape, std::uint64_t seed) : shape_(shape), random_(seed) {}

    void run(int operations) {
        for (int operation = 0; operation < operations; ++operation) {
            if (within(10) == 0) middle_ += within(2 * shape_.step + 1) - shape_.step;
            if (once_in(shape_.jump_every)) middle_ = within(2'000'000) - 1'000'000;
            const Side side = within(2) == 0 ? Side::bid : Side::ask;
            std::string wrong = one(side, price(side));
            if (wrong.empty() && operation % 512 == 0)
                wrong = twin::difference_in_depth(*book_, twin_);
            INFO("operation " << operation);
            REQUIRE(wrong == "");
        }
    }

private:
    std::int32_t within(std::int32_t bound) {
        return static_cast<std::int32_t>(random_() % static_cast<std::uint64_t>(bound));
    }
    bool once_in(int calls) { return calls != 0 && within(calls) == 0; }

    Ticks price(Side side) {
        if (once_in(shape_.wild_every)) return Ticks{static_cast<std::int32_t>(random_())};
        const double scale = static_cast<double>(within(1'000)) / 1'000.0;
        const auto away = static_cast<std::int32_t>(std::pow(double(shape_.reach), scale));
        return Ticks{middle_ - sign(side) * (away - within(shape_.overlap + 1))};
    }

    std::string one(Side side, Ticks price) {
        if (once_in(shape_.clear_every)) {
            if (within(10) == 0) price = everything;
            if (within(20) == 0) side = Side::none;
            book_->clear(side, price);
            twin_.clear(side, price);
            return twin::difference_in_depth(*book_, twin_);
        }
        if (once_in(shape_.clear_every)) {
            const Lots size{within(5)};
            book_->touch(side, price, size);
            twin_.touch(side, price, size);
            return twin::difference_in_depth(*book_, twin_);
        }
        return twin::checked_set(*book_, twin_, side, price,
                                 Lots{within(3) == 0 ? 0 : within(1'000) - 10});
    }

    Shape shape_;
    Random random_;
    std::int32_t middle_ = 0;
    std::unique_ptr<Book<rule>> book_ = std::make_unique<Book<rule>>();
    twin::Twin<rule> twin_;
};

Event event_of(Kind kind, Side side, std::int32_t price, std::int64_t size) {
    Event event{};
    event.kind = kind;
    event.side = side;
    event.price = Ticks{price};
    event.size = Lots{size};
    return event;
}

}  // namespace

TEST_CASE_TEMPLATE("every feed leaves the book as its twin", Rule, NewerWinsRule, SkipRule) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        for (const Shape& shape : {dense, sparse, crossed, jumping, wild})
            Trial<Rule::rule>(shape, seed).run(60'000);
    }
}

TEST_CASE_TEMPLATE("a side that empties 1e6 ticks above its next level", Rule, NewerWinsRule,
                   SkipRule) {
    const auto book = std::make_unique<Book<Rule::rule>>();
    twin::Twin<Rule::rule> twin;
    for (const Side side : {Side::bid, Side::ask}) {
        const std::int32_t away = -sign(side);
        REQUIRE(twin::checked_set(*book, twin, side, Ticks{away * 1'000'100}, Lots{4}) == "");
        for (int round = 0; round < 5; ++round) {
            for (const std::int64_t size : {5, 0})
                for (std::int32_t level = 1; level < 100; ++level)
                    REQUIRE(twin::checked_set(*book, twin, side, Ticks{away * level}, Lots{size}) ==
                            "");
            CHECK(book->best(side) == Ticks{away * 1'000'100});
        }
        REQUIRE(twin::difference_in_depth(*book, twin) == "");
    }
}

TEST_CASE_TEMPLATE("an empty book", Rule, NewerWinsRule, SkipRule) {
    const auto book = std::make_unique<Book<Rule::rule>>();
    CHECK(book->best(Side::bid) == no_bid);
    CHECK(book->best(Side::ask) == no_ask);
    CHECK(book->best_size(Side::bid) == Lots{0});
    CHECK(book->best_size(Side::ask) == Lots{0});
    CHECK_FALSE(book->has(Side::bid));
    CHECK_FALSE(book->crossed());
    CHECK(book->levels(Side::ask) == 0);
    CHECK(book->next(Side::bid, Ticks{5}) == no_bid);
    CHECK(book->next(Side::ask, Ticks{5}) == no_ask);
    int seen = 0;
    book->for_each(Side::bid, [&](Ticks, Lots) { return ++seen != 0; });
    CHECK(seen == 0);
}

TEST_CASE_TEMPLATE("a level at a mark is ignored", Rule, NewerWinsRule, SkipRule) {
    const auto book = std::make_unique<Book<Rule::rule>>();
    book->set(Side::bid, Ticks{7}, Lots{1});
    for (const Side side : {Side::bid, Side::ask}) {
        for (const Ticks mark : {no_bid, no_ask}) {
            const LevelChange change = book->set(side, mark, Lots{9});
            CHECK(change.best_before == change.best_after);
            CHECK(change.after == Lots{0});
            CHECK(book->size_at(side, mark) == Lots{0});
            book->touch(side, mark, Lots{9});
        }
    }
    CHECK(book->best(Side::bid) == Ticks{7});
    CHECK(book->best(Side::ask) == no_ask);
}

TEST_CASE_TEMPLATE("set reports the best of its side and the level, before and after", Rule,
                   NewerWinsRule, SkipRule) {
    const auto book = std::make_unique<Book<Rule::rule>>();
    book->set(Side::ask, Ticks{105}, Lots{2});
    const LevelChange better = book->set(Side::ask, Ticks{103}, Lots{4});
    CHECK(better.best_before == Ticks{105});
    CHECK(better.best_after == Ticks{103});
    CHECK(better.before == Lots{0});
    CHECK(better.after == Lots{4});
    const LevelChange gone = book->set(Side::ask, Ticks{103}, Lots{-1});
    CHECK(gone.best_before == Ticks{103});
    CHECK(gone.best_after == Ticks{105});
    CHECK(gone.before == Lots{4});
    CHECK(gone.after == Lots{0});
}

TEST_CASE("newer_wins erases what a new level crosses, at its price too") {
    const auto book = std::make_unique<Book<Crossing::newer_wins>>();
    for (const std::int32_t price : {101, 102, 103}) book->set(Side::ask, Ticks{price}, Lots{1});
    book->set(Side::bid, Ticks{102}, Lots{5});
    CHECK(book->best(Side::ask) == Ticks{103});
    CHECK(book->levels(Side::ask) == 1);
    book->set(Side::bid, Ticks{102}, Lots{0});
    CHECK(book->best(Side::ask) == Ticks{103});
}

TEST_CASE("skip steps over what a new level crosses and finds it again in a later search") {
    const auto book = std::make_unique<Book<Crossing::skip>>();
    for (const std::int32_t price : {101, 102, 103}) book->set(Side::ask, Ticks{price}, Lots{1});
    book->set(Side::bid, Ticks{102}, Lots{5});
    CHECK(book->best(Side::ask) == Ticks{103});
    CHECK(book->levels(Side::ask) == 3);
    CHECK(book->size_at(Side::ask, Ticks{101}) == Lots{1});
    book->set(Side::ask, Ticks{100}, Lots{2});
    book->set(Side::ask, Ticks{100}, Lots{0});
    CHECK(book->best(Side::ask) == Ticks{101});
}

TEST_CASE("skip forgets stale levels below the first level set after a side was empty") {
    const auto book = std::make_unique<Book<Crossing::skip>>();
    book->set(Side::bid, Ticks{10}, Lots{1});
    book->set(Side::bid, Ticks{20}, Lots{1});
    book->set(Side::ask, Ticks{15}, Lots{1});
    CHECK(book->best(Side::bid) == Ticks{10});
    book->set(Side::bid, Ticks{10}, Lots{0});
    CHECK(book->best(Side::bid) == no_bid);
    book->set(Side::bid, Ticks{25}, Lots{1});
    book->set(Side::bid, Ticks{25}, Lots{0});
    CHECK(book->best(Side::bid) == no_bid);
    CHECK(book->size_at(Side::bid, Ticks{20}) == Lots{1});
}

TEST_CASE("a clear to a price: newer_wins finds the next level, skip passes over a neighbour") {
    const auto newer = std::make_unique<Book<Crossing::newer_wins>>();
    const auto skip = std::make_unique<Book<Crossing::skip>>();
    for (const std::int32_t price : {97, 99, 100}) {
        newer->set(Side::bid, Ticks{price}, Lots{1});
        skip->set(Side::bid, Ticks{price}, Lots{1});
        newer->set(Side::ask, Ticks{300 - price}, Lots{1});
        skip->set(Side::ask, Ticks{300 - price}, Lots{1});
    }
    newer->clear(Side::bid, Ticks{100});
    newer->clear(Side::ask, Ticks{200});
    CHECK(newer->best(Side::bid) == Ticks{99});
    CHECK(newer->best(Side::ask) == Ticks{201});
    skip->clear(Side::bid, Ticks{100});
    skip->clear(Side::ask, Ticks{200});
    CHECK(skip->best(Side::bid) == Ticks{97});
    CHECK(skip->best(Side::ask) == Ticks{203});
    CHECK(skip->size_at(Side::bid, Ticks{99}) == Lots{1});
}

TEST_CASE_TEMPLATE("a clear of everything, of one side and of both", Rule, NewerWinsRule,
                   SkipRule) {
    const auto book = std::make_unique<Book<Rule::rule>>();
    const auto fill = [&] {
        for (const std::int32_t price : {1, 100, 1'000'000}) {
            book->set(Side::bid, Ticks{-price}, Lots{1});
            book->set(Side::ask, Ticks{price}, Lots{1});
        }
    };
    fill();
    book->clear(Side::ask, everything);
    CHECK(book->levels(Side::ask) == 0);
    CHECK(book->levels(Side::bid) == 3);
    fill();
    book->clear(Side::bid, everything);
    CHECK(book->levels(Side::ask) == 3);
    CHECK(book->levels(Side::bid) == 0);
    fill();
    book->clear(Side::none, everything);
    CHECK_FALSE(book->has(Side::bid));
    CHECK_FALSE(book->has(Side::ask));
}

TEST_CASE_TEMPLATE("apply takes level, clear and touch, and lets other kinds pass", Rule,
                   NewerWinsRule, SkipRule) {
    const auto book = std::make_unique<Book<Rule::rule>>();
    for (const std::int32_t price : {98, 99, 100})
        book->apply(event_of(Kind::level, Side::bid, price, 3));
    book->apply(event_of(Kind::touch, Side::bid, 99, 8));
    CHECK(book->best(Side::bid) == Ticks{99});
    CHECK(book->best_size(Side::bid) == Lots{8});
    CHECK(book->levels(Side::bid) == 2);
    for (const Kind kind : {Kind::trade, Kind::add, Kind::modify, Kind::remove, Kind::execute,
                            Kind::submit, Kind::filled})
        book->apply(event_of(kind, Side::bid, 150, 1));
    book->apply(event_of(Kind::level, Side::none, 150, 1));
    book->apply(event_of(Kind::touch, Side::none, 150, 1));
    CHECK(book->best(Side::bid) == Ticks{99});
    CHECK(book->best(Side::ask) == no_ask);
    book->apply(event_of(Kind::clear, Side::none, everything.count, 0));
    CHECK_FALSE(book->has(Side::bid));
}
