"""What every test needs."""

import signal

# Ctrl-C as on a terminal: started in the background (nohup, a CI runner) Python and all its children would ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
