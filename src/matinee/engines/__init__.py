"""Outside products behind ports. One package a port: `port.py` says what it promises, the other modules keep it.

Only `app` picks an implementation; everyone else imports `port` alone. One conformance suite a port, in tests/contract,
which every implementation passes.
"""
