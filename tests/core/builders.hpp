// Builders that many tests share: whole numbers drawn at random, and the two sets of rules as types.
#pragma once

#include <cstdint>
#include <random>

#include "queue.hpp"

namespace halfspread {

// Draws whole numbers: `draw(n)` is one of 0 to n - 1.
class Draw {
public:
    explicit Draw(std::uint64_t seed) : random_(seed) {}

    std::int64_t operator()(std::int64_t bound) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
    }
    bool once_in(std::int64_t n) { return n != 0 && (*this)(n) == 0; }

private:
    std::mt19937_64 random_;
};

// For TEST_CASE_TEMPLATE, which takes types.
struct OursRule {
    static constexpr Rules rules = Rules::ours;
};
struct PeerRule {
    static constexpr Rules rules = Rules::peer;
};

}  // namespace halfspread
