"""From a recipe to a folder of shards, by workers here or on a cluster, and what is found there.

`generate` is the way in. `plan` says which clips each shard has, `shard_state` which shards are
there, `dispatch` hands the missing ones to `executors` and `worker` renders them; `retry` tries
again what failed. `resume` takes in finished shards.
"""
