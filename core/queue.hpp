// Queue: how much of a level stands ahead of our order: guessed from what a level book shows, or
// kept exactly where the tape tells of every order (ExactPosition).
//
// A level book tells only a level's total. A print at our price eats from the front of the queue; a
// decrease that no print explains is a cancellation, ahead of us or behind, and the models differ
// in where they put it. With f the size ahead and b the size behind, the share that came from
// behind is
//
//     risk_averse   1: nobody ahead of us ever cancels
//     log           ln(1+b) / (ln(1+b) + ln(1+f))        log2    ln(1+b) / ln(1+b+f)
//     power(n)      b^n / (b^n + f^n)                    power2  b^n / (b+f)^n
//     power3(n)     1 - (f / (f+b))^n
//
// Sizes are coins (the logarithms are not scale-free), so quantities here are doubles; what is
// executed comes out in whole lots. Source of the forms: hftbacktest's order-fill documentation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "units.hpp"

namespace halfspread {

// `exact` is no guess and no QueueRule's to compute: ExactPosition keeps it.
enum class QueueModel : std::uint8_t { risk_averse, log, log2, power, power2, power3, exact };

// Whose rules a replay follows: ours, or those of hftbacktest 2.4.4 to the last tie-break.
enum class Rules : std::uint8_t { ours, peer };

struct QueueRule {
    QueueModel model = QueueModel::power3;
    double exponent = 3.0;

    // The share of an unexplained decrease that came from behind us.
    double behind(double front, double back) const {
        switch (model) {
            case QueueModel::risk_averse:
            case QueueModel::exact:
                return 1.0;
            case QueueModel::log:
                return std::log(1.0 + back) / (std::log(1.0 + back) + std::log(1.0 + front));
            case QueueModel::log2:
                return std::log(1.0 + back) / std::log(1.0 + (back + front));
            case QueueModel::power:
                return std::pow(back, exponent) /
                       (std::pow(back, exponent) + std::pow(front, exponent));
            case QueueModel::power2:
                return std::pow(back, exponent) / std::pow(back + front, exponent);
            case QueueModel::power3:
                return 1.0 - std::pow(front / (front + back), exponent);
        }
        return 1.0;
    }
};

// Converts lots to coins with one rounding: dividing by an integer is exact where multiplying is
// not.
class CoinScale {
public:
    CoinScale() = default;
    explicit CoinScale(double lot) : lot_(lot), lots_per_coin_(std::round(1.0 / lot)) {
        exact_ = lots_per_coin_ >= 1.0 && std::abs(lots_per_coin_ * lot - 1.0) < 1e-12;
    }
    double coins(Lots size) const {
        const auto count = static_cast<double>(size.count);
        return exact_ ? count / lots_per_coin_ : count * lot_;
    }
    double lot() const { return lot_; }

private:
    double lot_ = 1.0;
    double lots_per_coin_ = 1.0;
    bool exact_ = true;
};

// The place of one order, or of several that joined at one instant, in the queue of its level.
class QueuePosition {
public:
    QueuePosition() = default;
    explicit QueuePosition(double level_size) : ahead_(level_size) {}

    double ahead() const { return ahead_; }

    // `size` printed at our price. Whole lots that traded past the queue and so reach our order.
    template <Rules rules>
    Lots print(double size, const CoinScale& scale, Nanos time) {
        trade<rules>(size, time);
        return take_executable<rules>(scale);
    }

