"""Three tickets from report to sign-off, on engines of its own, with skipped time."""

from starter.demo.run import DemoFailed, play
from starter.demo.scene import Teller

__all__ = ["DemoFailed", "Teller", "play"]
