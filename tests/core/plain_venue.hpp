// The obvious twin of Replay: one event at a time, a std::map book, a vector of orders.
//
// Of the next row, the next answer and the next request it takes the earliest; at one instant
// answers come first, then rows, then requests.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "columns.hpp"
#include "desk.hpp"
#include "event.hpp"
#include "latency.hpp"
#include "mail.hpp"
#include "map_book.hpp"
#include "order.hpp"
#include "vector_match.hpp"

namespace halfspread::twin {

template <Rules rules>
class PlainVenue {
public:
    PlainVenue(std::vector<Event> rows, const QueueRule& queue, const CoinScale& scale,
               Latency latency, std::size_t lanes)
        : rows_(std::move(rows)),
          match_(queue, scale),
          latency_(std::move(latency)),
          last_out_(lanes, long_ago),
          last_back_(lanes, long_ago) {
        std::erase_if(rows_, [](const Event& row) { return (row.flags & flag::at_exchange) == 0; });
    }

    void send(Event ask) {
        const Nanos out = latency_.out(ask.local_time);
        if (out < Nanos{0}) {
            ask.exchange_time = ask.local_time;
            answer(Kind::rejected, ask, ask.size, ask.local_time - out);
            return;
        }
        last_out_[ask.lane] = std::max(last_out_[ask.lane], ask.local_time + out);
        ask.exchange_time = last_out_[ask.lane];
        put(requests_, ask, &Event::exchange_time);
    }

    // All that happens up to `until`; the answers that arrived, in order.
    std::vector<Event> run_until(Nanos until) {
        std::vector<Event> arrived;
        for (;;) {
            const Nanos answer = answers_.empty() ? never : answers_.front().local_time;
            const Nanos row = row_ == rows_.size() ? never : rows_[row_].exchange_time;
            const Nanos request = requests_.empty() ? never : requests_.front().exchange_time;
            const Nanos next = std::min({answer, row, request});
            if (next > until || next == never) return arrived;
            if (answer == next) {
                arrived.push_back(take_first(answers_));
            } else if (row == next) {
                happen(rows_[row_++]);
            } else {
                serve(take_first(requests_));
            }
        }
    }

private:
    struct Order {
        Event ask;
        Lots leaves, filled;
    };

