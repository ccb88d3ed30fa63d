"""What the planes say to each other: small, signed, versioned messages. Values and their encodings, no behavior.

Every message has a schema (generated from these types into `vectors/schemas`), vectors in `vectors/`, and tests in both languages.
"""
