async def run_programme(*a): pass
