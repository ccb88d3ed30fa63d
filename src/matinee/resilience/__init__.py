"""What keeps one failure from becoming two. Fallbacks stand where the call is, and are counted."""
