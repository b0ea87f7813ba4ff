// Draw block: many draws side by side are the draws one by one, bit for bit.
#include "draw_block.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>

namespace {

using namespace halfspread;

void check(const DrawBlock& block, const Draws& draws, std::uint64_t from) {
    for (std::size_t i = 0; i < block_draws; ++i) {
        const Uniforms drawn = draws.uniforms(from + i);
        CHECK(block.first[i] == drawn.first);
        CHECK(block.second[i] == drawn.second);
    }
}

TEST_CASE("a block holds the draws of its indices, also where an index outgrows 32 bits") {
    constexpr std::uint64_t border = std::uint64_t{1} << 32U;
    const Draws draws(0x9e37'79b9'7f4a'7c15U, 7, 16);
    for (const std::uint64_t from : {std::uint64_t{0}, std::uint64_t{6400}, border - block_draws,
                                     border, 5 * border + 64 * block_draws}) {
        DrawBlock block;
        fill_block(block, draws, from);
        check(block, draws, from);
        DrawBlock plain;
        fill_plainly(plain, draws.counter(from), draws.key());
        check(plain, draws, from);
    }
}

}  // namespace
