"""The keys port: wraps other keys at rest. Embedded: a file only its owner reads; beyond: a KMS."""
