"""A Kreis in a box: office systems, synthetic people, and a story played from outside.

Nothing here imports the hub; everything goes over HTTP or through the `onceonly` command.
"""
