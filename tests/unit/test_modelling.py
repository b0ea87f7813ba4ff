"""Models: how parameters are bound and checked, what a bound model is, what its kernel accepts."""

from __future__ import annotations

import pickle
from math import nan

import numpy as np
import pytest
import yaml

from halfspread.errors import ConfigError
from halfspread.inventory import lean
from halfspread.kernel import LANE_FIELDS, SHARED_FIELDS
from halfspread.modelling import (
    BatchedModel,
    PlainModel,
    as_model,
    batched,
    from_dict,
    given,
    grid,
    model,
    wrapper,
)
from halfspread.models import avellaneda_stoikov, fixed_spread, glft
from halfspread.parameter import positive
from halfspread.quote import Quote, QuoteState
from quote_states import STATE, run_kernel

CASE = avellaneda_stoikov(risk_aversion=0.1, fill_decay=1.5)


class TestBinding:
    def test_it_prints_what_was_given(self):
        assert repr(CASE) == "avellaneda_stoikov(risk_aversion=0.1, fill_decay=1.5)"
        assert repr(lean(CASE, strength=0.5, limit=[5, 10])) == (
            "lean(avellaneda_stoikov(risk_aversion=0.1, fill_decay=1.5), "
            "strength=0.5, limit=[5.0, 10.0])"
        )

    def test_equal_parameters_make_equal_values(self):
        same = avellaneda_stoikov(risk_aversion=np.float64(0.1), fill_decay=1.5, size=1)
        assert same == CASE
        assert hash(same) == hash(CASE)
        assert len({CASE, same, avellaneda_stoikov(risk_aversion=0.2, fill_decay=1.5)}) == 2
        assert lean(CASE, strength=1, limit=5) == lean(same, strength=1, limit=5)
        assert lean(CASE, strength=1, limit=5) != lean(CASE, strength=1, limit=6)

    def test_it_can_not_be_changed(self):
        with pytest.raises(AttributeError):
            CASE.values = ()

    def test_it_travels_to_other_processes(self):
        case = lean(glft(risk_aversion=[0.1, 0.2]), strength=0.5, limit=10)
        assert pickle.loads(pickle.dumps(case)) == case

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"risk_aversion": -1}, "risk_aversion must be > 0, was -1"),
            ({"risk_aversion": nan}, "risk_aversion must be finite, was nan"),
            ({"risk_aversion": "1"}, "risk_aversion must be a number, was '1'"),
            ({"risk_aversion": None}, "risk_aversion must be a number, was None"),
            ({"risk_aversion": []}, "risk_aversion must not be empty"),
            ({"risk_aversion": [0.1, 0.0]}, r"risk_aversion\[1\] must be > 0, was 0.0"),
            ({"risk_aversion": np.ones((2, 3))}, r"risk_aversion .* had shape \(2, 3\)"),
            ({"risk_averson": 1}, "unknown parameter 'risk_averson'; did you mean 'risk_aversion'"),
            ({}, "parameter 'risk_aversion' is missing"),
            ({"risk_aversion": 0.1, "volatility": -1}, "volatility must be >= 0, was -1"),
        ],
    )
    def test_a_mistake_names_parameter_and_value(self, values, message):
        with pytest.raises(ConfigError, match=f"avellaneda_stoikov: {message}"):
            avellaneda_stoikov(**values)

    def test_parameters_go_by_name_only(self):
        with pytest.raises(ConfigError, match="parameters by name"):
            avellaneda_stoikov(0.1, 1.5)
        with pytest.raises(ConfigError, match="takes one model"):
            lean(strength=0.5, limit=10)

    def test_an_unbound_model_is_no_model(self):
        with pytest.raises(ConfigError, match=r"bind its parameters first, glft\(\.\.\.\)"):
            lean(glft, strength=0.5, limit=10)

    def test_definitions_are_checked_too(self):
        with pytest.raises(ConfigError, match="unknown parameter 'with_typo'"):
            model(with_typo=positive)(lambda state, width: Quote(0, 1))
        with pytest.raises(ConfigError, match="'rest' must be a single number"):
            model(lambda state, *rest: Quote(0, 1))
        with pytest.raises(ConfigError, match="can't be called 'inner'"):
            model(lambda state, inner: Quote(0, 1))
        with pytest.raises(ConfigError, match="first 2 arguments are fixed"):
            wrapper(lambda quote: quote)


