// Recorded: a flow that also tells all that happens in it to a recorder, and recorders, for tests.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "event.hpp"
#include "exchange_laws.hpp"

namespace halfspread {

// Keeps the rows that a venue publishes from some time on.
struct Tape {
    Nanos from{};
    std::vector<Event> rows{};
    void operator()(const Event& event) {
        const bool shown = event.kind == Kind::level || event.kind == Kind::trade;
        if (shown && event.exchange_time > from) rows.push_back(event);
    }
    void after(const auto&) {}
};
// Holds every event against the laws of an exchange, and counts who was filled.
struct Lawful {
    laws::Watch watch{};
    std::string wrong{};
    std::map<std::uint32_t, std::int64_t> inventory{}, cash{};
    std::uint64_t steps = 0;
    void operator()(const Event& event) {
        watch(event);
        if (event.kind != Kind::filled) return;
        const std::int64_t lots = sign(event.side) * event.size.count;
        inventory[event.lane] += lots;
        cash[event.lane] -= lots * event.price.count;
    }
    void after(const auto& flow) {
        const Exchange& exchange = flow.crowd().exchange();
        if (wrong.empty()) wrong = watch.wrong(exchange);
        if (wrong.empty() && ++steps % 1'000 == 0) wrong = watch.wrong_in_depth(exchange);
    }
};

// recorder(event) for each event, and recorder.after(flow) after all that came of one.
template <class Inner, class Recorder>
class Recorded {
public:
    struct Laws {
        typename Inner::Laws inner;
        Recorder* recorder;
    };

    Recorded(const Laws& laws, std::uint64_t seed, std::uint32_t lane, Nanos begin)
        : inner_(laws.inner, seed, lane, begin), recorder_(laws.recorder) {}

    const auto& crowd() const { return inner_.crowd(); }
    const auto& book() const { return inner_.book(); }
    Nanos now() const { return inner_.now(); }
    Nanos next() const { return inner_.next(); }

    template <class Sink>
    void open(Sink&& sink) {
        inner_.open(both(sink));
        recorder_->after(inner_);
    }
    template <class Sink>
    void advance(Nanos until, Sink&& sink) {
        while (inner_.next() <= until) step(sink);
    }
    template <class Sink>
    bool step(Sink&& sink) {
        const bool is_one = inner_.step(both(sink));
        recorder_->after(inner_);
        return is_one;
    }
    template <class Sink>
    std::uint64_t apply(const Event& ask, Lots display, Sink&& sink) {
        const std::uint64_t id = inner_.apply(ask, display, both(sink));
        recorder_->after(inner_);
        return id;
    }

private:
    template <class Sink>
    auto both(Sink& sink) {
        return [this, &sink](const Event& event) {
            (*recorder_)(event);
            sink(event);
        };
    }

    Inner inner_;
    Recorder* recorder_;
};

}  // namespace halfspread
