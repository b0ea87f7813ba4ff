"""The ensemble finds what is there, is honest about what is not, and goes into a market."""

import json

import numpy as np
import pytest

import halfspread as hs
from halfspread import synthetic
from halfspread.signals import Ensemble, Track, check_causality, fit_ensemble, measure
from halfspread.signals.regression import Linear
from halfspread.signals.validation import purged_folds

SECOND = 10**9


def made(n=4_000, noise=1.0, seed=1):
    """Features of which two matter, at ten a second, and a change of known R2."""
    random = np.random.default_rng(seed)
    features = {name: random.normal(5, 3, n) for name in ("flow", "trend", "nothing")}
    signal = 0.4 * (features["flow"] - 5) / 3 + 0.3 * (features["trend"] - 5) / 3
    times = np.arange(n) * SECOND // 10
    return features, 0.1 + signal + noise * random.normal(size=n), times


@pytest.mark.parametrize("method", ["ridge", "elastic_net"])
def test_it_finds_the_weights(method):
    features, change, times = made(n=40_000)
    fit = fit_ensemble(features, change, times, 0.5, method=method)
    np.testing.assert_allclose(fit.weights, [0.4, 0.3, 0.0], atol=0.02)
    np.testing.assert_allclose(fit.slopes, [0.4, 0.3, 0.0], atol=0.02)
    assert fit.intercept == pytest.approx(0.1, abs=0.02)
    assert 0.1 < fit.r_squared < 0.2  # 0.25 / 1.25 without the shrinking
    assert 0 < fit.r_squared_error < 0.02
    assert fit.residual_std == pytest.approx(1.03, abs=0.03)


def test_of_noise_it_makes_nothing():
    features, _, times = made()
    change = np.random.default_rng(2).normal(size=len(times))
    fit = fit_ensemble(features, change, times, 0.5)
    assert abs(fit.r_squared) < 3 * fit.r_squared_error + 0.01
    assert np.abs(fit.weights).max() < 0.05


def test_ridge_without_a_penalty_is_least_squares_and_with_one_is_its_normal_equation():
    random = np.random.default_rng(3)
    x, y = random.normal(2, 4, (300, 4)), random.normal(size=300)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    plain = np.linalg.lstsq(z, y - y.mean(), rcond=None)[0]
    np.testing.assert_allclose(Linear.fit(x, y, 0.0, "ridge", 0).weights, plain, rtol=1e-10)
    for penalty in (0.1, 3.0):
        rows = np.vstack([z / np.sqrt(len(z)), np.sqrt(penalty) * np.eye(4)])
        right = np.concatenate([(y - y.mean()) / np.sqrt(len(z)), np.zeros(4)])
        expected = np.linalg.lstsq(rows, right, rcond=None)[0]
        got = Linear.fit(x, y, penalty, "ridge", 0).weights
        np.testing.assert_allclose(got, expected, rtol=1e-10)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("penalty", [0.01, 0.1, 0.5])
def test_the_elastic_net_is_at_its_optimum(l1_ratio, penalty):
    """Its subgradient holds zero: the condition that names the optimum, as the loss is convex."""
    random = np.random.default_rng(4)
    x = random.normal(size=(400, 6)) @ random.normal(size=(6, 6))
    y = x @ np.array([1.0, 0, 0, -2.0, 0, 0.3]) + random.normal(size=400)
    w = Linear.fit(x, y, penalty, "elastic_net", l1_ratio).weights
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    slope = z.T @ (y - y.mean() - z @ w) / len(z) - penalty * (1 - l1_ratio) * w
    l1 = penalty * l1_ratio
    np.testing.assert_allclose(slope[w != 0], l1 * np.sign(w[w != 0]), atol=1e-9)
    assert np.all(np.abs(slope[w == 0]) <= l1 + 1e-9)


