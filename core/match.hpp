// Match: our resting orders at their venue, and what the public's trades and levels do to them.
//
// In a replay our orders don't move the market. What fills them, when nobody knows, is a rule:
//
//     a print through our price       fills us: it would have met us first
//     a print at our price            fills us with what is left of it past the queue ahead of us
//     a book that moves onto us       fills us: whoever posted there would have met us
//
// `ours`: a fill never takes more than the print or the new level holds, orders of one lane consume
// that volume in turn, best price and first come first, and what is not filled stays. `peer`: each
// of these fills the whole order (hftbacktest's NoPartialFillExchange).
//
// The peer leaves alone an order that the other side's best has passed unseen (which a clear can
// bring about), unless its lane has few orders: `Reach` is that rule.
//
// Orders that join a level at the same instant have the same queue ahead for ever: they share one
// *cohort*, so that a thousand lanes with the same idea cost one queue.
//
// `Position` is what a cohort knows of its queue: a guess, or the exact place, which departures move
// and levels do not.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "book.hpp"
#include "departure.hpp"
#include "event.hpp"
#include "order.hpp"
#include "queue.hpp"

namespace halfspread {

// An order of ours at the venue. Its index is the slot of its id.
struct Resting {
    Ticks price{};
    Lots leaves{};
    Lots filled{};
    std::uint32_t generation = 0;
    std::uint32_t lane = 0;
    std::uint32_t cohort = 0;
    std::uint32_t previous = 0, next = 0;  // in its cohort; 0: none, else index + 1
    Side side = Side::none;
    Lifetime lifetime = Lifetime::post_only;
    bool live = false;
};

template <Rules rules, class Position = QueuePosition>
class Match {
public:
    static constexpr bool is_exact = std::is_same_v<Position, ExactPosition>;

    Match(const QueueRule& rule, const CoinScale& scale, std::size_t lanes, std::size_t orders)
        : rule_(rule),
          scale_(scale),
          orders_(orders),
          cohorts_(orders + 1),
          shares_(lanes),
          live_(lanes) {
        free_.reserve(orders + 1);
        for (std::size_t i = orders; i > 0; --i) free_.push_back(static_cast<std::uint32_t>(i));
    }

    Resting& order(std::size_t slot) { return orders_[slot]; }
    bool empty() const { return best_[0] == none && best_[1] == none; }
    std::size_t resting(std::uint32_t lane) const { return live_[lane]; }

    // Puts an order behind all that the level shows. `instant` counts the market's events: orders
    // with the same instant and price share a cohort.
    void rest(std::size_t slot, Lots level_size, std::uint64_t instant) {
        Resting& order = orders_[slot];
        order.live = true;
        const std::int32_t key = key_of(order.side, order.price);
        auto& ladder = levels_[index(order.side)];
        const std::uint32_t first = ladder.at(key);
        const std::uint32_t last = first != 0 ? cohorts_[first].last_of_level : 0;
        std::uint32_t cohort = last;
        if (last == 0 || cohorts_[last].instant != instant) {
            cohort = free_.back();
            free_.pop_back();
            cohorts_[cohort] = Cohort{};
            cohorts_[cohort].queue = Position(size_of(level_size));
            cohorts_[cohort].instant = instant;
            cohorts_[cohort].previous = last;
            cohorts_[cohort].key = key;
            if (first == 0) {
                ladder.set(key, cohort);
                cohorts_[cohort].last_of_level = cohort;
                best_[index(order.side)] = ladder.highest();
                worst_[index(order.side)] = std::min(worst_[index(order.side)], key);
            } else {
                cohorts_[last].next = cohort;
                cohorts_[first].last_of_level = cohort;
            }
        }
        append(slot, cohort);
        ++live_[order.lane];
    }

    // Takes an order out of its queue.
    void remove(std::size_t slot) {
        Resting& order = orders_[slot];
        unlink(slot);
        order.live = false;
        --live_[order.lane];
        if (cohorts_[order.cohort].head == 0) drop(order.side, order.cohort);
    }

    // Lots of a recorded order left the queue of its level.
    void depart(const Departure& gone) {
        const std::int32_t key = key_of(gone.side, gone.price);
        if (!may_be_ours(index(gone.side), key)) return;
        const std::uint32_t first = levels_[index(gone.side)].at(key);
        std::uint32_t cohort = first != 0 ? cohorts_[first].last_of_level : 0;
        for (; cohort != 0 && cohorts_[cohort].instant > gone.joined;
             cohort = cohorts_[cohort].previous) {
            cohorts_[cohort].queue.depart(gone.lots, gone.was_executed, gone.time);
        }
    }

