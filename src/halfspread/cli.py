"""The command line: its commands, those with a file of their own and those written here."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halfspread.calibrate_command import CALIBRATE_EXAMPLES, calibrate
from halfspread.console import Commands, examples, progress, show
from halfspread.errors import ConfigError
from halfspread.outputs import Outputs, ready_for_report
from halfspread.realism_command import EXAMPLES as REALISM_EXAMPLES
from halfspread.realism_command import realism
from halfspread.simulate_command import EXAMPLES, simulate

if TYPE_CHECKING:
    from halfspread.evaluate.run import Run

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `halfspread demo`. Each command has its own `--help`, with examples.",
)

Report = Annotated[
    Path | None, typer.Option("--report", help="Write a page of HTML.", show_default=False)
]
Folder = Annotated[
    Path | None, typer.Option("--output", "-o", help="Save the run here.", show_default=False)
]
ConfigFile = Annotated[Path, typer.Argument(help="A YAML file; see `halfspread schema`.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"halfspread {version('halfspread')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Market making in the laboratory: import market data, run makers on it, see what they earn."""


@app.command(
    epilog=examples("""
        halfspread demo
        halfspread demo --seed 7 --report seven.html
    """)
)
def demo(
    events: Annotated[int, typer.Option(help="Rows of the market.")] = 600_000,
    seed: Annotated[int, typer.Option(help="Another seed is another day.")] = 0,
    report: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html"),
) -> None:
    """Compare four makers in a synthetic market: no data needed."""
    from halfspread import screens
    from halfspread.demo import makers, play

    ready_for_report(report)
    with progress() as tell:
        run = play(events, seed, tell)
        tell(1.0, "writing the report")
        run.report(report)
    show([f"[bold]Four makers in a synthetic market[/], {run.when}, seed {seed}"])
    show([*screens.makers(run, makers()), "", screens.written_files([report])])
    show(["Next: [bold]halfspread import --help[/], with market data of your own."])


@app.command(
    name="import",
    epilog=examples("""
        halfspread import auto btc_08.gz btc_09.gz -i BTCUSDT.yaml -o btc.tape
        halfspread import bybit book.zip trades.csv.gz -i XRP.yaml -o xrp.tape --strict
        halfspread import lobster AMZN_*_message_10.csv AMZN_*_orderbook_10.csv -i AMZN.yaml \\
            -o amzn.tape --levels

        # BTCUSDT.yaml
        symbol: BTCUSDT
        tick: 0.1           # the price step
        lot: 0.001          # the size step, in coins
        maker_fee: 0.0002
        taker_fee: 0.0005
    """),
)
def import_(
    format: Annotated[str, typer.Argument(help="`auto` tells it from the content.")],
    files: Annotated[list[Path], typer.Argument(help="In the order of time.")],
    instrument: Annotated[Path, typer.Option("--instrument", "-i", help="Its YAML file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The tape to write.")],
    strict: Annotated[bool, typer.Option("--strict", help="Refuse data with a fault.")] = False,
    levels: Annotated[
        bool, typer.Option("--levels", help="Of orders, keep the levels they add up to.")
    ] = False,
) -> None:
    """Make a tape of a venue's files, and check the data.

    Formats: binance, binance_csv, binance_snapshots, bybit, bybit_trades, bybit_v2, coinbase,
    hftbacktest, tardis; order by order: bitstamp, databento, lobster. Plain, gzip, xz, zstd, bzip2
    or zip. Several files of a kind are taken as one recording cut in parts; a book's and a trades'
    file are merged by receive time.
    """
    from halfspread import screens
    from halfspread.codecs.to_tape import import_tape
    from halfspread.instrument import Instrument
    from halfspread.yaml_file import read_yaml

    try:
        traded = Instrument.from_dict(read_yaml(instrument))
    except (ConfigError, TypeError) as error:
        raise ConfigError(f"{instrument}: {str(error).removeprefix(f'{instrument}: ')}") from None
    with progress() as tell:
        tape, check = import_tape(
            files,
            traded,
            output,
            format=None if format == "auto" else format,
            progress=lambda done, total: tell(done / max(total, 1), "reading"),
            strict=strict,
            levels=levels,
        )
    show([*screens.check(check), screens.written_files([output]), repr(tape)])


