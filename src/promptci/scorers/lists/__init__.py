"""Scorers for lists: sets, and rankings such as a search gives them (recall@k, nDCG)."""
