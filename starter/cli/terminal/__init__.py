"""What every command of the terminal stands on: running, options, what was typed, what is shown, files, bars."""
