// Ladder against std::map: every key, the ring's moves, both value types, and no allocation.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "allocations.hpp"
#include "ladder.hpp"

using namespace halfspread;

namespace {

constexpr std::int32_t max_key = std::numeric_limits<std::int32_t>::max();

// A Ladder and the std::map it must equal; every call goes to both and compares what they say.
template <class Value, Centring centring>
class Pair {
public:
    void set(std::int32_t key, Value value) {
        REQUIRE(ladder.set(key, value) == at(key));
        if (value > 0 && key != no_key) levels[key] = value;
        else levels.erase(key);
        check(key);
    }
    void erase(std::int32_t from, std::int32_t to) {
        ladder.erase(from, to);
        if (from <= to) levels.erase(levels.lower_bound(from), levels.upper_bound(to));
        check(from);
        check(to);
    }
    void clear() {
        ladder.clear();
        levels.clear();
        check(0);
    }
    void centre(std::int32_t key) {
        if constexpr (centring == Centring::given) {
            ladder.centre(key);
            check(key);
        }
    }
    void check(std::int32_t key) const {
        REQUIRE(ladder.highest() == (levels.empty() ? no_key : levels.rbegin()->first));
        REQUIRE(ladder.at(key) == at(key));
        REQUIRE(ladder.next_below(key) == below(key));
        REQUIRE(ladder.next_below(max_key) == below(max_key));
    }
    void check_all() const {
        REQUIRE(ladder.count() == levels.size());
        auto expected = levels.rbegin();
        ladder.for_each_down([&](std::int32_t key, Value value) {
            REQUIRE(expected != levels.rend());
            REQUIRE(key == expected->first);
            REQUIRE(value == expected->second);
            ++expected;
            return true;
        });
        REQUIRE(expected == levels.rend());
    }

private:
    Value at(std::int32_t key) const {
        const auto found = levels.find(key);
        return found == levels.end() ? Value{0} : found->second;
    }
    std::int32_t below(std::int32_t key) const {
        const auto next = levels.lower_bound(key);
        return next == levels.begin() ? no_key : std::prev(next)->first;
    }

    Ladder<Value, centring> ladder;
    std::map<std::int32_t, Value> levels;
};

using Random = std::mt19937_64;
std::int32_t any_key(Random& random) { return static_cast<std::int32_t>(random()); }

// Keys round a centre that walks and jumps; now and then any key at all, an erased range, a clear.
template <class Value, Centring centring>
void random_calls(std::uint64_t seed, std::int32_t reach, std::int32_t step, int calls) {
    Random random(seed);
    const auto pair = std::make_unique<Pair<Value, centring>>();
    const auto within = [&](std::int32_t bound) {
        return static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(bound));
    };
    std::int32_t centre = 0;
    for (int call = 0; call < calls; ++call) {
        if (random() % 10 == 0) centre += within(2 * step + 1) - step;
        if (random() % 2000 == 0) centre = within(2'000'000) - 1'000'000;
        const std::int32_t key = random() % 500 == 0 ? any_key(random) : centre - within(reach);
        if (random() % 300 == 0) {
            pair->erase(key, random() % 2 == 0
                                 ? max_key
                                 : key + within(reach) % (max_key - std::max(key, 0)));
        } else if (random() % 20'000 == 0) {
            pair->clear();
        } else {
            pair->set(key, static_cast<Value>(random() % 3 == 0 ? 0 : 1 + random() % 1000));
        }
        if (random() % 16 == 0) pair->centre(random() % 50 == 0 ? any_key(random) : key);
        if (call % 1000 == 0) pair->check_all();
    }
    pair->check_all();
}

}  // namespace