    // A level of `side` went from change.before to change.after. fill(slot, lots) is called for
    // each fill.
    template <class Fill>
    void level(Side side, Ticks price, const LevelChange& change, Nanos time, Fill&& fill) {
        const int mine = index(side);
        const std::int32_t key = key_of(side, price);
        if (!is_exact && may_be_ours(mine, key)) {
            const std::uint32_t first = levels_[mine].at(key);
            if (first != 0) move_queues(first, change, time);
        }
        // The best bid rose onto our asks, or the best ask fell onto our bids.
        const Side other = opposite(side);
        const int theirs = index(other);
        if (change.best_after != change.best_before &&
            best_[theirs] >= key_of(other, change.best_after) &&
            better(side, change.best_after, change.best_before)) {
            const Reach reach{side, change.best_before, change.best_after};
            fill_through(other, key_of(other, change.best_after), change.after, reach, fill);
        }
    }

    // A print: `aggressor` took `size` at `price` from the other side; `best` is its own side's
    // best.
    template <class Fill>
    void trade(Side aggressor, Ticks price, Lots size, Ticks best, Nanos time, Fill&& fill) {
        const Side side = opposite(aggressor);
        const int mine = index(side);
        const std::int32_t key = key_of(side, price);
        if (best_[mine] < key) return;
        const Reach reach{aggressor, best, price};
        if (best_[mine] > key) {
            fill_through(side, key + 1, size, reach, fill);
        } else {
            ++print_;
        }
        const std::uint32_t first = levels_[mine].at(key);
        if (first != 0) fill_at(first, size, time, reach, fill);
    }

private:
    static constexpr std::int32_t none = std::numeric_limits<std::int32_t>::min();
    static constexpr std::int32_t highest_key = std::numeric_limits<std::int32_t>::max();

    struct Cohort {
        Position queue;
        std::uint64_t instant = 0;
        std::uint32_t head = 0, tail = 0;      // orders, index + 1
        std::uint32_t previous = 0, next = 0;  // cohorts of the level, in order of arrival
        std::uint32_t last_of_level = 0;       // kept by the level's first cohort
        std::int32_t key = 0;
    };
    struct Share {
        std::uint64_t print = 0;
        Lots used{};             // of the print's volume
        std::uint32_t live = 0;  // orders that rested before it
    };
    // Which of our orders the peer looks at, when `side` trades or moves as far as `to` and its
    // best was `best`: those beyond that best; all, if there is none or the lane has fewer orders
    // than ticks between.
    struct Reach {
        Side side;
        Ticks best, to;

        bool passed(Ticks price) const {
            return key_of(side, best) != none && key_of(side, price) <= key_of(side, best);
        }
        bool everyone(std::uint32_t live) const {
            return live < std::int64_t{key_of(side, to)} - key_of(side, best);
        }
    };

    static bool better(Side side, Ticks a, Ticks b) { return key_of(side, a) > key_of(side, b); }

    // Whether a key lies among our orders' keys: one comparison, since it is asked at every row.
    // Without orders it may say yes at the ends of the axis, where there are none to find.
    bool may_be_ours(int side, std::int32_t key) const {
        const auto worst = static_cast<std::uint32_t>(worst_[side]);
        return static_cast<std::uint32_t>(key) - worst <=
               static_cast<std::uint32_t>(best_[side]) - worst;
    }

    void drop(Side side, std::uint32_t cohort) {
        Cohort& gone = cohorts_[cohort];
        auto& ladder = levels_[index(side)];
        const std::uint32_t first = ladder.at(gone.key);
        if (gone.next != 0) cohorts_[gone.next].previous = gone.previous;
        if (gone.previous != 0) cohorts_[gone.previous].next = gone.next;
        if (first == cohort) {
            ladder.set(gone.key, gone.next);
            if (gone.next != 0) cohorts_[gone.next].last_of_level = gone.last_of_level;
            best_[index(side)] = ladder.highest();
            if (best_[index(side)] == none) worst_[index(side)] = highest_key;
        } else if (cohorts_[first].last_of_level == cohort) {
            cohorts_[first].last_of_level = gone.previous;
        }
        free_.push_back(cohort);
    }

    // As a Position counts: a guess in coins, an exact one in lots.
    auto size_of(Lots size) const {
        if constexpr (is_exact) {
            return size;
        } else {
            return scale_.coins(size);
        }
    }

    void append(std::size_t slot, std::uint32_t cohort) {
        Resting& order = orders_[slot];
        Cohort& joined = cohorts_[cohort];
        order.cohort = cohort;
        order.next = 0;
        order.previous = joined.tail;
        const auto link = static_cast<std::uint32_t>(slot + 1);
        (joined.tail != 0 ? orders_[joined.tail - 1].next : joined.head) = link;
        joined.tail = link;
    }

    void unlink(std::size_t slot) {
        const Resting& order = orders_[slot];
        Cohort& cohort = cohorts_[order.cohort];
        (order.previous != 0 ? orders_[order.previous - 1].next : cohort.head) = order.next;
        (order.next != 0 ? orders_[order.next - 1].previous : cohort.tail) = order.previous;
    }