class TestLanes:
    def test_arrays_zip(self):
        case = glft(risk_aversion=np.array([0.1, 0.2]), size=(1, 2))
        assert case.n == 2
        assert case.lane(1) == glft(risk_aversion=0.2, size=2)
        np.testing.assert_array_equal(case.parameters["size"], [1, 2])
        np.testing.assert_array_equal(case.parameters["volatility"], [nan, nan])

    def test_unequal_lengths_are_refused(self):
        with pytest.raises(ConfigError, match="risk_aversion has 2 lanes, size has 3"):
            glft(risk_aversion=[0.1, 0.2], size=[1, 2, 3])
        with pytest.raises(ConfigError, match="limit has 2 lanes, the model inside has 3"):
            lean(glft(risk_aversion=[0.1, 0.2, 0.3]), strength=1, limit=[5, 10])

    def test_lanes_of_a_composed_model(self):
        case = lean(glft(risk_aversion=[0.1, 0.2]), strength=0.5, limit=[5, 10])
        assert case.n == 2
        assert case.lane(0) == lean(glft(risk_aversion=0.1), strength=0.5, limit=5)
        np.testing.assert_array_equal(case.parameters["risk_aversion"], [0.1, 0.2])
        np.testing.assert_array_equal(case.parameters["strength"], [0.5, 0.5])

    def test_a_name_taken_inside_gets_the_wrapper_in_front(self):
        once = lean(CASE, strength=0.1, limit=1)
        thrice = lean(lean(once, strength=0.2, limit=2), strength=0.3, limit=3)
        assert {k: v[0] for k, v in thrice.parameters.items() if "strength" in k} == {
            "strength": 0.1,
            "lean.strength": 0.2,
            "lean.lean.strength": 0.3,
        }

    def test_an_array_of_one_is_one_lane(self):
        case = glft(risk_aversion=[0.1])
        assert case.n == 1
        assert case(STATE) == glft(risk_aversion=0.1)(STATE)

    def test_lanes_are_called_one_at_a_time(self):
        with pytest.raises(ConfigError, match=r"has 2 lanes, call \.lane"):
            glft(risk_aversion=[0.1, 0.2])(STATE)
        with pytest.raises(ConfigError, match="no lane 2"):
            glft(risk_aversion=[0.1, 0.2]).lane(2)

    def test_grid_is_the_product(self):
        case = grid(glft, risk_aversion=[0.1, 0.2], size=np.array([1, 2, 3]), volatility=None)
        assert case.n == 6
        assert case.lane(0) == glft(risk_aversion=0.1, size=1)
        assert case.lane(5) == glft(risk_aversion=0.2, size=3)
        assert grid(lean, case.lane(0), strength=[0, 1], limit=[5, 10]).n == 4

    def test_lanes_are_the_first_axis_of_a_broadcast(self):
        case = fixed_spread(half_spread=[1, 2, 3])
        assert case.broadcast(STATE).bid.shape == (3,)
        assert case.broadcast(STATE._replace(inventory=np.zeros(3))).bid.shape == (3,)
        assert case.broadcast(STATE._replace(mid=np.zeros((1, 7)))).bid.shape == (3, 7)
        np.testing.assert_array_equal(case.broadcast(STATE).bid, STATE.mid - np.array([1, 2, 3]))
        with pytest.raises(ConfigError, match=r"shapes \[\(7,\)\] don't go with 3 lanes"):
            case.broadcast(STATE._replace(mid=np.zeros(7)))

    def test_one_lane_takes_the_state_s_shape(self):
        case = fixed_spread(half_spread=1)
        assert case.broadcast(STATE) == case(STATE)
        assert case.broadcast(STATE._replace(mid=np.zeros((2, 3)))).ask.shape == (2, 3)
        assert case.broadcast(STATE._replace(mid=np.zeros(0))).ask.shape == (0,)


