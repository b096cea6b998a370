"""Publishers: what leaves the warehouse, one module per audience. They read share relations only."""
