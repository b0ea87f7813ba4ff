// Replay: a recorded market as a venue. One tape, two cursors, two clocks.
//
// `exchange_until(T)` walks the rows by exchange time: the true book, our queues, our fills, and
// the asks that arrive. `local_until(T)` brings what the desk may see to the same T on our clock.
// What the exchange does never depends on what we see before we decide again, so that the two
// phases, each a tight loop, are exactly the interleaved walk.
//
// At one instant: the venue's feed comes before our asks, and our view of the feed before answers
// to us.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "book.hpp"
#include "columns.hpp"
#include "depth.hpp"
#include "desk.hpp"
#include "looks.hpp"
#include "match.hpp"
#include "newest_rows.hpp"
#include "order.hpp"
#include "post.hpp"
#include "signals.hpp"
#include "state.hpp"
#include "view.hpp"

namespace halfspread {

constexpr Crossing crossing_of(Rules rules) {
    return rules == Rules::ours ? Crossing::newer_wins : Crossing::skip;
}

template <Rules rules, class View, class Position = QueuePosition>
class Replay {
public:
    static constexpr bool is_exact = Match<rules, Position>::is_exact;
    static constexpr Crossing crossing = crossing_of(rules);
    // The peer goes on deciding past its data while anything is under way.
    static constexpr bool goes_on_after_end = rules == Rules::peer;
    static constexpr bool opens_at_once = false;

    Replay(const Columns& columns, const QueueRule& queue, const CoinScale& scale,
           const Latency& latency, const SignalPolicy& signals, std::size_t lanes,
           std::size_t slots)
        : columns_(columns),
          depth_(signals.depth),
          match_(queue, scale, lanes, lanes * slots),
          view_(columns, signals),
          post_(latency, lanes),
          newest_(columns, first_time()) {}

    // When the first thing happens on either clock; `never` on an empty tape.
    Nanos first_time() const {
        const Nanos first = columns_.first_local(never);
        for (std::size_t i = 0; i < columns_.rows; ++i) {
            if ((columns_.flags[i] & flag::at_exchange) == 0) continue;
            return std::min(first, columns_.exchange_at(i));
        }
        return first;
    }
    // When the last row reaches us; `otherwise` if none does.
    Nanos last_time(Nanos otherwise) const {
        for (std::size_t i = columns_.rows; i > 0; --i) {
            if ((columns_.flags[i - 1] & flag::at_local) != 0) return columns_.local_at(i - 1);
        }
        return otherwise;
    }
    bool exhausted(Nanos now) const {
        return exchange_row_ == columns_.rows && view_.exhausted(now);
    }
    std::size_t rows() const { return columns_.rows; }
    std::size_t rows_seen() const { return exchange_row_; }
    // Messages under way from or to a lane.
    std::uint32_t in_flight(std::uint32_t lane) const { return post_.in_flight(lane); }

    const Signals& signals() const { return view_.signals(); }
    Top top() const { return view_.top(); }

    // What a model may read at `now`; beyond the touch, one of the times of `watch`.
    void see(SharedState& shared, Nanos now) {
        const Top top = this->top();
        shared.see(top);
        shared.see(signals(), top, now);
        if (depth_.any()) shared.see(depth_at(now), top.has_both());
    }
    // Decisions will come at first, first + every ...
    void watch(Nanos first, Nanos every) {
        if (!depth_.any()) return;
        if constexpr (View::is_logged) looks_.start(depth_, first, every);
    }
    // As NewestRows has them, when our view is at `now`.
    Nanos book_time(Nanos now) { return newest_.book_time(now); }
    double feed_delay_s(Nanos now) {
        std::size_t end = exchange_row_;
        if constexpr (!View::is_logged) end = view_.rows_seen();
        return newest_.feed_delay_s(now, end);
    }
    // How many orders of a lane rest here.
    std::size_t resting(std::uint32_t lane) const { return match_.resting(lane); }
    // The venue's mid, in half ticks: the last one known; `no_mid` before the first.
    std::int64_t mid_half_ticks() const { return mid_; }

