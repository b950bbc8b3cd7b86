"""PyYAML without the patterns of its own parser, which take 10 ms: libyaml has none."""

from promptci.latepattern import late_in

with late_in("yaml"):
    import yaml

__all__ = ["yaml"]
