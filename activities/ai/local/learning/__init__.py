"""A general learner of labels from texts, without libraries: the same examples make the same learner."""
