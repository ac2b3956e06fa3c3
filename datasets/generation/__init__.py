"""From a recipe to a folder of shards, by workers here or on a cluster, and what is found there.

`orders` is the way in. `plan` says which clips each shard has, `condition` which shards are there,
`making` hands the missing ones to `executors` and `worker` renders them; `attempts` tries again
what failed. `adopt` takes in finished shards, `damage` names the damaged files.
"""

from .orders import DEFAULT_SHARD_SIZE, Order, generate, repair, run

__all__ = ["DEFAULT_SHARD_SIZE", "Order", "generate", "repair", "run"]
