"""The gateway: the front door of the control plane and of the web client.

Filters in, a route, filters out. It trades the opaque sign-in for a caller ticket, limits, sheds, and knows no business.
"""
