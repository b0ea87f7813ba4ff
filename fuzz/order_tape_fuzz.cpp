// Fuzzes tapes of orders: their levels on two clocks, who left the queues, and our places in those.
//
// The input is 8 bytes of settings and then operations of 12 bytes: rows about orders, among them
// of unknown, doubled and nameless ones, which are also read as quotes and as orders by hand. While
// no row leaves the book crossed, its levels must be those that the tape of levels makes. What
// stands before a phantom in its queue must be what stands before it in a book that has it in its
// lists. On that tape a market whose orders keep exact places must keep the limit, and show and do
// what one with a book of its own does.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "fuzzed_market.hpp"
#include "market.hpp"
#include "queue.hpp"
#include "tapes.hpp"
#include "two_clocks.hpp"

using namespace halfspread;
using namespace halfspread::fuzzing;

namespace {

struct Settings {
    std::uint8_t lanes, limit, out, back;
    std::uint8_t policy, delay, schedule, hands;
};
static_assert(sizeof(Settings) == 8);

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t start = 1'000'000'000 * ms;  // of the tape, ns
constexpr std::size_t most_rows = 400;

// ------------------------------------------------------------------------------------------ rows

constexpr Kind kinds[] = {Kind::add,    Kind::add,     Kind::add,     Kind::add,
                          Kind::add,    Kind::modify,  Kind::modify,  Kind::remove,
                          Kind::remove, Kind::execute, Kind::execute, Kind::execute,
                          Kind::trade,  Kind::trade,   Kind::level,   Kind::clear};

// Rows about orders: most speak of an order as the last row about it did.
class OrderRows {
public:
    explicit OrderRows(const Settings& settings) : delay_(settings.delay * ms) {}

    Event next(const Operation& operation) {
        const auto has = [&](unsigned bit) { return (operation.marks & bit) != 0; };
        Event row{};
        row.kind = kinds[operation.kind % 16];
        row.size = Lots{std::abs(operation.size % 40)};
        row.price = Ticks{1'000 + operation.price % 8};
        row.side = has(1) ? Side::bid : Side::ask;
        name(row, operation);
        const unsigned oddity = operation.kind / 16U;
        if (oddity == 15) row.price = Ticks{operation.price};
        if (oddity == 14) row.size = Lots{std::int64_t{operation.size} << 37U};
        if (oddity == 13) row.side = Side::none;
        if (oddity == 12 && row.kind == Kind::clear) row.price = everything;
        time_ += has(2) ? ms * (std::abs(operation.step) % 64) : 0;
        const std::int64_t late = oddity == 11 ? operation.delay * ms : delay_;
        row.exchange_time = Nanos{time_};
        row.local_time = Nanos{time_ + late};
        row.flags = has(4) ? flag::both : flag::both | flag::last;
        if (oddity == 10)
            row.flags = static_cast<std::uint16_t>(operation.marks >> 6U | flag::last);
        return row;
    }

private:
    void name(Event& row, const Operation& operation) {
        if (row.kind == Kind::trade || row.kind == Kind::level || row.kind == Kind::clear) return;
        const bool is_fresh = row.kind == Kind::add && (operation.marks & 8U) == 0;
        const auto back = static_cast<std::size_t>(operation.delay & 15);
        if ((operation.marks & 0x30U) == 0x30U) {
            row.order_id = 0;  // nameless
        } else if (is_fresh || back >= last_.size()) {
            row.order_id = ++ids_;
        } else {
            const Event& before = last_[last_.size() - 1 - back];
            row.order_id = before.order_id;
            const bool says_the_same = (operation.marks & 0x10U) == 0;
            if (says_the_same) row.side = before.side;
            if (says_the_same && row.kind != Kind::modify) row.price = before.price;
        }
        last_.push_back(row);
    }

    std::int64_t delay_, time_ = start;
    std::uint64_t ids_ = 0;
    std::vector<Event> last_;
};

// ---------------------------------------------------------------------------------------- levels

using Levels = Book<Crossing::newer_wins>;

void require_levels(const Levels& levels, const OrderBook& orders) {
    if (orders.crossed()) return;
    for (const Side side : {Side::bid, Side::ask}) {
        std::vector<std::pair<Ticks, Lots>> told, real;
        levels.for_each(side, [&](Ticks price, Lots lots) {
            told.emplace_back(price, lots);
            return true;
        });
        orders.for_each_level(side, [&](const BookLevel& level) {
            real.emplace_back(price_of(side, level.key), level.displayed);
            return true;
        });
        require(told == real, "the levels are those of the orders");
    }
}

// The tape of levels, on both clocks, beside the books of the orders.
class Levelled {
public:
    void apply(const Event& row) {
        const std::size_t before = rows.size();
        fold_.apply(row, rows);
        fresh = fold_.take_departures();
        departures.insert(departures.end(), fresh.begin(), fresh.end());
        for (std::size_t i = before; i < rows.size(); ++i) {
            if ((rows[i].flags & flag::at_exchange) != 0) levels.apply(rows[i]);
            if ((rows[i].flags & flag::at_local) != 0) seen_.apply(rows[i]);
        }
        if ((row.flags & flag::at_local) != 0) orders_seen_.apply(row);
        require_levels(levels, fold_.replay().book());
        require_levels(seen_, orders_seen_.book());
    }
    bool is_crossed() const { return fold_.replay().book().crossed(); }

