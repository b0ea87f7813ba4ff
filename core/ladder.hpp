// Ladder: one side's levels by key, with the next occupied key below any key at hand.
//
//     Ladder<std::int64_t> bids;         // the key of a bid is its price, of an ask ~price:
//     bids.set(100, 7);                  // on both sides the larger key is the better price
//     bids.highest();                    // 100
//     bids.next_below(100);              // no_key: nothing there
//
// Keys near the highest live in a ring of 2^14 values with a bitset over it and a summary over
// that; the others in an ordered map. The ring follows the highest key (under Centring::given: the
// key it is told) when that nears an edge, and moves at most `moves_per_call` levels a call, so
// that no call is long. While it lags behind a jump the map serves, slower and as exactly.
//
// Cost    set, at, next_below: O(1) in the ring, O(log far levels) in the map; never a loop over
//         empty keys. erase: O(64-key words + far levels erased). count: a pass over the bitset.
// Memory  the ring (128 KB of int64) and 64 KB for far levels (about 1300), taken once, here; what
//         the map needs beyond that comes in blocks of 64 KB and is reused, not returned.
// Errors  none: every key works, but a value at `no_key` is ignored. A value <= 0 empties.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <memory_resource>
#include <new>
#include <utility>
#include <vector>

namespace halfspread {

inline constexpr std::int32_t no_key = std::numeric_limits<std::int32_t>::min();

// Memory for the nodes of one map, all of one size: blocks cut into nodes, and a list of free ones.
class NodePool final : public std::pmr::memory_resource {
public:
    NodePool() {
        blocks_.reserve(64);
        grow();
    }

private:
    struct Free {
        Free* next;
    };
    static constexpr std::size_t block_bytes = 1U << 16;

    void* do_allocate(std::size_t bytes, std::size_t) override {
        if (free_ != nullptr) return std::exchange(free_, free_->next);
        if (left_ < bytes) grow();
        left_ -= bytes;
        return blocks_.back().get() + left_;
    }
    void do_deallocate(void* node, std::size_t, std::size_t) override {
        free_ = new (node) Free{free_};
    }
    bool do_is_equal(const memory_resource& other) const noexcept override {
        return this == &other;
    }
    void grow() {
        blocks_.emplace_back(new std::byte[block_bytes]);
        left_ = block_bytes;
    }

    Free* free_ = nullptr;
    std::size_t left_ = 0;
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

enum class Centring : std::uint8_t { highest, given };

template <class Value, Centring centring = Centring::highest>
class Ladder {
public:
    Ladder() = default;
    Ladder(const Ladder& other)  // the map points to this object's pool
        : low_(other.low_),
          size_(other.size_),
          highest_(other.highest_),
          centre_(other.centre_),
          values_(other.values_),
          summary_(other.summary_),
          words_(other.words_),
          far_(other.far_, &far_pool_) {}
    Ladder& operator=(const Ladder&) = delete;

    Value at(std::int32_t key) const { return in_ring(key) ? ring_value(key) : far_value(key); }

    // Returns what was there before.
    Value set(std::int32_t key, Value value) {
        if (!in_ring(key)) [[unlikely]]
            return set_far(key, value);
        const Value before = ring_value(key);
        if (value > 0) {
            ring_set(key, value);
            if (key > highest_) [[unlikely]]
                set_highest(key);
        } else {
            clear_bits(slot(key) >> 6, bit(key));
            if (key == highest_) [[unlikely]]
                fall_below(key);
        }
        return before;
    }

    // The largest occupied key, or no_key.
    std::int32_t highest() const { return highest_; }

    // Tells round which key most calls will be.
    void centre(std::int32_t key)
        requires(centring == Centring::given)
    {
        centre_ = key;
        if (near_an_edge(key)) [[unlikely]]
            follow();
    }

    // The largest occupied key < key, or no_key.
    std::int32_t next_below(std::int32_t key) const {
        if (key <= low_ || key > low_ + size_) [[unlikely]]
            return next_below_off_ring(key);
        const std::int64_t found = ring_below(key);
        return found >= low_ ? static_cast<std::int32_t>(found) : far_below(low_);
    }

    // Erases the occupied keys in [from, to].
    [[gnu::noinline]] void erase(std::int32_t from, std::int32_t to) {
        erase_ring(std::max<std::int64_t>(from, low_),
                   std::min<std::int64_t>(to, low_ + size_ - 1));
        if (!far_.empty() && from <= to) far_.erase(far_.lower_bound(from), far_.upper_bound(to));
        if (from <= highest_ && highest_ <= to) fall_below(from);
    }
    void erase_from(std::int32_t key) { erase(key, std::numeric_limits<std::int32_t>::max()); }

    void clear() {
        words_.fill(0);
        summary_.fill(0);
        far_.clear();
        highest_ = no_key;
    }

    std::size_t count() const {
        std::size_t total = far_.size();
        for (const std::uint64_t word : words_)
            total += static_cast<std::size_t>(std::popcount(word));
        return total;
    }