def test_the_training_span_alone_standardises():
    features, change, times = made()
    fit = fit_ensemble(features, change, times, 0.5)
    later = {name: column.copy() for name, column in features.items()}
    for column in later.values():
        column[-len(column) // 4 :] *= 100.0  # within the test span
    again = fit_ensemble(later, change, times, 0.5)
    assert (again.mean, again.scale, again.weights) == (fit.mean, fit.scale, fit.weights)
    assert again.r_squared < fit.r_squared


def test_no_row_is_fitted_on_whose_label_meets_the_judged_span():
    times = np.sort(np.random.default_rng(5).integers(0, 1000, 400))
    rows = times < 800
    for horizon, embargo in ((0, 0), (30, 0), (30, 50)):
        pairs = purged_folds(times, rows, 5, horizon, embargo)
        assert np.all(sum(judged.astype(int) for _, judged in pairs) == rows)
        for fitted, judged in pairs:
            first, last = times[judged].min(), times[judged].max()
            assert not np.any(fitted & (times + horizon >= first) & (times <= last + horizon))
            assert not np.any(fitted & (times > last) & (times <= last + horizon + embargo))
            away = rows & ((times + horizon < first) | (times > last + horizon + embargo))
            assert np.array_equal(fitted, away)


@pytest.mark.parametrize(("given", "embargo"), [({}, 0.5), ({"embargo_s": 2.0}, 2.0)])
def test_the_penalty_is_chosen_behind_an_embargo(monkeypatch, given, embargo):
    asked = []

    def folds(times, rows, count, horizon_ns, embargo_ns):
        asked.append((count, horizon_ns, embargo_ns))
        return purged_folds(times, rows, count, horizon_ns, embargo_ns)

    monkeypatch.setattr("halfspread.signals.ensemble.purged_folds", folds)
    fit_ensemble(*made(), 0.5, folds=4, **given)
    assert asked == [(4, 5e8, embargo * 1e9)]


def test_purging_takes_away_what_a_leak_would_give():
    """Labels that overlap and a feature that is the time: unpurged neighbours would tell."""
    features, change, times = made()
    fit = fit_ensemble(features, change, times, 20.0)
    boundary = times[0] + 0.7 * (times[-1] - times[0])
    assert fit.train_rows == np.sum(times + 20 * SECOND < boundary)
    assert fit.test_rows == np.sum(times >= boundary)


def test_disagreement_shrinks_the_forecast_and_widens_it():
    features, change, times = made(n=20_000)
    fit = fit_ensemble(features, change, times, 0.5)
    mean, scale = dict(zip(fit.features, fit.mean, strict=True)), fit.scale
    at = {name: mean[name] + np.zeros(3) for name in fit.features}
    at["flow"] = mean["flow"] + scale[0] * np.array([1.0, 1.0, 1.0])
    at["trend"] = mean["trend"] + scale[1] * np.array([1.0, 0.0, -1.0])
    forecast, std = fit.forecast(at)
    w, s = np.array(fit.weights), np.array(fit.slopes)
    np.testing.assert_allclose(forecast[0], fit.intercept + w[0] + w[1], rtol=1e-12)
    v = np.abs(w * s)
    agreement = (v[0] - v[1]) / (v[0] + v[1])
    np.testing.assert_allclose(forecast[2], fit.intercept + agreement * (w[0] - w[1]), rtol=1e-12)
    assert std[2] > std[0] == fit.residual_std


def test_a_missing_value_makes_no_forecast():
    features, change, times = made()
    features["flow"][::7] = np.nan
    fit = fit_ensemble(features, change, times, 0.5)
    forecast, std = fit.forecast(features)
    assert np.array_equal(np.isnan(forecast), np.isnan(features["flow"]))
    assert np.array_equal(np.isnan(std), np.isnan(forecast))


def test_it_goes_through_json_and_back():
    fit = fit_ensemble(*made(), 0.5)
    again = Ensemble.from_dict(json.loads(json.dumps(fit.to_dict())))
    assert again == fit
    with pytest.raises(hs.ConfigError, match="ensemble: fields must be"):
        Ensemble.from_dict({"weights": [1.0]})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"method": "magic"}, "method must be one of ridge, elastic_net, was 'magic'"),
        ({"horizon_s": 0.0}, "horizon_s must be > 0, was 0.0"),
        ({"test_fraction": 1.0}, r"test_fraction must be in \(0, 1\), was 1.0"),
        ({"folds": 1}, "folds must be >= 2, was 1"),
        ({"l1_ratio": 2}, r"l1_ratio must be in \[0, 1\], was 2"),
        ({"embargo_s": -1}, "embargo_s must be >= 0, was -1"),
        ({"penalties": [-1.0]}, "penalties must be >= 0"),
        ({"horizon_s": 1e6}, "training span must have 40 rows or more, had 0"),
        ({"features": {}}, "features must not be empty"),
        ({"features": {"a": [1.0, 2.0]}}, "forward_change must have the shape"),
        ({"times_ns": np.arange(4_000)[::-1]}, "times_ns must be whole numbers that don't descend"),
    ],
)
def test_what_is_wrong_is_named(change, words):
    features, forward, times = made()
    given = {
        "features": features,
        "forward_change": forward,
        "times_ns": times,
        "horizon_s": 0.5,
    } | change
    with pytest.raises(hs.ConfigError, match=words):
        fit_ensemble(**given)


def test_it_is_fitted_measured_and_quoted_on_a_tape():
    tape = hs.Tape.from_events(
        synthetic.flow(events=60_000, seed=8), hs.Instrument("TEST", "0.1", "0.01")
    )
    policy = hs.SignalPolicy(half_life="5s", order_flow_half_life="1s", slow_half_life="10s")

    def features_at(tape, times):
        seen = measure(tape, policy, times=times)
        return {k: seen[k] for k in ("imbalance", "order_flow_imbalance", "mean_reversion")}

    times = np.arange(tape.span[0], tape.span[1], SECOND // 5)
    features = features_at(tape, times)
    mids = measure(tape, policy, times=times)["mid"]
    change = np.append(mids[5:] - mids[:-5], np.full(5, np.nan))
    fit = fit_ensemble(features, change, times, 1.0)
    assert fit.r_squared > 2 * fit.r_squared_error

    def make_track(tape):
        return fit.track(times, features_at(tape, times))

    check_causality(make_track, tape, cuts=2)
    track = make_track(tape)
    market = hs.Replay(tape, forecast=track, decide_every="70ms")
    for state in market:
        expected, std = track.at([market.now])
        np.testing.assert_array_equal([state.forecast], expected)
        np.testing.assert_array_equal([state.forecast_std], std)
    assert isinstance(track, Track)
