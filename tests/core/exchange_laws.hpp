// Exchange laws: what every stream of an exchange's events must obey, held against its book.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "exchange.hpp"
#include "order_replay.hpp"

namespace halfspread::laws {

// Follows all events. `wrong()` is what the last command broke, or empty.
class Watch {
public:
    void operator()(const Event& event) {
        events.push_back(event);
        replay_.apply(event);
        switch (event.kind) {
            case Kind::accepted:
                if (!leaves_.emplace(event.order_id, event.size).second) fail("accepted twice");
                return;
            case Kind::filled:
                return filled(event);
            case Kind::amended:
                // The lots that an amend takes off the order are the owner's own doing.
                if (!leaves_.contains(event.order_id)) return fail("amended, and not alive");
                leaves_[event.order_id] = event.size;
                return;
            case Kind::cancelled:
            case Kind::expired:
                return ended(event);
            case Kind::trade:
                printed_ += event.size.count;
                return;
            default:
                return;
        }
    }

    // After a command: everything that must hold between commands.
    std::string wrong(const Exchange& exchange) {
        const OrderBook& book = exchange.book();
        if (book.has(Side::bid) && book.has(Side::ask) && book.crossed()) fail("crossed");
        if (printed_ * 2 != filled_) fail("prints are not the fills");
        if (inventory_sum() != 0) fail("inventories don't sum to zero");
        if (cash_sum() != 0) fail("cash doesn't sum to zero");
        for (const TapeFault fault :
             {TapeFault::unknown_order, TapeFault::known_order, TapeFault::bad_row,
              TapeFault::wrong_side, TapeFault::off_price, TapeFault::too_much,
              TapeFault::out_of_turn, TapeFault::full})
            if (replay_.count(fault) != 0) fail("the public's tape is at fault");
        return wrong_;
    }
    // The book against what the events say it holds, order by order.
    std::string wrong_in_depth(const Exchange& exchange) {
        std::map<std::uint64_t, Lots> resting;
        const OrderBook& book = exchange.book();
        for (const Side side : {Side::bid, Side::ask}) {
            std::vector<std::pair<std::uint64_t, std::int64_t>> mine, theirs;
            Lots lots{};
            book.for_each_order(side, [&](std::uint32_t slot, Ticks) {
                mine.emplace_back(book.id_of(slot), book.order(slot).size.count);
                resting[book.id_of(slot)] = exchange.resting().leaves(slot);
                lots += exchange.resting().leaves(slot);
            });
            replay_.book().for_each_order(side, [&](std::uint32_t slot, Ticks) {
                theirs.emplace_back(replay_.id_of(slot), replay_.book().order(slot).size.count);
            });
            if (mine != theirs) fail("the public's book is another");
            if (lots != exchange.resting().lots(side)) fail("resting lots are miscounted");
            struct Sum {
                Lots displayed, hidden;
                std::uint32_t orders = 0;
                bool operator==(const Sum&) const = default;
            };
            std::map<std::int32_t, Sum> levels;
            book.for_each_order(side, [&](std::uint32_t slot, Ticks price) {
                Sum& sum = levels[key_of(side, price)];
                sum.displayed += book.order(slot).size;
                sum.hidden += exchange.resting().hidden(slot);
                ++sum.orders;
            });
            std::size_t seen = 0;
            book.for_each_level(side, [&](const BookLevel& level) {
                ++seen;
                if (levels[level.key] != Sum{level.displayed, level.hidden, level.orders})
                    fail("a level doesn't sum up");
                return true;
            });
            if (seen != levels.size() || seen != book.level_count(side)) fail("levels are lost");
        }
        if (resting != leaves_) fail("the owners' orders are others");
        if (book.live() != resting.size()) fail("slots leak");
        return wrong_;
    }

    std::vector<Event> events;

private:
    __extension__ typedef __int128 Wide;  // cash of wild prices and sizes

    void fail(const char* what) {
        if (wrong_.empty()) wrong_ = what;
    }
    void filled(const Event& event) {
        const auto found = leaves_.find(event.order_id);
        if (found == leaves_.end()) return fail("filled, and not alive");
        if (event.size <= Lots{} || event.size > found->second) return fail("filled for too much");
        found->second -= event.size;
        if (found->second == Lots{}) leaves_.erase(found);
        filled_ += event.size.count;
        inventory_[event.lane] += Wide{sign(event.side)} * event.size.count;
        cash_[event.lane] -= Wide{sign(event.side)} * event.size.count * event.price.count;
    }
    // An order that could do nothing expires without having been accepted.
    void ended(const Event& event) {
        const auto found = leaves_.find(event.order_id);
        const auto why = static_cast<AskReason>(event.detail);
        if (found == leaves_.end()) {
            if (event.kind == Kind::cancelled) fail("cancelled, and not alive");
            if (why == AskReason::none) fail("expired for no reason");
            return;
        }
        // An amend that would cross ends the order for its new size.
        if (why != AskReason::would_cross && found->second != event.size)
            fail("ended with another size than was left");
        leaves_.erase(found);
    }
    Wide inventory_sum() const {
        Wide sum = 0;
        for (const auto& [owner, lots] : inventory_) sum += lots;
        return sum;
    }
    Wide cash_sum() const {
        Wide sum = 0;
        for (const auto& [owner, cash] : cash_) sum += cash;
        return sum;
    }

    OrderReplay replay_;
    std::map<std::uint64_t, Lots> leaves_;  // of the orders alive
    std::map<std::uint32_t, Wide> inventory_, cash_;
    Wide filled_ = 0, printed_ = 0;
    std::string wrong_;
};

}  // namespace halfspread::laws