    // Local time of the next row after `now` that ends a message of that kind; `never` at the end.
    Nanos next_message(Kind kind, Nanos now) {
        for (; scan_row_ < columns_.rows; ++scan_row_) {
            const std::uint8_t flags = columns_.flags[scan_row_];
            const bool is_trade = static_cast<Kind>(columns_.kind[scan_row_]) == Kind::trade;
            if ((flags & flag::at_local) == 0 || is_trade != (kind == Kind::trade)) continue;
            if (!is_trade && (flags & flag::last) == 0) continue;
            const Nanos time = columns_.local_at(scan_row_);
            if (time > now) return time;
        }
        return never;
    }

    void exchange_until(Nanos until) {
        // Most steps of many runs have nothing of ours to look after.
        const bool ours = !match_.empty() || post_.next_request() <= until;
        const bool looks = looks_.next() != never;
        if (looks) {
            ours ? walk<true, true>(until) : walk<false, true>(until);
        } else {
            ours ? walk<true, false>(until) : walk<false, false>(until);
        }
        while (post_.request_due(until)) serve(post_.take_request());
    }

    void local_until(Nanos until) { view_.until(until); }

    // Hands the answers that have arrived to `apply(const Event&)`.
    template <class Apply>
    void deliver(Nanos until, Apply&& apply) {
        post_.deliver(until, apply);
    }

    // An ask leaves the desk at ask.local_time.
    void send(const Event& ask) { post_.send(ask); }

private:
    // The venue's rows up to `until`; `ours`: whether orders of ours rest or arrive on the way;
    // `looks`: whether there is a time to look beyond the touch.
    template <bool ours, bool looks>
    void walk(Nanos until) {
        const Columns tape = columns_;  // a copy: no store to a book can change it
        std::size_t row = exchange_row_;
        Nanos next_request = post_.next_request();
        Nanos next_look = looks_.next();
        Nanos time{};
        const auto fill = [&](std::size_t slot, Lots lots) { filled(slot, lots, time); };
        for (; row < tape.rows; ++row) {
            if constexpr (!View::is_logged) {
                if ((tape.flags[row] & flag::at_exchange) == 0) continue;
            }
            time = tape.exchange_at(row);
            if (time > until) break;
            if (ours && next_request < time) [[unlikely]] {
                exchange_row_ = row;
                next_request = serve_before(time);
            }
            if (looks && tape.local_at(row) > next_look) [[unlikely]]
                next_look = looks_.look_before(tape.local_at(row), book_);
            if constexpr (ours && is_exact) depart_until(row, never);
            const auto side = static_cast<Side>(tape.side[row]);
            const auto kind = static_cast<Kind>(tape.kind[row]);
            const Ticks price{tape.price[row]};
            if (kind == Kind::level && side != Side::none) [[likely]] {
                const LevelChange change = book_.set(side, price, tape.size_at(row));
                if constexpr (ours) match_.level(side, price, change, time, fill);
                if (price == change.best_after || price == change.best_before) {
                    touched(tape.local_at(row), side, price, change);
                }
            } else if (kind == Kind::trade) {
                if constexpr (View::is_logged) {
                    view_.log_trade(tape.local_at(row), side, price, tape.size_at(row), top_);
                }
                if (!ours || side == Side::none) continue;
                match_.trade(side, price, tape.size_at(row), book_.best(side), time, fill);
            } else {
                exchange_rare(tape.event(row));
            }
        }
        exchange_row_ = row;
    }

    // Requests that arrive before `time`: the venue's own rows of that instant come first.
    [[gnu::noinline]] Nanos serve_before(Nanos time) {
        while (post_.next_request() < time) serve(post_.take_request());
        return post_.next_request();
    }

