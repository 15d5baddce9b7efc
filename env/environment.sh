# shellcheck shell=sh
# The environment without the workspace's own packages; RL_MANIP_ROOT is the checkout.
# Sourced by env/activate, and by set-up for the build.

VIRTUAL_ENV_DISABLE_PROMPT=1
. "$RL_MANIP_ROOT/.venv/bin/activate" || return 1
unset VIRTUAL_ENV_DISABLE_PROMPT
. "$RL_MANIP_ROOT/.venv/rl_manip_environment.sh" || return 1

# MuJoCo renders without a display through EGL.
if [ -z "${MUJOCO_GL:-}${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    export MUJOCO_GL=egl
fi

# Kernels that Warp has compiled; without this they are kept in the home folder.
export WARP_CACHE_PATH="${WARP_CACHE_PATH:-$RL_MANIP_ROOT/.cache/warp}"
