"""The control plane decides: who you are, what you may watch, what to show you, where your bytes come from. Never a video byte."""
