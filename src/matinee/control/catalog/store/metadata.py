"""Where catalog's tables are declared: each of its stores adds its own."""

import sqlalchemy as sa

TABLES = sa.MetaData()
