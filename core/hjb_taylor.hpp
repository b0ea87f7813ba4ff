// HJB Taylor: values of inventories advanced by power series; hjb.hpp has the equation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "hjb_steps.hpp"
#include "wide.hpp"

namespace halfspread::hjb {

struct Paces {
    double gap, bid, ask;
};
// The coefficients of a power after another, each as long as `length`.
struct Rows {
    double *value, *gap, *bid, *ask;
    std::size_t length;
};

// The k-th coefficients of the gaps above the first n inventories, and of what is earned there.
HALFSPREAD_WIDE inline void expand_gaps(std::size_t k, std::size_t n, Paces paces, Rows rows) {
    const auto load = [](const double* from, Four& to) { std::memcpy(&to, from, sizeof(Four)); };
    const auto store = [](const Four& from, double* to) { std::memcpy(to, &from, sizeof(Four)); };
    const std::size_t length = rows.length;
    for (std::size_t i = 0; i < n; i += 4) {
        Four here;
        Four above;
        load(rows.value + k * length + i, here);
        load(rows.value + k * length + i + 1, above);
        store(paces.gap * (above - here), rows.gap + k * length + i);
        Four bid{};
        Four ask{};
        for (std::size_t j = 1; j <= k; ++j) {
            Four gap;
            Four earned_bid;
            Four earned_ask;
            load(rows.gap + j * length + i, gap);
            load(rows.bid + (k - j) * length + i, earned_bid);
            load(rows.ask + (k - j) * length + i + 1, earned_ask);
            bid += gap * earned_bid;
            ask += gap * earned_ask;
        }
        store(paces.bid * bid, rows.bid + k * length + i);
        store(paces.ask * ask, rows.ask + k * length + i + 1);
    }
}

// Unequal decays: Taylor's series of the values in the time. Those of the rates follow from
// E' = decay * gap' * E. No step may be longer than some 8 of the fastest paces.
class Taylor {
public:
    explicit Taylor(const HjbProblem& p)
        : p_(p),
          n_(p.size()),
          row_((n_ + 3) / 4 * 4 + 4),
          value_((order + 1) * row_),
          gap_(order * row_),
          bid_(order * row_),
          ask_(order * row_),
          sum_(n_),
          change_(n_) {}

    // The values may differ from what the last call left by a number that is the same for all.
    void advance(std::vector<double>& value, double time) {
        const double error = tolerance / std::max(p_.bid_decay, p_.ask_decay);
        while (time > 0) {
            if (!(passed_ < reach_)) {
                if (++tries_ > most_tries) throw std::domain_error("it changes too fast to solve");
                expand(value);
                reach_ = std::min(reach(order, error), reach(order - 1, error));
                passed_ = 0;
                std::fill(change_.begin(), change_.end(), 0.0);
            }
            const double step = std::min(time, reach_ - passed_);
            passed_ = step < time ? reach_ : passed_ + step;
            sum_up(passed_);
            for (std::size_t i = 0; i < n_; ++i) {
                value[i] += sum_[i] - change_[i];
                change_[i] = sum_[i];
            }
            time -= step;
        }
    }

    // Call it after anything else has advanced the values.
    void restart() { reach_ = 0; }

private:
    static constexpr std::size_t order = 12;
    static constexpr double most_tries = 2e4;  // some 0.5 s
    static constexpr double tolerance = 1e-11;

    // Sets sum_ to the change of the values in `time`.
    void sum_up(double time) {
        std::fill(sum_.begin(), sum_.end(), 0.0);
        for (std::size_t k = order; k > 0; --k) {
            const double* term = &value_[k * row_];
            for (std::size_t i = 0; i < n_; ++i) sum_[i] = (sum_[i] + term[i]) * time;
        }
    }

    // Where the term of `power` is `error`.
    double reach(std::size_t power, double error) const {
        double most = 1e-300;
        for (std::size_t i = 0; i < n_; ++i) {
            const double term = std::abs(value_[power * row_ + i]);
            if (!std::isfinite(term)) return 0;
            most = std::max(most, term);
        }
        return std::pow(error / most, 1.0 / static_cast<double>(power));
    }

    // Sets the coefficients.
    void expand(const std::vector<double>& value) {
        std::copy(value.begin(), value.end(), value_.begin());
        for (std::size_t i = 0; i + 1 < n_; ++i) {
            const double gap = value[i + 1] - value[i];
            bid_[i] = p_.bid_gain[i] * std::exp(p_.bid_decay * gap);
            ask_[i + 1] = p_.ask_gain[i + 1] * std::exp(-p_.ask_decay * gap);
        }
        for (std::size_t i = 0; i < n_; ++i) value_[row_ + i] = p_.source[i] + bid_[i] + ask_[i];
        for (std::size_t k = 1; k < order; ++k) {
            const double power = static_cast<double>(k);
            const Paces paces{power, p_.bid_decay / power, -p_.ask_decay / power};
            const Rows rows{value_.data(), gap_.data(), bid_.data(), ask_.data(), row_};
            expand_gaps(k, n_, paces, rows);
            const double share = 1 / static_cast<double>(k + 1);
            const double* bid = &bid_[k * row_];
            const double* ask = &ask_[k * row_];
            double* next = &value_[(k + 1) * row_];
            for (std::size_t i = 0; i < n_; ++i) next[i] = share * (bid[i] + ask[i]);
        }
    }

    const HjbProblem& p_;
    std::size_t n_, row_;  // a row of coefficients has zeros at its end
    std::vector<double> value_, gap_;
    std::vector<double> bid_, ask_;     // what they earn a second
    std::vector<double> sum_, change_;  // change_: what is passed
    double tries_ = 0;
    double passed_ = 0, reach_ = 0;  // of the time that the series serve
};

}  // namespace halfspread::hjb
