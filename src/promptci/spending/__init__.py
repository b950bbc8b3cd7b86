"""Everything about money: ceilings, prices, estimates, what was spent."""
