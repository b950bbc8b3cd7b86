"""A table's rows are all tried, and each that fails is told."""

import pytest

from tables import every_row


def test_every_row_is_tried_and_the_failing_ones_are_told():
    tried = []

    @every_row("a, b", [(1, 1), (1, 2), (2, 2), (3, 4)])
    def equal(a, b):
        tried.append((a, b))
        assert a == b

    with pytest.raises(ExceptionGroup, match="2 of 4 rows") as told:
        equal()
    assert len(tried) == 4
    assert [each.__notes__ for each in told.value.exceptions] == [["row: (1, 2)"], ["row: (3, 4)"]]


def test_what_pytest_raises_itself_is_a_failing_row():
    @every_row("value", ["1", "one"])
    def no_number(value):
        with pytest.raises(ValueError, match="invalid"):
            int(value)

    with pytest.raises(BaseExceptionGroup, match="1 of 2 rows"):
        no_number()


def test_tables_cross_and_leave_other_parameters_to_pytest(request):
    seen = []

    @every_row("a", [1, 2])
    @every_row("b", [3, 4])
    def crossed(request, a, b):
        seen.append((request, a, b))

    crossed(request=request)
    assert seen == [(request, a, b) for a in (1, 2) for b in (3, 4)]


def test_a_table_has_rows_of_its_width():
    with pytest.raises(AssertionError, match="proves nothing"):
        every_row("a", [])
    with pytest.raises(AssertionError, match="not 2 values"):
        every_row("a, b", [(1,)])
