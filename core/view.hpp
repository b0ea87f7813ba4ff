// View: the touch and the signals as we see them, on our clock. Two ways to the same numbers.
//
// `FullView` folds the tape's rows, by local time, into a book of our own. It serves every tape.
//
// `LoggedView` serves tapes whose rows reach us in the order in which they happened, which is the
// rule. Our book then is the venue's book of a moment ago, so no second book is kept: the venue's
// side logs each change of the touch and each print, and the view replays that short log when our
// clock gets there.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "book.hpp"
#include "columns.hpp"
#include "mail.hpp"
#include "order.hpp"
#include "signals.hpp"

namespace halfspread {

// The best level of each side, bid then ask; a price is no_bid or no_ask, and its size 0, where the
// side is empty.
struct Top {
    Ticks price[2] = {no_bid, no_ask};
    Lots size[2]{};

    bool has_bid() const { return price[0] != no_bid; }
    bool has_ask() const { return price[1] != no_ask; }
    bool has_both() const { return has_bid() && has_ask(); }
    std::int64_t mid_half_ticks() const { return std::int64_t{price[0].count} + price[1].count; }
    Touch touch() const {
        return {.bid = price[0], .ask = price[1], .has_bid = has_bid(), .has_ask = has_ask()};
    }

    template <Crossing crossing>
    void read(const Book<crossing>& book, Side side) {
        const int i = index(side);
        price[i] = book.best(side);
        size[i] = book.has(side) ? book.best_size(side) : Lots{0};
    }
    template <Crossing crossing>
    static Top of(const Book<crossing>& book) {
        Top top;
        top.read(book, Side::bid);
        top.read(book, Side::ask);
        return top;
    }
};

// A print, told to the signals with its distance from the mid that we saw.
inline void see_trade(Signals& signals, const Top& top, Nanos time, Side aggressor, Ticks price,
                      Lots size) {
    double distance = unknown;
    if (top.has_both()) {
        const double mid = 0.5 * static_cast<double>(top.mid_half_ticks());
        const double above = static_cast<double>(price.count) - mid;
        distance = aggressor == Side::none ? std::abs(above) : sign(aggressor) * above;
    }
    signals.trade(time, aggressor, static_cast<double>(size.count), distance);
}

template <Crossing crossing>
class FullView {
public:
    static constexpr bool is_logged = false;

    FullView(const Columns& columns, const SignalPolicy& signals)
        : columns_(columns), signals_(signals) {
        const Nanos first = columns.first_local(never);
        if (first != never) elapse(first);
    }

    bool exhausted(Nanos) const { return row_ == columns_.rows; }
    Top top() const { return Top::of(book_); }
    const Signals& signals() const { return signals_; }

    void until(Nanos now) {
        for (; row_ < columns_.rows; ++row_) {
            if ((columns_.flags[row_] & flag::at_local) == 0) continue;
            const Nanos time = columns_.local_at(row_);
            if (time > now) break;
            if (signals_.due(time)) elapse(time);
            const auto kind = static_cast<Kind>(columns_.kind[row_]);
            const auto side = static_cast<Side>(columns_.side[row_]);
            if (kind == Kind::trade) {
                see_trade(signals_, top(), time, side, Ticks{columns_.price[row_]},
                          columns_.size_at(row_));
            } else if (kind != Kind::touch || crossing != Crossing::skip) {
                book_.apply(columns_.event(row_));
            }
            seen_ = true;
        }
        if (seen_ && now != never && signals_.due(now)) elapse(now);
    }

private:
    void elapse(Nanos now) {
        const Top top = Top::of(book_);
        signals_.elapse(now, top.has_both(), top.mid_half_ticks());
    }

    Columns columns_;
    Signals signals_;
    Book<crossing> book_;
    std::size_t row_ = 0;
    bool seen_ = false;
};

// Entries in order of time, dropped from the front when they are old.
template <class Entry>
class Log {
public:
    bool empty() const { return head_ == tail_; }
    const Entry& front() const { return ring_[head_ & mask()]; }
    void pop() { ++head_; }
    void append(const Entry& entry) {
        if (tail_ - head_ == ring_.size()) grow();
        ring_[tail_++ & mask()] = entry;
    }

    // Drops what is older than the last entry at or before `now`; false if there is none.
    bool seek(Nanos now) {
        std::size_t place = tail_;
        while (place != head_ && ring_[(place - 1) & mask()].time > now) --place;
        if (place == head_) return false;
        head_ = place - 1;
        return true;
    }
    // When the entry after the front one comes; `never` if there is none.
    Nanos after_front() const {
        return tail_ - head_ < 2 ? never : ring_[(head_ + 1) & mask()].time;
    }

private:
    std::size_t mask() const { return ring_.size() - 1; }
    [[gnu::noinline]] void grow() {
        std::vector<Entry> larger(2 * ring_.size());
        for (std::size_t i = head_; i != tail_; ++i)
            larger[i & (larger.size() - 1)] = ring_[i & mask()];
        ring_ = std::move(larger);
    }

    std::vector<Entry> ring_ = std::vector<Entry>(64);
    std::size_t head_ = 0, tail_ = 0;
};

class LoggedView {
public:
    static constexpr bool is_logged = true;

    LoggedView(const Columns& columns, const SignalPolicy& signals)
        : signals_(signals),
          first_(columns.rows > 0 ? columns.local_at(0) : never),
          last_(columns.rows > 0 ? columns.local_at(columns.rows - 1) : Nanos{0}) {
        if (columns.rows > 0) signals_.elapse(first_, false, 0);
        tops_.append({.time = long_ago, .top = {}});
    }

    bool exhausted(Nanos now) const { return now >= last_; }
    const Top& top() const { return tops_.front().top; }
    const Signals& signals() const { return signals_; }

    // The venue's side says what we shall see at `time`.
    void log_top(Nanos time, const Top& top) { tops_.append({.time = time, .top = top}); }
    void log_trade(Nanos time, Side aggressor, Ticks price, Lots size, const Top& top) {
        trades_.append(
            {.time = time, .price = price, .size = size, .aggressor = aggressor, .top = top});
    }

    void until(Nanos now) {
        const Nanos shown = now == never ? last_ : now;
        if (shown >= first_) {
            while (signals_.due(shown)) close_cells(shown);
        }
        see_trades_before(now, true);
        tops_.seek(now);
    }

private:
    struct Seen {
        Nanos time;
        Top top;
    };
    struct Trade {
        Nanos time;
        Ticks price;
        Lots size;
        Side aggressor;
        Top top;  // as it was
    };

    // Closes the next cell of the signals, and those after it in which nothing happens.
    void close_cells(Nanos now) {
        const Nanos end = signals_.cell_end();
        see_trades_before(end, false);
        tops_.seek(end - Nanos{1});
        const Nanos next_trade = trades_.empty() ? never : trades_.front().time;
        const Nanos quiet_until = std::min({now, tops_.after_front(), next_trade});
        const Top& seen = tops_.front().top;
        signals_.elapse(quiet_until, seen.has_both(), seen.mid_half_ticks());
    }

    void see_trades_before(Nanos end, bool inclusive) {
        while (!trades_.empty()) {
            const Trade& trade = trades_.front();
            if (trade.time > end || (trade.time == end && !inclusive)) return;
            see_trade(signals_, trade.top, trade.time, trade.aggressor, trade.price, trade.size);
            trades_.pop();
        }
    }

    Signals signals_;
    Nanos first_, last_;
    Log<Seen> tops_;  // its front is what we see
    Log<Trade> trades_;
};

}  // namespace halfspread
