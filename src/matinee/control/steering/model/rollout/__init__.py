"""A roll-out, purely: who is next, who may restart now, what was measured, and whether to go on, wait or roll back."""
