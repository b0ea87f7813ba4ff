// Book: the others' limit order book, folded from level events; best prices at hand after each.
//
//     Book<Crossing::newer_wins> book;
//     book.apply(event);                     // level, clear and touch; other kinds pass by
//     book.best(Side::bid);                  // the highest bid, or no_bid
//     LevelChange change = book.set(Side::bid, Ticks{100}, Lots{7});
//
// When a level comes that crosses the other side, a delete was missed. Under `newer_wins` the
// crossed levels of the other side are erased. Under `skip`, hftbacktest's rule, they stay: the
// other side's best steps over them, and a later search for a best may stop at them again.
//
// Cost    as Ladder's; a level that crosses also costs what it erases.
// Memory  two Ladders.
// Errors  none: a level at no_bid or no_ask, which are marks and no prices, is ignored.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "event.hpp"
#include "ladder.hpp"
#include "units.hpp"

namespace halfspread {

inline constexpr Ticks no_bid{std::numeric_limits<std::int32_t>::min()};
inline constexpr Ticks no_ask{std::numeric_limits<std::int32_t>::max()};

// Bids keep their price as key, asks its complement, so that larger is better on both sides; no_bid
// and no_ask are then both no_key.
constexpr std::int32_t key_of(Side side, Ticks price) { return price.count ^ -index(side); }
constexpr Ticks price_of(Side side, std::int32_t key) { return Ticks{key ^ -index(side)}; }

enum class Crossing : std::uint8_t { newer_wins, skip };

// What one `set` did: the best price of its side and the size at its price, before and after.
struct LevelChange {
    Ticks best_before, best_after;
    Lots before, after;
};

template <Crossing rule>
class Book {
public:
    // A size <= 0 deletes the level.
    [[gnu::always_inline]] LevelChange set(Side side, Ticks price, Lots size) {
        const std::int32_t key = key_of(side, price);
        Half& half = half_of(side);
        const std::int32_t best_before = half.best();
        if (is_mark(price)) [[unlikely]]
            return {price_of(side, best_before), price_of(side, best_before), Lots{}, Lots{}};
        const std::int64_t before = half.set(key, size.count);
        if (half.best() > best_before) [[unlikely]]
            half_of(opposite(side)).uncross(~key);
        return {price_of(side, best_before), price_of(side, half.best()), Lots{before},
                std::max(size, Lots{})};
    }

    // Erases from the best to `price`; price `everything`: the whole side; side none: both whole
    // sides.
    void clear(Side side, Ticks price) {
        if (side == Side::none) {
            for (Half& half : halves_) half.clear();
        } else if (price == everything) {
            half_of(side).clear();
        } else {
            half_of(side).clear_to(key_of(side, price));
        }
    }

    // The best of the side is `price`: erases what is better, then sets the level.
    void touch(Side side, Ticks price, Lots size) {
        if (is_mark(price)) return;
        half_of(side).erase_above(key_of(side, price));
        set(side, price, size);
    }

    void apply(const Event& event) {
        if (event.kind == Kind::clear) return clear(event.side, event.price);
        if (event.side == Side::none) return;
        if (event.kind == Kind::level) set(event.side, event.price, event.size);
        if (event.kind == Kind::touch) touch(event.side, event.price, event.size);
    }

    Ticks best(Side side) const { return price_of(side, half_of(side).best()); }
    Lots best_size(Side side) const { return size_at(side, best(side)); }
    Lots size_at(Side side, Ticks price) const {
        return Lots{half_of(side).levels.at(key_of(side, price))};
    }
    bool has(Side side) const { return half_of(side).best() != no_key; }
    bool crossed() const { return has(Side::bid) && best(Side::bid) >= best(Side::ask); }
    std::size_t levels(Side side) const { return half_of(side).levels.count(); }

    // The next worse price than `price` that holds a level, or no_bid, or no_ask.
    Ticks next(Side side, Ticks price) const {
        return price_of(side, half_of(side).levels.next_below(key_of(side, price)));
    }

    // Calls fn(Ticks, Lots) on the levels from the best outwards until it returns false.
    template <class Fn>
    void for_each(Side side, Fn&& fn) const {
        half_of(side).levels.for_each_down(half_of(side).best(),
                                           [&](std::int32_t key, std::int64_t size) {
                                               return fn(price_of(side, key), Lots{size});
                                           });
    }

private:
    // One side by key. Under newer_wins its best is its highest level.
    struct NewerWins {
        Ladder<std::int64_t> levels;

        std::int32_t best() const { return levels.highest(); }
        std::int64_t set(std::int32_t key, std::int64_t size) { return levels.set(key, size); }
        void uncross(std::int32_t key) {
            if (levels.highest() >= key) [[unlikely]]
                levels.erase_from(key);
        }
        void erase_above(std::int32_t key) { levels.erase_from(key + 1); }
        void clear_to(std::int32_t key) { levels.erase_from(key); }
        void clear() { levels.clear(); }
    };

    // Under skip the best is remembered, and a search for the next best looks no lower than `low`,
    // the lowest key set since the side last had no best: levels from before then may lie lower.
    struct Skip {
        Ladder<std::int64_t, Centring::given> levels;
        std::int32_t best_key = no_key;
        std::int32_t low = highest_key;

        std::int32_t best() const { return best_key; }
        std::int64_t set(std::int32_t key, std::int64_t size) {
            const std::int64_t before = levels.set(key, size);
            if (size > 0) {
                low = std::min(low, key);
                if (key > best_key) [[unlikely]]
                    set_best(key);
            } else if (key == best_key) {
                search_below(key);
                forget_low_if_empty();
            }
            return before;
        }
        void uncross(std::int32_t key) {
            if (best_key >= key) search_below(key);
        }
        void erase_above(std::int32_t key) {
            if (best_key <= key) return;
            levels.erase(key + 1, best_key);
            search_below(key + 1);
            forget_low_if_empty();
        }
        // The level next to `key` is not found, which hftbacktest does too.
        void clear_to(std::int32_t key) {
            if (best_key != no_key && best_key >= key) levels.erase(key, best_key);
            search_below(key == no_key ? key : key - 1);
            forget_low_if_empty();
        }
        void clear() {
            levels.clear();
            best_key = no_key;
            low = highest_key;
        }
        void search_below(std::int32_t key) {
            const std::int32_t next = levels.next_below(key);
            set_best(next < low ? no_key : next);
        }
        void set_best(std::int32_t key) {
            best_key = key;
            levels.centre(key);
        }
        void forget_low_if_empty() {
            if (best_key == no_key) low = highest_key;
        }
    };

    using Half = std::conditional_t<rule == Crossing::skip, Skip, NewerWins>;
    static constexpr std::int32_t highest_key = std::numeric_limits<std::int32_t>::max();

    static bool is_mark(Ticks price) { return price == no_bid || price == no_ask; }

    Half& half_of(Side side) { return halves_[static_cast<std::size_t>(index(side))]; }
    const Half& half_of(Side side) const { return halves_[static_cast<std::size_t>(index(side))]; }

    std::array<Half, 2> halves_{};
};

}  // namespace halfspread
