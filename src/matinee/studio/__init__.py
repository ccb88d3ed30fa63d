"""The media plane: a master becomes an immutable, encrypted, scored version. It may take hours, and it resumes."""
