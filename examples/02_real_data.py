"""Real data: an exchange's messages become a tape, and a maker pays real fees on it.

    python 02_real_data.py usdm_btcusdt_20240808.gz

The file is a capture of Binance's USD-M futures stream: a receive time and a JSON message a line.
One comes with hftbacktest, at github.com/nkaz001/hftbacktest, folder examples/usdm.
"""

import sys

import halfspread as hs

if len(sys.argv) < 2:
    sys.exit(f"{__doc__}\nNo file was given, so there is nothing to do.")

btc = hs.Instrument("BTCUSDT", tick="0.1", lot="0.001", maker_fee=0.0002, taker_fee=0.0005)
tape, check = hs.import_tape(sys.argv[1:], btc, "btc.tape")
print(tape)
print(f"sound: {check.sound}; final touch {check.final_bid} / {check.final_ask}")

market = hs.Replay(tape, latency_ms=5, orders=hs.OrderPolicy(inventory_limit=200))
run = hs.backtest(hs.models.glft(risk_aversion=1e-4, size=10), market)

found = run.metrics()
for name in ("profit", "profit_spread", "profit_inventory", "fees", "fills", "markout_5s"):
    print(f"{name:18} {found[name]:12.4f}")
run.report("real_data.html")
