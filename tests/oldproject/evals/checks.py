def score(output, expected, example):
    return 1.0 if output else 0.0