    // Moves the orders that the peer leaves alone to a cohort of their own, behind. Returns whether
    // any order stays.
    [[gnu::noinline]] bool set_aside(std::uint32_t cohort, const Reach& reach) {
        std::uint32_t aside = 0;
        for (std::uint32_t link = cohorts_[cohort].head; link != 0;) {
            const std::uint32_t next = orders_[link - 1].next;
            if (!reach.everyone(share_of(orders_[link - 1].lane).live)) {
                if (cohorts_[cohort].head == cohorts_[cohort].tail) return false;
                if (aside == 0) {
                    aside = free_.back();
                    free_.pop_back();
                    insert_behind(cohort, aside);
                }
                unlink(link - 1);
                append(link - 1, aside);
            }
            link = next;
        }
        return true;
    }

    void insert_behind(std::uint32_t cohort, std::uint32_t fresh) {
        Cohort& before = cohorts_[cohort];
        Cohort& behind = cohorts_[fresh];
        behind = before;
        behind.head = behind.tail = 0;
        behind.previous = cohort;
        before.next = fresh;
        if (behind.next != 0) {
            cohorts_[behind.next].previous = fresh;
        } else {
            const int side = index(orders_[before.head - 1].side);
            cohorts_[levels_[side].at(before.key)].last_of_level = fresh;
        }
    }

    void move_queues(std::uint32_t cohort, const LevelChange& change, Nanos time) {
        if constexpr (!is_exact) {
            const double before = scale_.coins(change.before);
            const double after = scale_.coins(change.after);
            for (; cohort != 0; cohort = cohorts_[cohort].next) {
                cohorts_[cohort].queue.template level<rules>(rule_, before, after, time);
            }
        }
    }

    // A lane's share of the current print.
    Share& share_of(std::uint32_t lane) {
        Share& share = shares_[lane];
        if (share.print != print_) {
            share = {.print = print_, .used = Lots{0}, .live = live_[lane]};
        }
        return share;
    }

    // Fills `lots` of an order, at most what is left of it and of the print for its lane.
    template <class Fill>
    void fill_one(std::uint32_t link, Lots volume, Fill&& fill) {
        const std::size_t slot = link - 1;
        Resting& order = orders_[slot];
        Lots lots = order.leaves;
        Share& share = share_of(order.lane);
        if constexpr (rules == Rules::ours) {
            lots = std::min(lots, volume - share.used);
            if (lots <= Lots{0}) return;
            share.used += lots;
        }
        order.leaves -= lots;
        order.filled = capped_sum(order.filled, lots);
        if (order.leaves == Lots{0}) remove(slot);
        fill(slot, lots);
    }

    // All orders of `side` at `key` or better meet `volume`.
    template <class Fill>
    void fill_through(Side side, std::int32_t key, Lots volume, const Reach& reach, Fill&& fill) {
        ++print_;
        auto& ladder = levels_[index(side)];
        for (std::int32_t at = ladder.highest(); at >= key && at != none;
             at = ladder.next_below(at)) {
            for (std::uint32_t cohort = ladder.at(at); cohort != 0;) {
                const std::uint32_t next = cohorts_[cohort].next;
                fill_cohort(cohort, volume, reach, fill);
                cohort = next;
            }
        }
    }

    template <class Fill>
    void fill_cohort(std::uint32_t cohort, Lots volume, const Reach& reach, Fill&& fill) {
        for (std::uint32_t link = cohorts_[cohort].head; link != 0;) {
            const Resting& order = orders_[link - 1];
            const std::uint32_t next = order.next;
            const bool skipped = rules == Rules::peer && reach.passed(order.price) &&
                                 !reach.everyone(share_of(order.lane).live);
            if (!skipped) fill_one(link, volume, fill);
            link = next;
        }
    }

    // A print at the level whose first cohort is `cohort`.
    template <class Fill>
    void fill_at(std::uint32_t cohort, Lots size, Nanos time, const Reach& reach, Fill&& fill) {
        const auto printed = size_of(size);
        const bool passed = rules == Rules::peer && reach.passed(reach.to);
        while (cohort != 0) {
            const std::uint32_t next = cohorts_[cohort].next;
            if (passed && !set_aside(cohort, reach)) {
                cohort = next;
                continue;
            }
            Position& queue = cohorts_[cohort].queue;
            const Lots reached = queue.template print<rules>(printed, scale_, time);
            if (reached > Lots{0}) fill_cohort(cohort, reached, reach, fill);
            cohort = next;
        }
    }

    QueueRule rule_;
    CoinScale scale_;
    std::vector<Resting> orders_;
    std::vector<Cohort> cohorts_;  // index 0 is nobody
    std::vector<std::uint32_t> free_;
    std::vector<Share> shares_;
    std::vector<std::uint32_t> live_;  // a lane's resting orders
    std::uint64_t print_ = 0;
    Ladder<std::uint32_t> levels_[2];
    std::int32_t best_[2] = {none, none};                 // keys of our best orders,
    std::int32_t worst_[2] = {highest_key, highest_key};  // and a bound of the worst
};

}  // namespace halfspread