TEST_CASE("random calls equal std::map's, sizes and heads, dense, sparse and wide") {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        random_calls<std::int64_t, Centring::highest>(seed, 40, 1, 100'000);
        random_calls<std::int64_t, Centring::highest>(seed, 3'000, 5, 100'000);
        random_calls<std::int64_t, Centring::highest>(seed, 40'000, 400, 100'000);
        random_calls<std::uint32_t, Centring::highest>(seed, 3'000, 100, 100'000);
        random_calls<std::int64_t, Centring::given>(seed, 40, 1, 100'000);
        random_calls<std::int64_t, Centring::given>(seed, 40'000, 400, 100'000);
        random_calls<std::uint32_t, Centring::given>(seed, 20'000, 3'000, 100'000);
    }
}

TEST_CASE("keys anywhere in int32, and next to its ends") {
    Random random(7);
    const auto pair = std::make_unique<Pair<std::int64_t, Centring::highest>>();
    const std::vector<std::int32_t> ends{no_key,       no_key + 1,  no_key + 64, no_key + 16'384,
                                         -1,           0,           1,           max_key - 16'384,
                                         max_key - 64, max_key - 1, max_key};
    for (const std::int32_t key : ends) pair->set(key, 5);
    for (int call = 0; call < 50'000; ++call) {
        const std::int32_t key = random() % 2 == 0 ? any_key(random) : ends[random() % ends.size()];
        pair->set(key, static_cast<std::int64_t>(random() % 2 * 9));
        if (random() % 500 == 0) pair->erase(any_key(random), max_key);
        if (random() % 100 == 0) pair->erase(key, any_key(random));
        if (call % 500 == 0) pair->check_all();
    }
    pair->erase(no_key, max_key);
    pair->check_all();
}

TEST_CASE("a full ladder is followed up, down, and over jumps either way") {
    const auto pair = std::make_unique<Pair<std::int64_t, Centring::highest>>();
    std::int32_t top = 0;
    for (; top < 60'000; ++top) pair->set(top, top + 1);
    pair->check_all();
    for (; top > 20'000; --top) pair->set(top - 1, 0);
    pair->check_all();
    for (const std::int32_t jump : {1'000'000, -1'000'000, 50'000, -50'000, 12'289, 4'097}) {
        for (std::int32_t key = 0; key < 5'000; ++key) pair->set(top + jump + key, 3);
        pair->check_all();
        for (std::int32_t key = 5'000; key > 0; --key) pair->set(top + jump + key - 1, 0);
        pair->check_all();
    }
}

TEST_CASE("a ladder that empties far above its next level finds it, and fills again") {
    const auto pair = std::make_unique<Pair<std::int64_t, Centring::highest>>();
    pair->set(1'000'000, 4);
    for (int round = 0; round < 20; ++round) {
        for (std::int32_t key = 0; key < 100; ++key) pair->set(2'000'000 - key, 5);
        for (std::int32_t key = 0; key < 100; ++key) pair->set(2'000'000 - key, 0);
        pair->set(1'000'000 + round, 4);
    }
    pair->check_all();
}

TEST_CASE("what was erased does not come back when its slot is used again") {
    Ladder<std::int64_t> ladder;
    for (std::int32_t key = 0; key < 100; ++key) ladder.set(key, 7);
    ladder.erase_from(10);
    CHECK(ladder.at(50) == 0);
    CHECK(ladder.set(50, 0) == 0);
    CHECK(ladder.set(51, 8) == 0);
    CHECK(ladder.highest() == 51);
    CHECK(ladder.next_below(51) == 9);
    CHECK(ladder.count() == 11);
}

TEST_CASE("for_each_down stops when told, and may start anywhere") {
    Ladder<std::uint32_t> ladder;
    for (const std::int32_t key : {-70'000, 5, 70, 700}) ladder.set(key, 1);
    std::vector<std::int32_t> seen;
    ladder.for_each_down(699, [&](std::int32_t key, std::uint32_t) {
        seen.push_back(key);
        return seen.size() < 2;
    });
    CHECK(seen == std::vector<std::int32_t>{70, 5});
}

TEST_CASE("no call allocates while the far levels are few, or were as many before") {
    Random random(11);
    Ladder<std::int64_t> ladder;
    const auto churn = [&](std::uint64_t far_levels, int calls) {
        for (int call = 0; call < calls; ++call) {
            const auto near = static_cast<std::int32_t>(random() % 500);
            const auto far = static_cast<std::int32_t>(random() % far_levels * 1000);
            ladder.set(3'000'000 - near, static_cast<std::int64_t>(random() % 3));
            ladder.set(1'000'000 - far, static_cast<std::int64_t>(random() % 3));
        }
    };
    std::size_t before = allocations();
    churn(1'000, 100'000);
    ladder.clear();
    churn(1'000, 100'000);
    CHECK(allocations() == before);

    churn(50'000, 400'000);
    CHECK(allocations() > before);
    before = allocations();
    ladder.clear();
    churn(30'000, 100'000);
    CHECK(allocations() == before);
}