class TestDictionary:
    def test_every_parameter_is_in_it(self):
        assert CASE.to_dict() == {
            "model": "avellaneda_stoikov",
            "risk_aversion": 0.1,
            "fill_decay": 1.5,
            "size": 1.0,
            "volatility": None,
        }

    def test_models_nest(self):
        data = lean(CASE, strength=0.5, limit=[5, 10]).to_dict()
        assert data["inner"] == CASE.to_dict()
        assert data["limit"] == [5.0, 10.0]
        assert from_dict(data) == lean(CASE, strength=0.5, limit=[5, 10])

    def test_numbers_that_yaml_reads_as_text(self):
        data = yaml.safe_load("{model: glft, risk_aversion: 1e-3, size: [1e0, 2]}")
        assert isinstance(data["risk_aversion"], str)
        assert from_dict(data) == glft(risk_aversion=1e-3, size=[1, 2])

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ({"model": "glfd", "risk_aversion": 1}, "none called 'glfd'; did you mean 'glft'"),
            ({"risk_aversion": 1}, "no key 'model'"),
            ({"model": "glft", "risk_aversion": "much"}, "must be a number, was 'much'"),
            ({"model": "glft", "inner": {"model": "glft", "risk_aversion": 1}}, "by name"),
        ],
    )
    def test_a_wrong_dictionary(self, data, message):
        with pytest.raises(ConfigError, match=message):
            from_dict(data)

    def test_a_plain_callable_has_no_dictionary(self):
        with pytest.raises(ConfigError, match="only models made with @model"):
            lean(lambda state: Quote(0, 1), strength=1, limit=1).to_dict()


class TestCallables:
    def test_any_callable_is_a_model(self):
        plain = as_model(lambda state: Quote(state.mid - 1, state.mid + state.inventory), n=3)
        assert isinstance(plain, PlainModel)
        assert plain.n == 3
        assert not plain.compilable
        assert plain.lane(2)(STATE) == Quote(999.5, 1003.5)
        quote = plain.broadcast(STATE._replace(inventory=np.array([1.0, 2.0, 3.0])))
        np.testing.assert_array_equal(quote.ask, [1001.5, 1002.5, 1003.5])

    def test_numbers_that_fail_are_nan_and_blunders_are_raised(self):
        reciprocal = as_model(lambda state: Quote(1 / state.inventory, state.mid))
        quote = reciprocal.broadcast(STATE._replace(inventory=np.array([0.0, 2.0])))
        np.testing.assert_array_equal(quote.bid, [nan, 0.5])
        with pytest.raises(AttributeError):
            as_model(lambda state: state.middle).broadcast(STATE)

    def test_a_batched_callable_sees_all_lanes_at_once(self):
        seen = []

        @batched
        def wide(state: QuoteState) -> Quote:
            seen.append(state.inventory.shape)
            return Quote(state.mid - 1, state.mid + 1, 1.0, 2.0)

        quote = as_model(wide, n=5).broadcast(STATE._replace(inventory=np.zeros(5)))
        assert seen == [(5,)]
        np.testing.assert_array_equal(quote.ask_size, np.full(5, 2.0))
        assert wide(STATE) == Quote(999.5, 1001.5, 1.0, 2.0)
        assert isinstance(wide.lane(0), BatchedModel)

    def test_as_model_leaves_models_alone(self):
        assert as_model(CASE) is CASE
        with pytest.raises(ConfigError, match="n must be 1"):
            as_model(CASE, n=3)
        with pytest.raises(ConfigError, match="a model or a callable, was 3"):
            as_model(3)

    def test_plain_python_inside_can_not_be_compiled(self):
        with pytest.raises(ConfigError, match="plain Python inside"):
            lean(lambda state: Quote(0, 1), strength=1, limit=1).compiled()


OFFSET = 0.5


def outer_helper(value):
    return inner_helper(value) + OFFSET


def inner_helper(value):
    return 2 * value


