"""How many children will be looked after: the arithmetic of the demand forecast (docs/rules/sufficiency.md 5)."""
