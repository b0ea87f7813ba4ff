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
#include "box.hpp"
#include "columns.hpp"
#include "depth.hpp"
#include "log.hpp"
#include "mail.hpp"
#include "order.hpp"
#include "signals.hpp"
#include "top.hpp"

namespace halfspread {

// A print, told to the signals with how far past the touch that we saw it went.
inline void see_trade(Signals& signals, const Top& top, Nanos time, Side aggressor, Ticks price,
                      Lots size) {
    double excess = unknown;
    if (top.has_both()) {
        const double mid = 0.5 * static_cast<double>(top.mid_half_ticks());
        const double above = static_cast<double>(price.count) - mid;
        excess = (aggressor == Side::none ? std::abs(above) : sign(aggressor) * above) -
                 0.5 * static_cast<double>(top.spread());
    }
    signals.trade(time, aggressor, static_cast<double>(size.count), excess);
    if (signals.wants_prints()) signals.print(time, aggressor, price, size, top);
}

// A book of our own and the signals, told the market's rows in the order in which we see them.
template <Crossing crossing>
class OwnBook {
public:
    explicit OwnBook(const SignalPolicy& signals) : signals_(signals) {}

    Top top() const { return book_.is_full() ? Top::of(*book_) : Top{}; }
    const Signals& signals() const { return signals_; }
    Depth depth(const DepthPolicy& asked) const { return depth_of(*book_, asked); }
    // Gives the book's memory back: no row is told any more, and the top is empty.
    void forget() { book_.give_back(); }
    // When the last row of the book reached us.
    Nanos book_time() const { return book_time_; }

    void begin(Nanos time) { elapse(time); }
    // A row that reaches us at its local_time.
    void apply(const Event& row) {
        const Nanos time = row.local_time;
        if (signals_.due(time)) elapse(time);
        if (row.kind == Kind::trade) {
            see_trade(signals_, top(), time, row.side, row.price, row.size);
        } else {
            if (row.kind != Kind::touch || crossing != Crossing::skip) {
                book_->apply(row);
                if (signals_.wants_touch()) signals_.touch(time, top());
            }
            book_time_ = time;
        }
        seen_ = true;
    }
    void elapse_until(Nanos now) {
        if (seen_ && now != never && signals_.due(now)) elapse(now);
    }

private:
    void elapse(Nanos now) { signals_.elapse(now, Top::of(*book_)); }

    Signals signals_;
    Box<Book<crossing>> book_{std::in_place};
    Nanos book_time_{};
    bool seen_ = false;
};

template <Crossing crossing>
class FullView {
public:
    static constexpr bool is_logged = false;

    FullView(const Columns& columns, const SignalPolicy& signals)
        : columns_(columns), own_(signals) {
        const Nanos first = columns.first_local(never);
        if (first != never) own_.begin(first);
    }

    bool exhausted(Nanos) const { return row_ == columns_.rows; }
    // How many rows are behind our clock.
    std::size_t rows_seen() const { return row_; }
    Top top() const { return own_.top(); }
    const Signals& signals() const { return own_.signals(); }
    Depth depth(const DepthPolicy& asked) const { return own_.depth(asked); }

    void until(Nanos now) {
        for (; row_ < columns_.rows; ++row_) {
            if ((columns_.flags[row_] & flag::at_local) == 0) continue;
            if (columns_.local_at(row_) > now) break;
            own_.apply(columns_.event(row_));
        }
        own_.elapse_until(now);
    }

private:
    Columns columns_;
    OwnBook<crossing> own_;
    std::size_t row_ = 0;
};

class LoggedView {
public:
    static constexpr bool is_logged = true;

    LoggedView(const Columns& columns, const SignalPolicy& signals)
        : signals_(signals),
          first_(columns.rows > 0 ? columns.local_at(0) : never),
          last_(columns.rows > 0 ? columns.local_at(columns.rows - 1) : Nanos{0}) {
        if (columns.rows > 0) signals_.elapse(first_, {});
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
        if (signals_.wants_touch()) {
            see_all(now);
            if (shown >= first_ && signals_.due(shown)) elapse(shown);
            return;
        }
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

    // One by one, for signals that want each top; at one instant trades go first, as nothing that
    // is made of tops looks at an instant before its end.
    void see_all(Nanos now) {
        while (true) {
            const Nanos next_trade = trades_.empty() ? never : trades_.front().time;
            for (Nanos time = tops_.after_front(); time < next_trade; time = tops_.after_front()) {
                if (time > now) break;
                if (signals_.due(time)) elapse(time);
                tops_.pop();
                signals_.touch(time, top());
            }
            if (next_trade == never || next_trade > now) return;
            if (signals_.due(next_trade)) elapse(next_trade);
            see_trades_before(next_trade, true);
        }
    }
    void elapse(Nanos now) { signals_.elapse(now, top()); }

    // Closes the next cell of the signals, and those after it in which nothing happens.
    void close_cells(Nanos now) {
        const Nanos end = signals_.cell_end();
        see_trades_before(end, false);
        tops_.seek(end - Nanos{1});
        const Nanos next_trade = trades_.empty() ? never : trades_.front().time;
        const Nanos quiet_until = std::min({now, tops_.after_front(), next_trade});
        elapse(quiet_until);
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