    // Calls fn(key, value) on the occupied keys <= from, downwards, until it returns false.
    template <class Fn>
    void for_each_down(std::int32_t from, Fn&& fn) const {
        std::int32_t key = at(from) != 0 ? from : next_below(from);
        for (; key != no_key; key = next_below(key)) {
            if (!in_ring(key)) {
                if (!fn(key, far_value(key))) return;
                continue;
            }
            std::uint64_t word = words_[slot(key) >> 6] & (bit(key) | (bit(key) - 1));
            const std::int32_t start = key & ~63;
            if (start < low_) word &= ~(bit(low_) - 1);
            for (; word != 0; word ^= bit(key)) {
                key = start + static_cast<std::int32_t>(top_bit(word));
                if (!fn(key, values_[slot(key)])) return;
            }
        }
    }
    template <class Fn>
    void for_each_down(Fn&& fn) const {
        for_each_down(highest_, fn);
    }

private:
    static constexpr std::int64_t width = 1 << 14;
    static constexpr std::int64_t room_above = width / 4;    // over the centre, when in place
    static constexpr std::int64_t least_above = width / 16;  // with less than this the ring moves,
    static constexpr std::int64_t least_below = width / 4;   // or with less than this below
    static constexpr int moves_per_call = 4;

    static constexpr std::size_t slot(std::int64_t key) {
        return static_cast<std::size_t>(key) & static_cast<std::size_t>(width - 1);
    }
    static constexpr std::uint64_t bit(std::int64_t key) {
        return std::uint64_t{1} << (static_cast<std::uint64_t>(key) & 63U);
    }
    static constexpr std::size_t top_bit(std::uint64_t word) {
        return static_cast<std::size_t>(63 - std::countl_zero(word));
    }
    static constexpr std::size_t low_bit(std::uint64_t word) {
        return static_cast<std::size_t>(std::countr_zero(word));
    }

    bool in_ring(std::int64_t key) const {
        return static_cast<std::uint64_t>(key - low_) < static_cast<std::uint64_t>(size_);
    }
    bool ring_empty() const { return (summary_[0] | summary_[1] | summary_[2] | summary_[3]) == 0; }

    // A slot whose bit is clear holds an old value that means nothing: erasing clears bits only.
    Value ring_value(std::int64_t key) const {
        const auto occupied = static_cast<Value>(words_[slot(key) >> 6] >> (slot(key) & 63U) & 1U);
        return values_[slot(key)] & static_cast<Value>(-occupied);
    }
    void ring_set(std::int64_t key, Value value) {
        const std::size_t word = slot(key) >> 6;
        values_[slot(key)] = value;
        words_[word] |= bit(key);
        summary_[word >> 6] |= std::uint64_t{1} << (word & 63U);
    }
    void clear_bits(std::size_t word, std::uint64_t bits) {
        const std::uint64_t left = words_[word] & ~bits;
        words_[word] = left;
        summary_[word >> 6] &= ~(static_cast<std::uint64_t>(left == 0) << (word & 63U));
    }

    // The largest key < bound in the ring, for bound in (low_, low_ + size_]; if none, less than
    // low_.
    std::int64_t ring_below(std::int64_t bound) const {
        const std::size_t start = slot(bound - 1);
        const std::uint64_t here = words_[start >> 6] << (63U - (start & 63U));
        return here != 0 ? bound - 1 - std::countl_zero(here) : ring_below_word(bound, start);
    }

    // The search goes round the ring: a key of the other end seems to lie below low_, so it is
    // "none".
    [[gnu::noinline]] std::int64_t ring_below_word(std::int64_t bound, std::size_t start) const {
        std::size_t group = start >> 12;
        std::uint64_t words = summary_[group] & ((std::uint64_t{1} << (start >> 6 & 63U)) - 1);
        for (std::size_t step = 0; words == 0 && step < summary_.size(); ++step) {
            group = (group - 1) % summary_.size();
            words = summary_[group];
        }
        if (words == 0) return low_ - 1;
        const std::size_t word = group * 64 + top_bit(words);
        const std::size_t found = word * 64 + top_bit(words_[word]);
        return bound - 1 - static_cast<std::int64_t>((start - found) % width);
    }

    // The smallest key in the ring, which holds one.
    std::int64_t ring_lowest() const {
        const std::size_t start = slot(low_);
        const std::uint64_t here = words_[start >> 6] >> (start & 63U);
        if (here != 0) return low_ + std::countr_zero(here);
        std::size_t group = start >> 12;
        std::uint64_t words = summary_[group] & ~((std::uint64_t{2} << (start >> 6 & 63U)) - 1);
        while (words == 0) {
            group = (group + 1) % summary_.size();
            words = summary_[group];
        }
        const std::size_t word = group * 64 + low_bit(words);
        const std::size_t found = word * 64 + low_bit(words_[word]);
        return low_ + static_cast<std::int64_t>((found - start) % width);
    }

