"""Files that are wrong as a whole, or in their container, tracks or subtitles rather than in what is seen and heard."""
from collections.abc import Sequence
FILES: Sequence = ()
async def judge(*a): ...
