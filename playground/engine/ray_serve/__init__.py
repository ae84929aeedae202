"""The engine on many processes and machines, by Ray Serve: `python -m playground.engine.ray_serve` starts it here.

Every bundled model has an application with one deployment, whose replicas each hold the model and a scheduler
(local.py); all other models share one. plan.py says how many replicas there are and what memory they take, replica.py
is what runs in one, remote.py, calls.py and record.py ask them for the page, and cluster.py starts all of it. Only
these know Ray, and nobody imports them who does not ask for it.
"""

import os

# Before Ray Serve is imported, here and in the replicas. Through gRPC a part of an answer takes half of the time that
# it takes through Ray's own objects; a part can be some hundred rows of 50,000 tokens. No cluster is started by itself.
ENVIRONMENT = {
    "RAY_SERVE_USE_GRPC_BY_DEFAULT": "1",
    "RAY_SERVE_REPLICA_GRPC_MAX_MESSAGE_LENGTH": "500000000",
    "RAY_ENABLE_AUTO_CONNECT": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
}

for name, value in ENVIRONMENT.items():
    os.environ.setdefault(name, value)