    static void put(std::vector<Event>& messages, const Event& message, Nanos Event::* time) {
        const auto later = std::find_if(messages.begin(), messages.end(), [&](const Event& other) {
            return other.*time > message.*time;
        });
        messages.insert(later, message);
    }
    static Event take_first(std::vector<Event>& messages) {
        const Event first = messages.front();
        messages.erase(messages.begin());
        return first;
    }
    static std::size_t slot_of(const Event& ask) { return ask.order_id & 0xffff'ffffU; }

    Ticks best(Side side) const {
        const std::int64_t price = side == Side::bid ? book_.best_bid() : book_.best_ask();
        if (price == lowest) return no_bid;
        return price == largest ? no_ask : Ticks{static_cast<std::int32_t>(price)};
    }
    bool has(Side side) const { return best(side) != no_bid && best(side) != no_ask; }
    Lots size_at(Side side, Ticks price) const {
        return Lots{value_or_zero(side == Side::bid ? book_.bids : book_.asks, price.count)};
    }

    void happen(const Event& row) {
        if (row.kind == Kind::clear) book_.clear(row.side, row.price);
        if (row.side != Side::none) {
            const bool touches = row.kind == Kind::touch && rules == Rules::ours;
            if (row.kind == Kind::level || touches) change_level(row);
            if (row.kind == Kind::trade) {
                note(match_.trade(row.side, row.price, row.size, best(row.side), row.exchange_time),
                     row.exchange_time);
            }
        }
        if (has(Side::bid) && has(Side::ask)) {
            mid_ = std::int64_t{best(Side::bid).count} + best(Side::ask).count;
        }
    }
    void change_level(const Event& row) {
        LevelChange change{};
        change.best_before = best(row.side);
        change.before = size_at(row.side, row.price);
        if (row.kind == Kind::touch) {
            book_.touch(row.side, row.price, row.size);
        } else {
            book_.set(row.side, row.price, row.size);
        }
        change.best_after = best(row.side);
        change.after = size_at(row.side, row.price);
        note(match_.level(row.side, row.price, change, row.exchange_time), row.exchange_time);
    }
    void note(const std::vector<Filled>& fills, Nanos time) {
        for (const Filled& fill : fills) {
            Order& order = orders_.at(fill.slot);
            order.leaves -= Lots{fill.lots};
            order.filled += Lots{fill.lots};
            report(order, Lots{fill.lots}, order.ask.price, time, true);
            if (order.leaves == Lots{0}) orders_.erase(fill.slot);
        }
    }

    void report(const Order& order, Lots lots, Ticks price, Nanos time, bool maker) {
        Event fill = order.ask;
        fill.exchange_time = time;
        fill.price = price;
        fill.detail = mid_ == no_mid ? 0 : mid_offset(mid_, price);
        fill.flags = maker ? flag::both : static_cast<std::uint16_t>(flag::both | flag::taker);
        answer(Kind::filled, fill, lots, time + latency_.back(time));
    }
    void answer(Kind kind, Event about, Lots size, Nanos arrival) {
        last_back_[about.lane] = std::max(last_back_[about.lane], arrival);
        about.local_time = last_back_[about.lane];
        about.kind = kind;
        about.size = size;
        put(answers_, about, &Event::local_time);
    }
    void answer(Kind kind, const Event& about, Lots size) {
        answer(kind, about, size, about.exchange_time + latency_.back(about.exchange_time));
    }

    void serve(const Event& ask) {
        if (ask.kind == Kind::submit) return enter({ask, ask.size, Lots{0}}, ask, Kind::accepted);
        const auto found = orders_.find(slot_of(ask));
        if (found == orders_.end() || found->second.ask.order_id != ask.order_id) {
            return answer(Kind::rejected, ask, Lots{0});
        }
        Order order = found->second;
        const Lots left = ask.size - order.filled;
        if (ask.kind == Kind::cancel || left <= Lots{0}) {
            leave(order);
            return answer(Kind::cancelled, ask, order.leaves);
        }
        if (ask.price == order.ask.price && left <= order.leaves) {
            found->second.leaves = left;
            match_.resize(slot_of(ask), left);
            return answer(Kind::amended, ask, left);
        }
        leave(order);
        if (rules == Rules::ours) order.leaves = left;
        order.ask.price = ask.price;
        enter(order, ask, Kind::amended);
    }
    void leave(const Order& order) {
        match_.remove(slot_of(order.ask));
        orders_.erase(slot_of(order.ask));
    }
    void rest(const Order& order) {
        const Event& ask = order.ask;
        orders_[slot_of(ask)] = order;
        match_.rest({slot_of(ask), ask.lane, ask.side, ask.price, order.leaves, {}},
                    size_at(ask.side, ask.price));
    }

    // What the other side shows at the limit or better, best first.
    std::vector<std::pair<Ticks, Lots>> in_reach(const Order& order) const {
        const Event& ask = order.ask;
        std::vector<std::pair<Ticks, Lots>> levels;
        Sizes shown = ask.side == Side::bid ? book_.asks : Sizes{};
        if (ask.side == Side::ask) {
            for (const auto& [price, size] : book_.bids) shown[-price] = size;
        }
        for (const auto& [key, size] : shown) {
            const Ticks price{static_cast<std::int32_t>(ask.side == Side::bid ? key : -key)};
            const bool reached =
                sign(ask.side) * (std::int64_t{ask.price.count} - price.count) >= 0;
            if (reached || lifetime(order) == Lifetime::market)
                levels.push_back({price, Lots{size}});
        }
        return levels;
    }
    static Lifetime lifetime(const Order& order) { return static_cast<Lifetime>(order.ask.detail); }

    void enter(Order order, const Event& about, Kind acknowledgement) {
        const Side other = opposite(order.ask.side);
        const std::int64_t beyond =
            sign(order.ask.side) * (std::int64_t{order.ask.price.count} - best(other).count);
        const bool is_market = lifetime(order) == Lifetime::market;
        const bool marketable = is_market || (has(other) && beyond >= 0);
        const bool post_only = lifetime(order) == Lifetime::post_only;
        const bool may_rest = post_only || lifetime(order) == Lifetime::good_till_cancel;
        if (marketable ? post_only : !may_rest) {
            return answer(Kind::expired, about, order.leaves);
        }
        if (!marketable) {
            rest(order);
            return answer(acknowledgement, about, order.leaves);
        }
        if (rules == Rules::peer) {
            if (!has(other)) return answer(Kind::expired, about, order.leaves);
            return report(order, order.leaves, best(other), about.exchange_time, false);
        }
        Lots shown{0};
        for (const auto& level : in_reach(order)) shown += level.second;
        if (lifetime(order) == Lifetime::fill_or_kill && shown < order.leaves) {
            return answer(Kind::expired, about, order.leaves);
        }
        answer(acknowledgement, about, order.leaves);
        for (const auto& [price, size] : in_reach(order)) {
            const Lots lots = std::min(size, order.leaves);
            if (lots == Lots{0}) break;
            order.leaves -= lots;
            order.filled += lots;
            report(order, lots, price, about.exchange_time, false);
        }
        if (order.leaves == Lots{0}) return;
        if (may_rest) return rest(order);
        answer(Kind::expired, about, order.leaves);
    }

    std::vector<Event> rows_, requests_, answers_;
    std::size_t row_ = 0;
    Twin<rules == Rules::ours ? Crossing::newer_wins : Crossing::skip> book_;
    VectorMatch<rules> match_;
    std::map<std::size_t, Order> orders_;
    Latency latency_;
    std::vector<Nanos> last_out_, last_back_;
    std::int64_t mid_ = no_mid;
};

}  // namespace halfspread::twin
