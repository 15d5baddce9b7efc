"""The command `ros2 bag`; its verbs are entry points of the group ros2bag.verb."""

from __future__ import annotations

from ros2cli.command import CommandExtension, add_subparsers_on_demand


class BagCommand(CommandExtension):
    """Record, look at and play bags."""

    def add_arguments(self, parser, cli_name):
        """Declare the command line."""
        self._parser = parser
        add_subparsers_on_demand(parser, cli_name, "_verb", "ros2bag.verb", required=False)

    def main(self, *, parser, args):
        """Exit code of the verb, or the sentence that says what is wrong."""
        if not hasattr(args, "_verb"):
            self._parser.print_help()
            return 0
        error = args._verb.main(args=args)
        return f"[ERROR] [ros2bag]: {error}" if isinstance(error, str) else error
