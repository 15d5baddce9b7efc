"""Arguments of cockpit.launch.py, and of launch files that start a cockpit beside other things."""

from __future__ import annotations

POLICIES = (
    "Folders, separated as in PATH, whose policies may be loaded from the page while the arm "
    "rests. Empty: the shipped ones and those in runs/; none: none."
)

COCKPIT_SWITCH = {
    "cockpit": (
        "false",
        "Serve a page for this arm: what it does, its goal, and a stop button, at "
        "http://127.0.0.1:<cockpit_port>. cockpit.launch.py has more to choose.",
    ),
    "cockpit_port": ("8080", "cockpit:=true: port of the page."),
    "cockpit_policies": ("", f"cockpit:=true: {POLICIES}"),
}
"""Of launch files that start an arm: name -> (default, description)."""

COCKPIT_ARGUMENTS = {
    "arm": ("ur5e", "Arm to show."),
    "gripper": ("", "Gripper that is mounted. Empty: none, or the policy's."),
    "policy": (
        "",
        "Policy (ONNX file) that follows the goals: says where goals are drawn and whether they "
        "are turned. Empty: goals are places of the tool in the arm's own workspace.",
    ),
    "tool": ("", "Tool centre point of this very arm on its flange, as for deploy_real."),
    "description": ("", "Kinematics of this very arm, as for deploy_real."),
    "frames": ("", "File of frames in which goals and objects are given, as for deploy_real."),
    "guard_settings": ("", "The guard's settings file: its zones are shown, its limits count."),
    "enable_topic": (
        "",
        "Hold to run: the guard's enable_topic; the page then has a button for it. Empty: none.",
    ),
    "policies": ("", POLICIES),
    "bag": ("", "Folder of the recording, to show its size."),
    "twin": ("true", "Show the simulated twin, moved by the same commands; needs MuJoCo."),
    "host": (
        "127.0.0.1",
        "Address to serve the page on; 0.0.0.0 lets other machines see it, and whoever gives the "
        "token that the terminal shows may command from there.",
    ),
    "port": ("8080", "Port of the page."),
    "token": ("", "Token for those beyond this machine. Empty: a new one each time."),
    "namespace": ("", "Namespace of the arm's nodes and topics."),
    "tf_prefix": ("", "Prefix of the robot's joint and frame names."),
}
"""Of cockpit.launch.py: name -> (default, description)."""
