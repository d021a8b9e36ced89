"""What a field of the app may be to hold what is declared."""

from __future__ import annotations

import pytest

from connectors.mingdao.models import Field as LiveField
from include.destination.sheets.fitting import misfit
from include.destination.sheets.worksheets import ORDERS

MONEY = ORDERS.field("amount_paid")


@pytest.mark.parametrize("told", [None, 2, 4])
def test_enough_decimals_fit_and_so_does_a_structure_that_does_not_tell_them(told):
    there = LiveField(id="id", name=MONEY.label, alias=MONEY.alias, type="Number", precision=told)
    assert misfit(MONEY, there, {}) == ""


@pytest.mark.parametrize("told", [0, 1])
def test_too_few_decimals_would_lose_fen(told):
    there = LiveField(id="id", name=MONEY.label, alias=MONEY.alias, type="Number", precision=told)
    assert "小数位数应为 2" in misfit(MONEY, there, {})
