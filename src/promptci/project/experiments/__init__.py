"""One prompt tried in several forms: shots, curves, formats, words, variants."""
