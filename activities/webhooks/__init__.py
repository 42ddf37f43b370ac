"""Other houses are told of events: which, where they may be, how it is sent, and in what order."""
