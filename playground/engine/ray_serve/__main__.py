"""Start the page with its engine in replicas on this machine: `python -m playground.engine.ray_serve --replicas 2`.

Ctrl-C ends everything. With --print-config or --print-ray-service nothing is started; the output is for a cluster.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from playground import library
from playground.engine import CHOICE
from playground.engine.ray_serve import kuberay, plan
from playground.models import TASKS

TOP = Path(__file__).resolve().parents[3]
PORT = 7860
LOOK_SECONDS = 0.5  # how often it checks whether a page has ended


def main() -> None:
    """Run the command line."""
    about = (__doc__ or "").split(": ")[0]
    parser = argparse.ArgumentParser(prog="python -m playground.engine.ray_serve", description=about)

    def option(name: str, says: str, **more: Any) -> None:
        parser.add_argument(name, help=says, **more)

    names, first = library.available(*TASKS), [library.default_model()]
    some = "models with replicas from the beginning; any other gets one when it is first asked for"
    option("--models", some, nargs="+", metavar="NAME", choices=names, default=first)
    option("--replicas", "of each of these models, at least", type=int, default=1, metavar="N")
    option("--most", "replicas of any model, as more people write", type=int, default=8, metavar="N")
    option("--pages", "processes of the page, for a proxy before them", type=int, default=1, metavar="N")
    option("--print-config", "print what `serve deploy` takes, and start nothing", action="store_true")
    option("--print-ray-service", "print what KubeRay takes, with this image, and start nothing", metavar="IMAGE")
    given = parser.parse_args()
    if given.print_config or given.print_ray_service:
        sizes = plan.sizes(given.models, plan.Size(given.replicas, given.most))
        image = given.print_ray_service
        sys.stdout.write(kuberay.manifest(sizes, image) if image else plan.config(sizes))
        return
    from playground.engine.ray_serve import cluster

    try:
        with cluster.start(plan.sizes(given.models, plan.Size(given.replicas, given.most, processors=0))) as address:
            # Only now, because Ray installs its own handler, which ends this process before it can end the others.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            serve_pages(address, given.pages)
    except KeyboardInterrupt:
        pass


def serve_pages(address: str, count: int) -> None:
    """Run the page's processes until one of them ends."""
    # For starting more pages by hand. Ray admits anybody who can read the token in the home directory of the user who
    # started it.
    sys.stdout.write(f"RAY_ADDRESS={address} RAY_AUTH_MODE={os.environ.get('RAY_AUTH_MODE', 'disabled')}\n")
    sys.stdout.flush()
    first = int(os.environ.get("GRADIO_SERVER_PORT", PORT))
    pages = []
    try:
        for number in range(count):
            own = {CHOICE: "ray", "RAY_ADDRESS": address, "GRADIO_SERVER_PORT": str(first + number)}
            pages.append(subprocess.Popen([sys.executable, "app.py"], cwd=TOP, env=os.environ | own))
        while all(page.poll() is None for page in pages):
            time.sleep(LOOK_SECONDS)
    finally:
        for page in pages:
            page.terminate()
        for page in pages:
            page.wait(10)


if __name__ == "__main__":
    main()
