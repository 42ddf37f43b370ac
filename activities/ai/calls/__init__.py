"""A question on its way: whom to ask, each call on record before it is made, circuits, queues."""
