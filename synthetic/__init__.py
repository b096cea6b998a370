"""An invented London: lives simulated first, returns as views of those lives."""
