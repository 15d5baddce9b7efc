#!/bin/sh
# Writes the locks anew from the .in files; needs `uv` on the PATH (pip install uv).
# torch and the CUDA packages it pins itself stay out: which build of torch fits depends on the machine.
set -eu
cd "$(dirname "$0")/requirements"

OTHERWISE='^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)=='

lock() { # OUTPUT, grep's arguments for the lines to keep, then uv's arguments
    output=$1 which=$2 pattern=$3
    shift 3
    uv pip compile --quiet --no-header --no-annotate --no-emit-find-links \
        "$@" --output-file "$output.full"
    {
        echo "# Written by env/write_locks.sh; edit the .in files instead."
        grep "$which" "$pattern" "$output.full"
    } > "$output"
    rm "$output.full"
}

ros2() { # DISTRIBUTION: its packages, beside what lock.txt has of everything else
    sed "s/\${ROS_DISTRO}/$1/" ros2.in > ros2.tmp.in
    if [ -e "generators-$1.in" ]; then cat "generators-$1.in" >> ros2.tmp.in; fi
    lock "lock-$1.txt" -E '^ros-' --universal --python-version 3.10 -c lock.txt workspace.in ros2.tmp.in
    rm ros2.tmp.in
}

sed "/ROS_DISTRO/d" ros2.in > parts.tmp.in
lock lock.txt -vE "$OTHERWISE" --upgrade --universal --python-version 3.10 workspace.in parts.tmp.in
rm parts.tmp.in
ros2 jazzy
ros2 kilted
# An installed ROS 2 whose message types were compiled against NumPy 1 (Humble, Jazzy) cannot load NumPy 2.
lock lock-numpy1.txt -vE "$OTHERWISE" --upgrade --universal --python-version 3.10 --constraint numpy1.in workspace.in
lock lock-isaacgym.txt -vE "$OTHERWISE" --upgrade --python-version 3.8 --python-platform x86_64-manylinux_2_31 isaacgym.in
