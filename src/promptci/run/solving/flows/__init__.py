"""Flows driven: their steps asked in order, side by side or again, and how much they may ask."""
