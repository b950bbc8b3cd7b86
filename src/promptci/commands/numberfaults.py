"""Options that take a number: what is wrong with another value, and which to write."""

import click


def number_fault(error: click.BadParameter) -> str:
    """What to say of a value that is no number of those an option takes; empty for others."""
    param = error.param
    kind = None if param is None else param.type
    if not isinstance(kind, click.IntRange | click.FloatRange):
        return ""
    value, _, said = error.message.partition(" is not ")
    whole = "whole number" if isinstance(kind, click.IntRange) else "number"
    wanted = f"write {'a ' + whole if said.startswith('in the range') else 'one'} {_range(kind)}"
    unit = getattr(param, "metavar", None) or "N"
    wanted += f" ({unit})" if len(unit) > 1 else ""
    if not said.startswith("in the range"):
        return f"{value} is no {whole}: {wanted}"
    is_small = kind.min is not None and float(value) <= kind.min
    return f"{value} is too {'small' if is_small else 'large'}: {wanted}"


def _range(kind: click.IntRange | click.FloatRange) -> str:
    """The numbers that an option takes; each has a smallest."""
    begins = f"over {kind.min:,}" if kind.min_open else f"from {kind.min:,}"
    if kind.max is None:
        return begins if kind.min_open else f"{begins} on"
    return f"{begins} to {kind.max:,}"
