// Results: fills, paths, counters and faults of blocks of lanes, from C++ to NumPy.
#include "results.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "arrays.hpp"
#include "states.hpp"

namespace halfspread::bind {
namespace {

// [sample][lane] of all blocks side by side.
template <class T>
nb::object join(const Blocks& blocks, std::vector<T> Path::* field) {
    const std::size_t samples = blocks.front()->path.time.size();
    std::size_t n = 0;
    std::size_t first = 0;
    for (const auto& block : blocks) n += block->states.size();
    std::vector<T> joined(samples * n);
    for (const auto& block : blocks) {
        const std::size_t lanes = block->states.size();
        const std::vector<T>& values = block->path.*field;
        for (std::size_t i = 0; i < samples; ++i) {
            std::copy_n(&values[i * lanes], lanes, &joined[i * n + first]);
        }
        first += lanes;
    }
    return nb::cast(to_numpy(std::move(joined), {samples, n}));
}

// Mids [sample], or [sample][block] of `count` blocks.
nb::object mids_of(const Blocks& blocks, std::size_t count) {
    const std::size_t samples = blocks.front()->path.time.size();
    std::vector<double> mids(samples * count);
    for (std::size_t block = 0; block < count; ++block) {
        const std::vector<std::int64_t>& halves = blocks[block]->path.mid_half_ticks;
        for (std::size_t i = 0; i < samples; ++i) mids[i * count + block] = mid_of(halves[i]);
    }
    if (count == 1) return nb::cast(to_numpy(std::move(mids)));
    return nb::cast(to_numpy(std::move(mids), {samples, count}));
}

}  // namespace

double mid_of(std::int64_t half_ticks) {
    return half_ticks == no_mid ? unknown : static_cast<double>(half_ticks) / 2.0;
}

nb::dict fills_of(const Blocks& blocks, std::uint64_t slots) {
    std::vector<Fill> all;
    std::uint32_t first = 0;
    for (const auto& block : blocks) {
        for (Fill fill : block->fills) {
            fill.lane += first;
            fill.order_id += first * slots;
            all.push_back(fill);
        }
        first += static_cast<std::uint32_t>(block->states.size());
    }
    std::stable_sort(all.begin(), all.end(), [](const Fill& a, const Fill& b) {
        if (a.exchange_time != b.exchange_time) return a.exchange_time < b.exchange_time;
        return a.lane < b.lane;
    });
    nb::dict table;
    table["exchange_time"] = gather(all, [](const Fill& f) { return f.exchange_time.count; });
    table["local_time"] = gather(all, [](const Fill& f) { return f.local_time.count; });
    table["lane"] = gather(all, [](const Fill& f) { return f.lane; });
    table["side"] = gather(all, [](const Fill& f) { return static_cast<std::int8_t>(f.side); });
    table["price"] = gather(all, [](const Fill& f) { return f.price.count; });
    table["size"] = gather(all, [](const Fill& f) { return f.size.count; });
    table["maker"] = gather(all, [](const Fill& f) { return static_cast<std::uint8_t>(f.maker); });
    table["mid"] =
        gather(all, [](const Fill& f) { return static_cast<double>(f.mid_half_ticks) / 2.0; });
    table["fee"] = gather(all, [](const Fill& f) { return f.fee; });
    table["order_id"] = gather(all, [](const Fill& f) { return f.order_id; });
    return table;
}

nb::dict path_of(const Blocks& blocks, bool are_apart) {
    nb::dict table;
    if (blocks.empty()) return table;
    table["time"] = to_numpy(std::vector(blocks.front()->path.time));
    table["mid"] = mids_of(blocks, are_apart ? blocks.size() : 1);
    table["bid"] = join(blocks, &Path::bid);
    table["ask"] = join(blocks, &Path::ask);
    table["inventory"] = join(blocks, &Path::inventory);
    table["wealth"] = join(blocks, &Path::wealth);
    return table;
}

nb::tuple mid_changes_of(const Blocks& blocks) {
    std::vector<std::int64_t> times;
    std::vector<double> mids;
    std::vector<std::int64_t> starts{0};
    for (const auto& block : blocks) {
        for (const MidChange& change : block->mid_changes()) {
            times.push_back(change.time.count);
            mids.push_back(mid_of(change.mid_half_ticks));
        }
        starts.push_back(static_cast<std::int64_t>(times.size()));
    }
    return nb::make_tuple(to_numpy(std::move(times)), to_numpy(std::move(mids)),
                          to_numpy(std::move(starts)));
}

nb::dict counters_of(const Blocks& blocks, const Money& money) {
    nb::dict table;
    const auto account = [&](auto field) {
        return each_lane(blocks, [&](const Lanes& lanes, std::uint32_t lane) {
            return field(lanes.desk(lane).account);
        });
    };
    const auto orders = [&](std::int64_t OrderCounts::* field) {
        return each_lane(blocks, [&](const Lanes& lanes, std::uint32_t lane) {
            return lanes.desk(lane).orders.counts().*field;
        });
    };
    table["decisions"] =
        each_lane(blocks, [](const Lanes& lanes, std::uint32_t) { return lanes.decisions; });
    table["submits"] = orders(&OrderCounts::submits);
    table["cancels"] = orders(&OrderCounts::cancels);
    table["amends"] = orders(&OrderCounts::amends);
    table["accepted"] = orders(&OrderCounts::accepted);
    table["rejected"] = orders(&OrderCounts::rejected);
    table["expired"] = orders(&OrderCounts::expired);
    table["throttled"] = orders(&OrderCounts::throttled);
    table["room_cut"] = orders(&OrderCounts::room_cut);
    table["takes"] = orders(&OrderCounts::takes);
    table["fills"] = account([](const Account& a) { return a.fills; });
    table["volume_lots"] = account([](const Account& a) { return a.volume.count; });
    table["inventory"] = account([](const Account& a) { return a.inventory.count; });
    table["peak_inventory"] = account([](const Account& a) { return a.peak.count; });
    table["inventory_seconds"] =
        account([](const Account& a) { return static_cast<double>(a.inventory_time) * 1e-9; });
    table["fees"] = account([](const Account& a) { return a.fees; });
    table["taker_fills"] = account([](const Account& a) { return a.taker_fills; });
    table["taker_volume_lots"] = account([](const Account& a) { return a.taker_volume.count; });
    table["taker_fees"] = account([](const Account& a) { return a.taker_fees; });
    table["cash"] = account([&](const Account& a) { return money.coins(a.cash); });
    table["spread"] = account([&](const Account& a) { return money.coins(a.spread); });
    table["quote_seconds"] = each_lane(blocks, [](const Lanes& lanes, std::uint32_t lane) {
        return static_cast<double>(lanes.quoting[lane].count) * 1e-9;
    });
    table["model_errors"] = each_lane(
        blocks, [](const Lanes& lanes, std::uint32_t lane) { return lanes.faults[lane].count; });
    return table;
}

nb::list orders_of(const Lanes& lanes, std::uint32_t lane) {
    nb::list list;
    const Orders& orders = lanes.desk(lane).orders;
    for (const Order& order : orders.slots()) {
        if (order.state == OrderState::none) continue;
        nb::dict row;
        row["order_id"] = orders.id_of(order);
        row["side"] = sign(order.side);
        row["price"] = order.price.count;
        row["leaves"] = order.leaves.count;
        row["state"] = static_cast<int>(order.state);
        list.append(row);
    }
    return list;
}

nb::list faults_of(const Blocks& blocks, const std::vector<std::string>& raised) {
    static constexpr const char* words[] = {"none",
                                            "not finite",
                                            "crossed",
                                            "negative size",
                                            "less than one lot",
                                            "raised an exception, which compiled code can't name"};
    nb::list list;
    std::size_t lane = 0;
    for (const auto& block : blocks) {
        for (const Fault& fault : block->faults) {
            const std::string& error = raised[lane++];
            if (fault.count == 0) continue;
            nb::dict row;
            row["lane"] = lane - 1;
            row["time"] = fault.time.count;
            row["count"] = fault.count;
            const auto kind = static_cast<std::size_t>(fault.kind);
            row["why"] = error.empty() ? words[kind] : error;
            row["state"] = numbers_of(fault.lane, fault.shared);
            row["quote"] = std::vector<double>(fault.quote, fault.quote + 4);
            list.append(row);
        }
    }
    return list;
}

}  // namespace halfspread::bind