    std::vector<Event> rows;
    std::vector<Departure> departures, fresh;  // all of them, and those of the last row
    Levels levels;

private:
    TwoClocks fold_{true};
    Levels seen_;
    OrderReplay orders_seen_;
};

// -------------------------------------------------------------------------------------- phantoms

// Orders of ours that nothing fills: each by its exact place, and in the lists of a book.
class Phantoms {
public:
    // One of a lot joins behind all that rests.
    void join(Side side, Ticks price, const Levelled& levelled) {
        if (side == Side::none || price == no_bid || price == no_ask) return;
        Event add{};
        add.kind = Kind::add;
        add.order_id = first_id + count_++;
        add.side = side;
        add.price = price;
        add.size = Lots{1};
        lists_.apply(add);
        phantoms_.push_back({add.order_id, side, price,
                             levelled.rows.size() + levelled.departures.size(),
                             ExactPosition(levelled.levels.size_at(side, price))});
        require_places();
    }
    void apply(Event row, const Levelled& levelled) {
        if (row.kind == Kind::trade && is_size(row.size)) print(row);
        if (row.kind == Kind::level && !phantoms_.empty()) make_room(row);
        lists_.apply(row);
        for (Phantom& phantom : phantoms_) {
            const Lots before = phantom.place.ahead();
            for (const Departure& gone : levelled.fresh) {
                require(gone.lots > Lots{}, "somebody left");
                if (gone.side == phantom.side && gone.price == phantom.price &&
                    gone.joined < phantom.joined)
                    phantom.place.depart(gone.lots, gone.was_executed, gone.time);
            }
            require(phantom.place.ahead() <= before, "a place gets no worse");
        }
        require_places();
    }

private:
    struct Phantom {
        std::uint64_t id;
        Side side;
        Ticks price;
        std::uint64_t joined;
        ExactPosition place;
    };
    static constexpr std::uint64_t first_id = std::uint64_t{1} << 63U;

