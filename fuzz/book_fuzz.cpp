// Fuzzes Book under both crossing rules against the std::map twins; aborts on the first difference.
//
// The input is a row of 8-byte operations: one byte of kind, side and scale, one of size, two that
// move the price from the last one, and four that are the price where the kind says so.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "book.hpp"
#include "map_book.hpp"

using namespace halfspread;

namespace {

struct Operation {
    std::uint8_t kind;
    std::uint8_t size;
    std::int16_t move;
    std::int32_t price;
};
static_assert(sizeof(Operation) == 8);

void require(const std::string& difference) {
    if (difference.empty()) return;
    std::fprintf(stderr, "book and twin differ: %s\n", difference.c_str());
    std::abort();
}

template <Crossing rule>
class Pair {
public:
    void apply(const Operation& operation) {
        const auto has = [&](unsigned bit) { return (operation.kind & bit) != 0; };
        const Side side = has(1) ? Side::ask : Side::bid;
        price_ = next_price(operation);
        const Lots size{static_cast<std::int8_t>(operation.size)};
        switch (operation.kind >> 4U) {
            case 0:
                return clear(has(2) ? Side::none : side, Ticks{price_});
            case 1:
                return clear(side, everything);
            case 2:
                book_->touch(side, Ticks{price_}, size);
                twin_.touch(side, Ticks{price_}, size);
                return require(twin::difference(*book_, twin_));
            case 3:
                return levels(side, size);
            default:
                return require(twin::checked_set(*book_, twin_, side, Ticks{price_}, size));
        }
    }
    void check_all() const { require(twin::difference_in_depth(*book_, twin_)); }

private:
    void clear(Side side, Ticks price) {
        book_->clear(side, price);
        twin_.clear(side, price);
        check_all();
    }
    // A run of adjacent levels, so that a short input fills a ring.
    void levels(Side side, Lots size) {
        for (int level = 0; level < 256; ++level) {
            require(twin::checked_set(*book_, twin_, side, Ticks{price_}, size));
            price_ = wrapped(std::int64_t{price_} - sign(side));
        }
    }
    std::int32_t next_price(const Operation& operation) const {
        if ((operation.kind & 4U) != 0) return operation.price;
        const std::int64_t scale = (operation.kind & 8U) != 0 ? 64 : 1;
        return wrapped(price_ + operation.move * scale);
    }
    static std::int32_t wrapped(std::int64_t price) { return static_cast<std::int32_t>(price); }

    std::unique_ptr<Book<rule>> book_ = std::make_unique<Book<rule>>();
    twin::Twin<rule> twin_;
    std::int32_t price_ = 0;
};

template <Crossing rule>
void run(const std::uint8_t* data, std::size_t size) {
    Pair<rule> pair;
    for (; size >= sizeof(Operation); data += sizeof(Operation), size -= sizeof(Operation)) {
        Operation operation;
        std::memcpy(&operation, data, sizeof operation);
        pair.apply(operation);
    }
    pair.check_all();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    run<Crossing::newer_wins>(data, size);
    run<Crossing::skip>(data, size);
    return 0;
}
