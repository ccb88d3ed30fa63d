"""The mail port: letters to members. Embedded: a mailbox that the operator reads on a page."""
