"""A package, so that no other `tests` in the environment comes before it: IPython 7 brings one."""
