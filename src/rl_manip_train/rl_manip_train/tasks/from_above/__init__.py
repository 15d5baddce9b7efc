"""What tasks share whose tool points straight down: start poses, features and guides."""
