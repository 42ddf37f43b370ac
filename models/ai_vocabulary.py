"""`models.vocabulary.ai` under the name that it had."""

from models.vocabulary.ai import *  # noqa: F403
