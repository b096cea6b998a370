"""How fast, how much memory: measured as ratios to floors in one run, because machines differ."""
