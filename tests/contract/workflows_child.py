"""Advances a run of steps and jobs and prints each piece of work as it begins, until it is killed."""

import asyncio
import sys
from pathlib import Path

from tests.contract.test_workflows_durable import open_workflows, story


async def main(folder: Path) -> None:
    _, workflows = open_workflows(folder)
    story(workflows, lambda line: print(line, flush=True))
    await workflows.start("title", "run-1", {})
    await workflows.run(workers=3)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
