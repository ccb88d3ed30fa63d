"""Three short films the project draws, scores and narrates itself: what a fresh service has to show."""
