"""Score records that a run is compared with or reuses, and those that it writes."""