@app.command(
    epilog=examples("""
        halfspread inspect btc.tape
        halfspread inspect btc.tape --json
    """)
)
def inspect(tape: Annotated[Path, typer.Argument(help="A tape.")], as_json: Json = False) -> None:
    """Say what is on a tape: span, counts, spread, touch, volatility, and its data check."""
    from halfspread import screens
    from halfspread.tape import open_tape

    opened = open_tape(tape)
    facts = screens.tape_facts(opened)
    if as_json:
        print(json.dumps(facts, indent=1))
    else:
        show(screens.tape(opened, facts))


app.command(epilog=examples(CALIBRATE_EXAMPLES))(calibrate)
app.command(epilog=examples(EXAMPLES))(simulate)
app.command(epilog=examples(REALISM_EXAMPLES))(realism)


@app.command(
    epilog=examples("""
        halfspread backtest glft.yaml --report glft.html
        halfspread backtest glft.yaml --json --output runs/glft

        # glft.yaml
        tape: btc.tape                # or demo, brownian or simulated: {...}
        model: {model: glft, risk_aversion: 1e-3, size: 10}
        market: {latency_ms: 5, orders: {inventory_limit: 100}}
    """)
)
def backtest(
    config: ConfigFile, as_json: Json = False, output: Folder = None, report: Report = None
) -> None:
    """Run a model over a tape, and print what came of it.

    The sweep section of the file is not looked at.
    """
    from halfspread.config import read_config

    wanted = read_config(config)
    model = wanted.bound_model()
    outputs = Outputs(output or wanted.output_path, report or wanted.report_path)
    with progress() as tell:
        tell(0.0, "opening the market")
        market = wanted.open_market(progress=lambda done: tell(done, "running"))
        run = _run(market.run, model)
    outputs.take(run, as_json)


@app.command(
    epilog=examples("""
        halfspread sweep sweep.yaml --output runs/sweep

        # sweep.yaml
        tape: btc.tape
        model: {model: glft, risk_aversion: 1e-3}
        sweep:
          risk_aversion: {from: 1e-5, to: 1e-1, points: 20, scale: log}
          size: [1, 5, 10]
    """)
)
def sweep(
    config: ConfigFile, as_json: Json = False, output: Folder = None, report: Report = None
) -> None:
    """Run every combination of some parameters in one pass over a tape, and compare them.

    Into the folder of --output go lanes.parquet, a row a combination, and heat_map.html where two
    parameters vary.
    """
    from halfspread.config import read_config

    wanted = read_config(config)
    model = wanted.swept_model()
    if model.n == 1:
        raise ConfigError(f"{config}: nothing to sweep: give sweep: {{parameter: [values]}}")
    outputs = Outputs(output or wanted.output_path, report or wanted.report_path)
    with progress() as tell:
        tell(0.0, "opening the market")
        market = wanted.open_market(progress=lambda done: tell(done, f"running {model.n:,} lanes"))
        run = _run(market.run, model)
    outputs.take(run, as_json, lanes=True)


@app.command(
    epilog=examples("""
        halfspread report runs/glft
        halfspread report runs/glft -o a.html
    """)
)
def report(
    folder: Annotated[Path, typer.Argument(help="Where a run was saved, by --output.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page; report.html in FOLDER.")
    ] = None,
    lane: Annotated[int | None, typer.Option(help="The lane to show in detail.")] = None,
) -> None:
    """Write the page of a saved run."""
    from halfspread import screens
    from halfspread.evaluate.run import Run

    run = Run.load(folder)
    path = run.report(output or folder / "report.html", lane)
    show([screens.written_files([path])])


@app.command(epilog=examples("halfspread schema > config.schema.json"))
def schema() -> None:
    """Print the JSON schema of the YAML files, for editors."""
    from halfspread.config import schema

    print(json.dumps(schema(), indent=2))


def main() -> None:
    """What the program `halfspread` runs."""
    app()


def _run(run: Callable[..., Run], model: Any) -> Run:
    """The run; what its warning says is in the table of errors that is printed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return run(model)


if __name__ == "__main__":
    main()
