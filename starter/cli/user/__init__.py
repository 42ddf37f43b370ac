"""`fieldcare user …`, `login`, `logout`: options in `declare`, what they do in `do`."""
