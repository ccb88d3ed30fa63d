"""What the registries of addresses delegated to which country, as it comes with the package: good for about 95 in 100."""

import iptocc

from matinee.engines.geo.port import NOWHERE, Place
from matinee.kernel.addresses import plain_address


class RegistryGeo:
    def locate(self, address: str) -> Place:
        country = iptocc.country_code(plain_address(address))
        return NOWHERE if country is None else Place(country)

    async def refresh(self) -> None:
        """The data is the package's, and changes with it."""
