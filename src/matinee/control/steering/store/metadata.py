"""Where all of steering's tables are entered."""

import sqlalchemy as sa

TABLES = sa.MetaData()
