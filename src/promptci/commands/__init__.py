"""The commands, one file each: options in, one core call, one render, an exit code out."""