    // Who left the queues up to that row of the tape, and with it by `until`.
    void depart_until(std::size_t row, Nanos until) {
        for (; departure_ < columns_.departure_count; ++departure_) {
            const Departure& gone = columns_.departures[departure_];
            if (gone.row > row || (gone.row == row && gone.time > until)) return;
            match_.depart(gone);
        }
    }

    // A row, seen by us at `local_time`, changed the best level of `side`; one that improved it may
    // have pushed the other side's away.
    void touched(Nanos local_time, Side side, Ticks price, const LevelChange& change) {
        const int i = index(side);
        top_.price[i] = change.best_after;
        if (price == change.best_after) {
            top_.size[i] = change.after;
            if (change.best_after != change.best_before) top_.read(book_, opposite(side));
        } else {
            top_.read(book_, side);
        }
        show_top(local_time);
    }
    void show_top(Nanos local_time) {
        if (top_.has_both()) mid_ = top_.mid_half_ticks();
        if constexpr (View::is_logged) view_.log_top(local_time, top_);
    }

    [[gnu::noinline]] void exchange_rare(const Event& event) {
        if (event.kind == Kind::touch && event.side != Side::none) {
            if (rules == Rules::peer) return;  // the peer does not read them
            const Ticks before = book_.best(event.side);
            const Lots size_before = book_.size_at(event.side, event.price);
            book_.touch(event.side, event.price, event.size);
            const LevelChange change{.best_before = before,
                                     .best_after = book_.best(event.side),
                                     .before = size_before,
                                     .after = std::max(event.size, Lots{0})};
            match_.level(
                event.side, event.price, change, event.exchange_time,
                [&](std::size_t slot, Lots lots) { filled(slot, lots, event.exchange_time); });
        } else {
            book_.apply(event);
        }
        top_ = Top::of(book_);
        show_top(event.local_time);
    }

    void answer(Kind kind, const Event& about, Lots size) { post_.answer(kind, about, size); }

    void report_fill(const Resting& order, std::size_t slot, Lots lots, Ticks price, Nanos time,
                     bool maker) {
        Event about{};
        about.exchange_time = time;
        about.order_id = static_cast<std::uint64_t>(order.generation) << 32U | slot;
        about.price = price;
        about.lane = order.lane;
        about.detail = mid_ == no_mid ? 0 : mid_offset(mid_, price);
        about.flags = maker ? flag::both : static_cast<std::uint16_t>(flag::both | flag::taker);
        about.side = order.side;
        answer(Kind::filled, about, lots);
    }
    void filled(std::size_t slot, Lots lots, Nanos time) {
        const Resting& order = match_.order(slot);
        report_fill(order, slot, lots, order.price, time, true);
    }

    void serve(const Event& request) {
        if constexpr (is_exact) depart_until(exchange_row_, request.exchange_time);
        const std::size_t slot = request.order_id & 0xffff'ffffU;
        const auto generation = static_cast<std::uint32_t>(request.order_id >> 32U);
        Resting& order = match_.order(slot);
        if (request.kind == Kind::submit) {
            order = Resting{};
            order.price = request.price;
            order.leaves = request.size;
            order.generation = generation;
            order.lane = request.lane;
            order.side = request.side;
            order.lifetime = static_cast<Lifetime>(request.detail);
            enter(order, slot, request, Kind::accepted);
            return;
        }
        if (!order.live || order.generation != generation) {
            answer(Kind::rejected, request, Lots{0});
            return;
        }
        if (request.kind == Kind::cancel) {
            match_.remove(slot);
            answer(Kind::cancelled, request, order.leaves);
            return;
        }
        amend(order, slot, request);
    }

