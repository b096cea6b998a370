"""How an invented return is known: a demo warehouse takes only files with these marks, a real one refuses them."""

# first characters of every child number of the invented London, in every return
CHILD_NUMBER_PREFIX = "SYN"

# SoftwareCode in the header of every invented XML return
SOFTWARE_CODE = "LIIA-SYNTHETIC"
