"""Front: the pages, for the people who do the work. Usable without JavaScript; htmx only makes them livelier."""
