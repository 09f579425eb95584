"""The network and its operators: the only package that imports MXNet."""
