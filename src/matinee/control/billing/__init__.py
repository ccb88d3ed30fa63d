"""Billing: plans and who is on which. A *plan* is data: how many screens, how high, how many devices offline."""
