// Recorded: a flow that also tells all that happens in it to a recorder, for tests of its venue.
#pragma once

#include <cstdint>
#include <utility>

#include "event.hpp"

namespace halfspread {

// Its recorder is a laws' or a test's: recorder(event) for each event, and recorder.after(flow).
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
