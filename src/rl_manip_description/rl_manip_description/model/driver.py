"""What starts an arm's ROS 2 driver, and with which arguments."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Dict, Mapping


@dataclass(frozen=True)
class Driver:
    """A launch file of the driver's own, as the key ``driver`` of an arm's file names it."""

    package: str
    """ROS package that has it."""
    launch_file: str
    """Its name in that package."""
    arguments: Mapping[str, str]
    """Arguments by name; "{robot_ip}" and the like stand for what a deployment says."""
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Per ROS distribution, arguments that have another name there."""

    @classmethod
    def from_dict(cls, values: Any) -> Driver:
        """What an arm's file says.

        Raises:
            ValueError: a key is missing or unknown.
        """
        known = {each.name for each in fields(cls)}
        needed = known - {"renamed"}
        if not isinstance(values, dict) or not needed <= set(values) <= known:
            raise ValueError(f"driver is {values!r}, expected the keys {sorted(known)}.")
        return cls(**values)

    def arguments_for(self, given: Mapping[str, str], distribution: str) -> Dict[str, str]:
        """The arguments by the names of a ROS distribution, without those that are empty.

        Args:
            given: what "{name}" stands for, by name.

        Raises:
            ValueError: the arm's file asks for something that is not given.
        """
        names = self.renamed.get(distribution, {})
        filled = {}
        for name, text in self.arguments.items():
            try:
                filled[names.get(name, name)] = str(text).format_map(given)
            except (KeyError, IndexError, ValueError):
                raise ValueError(
                    f"driver.arguments.{name} is {text!r}, expected one of "
                    f"{', '.join('{' + each + '}' for each in sorted(given))}."
                ) from None
        return {name: value for name, value in filled.items() if value}
