"""MuJoCo on the CPU, and MuJoCo Warp on an NVIDIA GPU."""
