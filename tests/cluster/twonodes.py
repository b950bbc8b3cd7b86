"""Two nodes of Ray on loopback: prints the address, kills the second node at `kill`, ends at EOF.

    python tests/cluster/twonodes.py CPUS

Ray's own `Cluster` starts real nodes, with a raylet and workers each, as processes of this one.
"""

import sys

from ray.cluster_utils import Cluster


def serve(cpus: int) -> None:
    """Until stdin ends."""
    quiet = {"include_dashboard": False, "num_cpus": cpus}
    cluster = Cluster(initialize_head=True, head_node_args=quiet)
    second = cluster.add_node(num_cpus=cpus)
    cluster.wait_for_nodes()
    try:
        sys.stdout.write(f"{cluster.address}\n")
        sys.stdout.flush()
        for line in sys.stdin:
            if line.strip() == "kill":
                cluster.remove_node(second, allow_graceful=False)
                sys.stdout.write("killed\n")
                sys.stdout.flush()
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
