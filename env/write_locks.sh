#!/bin/sh
# Writes the locks anew from the .in files; needs `uv` on the PATH (pip install uv).
# torch and the CUDA packages it pins itself stay out: which build of torch fits depends on the machine.
set -eu
cd "$(dirname "$0")/requirements"

lock() { # OUTPUT, then uv's arguments
    output=$1
    shift
    uv pip compile --quiet --upgrade --no-header --no-annotate --no-emit-find-links \
        "$@" --output-file "$output.full"
    {
        echo "# Written by env/write_locks.sh; edit the .in files instead."
        grep -v -E '^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)==' "$output.full"
    } > "$output"
    rm "$output.full"
}

lock lock.txt --universal --python-version 3.10 workspace.in ros2.in
# An installed ROS 2 whose message types were compiled against NumPy 1 (Humble, Jazzy) cannot load NumPy 2.
lock lock-numpy1.txt --universal --python-version 3.10 --constraint numpy1.in workspace.in
lock lock-isaacgym.txt --python-version 3.8 --python-platform x86_64-manylinux_2_31 isaacgym.in
