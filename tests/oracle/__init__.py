"""A brute-force oracle: generated programs, every interleaving of their tasks, and the truth about their updates."""