    void print(const Event& row) {
        for (Phantom& phantom : phantoms_) {
            if (phantom.side != opposite(row.side) || phantom.price != row.price) continue;
            const Lots reached =
                phantom.place.print<Rules::ours>(row.size, CoinScale(1.0), row.exchange_time);
            require(Lots{} <= reached && reached <= row.size, "a print reaches us in part");
        }
    }
    // A told level is without our phantoms. Those of a level that loses more than its nameless lots
    // go: which of the others leave is told of the lists without ours in them.
    void make_room(Event& row) {
        if (row.side == Side::none || row.price == no_bid || row.price == no_ask) return;
        Lots ours{}, nameless{};
        const OrderBook& book = lists_.book();
        book.for_each_order(row.side, [&](std::uint32_t slot, Ticks price) {
            if (price != row.price) return;
            if (lists_.id_of(slot) == 0) nameless += book.order(slot).size;
            if (lists_.id_of(slot) >= first_id) ours += Lots{1};
        });
        const Lots lost = book.size_at(row.side, row.price) - ours - row.size;
        if (lost <= nameless) {
            if (row.size >= Lots{}) row.size += ours;
            return;
        }
        std::erase_if(phantoms_, [&](const Phantom& phantom) {
            if (phantom.side != row.side || phantom.price != row.price) return false;
            Event gone{};
            gone.kind = Kind::remove;
            gone.order_id = phantom.id;
            lists_.apply(gone);
            return true;
        });
    }
    // Those that a clear took stood behind nobody.
    void require_places() {
        const OrderBook& book = lists_.book();
        std::erase_if(phantoms_, [&](const Phantom& phantom) {
            const std::uint32_t slot = lists_.find(phantom.id);
            Lots ahead{};
            for (std::uint32_t at = slot; at != 0; at = book.order(at).previous)
                if (lists_.id_of(at) < first_id) ahead += book.order(at).size;
            require(phantom.place.ahead() == ahead, "a place is that in the lists");
            return slot == 0;
        });
    }

    OrderReplay lists_;
    std::vector<Phantom> phantoms_;
    std::uint64_t count_ = 0;
};

// ---------------------------------------------------------------------------------------- market

MarketConfig config_of(const Settings& settings, std::int64_t span) {
    MarketConfig config;
    config.queue.model = QueueModel::exact;
    config.contract.money = Money(0.5, 1.0, 10.0, false);
    config.latency = Latency(Nanos{settings.out % 16 * ms}, Nanos{settings.back % 16 * ms});
    config.policy.levels = 1 + settings.policy % 3;
    config.policy.amend = (settings.policy & 4U) != 0;
    config.policy.taking = (settings.policy & 8U) != 0;
    config.policy.limit = Lots{1 + settings.limit};
    config.schedule = static_cast<Schedule>(settings.schedule % 3);
    config.every = Nanos{ms + span / 60};
    config.lanes = std::size_t{1} + settings.lanes % 3;
    return config;
}

void run_market(const Levelled& levelled, const Settings& settings,
                const std::vector<Operation>& operations) {
    const tapes::Tape tape(levelled.rows, tapes::Width::wide);
    Columns columns = tape.columns();
    if (columns.bad_row().row < columns.rows) return;  // refused at the door
    columns.departures = levelled.departures.data();
    columns.departure_count = levelled.departures.size();
    std::int64_t last = start;
    for (const Event& row : levelled.rows) last = std::max(last, row.local_time.count);
    const MarketConfig config = config_of(settings, last - start);
    run_replay(columns, config, operations, (settings.hands & 1U) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Settings settings{};
    if (size < sizeof settings + sizeof(Operation)) return 0;
    std::memcpy(&settings, data, sizeof settings);
    auto operations = operations_of(data + sizeof settings, size - sizeof settings);
    operations.resize(std::min(operations.size(), most_rows));
    OrderRows order_rows(settings);
    const auto levelled = std::make_unique<Levelled>();
    Phantoms phantoms;
    for (const Operation& operation : operations) {
        const Event row = order_rows.next(operation);
        levelled->apply(row);
        if ((row.flags & flag::at_exchange) == 0) continue;
        phantoms.apply(row, *levelled);
        if (operation.size % 4 == 0 && !levelled->is_crossed())
            phantoms.join(row.side, row.price, *levelled);
    }
    run_market(*levelled, settings, operations);
    return 0;
}
