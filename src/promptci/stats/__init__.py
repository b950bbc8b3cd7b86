"""Intervals, paired tests and corrections: pure functions over plain numbers.

Throughout, `lost` examples passed on the base and fail on the head, `won` the reverse, and a
difference is head minus base.
"""
