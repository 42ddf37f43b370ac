"""`fieldcare up`, `down`, `status`, `worker`: options in `declare`, what they do in `do`, what people see in `show`."""
