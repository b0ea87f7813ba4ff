// Post: what is under way between desks and a venue, asks one way and answers the other.
//
// Messages of one lane never overtake each other, whatever the latencies say.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "event.hpp"
#include "latency.hpp"
#include "mail.hpp"

namespace halfspread {

class Post {
public:
    Post(const Latency& latency, std::size_t lanes)
        : latency_(latency),
          requests_(2 * lanes),
          answers_(2 * lanes),
          last_out_(lanes, long_ago),
          last_back_(lanes, long_ago),
          in_flight_(lanes) {}

    // Messages under way from or to a lane.
    std::uint32_t in_flight(std::uint32_t lane) const { return in_flight_[lane]; }

    // An ask leaves the desk at ask.local_time.
    void send(Event ask) {
        const Nanos out = latency_.out(ask.local_time);
        if (out < Nanos{0}) {
            const Nanos back = ask.local_time - out;
            ask.exchange_time = ask.local_time;
            answer_at(Kind::rejected, ask, ask.size, back);
            return;
        }
        Nanos& last = last_out_[ask.lane];
        last = std::max(ask.local_time + out, last);
        ask.exchange_time = last;
        ++in_flight_[ask.lane];
        requests_.push(ask);
    }

    // When the next ask arrives at the venue; `never` if none is under way.
    Nanos next_request() const { return requests_.next(); }
    bool request_due(Nanos until) const { return requests_.due(until); }
    Event take_request() {
        const Event request = requests_.pop();
        --in_flight_[request.lane];
        return request;
    }

    // The venue answers, at about.exchange_time.
    void answer(Kind kind, const Event& about, Lots size) {
        answer_at(kind, about, size, about.exchange_time + latency_.back(about.exchange_time));
    }

    // Hands the answers that have arrived to `apply(const Event&)`.
    template <class Apply>
    void deliver(Nanos until, Apply&& apply) {
        while (answers_.due(until)) {
            const Event answer = answers_.pop();
            --in_flight_[answer.lane];
            apply(answer);
        }
    }

private:
    void answer_at(Kind kind, const Event& about, Lots size, Nanos arrival) {
        Event answer = about;
        answer.kind = kind;
        answer.size = size;
        Nanos& last = last_back_[about.lane];
        last = std::max(arrival, last);
        answer.local_time = last;
        ++in_flight_[about.lane];
        answers_.push(answer);
    }

    Latency latency_;
    Mail<&Event::exchange_time> requests_;
    Mail<&Event::local_time> answers_;
    std::vector<Nanos> last_out_, last_back_;
    std::vector<std::uint32_t> in_flight_;
};

}  // namespace halfspread