    // A new order, or one whose amend made it new, meets the book.
    void enter(Resting& order, std::size_t slot, const Event& request, Kind acknowledgement) {
        const Lifetime lifetime = order.lifetime;
        const Side other = opposite(order.side);
        const bool marketable =
            lifetime == Lifetime::market ||
            (book_.has(other) && key_of(other, book_.best(other)) >= key_of(other, order.price));
        const bool rests =
            lifetime == Lifetime::post_only || lifetime == Lifetime::good_till_cancel;
        if ((marketable && lifetime == Lifetime::post_only) || (!marketable && !rests)) {
            answer(Kind::expired, request, order.leaves);
        } else if (!marketable) {
            match_.rest(slot, book_.size_at(order.side, order.price), exchange_row_ + departure_);
            answer(acknowledgement, request, order.leaves);
        } else if constexpr (rules == Rules::peer) {
            take_whole(order, slot, request);
        } else {
            take(order, slot, request, acknowledgement);
        }
    }

    // The peer fills a marketable order whole at the best price, whatever is there.
    void take_whole(Resting& order, std::size_t slot, const Event& request) {
        const Side other = opposite(order.side);
        if (!book_.has(other)) {
            answer(Kind::expired, request, order.leaves);
            return;
        }
        const Lots lots = order.leaves;
        order.leaves = Lots{0};
        order.filled = capped_sum(order.filled, lots);
        report_fill(order, slot, lots, book_.best(other), request.exchange_time, false);
    }

    // Ours walks the displayed levels; what is left rests, or expires.
    void take(Resting& order, std::size_t slot, const Event& request, Kind acknowledgement) {
        const Lifetime lifetime = order.lifetime;
        const Side other = opposite(order.side);
        const auto reachable = [&](Ticks price) {
            return lifetime == Lifetime::market ||
                   key_of(other, price) >= key_of(other, order.price);
        };
        if (lifetime == Lifetime::fill_or_kill) {
            Lots shown{0};
            book_.for_each(other, [&](Ticks price, Lots size) {
                if (!reachable(price) || shown >= order.leaves) return false;
                shown += std::min(size, order.leaves - shown);
                return true;
            });
            if (shown < order.leaves) {
                answer(Kind::expired, request, order.leaves);
                return;
            }
        }
        answer(acknowledgement, request, order.leaves);
        book_.for_each(other, [&](Ticks price, Lots size) {
            if (!reachable(price) || order.leaves <= Lots{0}) return false;
            const Lots lots = std::min(size, order.leaves);
            order.leaves -= lots;
            order.filled = capped_sum(order.filled, lots);
            report_fill(order, slot, lots, price, request.exchange_time, false);
            return true;
        });
        if (order.leaves <= Lots{0}) return;
        if (lifetime == Lifetime::good_till_cancel) {
            match_.rest(slot, book_.size_at(order.side, order.price), exchange_row_ + departure_);
        } else {
            answer(Kind::expired, request, order.leaves);
        }
    }

    // Less at the same price keeps the place in the queue; anything else loses it.
    void amend(Resting& order, std::size_t slot, const Event& request) {
        const Lots left = request.size - order.filled;
        if (left <= Lots{0}) {
            match_.remove(slot);
            answer(Kind::cancelled, request, order.leaves);
            return;
        }
        if (request.price == order.price && left <= order.leaves) {
            order.leaves = left;
            answer(Kind::amended, request, left);
            return;
        }
        match_.remove(slot);
        // The peer's moved order still executes its old size.
        if (rules == Rules::ours) order.leaves = left;
        order.price = request.price;
        enter(order, slot, request, Kind::amended);
    }

    Depth depth_at(Nanos now) {
        if constexpr (View::is_logged) {
            return looks_.at(now, book_);
        } else {
            return view_.depth(depth_);
        }
    }

    Columns columns_;
    DepthPolicy depth_;
    Book<crossing> book_;
    Top top_;  // of the book
    Match<rules, Position> match_;
    View view_;
    Post post_;
    NewestRows newest_;
    std::size_t exchange_row_ = 0, scan_row_ = 0, departure_ = 0;
    std::int64_t mid_ = no_mid;
    Looks looks_;
};

}  // namespace halfspread
