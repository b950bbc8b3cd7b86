"""One example from question to scores, as generators that ask and are answered."""
