"""The films, members and viewing that `matinee up` starts with."""
