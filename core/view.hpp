// View: the touch and the signals as we see them, on our clock. Two ways to the same numbers.
//
// `FullView` folds the tape's rows, by local time, into a book of our own. It serves every tape.
//
// `LoggedView` serves tapes whose rows reach us in the order in which they happened, which is the
// rule. Our book then is the venue's book of a moment ago, so no second book is kept: the venue's
// side logs each change of the touch and each print, and the view replays that short log when our
// clock gets there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "book.hpp"
#include "columns.hpp"
#include "orders.hpp"
#include "signals.hpp"

namespace halfspread {

// The best level of each side; a price is no_bid or no_ask, and its size 0, where the side is
// empty.
struct Top {
    Ticks bid = no_bid, ask = no_ask;
    Lots bid_size{}, ask_size{};

    bool has_bid() const { return bid != no_bid; }
    bool has_ask() const { return ask != no_ask; }
    bool has_both() const { return has_bid() && has_ask(); }
    std::int64_t mid_half_ticks() const { return std::int64_t{bid.count} + ask.count; }
    Touch touch() const {
        return {.bid = bid, .ask = ask, .has_bid = has_bid(), .has_ask = has_ask()};
    }
};

template <Crossing crossing>
Top top_of(const Book<crossing>& book) {
    Top top;
    top.bid = book.best(Side::bid);
    top.ask = book.best(Side::ask);
    if (top.has_bid()) top.bid_size = book.best_size(Side::bid);
    if (top.has_ask()) top.ask_size = book.best_size(Side::ask);
    return top;
}

// A print, told to the signals with its distance from the mid that we saw.
inline void see_trade(Signals& signals, const Top& top, Nanos time, Side aggressor, Ticks price,
                      Lots size) {
    double distance = unknown;
    if (top.has_both()) {
        const double mid = 0.5 * static_cast<double>(top.mid_half_ticks());
        distance = sign(aggressor) * (static_cast<double>(price.count) - mid);
    }
    signals.trade(time, aggressor, static_cast<double>(size.count), distance);
}

template <Crossing crossing>
class FullView {
public:
    static constexpr bool is_logged = false;

    FullView(const Columns& columns, const SignalPolicy& signals)
        : columns_(columns), signals_(signals) {}

    bool exhausted(Nanos) const { return row_ == columns_.rows; }
    Top top() const { return top_of(book_); }
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
        const Top top = top_of(book_);
        signals_.elapse(now, top.has_both(), top.mid_half_ticks());
    }

    Columns columns_;
    Signals signals_;
    Book<crossing> book_;
    std::size_t row_ = 0;
    bool seen_ = false;
};

class LoggedView {
public:
    static constexpr bool is_logged = true;

    LoggedView(const Columns& columns, const SignalPolicy& signals)
        : signals_(signals),
          first_(columns.rows > 0 ? columns.local_at(0) : never),
          last_(columns.rows > 0 ? columns.local_at(columns.rows - 1) : Nanos{0}),
          ring_(1024) {
        if (columns.rows > 0) signals_.elapse(first_, false, 0);
    }

    bool exhausted(Nanos now) const { return now >= last_; }
    Top top() const { return top_; }
    const Signals& signals() const { return signals_; }

    // The venue's side says what we shall see at `time`.
    void log_top(Nanos time, const Top& top) {
        append({.time = time, .top = top, .aggressor = {}});
    }
    void log_trade(Nanos time, Side aggressor, Ticks price, Lots size) {
        append({.time = time,
                .top = {.bid = price, .ask = no_ask, .bid_size = size, .ask_size = Lots{0}},
                .aggressor = aggressor,
                .is_trade = true});
    }

    void until(Nanos now) {
        for (; head_ != tail_ && at(head_).time <= now; ++head_) {
            const Entry& entry = at(head_);
            if (signals_.due(entry.time)) elapse(entry.time);
            if (entry.is_trade) {
                see_trade(signals_, top_, entry.time, entry.aggressor, entry.top.bid,
                          entry.top.bid_size);
            } else {
                top_ = entry.top;
            }
        }
        if (now >= first_ && now != never && signals_.due(now)) elapse(now);
    }

private:
    struct Entry {
        Nanos time;
        Top top;  // of a trade: its price and size, as bid
        Side aggressor;
        bool is_trade = false;
    };

    void elapse(Nanos now) { signals_.elapse(now, top_.has_both(), top_.mid_half_ticks()); }
    Entry& at(std::size_t i) { return ring_[i & (ring_.size() - 1)]; }
    void append(const Entry& entry) {
        if (tail_ - head_ == ring_.size()) grow();
        at(tail_++) = entry;
    }
    [[gnu::noinline]] void grow() {
        std::vector<Entry> larger(2 * ring_.size());
        for (std::size_t i = head_; i != tail_; ++i) larger[i & (larger.size() - 1)] = at(i);
        ring_ = std::move(larger);
    }

    Signals signals_;
    Nanos first_, last_;
    std::vector<Entry> ring_;
    std::size_t head_ = 0, tail_ = 0;
    Top top_;
};

}  // namespace halfspread
