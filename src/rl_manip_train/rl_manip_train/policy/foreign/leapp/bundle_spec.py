"""What a LEAPP bundle says, as values of a spec: joints, rate, observation, action, states."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence, Tuple, Union

from rl_manip_description import Arm
from rl_manip_train.policy.foreign.leapp.bundle_file import Bundle, Tensor
from rl_manip_train.policy.foreign.leapp.kinds import (
    ACTIONS,
    GAINS,
    INPUTS,
    POSITION,
    QUATERNIONS,
)
from rl_manip_train.policy.foreign.spec.read_spec import Completed, Completion
from rl_manip_train.policy.foreign.spec.spec_values import SpecError, SpecValues, nearest

INSIDE = ("history", "normalizer")
"""Keys of a spec whose meaning is part of a bundle's models."""
OPTIONS = ("frame", "form", "positive")
"""What a spec may say of a described input."""
RATE_TOLERANCE = 1e-3
"""Relative, between the rates of bundle and spec."""

JointNames = Mapping[str, Union[str, float]]
"""The bundle's joints as ours, or where one stands that the arm has not [rad or m]."""


def completion(bundle: Bundle) -> Completion:
    """What completes a short spec with all that the bundle says."""
    return lambda values, arm, name: _Completion(bundle, values, arm, name).completed()


