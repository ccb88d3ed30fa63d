"""The five doors, as one value to hand around."""

from dataclasses import dataclass, field

from matinee.kernel.chance import Chance, SystemChance
from matinee.kernel.clock import Clock, SystemClock
from matinee.kernel.files import Files, SystemFiles
from matinee.kernel.ids import Ids
from matinee.kernel.network import Network, SystemNetwork
from matinee.kernel.processes import Processes, SystemProcesses


@dataclass(frozen=True, slots=True)
class Doors:
    clock: Clock = field(default_factory=SystemClock)
    chance: Chance = field(default_factory=SystemChance)
    network: Network = field(default_factory=SystemNetwork)
    files: Files = field(default_factory=SystemFiles)
    processes: Processes = field(default_factory=SystemProcesses)

    @property
    def ids(self) -> Ids:
        return Ids(self.clock, self.chance)
