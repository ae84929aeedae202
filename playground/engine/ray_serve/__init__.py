"""The engine on many processes and machines, by Ray Serve: `python -m playground.engine.ray_serve` starts it here.

Every bundled model has an application with one deployment, whose replicas each hold the model and a scheduler
(local.py); all other models share one. plan.py decides on the number of replicas and their memory, replica.py runs in
each, remote.py, applications.py, calls.py, handles.py and record.py call them for the page, and cluster.py starts
everything. Only these modules know Ray, and they are imported only when it is used.
"""

import os

# Set before Ray Serve is imported, here and in the replicas. gRPC halves the time to send part of an answer compared
# with Ray's own objects; a part can be some hundred rows of 50,000 tokens. With separate threads both sides would have
# an unbounded queue between the engine and its reader (handles.py). An unhealthy replica is ended at once: its texts
# stand still, and Serve would wait DRAIN_SECONDS (plan.py) for them. No cluster is started implicitly.
ENVIRONMENT = {
    "RAY_SERVE_USE_GRPC_BY_DEFAULT": "1",
    "RAY_SERVE_REPLICA_GRPC_MAX_MESSAGE_LENGTH": "500000000",
    "RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD": "0",
    "RAY_SERVE_RUN_ROUTER_IN_SEPARATE_LOOP": "0",
    "RAY_SERVE_FORCE_STOP_UNHEALTHY_REPLICAS": "1",
    "RAY_ENABLE_AUTO_CONNECT": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
}

for name, value in ENVIRONMENT.items():
    os.environ.setdefault(name, value)
