"""Judging the learner of labels on somebody's labelled file, beside two yardsticks."""
