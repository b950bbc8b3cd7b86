"""Tasks and pairs whose stored answers were judged before."""