    // The level's displayed size went from `before` to `after`.
    template <Rules rules>
    void level(const QueueRule& rule, double before, double after, Nanos time) {
        // Prints since the last change explain that much of it. Ours counts what is behind us after
        // those prints; the peer counts it before them.
        double change = before - after - printed_;
        const double shown = rules == Rules::ours ? before - printed_ : before;
        printed_ = 0.0;
        if (rule.model == QueueModel::risk_averse) {
            note_drop<rules>(ahead_ - std::fmin(ahead_, after), change, time);
            ahead_ = std::fmin(ahead_, after);
            return;
        }
        if (change < 0.0) {
            ahead_ = std::fmin(ahead_, after);
            note_drop<rules>(0.0, 0.0, time);
            return;
        }
        // A queue that prints have gone beyond has nobody ahead; the peer takes that as a size.
        const double front = rules == Rules::ours ? std::fmax(ahead_, 0.0) : ahead_;
        const double back = shown - front;
        double share = rule.behind(front, back);
        if (std::isinf(share) || (rules == Rules::ours && std::isnan(share))) share = 1.0;
        const double estimate =
            ahead_ - (1.0 - share) * change + std::fmin(back - share * change, 0.0);
        double now = std::fmin(estimate, after);
        // No more leaves the front than stands there.
        if (rules == Rules::ours) now = std::fmax(now, std::fmin(ahead_, 0.0));
        note_drop<rules>(ahead_ - now, change, time);
        ahead_ = now;
    }

    // `size` printed at our price.
    template <Rules rules>
    void trade(double size, Nanos time) {
        double seen = 0.0;  // what the level's last decrease has told us of this very print
        if constexpr (rules == Rules::ours) {
            if (time == drop_time_ && dropped_ > 0.0) {
                const double matched = std::fmin(size, dropped_);
                seen = credit_ * (matched / dropped_);
                dropped_ -= matched;
                credit_ -= seen;
                printed_ -= matched;
            }
        }
        ahead_ -= size - seen;
        printed_ += size;
    }

    // Whole lots that traded past the queue and so reach our order; the queue is then used up.
    template <Rules rules>
    Lots take_executable(const CoinScale& scale) {
        const double beyond = -ahead_ / scale.lot();
        const double lots = rules == Rules::ours ? std::floor(beyond + 1e-9) : std::round(beyond);
        if (!(lots > 0.0)) return Lots{0};
        ahead_ = 0.0;
        return Lots{static_cast<std::int64_t>(std::fmin(lots, 0x1p62))};
    }

private:
    template <Rules rules>
    void note_drop(double credit, double dropped, Nanos time) {
        if constexpr (rules == Rules::ours) {
            credit_ = credit;
            dropped_ = dropped;
            drop_time_ = time;
        }
    }

    double ahead_ = 0.0;
    double printed_ = 0.0;  // printed at our price since the level last changed
    double dropped_ = 0.0;  // the level's last unexplained decrease,
    double credit_ = 0.0;   // by how much it moved us up,
    Nanos drop_time_{};     // and when: a print of that instant is the same volume
};

// The same, known: what was there when we joined, less what has left of it.
//
// A print and the executions of the orders that it met are rows of one instant, whichever comes
// first, and one volume. So lots that a print passed, whose orders are still to go, are no longer
// ahead of the next print; and a print that comes after its executions begins where they began.
class ExactPosition {
public:
    ExactPosition() = default;
    explicit ExactPosition(Lots level_size) : ahead_(level_size) {}

    // The recorded lots ahead. It never rises.
    Lots ahead() const { return ahead_; }

    // `lots` of an order ahead of us left the queue.
    void depart(Lots lots, bool was_executed, Nanos time) {
        at(time);
        ahead_ = std::max(ahead_ - lots, Lots{});
        const Lots expected = std::min(lots, passed_);
        passed_ -= expected;
        if (was_executed) executed_ += lots - expected;
    }
    // `size` printed at our price. Returns the lots of it that reach our order.
    template <Rules>
    Lots print(Lots size, const CoinScale&, Nanos time) {
        at(time);
        const Lots told = std::min(size, executed_);
        executed_ -= told;
        const Lots left = size - told;
        const Lots met = std::min(left, std::max(ahead_ - passed_, Lots{}));
        passed_ += met;
        return left - met;
    }

private:
    void at(Nanos time) {
        if (time == time_) return;
        time_ = time;
        passed_ = executed_ = Lots{};
    }

    Lots ahead_{};
    Lots passed_{};    // at `time_`: printed of what is ahead, and still to depart
    Lots executed_{};  // executed ahead of us, and still to be printed
    Nanos time_{};
};

}  // namespace halfspread
