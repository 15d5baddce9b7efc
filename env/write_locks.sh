#!/bin/sh
# Writes the locks anew from the .in files; needs `uv` on the PATH (pip install uv).
# torch and the CUDA packages it pins itself stay out: which build of torch fits depends on the machine.
set -eu
cd "$(dirname "$0")/requirements"

lock() { # OUTPUT PYTHON [more uv arguments]
    output=$1 python=$2
    shift 2
    uv pip compile --quiet --universal --python-version "$python" --upgrade \
        --no-header --no-annotate --no-emit-find-links "$@" --output-file "$output.full"
    {
        echo "# Written by env/write_locks.sh; edit the .in files instead."
        grep -v -E '^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)==' "$output.full"
    } > "$output"
    rm "$output.full"
}

lock lock.txt 3.10 workspace.in ros2.in
# An installed ROS 2 whose message types were compiled against NumPy 1 (Humble, Jazzy) cannot load NumPy 2.
lock lock-numpy1.txt 3.10 workspace.in --constraint numpy1.in
