"""What AI is asked, who answers, and what the built-in answers are made from."""
