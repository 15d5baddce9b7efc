"""Goals drawn at random: tool poses that an arm can take."""
