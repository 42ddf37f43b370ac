"""Who can be asked: one protocol, and a file for each kind of provider; no other file knows its SDK."""
