"""Networks that were trained elsewhere: read, described by a spec, made policy files of ours."""
