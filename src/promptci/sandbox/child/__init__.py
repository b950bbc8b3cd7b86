"""What runs in the child processes of `sandbox`: the standard library alone, started afresh.

Each module but `limits` and `tables` is a program: it reads one job, a line of JSON, on standard
input and answers on standard output.
"""
