"""By hand: the same market with the reins in your own hands, decision by decision."""

import halfspread as hs

tape = hs.synthetic.tape(events=100_000, seed=1)
market = hs.Replay(tape, latency_ms=5, decide_every="1s")

for state in market:
    orders = {order.side: order for order in market.open_orders()}
    for side, price in ((hs.Side.bid, state.bid - 1), (hs.Side.ask, state.ask + 1)):
        if price != price:  # NaN: that side of the book is empty
            continue
        order = orders.get(side)
        if abs(state.inventory) >= 50 and state.inventory * side > 0:
            if order is not None:
                market.cancel(order.order_id)
        elif order is None:
            market.submit(side, int(price), 10)  # post-only, unless you say otherwise
        elif abs(order.price - price) > 1 and order.state == "live":
            market.amend(order.order_id, int(price), 10)

run = market.result()
found = run.metrics()
print(
    f"{found['fills']:.0f} fills, profit {found['profit']:.3f}, inventory at the end "
    f"{found['end_inventory']:.3f} coins"
)