class _Completion:
    """One spec and its bundle.

    Args:
      bundle: what was exported.
      values: of the spec.
      arm: that it is for.
      name: of the spec, for sentences.

    Raises:
      SpecError: both contradict each other, or the bundle has something that is unknown.
    """

    def __init__(self, bundle: Bundle, values: Mapping[str, Any], arm: Arm, name: str) -> None:
        self._bundle, self._given, self._arm, self._name = bundle, values, arm, name
        self._values = SpecValues(values, name, list(values))
        self._notes: List[str] = []
        self._joints = self._joint_names()

    def completed(self) -> Completed:
        """The whole spec."""
        for key in INSIDE:
            if key in self._values:
                raise SpecError(
                    f"{self._values.of(key)} is inside the models of {self._bundle.name}; remove it"
                )
        action = self._action_tensor()
        added: Dict[str, Any] = {
            **self._rate(),
            "joints": self._action_joints(action),
            "network": {
                "action": action.port,
                "states": {target: source for source, target in self._bundle.feedback},
            },
            "observation": {one.port: self._slices(one) for one in self._bundle.inputs},
            "action": {**self._action_options(action), "kind": ACTIONS[str(action.kind)]},
        }
        self._check_inputs()
        source = {"source": f"{self._bundle.name}, a LEAPP bundle"}
        return Completed({**source, **self._given, **added}, added, tuple(self._notes))

    def _rate(self) -> Dict[str, float]:
        said = self._bundle.frequency
        if said is None:
            return {}
        rate = self._values.number("control_rate", None)
        if rate is None and "control_dt" in self._values:
            rate = 1.0 / self._values.number("control_dt", lowest=1e-3)
        if rate is not None and abs(rate - said) > RATE_TOLERANCE * said:
            raise SpecError(
                f"{self._name} has {rate:g} Hz, and {self._bundle.name} {said:g} Hz; remove "
                "control_rate or control_dt, or export the bundle with the right frequency"
            )
        return {} if rate is not None else {"control_rate": said}

    def _joint_names(self) -> JointNames:
        """What the spec says of the bundle's joints by name."""
        given = self._values.any("joints", {})
        if not isinstance(given, Mapping):
            return {}
        for theirs, ours in given.items():
            number = isinstance(ours, (int, float)) and not isinstance(ours, bool)
            if not number and ours not in self._arm.joint_names:
                raise SpecError(
                    f"{self._values.of('joints')}.{theirs} is {ours!r}, expected a joint of "
                    f"{self._arm.name} or the number at which it stands; "
                    f"{nearest(ours, self._arm.joint_names)}"
                )
        return given

    def _joint(self, tensor: Tensor, name: str) -> Union[str, float]:
        """A joint of the bundle as ours, or where it stands."""
        ours = self._joints.get(name, name)
        if isinstance(ours, str) and ours not in self._arm.joint_names:
            raise SpecError(
                f"{self._bundle.name} has the joint {name!r} in {tensor.port!r}, and "
                f"{self._arm.name} has {', '.join(self._arm.joint_names)}; say under joints which "
                f"of them it is ({name}: {self._arm.joint_names[0]}), or the number at which it "
                f"stands ({name}: 0.0)"
            )
        return ours

    def _joints_of(self, tensor: Tensor) -> List[Union[str, float]]:
        names = tensor.elements
        if not names:
            listed = self._values.any("joints", None)
            if not isinstance(listed, list):
                raise SpecError(
                    f"{self._bundle.name} does not name the joints of {tensor.port!r}; give their "
                    "order under joints"
                )
            return listed
        return [self._joint(tensor, name) for name in names]

    def _action_tensor(self) -> Tensor:
        """The output that moves the arm; every other one has to be without effect."""
        bundle = self._bundle
        network = SpecValues(self._values.any("network", {}), f"{self._name}.network", ("action",))
        wanted = network.text("action", None)
        known = [one for one in bundle.outputs if one.kind in ACTIONS]
        chosen = [one for one in known if wanted in (None, one.port)]
        kinds = ", ".join(f"{one.port} ({one.kind or 'of no kind'})" for one in bundle.outputs)
        if not chosen:
            raise SpecError(
                f"{bundle.name} has the outputs {kinds}, and none of them"
                f"{'' if wanted is None else ' called ' + repr(wanted)} is "
                f"{' or '.join(ACTIONS)}; train it with actions of joint positions or velocities"
            )
        if len(chosen) > 1:
            raise SpecError(
                f"{bundle.name} has the outputs {kinds}; name under network.action which is the "
                "action"
            )
        within = {source for source, _ in (*bundle.flow, *bundle.feedback)}
        ignored = []
        for one in bundle.outputs:
            if one is chosen[0] or (one.port in within and one.kind is None):
                continue
            if one.kind not in GAINS and wanted is None:
                raise SpecError(
                    f"{bundle.name} has the output {one.port} ({one.kind or 'of no kind'}), which "
                    f"nothing here carries out; give network: {{action: {chosen[0].port}}} to "
                    "leave it out, if the policy does its task without"
                )
            ignored.append(one.port)
        if ignored:
            self._notes.append(
                f"{bundle.name} also says {', '.join(ignored)}, which is left out: the arm's own "
                "drives and controller hold their gains"
            )
        return chosen[0]

    def _action_joints(self, action: Tensor) -> List[str]:
        found = self._joints_of(action)
        for name, ours in zip(action.elements, found):
            if not isinstance(ours, str):
                raise SpecError(
                    f"{self._bundle.name} moves the joint {name!r}, which "
                    f"{self._values.of('joints')} says stands still; import policies that move the "
                    f"joints of {self._arm.name}"
                )
        listed = self._values.any("joints", None)
        if isinstance(listed, list) and listed != found:
            raise SpecError(
                f"{self._values.of('joints')} is {', '.join(map(str, listed))}, and "
                f"{self._bundle.name} has {', '.join(map(str, found))}; remove joints"
            )
        return [str(name) for name in found]

    def _action_options(self, action: Tensor) -> Dict[str, Any]:
        options = SpecValues(
            self._values.any("action", {}), f"{self._name}.action", ("kind", "reach_in")
        )
        kind = options.text("kind", None)
        if kind not in (None, ACTIONS[str(action.kind)]):
            raise SpecError(
                f"{self._name}.action.kind is {kind}, and {self._bundle.name} says {action.kind}; "
                "remove it"
            )
        return dict(options.whole_mapping)

    def _check_inputs(self) -> None:
        """Raise SpecError where the spec describes an input that there is not."""
        known = [one.port for one in self._bundle.inputs]
        for name in self._described():
            if name not in known:
                raise SpecError(
                    f"{self._name}.observation describes {name!r}, which is no input of "
                    f"{self._bundle.name}; {nearest(name, known)}"
                )

    def _described(self) -> Mapping[str, Any]:
        given = self._values.any("observation", {})
        if not isinstance(given, Mapping):
            raise SpecError(
                f"{self._values.of('observation')} is a list, and {self._bundle.name} has inputs "
                f"by name; give keys of {', '.join(one.port for one in self._bundle.inputs)}"
            )
        return given

    def _slices(self, tensor: Tensor) -> List[Any]:
        """What an input is made of: as the spec describes it, else as the bundle does."""
        given = self._described().get(tensor.port) or {}
        if isinstance(given, list):
            self._check_kind(tensor, given)
            return given
        path = f"{self._name}.observation.{tensor.port}"
        if tensor.kind not in INPUTS:
            raise SpecError(
                f"{self._bundle.name} has the input {tensor.port} ({tensor.kind or 'of no kind'}), "
                f"which no policy here is given; known are {', '.join(INPUTS)}, and observation may"
                f" say of what slices it is made"
            )
        options = SpecValues(given, path, OPTIONS)
        if "joint" in tensor.kind.split("/"):
            if given:
                raise SpecError(f"{path} has {next(iter(given))}, and joints have none; remove it")
            return self._joint_slices(tensor)
        return self._body_slices(tensor, options)

    def _check_kind(self, tensor: Tensor, slices: Sequence[Any]) -> None:
        allowed = (*INPUTS.get(str(tensor.kind), ()), "constant")
        for one in slices if tensor.kind in INPUTS else ():
            name = one.get("name") if isinstance(one, Mapping) else one
            if name not in allowed:
                raise SpecError(
                    f"{self._name}.observation.{tensor.port} has {name}, and {self._bundle.name} "
                    f"says {tensor.kind}; slices of it are {', '.join(allowed)}"
                )

    def _joint_slices(self, tensor: Tensor) -> List[Any]:
        """Slices of the arm's joints, and constants for those that stand still."""
        (quantity,) = INPUTS[str(tensor.kind)]
        slices: List[Dict[str, Any]] = []
        for ours in self._joints_of(tensor):
            name, key = (quantity, "joints") if isinstance(ours, str) else ("constant", "values")
            still = quantity == "joint_velocity" and name == "constant"
            value = 0.0 if still else ours
            if slices and slices[-1]["name"] == name:
                slices[-1][key].append(value)
            else:
                slices.append({"name": name, key: [value]})
        return slices

    def _body_slices(self, tensor: Tensor, options: SpecValues) -> List[Any]:
        """Slices of the goal or the tool, in the frame and form that are said."""
        if len(tensor.names) > 1 and len(tensor.names[0]) > 1:
            raise SpecError(
                f"{self._bundle.name} has {len(tensor.names[0])} bodies in {tensor.port}, and only "
                "the tool is known here; train it with the tool alone"
            )
        names = INPUTS[str(tensor.kind)]
        frame = {"frame": options.text("frame")} if "frame" in options else {}
        slices: List[Dict[str, Any]] = []
        for name in names:
            one = {"name": name, **frame}
            if name.endswith("_orientation"):
                one["form"] = options.text("form", None) or self._form(tensor, len(names) > 1)
                if "positive" in options:
                    one["positive"] = options.text("positive")
            slices.append(one)
        return slices

    def _form(self, tensor: Tensor, after_position: bool) -> str:
        """Order of a quaternion's elements by their names."""
        names: Tuple[str, ...] = tensor.elements
        if after_position and names[:3] == POSITION:
            names = names[3:]
        if names not in QUATERNIONS:
            said = ", ".join(tensor.elements) or "nothing"
            raise SpecError(
                f"{self._bundle.name} names the elements of {tensor.port} {said}, expected those "
                "of x, y, z, qx, qy, qz, qw; give observation: "
                f"{{{tensor.port}: {{form: quaternion_xyzw}}}}, or of what slices it is made"
            )
        form = QUATERNIONS[names]
        if form == "quaternion_wxyz" and tensor.connection.startswith("command:"):
            # UniformPoseCommand of Isaac Lab 3 names qw first and hands over x, y, z, w
            self._notes.append(
                f"{tensor.port} is taken as x, y, z, qx, qy, qz, qw, which Isaac Lab 3 hands over "
                "though it names qw first; give observation: "
                f"{{{tensor.port}: {{form: quaternion_wxyz}}}} if yours is so"
            )
            return "quaternion_xyzw"
        return form
