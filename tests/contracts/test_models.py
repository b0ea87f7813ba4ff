"""What every shipped model and inventory wrapper promises, checked by one suite."""

from __future__ import annotations

import inspect
import pickle
import re

import numpy as np
import pytest
import yaml

import halfspread.inventory
import halfspread.models
from halfspread.errors import ConfigError
from halfspread.modelling import BoundModel, Definition, from_dict, registry
from halfspread.quote import Quote, QuoteState, explain
from halfspread.table_model import TableDefinition
from quote_states import SHIPPED, STATE, random_states, run_kernel

PACKAGES = (halfspread.models, halfspread.inventory)
NAMES = {name: getattr(package, name) for package in PACKAGES for name in package.__all__}
DEFINITIONS = {name: value for name, value in NAMES.items() if isinstance(value, Definition)}

definitions = pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)
cases = pytest.mark.parametrize("case", SHIPPED.values(), ids=SHIPPED)


def layers(case: BoundModel) -> list[Definition]:
    inside = [] if case.inner is None else layers(case.inner)
    return [*inside, case.definition]


def values_for(definition: Definition) -> dict[str, float]:
    return {p.name: 1.0 for p in definition.parameters if p.required}


def bind(definition: Definition, **values) -> BoundModel:
    inner = [SHIPPED["fixed_spread"]] if definition.is_wrapper else []
    return definition(*inner, **{**values_for(definition), **values})


def test_every_model_has_a_case():
    assert set(DEFINITIONS.values()) == {d for case in SHIPPED.values() for d in layers(case)}
    assert all(registry[name] is definition for name, definition in DEFINITIONS.items())


@definitions
def test_its_docstring_has_formula_parameters_and_source(definition):
    text = inspect.getdoc(definition)
    assert text.splitlines()[0].endswith(".")
    assert " = " in text.split("Args:")[0]
    assert "Source:" in text
    arguments = text.split("Args:")[1].split("Source:")[0]
    for parameter in definition.parameters:
        assert f"    {parameter.name}: " in arguments


@definitions
def test_a_wrong_parameter_is_named_with_its_value(definition):
    for parameter in definition.parameters:
        for value in (float("nan"), float("inf"), "text", [1.0, float("nan")]):
            with pytest.raises(ConfigError, match=f"{definition}: {parameter.name}.* was"):
                bind(definition, **{parameter.name: value})
        if parameter.check is not None:
            rule = f"{parameter.name} must be {re.escape(parameter.check.rule)}, was -1"
            with pytest.raises(ConfigError, match=rule):
                bind(definition, **{parameter.name: -1})
        with pytest.raises(ConfigError, match=f"did you mean '{parameter.name}'"):
            bind(definition, **{f"{parameter.name}_": 1})


@definitions
def test_a_missing_parameter_is_named(definition):
    for name in values_for(definition):
        values = {key: value for key, value in values_for(definition).items() if key != name}
        inner = [SHIPPED["fixed_spread"]] if definition.is_wrapper else []
        with pytest.raises(ConfigError, match=f"{definition}: parameter '{name}' is missing"):
            definition(*inner, **values)


@cases
def test_its_text_makes_it_again(case):
    assert eval(repr(case), dict(NAMES)) == case


@cases
def test_yaml_makes_it_again(case):
    again = from_dict(yaml.safe_load(yaml.safe_dump(case.to_dict())))
    assert again == case
    assert hash(again) == hash(case)


@cases
def test_pickle_makes_it_again(case):
    assert pickle.loads(pickle.dumps(case)) == case


@cases
def test_parameters_are_arrays_of_n(case):
    assert case.parameters
    for column in case.parameters.values():
        assert column.shape == (case.n,)
        assert column.dtype == np.float64
    if any(isinstance(definition, TableDefinition) for definition in layers(case)):
        return  # the kernel is given the tables
    np.testing.assert_array_equal(
        np.array(list(case.parameters.values())).T, case.compiled().params
    )


@cases
def test_it_quotes_the_same_in_three_ways(case):
    compiled = run_kernel(case, STATE, STATE.inventory)
    broadcast = np.atleast_2d(np.array(case.broadcast(STATE)).T)
    plain = np.array([case.lane(i)(STATE) for i in range(case.n)])
    np.testing.assert_allclose(compiled, plain, rtol=1e-15)
    np.testing.assert_array_equal(compiled, broadcast)


@cases
def test_no_field_but_those_it_is_said_to_read_changes_its_quotes(case):
    others = dict.fromkeys(set(QuoteState._fields) - case.compiled().fields, float("nan"))
    quoted = [np.array(case.broadcast(state)) for state in (STATE, STATE._replace(**others))]
    np.testing.assert_array_equal(*quoted)


@cases
def test_its_quotes_are_usable_in_ordinary_states(case):
    states = random_states(200, seed=4)
    for i in range(case.n):
        for quote in zip(*case.lane(i).broadcast(states), strict=True):
            assert explain(Quote(*quote)) is None


@cases
def test_without_risk_it_still_quotes(case):
    calm = STATE._replace(volatility=0.0, time_left=0.0)
    for i in range(case.n):
        if not any(case.parameters.get("drift", [0])):
            assert explain(case.lane(i)(calm)) is None
