// Mids: the market's mid at chosen times, of a tape or of a world's lanes, for mark-outs.
#include "mids.hpp"

#include <nanobind/nanobind.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "results.hpp"
#include "world.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace halfspread::bind {
namespace {

// The mids of a world's lanes just after each of the times, ascending for each lane: a lane a time.
nb::object world_mids(const WorldPolicy& policy, const Numbers& times, const Numbers& lanes) {
    std::vector<double> mids(times.shape(0));
    if (mids.empty()) return nb::cast(to_numpy(std::move(mids)));
    const auto world_of = [&](std::size_t i) {
        return World(policy, static_cast<std::uint32_t>(lanes(i)));
    };
    World world = world_of(0);
    for (std::size_t i = 0; i < mids.size(); ++i) {
        if (i > 0 && lanes(i) != lanes(i - 1)) world = world_of(i);
        while (world.next() <= Nanos{times(i)} && world.next() != never) world.happen();
        mids[i] = world.mid();
    }
    return nb::cast(to_numpy(std::move(mids)));
}

nb::object mid_at(const HeldColumns& held, const Numbers& times) {
    const auto halves = mids_at(held.columns, times.data(), times.shape(0));
    std::vector<double> mids(halves.size());
    std::transform(halves.begin(), halves.end(), mids.begin(), mid_of);
    return nb::cast(to_numpy(std::move(mids)));
}

}  // namespace
}  // namespace halfspread::bind

void bind_mids(nb::module_& m) {
    using namespace halfspread::bind;
    m.def("world_mids", &world_mids, "world"_a, "times"_a, "lanes"_a,
          "The mids of lanes just after times that ascend for each lane, lane by lane.");
    m.def("mid_at", &mid_at, "columns"_a, "times"_a,
          "The venue's mid in ticks just after each ascending time; NaN while a side is empty.");
}
