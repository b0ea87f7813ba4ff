// IdMap: from foreign 64-bit order ids to slots: open addressing, no tombstones.
//
//     IdMap slots;
//     slots.insert(0xfeed'beef, 7);
//     slots.find(0xfeed'beef);         // 7; 0 if it is not there, so no slot is 0
//     slots.erase(0xfeed'beef);
//
// A number's home is the top bits of its product with 2^64 / golden ratio; a taken home sends it to
// the next free place. Erasing moves those behind back home, so that a search never passes graves.
//
// Cost    O(1) on average, at most half full; insert is O(entries) when it doubles.
// Memory  16 bytes a place, at least 2^12 places.
// Errors  none; an id is inserted only when it is not there.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace halfspread {

class IdMap {
public:
    std::uint32_t find(std::uint64_t id) const {
        for (std::size_t at = home_of(id); places_[at].slot != 0; at = after(at))
            if (places_[at].id == id) return places_[at].slot;
        return 0;
    }
    void insert(std::uint64_t id, std::uint32_t slot) {
        if (2 * ++count_ > places_.size()) [[unlikely]]
            grow();
        put(id, slot);
    }
    void erase(std::uint64_t id) {
        std::size_t at = home_of(id);
        for (; places_[at].id != id || places_[at].slot == 0; at = after(at))
            if (places_[at].slot == 0) return;
        --count_;
        // Whoever is behind and not at home by now moves into the gap.
        for (std::size_t next = after(at); places_[next].slot != 0; next = after(next)) {
            const std::size_t from_home = distance(home_of(places_[next].id), next);
            if (from_home < distance(at, next)) continue;
            places_[at] = places_[next];
            at = next;
        }
        places_[at] = {};
    }
    std::size_t size() const { return count_; }
    void clear() {
        places_.assign(places_.size(), {});
        count_ = 0;
    }

private:
    struct Place {
        std::uint64_t id;
        std::uint32_t slot;  // 0: free
    };

    std::size_t home_of(std::uint64_t id) const {
        return static_cast<std::size_t>(id * 0x9e37'79b9'7f4a'7c15U >> shift_);
    }
    std::size_t after(std::size_t at) const { return (at + 1) & (places_.size() - 1); }
    std::size_t distance(std::size_t from, std::size_t to) const {
        return (to - from) & (places_.size() - 1);
    }
    void put(std::uint64_t id, std::uint32_t slot) {
        std::size_t at = home_of(id);
        while (places_[at].slot != 0) at = after(at);
        places_[at] = {id, slot};
    }
    [[gnu::noinline]] void grow() {
        std::vector<Place> old(places_.size() * 2);
        old.swap(places_);
        shift_ = 64 - std::countr_zero(places_.size());
        for (const Place& place : old)
            if (place.slot != 0) put(place.id, place.slot);
    }

    std::vector<Place> places_ = std::vector<Place>(std::size_t{1} << 12);
    int shift_ = 64 - 12;
    std::size_t count_ = 0;
};

}  // namespace halfspread
