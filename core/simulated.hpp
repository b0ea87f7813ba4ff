// Simulated: a flow's order book as a venue, with our orders in its queues and a public that reacts.
//
// Orders of lane i have the owner i + 1 in the flow's exchange: they are matched, refused and kept
// from each other as it says (exchange.hpp). Lanes of one venue share its book. What we see is what
// the venue publishes, price by price, our own orders among the public's, after the feed's delay.
//
// At one instant: the public comes before our asks, and our view before answers to us; asks of
// several lanes come in an order that is drawn for that instant. At the end the public goes on until
// the last ask under way has arrived.
//
// An amend's size is the whole order's in an ask of ours and what is to be left in the exchange's.
//
// A Flow has Laws, and is made of (laws, seed, lane, begin); it has open, advance, step, apply, next,
// now, book and crowd as ZeroIntelligence.
//
// Cost    the flow's; a row of the book is told to our view, 10 ns; an answer looks over its lane's
//         slots.
// Memory  the flow's book and our view of it, some 700 KB, until the end.
// Copy    a copy is whole, and goes on as the original would.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "box.hpp"
#include "depth.hpp"
#include "desk.hpp"
#include "log.hpp"
#include "matching.hpp"
#include "mids.hpp"
#include "order_book.hpp"
#include "post.hpp"
#include "random.hpp"
#include "signals.hpp"
#include "state.hpp"
#include "top.hpp"
#include "view.hpp"

namespace halfspread {

struct SimulatedPolicy {
    std::uint64_t seed = 0;
    std::uint32_t first_lane = 0;
    Nanos begin{}, horizon{}, warm_up{};  // the flow opens its first book `warm_up` before
    Nanos feed{};                         // how long a row of the market travels to us
    SelfTrade self_trade = SelfTrade::cancel_resting;
};

inline constexpr Nanos simulated_row{1'000'000};  // so much time counts as a row seen

template <class Flow>
class Simulated {
public:
    static constexpr bool goes_on_after_end = false;
    static constexpr bool opens_at_once = true;
    static constexpr std::uint32_t purpose = 15;  // of the draws of who comes first

    // The book of that number; `lanes` of ours are in it.
    template <class Laws>
    Simulated(const Laws& laws, const SimulatedPolicy& policy, std::uint32_t number,
              const Latency& latency, const SignalPolicy& signals, std::size_t lanes,
              std::size_t slots, bool keeps_mids)
        : policy_(policy),
          depth_(signals.depth),
          slots_(slots),
          keeps_mids_(keeps_mids),
          flow_(std::in_place, laws, policy.seed, policy.first_lane + number,
                policy.begin - policy.warm_up),
          view_(signals),
          post_(latency, lanes),
          placed_(lanes * slots),
          reached_(policy.begin) {
        const auto unseen = [](const Event&) {};
        flow_->open(unseen);
        flow_->advance(policy.begin - policy.feed, unseen);
        view_.begin(policy.begin);
        flow_->crowd().show(policy.begin, [&](const Event& row) { view_.apply(row); });
        for (std::size_t lane = 0; lane < lanes; ++lane)
            turns_.emplace_back(policy.seed, static_cast<std::uint32_t>(lane), purpose);
        note_mid();
    }

    Nanos first_time() const { return policy_.begin; }
    Nanos last_time(Nanos) const { return end(); }
    bool exhausted(Nanos now) const { return now >= end(); }
    static std::size_t rows() { return 0; }  // how many fills to expect is not known
    std::size_t rows_seen() const {
        return static_cast<std::size_t>((reached_ - policy_.begin).count / simulated_row.count);
    }
    std::uint32_t in_flight(std::uint32_t lane) const { return post_.in_flight(lane); }

    const Flow& flow() const { return *flow_; }
    const Signals& signals() const { return view_.signals(); }
    Top top() const { return view_.top(); }
    // The venue's mid as it stands, ours counted: the last one known.
    std::int64_t mid_half_ticks() const { return mid_; }
    std::span<const MidChange> mid_changes() const { return mids_; }
    Nanos book_time(Nanos) const { return view_.book_time(); }
    double feed_delay_s(Nanos) const { return static_cast<double>(policy_.feed.count) * 1e-9; }
    std::size_t resting(std::uint32_t lane) const {
        const auto mine = std::span(placed_).subspan(lane * slots_, slots_);
        return static_cast<std::size_t>(std::count_if(
            mine.begin(), mine.end(),
            [&](const Placed& p) { return p.theirs != 0 && flow_->book().find(p.theirs) != 0; }));
    }
    static void watch(Nanos, Nanos) {}

    void see(SharedState& shared, Nanos now) const {
        const Top top = this->top();
        shared.see(top);
        shared.see(signals(), top, now);
        if (depth_.any()) shared.see(view_.depth(depth_), top.has_both());
    }

    void exchange_until(Nanos until) {
        while (post_.request_due(until)) {
            const Nanos time = post_.next_request();
            advance(time);
            serve_all_of(time);
        }
        reached_ = std::min(until, end());
        advance(reached_);
    }
    void local_until(Nanos now) {
        for (; !rows_.empty() && rows_.front().local_time <= now; rows_.pop())
            view_.apply(rows_.front());
        view_.elapse_until(now);
    }

