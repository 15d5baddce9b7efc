"""What ``ros2 run rl_manip_gap`` runs; each module is one command."""