    void erase_ring(std::int64_t from, std::int64_t to) {
        if (from > to) return;
        for (std::int64_t key = ring_below(to + 1); key >= from;) {
            const std::int64_t start = std::max(from, key & ~std::int64_t{63});
            clear_bits(slot(key) >> 6, (bit(key) << 1) - bit(start));
            if (start == low_) return;
            key = ring_below(start);
        }
    }

    // The first far level with a key >= bound, which an end of the ring may put above every int32.
    static auto far_from(auto& levels, std::int64_t bound) {
        if (bound > std::numeric_limits<std::int32_t>::max()) return levels.end();
        return levels.lower_bound(static_cast<std::int32_t>(bound));
    }
    std::int32_t far_below(std::int64_t bound) const {
        if (far_.empty()) return no_key;
        const auto next = far_from(far_, bound);
        return next == far_.begin() ? no_key : std::prev(next)->first;
    }
    Value far_value(std::int32_t key) const {
        if (far_.empty()) return 0;
        const auto found = far_.find(key);
        return found == far_.end() ? Value{0} : found->second;
    }

    [[gnu::noinline]] std::int32_t next_below_off_ring(std::int32_t key) const {
        const std::int32_t far = far_below(key);
        if (key <= low_ || far >= low_ + size_ || size_ == 0) return far;
        const std::int64_t found = ring_below(low_ + size_);
        return found >= low_ ? static_cast<std::int32_t>(found) : far;
    }

    [[gnu::noinline]] Value set_far(std::int32_t key, Value value) {
        if (key == no_key) return 0;
        Value before = 0;
        if (value > 0) {
            before = std::exchange(far_[key], value);
            highest_ = std::max(highest_, key);
        } else if (const auto place = far_.find(key); place != far_.end()) {
            before = place->second;
            far_.erase(place);
            if (key == highest_) highest_ = next_below(key);
        }
        follow();
        return before;
    }

    void set_highest(std::int32_t key) {
        highest_ = key;
        if (centring == Centring::highest && near_an_edge(key)) [[unlikely]]
            follow();
    }
    [[gnu::noinline]] void fall_below(std::int32_t key) { set_highest(next_below(key)); }
    bool near_an_edge(std::int32_t key) const {
        const std::int64_t place = key - low_;
        return place < least_below || place >= size_ - least_above;
    }

    // Moves the ring towards its place round the centre, a few levels a call. A ring that holds no
    // level and not the centre starts anew there, with no keys, and grows.
    [[gnu::noinline]] void follow() {
        const std::int32_t centre = centring == Centring::highest ? highest_ : centre_;
        if (centre == no_key || !near_an_edge(centre)) return;
        const std::int64_t low = std::max(centre + room_above - width, std::int64_t{no_key} + 1);
        for (int moves = moves_per_call; moves > 0; --moves) {
            if (ring_empty() && !in_ring(centre)) {
                low_ = centre;
                size_ = 0;
            }
            if (low_ < low) {
                raise_low(low);
            } else if (low_ + size_ > low + width) {
                lower_high(low + width);
            } else if (low_ > low) {
                lower_low(low);
            } else if (size_ < width) {
                raise_high(low + width);
            }
        }
    }

    // Each moves an end to `end`, or up to the first level on the way, which goes out or comes in.
    void raise_low(std::int64_t end) {
        const std::int64_t first = ring_empty() ? end : ring_lowest();
        const std::int64_t low = std::min({end, first + 1, low_ + size_});
        if (first < low) move_out(first);
        size_ -= low - low_;
        low_ = low;
    }
    void lower_high(std::int64_t end) {
        const std::int64_t first = ring_below(low_ + size_);
        const std::int64_t high = std::max({end, first, low_});
        if (first >= high) move_out(first);
        size_ = high - low_;
    }
    void lower_low(std::int64_t end) {
        const std::int64_t first = far_below(low_);
        const std::int64_t low = std::max(end, first);
        size_ += low_ - low;
        low_ = low;
        if (first >= low) move_in(far_.find(static_cast<std::int32_t>(first)));
    }
    void raise_high(std::int64_t end) {
        const auto first = far_from(far_, low_ + size_);
        const std::int64_t high =
            first == far_.end() ? end : std::min(end, std::int64_t{first->first} + 1);
        size_ = high - low_;
        if (first != far_.end() && first->first < high) move_in(first);
    }
    void move_out(std::int64_t key) {
        far_.emplace(static_cast<std::int32_t>(key), values_[slot(key)]);
        clear_bits(slot(key) >> 6, bit(key));
    }
    void move_in(auto place) {
        ring_set(place->first, place->second);
        far_.erase(place);
    }

    std::int64_t low_ = 0;   // the ring covers the keys [low_, low_ + size_)
    std::int64_t size_ = 0;  // at most width
    std::int32_t highest_ = no_key;
    std::int32_t centre_ = no_key;
    std::vector<Value> values_ = std::vector<Value>(static_cast<std::size_t>(width));
    std::array<std::uint64_t, 4> summary_{};
    std::array<std::uint64_t, width / 64> words_{};
    NodePool far_pool_;
    std::pmr::map<std::int32_t, Value> far_{&far_pool_};
};

}  // namespace halfspread
