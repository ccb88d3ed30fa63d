"""The payment port: charges, refunds, what is known of a method. Embedded: a provider that only pretends."""