    template <class Apply>
    void deliver(Nanos until, Apply&& apply) {
        post_.deliver(until, apply);
    }
    void send(const Event& ask) { post_.send(ask); }

    // After the end: gives the books' memory back. What is left is the signals and the mids.
    void forget() {
        flow_.give_back();
        view_.forget();
    }

    // What its messages will be depends on us: there is none to wait for.
    static Nanos next_message(Kind, Nanos) { return never; }

private:
    // An order of ours, by its slot.
    struct Placed {
        std::uint64_t ours = 0, theirs = 0;  // ids
        Lots filled{};
    };
    struct Turn {
        double key;
        std::size_t place;
        Event request;
    };
    // What the exchange says: rows of the market to the view, answers to the post.
    struct Sink {
        Simulated& venue;
        void operator()(const Event& event) const {
            if (event.kind == Kind::level || event.kind == Kind::trade) {
                venue.publish(event);
            } else if (event.lane != 0) {
                venue.answer(event);
            }
        }
    };

    Nanos end() const { return policy_.begin + policy_.horizon; }

    void advance(Nanos until) {
        const Sink sink{*this};
        while (flow_->next() <= until) {
            flow_->step(sink);
            note_mid();
        }
    }
    void note_mid() {
        const OrderBook& book = flow_->book();
        if (!book.has(Side::bid) || !book.has(Side::ask)) return;
        const std::int64_t mid =
            std::int64_t{book.best(Side::bid).count} + book.best(Side::ask).count;
        if (mid == mid_) return;
        mid_ = mid;
        if (keeps_mids_) mids_.push_back({std::max(flow_->now(), policy_.begin), mid});
    }
    [[gnu::noinline]] void publish(const Event& event) {
        Event row = event;
        row.local_time = event.exchange_time + policy_.feed;
        if (policy_.feed == Nanos{0}) {
            view_.apply(row);
        } else {
            rows_.append(row);
        }
    }

    // -------------------------------------------------------------------------------- our asks

    void serve_all_of(Nanos time) {
        if (turns_.size() == 1) return serve(post_.take_request());
        instant_.clear();
        while (post_.request_due(time)) {
            const Event request = post_.take_request();
            const double key = turns_[request.lane].uniforms(instants_).first;
            instant_.push_back({key, instant_.size(), request});
        }
        ++instants_;
        std::sort(instant_.begin(), instant_.end(), [](const Turn& a, const Turn& b) {
            return a.key != b.key ? a.key < b.key : a.place < b.place;
        });
        for (const Turn& turn : instant_) serve(turn.request);
    }
    void serve(const Event& request) {
        Placed& placed = placed_[request.order_id & 0xffff'ffffU];
        Event ask = request;
        ask.lane = request.lane + 1;
        if (request.kind == Kind::submit) {
            placed = {.ours = request.order_id, .theirs = flow_->book().next_id()};
            ask.detail = ask_detail(static_cast<Lifetime>(request.detail), policy_.self_trade);
        } else if (placed.ours != request.order_id) {
            return post_.answer(Kind::rejected, request, Lots{0});
        } else {
            ask.detail = ask_detail(Lifetime::post_only, policy_.self_trade);
        }
        ask.order_id = placed.theirs;
        if (request.kind == Kind::amend) {
            ask.size = request.size - placed.filled;
            if (ask.size <= Lots{0}) ask.kind = Kind::cancel;
        }
        serving_ = request;
        placed.theirs = flow_->apply(ask, Lots{}, Sink{*this});
        note_mid();
    }
    [[gnu::noinline]] void answer(const Event& event) {
        if (event.kind == Kind::rejected) return post_.answer(event.kind, serving_, Lots{0});
        const std::size_t lane = event.lane - 1;
        const auto first = placed_.begin() + static_cast<std::ptrdiff_t>(lane * slots_);
        const auto placed =
            std::find_if(first, first + static_cast<std::ptrdiff_t>(slots_),
                         [&](const Placed& p) { return p.theirs == event.order_id; });
        Event about = event;
        about.lane = static_cast<std::uint32_t>(lane);
        about.order_id = placed->ours;
        if (event.kind == Kind::filled) {
            placed->filled = capped_sum(placed->filled, event.size);
            about.detail = mid_ == no_mid ? 0 : mid_offset(mid_, event.price);
        }
        post_.answer(event.kind, about, event.size);
    }

    SimulatedPolicy policy_;
    DepthPolicy depth_;
    std::size_t slots_;
    bool keeps_mids_;
    Box<Flow> flow_;
    OwnBook<Crossing::newer_wins> view_;
    Log<Event> rows_;  // under way to us
    Post post_;
    std::vector<Placed> placed_;  // [lane][slot]
    Event serving_{};
    std::vector<Draws> turns_;  // by lane
    std::vector<Turn> instant_;
    std::uint64_t instants_ = 0;
    Nanos reached_;
    std::int64_t mid_ = no_mid;
    std::vector<MidChange> mids_;
};

}  // namespace halfspread
