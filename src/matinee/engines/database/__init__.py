"""The database port: tables, transactions, and events that leave with them. For money, rights, slots: what must be strict."""
