// Fuzzes Exchange, OrderReplay and IdMap: any asks and any rows; the laws after each, or it aborts.
//
// After a byte that chooses whom the input is for, it is 16-byte operations: kind and rules, owner,
// a size and a display, a small price or any, and which order it is about. Most inputs go
// to Exchange, some to OrderReplay as a tape, some to IdMap.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "exchange.hpp"
#include "exchange_bytes.hpp"
#include "exchange_laws.hpp"
#include "id_map.hpp"
#include "order_replay.hpp"

using namespace halfspread;

namespace {

struct Operation {
    std::uint8_t kind;
    std::uint8_t rules;
    std::uint8_t owner;
    std::int8_t side;
    std::int8_t size;
    std::int8_t display;
    std::int8_t move;
    std::uint8_t which;
    std::uint64_t wild;
};
static_assert(sizeof(Operation) == 16);

void require(const std::string& wrong) {
    if (wrong.empty()) return;
    std::fprintf(stderr, "the exchange broke a law: %s\n", wrong.c_str());
    std::abort();
}
void require(bool holds, const char* law) { require(holds ? std::string() : law); }

Event event_of(const Operation& operation, const std::vector<std::uint64_t>& ids) {
    Event event{};
    event.kind = static_cast<Kind>(operation.kind & 63U);
    event.side = (operation.kind & 64U) != 0 ? static_cast<Side>(operation.side)
                                             : ((operation.side & 1) != 0 ? Side::bid : Side::ask);
    event.lane = operation.owner % 4;
    const std::uint32_t rules = operation.rules;
    event.detail = (rules & 15U) % 6 | (rules >> 4U) % 5 << 8U;
    event.price = Ticks{operation.move};
    event.size = Lots{operation.size};
    event.order_id =
        operation.which < ids.size() ? ids[ids.size() - 1 - operation.which] : operation.wild;
    if ((operation.kind & 128U) != 0) {
        if ((operation.wild & 1U) != 0)
            event.price = Ticks{static_cast<std::int32_t>(operation.wild >> 32U)};
        if ((operation.wild & 2U) != 0)
            event.size =
                Lots{static_cast<std::int64_t>(operation.wild >> (operation.wild >> 2U & 63U))};
    }
    return event;
}

class Asks {
public:
    void apply(const Operation& operation) {
        Event ask = event_of(operation, ids_);
        if (ask.kind < Kind::submit) ask.kind = Kind::submit;
        const Lots display{operation.display};
        const std::size_t before = watch_.events.size();
        const std::uint64_t id = exchange_.apply(ask, display, watch_);
        require(watch_.events.size() > before, "an ask was not answered");
        if (ask.kind == Kind::submit && id != 0) ids_.push_back(id);
        require(watch_.wrong(exchange_));
        require(watch_.wrong_in_depth(exchange_));
    }
    void finish() const {
        Exchange other(1);
        require(from_bytes(to_bytes(exchange_), other), "what was saved is refused");
        require(other.hash() == exchange_.hash(), "what was restored is another");
        require(other.book().next_id() == exchange_.book().next_id(), "the next id is another");
    }

private:
    Exchange exchange_{24};
    laws::Watch watch_;
    std::vector<std::uint64_t> ids_;
};

// Rows of a tape, beside a map of what rests.
class Rows {
public:
    void apply(const Operation& operation) {
        Event row = event_of(operation, ids_);
        if (row.kind > Kind::execute) row.kind = Kind::add;
        ids_.push_back(row.order_id);
        replay_.apply(row);
        std::map<std::uint64_t, std::uint32_t> resting;
        std::size_t orders = 0, nameless = 0;
        for (const Side side : {Side::bid, Side::ask}) {
            std::map<std::int32_t, Lots> levels;
            replay_.book().for_each_order(side, [&](std::uint32_t slot, Ticks price) {
                ++orders;
                const bool is_named = replay_.id_of(slot) != 0;
                nameless += is_named ? 0 : 1;
                if (is_named) resting[replay_.id_of(slot)] = slot;
                levels[price.count] += replay_.book().order(slot).size;
                require(replay_.book().order(slot).size > Lots{}, "an order without lots");
            });
            for (const auto& [price, lots] : levels)
                require(replay_.book().size_at(side, Ticks{price}) == lots, "a level is off");
        }
        require(orders == resting.size() + nameless && orders == replay_.book().live(),
                "ids are doubled");
        for (const auto& [id, slot] : resting) require(replay_.find(id) == slot, "an id is lost");
    }
    void finish() const {}

private:
    OrderReplay replay_;
    std::vector<std::uint64_t> ids_;
};

// Ids that share homes, so that gaps close over one another.
class Ids {
public:
    void apply(const Operation& operation) {
        // Homes on both sides of the end of the table.
        const std::uint64_t home = (operation.which % 5U - 2U) & 0xfffU;
        const std::uint64_t id = 0xf1de'83e1'9937'733dU * (home << 52U | operation.owner % 16U);
        const bool is_there = twin_.contains(id);
        if (operation.kind % 2 == 0 && !is_there) {
            map_.insert(id, operation.rules + 1U);
            twin_[id] = operation.rules + 1U;
        } else if (operation.kind % 2 == 1) {
            map_.erase(id);
            twin_.erase(id);
        }
        require(map_.size() == twin_.size(), "ids are miscounted");
        for (const auto& [known, slot] : twin_) require(map_.find(known) == slot, "an id is lost");
    }
    void finish() const {}

private:
    IdMap map_;
    std::map<std::uint64_t, std::uint32_t> twin_;
};

template <class Subject>
void run(const std::uint8_t* data, std::size_t size) {
    Subject subject;
    for (; size >= sizeof(Operation); data += sizeof(Operation), size -= sizeof(Operation)) {
        Operation operation;
        std::memcpy(&operation, data, sizeof operation);
        subject.apply(operation);
    }
    subject.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    switch (data[0] % 8) {
        case 0:
            run<Ids>(data + 1, size - 1);
            break;
        case 1:
        case 2:
            run<Rows>(data + 1, size - 1);
            break;
        default:
            run<Asks>(data + 1, size - 1);
    }
    return 0;
}