class TestCompiled:
    def test_the_kernel_reads_the_fields_in_the_order_of_the_state(self):
        assert QuoteState._fields == (LANE_FIELDS[0], *SHARED_FIELDS, LANE_FIELDS[1])
        assert LANE_FIELDS == ("inventory", "steady_inventory")
        state = QuoteState(*range(100, 100 + len(QuoteState._fields)))
        for names in (QuoteState._fields[i : i + 4] for i in (0, *range(1, 26, 4), 25)):
            scope: dict = {"Quote": Quote}
            exec(f"def read(s): return Quote(s.{', s.'.join(names)})", scope)
            quotes = run_kernel(model(scope["read"])(), state, state.inventory)
            assert quotes.tolist() == [[getattr(state, name) for name in names]]

    def test_quotes_may_be_ints_and_leave_sizes_out(self):
        @model
        def odd(state: QuoteState, width: float) -> Quote:
            if state.inventory > 5:
                return Quote(1, 2, ask_size=3)
            if state.inventory > 0:
                return Quote(bid=state.mid, ask=2)
            return Quote(state.mid, state.mid + width, True, width)

        quotes = run_kernel(odd(width=[2, 3, 4]), STATE, [6, 1, -1])
        mid = STATE.mid
        assert quotes.tolist() == [[1, 2, 1, 3], [mid, 2, 1, 1], [mid, mid + 4, 1, 4]]

    def test_helpers_need_no_decorator(self):
        @model
        def helped(state: QuoteState) -> Quote:
            return Quote(-outer_helper(state.mid), given(nan, outer_helper(1)))

        expected = [-2 * STATE.mid - OFFSET, 2 + OFFSET, 1, 1]
        assert run_kernel(helped(), STATE, 0).tolist() == [expected]
        assert list(helped()(STATE)) == expected

    def test_a_division_by_zero_is_infinite_in_a_helper_too(self):
        def reciprocal(value):
            return 1 / value

        @model
        def dividing(state: QuoteState) -> Quote:
            return Quote(-reciprocal(state.inventory), 1 / state.inventory)

        assert run_kernel(dividing(), STATE, 0).tolist() == [[-np.inf, np.inf, 1, 1]]

    def test_a_closure_over_a_number(self):
        def around(width):
            @model
            def closed(state: QuoteState) -> Quote:
                return Quote(state.mid - width, state.mid + width)

            return closed()

        for width in (1.0, 2.0):
            assert run_kernel(around(width), STATE, 0)[0, 0] == STATE.mid - width

    def test_an_exception_leaves_its_lane_alone_and_prints_nothing(self, capfd):
        @model
        def raising(state: QuoteState, width: float) -> Quote:
            if state.inventory < 0:
                raise ValueError("short")
            return Quote(state.mid - 1 / width, state.mid + 1)

        quotes = run_kernel(raising(width=[1, 1, 0, 2]), STATE, [0, -1, 0, 0])
        np.testing.assert_array_equal(quotes[:, 1], [1001.5, nan, 1001.5, 1001.5])
        np.testing.assert_array_equal(quotes[:, 0], [999.5, nan, -np.inf, 1000])
        broadcast = raising(width=1).broadcast(STATE._replace(inventory=np.array([-1.0, 1.0])))
        np.testing.assert_array_equal(broadcast.ask, [nan, 1001.5])
        with pytest.raises(ValueError, match="short"):
            raising(width=1)(STATE._replace(inventory=-1.0))
        assert capfd.readouterr() == ("", "")

    def test_what_can_not_be_compiled_says_so(self):
        @model
        def hopeless(state: QuoteState) -> Quote:
            return Quote(*sorted({"a": state.mid, "b": state.ask}.items(), key=str))

        with pytest.raises(ConfigError, match="hopeless can't be compiled: No implementation"):
            hopeless().compiled()

    def test_the_same_functions_share_a_kernel(self):
        other = avellaneda_stoikov(risk_aversion=[0.5, 1.0], fill_decay=2)
        assert other.compiled().address == CASE.compiled().address
