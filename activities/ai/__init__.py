"""Asking AI: what can be asked (`tasks`), who (`providers`), how a call goes (`calls`), the engine here (`local`)."""
