// Fuzzes a guard with policies and markets of any bytes: its states change as the table says.
//
// The input is 8 bytes of policy and then a row of 8-byte steps.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "guard.hpp"

using namespace halfspread;

namespace {

struct Settings {
    std::uint8_t limit, reasons, more_reasons, horizon, cool_down, patience, reduce_for, target;
};
struct Operation {
    std::uint8_t kind, seconds;
    std::int16_t inventory;
    std::int8_t move, volatility;
    std::uint8_t asks, age;
};
static_assert(sizeof(Settings) == 8 && sizeof(Operation) == 8);

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

GuardPolicy policy_of(const Settings& settings) {
    const auto asked = [&](unsigned bit, double value) {
        const unsigned bits = settings.reasons | unsigned{settings.more_reasons} << 8U;
        return (bits >> bit & 1U) != 0 ? value : GuardPolicy::off;
    };
    GuardPolicy policy;
    policy.inventory_limit = asked(0, 1.0 + settings.limit);
    policy.inventory_target = settings.target % 8 - 4;
    policy.tighten = settings.more_reasons >= 128;
    policy.value_at_risk = asked(1, 20.0);
    policy.holding_time_s = asked(2, 1.0 + settings.horizon);
    policy.drawdown = asked(3, 50.0);
    policy.loss = asked(4, 80.0);
    policy.volatility_spike = asked(5, 3.0);
    policy.toxic_ticks = asked(6, 0.5);
    policy.stale_s = asked(7, 20.0);
    policy.skew_s = asked(12, 0.5);
    policy.order_rate = asked(8, 30.0);
    policy.price_band = asked(9, 40.0);
    policy.end_of_day_s = (settings.more_reasons & 4U) != 0 ? 30.0 : 0.0;
    policy.reduce_for_s = asked(11, 5.0);
    policy.cool_down_s = settings.cool_down % 16;
    policy.patience_s = settings.patience % 16;
    policy.toxic_horizon_s = settings.horizon % 5;
    return policy;
}

// What holds after a step that led from `before`.
void check(const Guard& guard, GuardState before, bool changed, std::int64_t inventory) {
    const GuardState state = guard.state();
    const bool to_another = state != before;
    require(!to_another || changed, "a change is told");
    if (changed) {
        const GuardChange& last = guard.last();
        require(last.from == before && last.to == state, "the change that was told is the one");
        const bool as_in_table = state == follows(before, false, last.reason) ||
                                 state == follows(before, true, last.reason);
        require(!to_another || as_in_table, "the table knows the way");
    }
    require(before != GuardState::halted || !to_another, "nothing but a hand leads out of halted");
    require(state == GuardState::flattening || guard.stage() == Stage::passive, "stages flatten");
    const std::int64_t left = guard.remaining().count;
    require(left >= 0 && left <= std::llabs(guard.excess().count), "no more to sell than held");
    require(state == GuardState::flattening || left == 0, "only flattening has lots to bring home");
    for (const Side side : {Side::bid, Side::ask}) {
        const bool reduces = sign(side) * guard.excess().count < 0;
        const bool lets =
            state == GuardState::quoting || (state == GuardState::reducing && reduces);
        require(guard.lets(side) == lets, "what a state lets through");
    }
    require(guard.excess().count <= inventory + 4 && guard.excess().count >= inventory - 4,
            "the excess is over the target");
}

class Market {
public:
    explicit Market(const GuardPolicy& policy) : policy_(policy), view_(policy) {}

    void step(const Operation& operation) {
        const auto has = [&](unsigned bit) { return (operation.kind & bit) != 0; };
        const double nothing = unknown;
        now_ += operation.seconds * (has(1) ? 1'000'000'000LL : 10'000'000LL);
        asks_ += operation.asks;
        const std::int64_t inventory = operation.inventory % (has(64) ? 8 : 1'000);
        mid_ += operation.move;
        wealth_ += 0.01 * static_cast<double>(inventory) * operation.move;
        const double volatility = has(2) ? nothing : std::abs(operation.volatility) / 8.0;
        view_.look(Nanos{now_}, has(4) ? nothing : mid_, has(8) && has(16), volatility,
                   operation.age / 4.0, has(4) ? nothing : operation.move / 64.0,
                   1e4 - static_cast<double>(now_) * 1e-9, 0.1);
        if (has(32)) {
            const Side side = has(64) ? Side::bid : Side::ask;
            guard_.fill(policy_, side, Ticks{static_cast<std::int32_t>(mid_)}, Lots{3},
                        Nanos{now_});
        }
        const GuardState before = guard_.state();
        const bool changed = guard_.step(
            policy_, view_.seen,
            {.inventory = Lots{inventory}, .wealth = has(16) ? nothing : wealth_, .asks = asks_});
        check(guard_, before, changed, inventory);
        double seconds = 0.0;
        for (std::size_t i = 0; i < guard_states; ++i) {
            seconds += guard_.seconds_in(static_cast<GuardState>(i));
        }
        require(std::abs(seconds - static_cast<double>(now_) * 1e-9) < 1e-6, "every second counts");
        if (has(128) && has(2) && has(4)) halt();
        pull(has(16));
        if (has(128) && has(1)) resume();
    }

private:
    void halt() {
        const bool halted = guard_.state() == GuardState::halted;
        require(guard_.halt() == !halted, "a hand halts what is not halted");
        require(guard_.state() == GuardState::halted && guard_.remaining() == Lots{0},
                "and wholly");
        pulled_ = pulled_ && halted;
    }
    void pull(bool any_open) {
        const bool halted = guard_.state() == GuardState::halted;
        pulled_ = pulled_ && halted;
        const bool due = halted && !any_open && !pulled_;
        require(guard_.pull(any_open) == due, "halted and nothing open is told once");
        pulled_ = pulled_ || due;
    }
    void resume() {
        const bool halted = guard_.state() == GuardState::halted;
        const GuardState before = guard_.state();
        require(guard_.resume(wealth_) == halted, "a hand resumes what is halted");
        require(guard_.state() == (halted ? GuardState::quoting : before), "and that alone");
    }

    GuardPolicy policy_;
    GuardView view_;
    Guard guard_{Nanos{0}};
    std::int64_t now_ = 0, asks_ = 0;
    bool pulled_ = false;
    double mid_ = 100.0, wealth_ = 0.0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Settings settings{};
    if (size < sizeof settings) return 0;
    std::memcpy(&settings, data, sizeof settings);
    Market market(policy_of(settings));
    for (std::size_t i = sizeof settings; i + sizeof(Operation) <= size; i += sizeof(Operation)) {
        Operation operation;
        std::memcpy(&operation, data + i, sizeof operation);
        market.step(operation);
    }
    return 0;
}
