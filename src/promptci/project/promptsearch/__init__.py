"""Prompt search in a project: its parts kept apart, its ceilings, its ledger, its branch."""
